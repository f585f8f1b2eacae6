use buildkit_proto::pb;

use crate::{
    Capability, Graph, Output, Platform, Result,
    graph::NewVertex,
    metadata::{Common, common_methods},
};

/// A build of a definition that a vertex produces as a file.
///
/// Experimental upstream. What such a build reads is not part of the provenance.
#[derive(Debug, Clone)]
pub struct Build {
    definition: Output,
    filename: Option<String>,
    platform: Option<Platform>,
    common: Common,
}

impl Build {
    /// Of the marshalled definition that is the file `buildkit.llb.definition` of this file system.
    pub fn new(definition: Output) -> Self {
        Self { definition, filename: None, platform: None, common: Common::default() }
    }

    /// Takes the definition from the file of this name.
    #[must_use]
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.filename = Some(filename.into());
        self
    }

    /// Builds on a worker of this platform, instead of the graph's.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }
}

common_methods!(Build);

impl Graph {
    /// Adds a build.
    pub fn build(&mut self, build: Build) -> Result<Output> {
        let filename = build.filename.filter(|filename| !filename.is_empty());
        let mut vertex = NewVertex::new(
            pb::op::Op::Build(pb::BuildOp::default()),
            build.common,
            [Capability::BuildLlbFilename].into(),
        );
        let input = vertex.inputs.index(build.definition);
        vertex.op = pb::op::Op::Build(pb::BuildOp {
            // The engine's own builder, of LLB.
            builder: -1,
            inputs: [("buildkit.llb.definition".to_owned(), pb::BuildInput { input })].into(),
            def: None,
            attrs: filename.into_iter().map(|filename| ("llbbuild.filename".to_owned(), filename)).collect(),
        });
        vertex.platform = Some(build.platform.unwrap_or_else(|| self.platform().clone()));
        Ok(Output::new(self.add(vertex)?, 0))
    }
}
