use super::{OptionError, Options};
use crate::{Error, Result};

/// Every option that BuildKit to v0.32 and buildx to v0.36 send to a frontend, by its name on the wire; one that ends in `:` or
/// `_` stands for all that begin with it. Each is read by [`Options`] or [`contexts`](crate::contexts), or leaves a frontend
/// nothing to do.
pub const KNOWN: &[&str] = &[
    "add-hosts",
    "attest:",
    "build-arg:",
    "build-arg:ALL_PROXY",
    "build-arg:BUILDKIT_ATTEST_",
    "build-arg:BUILDKIT_BUILD_NAME",
    "build-arg:BUILDKIT_CACHE_MOUNT_NS",
    "build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR",
    "build-arg:BUILDKIT_DISABLE_FILEOP",
    "build-arg:BUILDKIT_DOCKERFILE_CHECK",
    "build-arg:BUILDKIT_INLINE_BUILDINFO_ATTRS",
    "build-arg:BUILDKIT_INLINE_CACHE",
    "build-arg:BUILDKIT_MULTI_PLATFORM",
    "build-arg:BUILDKIT_SANDBOX_HOSTNAME",
    "build-arg:BUILDKIT_SBOM_SCAN_",
    "build-arg:BUILDKIT_SYNTAX",
    "build-arg:FTP_PROXY",
    "build-arg:HTTPS_PROXY",
    "build-arg:HTTP_PROXY",
    "build-arg:NO_PROXY",
    "build-arg:SOURCE_DATE_EPOCH",
    "cache-from",
    "cache-imports",
    "cgroup-parent",
    "cmdline",
    "context",
    "context:",
    "contextkey",
    "contextsubdir",
    "cpuperiod",
    "cpuquota",
    "cpusetcpus",
    "cpusetmems",
    "cpushares",
    "dockerfilekey",
    "filename",
    "force-network-mode",
    "frontend.caps",
    "gateway-devel",
    "hostname",
    "image-resolve-mode",
    "input-metadata:",
    "input:",
    "label:",
    "local-sessionid:",
    "memory",
    "memswap",
    "multi-platform",
    "no-cache",
    "override-copy-image",
    "platform",
    "requestid",
    "sharedkey:localdir:",
    "shm-size",
    "source",
    "target",
    "ulimit",
    "vcs:",
];

impl Options {
    /// The options that are not [`KNOWN`]. Newer clients send more; a frontend that drops one silently builds something else
    /// than what was asked for. Those that a frontend has for itself are among them, for it to take out.
    ///
    /// ```
    /// use buildkit_gateway::Options;
    ///
    /// let options = Options::new([("filename", "app.yaml"), ("label:a", "b"), ("teleport", "now")]);
    /// assert_eq!(options.unknown(), ["teleport"]);
    /// ```
    pub fn unknown(&self) -> Vec<&str> {
        let contextkey = self.text("contextkey");
        let is_known = |key: &str| {
            KNOWN.iter().any(|known| known == &key || known.ends_with([':', '_']) && key.starts_with(known))
        };
        let keys = self.entries.keys().map(String::as_str);
        keys.filter(|key| !is_known(key) && contextkey != Some(key)).collect()
    }

    /// All of [`problems`](Self::problems) as one error.
    pub fn check(&self) -> Result<()> {
        let problems: Vec<_> = self.problems().iter().map(ToString::to_string).collect();
        if problems.is_empty() { Ok(()) } else { Err(Error::new(problems.join("\n"))) }
    }

    /// Every option with a value that cannot be read, and those that BuildKit itself refuses since v0.11.
    pub fn problems(&self) -> Vec<OptionError> {
        let removed = "it was removed in BuildKit v0.11";
        let disabled = "build-arg:BUILDKIT_DISABLE_FILEOP";
        let mut problems: Vec<_> = [
            self.platforms().err(),
            self.multi_platform().err(),
            self.image_resolve_mode().err(),
            self.extra_hosts().err(),
            self.shm_size().err(),
            self.ulimits().err(),
            self.resources().err(),
            self.network().err(),
            self.cache_imports().err(),
            self.sbom().err(),
            self.check_options().err(),
            self.text("override-copy-image")
                .map(|value| OptionError::new("override-copy-image", value, removed)),
            matches!(self.boolean(disabled), Ok(Some(true)))
                .then(|| OptionError::new(disabled, "true", removed)),
        ]
        .into_iter()
        .flatten()
        .collect();
        // A platform that cannot be read is found by both of its readers.
        problems.dedup();
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_heard_of() {
        let names = ["filename", "mine", "teleport", "build-arg:BUILDKIT_ATTEST_SBOM", "targets", "label"];
        let options = Options::new(names.map(|name| (name, "x")).into_iter().chain([("contextkey", "mine")]));
        assert_eq!(options.unknown(), ["label", "targets", "teleport"]);
    }

    #[test]
    fn all_at_once() {
        let options = Options::new([
            ("platform", "x"),
            ("ulimit", "x"),
            ("memory", "x"),
            ("override-copy-image", "x"),
            ("build-arg:BUILDKIT_DISABLE_FILEOP", "1"),
        ]);
        let keys: Vec<_> = options.problems().into_iter().map(|p| p.key().to_owned()).collect();
        assert_eq!(
            keys,
            ["platform", "ulimit", "memory", "override-copy-image", "build-arg:BUILDKIT_DISABLE_FILEOP"]
        );
        assert!(Options::default().problems().is_empty());
    }
}
