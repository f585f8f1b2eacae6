use super::{
    Blob, SourceOp,
    git_url::{self, GitUrl},
};
use crate::{
    Capability, Error, Graph, Output, Result,
    metadata::{Common, common_methods},
};

/// A commit of a git repository.
#[derive(Debug, Clone)]
pub struct Git {
    url: GitUrl,
    checkout: Checkout,
    checksum: Option<String>,
    fetch_by_commit: bool,
    skip_submodules: bool,
    mtime: Option<GitMtime>,
    auth_token_secret: Option<String>,
    auth_header_secret: Option<String>,
    known_ssh_hosts: String,
    ssh_agent: Option<String>,
    signature: Option<GitSignature>,
    bundle: Option<Blob>,
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Checkout {
    Tree,
    TreeWithGitDir,
    Bundle,
}

/// What the modification time of a file of a repository is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GitMtime {
    /// When it was checked out. What it is when nothing is said.
    Checkout,
    /// When the commit was made.
    Commit,
}

/// Who must have signed a commit or a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitSignature {
    public_key: String,
    reject_expired_keys: bool,
    require_signed_tag: bool,
    ignore_signed_tag: bool,
}

impl GitSignature {
    /// The owner of this armoured OpenPGP public key.
    pub fn by(public_key: impl Into<String>) -> Self {
        Self {
            public_key: public_key.into(),
            reject_expired_keys: false,
            require_signed_tag: false,
            ignore_signed_tag: false,
        }
    }

    /// Does not take signatures by a key that has expired since.
    #[must_use]
    pub fn reject_expired_keys(mut self) -> Self {
        self.reject_expired_keys = true;
        self
    }

    /// Wants the tag signed; a signed commit is not enough.
    #[must_use]
    pub fn require_signed_tag(mut self) -> Self {
        self.require_signed_tag = true;
        self
    }

    /// Looks at the commit's signature even where the tag is signed.
    #[must_use]
    pub fn ignore_signed_tag(mut self) -> Self {
        self.ignore_signed_tag = true;
        self
    }
}

impl Git {
    /// The default branch of a repository, or what the fragment of its address names:
    /// `https://host/path.git#reference:subdir`.
    ///
    /// The scheme is `https`, `http`, `ssh` or `git`; `user@host:path` is SSH, and anything else is
    /// taken as `https`.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self {
            url: git_url::parse(url)?,
            checkout: Checkout::Tree,
            checksum: None,
            fetch_by_commit: false,
            skip_submodules: false,
            mtime: None,
            auth_token_secret: None,
            auth_header_secret: None,
            known_ssh_hosts: String::new(),
            ssh_agent: None,
            signature: None,
            bundle: None,
            common: Common::default(),
        })
    }

    /// Takes this branch, tag or commit.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.url.reference = Some(reference.into());
        self
    }

    /// Takes only this directory.
    #[must_use]
    pub fn subdir(mut self, subdir: &str) -> Self {
        self.url.subdir = Some(git_url::clean_subdir(subdir));
        self
    }

    /// Keeps the `.git` directory.
    #[must_use]
    pub fn keep_git_dir(mut self) -> Self {
        self.checkout = Checkout::TreeWithGitDir;
        self
    }

    /// Makes one file, `bundle`, of the commit and its history, instead of its tree.
    #[must_use]
    pub fn checkout_bundle(mut self) -> Self {
        self.checkout = Checkout::Bundle;
        self
    }

    /// Fails unless it is this commit, which may be the first digits of one.
    #[must_use]
    pub fn checksum(mut self, commit: impl Into<String>) -> Self {
        self.checksum = Some(commit.into());
        self
    }

    /// Takes this commit without asking the server what the reference names now. The reference
    /// still is part of the cache key.
    #[must_use]
    pub fn fetch_by_commit(mut self, commit: impl Into<String>) -> Self {
        self.fetch_by_commit = true;
        self.checksum(commit)
    }

    /// Takes this commit from a git bundle, instead of a server.
    #[must_use]
    pub fn bundle(mut self, bundle: Blob, commit: impl Into<String>) -> Self {
        self.bundle = Some(bundle);
        self.checksum(commit)
    }

    /// Leaves submodules out.
    #[must_use]
    pub fn skip_submodules(mut self) -> Self {
        self.skip_submodules = true;
        self
    }

    /// Sets what the modification time of the files is.
    #[must_use]
    pub fn mtime(mut self, mtime: GitMtime) -> Self {
        self.mtime = Some(mtime);
        self
    }

    /// Uses the secret of this id as token, instead of `GIT_AUTH_TOKEN`.
    #[must_use]
    pub fn auth_token_secret(mut self, id: impl Into<String>) -> Self {
        self.auth_token_secret = Some(id.into());
        self
    }

    /// Uses the secret of this id as `Authorization` header, instead of `GIT_AUTH_HEADER`.
    #[must_use]
    pub fn auth_header_secret(mut self, id: impl Into<String>) -> Self {
        self.auth_header_secret = Some(id.into());
        self
    }

    /// Adds a line of `known_hosts`. Only for SSH.
    #[must_use]
    pub fn known_ssh_host(mut self, line: &str) -> Self {
        self.known_ssh_hosts.push_str(line.trim_end_matches('\n'));
        self.known_ssh_hosts.push('\n');
        self
    }

    /// Uses the client's SSH agent of this id, instead of `default`. Only for SSH.
    #[must_use]
    pub fn ssh_agent(mut self, id: impl Into<String>) -> Self {
        self.ssh_agent = Some(id.into());
        self
    }

    /// Fails unless the commit or its tag is signed.
    #[must_use]
    pub fn verify_signature(mut self, signature: GitSignature) -> Self {
        self.signature = Some(signature);
        self
    }

    fn check(&self) -> Result<()> {
        let conflict = |reason: &str| Error::Conflict { op: "git", reason: reason.to_owned() };
        if self.checkout == Checkout::Bundle && self.url.subdir.is_some() {
            return Err(conflict("a bundle cannot be of a subdirectory"));
        }
        let has_ssh_options = !self.known_ssh_hosts.is_empty() || self.ssh_agent.is_some();
        if has_ssh_options && !self.url.is_ssh {
            return Err(conflict("known hosts and agents are for SSH, which this address is not"));
        }
        if let Some(commit) = &self.checksum
            && (commit.is_empty() || !commit.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err(Error::invalid("a commit", commit, "it must be hexadecimal digits"));
        }
        Ok(())
    }

    fn identifier(&self) -> String {
        let GitUrl { identity, reference, subdir, .. } = &self.url;
        let reference = reference.as_deref().unwrap_or_default();
        match subdir.as_deref().filter(|subdir| !subdir.is_empty()) {
            Some(subdir) => format!("git://{identity}#{reference}:{subdir}"),
            None if reference.is_empty() => format!("git://{identity}"),
            None => format!("git://{identity}#{reference}"),
        }
    }
}

