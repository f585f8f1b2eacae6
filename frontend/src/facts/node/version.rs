//! Which Node a project wants.

use nodejs_semver::{Range, Version};

use super::base::NodeImage;
use super::package::Package;
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Fact, Project, versions};
use crate::manifest::App;
use crate::rules::Rule;
use crate::span::Span;

/// Names of the lines with long-term support.
const NAMES: &[(&str, &str)] = &[("hydrogen", "18"), ("iron", "20"), ("jod", "22"), ("krypton", "24")];

/// The version, as the tag of an image: `version`, else that of the image that the app runs on, else what the first of the
/// project's files says that says anything, else the catalog's default.
/// `packages` are the app's and that of its workspace.
pub(super) fn version(
    project: &mut Project,
    app: &App,
    packages: &[&Package],
    toolchains: &Toolchains,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<String>> {
    let root = packages.first().map_or("", |package| &package.folder);
    let image = of_image(app, toolchains);
    let wanted = match (&app.version, &image) {
        (Some(version), _) => Fact::written(version.value.clone(), "version", version.span),
        (None, Some(image)) => image.clone(),
        (None, None) => match of_project(project, root, packages, toolchains) {
            Some(wanted) => wanted,
            None => {
                return Some(Fact::decided(
                    toolchains.default.clone(),
                    "no file of the project says, and this one has long-term support",
                ));
            }
        },
    };
    let place = wanted.place.clone().unwrap_or(Place::Manifest(Span::default()));
    let Some(version) = resolve(&wanted.value, toolchains) else {
        let message = format!("no Node that is known is `{}`", wanted.value);
        let mistake = Diagnostic::new(Rule::UnknownVersion, place, message);
        diagnostics.push(mistake.help(versions::choices(toolchains)));
        return None;
    };
    if let (Some(written), Some(image)) =
        (&app.version, image.filter(|image| !versions::is_of(&image.value, &version)))
    {
        let message = format!("`version` is Node `{version}`, and `run.from` is Node `{}`", image.value);
        let mistake = Diagnostic::new(Rule::ConflictingKeys, written.span, message);
        diagnostics.push(mistake.help("remove `version`: that of the image is taken"));
        return None;
    }
    versions::warn_of_age("Node", &version, place, toolchains, diagnostics);
    let reason = if wanted.value == version {
        wanted.reason.clone()
    } else {
        format!("{}: `{}`", wanted.reason, wanted.value)
    };
    Some(Fact { value: version, reason, place: wanted.place })
}

/// Of the image that the app runs on, where its tag says one that is known.
fn of_image(app: &App, toolchains: &Toolchains) -> Option<Fact<String>> {
    let image = NodeImage::wanted(app)?;
    let version = resolve(image.value.version, toolchains)?;
    Some(Fact::written(version, "run.from", image.span))
}

/// What the first of the project's files says that says anything. `engines` is checked by package managers: it is met by this
/// very version, all else by its release.
fn of_project(
    project: &mut Project,
    root: &str,
    packages: &[&Package],
    toolchains: &Toolchains,
) -> Option<Fact<String>> {
    // All are asked for at once.
    let files = [".nvmrc", ".node-version"].map(|name| versions::version_file(project, root, name));
    let tool = versions::version_of_tool(project, root, &["nodejs", "node"]);
    let key = |path: &[&str]| {
        packages.iter().find_map(|package| {
            let found = package.tree.get(path)?;
            let reason = format!("`{}` says so", path.join("."));
            Some(Fact::at(found.text()?.to_owned(), reason, &*package.file, found.line))
        })
    };
    if let Some(engines) = key(&["engines", "node"]) {
        return Some(engines);
    }
    let [nvmrc, node_version] = files;
    let named = nvmrc.or(node_version).or_else(|| key(&["volta", "node"])).or(tool)?;
    let version = named.value.trim_start_matches('v');
    if !versions::is_version(version) {
        return Some(named);
    }
    let reason = format!("{}: `{}`", named.reason, named.value);
    Some(Fact { value: toolchains.release(version), reason, place: named.place })
}

fn range(written: &str) -> Option<Range> {
    Range::parse(written.trim().trim_start_matches('v')).ok()
}

/// The newest that a version without all its parts may be.
fn newest_of(version: &str, parts: usize) -> Option<Version> {
    const NEWEST: &str = "9999";
    let given = version.split('.');
    let missing = parts.saturating_sub(given.clone().count());
    let all: Vec<_> = given.chain(std::iter::repeat_n(NEWEST, missing)).collect();
    Version::parse(all.join(".")).ok()
}

/// The version for a range, a version, or a name of nvm's, as the tag of an image: as exact as it has to be. The catalog's
/// default goes before others, then what is newest; of what the catalog does not know the oldest.
fn resolve(wanted: &str, toolchains: &Toolchains) -> Option<String> {
    let wanted = wanted.trim().to_ascii_lowercase();
    match wanted.as_str() {
        "lts/*" | "lts" => return Some(toolchains.default.clone()),
        "node" | "latest" | "current" | "stable" => return toolchains.known().pop().map(str::to_owned),
        name => {
            if let Some((_, major)) =
                NAMES.iter().find(|(known, _)| name.trim_start_matches("lts/") == *known)
            {
                return toolchains.versions.get_key_value(*major).map(|(major, _)| major.clone());
            }
        }
    }
    let range = range(&wanted)?;
    let maintained =
        |major: &&str| toolchains.versions.get(*major).is_none_or(|release| release.end_of_life.is_none());
    let candidates = |fits: &dyn Fn(&str) -> bool| -> Option<&str> {
        let fitting: Vec<&str> = toolchains.known().into_iter().filter(|major| fits(major)).collect();
        let default = fitting.iter().copied().find(|major| *major == toolchains.default);
        default.or_else(|| fitting.iter().copied().rfind(maintained)).or_else(|| fitting.last().copied())
    };
    // The image is the newest of its major version: one where that fits goes before one where some version does.
    let whole = |major: &str| newest_of(major, 3).is_some_and(|newest| newest.satisfies(&range));
    let some =
        |major: &str| Range::parse(format!("{major}.x")).is_ok_and(|of_major| of_major.allows_any(&range));
    if let Some(major) = candidates(&whole) {
        return Some(major.to_owned());
    }
    if let Some(major) = candidates(&some) {
        return within(major, &range);
    }
    let major = toolchains.ahead().find(|major| whole(major) || some(major))?;
    if whole(&major) { Some(major) } else { within(&major, &range) }
}

/// The newest version of a major one that a range allows which ends in it: `24.3` of `~24.3.1`, `24.3.1` of `<=24.3.1`.
fn within(major: &str, range: &Range) -> Option<String> {
    /// No major version had more minor ones, or these more patches.
    const PARTS: u32 = 100;
    let fits = |version: &str| newest_of(version, 3).is_some_and(|newest| newest.satisfies(range));
    let newest = |of: &str| (0..PARTS).rev().map(|part| format!("{of}.{part}")).find(|version| fits(version));
    newest(major).or_else(|| (0..PARTS).rev().find_map(|minor| newest(&format!("{major}.{minor}"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn ranges_versions_and_names() {
        let catalog = Catalog::shipped();
        let toolchains = catalog.toolchains("node").expect("it is in the catalog");
        let cases = [
            ("24", Some("24")),
            (">=18", Some("24")),
            ("*", Some("24")),
            ("^18 || ^20", Some("20")),
            ("18 - 20", Some("20")),
            ("20.x", Some("20")),
            ("v20.11.1", Some("20.11.1")),
            ("22.1.0", Some("22.1.0")),
            ("22.1", Some("22.1")),
            ("=24.3.1", Some("24.3.1")),
            ("~24.3.1", Some("24.3")),
            ("24.3.x", Some("24.3")),
            (">=24.1.0 <24.5.2", Some("24.4")),
            (">=24.5.0 <24.5.2", Some("24.5.1")),
            (">=22 <24.5.2", Some("22")),
            (">=22 <24", Some("22")),
            ("~24.3", Some("24.3")),
            (">24", Some("26")),
            ("lts/*", Some("24")),
            ("lts/jod", Some("22")),
            ("Iron", Some("20")),
            ("node", Some("26")),
            ("4", None),
            (">=28", Some("28")),
            ("^28.2.0", Some("28")),
            ("28.2.1", Some("28.2.1")),
            ("27 || 28", Some("27")),
            (">=99", None),
            ("240", None),
            ("25.0.0-nightly", None),
            ("a version", None),
        ];
        for (wanted, expected) in cases {
            assert_eq!(resolve(wanted, toolchains).as_deref(), expected, "{wanted}");
        }
    }
}
