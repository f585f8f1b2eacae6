//! What is written for small projects, where it differs from what the examples show.

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostics, render_all};
use crate::expand::expand;
use crate::facts::Project;
use crate::manifest::Manifest;
use crate::plan::print;
use crate::source::Source;

/// The plan of a project, and what is said about it. The manifest stands below its first line.
fn plan(manifest: &str, files: &[(&str, &str)]) -> (String, String) {
    let mut diagnostics = Diagnostics::default();
    let text = format!("# syntax=slipway/frontend:1\n{manifest}\n");
    let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    let (expanded, said) = Project::of_files(files.iter().copied()).conclude(|project| {
        let mut said = Diagnostics::default();
        let catalog = Catalog::shipped();
        let expanded = expand(&manifest.apps[0], project, &catalog, source.first_line(), &mut said);
        (expanded, said)
    });
    diagnostics.extend(said);
    let plan = expanded.map(|expanded| print(&expanded.plan, "# a plan"));
    (plan.unwrap_or_default(), render_all(&diagnostics.sorted(), &source))
}

/// A stage of a plan.
fn stage<'a>(plan: &'a str, name: &str) -> &'a str {
    let start = plan.find(&format!("\n  {name}:\n")).unwrap_or_else(|| panic!("no stage {name}:\n{plan}"));
    let rest = &plan[start + 1..];
    let end = rest.match_indices("\n  ").find(|(at, _)| !rest[at + 3..].starts_with([' ', '-']));
    &rest[..end.map_or(rest.len(), |(at, _)| at)]
}

#[track_caller]
fn has(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "no `{wanted}` in:\n{text}");
    }
}

#[track_caller]
fn lacks(text: &str, unwanted: &[&str]) {
    for unwanted in unwanted {
        assert!(!text.contains(unwanted), "`{unwanted}` in:\n{text}");
    }
}

const COMPILED: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{ "scripts": { "start": "node index.js" }, "dependencies": { "better-sqlite3": "^11" } }"#,
    ),
    (
        "package-lock.json",
        r#"{ "lockfileVersion": 3, "packages": {
          "": { "dependencies": { "better-sqlite3": "^11" } },
          "node_modules/better-sqlite3": { "hasInstallScript": true, "dependencies": { "bindings": "1" } },
          "node_modules/bindings": {} } }"#,
    ),
    ("index.js", ""),
];

#[test]
fn packages_are_installed_in_the_image_of_node_that_the_app_runs_on() {
    let (text, said) = plan("run: { from: node:20-alpine }", COMPILED);
    has(&said, &["EndOfLife"]);
    has(
        stage(&text, "toolchain"),
        &["from: node:20-alpine", "\n          - g++\n          - make\n          - python3"],
    );
    has(stage(&text, "deps"), &["from: toolchain\n"]);
    let (text, said) = plan("run: { from: node:24-bookworm-slim }", COMPILED);
    assert_eq!((said.as_str(), plan("", COMPILED).0), ("", text.clone()));
    has(stage(&text, "deps"), &["from: node:24-bookworm\n"]);
    let (text, said) = plan("run: { from: gcr.io/distroless/nodejs22-debian12:nonroot }", COMPILED);
    lacks(&said, &["UnknownBase"]);
    has(stage(&text, "deps"), &["from: node:22-bookworm\n"]);
    let (_, said) = plan("run: { from: debian:bookworm-slim }", COMPILED);
    has(&said, &["UnknownBase", "`better-sqlite3` is not the same everywhere"]);
    let (_, said) = plan("version: '22'\nrun: { from: node:24-alpine }", COMPILED);
    has(&said, &["ConflictingKeys: `version` is Node `22`, and `run.from` is Node `24`"]);
}
