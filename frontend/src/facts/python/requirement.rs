//! One dependency, as PEP 508, Poetry or a Pipfile writes it.

use std::convert::Infallible;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{PackageName, Pep508Url, Requirement as Pep508, VersionOrUrl};

/// A dependency that a project declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// As package indexes compare it: `foo-bar` of `Foo_Bar`.
    pub name: String,
    pub extras: Vec<String>,
    /// Any of these is fine; none where every version is, or where what was written is not understood.
    pub versions: Vec<VersionSpecifiers>,
    /// It is wanted on some platforms or Pythons only.
    pub conditional: bool,
    /// Exactly one version, or one file.
    pub pinned: bool,
    pub line: u32,
}

impl Requirement {
    /// `fastapi[standard]>=0.115 ; python_version > "3.9"`
    pub fn parse(text: &str, line: u32) -> Option<Self> {
        let parsed = Pep508::<Address>::from_str(text).ok()?;
        let (versions, pinned) = match parsed.version_or_url {
            Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
                let pinned = specifiers.iter().any(|one| is_exact(&one.to_string()));
                (vec![specifiers], pinned)
            }
            Some(VersionOrUrl::Url(_)) => (Vec::new(), true),
            None => (Vec::new(), false),
        };
        Some(Self {
            name: parsed.name.to_string(),
            extras: parsed.extras.iter().map(ToString::to_string).collect(),
            versions,
            conditional: !parsed.marker.is_true(),
            pinned,
            line,
        })
    }

    /// `name = "^1.2"` of Poetry, `name = "*"` of a Pipfile.
    pub fn of_table(name: &str, versions: Option<&str>, line: u32) -> Self {
        Self {
            name: normalized(name),
            extras: Vec::new(),
            versions: versions.map(poetry_versions).unwrap_or_default(),
            conditional: false,
            pinned: false,
            line,
        }
    }

    pub fn allows(&self, version: &Version) -> bool {
        self.versions.is_empty() || self.versions.iter().any(|versions| versions.contains(version))
    }
}

/// Where a requirement is, which nothing is asked of: a parser of addresses would be a third of this program.
#[derive(Debug)]
struct Address(String);

impl Pep508Url for Address {
    type Err = Infallible;

    fn parse_url(url: &str, _: Option<&Path>) -> Result<Self, Self::Err> {
        Ok(Self(url.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_exact(specifier: &str) -> bool {
    specifier.starts_with("==") && !specifier.ends_with('*')
}

/// A name as package indexes compare it.
pub fn normalized(name: &str) -> String {
    PackageName::from_str(name).map_or_else(|_| name.to_lowercase(), |name| name.to_string())
}

/// Poetry's constraints as those of PEP 440: any of the results. None when every version is fine, or when it is not
/// understood.
pub fn poetry_versions(text: &str) -> Vec<VersionSpecifiers> {
    let any: Option<Vec<_>> = text.split("||").map(|part| poetry_range(part.trim())).collect();
    any.unwrap_or_default()
}

fn poetry_range(text: &str) -> Option<VersionSpecifiers> {
    let parts: Option<Vec<_>> = text.split(',').map(|part| poetry_part(part.trim())).collect();
    VersionSpecifiers::from_str(&parts?.join(",")).ok()
}

/// <https://python-poetry.org/docs/dependency-specification/>
fn poetry_part(text: &str) -> Option<String> {
    if let Some(version) = text.strip_prefix('^') {
        let version = Version::from_str(version.trim()).ok()?;
        let release = version.release();
        let significant =
            release.iter().position(|&part| part != 0).unwrap_or(release.len().saturating_sub(1));
        return Some(range(&version, significant));
    }
    if let Some(version) = text.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        let version = Version::from_str(version.trim()).ok()?;
        let last = usize::from(version.release().len() > 1);
        return Some(range(&version, last));
    }
    match text.chars().next()? {
        '*' => Some(">=0".to_owned()),
        '0'..='9' => Some(format!("=={text}")),
        _ => Some(text.to_owned()),
    }
}

/// From the version up to the next one that differs at this place.
fn range(version: &Version, place: usize) -> String {
    let mut next: Vec<u64> = version.release().iter().take(place + 1).copied().collect();
    if let Some(last) = next.last_mut() {
        *last += 1;
    }
    let next: Vec<_> = next.iter().map(u64::to_string).collect();
    format!(">={version},<{}", next.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(constraint: &str, versions: &[&str]) -> Vec<bool> {
        let requirement = Requirement::of_table("x", Some(constraint), 1);
        versions
            .iter()
            .map(|version| requirement.allows(&Version::from_str(version).expect("valid")))
            .collect()
    }

    #[test]
    fn constraints_of_poetry() {
        let versions = ["1.1", "1.2.3", "1.9", "2.0"];
        for (constraint, expected) in [
            ("^1.2", [false, true, true, false]),
            ("^1.2.3", [false, true, true, false]),
            ("~1.2", [false, true, false, false]),
            ("~1", [true, true, true, false]),
            ("1.2.3", [false, true, false, false]),
            ("1.*", [true, true, true, false]),
            ("*", [true, true, true, true]),
            (">=1.2,<2", [false, true, true, false]),
            ("^1.2 || ^2", [false, true, true, true]),
            ("~=1.2", [false, true, true, false]),
        ] {
            assert_eq!(allowed(constraint, &versions), expected, "{constraint}");
        }
        assert_eq!(allowed("^0.3.1", &["0.3.0", "0.3.9", "0.4"]), [false, true, false]);
        assert_eq!(allowed("^0.0.3", &["0.0.3", "0.0.4"]), [true, false]);
    }

    #[test]
    fn requirements_of_pep_508() {
        let one = Requirement::parse("FastAPI[standard]>=0.115 ; python_version > '3.9'", 3).expect("valid");
        assert_eq!((one.name.as_str(), one.extras.as_slice()), ("fastapi", &["standard".to_owned()][..]));
        assert!(one.conditional && !one.pinned);
        for (text, pinned) in [
            ("a==1.0", true),
            ("a===1.0", true),
            ("a==1.*", false),
            ("a", false),
            ("a>=1,<2", false),
            ("a @ https://example.com/a-1.0.zip", true),
        ] {
            assert_eq!(Requirement::parse(text, 1).map(|one| one.pinned), Some(pinned), "{text}");
        }
        assert_eq!(Requirement::parse("./a", 1), None);
    }
}
