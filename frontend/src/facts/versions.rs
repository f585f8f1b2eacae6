//! Files that name a version for any stack: one of the stack's own, `.tool-versions` and `mise.toml`.

use super::toml::{Item, Toml};
use super::{Fact, Project, numbered};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::path;
use crate::rules::Rule;

/// What [`version_of_tool`] may ask for, as patterns.
pub const FILES: &[&str] = &["**/.tool-versions", "**/mise.toml", "**/.mise.toml"];

/// The version in a file that holds nothing else, such as `.python-version`, in the app's folder or the nearest above.
pub fn version_file(project: &mut Project, root: &str, name: &str) -> Option<Fact<String>> {
    nearest(project, root, name, |file, text| {
        let (line, version) = numbered(text).find(|(_, line)| !line.is_empty() && !line.starts_with('#'))?;
        Some(Fact::at(version.to_owned(), format!("`{name}` says so"), file, line))
    })
}

/// The version that `.tool-versions` or `mise.toml` gives to a tool, by any of its names.
pub fn version_of_tool(project: &mut Project, root: &str, tool: &[&str]) -> Option<Fact<String>> {
    let tool_versions = nearest(project, root, ".tool-versions", |file, text| {
        numbered(text).find_map(|(line, text)| {
            let mut words = text.split_whitespace();
            let named = words.next().filter(|word| tool.contains(word));
            let version = words.next().filter(|_| named.is_some())?;
            Some(Fact::at(version.to_owned(), "`.tool-versions` says so", file, line))
        })
    });
    let mut mise = ["mise.toml", ".mise.toml"].map(|name| {
        nearest(project, root, name, |file, text| {
            let toml = Toml::parse(text).ok()?;
            let (version, line) = tool.iter().find_map(|tool| version_of(toml.get(&["tools", tool])?))?;
            Some(Fact::at(version, format!("`{name}` says so"), file, line))
        })
    });
    tool_versions.or_else(|| mise.iter_mut().find_map(Option::take))
}

/// `"1.26"`, `["1.26", "1.25"]` or `{ version = "1.26" }`.
fn version_of(item: Item<'_>) -> Option<(String, u32)> {
    let first = item.items().next().or(item.get(&["version"])).unwrap_or(item);
    Some((first.text()?.to_owned(), item.line))
}

/// A release of the catalog, or one that may be there by now, and a version of it such as the tags of images have them; all
/// else is a mistake. One that is no longer maintained is advice.
pub fn known(
    language: &str,
    version: Fact<String>,
    place: impl Into<Place>,
    toolchains: &Toolchains,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<String>> {
    let place = place.into();
    let release = toolchains.release(&version.value);
    let is_known = toolchains.versions.contains_key(&release) || toolchains.is_ahead(&release);
    if !is_known || !is_version(&version.value) {
        let message = format!("{language} `{}` is not known", version.value);
        diagnostics.push(Diagnostic::new(Rule::UnknownVersion, place, message).help(choices(toolchains)));
        return None;
    }
    warn_of_age(language, &version.value, place, toolchains, diagnostics);
    Some(version)
}

/// `1.26`, `1.26.3`, `1.26rc1` or `3.15.0a2`: no other tag of an image.
pub fn is_version(version: &str) -> bool {
    let unreleased = ["rc", "beta", "a", "b"].iter().find_map(|kind| version.split_once(kind));
    let (numbers, count) = unreleased.unwrap_or((version, "1"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    matches!(numbers.split('.').count(), 2 | 3) && numbers.split('.').all(is_number) && is_number(count)
}

/// Whether a version is the one that is wanted, or one of it: `24.3.1` is one of `24`.
pub fn is_of(version: &str, wanted: &str) -> bool {
    version.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The release of what a file names: its image has the patches since. Of one that is not out yet there is none.
pub fn release(version: Fact<String>, toolchains: &Toolchains) -> Fact<String> {
    let release = toolchains.release(&version.value);
    let is_out = !toolchains.is_ahead(&release) || !version.value.contains(char::is_alphabetic);
    if is_version(&version.value) && is_out { Fact { value: release, ..version } } else { version }
}

/// What `version` should be.
pub fn choices(toolchains: &Toolchains) -> String {
    let maintained = |version: &&str| toolchains.versions[*version].end_of_life.is_none();
    let versions = toolchains.known().into_iter().filter(maintained);
    let versions: Vec<_> = versions.map(|version| format!("`{version}`")).collect();
    format!("set `version` to one of {}", versions.join(", "))
}

pub fn warn_of_age(
    language: &str,
    version: &str,
    place: Place,
    toolchains: &Toolchains,
    diagnostics: &mut Diagnostics,
) {
    let release = toolchains.release(version);
    let date = toolchains.versions.get(&release).and_then(|release| release.end_of_life.as_ref());
    if let Some(date) = date {
        let message = format!("{language} `{version}` has had no security fixes since {date}");
        let help = format!("move to {language} {}", toolchains.default);
        diagnostics.push(Diagnostic::new(Rule::EndOfLife, place, message).help(help));
    }
}

/// What a file of this name says, in the app's folder or the nearest above.
fn nearest(
    project: &mut Project,
    root: &str,
    name: &str,
    read: impl Fn(&str, &str) -> Option<Fact<String>>,
) -> Option<Fact<String>> {
    let files: Vec<_> = path::ancestors(root).map(|folder| path::join(&folder, name)).collect();
    // All are asked for at once.
    let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    files.iter().zip(texts).find_map(|(file, text)| read(file, &text?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str, expected: Option<(&str, u32)>) {
        let found = Project::of_files([(file, text)])
            .conclude(|project| version_of_tool(project, "services/api", &["golang", "go"]));
        let found = found.map(|fact| (fact.value, fact.place));
        let place = |line| crate::diagnostic::Place::File { path: file.to_owned(), line };
        assert_eq!(
            found,
            expected.map(|(version, line)| (version.to_owned(), Some(place(line)))),
            "{file}: {text}"
        );
    }

    #[test]
    fn versions_and_tags() {
        for version in ["1.26", "1.26.3", "1.26rc1", "1.26.0", "3.15.0a2"] {
            assert!(is_version(version), "{version}");
        }
        for tag in ["1", "1.26-alpine", "1.26.x", "1.26.3.4", "stable", "1.26rc", "3.13t", ""] {
            assert!(!is_version(tag), "{tag}");
        }
        assert!(
            is_of("24.3.1", "24") && is_of("24", "24") && !is_of("24", "24.3") && !is_of("24.31", "24.3")
        );
    }

    #[test]
    fn tools_in_every_spelling() {
        check(".tool-versions", "# tools\nnodejs 24\ngolang 1.26.1 1.25\n", Some(("1.26.1", 3)));
        check("services/.tool-versions", "gogo 1\n", None);
        check("mise.toml", "[tools]\ngo = \"1.26\"\n", Some(("1.26", 2)));
        check("services/api/.mise.toml", "[tools]\ngo = ['1.25', '1.26']\n", Some(("1.25", 2)));
        check("mise.toml", "[env]\nA = 1\n[tools.go]\nversion = '1.24'\n", Some(("1.24", 3)));
        check("mise.toml", "go = \"1.26\"\n", None);
    }
}
