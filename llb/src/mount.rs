//! What an [`Exec`](crate::Exec) sees besides its root.

use crate::Input;

/// A mount of an exec. Made from one of the types of this module.
#[derive(Debug, Clone)]
pub struct Mount(pub(crate) Kind);

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Bind(Bind),
    Cache(Cache),
    Tmpfs(Tmpfs),
    Secret(Secret),
    Ssh(Ssh),
}

impl Kind {
    /// What of the graph is mounted.
    pub(crate) fn input(&self) -> Input {
        match self {
            Self::Bind(bind) => bind.input,
            Self::Cache(cache) => cache.base,
            Self::Tmpfs(_) | Self::Secret(_) | Self::Ssh(_) => Input::Scratch,
        }
    }

    pub(crate) fn is_output(&self) -> bool {
        matches!(self, Self::Bind(bind) if bind.access == Access::Output)
    }
}

macro_rules! mounts {
    ($($kind:ident),*) => {
        $(impl From<$kind> for Mount {
            fn from(mount: $kind) -> Self {
                Self(Kind::$kind(mount))
            }
        })*
    };
}

mounts!(Bind, Cache, Tmpfs, Secret, Ssh);

/// A file system of the graph.
#[derive(Debug, Clone)]
pub struct Bind {
    pub(crate) input: Input,
    pub(crate) target: String,
    pub(crate) access: Access,
    pub(crate) selector: Option<String>,
    pub(crate) content_cache: ContentCache,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    ReadOnly,
    Output,
    Discard,
}

impl Bind {
    /// It can be read.
    pub fn read_only(input: impl Into<Input>, target: impl Into<String>) -> Self {
        Self::new(input, target, Access::ReadOnly)
    }

    /// It can be written, and the result is an output of the exec: see
    /// [`ExecOutputs::mount`](crate::ExecOutputs::mount).
    pub fn output(input: impl Into<Input>, target: impl Into<String>) -> Self {
        Self::new(input, target, Access::Output)
    }

    /// It can be written, and what is written is thrown away.
    pub fn discard(input: impl Into<Input>, target: impl Into<String>) -> Self {
        Self::new(input, target, Access::Discard)
    }

    fn new(input: impl Into<Input>, target: impl Into<String>, access: Access) -> Self {
        Self {
            input: input.into(),
            target: target.into(),
            access,
            selector: None,
            content_cache: ContentCache::Default,
        }
    }

    /// Mounts this path of the file system instead of its root.
    #[must_use]
    pub fn selector(mut self, path: impl Into<String>) -> Self {
        self.selector = Some(path.into());
        self
    }

    /// Sets whether the cache key depends on the content of the file system.
    #[must_use]
    pub fn content_cache(mut self, content_cache: ContentCache) -> Self {
        self.content_cache = content_cache;
        self
    }
}

/// Whether an exec is looked up in the cache by what a mount holds, besides how it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContentCache {
    /// As the engine decides: for mounts that can only be read.
    #[default]
    Default,
    /// Always: every file is hashed.
    On,
    /// Never: nothing is hashed.
    Off,
}

/// A directory that outlives builds, on the engine that runs them.
#[derive(Debug, Clone)]
pub struct Cache {
    pub(crate) id: String,
    pub(crate) target: String,
    pub(crate) sharing: Sharing,
    pub(crate) base: Input,
    pub(crate) selector: Option<String>,
    pub(crate) read_only: bool,
    pub(crate) hashing: ContentCache,
}

/// What happens when two execs want one cache at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sharing {
    /// Both have it.
    #[default]
    Shared,
    /// The second has a new one.
    Private,
    /// The second waits.
    Locked,
}

impl Cache {
    /// The cache of this id, of all builds on the engine.
    pub fn new(id: impl Into<String>, target: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            target: target.into(),
            sharing: Sharing::Shared,
            base: Input::Scratch,
            selector: None,
            read_only: false,
            hashing: ContentCache::Default,
        }
    }

    /// Sets what happens when two execs want it at once.
    #[must_use]
    pub fn sharing(mut self, sharing: Sharing) -> Self {
        self.sharing = sharing;
        self
    }

    /// Starts it from a file system instead of an empty directory.
    #[must_use]
    pub fn base(mut self, base: impl Into<Input>) -> Self {
        self.base = base.into();
        self
    }

    /// Sets whether the exec is keyed by what the files of the base hold.
    #[must_use]
    pub fn content_cache(mut self, content_cache: ContentCache) -> Self {
        self.hashing = content_cache;
        self
    }

    /// Mounts this path of the cache instead of its root.
    #[must_use]
    pub fn selector(mut self, path: impl Into<String>) -> Self {
        self.selector = Some(path.into());
        self
    }

    /// Lets the exec only read it.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}

/// A directory in memory.
#[derive(Debug, Clone)]
pub struct Tmpfs {
    pub(crate) target: String,
    pub(crate) size: i64,
}

impl Tmpfs {
    /// Without a limit of its own.
    pub fn new(target: impl Into<String>) -> Self {
        Self { target: target.into(), size: 0 }
    }

    /// Limits it, in bytes.
    #[must_use]
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = i64::try_from(bytes).unwrap_or(i64::MAX);
        self
    }
}

/// A file with a secret of the client.
#[derive(Debug, Clone)]
pub struct Secret {
    pub(crate) id: String,
    pub(crate) target: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) mode: u32,
    pub(crate) optional: bool,
}

impl Secret {
    /// The secret of this id, readable by root alone.
    pub fn new(id: impl Into<String>, target: impl Into<String>) -> Self {
        Self { id: id.into(), target: target.into(), uid: 0, gid: 0, mode: 0o400, optional: false }
    }

    /// Sets who owns the file.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.uid = uid;
        self.gid = gid;
        self
    }

    /// Sets its permission bits.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Runs the exec without the file when the client has no such secret.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// The socket of an SSH agent of the client.
///
/// Unless the exec sets `SSH_AUTH_SOCK`, that variable names the first of its sockets.
#[derive(Debug, Clone)]
pub struct Ssh {
    pub(crate) id: String,
    pub(crate) target: Option<String>,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) mode: u32,
    pub(crate) optional: bool,
}

impl Default for Ssh {
    fn default() -> Self {
        Self::new("")
    }
}

impl Ssh {
    /// The agent of this id, usable by root alone. An empty id is the client's default agent.
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), target: None, uid: 0, gid: 0, mode: 0o600, optional: false }
    }

    /// Sets where the socket is; else it is at `/run/buildkit/ssh_agent.0` and so on.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Sets who owns the socket.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.uid = uid;
        self.gid = gid;
        self
    }

    /// Sets its permission bits.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = mode;
        self
    }

    /// Runs the exec without the socket when the client offers none.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}
