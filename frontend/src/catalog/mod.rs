//! Which base image and toolchain serves which stack and version, and what a base holds. The data is
//! `catalog.json`, beside this file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::gather::Gather as _;

/// Where system bundles of CA certificates are found, over the distributions. An unknown base may have any.
pub const WELL_KNOWN_CA_BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    stacks: BTreeMap<String, Toolchains>,
    bases: Vec<BaseFamily>,
}

/// The toolchain images of one stack.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Toolchains {
    /// `{version}` stands for the version.
    image: String,
    /// The same with compilers, where the other has none.
    #[serde(default)]
    compilers: Option<String>,
    /// The same on musl.
    #[serde(default)]
    musl: Option<String>,
    pub default: String,
    pub versions: BTreeMap<String, Release>,
    /// Programs that the toolchain image lacks, as [`Toolchains::tool`] gives them.
    #[serde(default)]
    tools: BTreeMap<String, String>,
    /// Modules that do nothing without the C that they hold.
    #[serde(default)]
    pub c_modules: BTreeSet<String>,
    /// What programs that need a C library run on.
    #[serde(default)]
    pub glibc: Option<Glibc>,
    /// For each package manager, the version that is taken for each version of its lock file's format, where the
    /// project names none.
    #[serde(default)]
    pub package_managers: BTreeMap<String, BTreeMap<String, String>>,
}

/// Images with the C library of the toolchain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Glibc {
    pub base: String,
    /// One that has a package manager.
    pub base_with_packages: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// `YYYY-MM-DD`; none while it is maintained.
    #[serde(default)]
    pub end_of_life: Option<String>,
}

/// What images of these repositories hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseFamily {
    /// As a user writes them: `golang`, not `docker.io/library/golang`.
    repositories: Vec<String>,
    pub ca_bundle: String,
    /// Variables that point the tools of the image at the bundle. They name only files that the image has:
    /// some tools fail on a missing file.
    #[serde(default)]
    pub ca_environment: BTreeMap<String, String>,
}

impl Catalog {
    /// The catalog that this version ships.
    pub fn shipped() -> Self {
        serde_json::from_str(include_str!("catalog.json")).expect("a test reads the shipped catalog")
    }

    pub fn toolchains(&self, stack: &str) -> Option<&Toolchains> {
        self.stacks.get(stack)
    }

    /// What is known of an image; the reference as a user or the engine writes it.
    pub fn base(&self, reference: &str) -> Option<&BaseFamily> {
        let repository = repository(reference);
        self.bases.iter().find(|base| base.repositories.iter().any(|known| known == repository))
    }
}

impl Toolchains {
    pub fn image(&self, version: &str) -> String {
        self.image.replace("{version}", version)
    }

    /// Every version, the oldest first.
    pub fn known(&self) -> Vec<&str> {
        let number = |version: &str| {
            version.split('.').map(|part| part.parse().unwrap_or_default()).collect::<Vec<u32>>()
        };
        let known = self.versions.keys().map(|version| (number(version), version.as_str()));
        known.gather::<BTreeSet<_>>().into_iter().map(|(_, version)| version).collect()
    }

    /// Releases after the newest that is known, the oldest first. Some of them are there by now; what is further ahead is
    /// a slip.
    pub fn ahead(&self) -> impl Iterator<Item = String> {
        /// A few years of them.
        const AHEAD: u32 = 10;
        let newest = self.known().pop().unwrap_or_default();
        let (before, last) = newest.rsplit_once('.').map_or(("", newest), |(before, last)| (before, last));
        let before = if before.is_empty() { String::new() } else { format!("{before}.") };
        let last: u32 = last.parse().unwrap_or_default();
        (1..=AHEAD).map(move |more| format!("{before}{}", last + more))
    }

    /// The release that a version is of, in as many parts as the catalog names: `1.26` of `1.26.3` and of `1.26rc1`.
    pub fn release(&self, version: &str) -> String {
        let count = self.default.split('.').count();
        let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
        version.split('.').take(count).map(digits).collect::<Vec<_>>().join(".")
    }

    /// It is no release of the catalog, and may be one by now.
    pub fn is_ahead(&self, release: &str) -> bool {
        self.ahead().any(|ahead| ahead == release)
    }

    /// The newest version that is wanted.
    pub fn newest(&self, wanted: impl Fn(&str) -> bool) -> Option<&str> {
        self.known().into_iter().rfind(|version| wanted(version))
    }

    /// A program that the stack installs in its toolchain, as what installs it names its exact version.
    pub fn tool(&self, name: &str) -> &str {
        self.tools.get(name).map_or("", String::as_str)
    }

    /// The image that compiles what it installs.
    pub fn image_with_compilers(&self, version: &str) -> String {
        self.compilers.as_ref().unwrap_or(&self.image).replace("{version}", version)
    }

    /// The image that compiles for musl.
    pub fn image_with_musl(&self, version: &str) -> String {
        self.musl.as_ref().unwrap_or(&self.image).replace("{version}", version)
    }
}

/// The repository without Docker Hub's implicit parts, tag and digest.
fn repository(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    let name = match name.rsplit_once(':') {
        // A colon before a slash is a registry's port.
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalog_is_whole() {
        let catalog = Catalog::shipped();
        for (stack, toolchains) in &catalog.stacks {
            assert!(toolchains.versions.contains_key(&toolchains.default), "{stack}");
            assert!(toolchains.image.contains("{version}"), "{stack}");
        }
        assert_eq!(
            catalog.toolchains("go").map(|go| go.image("1.26")).as_deref(),
            Some("golang:1.26-bookworm")
        );
    }

    #[test]
    fn releases_that_may_be_there_by_now() {
        let catalog = Catalog::shipped();
        let check = |stack: &str, version: &str, release: &str, ahead: bool| {
            let toolchains = catalog.toolchains(stack).expect("it is in the catalog");
            assert_eq!(toolchains.release(version), release, "{stack} {version}");
            assert_eq!(toolchains.is_ahead(release), ahead, "{stack} {version}");
        };
        for (stack, toolchains) in &catalog.stacks {
            let newest = toolchains.known().pop().unwrap_or_default().to_owned();
            check(stack, &newest, &newest, false);
            let next = toolchains.ahead().next().unwrap_or_default();
            check(stack, &format!("{next}.1"), &next, true);
        }
        check("go", "1.26rc1", "1.26", false);
        check("go", "1.260", "1.260", false);
        check("go", "2.1", "2.1", false);
        check("node", "240.1.0", "240", false);
        check("python", "3.99", "3.99", false);
        check("python", "4.0.1", "4.0", false);
    }

    #[test]
    fn bases_by_any_spelling() {
        let catalog = Catalog::shipped();
        for known in ["golang:1.26", "docker.io/library/golang:1.26@sha256:ab", "opensuse/leap:15"] {
            assert!(catalog.base(known).is_some(), "{known}");
        }
        assert!(catalog.base("localhost:5000/golang").is_none());
    }
}
