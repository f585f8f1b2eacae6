use std::collections::BTreeMap;

use buildkit_llb::Reference;

use super::{OptionError, Options, csv};

/// `--sbom`: a bill of materials is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sbom {
    /// The image that makes it.
    pub generator: Reference,
    /// What else was said, for the generator's environment.
    pub parameters: BTreeMap<String, String>,
}

/// Which file systems, besides the result, a bill of materials is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ScanScope {
    /// None.
    #[default]
    None,
    /// All of this kind.
    All,
    /// The stages with these names, in any case.
    Stages(Vec<String>),
}

impl ScanScope {
    /// Whether this file system of the stage is part of the bill of materials.
    pub fn applies_to(&self, stage: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Stages(names) => names.iter().any(|name| name.eq_ignore_ascii_case(stage)),
        }
    }
}

const DEFAULT_GENERATOR: &str = "docker/buildkit-syft-scanner:stable-1";
const PREFIXES: [&str; 2] = ["attest:", "build-arg:BUILDKIT_ATTEST_"];

impl Options {
    /// `--sbom`. Provenance needs nothing of a frontend: the daemon makes it.
    pub fn sbom(&self) -> Result<Option<Sbom>, OptionError> {
        let mut found = None;
        for prefix in PREFIXES {
            for (kind, value) in self.with_prefix(prefix) {
                let key = format!("{prefix}{kind}");
                match kind.to_lowercase().as_str() {
                    "sbom" => found = Some(read_sbom(&key, value)?),
                    "provenance" => {}
                    _ => {
                        return Err(OptionError::new(
                            &key,
                            value,
                            "the kinds of attestations are `sbom` and `provenance`",
                        ));
                    }
                }
            }
        }
        Ok(found)
    }

    /// `--build-arg BUILDKIT_SBOM_SCAN_CONTEXT=...`: whether the context is part of the bill of materials.
    pub fn scan_context(&self) -> ScanScope {
        self.scan_scope("BUILDKIT_SBOM_SCAN_CONTEXT")
    }

    /// `--build-arg BUILDKIT_SBOM_SCAN_STAGE=...`: which stages are part of the bill of materials.
    pub fn scan_stages(&self) -> ScanScope {
        self.scan_scope("BUILDKIT_SBOM_SCAN_STAGE")
    }

    fn scan_scope(&self, name: &str) -> ScanScope {
        let key = format!("build-arg:{name}");
        match (self.boolean(&key), self.text(&key)) {
            (Ok(Some(true)), _) => ScanScope::All,
            (Ok(Some(false)), _) | (_, None) => ScanScope::None,
            (_, Some(names)) => {
                ScanScope::Stages(names.split(',').map(|name| name.trim().to_owned()).collect())
            }
        }
    }
}

fn read_sbom(key: &str, value: &str) -> Result<Sbom, OptionError> {
    let mut generator = DEFAULT_GENERATOR.to_owned();
    let mut parameters = BTreeMap::new();
    for field in csv::fields(key, value)? {
        let (name, text) = field.split_once('=').unwrap_or((&field, ""));
        match name {
            "generator" => text.clone_into(&mut generator),
            // buildx repeats the kind here.
            "type" => {}
            _ => {
                parameters.insert(name.to_owned(), text.to_owned());
            }
        }
    }
    let generator = generator
        .parse()
        .map_err(|error: buildkit_llb::Error| OptionError::new(key, value, error.to_string()))?;
    Ok(Sbom { generator, parameters })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sboms() {
        let read = |key, value| Options::new([(key, value)]).sbom();
        assert_eq!(Options::default().sbom(), Ok(None));
        assert_eq!(read("attest:provenance", "mode=min,inline-only=true"), Ok(None));
        let default = read("attest:sbom", "type=sbom").unwrap().unwrap();
        assert_eq!(default.generator.to_string(), "docker.io/docker/buildkit-syft-scanner:stable-1");
        assert!(default.parameters.is_empty());
        let own = read("build-arg:BUILDKIT_ATTEST_SBOM", "generator=a/b,x=1,y").unwrap().unwrap();
        assert_eq!(own.generator.to_string(), "docker.io/a/b:latest");
        assert_eq!(
            own.parameters,
            [("x".to_owned(), "1".to_owned()), ("y".to_owned(), String::new())].into()
        );
        assert!(read("attest:sbom", "generator=").is_err());
        assert!(read("attest:vex", "").is_err());
    }

    #[test]
    fn scopes() {
        let read = |value| Options::new([("build-arg:BUILDKIT_SBOM_SCAN_STAGE", value)]).scan_stages();
        assert_eq!(Options::default().scan_stages(), ScanScope::None);
        assert_eq!(read("true"), ScanScope::All);
        assert_eq!(read("0"), ScanScope::None);
        assert_eq!(read("build, deps"), ScanScope::Stages(vec!["build".to_owned(), "deps".to_owned()]));
        assert!(read("1").applies_to("build") && read("Build,deps").applies_to("build"));
        assert!(!read("0").applies_to("build") && !read("deps").applies_to("build"));
    }
}
