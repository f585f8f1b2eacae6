use std::collections::{BTreeMap, btree_map::Entry};

use buildkit_proto::pb;

use crate::{
    Definition, Error, Input, Metadata, Output, Platform, Result, VertexDigest,
    capability::{Capability, CapabilitySet},
    marshal,
    metadata::{Common, LinuxResources, VertexMetadata},
};

/// A build under construction: an arena of vertices that only grows.
///
/// A vertex is added by the method named after its op, which returns handles to what it produces.
/// Inputs must be there before their users, so a cycle cannot be written. Vertices are known by
/// their content: adding an equal op again gives the same handle, and merges the
/// [metadata](crate::Metadata).
///
/// One graph can hold any number of results: [`definition`](Self::definition) takes what is needed
/// for one of them.
#[derive(Debug, Clone)]
pub struct Graph {
    platform: Platform,
    platforms: Vec<Platform>,
    vertices: Vec<Vertex>,
    by_digest: BTreeMap<VertexDigest, usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Vertex {
    pub(crate) digest: VertexDigest,
    pub(crate) bytes: Vec<u8>,
    /// Its inputs, in the order that the Go client walks them; not always the order of the op's.
    pub(crate) walk: Vec<usize>,
    /// Which of the graph's platforms an exec on top of it is for, where it has one.
    platform: Option<usize>,
    pub(crate) metadata: VertexMetadata,
}

/// An op on its way into the arena.
pub(crate) struct NewVertex {
    pub(crate) op: pb::op::Op,
    pub(crate) inputs: Inputs,
    /// The inputs in the order of walking, where that is not their own order.
    pub(crate) walk: Option<Vec<Output>>,
    pub(crate) common: Common,
    pub(crate) capabilities: CapabilitySet,
    pub(crate) resources: Option<LinuxResources>,
    /// Only execs, builds and images have a platform in their bytes.
    pub(crate) platform: Option<Platform>,
    /// The input whose platform this vertex hands on.
    pub(crate) lineage: Option<Output>,
}

impl NewVertex {
    pub(crate) fn new(op: pb::op::Op, common: Common, capabilities: CapabilitySet) -> Self {
        Self {
            op,
            inputs: Inputs::default(),
            walk: None,
            common,
            capabilities,
            resources: None,
            platform: None,
            lineage: None,
        }
    }
}

/// The inputs of an op, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs(Vec<Output>);

impl Inputs {
    /// The index by which the op names this input.
    pub(crate) fn index(&mut self, output: Output) -> i64 {
        let at = self.0.iter().position(|&known| known == output).unwrap_or_else(|| {
            self.0.push(output);
            self.0.len() - 1
        });
        i64::try_from(at).unwrap_or(i64::MAX)
    }

    /// The index of an input, or -1 for scratch.
    pub(crate) fn index_or_scratch(&mut self, input: Input) -> i64 {
        input.output().map_or(-1, |output| self.index(output))
    }

    /// Adds it as one more, though it is there already; merges and passthroughs count their inputs.
    pub(crate) fn push(&mut self, output: Output) -> i64 {
        self.0.push(output);
        i64::try_from(self.0.len() - 1).unwrap_or(i64::MAX)
    }

