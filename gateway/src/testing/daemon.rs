//! What the daemon answers.

use std::sync::{Mutex, MutexGuard, PoisonError};

use buildkit_llb::{Capability, VertexDigest};
use buildkit_proto::frontend as api;
use buildkit_proto::{Message, apicaps, pb, rpc};

use super::files::Files;
use super::{Fake, Outcome};
use crate::capabilities::gateway;
use crate::contexts::dockerignore::Ignore;

type Answer = Result<Vec<u8>, rpc::Status>;

#[derive(Debug)]
pub(super) struct Daemon {
    fake: Fake,
    seen: Mutex<Outcome>,
}

impl Daemon {
    pub(super) fn new(fake: Fake) -> Self {
        Self { fake, seen: Mutex::default() }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.seen().clone()
    }

    fn seen(&self) -> MutexGuard<'_, Outcome> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, call: impl Into<String>) {
        self.seen().calls.push(call.into());
    }

    pub(super) fn answer(&self, method: &str, message: &[u8]) -> Answer {
        if method != "Return"
            && let Some(failure) = self.fake.failures.get(method)
        {
            self.note(method);
            return Err(failure.clone());
        }
        match method {
            "Ping" => self.ping(),
            "Solve" => self.solve(decode(message)?),
            "ReadFile" => self.read_file(&decode(message)?),
            "ReadDir" => self.read_dir(&decode(message)?),
            "StatFile" => self.stat_file(&decode(message)?),
            "Evaluate" => self.evaluate(&decode(message)?),
            "ResolveSourceMeta" => self.resolve_source(decode(message)?),
            "ResolveImageConfig" => self.resolve_image(&decode(message)?),
            "Inputs" => self.inputs(),
            "Warn" => self.warn(decode(message)?),
            "Return" => self.take_answer(decode(message)?),
            _ => Err(status(12, format!("unknown method {method}"))),
        }
    }

    fn ping(&self) -> Answer {
        self.note("Ping");
        let caps = |names: &[&str]| {
            let known = names.iter().filter(|name| !self.fake.missing.contains(**name));
            known
                .map(|name| apicaps::ApiCap {
                    id: (*name).to_owned(),
                    enabled: true,
                    ..apicaps::ApiCap::default()
                })
                .collect()
        };
        let llb: Vec<_> = Capability::ALL.iter().map(|capability| capability.as_str()).collect();
        encode(&api::PongResponse {
            frontend_api_caps: caps(&[
                gateway::ATTESTATIONS,
                gateway::EVALUATE,
                gateway::FRONTEND_INPUTS,
                gateway::SOURCE_META_RESOLVER,
                gateway::WARNINGS,
            ]),
            llb_caps: caps(&llb),
            workers: Vec::new(),
        })
    }

    fn solve(&self, request: api::SolveRequest) -> Answer {
        self.note(format!("Solve {}", name_of(&request)).trim_end());
        if let Some(result) = self.fake.frontends.get(&request.frontend) {
            let solved = ids(result).into_iter().map(|id| (id, request.clone()));
            self.seen().solved.extend(solved);
            return encode(&api::SolveResponse { r#ref: String::new(), result: Some(result.clone()) });
        }
        let definition = request.definition.clone().unwrap_or_default();
        let mut result = None;
        if !definition.def.is_empty() || !request.frontend.is_empty() {
            let mut seen = self.seen();
            let id = format!("ref-{}", seen.solved.len());
            result = Some(if request.allow_result_array_ref {
                api::result::Result::Ref(api::Ref { id: id.clone(), def: request.definition.clone() })
            } else {
                api::result::Result::RefDeprecated(id.clone())
            });
            seen.solved.insert(id, request);
        }
        let result = Some(api::Result { result, ..api::Result::default() });
        encode(&api::SolveResponse { r#ref: String::new(), result })
    }

    fn read_file(&self, request: &api::ReadFileRequest) -> Answer {
        self.note(format!("ReadFile {}", request.file_path));
        let data = self.look(&request.r#ref, |files| files.read(&request.file_path).map(<[u8]>::to_vec))?;
        let data = match &request.range {
            None => data,
            Some(range) => {
                let number = |bytes: i64| usize::try_from(bytes).unwrap_or_default();
                let (offset, length) = (number(range.offset), number(range.length));
                data[offset.min(data.len())..offset.saturating_add(length).min(data.len())].to_vec()
            }
        };
        encode(&api::ReadFileResponse { data })
    }

    fn read_dir(&self, request: &api::ReadDirRequest) -> Answer {
        self.note(format!("ReadDir {}", request.dir_path));
        let entries =
            self.look(&request.r#ref, |files| files.list(&request.dir_path, &request.include_pattern))?;
        encode(&api::ReadDirResponse { entries })
    }

    fn stat_file(&self, request: &api::StatFileRequest) -> Answer {
        self.note(format!("StatFile {}", request.path));
        let stat = self.look(&request.r#ref, |files| files.stat(&request.path))?;
        encode(&api::StatFileResponse { stat: Some(stat) })
    }

    fn evaluate(&self, request: &api::EvaluateRequest) -> Answer {
        self.note("Evaluate");
        self.look(&request.r#ref, |_| Ok(()))?;
        encode(&api::EvaluateResponse {})
    }

    fn resolve_source(&self, request: api::ResolveSourceMetaRequest) -> Answer {
        let mut source = request.source.unwrap_or_default();
        self.note(format!("ResolveSourceMeta {}", source.identifier));
        if let Some(other) = self.fake.replaced.get(&source.identifier) {
            source = pb::SourceOp { identifier: other.clone(), ..pb::SourceOp::default() };
        }
        let image = match source.identifier.split_once("://") {
            Some(("docker-image" | "oci-layout", name)) => {
                let (digest, config) = self.find_image(name)?;
                Some(api::ResolveSourceImageResponse {
                    digest,
                    config,
                    ..api::ResolveSourceImageResponse::default()
                })
            }
            _ => None,
        };
        encode(&api::ResolveSourceMetaResponse {
            source: Some(source),
            image,
            ..api::ResolveSourceMetaResponse::default()
        })
    }

    fn resolve_image(&self, request: &api::ResolveImageConfigRequest) -> Answer {
        self.note(format!("ResolveImageConfig {}", request.r#ref));
        let (digest, config) = self.find_image(&request.r#ref)?;
        encode(&api::ResolveImageConfigResponse { digest, config, r#ref: request.r#ref.clone() })
    }

    fn find_image(&self, name: &str) -> Result<(String, Vec<u8>), rpc::Status> {
        let config = self.fake.images.get(name).ok_or_else(|| status(5, format!("{name}: not found")))?;
        let digest = VertexDigest::of(&[name.as_bytes(), config].concat());
        Ok((digest.to_string(), config.clone()))
    }

    fn inputs(&self) -> Answer {
        self.note("Inputs");
        let definitions = self.fake.inputs.iter();
        let definitions = definitions.map(|(name, one)| (name.clone(), one.as_pb().clone())).collect();
        encode(&api::InputsResponse { definitions })
    }

    fn warn(&self, request: api::WarnRequest) -> Answer {
        self.note("Warn");
        self.seen().warnings.push(request);
        encode(&api::WarnResponse {})
    }

    fn take_answer(&self, request: api::ReturnRequest) -> Answer {
        self.note("Return");
        self.seen().answer = request;
        encode(&api::ReturnResponse {})
    }

    /// Lets `see` look at the files of all sources of a ref.
    fn look<T>(&self, id: &str, see: impl FnOnce(&Files<'_>) -> Result<T, String>) -> Result<T, rpc::Status> {
        let request = self.seen().solved.get(id).cloned();
        let request = request.ok_or_else(|| status(2, format!("no such ref: {id}")))?;
        let mut files = Files::default();
        for op in request.definition.unwrap_or_default().def {
            let Ok(pb::Op { op: Some(pb::op::Op::Source(source)), .. }) = pb::Op::decode(op.as_slice())
            else {
                continue;
            };
            let paths = |name: &str| -> Option<Vec<String>> {
                source.attrs.get(name).and_then(|json| serde_json::from_str(json).ok())
            };
            let followed = paths("local.followpaths");
            let included = paths("local.includepattern").map(Ignore::new);
            let is_wanted = |path: &str| {
                let is_followed = followed.iter().flatten().any(|root| path.starts_with(root.as_str()));
                let is_included = included.as_ref().is_some_and(|included| included.hides(path));
                (followed.is_none() && included.is_none()) || is_followed || is_included
            };
            for (path, data) in self.fake.sources.get(&source.identifier).into_iter().flatten() {
                if is_wanted(path) {
                    files.add(path, data);
                }
            }
        }
        see(&files).map_err(|message| status(2, message))
    }
}

/// What a user would see of it: the last name that the graph has.
fn name_of(request: &api::SolveRequest) -> String {
    let Some(definition) = &request.definition else {
        return request.frontend.clone();
    };
    let [.., head, _] = definition.def.as_slice() else {
        return "scratch".to_owned();
    };
    let metadata = definition.metadata.get(&VertexDigest::of(head).to_string());
    let name = metadata.and_then(|metadata| metadata.description.get("llb.customname"));
    name.cloned().unwrap_or_default()
}

/// The refs that a result has.
fn ids(result: &api::Result) -> Vec<String> {
    use api::result::Result::{Ref, RefDeprecated, Refs, RefsDeprecated};
    let of_attestations = result.attestations.values().flat_map(|list| &list.attestation);
    let mut ids: Vec<_> = of_attestations.filter_map(|one| Some(one.r#ref.as_ref()?.id.clone())).collect();
    match &result.result {
        None => {}
        Some(Ref(one)) => ids.push(one.id.clone()),
        Some(RefDeprecated(id)) => ids.push(id.clone()),
        Some(Refs(map)) => ids.extend(map.refs.values().map(|one| one.id.clone())),
        Some(RefsDeprecated(map)) => ids.extend(map.refs.values().cloned()),
    }
    ids.retain(|id| !id.is_empty());
    ids
}

fn decode<M: Message + Default>(message: &[u8]) -> Result<M, rpc::Status> {
    M::decode(message).map_err(|error| status(3, error.to_string()))
}

#[expect(clippy::unnecessary_wraps, reason = "every answer ends with it")]
fn encode(message: &impl Message) -> Answer {
    Ok(message.encode_to_vec())
}

fn status(code: i32, message: String) -> rpc::Status {
    rpc::Status { code, message, details: Vec::new() }
}
