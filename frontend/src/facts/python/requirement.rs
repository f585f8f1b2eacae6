//! One dependency, as PEP 508, Poetry or a Pipfile writes it.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

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
    /// It comes from a repository of git.
    pub git: bool,
    pub line: u32,
}

impl Requirement {
    /// `fastapi[standard]>=0.115 ; python_version > "3.9"`, as far as a build depends on it: addresses and markers are
    /// judged by who installs. <https://packaging.python.org/en/latest/specifications/dependency-specifiers/>
    pub fn parse(text: &str, line: u32) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c)).unwrap_or(text.len());
        let (name, rest) = text.split_at(end);
        let edge = |c: char| c.is_ascii_alphanumeric();
        if !name.starts_with(edge) || !name.ends_with(edge) {
            return None;
        }
        let (extras, rest) = match rest.trim_start().strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None => ("", rest),
        };
        let extras = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty()).map(normalized);
        let rest = rest.trim_start();
        let git = rest.strip_prefix('@').is_some_and(|address| address.trim_start().starts_with("git+"));
        let (versions, pinned, marker) = if let Some(address) = rest.strip_prefix('@') {
            // An address may hold a `;`: the one before the marker has space in front.
            (Vec::new(), true, address.split_once(" ;").map(|(_, marker)| marker))
        } else {
            let (versions, marker) =
                rest.split_once(';').map_or((rest, None), |(versions, marker)| (versions, Some(marker)));
            let versions = versions.trim();
            let bare = versions.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(versions);
            let specifiers = VersionSpecifiers::from_str(bare).ok()?;
            let pinned = specifiers.iter().any(|one| is_exact(&one.to_string()));
            (if bare.is_empty() { Vec::new() } else { vec![specifiers] }, pinned, marker)
        };
        Some(Self {
            name: normalized(name),
            extras: extras.collect(),
            versions,
            conditional: marker.is_some(),
            pinned,
            git,
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
            git: false,
            line,
        }
    }

    pub fn allows(&self, version: &Version) -> bool {
        self.versions.is_empty() || self.versions.iter().any(|versions| versions.contains(version))
    }
}

fn is_exact(specifier: &str) -> bool {
    specifier.starts_with("==") && !specifier.ends_with('*')
}

/// A name as package indexes compare it.
pub fn normalized(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let parts: Vec<_> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// Poetry's constraints as those of PEP 440: any of the results. None when every version is fine, or when it is not
/// understood.
pub fn poetry_versions(text: &str) -> Vec<VersionSpecifiers> {
    let parts = text.split('|').map(str::trim).filter(|part| !part.is_empty());
    let any: Option<Vec<_>> = parts.map(poetry_range).collect();
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
            ("<1.2|>=2", [true, false, false, true]),
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
            ("a (==1.0)", true),
            ("a[b, c]", false),
            ("a @ https://example.com/a-1.0.zip", true),
        ] {
            assert_eq!(Requirement::parse(text, 1).map(|one| one.pinned), Some(pinned), "{text}");
        }
        let file = Requirement::parse("Zope.Interface [Test_Runner] @ file:///a;b.whl ; os_name == 'nt'", 1);
        let file = file.expect("valid");
        assert_eq!(
            (&*file.name, &*file.extras, file.conditional),
            ("zope-interface", &["test-runner".to_owned()][..], true)
        );
        for text in ["", "./a", "https://example.com/a.zip", "-a", "a-", "a[b", "a = 1", "a>=x"] {
            assert_eq!(Requirement::parse(text, 1), None, "{text}");
        }
    }
}
