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

/// The major version: `version`, else that of the image that the app runs on, else what the first of the project's files says
/// that says anything, else the catalog's default.
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
        (None, None) => match of_project(project, root, packages) {
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
    let Some(major) = resolve(&wanted.value, toolchains) else {
        let message = format!("no Node that is known is `{}`", wanted.value);
        let mistake = Diagnostic::new(Rule::UnknownVersion, place, message);
        diagnostics.push(mistake.help(versions::choices(toolchains)));
        return None;
    };
    if let (Some(written), Some(image)) = (&app.version, image.filter(|image| image.value != major)) {
        let message = format!("`version` is Node `{major}`, and `run.from` is Node `{}`", image.value);
        let mistake = Diagnostic::new(Rule::ConflictingKeys, written.span, message);
        diagnostics.push(mistake.help("remove `version`: that of the image is taken"));
        return None;
    }
    versions::warn_of_age("Node", major, major, place, toolchains, diagnostics);
    let reason = if wanted.value == major {
        wanted.reason.clone()
    } else {
        format!("{}: `{}`", wanted.reason, wanted.value)
    };
    Some(Fact { value: major.to_owned(), reason, place: wanted.place })
}

/// Of the image that the app runs on, where its tag says one that is known.
fn of_image(app: &App, toolchains: &Toolchains) -> Option<Fact<String>> {
    let image = NodeImage::wanted(app)?;
    let major = resolve(image.value.version, toolchains)?;
    Some(Fact::written(major.to_owned(), "run.from", image.span))
}

fn of_project(project: &mut Project, root: &str, packages: &[&Package]) -> Option<Fact<String>> {
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
    let [nvmrc, node_version] = files;
    key(&["engines", "node"]).or(nvmrc).or(node_version).or_else(|| key(&["volta", "node"])).or(tool)
}

/// The catalog's version for a range, a version, or a name of nvm's. Its default goes before others, then what is newest.
fn resolve<'a>(wanted: &str, toolchains: &'a Toolchains) -> Option<&'a str> {
    let wanted = wanted.trim().to_ascii_lowercase();
    let newest = || toolchains.known().into_iter().next_back();
    match wanted.as_str() {
        "lts/*" | "lts" => return Some(&toolchains.default),
        "node" | "latest" | "current" | "stable" => return newest(),
        name => {
            if let Some((_, major)) =
                NAMES.iter().find(|(known, _)| name.trim_start_matches("lts/") == *known)
            {
                return toolchains.versions.get_key_value(*major).map(|(major, _)| major.as_str());
            }
        }
    }
    let range = Range::parse(wanted.trim_start_matches('v')).ok()?;
    let maintained =
        |major: &&str| toolchains.versions.get(*major).is_none_or(|release| release.end_of_life.is_none());
    let candidates = |fits: &dyn Fn(&str) -> bool| -> Option<&'a str> {
        let fitting: Vec<&str> = toolchains.known().into_iter().filter(|major| fits(major)).collect();
        let default = fitting.iter().copied().find(|major| *major == toolchains.default);
        default.or_else(|| fitting.iter().copied().rfind(maintained)).or_else(|| fitting.last().copied())
    };
    // The image is the newest of its major version: one where that fits goes before one where some version does.
    let whole =
        |major: &str| Version::parse(format!("{major}.9999.0")).is_ok_and(|newest| newest.satisfies(&range));
    let some =
        |major: &str| Range::parse(format!("{major}.x")).is_ok_and(|of_major| of_major.allows_any(&range));
    candidates(&whole).or_else(|| candidates(&some))
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
            ("v20.11.1", Some("20")),
            ("22.1.0", Some("22")),
            (">=22 <24", Some("22")),
            ("~24.3", Some("24")),
            (">24", Some("26")),
            ("lts/*", Some("24")),
            ("lts/jod", Some("22")),
            ("Iron", Some("20")),
            ("node", Some("26")),
            ("4", None),
            (">=99", None),
            ("a version", None),
        ];
        for (wanted, expected) in cases {
            assert_eq!(resolve(wanted, toolchains), expected, "{wanted}");
        }
    }
}