    /// As [`push`](Self::push), or -1 for scratch.
    pub(crate) fn push_unless_scratch(&mut self, input: Input) -> i64 {
        input.output().map_or(-1, |output| self.push(output))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Graph {
    /// An empty graph. What does not say otherwise, and does not stand on something that does, is
    /// for this platform.
    pub fn new(platform: Platform) -> Self {
        Self { platforms: vec![platform.clone()], platform, vertices: Vec::new(), by_digest: BTreeMap::new() }
    }

    /// The platform it was made for.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// How many distinct vertices it holds.
    pub fn len(&self) -> usize {
        self.vertices.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.vertices.is_empty()
    }

    /// Merges metadata into that of a vertex that is there already.
    pub fn annotate(&mut self, output: Output, metadata: Metadata) -> Result<()> {
        let at = self.find(output)?;
        self.vertices[at].metadata.metadata.merge(metadata);
        Ok(())
    }

    /// Everything that is needed for one result, and nothing else. Inputs stand before their
    /// users, in the order that the Go client gives them.
    pub fn definition(&self, result: impl Into<Input>) -> Result<Definition> {
        match result.into() {
            Input::Scratch => Ok(Definition::scratch()),
            Input::Output(output) => {
                let head = self.find(output)?;
                Ok(crate::collect::definition(&self.vertices, &self.by_digest, head, output))
            }
        }
    }

    /// The platform of what stands on this input.
    pub(crate) fn platform_of(&self, input: Input) -> Result<Platform> {
        let Some(output) = input.output() else {
            return Ok(self.platform.clone());
        };
        let vertex = &self.vertices[self.find(output)?];
        Ok(vertex.platform.map_or(&self.platform, |at| &self.platforms[at]).clone())
    }

    /// Refuses handles that this graph does not know.
    pub(crate) fn add(&mut self, new: NewVertex) -> Result<VertexDigest> {
        let places = new.inputs.0.iter().map(|&input| self.find(input)).collect::<Result<Vec<_>>>()?;
        Ok(self.insert_above(new, places))
    }

    /// For ops that have no inputs.
    pub(crate) fn insert(&mut self, new: NewVertex) -> VertexDigest {
        self.insert_above(new, Vec::new())
    }

    fn insert_above(&mut self, new: NewVertex, places: Vec<usize>) -> VertexDigest {
        let inputs = new.inputs.0;
        let place = |output: &Output| {
            inputs.iter().position(|input| input == output).and_then(|at| places.get(at).copied())
        };
        let op_platform = new.platform.as_ref().map(Into::into);
        let platform = match new.platform {
            Some(platform) => Some(self.intern(platform)),
            None => new.lineage.as_ref().and_then(place).and_then(|at| self.platform_at(at)),
        };
        let walk = match new.walk {
            Some(walk) => walk.iter().filter_map(place).collect(),
            None => places,
        };
        let op = pb::Op {
            inputs: inputs.iter().map(|output| marshal::input(output.vertex, output.index)).collect(),
            op: Some(new.op),
            platform: op_platform,
            constraints: Some(pb::WorkerConstraints { filter: new.common.constraints }),
        };
        let metadata = VertexMetadata {
            metadata: new.common.metadata,
            capabilities: new.capabilities,
            other_capabilities: Vec::new(),
            resources: new.resources.map(Box::new),
        };
        self.insert_bytes(marshal::canonical_bytes(op), walk, platform, metadata)
    }

    pub(crate) fn insert_bytes(
        &mut self,
        bytes: Vec<u8>,
        walk: Vec<usize>,
        platform: Option<usize>,
        metadata: VertexMetadata,
    ) -> VertexDigest {
        let digest = VertexDigest::of(&bytes);
        match self.by_digest.entry(digest) {
            Entry::Occupied(known) => self.vertices[*known.get()].metadata.merge(metadata),
            Entry::Vacant(place) => {
                place.insert(self.vertices.len());
                self.vertices.push(Vertex { digest, bytes, walk, platform, metadata });
            }
        }
        digest
    }

    pub(crate) fn find(&self, output: Output) -> Result<usize> {
        self.by_digest.get(&output.vertex).copied().ok_or(Error::UnknownOutput(output))
    }

    pub(crate) fn places(&self, outputs: &[Output]) -> Vec<usize> {
        outputs.iter().filter_map(|&output| self.find(output).ok()).collect()
    }

    /// Which platform a vertex hands on.
    pub(crate) fn platform_at(&self, vertex: usize) -> Option<usize> {
        self.vertices[vertex].platform
    }

    /// The place of an equal platform; a graph has few.
    pub(crate) fn intern(&mut self, platform: Platform) -> usize {
        self.platforms.iter().position(|known| *known == platform).unwrap_or_else(|| {
            self.platforms.push(platform);
            self.platforms.len() - 1
        })
    }
}

/// What every terminal op asks for, and what it asks for on behalf of its vertices.
pub(crate) fn terminal_capabilities() -> CapabilitySet {
    [Capability::Constraints, Capability::Platform].into()
}
