use super::{File, Owner, Timestamp};
use crate::{Input, Output};

/// Copies a file or a directory.
///
/// Where the destination is a directory that is there, the source goes into it under its own name;
/// with [`contents`](Self::contents), only what a directory holds does.
#[derive(Debug, Clone)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent flags of the op, and only the builder sets them"
)]
pub struct Copy {
    pub(super) from: CopySource,
    pub(super) src: String,
    pub(super) dest: String,
    pub(super) owner: Option<Owner>,
    pub(super) mode: CopyMode,
    pub(super) created: Option<Timestamp>,
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) required: Vec<String>,
    pub(super) follow_symlinks: bool,
    pub(super) contents: bool,
    pub(super) unpack: bool,
    pub(super) create_dest_path: bool,
    pub(super) wildcard: bool,
    pub(super) allow_empty_wildcard: bool,
    pub(super) replace_existing: bool,
}

/// Where a [`struct@Copy`] takes its files from.
#[derive(Debug, Clone)]
pub enum CopySource {
    /// What is in the graph already, or scratch.
    Input(Input),
    /// What these changes make, as steps of the same vertex.
    File(File),
}

impl From<Input> for CopySource {
    fn from(input: Input) -> Self {
        Self::Input(input)
    }
}

impl From<Output> for CopySource {
    fn from(output: Output) -> Self {
        Self::Input(output.into())
    }
}

impl From<File> for CopySource {
    fn from(file: File) -> Self {
        Self::File(file)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CopyMode {
    Keep,
    Bits(u32),
    Symbolic(String),
}

impl Copy {
    /// From an absolute path of one file system to an absolute path of the file system that is
    /// changed. A `/` at the end of `dest` says that it is a directory.
    pub fn new(from: impl Into<CopySource>, src: impl Into<String>, dest: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            src: src.into(),
            dest: dest.into(),
            owner: None,
            mode: CopyMode::Keep,
            created: None,
            include: Vec::new(),
            exclude: Vec::new(),
            required: Vec::new(),
            follow_symlinks: false,
            contents: false,
            unpack: false,
            create_dest_path: false,
            wildcard: false,
            allow_empty_wildcard: false,
            replace_existing: false,
        }
    }

    /// Sets who owns the copies, and the folders that are made for them. Else the copies keep their
    /// owner, which is root for files of a [`Local`](crate::Local), as clients send them so.
    #[must_use]
    pub fn owner(mut self, owner: Owner) -> Self {
        self.owner = Some(owner);
        self
    }

    /// Sets the mode of the copies, files and folders alike: permission bits, and those of setuid,
    /// setgid and sticky (04000, 02000, 01000), which engines before v0.13 leave out. Folders above
    /// the copies that are not there get its permission bits; engines before v0.21 make them 0755.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = CopyMode::Bits(mode);
        self
    }

    /// Changes the mode of the copies, files and folders alike, as `chmod` does: `u=rwX,go=rX`.
    #[must_use]
    pub fn symbolic_mode(mut self, mode: impl Into<String>) -> Self {
        self.mode = CopyMode::Symbolic(mode.into());
        self
    }

    /// Sets when the copies were made.
    #[must_use]
    pub fn created(mut self, created: Timestamp) -> Self {
        self.created = Some(created);
        self
    }

    /// Copies only what matches one of these patterns, written as in `.dockerignore`.
    #[must_use]
    pub fn include(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.include.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Leaves out what matches these patterns, even if it matches one to include.
    #[must_use]
    pub fn exclude(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.exclude.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Fails unless these paths are among what is included. Needs a pattern to include.
    #[must_use]
    pub fn require(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.required.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Copies what a symbolic link at the source points to, instead of the link.
    #[must_use]
    pub fn follow_symlinks(mut self) -> Self {
        self.follow_symlinks = true;
        self
    }

    /// Copies what a directory holds instead of the directory.
    #[must_use]
    pub fn contents(mut self) -> Self {
        self.contents = true;
        self
    }

    /// Unpacks the source if it is a tar archive, as Dockerfile's `ADD` does.
    #[must_use]
    pub fn unpack(mut self) -> Self {
        self.unpack = true;
        self
    }

    /// Makes the directories above the destination.
    #[must_use]
    pub fn create_dest_path(mut self) -> Self {
        self.create_dest_path = true;
        self
    }

    /// Reads the source path as a pattern of Go's `filepath.Match`.
    #[must_use]
    pub fn wildcard(mut self) -> Self {
        self.wildcard = true;
        self
    }

    /// Reads the source path as a pattern, and is content when it matches nothing.
    #[must_use]
    pub fn allow_empty_wildcard(mut self) -> Self {
        self.wildcard = true;
        self.allow_empty_wildcard = true;
        self
    }

    /// Puts a file where a directory is, and the reverse, instead of failing.
    #[must_use]
    pub fn replace_existing(mut self) -> Self {
        self.replace_existing = true;
        self
    }
}
