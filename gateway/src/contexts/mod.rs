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

use buildkit_llb::Local;

pub use address::ContextAddress;
pub use git::GitRef;
pub use load::{Contexts, DOCKERIGNORE};
pub use manifest::Manifest;
pub use named::NamedContext;
pub use remote::Remote;

/// A place that files come from.
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
