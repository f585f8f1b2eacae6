//! Which Python a project wants.

use std::str::FromStr;

use pep440_rs::Version;

use super::manifest::{Manifest, Python};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::toml::{Item, Toml};
use crate::facts::{Fact, Project, versions};
use crate::manifest::App;
use crate::path;
use crate::plan::{Base, Text};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// The interpreter: `version`, as exact as it is written, else what the project asks for, else the default. A range is met
/// by the version that a file such as `.python-version` names, else by the newest that it allows.
pub(super) fn version(
    project: &mut Project,
    app: &App,
    root: &str,
    manifests: &[&Manifest],
    toolchains: &Toolchains,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<String>> {
    if let Some(version) = &app.version {
        if let Some(image) = wanted_image(app)
            && let Some(other) = version_of_tag(&image.value.to_string())
            && !versions::is_of(&other, &version.value)
        {
            let message = format!("`version` is {}, and `{}` has {other}", version.value, image.value);
            diagnostics.push(
                Diagnostic::new(Rule::ConflictingKeys, image.span, message)
                    .label(version.span, "the other version is written here")
                    .help("write one of them, or both of one version"),
            );
            return None;
        }
        let fact = Fact::written(version.value.clone(), "version", version.span);
        return known(fact, version.span, toolchains, diagnostics);
    }
    if let Some(image) = wanted_image(app) {
        if let Some(version) = version_of_tag(&image.value.to_string()) {
            return known(
                Fact::written(version, "run.from", image.span),
                image.span,
                toolchains,
                diagnostics,
            );
        }
        if image.value.as_literal().is_none() {
            let message = format!("which Python `{}` has is not known", image.value);
            let help = format!("write it beside `run`, as in `version: \"{}\"`", toolchains.default);
            diagnostics.push(Diagnostic::new(Rule::UnknownVersion, image.span, message).help(help));
            return None;
        }
    }
    let named = named(project, root, toolchains);
    let ranges = manifests.iter().filter_map(|&manifest| Some((manifest, manifest.python.as_ref()?)));
    let ranges: Vec<_> = ranges.collect();
    let unreadable: Vec<_> = ranges.iter().filter(|(_, python)| python.ranges.is_empty()).collect();
    for (manifest, python) in &unreadable {
        let place = Place::File { path: manifest.file.clone(), line: python.line };
        let message = format!("`{} = {:?}` is no range of versions", python.key, python.written);
        let help = format!("write it as in `{} = \">={}\"`", python.key, toolchains.default);
        diagnostics.push(Diagnostic::new(Rule::InvalidProjectFile, place, message).help(help));
    }
    if !unreadable.is_empty() {
        return None;
    }
    let ahead: Vec<String> = toolchains.ahead().collect();
    let newest_of = |meets: &dyn Fn(&str, u64) -> bool| {
        let of_all = |release: &str| {
            let patch = (0..=NEWEST).rev().find(|&patch| meets(release, patch))?;
            Some(if patch == NEWEST { release.to_owned() } else { format!("{release}.{patch}") })
        };
        let any_patch = toolchains.newest(|release| meets(release, NEWEST));
        let some_patch = || toolchains.newest(|release| of_all(release).is_some());
        any_patch
            .or_else(some_patch)
            .and_then(of_all)
            .or_else(|| ahead.iter().find_map(|release| of_all(release)))
    };
    let newest =
        newest_of(&|release, patch| ranges.iter().all(|(_, python)| has_patch(python, release, patch)));
    // The one that keeps newer ones out.
    let alone = |python: &Python| newest_of(&|release, patch| has_patch(python, release, patch));
    let range = ranges.iter().find(|(_, python)| alone(python) == newest).or(ranges.first()).copied();
    let Some((manifest, python)) = range else {
        let fact = match named {
            Some(fact) => fact,
            None => Fact::decided(toolchains.default.clone(), "the default of this version"),
        };
        let place = fact.place.clone().unwrap_or(Place::Manifest(Span::default()));
        return known(fact, place, toolchains, diagnostics);
    };
    let place = Place::File { path: manifest.file.clone(), line: python.line };
    let within = |version: &str| ranges.iter().all(|(_, python)| meets(python, version));
    if let Some(fact) = named
        && within(&fact.value)
    {
        let reason = format!("{}, and `{} = {:?}` allows it", fact.reason, python.key, python.written);
        let place = fact.place.clone().unwrap_or(place);
        return known(Fact { reason, ..fact }, place, toolchains, diagnostics);
    }
    let Some(newest) = newest else {
        let message = format!("no Python that is known meets `{} = {:?}`", python.key, python.written);
        diagnostics
            .push(Diagnostic::new(Rule::UnknownVersion, place, message).help(versions::choices(toolchains)));
        return None;
    };
    let which = if ahead.contains(&toolchains.release(&newest)) { "first" } else { "newest" };
    let reason = format!("the {which} that `{} = {:?}` allows", python.key, python.written);
    let fact = Fact { value: newest, reason, place: Some(place.clone()) };
    known(fact, place, toolchains, diagnostics)
}

/// The image of Python that the app asks to run on, from whatever registry: it is called so.
pub fn wanted_image(app: &App) -> Option<Spanned<&Text>> {
    let from = app.run.from.as_ref()?;
    let Base::Image(image) = &from.value else { return None };
    let name = last_part(&image.to_string()).split([':', '@']).next() == Some("python");
    name.then(|| Spanned::new(image, from.span))
}

/// `python:3.13-alpine` of `registry.example.com:5000/library/python:3.13-alpine`.
fn last_part(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}

/// `3.13` of `python:3.13-alpine`.
fn version_of_tag(image: &str) -> Option<String> {
    let tag = last_part(image).split_once(':')?.1;
    let version = tag.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
    version.contains('.').then(|| version.to_owned())
}

/// Files that name one version. That of a Pipfile is checked by pipenv: it is this very one.
fn named(project: &mut Project, root: &str, toolchains: &Toolchains) -> Option<Fact<String>> {
    let own = versions::version_file(project, root, ".python-version");
    let runtime = versions::version_file(project, root, "runtime.txt");
    let pipfile = pipfile(project, root);
    let tool = versions::version_of_tool(project, root, &["python"]);
    let release = |fact: Fact<String>| {
        let version = fact.value.trim_start_matches("cpython").trim_start_matches("python");
        let version = version.trim_start_matches(['-', '@']);
        // What uv says besides, such as the platform, is not for an image.
        let version = version.split('-').next().unwrap_or(version).to_owned();
        versions::release(Fact { value: version, ..fact }, toolchains)
    };
    own.or(runtime).map(release).or(pipfile).or_else(|| tool.map(release))
}

/// `[requires]` of a Pipfile.
fn pipfile(project: &mut Project, root: &str) -> Option<Fact<String>> {
    let file = path::join(root, "Pipfile");
    let text = project.file(&file)?;
    let toml = Toml::parse(&text).ok()?;
    ["python_full_version", "python_version"].iter().find_map(|key| {
        let item: Item<'_> = toml.get(&["requires", key])?;
        Some(Fact::at(item.text()?.to_owned(), format!("`{key}` of the Pipfile"), &*file, item.line))
    })
}

/// Stands for the newest patch of a release, which is what an image without a patch in its tag has.
const NEWEST: u64 = 40;

/// Whether a version is in the range, and of one without a patch some patch.
fn meets(python: &Python, version: &str) -> bool {
    match Version::from_str(version) {
        Ok(exact) if exact.release().len() > 2 => python.ranges.iter().any(|range| range.contains(&exact)),
        _ => (0..=NEWEST).any(|patch| has_patch(python, version, patch)),
    }
}

fn has_patch(python: &Python, release: &str, patch: u64) -> bool {
    let version = Version::from_str(&format!("{release}.{patch}"));
    version.is_ok_and(|version| python.ranges.iter().any(|range| range.contains(&version)))
}

fn known(
    version: Fact<String>,
    place: impl Into<Place>,
    toolchains: &Toolchains,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<String>> {
    versions::known("Python", version, place, toolchains, diagnostics)
}
