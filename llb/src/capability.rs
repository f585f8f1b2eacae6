use std::fmt;

macro_rules! capabilities {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// A feature of the engine that a vertex relies on.
        ///
        /// Every vertex carries the capabilities that its op uses, no more and no fewer. The
        /// engine refuses a definition that asks for one it does not have, and a frontend can
        /// look first: see [`Definition::capabilities`](crate::Definition::capabilities).
        /// Names are BuildKit's (`solver/pb/caps.go`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Capability {
            $(#[doc = concat!("`", $text, "`")] $(#[$doc])* $variant,)*
        }

        impl Capability {
            /// Every capability that an op of this crate can ask for.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }

            /// The capability of this name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

capabilities! {
    SourceImage = "source.image",
    SourceImageResolveMode = "source.image.resolvemode",
    SourceImageLayerLimit = "source.image.layerlimit",
    SourceImageChecksum = "source.image.checksum",
    SourceImageBlob = "source.imageblob",
    SourceOciLayout = "source.ocilayout",
    SourceLocal = "source.local",
    SourceLocalUnique = "source.local.unique",
    SourceLocalSessionId = "source.local.sessionid",
    SourceLocalIncludePatterns = "source.local.includepatterns",
    SourceLocalFollowPaths = "source.local.followpaths",
    SourceLocalExcludePatterns = "source.local.excludepatterns",
    SourceLocalSharedKeyHint = "source.local.sharedkeyhint",
    SourceLocalDiffer = "source.local.differ",
    SourceLocalMetadataTransfer = "source.local.metadatatransfer",
    SourceGit = "source.git",
    SourceGitKeepDir = "source.git.keepgitdir",
    SourceGitFullUrl = "source.git.fullurl",
    SourceGitHttpAuth = "source.git.httpauth",
    SourceGitKnownSshHosts = "source.git.knownsshhosts",
    SourceGitMountSshSock = "source.git.mountsshsock",
    SourceGitSubdir = "source.git.subdir",
    SourceGitChecksum = "source.git.checksum",
    SourceGitSkipSubmodules = "source.git.skipsubmodules",
    SourceGitSignatureVerify = "source.git.signatureverify",
    SourceGitMtime = "source.git.mtime",
    SourceGitFetchByCommit = "source.git.fetchbycommit",
    SourceGitBundle = "source.git.bundle",
    SourceGitCheckoutBundle = "source.git.checkoutbundle",
    SourceHttp = "source.http",
    SourceHttpAuth = "source.http.auth",
    SourceHttpChecksum = "source.http.checksum",
    SourceHttpPerm = "source.http.perm",
    /// (upstream's spelling)
    SourceHttpUidGid = "soruce.http.uidgid",
    SourceHttpHeader = "source.http.header",
    SourceHttpSignatureVerify = "source.http.signatureverify",
    BuildLlbFilename = "source.buildop.llbfilename",
    ExecMetaBase = "exec.meta.base",
    ExecMetaCgroupParent = "exec.meta.cgroup.parent",
    ExecMetaNetwork = "exec.meta.network",
    ExecMetaProxy = "exec.meta.proxyenv",
    ExecMetaSecurity = "exec.meta.security",
    ExecMetaSetsDefaultPath = "exec.meta.setsdefaultpath",
    ExecMetaUlimit = "exec.meta.ulimit",
    ExecMetaCdi = "exec.meta.cdi",
    ExecMetaLinuxResources = "exec.meta.linux.resources",
    ExecMountBind = "exec.mount.bind",
    ExecMountBindReadWriteNoOutput = "exec.mount.bind.readwrite-nooutput",
    ExecMountCache = "exec.mount.cache",
    ExecMountCacheSharing = "exec.mount.cache.sharing",
    ExecMountSelector = "exec.mount.selector",
    ExecMountTmpfs = "exec.mount.tmpfs",
    ExecMountTmpfsSize = "exec.mount.tmpfs.size",
    ExecMountSecret = "exec.mount.secret",
    ExecMountSsh = "exec.mount.ssh",
    ExecMountContentCache = "exec.mount.cache.content",
    ExecSecretEnv = "exec.secretenv",
    ExecValidExitCode = "exec.validexitcode",
    FileBase = "file.base",
    FileRmWildcard = "file.rm.wildcard",
    FileCopyIncludeExcludePatterns = "file.copy.includeexcludepatterns",
    FileCopyRequiredPaths = "file.copy.requiredpaths",
    FileCopyAlwaysReplaceExistingDestPaths = "file.copy.alwaysreplaceexistingdestpaths",
    FileCopyModeStringFormat = "file.copy.modestring",
    FileSymlinkCreate = "file.symlink.create",
    Constraints = "constraints",
    Platform = "platform",
    MetaIgnoreCache = "meta.ignorecache",
    MetaDescription = "meta.description",
    MetaExportCache = "meta.exportcache",
    MergeOp = "mergeop",
    DiffOp = "diffop",
    PassthroughOp = "passthroughop",
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The capabilities of one vertex: a bit each, so that a graph of 100,000 vertices stays small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CapabilitySet(u128);

const _: () = assert!(Capability::ALL.len() <= 128, "the set has a bit for each capability");

impl CapabilitySet {
    pub(crate) fn add(&mut self, capability: Capability) {
        self.0 |= 1 << capability as u8;
    }

    pub(crate) fn add_if(&mut self, used: bool, capability: Capability) {
        if used {
            self.add(capability);
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Capability> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            // The place in the list is the bit: both are the order of the variants.
            let capability = Capability::ALL.get(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(*capability)
        })
    }
}

impl<const N: usize> From<[Capability; N]> for CapabilitySet {
    fn from(capabilities: [Capability; N]) -> Self {
        let mut set = Self::default();
        for capability in capabilities {
            set.add(capability);
        }
        set
    }
}
