use super::{OptionError, Options};
use crate::{Error, Result};

impl Options {
    /// The options that a frontend does not know. Newer clients send more; a frontend that drops one silently builds
    /// something else than what was asked for.
    pub fn unknown(&self, is_known: impl Fn(&str) -> bool) -> Vec<&str> {
        let contextkey = self.text("contextkey");
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
        let options =
            Options::new([("filename", ""), ("contextkey", "mine"), ("mine", "x"), ("teleport", "x")]);
        let known = |key: &str| ["filename", "contextkey"].contains(&key);
        assert_eq!(options.unknown(known), ["teleport"]);
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
