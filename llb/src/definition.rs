use std::collections::BTreeMap;

use buildkit_proto::pb;

use crate::{Capability, Error, Result, VertexDigest};

/// A marshalled graph: what `Solve` takes.
///
/// Whoever holds one knows that every op decodes, that inputs stand before their users, that the
/// last element is a proper terminal op, and that every source location has its file.
/// The definition of scratch is empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Definition(pub(crate) pb::Definition);

impl Definition {
    /// The definition of the empty file system.
    pub fn scratch() -> Self {
        Self::default()
    }

    /// Whether it is the empty file system.
    pub fn is_scratch(&self) -> bool {
        self.0.def.is_empty()
    }

    /// As the message that goes over the wire.
    pub fn as_pb(&self) -> &pb::Definition {
        &self.0
    }

    /// As the message that goes over the wire.
    pub fn into_pb(self) -> pb::Definition {
        self.0
    }

    /// The digests of its vertices, in order and without the terminal op.
    pub fn vertices(&self) -> Vec<VertexDigest> {
        let count = self.0.def.len().saturating_sub(1);
        self.0.def[..count]
            .iter()
            .map(|bytes| VertexDigest::of(bytes))
            .collect()
    }

    /// The features of the engine that it needs. `None` as the capability is one that this crate
    /// does not know, which an imported vertex may ask for.
    pub fn capabilities(&self) -> BTreeMap<&str, Option<Capability>> {
        self.0
            .metadata
            .values()
            .flat_map(|metadata| metadata.caps.keys())
            .map(|name| (name.as_str(), Capability::from_name(name)))
            .collect()
    }
}

impl From<Definition> for pb::Definition {
    fn from(definition: Definition) -> Self {
        definition.0
    }
}

impl TryFrom<pb::Definition> for Definition {
    type Error = Error;

    fn try_from(definition: pb::Definition) -> Result<Self> {
        crate::import::check(&definition)?;
        Ok(Self(definition))
    }
}
