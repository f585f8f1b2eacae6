//! Python projects.

use super::{Sign, any_file};
use crate::facts::Project;
use crate::facts::toml::{Item, Toml};
use crate::manifest::StackName;
use crate::path;

pub(super) const FILES: &[&str] = &[
    "**/pyproject.toml",
    "**/requirements.txt",
    "**/requirements/production.txt",
    "**/requirements/prod.txt",
    "**/Pipfile",
    "**/setup.cfg",
    "**/setup.py",
];

/// Without `pyproject.toml` and `setup.cfg`, which may be the settings of a formatter.
const OTHERS: &[&str] =
    &["requirements.txt", "Pipfile", "setup.py", "requirements/production.txt", "requirements/prod.txt"];

/// Build backends that compile Rust: the `Cargo.toml` beside them is a part of the Python project.
const RUST_BACKENDS: &[&str] = &["maturin", "setuptools-rust", "setuptools_rust"];

pub(super) fn sign(project: &mut Project, root: &str) -> Option<Sign> {
    let file = path::join(root, "pyproject.toml");
    let settings = path::join(root, "setup.cfg");
    let others = any_file(project, root, StackName::Python, OTHERS);
    let settings_text = project.file(&settings);
    let text = project.file(&file);
    let pyproject = text
        .as_ref()
        .map(|text| Sign { includes: includes(text), ..Sign::of_file(StackName::Python, &file) });
    let settings = settings_text.as_ref().map(|_| Sign::of_file(StackName::Python, &settings));
    let is_project = |text: &str| Toml::parse(text).map_or(true, |toml| describes_project(&toml));
    if let Some(sign) = pyproject.clone().filter(|_| text.is_some_and(|text| is_project(&text))) {
        return Some(sign);
    }
    let has_metadata = settings_text.is_some_and(|text| text.lines().any(|line| line.trim() == "[metadata]"));
    let others = others.or_else(|| settings.clone().filter(|_| has_metadata));
    // What is left may be the settings of a formatter.
    others.or_else(|| pyproject.or(settings).map(Sign::alone))
}

/// Says what a project is, and not only how tools treat it.
fn describes_project(toml: &Toml<'_>) -> bool {
    [
        &["project"][..],
        &["build-system"],
        &["dependency-groups"],
        &["tool", "poetry"],
        &["tool", "pdm"],
        &["tool", "uv"],
    ]
    .iter()
    .any(|path| toml.get(path).is_some())
}

fn includes(text: &str) -> &'static [StackName] {
    let Ok(toml) = Toml::parse(text) else { return &[] };
    let mut requires = toml.get(&["build-system", "requires"]).into_iter().flat_map(Item::items);
    let compiles_rust = requires.any(|item| {
        let name = item
            .text()
            .unwrap_or_default()
            .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_')
            .next();
        name.is_some_and(|name| RUST_BACKENDS.contains(&name))
    });
    if compiles_rust { &[StackName::Rust] } else { &[] }
}
