//! Where files come from, as the options say it; [`contexts`](crate::contexts) makes sources of it.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use buildkit_llb::{Platform, Reference};

use super::{OptionError, Options};
use crate::gather::Gather as _;

const CONTEXT: &str = "context:";

impl Options {
    /// The address of a context that is not a directory of the client's.
    pub fn context(&self) -> Option<&str> {
        self.text(self.text("contextkey").unwrap_or("context"))
    }

    /// The part of a context that is the context.
    pub fn context_subdir(&self) -> Option<&str> {
        self.text("contextsubdir")
    }

    /// The client's directory that the manifest is in, when it is there whatever the context is: `-f -`.
    pub fn manifest_directory(&self) -> Option<&str> {
        self.text("dockerfilekey")
    }

    /// `--build-arg BUILDKIT_CONTEXT_KEEP_GIT_DIR=1`. As upstream, what is no boolean is not set.
    pub fn keep_git_dir(&self) -> Option<bool> {
        let value = self.boolean("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR");
        value.unwrap_or_default()
    }

    /// The session that has this directory.
    pub fn session_of(&self, directory: &str) -> &str {
        self.text(&format!("local-sessionid:{directory}")).unwrap_or(&self.session)
    }

    /// `--build-context`, by the name on the wire: `NAME` or `NAME::os/architecture`.
    pub fn named_contexts(&self) -> BTreeMap<&str, &str> {
        self.with_prefix(CONTEXT).gather()
    }

    /// `--build-context NAME=...`, for a platform where there is one for it. Gives the name on the wire and the value.
    ///
    /// Bake sends names as they are written there. Those of stages are the same in any case; tags of images are not.
    pub fn named_context(&self, name: &str, platform: Option<&Platform>) -> Option<(&str, &str)> {
        let name = context_name(name);
        let is_tagged = name.contains(':');
        let is_it = |key: &str| if is_tagged { key == name } else { key.eq_ignore_ascii_case(&name) };
        // In the order of bytes, the name as it was asked for is the last of those that are the same.
        let of = |platform: Option<&str>| {
            self.with_prefix(CONTEXT)
                .filter(|(key, _)| match key.split_once("::") {
                    Some((key, of)) => platform == Some(of) && is_it(key),
                    None => platform.is_none() && is_it(key),
                })
                .last()
        };
        let platform = platform.map_or_else(|| self.build_platform(), Clone::clone);
        of(Some(&platform.to_string())).or_else(|| of(None))
    }

    /// What distinguishes the client's directory of a named context from others under one name.
    pub fn shared_key(&self, name: &str) -> &str {
        self.get(&format!("sharedkey:localdir:{name}")).unwrap_or_default()
    }

    /// What is known of an input: the config of the image it is, as JSON.
    pub fn input_image_config(&self, name: &str) -> Result<Option<Vec<u8>>, OptionError> {
        let key = format!("input-metadata:{name}");
        let Some(json) = self.text(&key) else {
            return Ok(None);
        };
        let invalid = |reason: String| OptionError::new(&key, json, reason);
        let metadata: BTreeMap<String, String> =
            serde_json::from_str(json).map_err(|error| invalid(error.to_string()))?;
        metadata
            .get("containerimage.config")
            .map(|config| STANDARD.decode(config).map_err(|error| invalid(error.to_string())))
            .transpose()
    }
}

/// The form that clients send a name in: as short as a person writes it, without `latest`.
fn context_name(name: &str) -> String {
    let Ok(reference) = name.parse::<Reference>() else {
        return name.to_owned();
    };
    let familiar = reference.familiar();
    match familiar.strip_suffix(":latest") {
        Some(short) => short.to_owned(),
        None => familiar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions() {
        let options = Options::new([("local-sessionid:context", "s2")]).with_session("s1");
        assert_eq!(options.session_of("context"), "s2");
        assert_eq!(options.session_of("dockerfile"), "s1");
    }

    #[test]
    fn main() {
        let options = Options::new([("contextkey", "other"), ("other", "https://a.b/c.git")]);
        assert_eq!(options.context(), Some("https://a.b/c.git"));
        assert_eq!(Options::default().context(), None);
        let keep = |value| Options::new([("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", value)]).keep_git_dir();
        assert_eq!(keep("1"), Some(true));
        assert_eq!(keep("maybe"), None);
    }

    #[test]
    fn named() {
        let options = Options::new([
            ("context:alpine", "docker-image://alpine:3"),
            ("context:alpine::linux/arm64", "local:arm"),
            ("context:ghcr.io/a/b:1", "local:b"),
        ]);
        let find = |name: &str, platform: &str| {
            options
                .named_context(name, Some(&platform.parse().unwrap()))
                .map(|(name, value)| format!("{name}={value}"))
        };
        assert_eq!(
            find("docker.io/library/alpine:latest", "linux/amd64").as_deref(),
            Some("alpine=docker-image://alpine:3")
        );
        assert_eq!(find("alpine", "linux/arm64/v8").as_deref(), Some("alpine::linux/arm64=local:arm"));
        assert_eq!(find("ghcr.io/a/b:1", "linux/amd64").as_deref(), Some("ghcr.io/a/b:1=local:b"));
        assert_eq!(find("alpine:3", "linux/amd64"), None);
        assert_eq!(find("Not A Name", "linux/amd64"), None);
        assert_eq!(options.named_contexts().len(), 3);

        let bake = Options::new([
            ("context:Build", "1"),
            ("context:tools", "2"),
            ("context:TOOLS", "3"),
            ("context:a:B", "4"),
        ]);
        let find = |name| bake.named_context(name, None).map(|(_, value)| value);
        assert_eq!(find("build"), Some("1"));
        assert_eq!(find("tools"), Some("2"));
        assert_eq!((find("a:B"), find("a:b")), (Some("4"), None));
    }

    #[test]
    fn input_metadata() {
        let read = |json| Options::new([("input-metadata:x", json)]).input_image_config("x");
        assert_eq!(read(r#"{"containerimage.config":"e30="}"#), Ok(Some(b"{}".to_vec())));
        assert_eq!(read("{}"), Ok(None));
        assert!(read("[]").is_err());
        assert!(read(r#"{"containerimage.config":"*"}"#).is_err());
    }
}
