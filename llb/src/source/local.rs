use super::{SourceOp, json_list};
use crate::{
    Capability, Error, Graph, Output, Result,
    metadata::{Common, common_methods},
};

/// A directory of the client.
#[derive(Debug, Clone)]
pub struct Local {
    name: String,
    owner: Owner,
    include: Vec<String>,
    exclude: Vec<String>,
    follow: Vec<String>,
    shared_key_hint: Option<String>,
    differ: Option<(Differ, bool)>,
    metadata_only: Option<Vec<String>>,
    common: Common,
}

/// Which client, of all that take part in a build.
#[derive(Debug, Clone)]
enum Owner {
    Session(String),
    /// Any client: files are the same only while this id is.
    Unique(String),
}

/// How the engine finds out which files it has already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Differ {
    /// It does not: all files are sent.
    None,
    /// By size, time, mode, owner and so on. What it does when nothing is said.
    Metadata,
}

impl Local {
    /// The directory that the client with this session id offers under this name.
    ///
    /// Clients offer directories under `context` and `dockerfile`, by convention.
    pub fn new(name: impl Into<String>, session: impl Into<String>) -> Result<Self> {
        let session = session.into();
        if session.is_empty() {
            return Err(Error::empty("a session id"));
        }
        Self::owned(name, Owner::Session(session))
    }

    /// The directory of whichever client starts the build. Two such directories of one name are
    /// the same only if their `id` is; a build that shall see new files must have a new one.
    pub fn unique(name: impl Into<String>, id: impl Into<String>) -> Result<Self> {
        let id = id.into();
        if id.is_empty() {
            return Err(Error::empty("an id"));
        }
        Self::owned(name, Owner::Unique(id))
    }

    fn owned(name: impl Into<String>, owner: Owner) -> Result<Self> {
        let name = name.into();
        if name.is_empty() {
            return Err(Error::empty("the name of a local directory"));
        }
        Ok(Self {
            name,
            owner,
            include: Vec::new(),
            exclude: Vec::new(),
            follow: Vec::new(),
            shared_key_hint: None,
            differ: None,
            metadata_only: None,
            common: Common::default(),
        })
    }

    /// Takes only what matches one of these patterns, written as in `.dockerignore`.
    #[must_use]
    pub fn include(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.include.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Leaves out what matches these patterns, written as in `.dockerignore`.
    #[must_use]
    pub fn exclude(mut self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.exclude.extend(patterns.into_iter().map(Into::into));
        self
    }

    /// Takes only these paths, and what they link to.
    #[must_use]
    pub fn follow(mut self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.follow.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Names the copy that the engine keeps and compares with, so that builds that take different
    /// parts of one directory do not overwrite each other's.
    #[must_use]
    pub fn shared_key_hint(mut self, hint: impl Into<String>) -> Self {
        self.shared_key_hint = Some(hint.into());
        self
    }

    /// Sets how the engine finds out which files it has. Engines that know no other way ignore it.
    #[must_use]
    pub fn differ(mut self, differ: Differ) -> Self {
        self.differ = Some((differ, false));
        self
    }

    /// As [`differ`](Self::differ), and engines that know no other way refuse to build.
    #[must_use]
    pub fn require_differ(mut self, differ: Differ) -> Self {
        self.differ = Some((differ, true));
        self
    }

    /// Transfers what is known of the files, but only the content of those that match a pattern.
    #[must_use]
    pub fn metadata_only(mut self, except: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.metadata_only = Some(except.into_iter().map(Into::into).collect());
        self
    }
}

common_methods!(Local);

impl Graph {
    /// Adds a directory of the client.
    pub fn local(&mut self, local: Local) -> Output {
        let mut source = SourceOp::new(format!("local://{}", local.name), Capability::SourceLocal);
        match local.owner {
            Owner::Session(id) => {
                source.set_some("local.session", Some(id), Capability::SourceLocalSessionId);
            }
            Owner::Unique(id) => {
                source.set_some("local.unique", Some(id), Capability::SourceLocalUnique);
            }
        }
        for (name, items, capability) in [
            ("local.includepattern", &local.include, Capability::SourceLocalIncludePatterns),
            ("local.excludepatterns", &local.exclude, Capability::SourceLocalExcludePatterns),
            ("local.followpaths", &local.follow, Capability::SourceLocalFollowPaths),
        ] {
            let list = (!items.is_empty()).then(|| json_list(items));
            source.set_some(name, list, capability);
        }
        source.set_some(
            "local.sharedkeyhint",
            local.shared_key_hint.filter(|hint| !hint.is_empty()),
            Capability::SourceLocalSharedKeyHint,
        );
        if let Some((differ, required)) = local.differ {
            source.set(
                "local.differ",
                match differ {
                    Differ::None => "none",
                    Differ::Metadata => "metadata",
                },
            );
            if required {
                source.require(Capability::SourceLocalDiffer);
            }
        }
        if let Some(except) = local.metadata_only {
            source.set("local.metadatatransfer", "true");
            if !except.is_empty() {
                source.set("local.metadatatransferexclude", json_list(&except));
            }
            source.require(Capability::SourceLocalMetadataTransfer);
        }
        Output::new(self.insert(source.into_vertex(local.common, None)), 0)
    }
}
