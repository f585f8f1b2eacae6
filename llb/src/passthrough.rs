use buildkit_proto::pb;

use crate::{
    Capability, Error, Graph, Output, Result,
    graph::NewVertex,
    metadata::{Common, common_methods},
};

/// File systems as they are, that are there only once others are, too.
#[derive(Debug, Clone)]
pub struct Passthrough {
    id: String,
    inputs: Vec<(Output, bool)>,
    common: Common,
}

impl Passthrough {
    /// The id tells apart vertices with the same inputs.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), inputs: Vec::new(), common: Common::default() }
    }

    /// Hands on a file system.
    #[must_use]
    pub fn output(mut self, output: Output) -> Self {
        self.inputs.push((output, true));
        self
    }

    /// Waits for a file system without handing it on.
    #[must_use]
    pub fn after(mut self, output: Output) -> Self {
        self.inputs.push((output, false));
        self
    }
}

common_methods!(Passthrough);

impl Graph {
    /// Adds a passthrough. Its outputs come in the order of the calls of
    /// [`Passthrough::output`]; there must be one.
    pub fn passthrough(&mut self, passthrough: Passthrough) -> Result<Vec<Output>> {
        const OP: &str = "passthrough";
        if passthrough.id.is_empty() {
            return Err(Error::Missing { op: OP, part: "an id" });
        }
        let mut vertex = NewVertex::new(
            pb::op::Op::Passthrough(pb::PassthroughOp::default()),
            passthrough.common,
            [Capability::PassthroughOp].into(),
        );
        let mut outputs = Vec::new();
        for (input, is_output) in passthrough.inputs {
            let index = vertex.inputs.push(input);
            if is_output {
                vertex.lineage = vertex.lineage.or(Some(input));
                outputs.push(index);
            }
        }
        if outputs.is_empty() {
            return Err(Error::Missing { op: OP, part: "an output" });
        }
        let count = u32::try_from(outputs.len()).unwrap_or(u32::MAX);
        vertex.op = pb::op::Op::Passthrough(pb::PassthroughOp { id: passthrough.id, outputs });
        let digest = self.add(vertex)?;
        Ok((0..count).map(|index| Output::new(digest, index)).collect())
    }
}
