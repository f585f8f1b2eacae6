use crate::{Error, Output, Result, VertexDigest, path};

/// What an exec leaves behind: its root, and each mount that was made with
/// [`Bind::output`](crate::mount::Bind::output).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecOutputs {
    pub(super) vertex: VertexDigest,
    /// Targets, in the order of their indices.
    pub(super) targets: Vec<String>,
}

impl ExecOutputs {
    /// The root after the command. There is none when it was read-only.
    pub fn root(&self) -> Result<Output> {
        self.find("/", "the root of this exec is read-only")
    }

    /// What the command left at a mount.
    pub fn mount(&self, target: &str) -> Result<Output> {
        self.find(&path::clean(target), "it is not a mount made with `Bind::output`")
    }

    /// The vertex.
    pub fn vertex(&self) -> VertexDigest {
        self.vertex
    }

    fn find(&self, target: &str, reason: &'static str) -> Result<Output> {
        self.targets
            .iter()
            .position(|known| known == target)
            .and_then(|at| u32::try_from(at).ok())
            .map(|index| Output::new(self.vertex, index))
            .ok_or_else(|| Error::NoOutput { target: target.to_owned(), reason })
    }
}
