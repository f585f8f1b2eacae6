//! Law 3: an edit re-runs what it must, told by the engine's own progress stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use e2e::project::unique;
use e2e::{Engine, Project, Steps};

mod go;
mod node;
mod python;
mod registry;

type Edit = fn(&Project) -> Result<()>;

/// A project, and what each change of it re-runs.
struct Scenario {
    name: &'static str,
    example: &'static str,
    manifest: &'static str,
    /// Files of comments: with one that is new, no earlier run has built the project.
    marked: &'static [(&'static str, &'static str)],
    /// The stage that fetches.
    fetches: &'static str,
    /// What is different from the example.
    setup: Edit,
    changes: &'static [Change],
}

struct Change {
    name: &'static str,
    edit: Edit,
    args: &'static [&'static str],
    /// The stages of which any step ran.
    reruns: &'static [&'static str],
}

/// A one-line manifest of an example, with nothing different and nothing changed.
const fn example(name: &'static str, marked: &'static [(&'static str, &'static str)]) -> Scenario {
    Scenario {
        name: "one line",
        example: name,
        manifest: "slipway.yaml",
        marked,
        fetches: "deps",
        setup: |_| Ok(()),
        changes: &[],
    }
}

const NOTHING: &[&str] = &[];

const fn change(name: &'static str, reruns: &'static [&'static str], edit: Edit) -> Change {
    Change { name, edit, args: &[], reruns }
}

const NO_OP: Change = change("nothing", NOTHING, |_| Ok(()));
const README: Change = change("README.md", NOTHING, |p| p.append("README.md", "More.\n"));
const OTHER_FILES: Change =
    change("documentation, VCS, editor, CI and container files, and the manifest", NOTHING, |project| {
        for file in [
            "docs/guide.md",
            "LICENSE",
            ".git/HEAD",
            ".gitignore",
            ".github/workflows/ci.yml",
            ".vscode/settings.json",
            ".editorconfig",
            "Dockerfile",
            "compose.yaml",
        ] {
            project.append(file, "# another line\n")?;
        }
        project.append("slipway.yaml", "# another line\n")?;
        project.append("slipway.full.yaml", "# another line\n")
    });

/// The stages of which any step ran: `[build 1/2] go build` is of the stage `build`.
fn stages(steps: &Steps) -> BTreeSet<&str> {
    steps.ran().into_iter().map(stage_of).collect()
}

fn stage_of(name: &str) -> &str {
    name.strip_prefix('[').and_then(|rest| rest.split([' ', ']']).next()).unwrap_or(name)
}

fn project(scenario: &Scenario) -> Result<Project> {
    let project = Project::example(scenario.example)?;
    let unique = unique();
    for (file, comment) in scenario.marked {
        project.append(file, &format!("\n{comment} {unique}\n"))?;
    }
    // A folder that is new is one, whatever is in it.
    project.write("docs/guide.md", "How to tell the time.\n")?;
    (scenario.setup)(&project)?;
    Ok(project)
}

#[test]
fn an_edit_reruns_what_it_must() {
    let engine = Engine::connect();
    let mut wrong = Vec::new();
    for scenario in [go::SCENARIOS, node::SCENARIOS, python::SCENARIOS].into_iter().flatten() {
        let original = project(scenario).unwrap();
        let build = |folder: &Path| engine.build(folder).file(scenario.manifest);
        let first = build(original.path()).run().unwrap().success().unwrap();
        assert!(
            stages(&first.steps).contains(scenario.fetches),
            "{}, {}: {:?}",
            scenario.example,
            scenario.name,
            first.steps.ran()
        );
        for change in scenario.changes {
            let changed = Project::copy_of(original.path()).unwrap();
            (change.edit)(&changed).unwrap();
            let build = build(changed.path()).args(change.args.iter().copied());
            let outcome = build.run().unwrap().success().unwrap();
            let expected: BTreeSet<&str> = change.reruns.iter().copied().collect();
            if stages(&outcome.steps) != expected {
                let ran = outcome.steps.ran().join("\n    ");
                let Scenario { example, name, .. } = scenario;
                wrong.push(format!(
                    "{example}, {name}, {}: expected {expected:?}, ran\n    {ran}",
                    change.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
