use buildkit_proto::pb;

use crate::{
    Capability, Graph, Input, Output, Result,
    graph::NewVertex,
    metadata::{Common, common_methods},
};

/// Several file systems laid over each other, the later over the earlier, without copying.
#[derive(Debug, Clone, Default)]
pub struct Merge {
    inputs: Vec<Input>,
    common: Common,
}

impl Merge {
    /// Of these, from the lowest to the uppermost.
    pub fn new(inputs: impl IntoIterator<Item = impl Into<Input>>) -> Self {
        Self { inputs: inputs.into_iter().map(Into::into).collect(), common: Common::default() }
    }

    /// Lays one more on top.
    #[must_use]
    pub fn input(mut self, input: impl Into<Input>) -> Self {
        self.inputs.push(input.into());
        self
    }
}

common_methods!(Merge);

impl Graph {
    /// Adds a merge. Scratch adds nothing to one: a merge of scratch alone is scratch, and a merge
    /// of one other file system is that file system.
    pub fn merge(&mut self, merge: Merge) -> Result<Input> {
        let layers: Vec<Output> = merge.inputs.iter().filter_map(|input| input.output()).collect();
        let bottom = match layers[..] {
            [] => return Ok(Input::Scratch),
            [only] => {
                self.find(only)?;
                return Ok(only.into());
            }
            [bottom, ..] => bottom,
        };
        let mut vertex = NewVertex::new(
            pb::op::Op::Merge(pb::MergeOp::default()),
            merge.common,
            [Capability::MergeOp].into(),
        );
        let inputs =
            layers.into_iter().map(|layer| pb::MergeInput { input: vertex.inputs.push(layer) }).collect();
        vertex.op = pb::op::Op::Merge(pb::MergeOp { inputs });
        vertex.lineage = Some(bottom);
        Ok(Output::new(self.add(vertex)?, 0).into())
    }
}
