use std::collections::BTreeMap;

use buildkit_llb::ResolveMode;
use serde::Deserialize;

use super::{OptionError, Options};

/// `--no-cache` and `--no-cache-filter`: which stages run though their results are cached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum NoCache {
    /// None.
    #[default]
    Never,
    /// All.
    Always,
    /// Those with these names, in any case.
    Stages(Vec<String>),
}

impl NoCache {
    /// Whether the stage runs though its result is cached.
    pub fn applies_to(&self, stage: &str) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Stages(names) => names.iter().any(|name| name.eq_ignore_ascii_case(stage)),
        }
    }
}

/// `--cache-from`: a cache to look into.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CacheImport {
    /// `registry`, `local`, `gha`, `s3`, ...
    #[serde(rename = "Type")]
    pub kind: String,
    /// Settings of that kind.
    #[serde(rename = "Attrs", default, deserialize_with = "null_is_empty")]
    pub attributes: BTreeMap<String, String>,
}

// Go writes a map that is not there as `null`.
fn null_is_empty<'de, D>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Options {
    /// `--no-cache` and `--no-cache-filter`.
    pub fn no_cache(&self) -> NoCache {
        match self.get("no-cache") {
            None => NoCache::Never,
            Some("") => NoCache::Always,
            Some(names) => NoCache::Stages(names.split(',').map(ToOwned::to_owned).collect()),
        }
    }

    /// `--cache-from`. It does nothing unless the frontend hands it on with every
    /// [`Solve`](crate::Solve::cache_imports) that may run a step.
    pub fn cache_imports(&self) -> Result<Vec<CacheImport>, OptionError> {
        let key = "cache-imports";
        let mut imports = match self.text(key) {
            None => Vec::new(),
            Some(json) => serde_json::from_str::<Option<_>>(json)
                .map_err(|error| OptionError::new(key, json, error.to_string()))?
                .unwrap_or_default(),
        };
        // What Docker sent before v20.10: references.
        let references = self.text("cache-from").unwrap_or_default();
        for reference in references.split(',').filter(|text| !text.is_empty()) {
            imports.push(CacheImport {
                kind: "registry".to_owned(),
                attributes: [("ref".to_owned(), reference.to_owned())].into(),
            });
        }
        Ok(imports)
    }

    /// `--pull`: where the engine looks for images.
    pub fn image_resolve_mode(&self) -> Result<ResolveMode, OptionError> {
        let key = "image-resolve-mode";
        match self.text(key) {
            None | Some("default") => Ok(ResolveMode::Default),
            Some("pull") => Ok(ResolveMode::ForcePull),
            Some("local") => Ok(ResolveMode::PreferLocal),
            Some(other) => Err(OptionError::new(key, other, "it must be `default`, `pull` or `local`")),
        }
    }

    /// `--build-arg BUILDKIT_CACHE_MOUNT_NS=...`: what the ids of all cache mounts begin with.
    pub fn cache_namespace(&self) -> Option<&str> {
        self.text("build-arg:BUILDKIT_CACHE_MOUNT_NS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_stages() {
        let read = |entries: &[(&str, &str)]| Options::new(entries.iter().copied()).no_cache();
        assert!(!read(&[]).applies_to("build"));
        assert!(read(&[("no-cache", "")]).applies_to("build"));
        let some = read(&[("no-cache", "Build,test")]);
        assert!(some.applies_to("build") && some.applies_to("TEST") && !some.applies_to("deps"));
    }

    #[test]
    fn imports() {
        let json = r#"[{"Type":"registry","Attrs":{"ref":"a/b:c"}},{"Type":"gha","Attrs":null}]"#;
        let read = |json: &str| Options::new([("cache-imports", json)]).cache_imports();
        assert!(read("[{}]").is_err());
        let imports = read(json).unwrap();
        assert_eq!(imports[0].attributes["ref"], "a/b:c");
        assert!(imports[1].attributes.is_empty());
        assert_eq!(read("null"), Ok(Vec::new()));
        let both = Options::new([
            ("cache-imports", r#"[{"Type":"local","Attrs":{"src":"x"}}]"#),
            ("cache-from", "a,b"),
        ]);
        let kinds: Vec<_> = both.cache_imports().unwrap().into_iter().map(|i| i.kind).collect();
        assert_eq!(kinds, ["local", "registry", "registry"]);
    }

    #[test]
    fn modes() {
        let read = |mode| Options::new([("image-resolve-mode", mode)]).image_resolve_mode();
        assert_eq!(read(""), Ok(ResolveMode::Default));
        assert_eq!(read("pull"), Ok(ResolveMode::ForcePull));
        assert_eq!(read("local"), Ok(ResolveMode::PreferLocal));
        assert!(read("always").is_err());
    }
}
