use std::collections::BTreeMap;

use buildkit_llb::Definition;
use buildkit_proto::frontend as api;
use buildkit_proto::pb;

use crate::Error;

/// What a frontend answered, and what it asked for on its way there.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    pub(super) answer: api::ReturnRequest,
    pub(super) calls: Vec<String>,
    pub(super) solved: BTreeMap<String, api::SolveRequest>,
    pub(super) warnings: Vec<api::WarnRequest>,
}

impl Outcome {
    /// The error, if it is one.
    pub fn error(&self) -> Option<Error> {
        self.answer.error.clone().map(Error::from)
    }

    /// The answer as it came over the wire.
    pub fn result(&self) -> Option<&api::Result> {
        self.answer.result.as_ref()
    }

    /// What the answer says of itself, as text: `result.json`, `containerimage.config`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        let value = self.result()?.metadata.get(key)?;
        std::str::from_utf8(value).ok()
    }

    /// The graph of the only image, or of the image of a platform.
    pub fn definition(&self, platform: Option<&str>) -> Option<Definition> {
        let id = match (self.result()?.result.as_ref()?, platform) {
            (api::result::Result::Ref(one), None) => &one.id,
            (api::result::Result::Refs(map), Some(platform)) => &map.refs.get(platform)?.id,
            _ => return None,
        };
        if id.is_empty() {
            return Some(Definition::scratch());
        }
        let definition: pb::Definition = self.solved.get(id)?.definition.clone()?;
        definition.try_into().ok()
    }

    /// The methods that were called, in their order, with what they were called for: `ReadFile app.yaml`.
    pub fn calls(&self) -> &[String] {
        &self.calls
    }

    /// What was solved, by the id of the ref that came of it.
    pub fn solved(&self) -> &BTreeMap<String, api::SolveRequest> {
        &self.solved
    }

    /// The short texts of the warnings.
    pub fn warnings(&self) -> Vec<String> {
        let text = |warning: &api::WarnRequest| String::from_utf8_lossy(&warning.short).into_owned();
        self.warnings.iter().map(text).collect()
    }
}
