//! Where the files of a build come from: the manifest, the main context, named contexts.
//!
//! The rules are BuildKit's own (`frontend/dockerui`), so that one command line means the same with every frontend.

mod address;
mod archive;
pub mod dockerignore;
mod epoch;
mod git;
mod load;
mod manifest;
mod named;
mod remote;

use buildkit_llb::{Graph, Input, Local};

pub use address::ContextAddress;
pub use git::GitRef;
pub use load::{Contexts, DOCKERIGNORE};
pub use manifest::Manifest;
pub use named::NamedContext;
pub use remote::Remote;

use crate::Result;

/// A place that files come from. There are these two kinds and no others: what a client has, of which a frontend chooses, and
/// what the engine gets by itself.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a build has a handful of contexts")]
pub enum Context {
    /// A directory of the client's. What of it is sent is up to the frontend: it narrows this source down to the
    /// paths it needs, and adds it to a graph. Sources that take different parts each need a
    /// [hint](Local::shared_key_hint) of their own, or every change sends everything again.
    Directory(Local),
    /// Anything else. It is there as a whole, and narrowed down by copying from it.
    Remote(Remote),
}

impl Context {
    /// Adds all of it to a graph.
    ///
    /// ```
    /// use buildkit_gateway::Result;
    /// use buildkit_gateway::contexts::Contexts;
    /// use buildkit_gateway::llb::{File, Graph, Input, file::Copy};
    ///
    /// fn copied(contexts: &Contexts, graph: &mut Graph) -> Result<Input> {
    ///     let context = contexts.main().add(graph)?;
    ///     let copy = Copy::new(context, "/", "/src").contents();
    ///     Ok(graph.file(File::new(Input::Scratch).copy(copy))?.into())
    /// }
    /// ```
    pub fn add(&self, graph: &mut Graph) -> Result<Input> {
        match self {
            Self::Directory(local) => Ok(graph.local(local.clone()).into()),
            Self::Remote(remote) => remote.add(graph),
        }
    }
}
