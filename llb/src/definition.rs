use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use crate::{Capability, Error, Output, Result, VertexDigest, import};

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
        import::vertices(&self.0).iter().map(|bytes| VertexDigest::of(bytes)).collect()
    }

    /// Its result, or `None` for scratch.
    pub fn head(&self) -> Option<Output> {
        let terminal = pb::Op::decode(self.0.def.last()?.as_slice()).ok()?;
        import::handle(terminal.inputs.first()?)
    }

    /// The features of the engine that it needs. `None` as the capability is one that this crate
    /// does not know, which an imported vertex may ask for.
    pub fn capabilities(&self) -> BTreeMap<&str, Option<Capability>> {
        let names = self.0.metadata.values().flat_map(|metadata| metadata.caps.keys());
        let mut capabilities = BTreeMap::new();
        capabilities.extend(names.map(|name| (name.as_str(), Capability::from_name(name))));
        capabilities
    }
}

impl From<Definition> for pb::Definition {
    fn from(definition: Definition) -> Self {
        definition.0
    }
}

impl TryFrom<pb::Definition> for Definition {
    type Error = Error;

    /// Ops keep their bytes. Only their order changes, where inputs do not stand before their users.
    fn try_from(definition: pb::Definition) -> Result<Self> {
        import::check(definition).map(Self)
    }
}
