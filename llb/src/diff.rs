use buildkit_proto::pb;

use crate::{
    Capability, Graph, Input, Output, Result,
    graph::NewVertex,
    metadata::{Common, common_methods},
};

/// What must be laid over one file system to get another.
#[derive(Debug, Clone)]
pub struct Diff {
    lower: Input,
    upper: Input,
    common: Common,
}

impl Diff {
    /// From `lower` to `upper`.
    pub fn new(lower: impl Into<Input>, upper: impl Into<Input>) -> Self {
        Self { lower: lower.into(), upper: upper.into(), common: Common::default() }
    }
}

common_methods!(Diff);

impl Graph {
    /// Adds a diff. From scratch to anything, it is that thing.
    pub fn diff(&mut self, diff: Diff) -> Result<Input> {
        if diff.lower.is_scratch() {
            if let Some(upper) = diff.upper.output() {
                self.find(upper)?;
            }
            return Ok(diff.upper);
        }
        let mut vertex =
            NewVertex::new(pb::op::Op::Diff(pb::DiffOp::default()), diff.common, [Capability::DiffOp].into());
        vertex.op = pb::op::Op::Diff(pb::DiffOp {
            lower: Some(pb::LowerDiffInput { input: vertex.inputs.push_unless_scratch(diff.lower) }),
            upper: Some(pb::UpperDiffInput { input: vertex.inputs.push_unless_scratch(diff.upper) }),
        });
        vertex.lineage = diff.lower.output();
        Ok(Output::new(self.add(vertex)?, 0).into())
    }
}