common_methods!(Git);

impl Graph {
    /// Adds a commit of a git repository. Refused are options that exclude each other.
    pub fn git(&mut self, git: Git) -> Result<Output> {
        git.check()?;
        let mut source = SourceOp::new(git.identifier(), Capability::SourceGit);
        source.set_some("git.fullurl", Some(&git.url.remote), Capability::SourceGitFullUrl);
        source.capabilities.add_if(git.url.subdir.is_some(), Capability::SourceGitSubdir);
        let yes = |set: bool| set.then_some("true");
        for (name, set, capability) in [
            ("git.keepgitdir", git.checkout == Checkout::TreeWithGitDir, Capability::SourceGitKeepDir),
            ("git.checkoutbundle", git.checkout == Checkout::Bundle, Capability::SourceGitCheckoutBundle),
            ("git.skipsubmodules", git.skip_submodules, Capability::SourceGitSkipSubmodules),
            ("git.fetchbycommit", git.fetch_by_commit, Capability::SourceGitFetchByCommit),
        ] {
            source.set_some(name, yes(set), capability);
        }
        source.set_some("git.checksum", git.checksum, Capability::SourceGitChecksum);
        let mtime = git.mtime.map(|mtime| match mtime {
            GitMtime::Checkout => "checkout",
            GitMtime::Commit => "commit",
        });
        source.set_some("git.mtime", mtime, Capability::SourceGitMtime);

        // Old engines look for these two without being told.
        source.capabilities.add_if(
            git.auth_token_secret.is_some() || git.auth_header_secret.is_some(),
            Capability::SourceGitHttpAuth,
        );
        source
            .set("git.authtokensecret", git.auth_token_secret.unwrap_or_else(|| "GIT_AUTH_TOKEN".to_owned()));
        source.set(
            "git.authheadersecret",
            git.auth_header_secret.unwrap_or_else(|| "GIT_AUTH_HEADER".to_owned()),
        );

        if git.url.is_ssh {
            let known = Some(git.known_ssh_hosts).filter(|known| !known.is_empty());
            source.set_some("git.knownsshhosts", known, Capability::SourceGitKnownSshHosts);
            let agent = git.ssh_agent.filter(|id| !id.is_empty());
            source.set_some(
                "git.mountsshsock",
                Some(agent.unwrap_or_else(|| "default".to_owned())),
                Capability::SourceGitMountSshSock,
            );
        }
        if let Some(bundle) = git.bundle {
            let (locator, store) = bundle.into_parts();
            source.set_some("git.bundle", Some(locator.0), Capability::SourceGitBundle);
            if let Some(store) = store {
                store.set(&mut source);
            }
        }
        if let Some(signature) = git.signature {
            source.set("git.sig.pubkey", signature.public_key);
            for (name, set) in [
                ("git.sig.rejectexpired", signature.reject_expired_keys),
                ("git.sig.requiresignedtag", signature.require_signed_tag),
                ("git.sig.ignoresignedtag", signature.ignore_signed_tag),
            ] {
                source.set(name, yes(set).unwrap_or_default());
            }
            source.require(Capability::SourceGitSignatureVerify);
        }
        Ok(Output::new(self.insert(source.into_vertex(git.common, None)), 0))
    }
}
