//! From a graph to refs.

use std::collections::BTreeMap;

use buildkit_llb::Definition;
use buildkit_proto::frontend::{
    self as api, CacheOptionsEntry, Result as Message, SolveRequest, SolveResponse, result,
};
use buildkit_proto::sourcepolicy::Policy;
use serde_json::{Value, json};

use crate::gather::Gather as _;
use crate::{Attestation, CacheImport, Error, Gateway, Ref, Result};

// The daemon heeds the field of a request for graphs alone, and a frontend reads this option (v0.32.2, `Solve` in
// `solver/llbsolver/provenance.go`; `client/solve.go` writes it).
const CACHE_IMPORTS: &str = "cache-imports";

/// What the daemon is to build.
#[derive(Debug, Clone)]
pub struct Solve(SolveRequest);

impl Solve {
    /// A graph.
    pub fn definition(definition: Definition) -> Self {
        // Of an array of refs each would come with its graph, and here is whoever made that.
        Self(SolveRequest {
            definition: Some(definition.into_pb()),
            allow_result_return: true,
            ..SolveRequest::default()
        })
    }

    /// Another frontend's work: `dockerfile.v0`, or `gateway.v0` with the image in the option `source`.
    pub fn frontend(name: impl Into<String>, options: BTreeMap<String, String>) -> Self {
        Self(SolveRequest {
            frontend: name.into(),
            frontend_opt: options,
            allow_result_return: true,
            allow_result_array_ref: true,
            ..SolveRequest::default()
        })
    }

    /// Hands a graph to the other frontend, as a context of this name. A graph has no use for it.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, definition: Definition) -> Self {
        self.0.frontend_inputs.insert(name.into(), definition.into_pb());
        self
    }

    /// Looks into these caches. `--cache-from` does nothing unless every solve that may run a step has them. To another
    /// frontend they go as its option `cache-imports`, unless that is set.
    #[must_use]
    pub fn cache_imports(mut self, imports: impl IntoIterator<Item = CacheImport>) -> Self {
        self.0.cache_imports.extend(
            imports
                .into_iter()
                .map(|import| CacheOptionsEntry { r#type: import.kind, attrs: import.attributes }),
        );
        self
    }

    /// Holds the sources of a graph to these rules, after those of the user. Another frontend's are held to the user's
    /// alone.
    #[must_use]
    pub fn source_policies(mut self, policies: impl IntoIterator<Item = Policy>) -> Self {
        self.0.source_policies.extend(policies);
        self
    }

    /// Builds now, so that what fails fails here.
    #[must_use]
    pub fn evaluate(mut self) -> Self {
        self.0.evaluate = true;
        self
    }

    pub(crate) fn into_request(mut self) -> SolveRequest {
        let request = &mut self.0;
        if !request.frontend.is_empty()
            && !request.cache_imports.is_empty()
            && !request.frontend_opt.contains_key(CACHE_IMPORTS)
        {
            let imports = request.cache_imports.iter();
            let imports: Value =
                imports.map(|import| json!({ "Type": import.r#type, "Attrs": import.attrs })).collect();
            request.frontend_opt.insert(CACHE_IMPORTS.to_owned(), imports.to_string());
        }
        self.0
    }
}

impl From<Definition> for Solve {
    fn from(definition: Definition) -> Self {
        Self::definition(definition)
    }
}

/// What came of it. That of another frontend can be the answer as it is: `Ok(solved.into())`.
#[derive(Debug, Clone)]
pub struct Solved {
    refs: Refs,
    metadata: BTreeMap<String, Vec<u8>>,
    attestations: BTreeMap<String, api::Attestations>,
}

/// A result has one file system, or one a platform.
#[derive(Debug, Clone)]
enum Refs {
    One(Ref),
    Platforms(BTreeMap<String, Ref>),
}

impl Solved {
    pub(crate) fn new(gateway: &Gateway, response: SolveResponse) -> Self {
        let Message { result, metadata, attestations } = response.result.unwrap_or_default();
        let by_id = |id| Ref::new(gateway, id, None);
        let refs = match result {
            None => Refs::One(by_id(response.r#ref)),
            Some(result::Result::RefDeprecated(id)) => Refs::One(by_id(id)),
            Some(result::Result::Ref(one)) => Refs::One(Ref::new(gateway, one.id, one.def)),
            Some(result::Result::RefsDeprecated(map)) => {
                Refs::Platforms(map.refs.into_iter().map(|(k, id)| (k, by_id(id))).gather())
            }
            Some(result::Result::Refs(map)) => Refs::Platforms(
                map.refs
                    .into_iter()
                    .map(|(platform, one)| (platform, Ref::new(gateway, one.id, one.def)))
                    .gather(),
            ),
        };
        Self { refs, metadata, attestations }
    }

    /// The one file system there is. A graph always gives one; another frontend may give more.
    pub fn single(self) -> Result<Ref> {
        match self.refs {
            Refs::One(one) => Ok(one),
            Refs::Platforms(refs) => Err(Error::new(format!(
                "one file system is needed, and there is one for each of {}",
                refs.into_keys().collect::<Vec<_>>().join(", ")
            ))),
        }
    }

    /// The file system of one platform, by its id.
    pub fn platform(&self, id: &str) -> Option<&Ref> {
        match &self.refs {
            Refs::One(_) => None,
            Refs::Platforms(refs) => refs.get(id),
        }
    }

    /// The file systems by the ids of their platforms: none where there is a [`single`](Self::single) one.
    pub fn platforms(&self) -> impl Iterator<Item = (&str, &Ref)> {
        let refs = match &self.refs {
            Refs::One(_) => None,
            Refs::Platforms(refs) => Some(refs),
        };
        refs.into_iter().flatten().map(|(id, one)| (id.as_str(), one))
    }

    /// What the result says of itself: `containerimage.config` and the like.
    pub fn metadata(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.metadata
    }

    /// The statements on the image of a platform, by its id, for [`Image::attestation`](crate::Image::attestation).
    pub fn attestations(&self, id: &str) -> Vec<Attestation> {
        let found = self.attestations.get(id).into_iter();
        found.flat_map(|list| list.attestation.iter().cloned().map(Attestation)).collect()
    }

    pub(crate) fn into_message(self) -> Message {
        let result = match self.refs {
            Refs::One(one) => result::Result::Ref(one.into_message()),
            Refs::Platforms(refs) => {
                let refs = refs.into_iter().map(|(id, one)| (id, one.into_message())).gather();
                result::Result::Refs(api::RefMap { refs })
            }
        };
        Message { result: Some(result), metadata: self.metadata, attestations: self.attestations }
    }
}
