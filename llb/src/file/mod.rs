//! Changes to a file system that need no container.
//!
//! ```
//! use buildkit_llb::{File, Graph, Image, Input, Platform, file};
//!
//! let mut graph = Graph::new(Platform::linux_amd64());
//! let alpine = graph.image(Image::new("alpine".parse()?));
//! let layer = graph.file(
//!     File::new(Input::Scratch)
//!         .mkdir(file::Mkdir::new("/app", 0o755).owner(file::Owner::ids(10001, 10001)))
//!         .copy(file::Copy::new(alpine, "/etc/ssl/certs/", "/etc/ssl/certs/").create_dest_path()),
//! )?;
//! # graph.definition(layer)?;
//! # Ok::<(), buildkit_llb::Error>(())
//! ```

mod copy;
mod lower;
mod owner;
pub(crate) mod walk;

use std::time::{Duration, SystemTime};

pub use self::{
    copy::{Copy, CopySource},
    owner::{Owner, User},
};
use crate::{
    Error, Input, Result,
    metadata::{Common, common_methods},
};

/// One or several changes to a file system, in their order, as one vertex.
#[derive(Debug, Clone)]
pub struct File {
    pub(crate) base: Input,
    pub(crate) actions: Vec<Action>,
    pub(crate) common: Common,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    Copy(Box<Copy>),
    Mkdir(Mkdir),
    Mkfile(Mkfile),
    Symlink(Symlink),
    Rm(Rm),
}

impl File {
    /// Changes to `base`.
    pub fn new(base: impl Into<Input>) -> Self {
        Self { base: base.into(), actions: Vec::new(), common: Common::default() }
    }

    /// Copies files.
    #[must_use]
    pub fn copy(self, copy: Copy) -> Self {
        self.then(Action::Copy(Box::new(copy)))
    }

    /// Makes a directory.
    #[must_use]
    pub fn mkdir(self, mkdir: Mkdir) -> Self {
        self.then(Action::Mkdir(mkdir))
    }

    /// Makes a file.
    #[must_use]
    pub fn mkfile(self, mkfile: Mkfile) -> Self {
        self.then(Action::Mkfile(mkfile))
    }

    /// Makes a symbolic link.
    #[must_use]
    pub fn symlink(self, symlink: Symlink) -> Self {
        self.then(Action::Symlink(symlink))
    }

    /// Removes files.
    #[must_use]
    pub fn rm(self, rm: Rm) -> Self {
        self.then(Action::Rm(rm))
    }

    fn then(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

common_methods!(File);

/// Makes a directory. Without [`parents`](Self::parents), the one above must be there and this one
/// must not.
#[derive(Debug, Clone)]
pub struct Mkdir {
    path: String,
    mode: u32,
    parents: bool,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Mkdir {
    /// At an absolute path, with these permission bits.
    pub fn new(path: impl Into<String>, mode: u32) -> Self {
        Self { path: path.into(), mode, parents: false, owner: None, created: None }
    }

    /// Makes what is missing above it, too, and is content when it is there already.
    #[must_use]
    pub fn parents(mut self) -> Self {
        self.parents = true;
        self
    }
}

/// Makes a file, or overwrites it.
#[derive(Debug, Clone)]
pub struct Mkfile {
    path: String,
    mode: u32,
    data: Vec<u8>,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Mkfile {
    /// At an absolute path, with these permission bits and this content.
    pub fn new(path: impl Into<String>, mode: u32, data: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), mode, data: data.into(), owner: None, created: None }
    }
}

/// Makes a symbolic link.
#[derive(Debug, Clone)]
pub struct Symlink {
    target: String,
    path: String,
    owner: Option<Owner>,
    created: Option<Timestamp>,
}

impl Symlink {
    /// That stands at the absolute path `path` and points to `target`, which is kept as it is.
    pub fn new(target: impl Into<String>, path: impl Into<String>) -> Self {
        Self { target: target.into(), path: path.into(), owner: None, created: None }
    }
}

/// Removes a file, or a directory with all that is in it.
#[derive(Debug, Clone)]
pub struct Rm {
    path: String,
    allow_not_found: bool,
    wildcard: bool,
}

impl Rm {
    /// At an absolute path.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), allow_not_found: false, wildcard: false }
    }

    /// Is content when there is nothing to remove.
    #[must_use]
    pub fn allow_not_found(mut self) -> Self {
        self.allow_not_found = true;
        self
    }

    /// Reads the path as a pattern of Go's `filepath.Match`.
    #[must_use]
    pub fn wildcard(mut self) -> Self {
        self.wildcard = true;
        self
    }
}

macro_rules! owned_and_dated {
    ($($action:ty),*) => {
        $(impl $action {
            /// Sets who owns what is made; else it is root.
            #[must_use]
            pub fn owner(mut self, owner: Owner) -> Self {
                self.owner = Some(owner);
                self
            }

            /// Sets when it was made; else it is when the engine does it.
            #[must_use]
            pub fn created(mut self, created: Timestamp) -> Self {
                self.created = Some(created);
                self
            }
        })*
    };
}

owned_and_dated!(Mkdir, Mkfile, Symlink);

/// When a file was made: nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Seconds since 1970, as in `SOURCE_DATE_EPOCH`.
    pub fn from_unix_seconds(seconds: u64) -> Result<Self> {
        i64::try_from(seconds).ok().and_then(|seconds| seconds.checked_mul(1_000_000_000)).map_or_else(
            || Err(Error::invalid("a timestamp", seconds.to_string(), "it is too far in the future")),
            |nanoseconds| Ok(Self(nanoseconds)),
        )
    }
}

impl TryFrom<SystemTime> for Timestamp {
    type Error = Error;

    fn try_from(time: SystemTime) -> Result<Self> {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::MAX);
        i64::try_from(since.as_nanos()).map(Self).map_err(|_| {
            Error::invalid("a timestamp", format!("{time:?}"), "it is before 1970 or too far in the future")
        })
    }
}
