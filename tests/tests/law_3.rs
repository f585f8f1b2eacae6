//! Law 3: an edit re-runs what it must, told by the engine's own progress stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use e2e::project::unique;
use e2e::{Engine, Project, Steps};

/// A project, and what each change of it re-runs.
struct Scenario {
    name: &'static str,
    manifest: &'static str,
    /// What is different from the example.
    setup: fn(&Project) -> Result<()>,
    changes: &'static [Change],
}

struct Change {
    name: &'static str,
    edit: fn(&Project) -> Result<()>,
    args: &'static [&'static str],
    /// The stages of which any step ran.
    reruns: &'static [&'static str],
}

const NOTHING: &[&str] = &[];

const fn change(
    name: &'static str,
    reruns: &'static [&'static str],
    edit: fn(&Project) -> Result<()>,
) -> Change {
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
const TESTS: fn(&Project) -> Result<()> = |project| project.append("main_test.go", "\n// Tested.\n");
const SOURCE: fn(&Project) -> Result<()> = |project| project.append("main.go", "\n// Edited.\n");
const DEPENDENCY: Change = change("another version of a module", &["build", "deps", "run"], |project| {
    project.replace("go.mod", "uuid v1.6.0", "uuid v1.5.0")?;
    project.append(
        "go.sum",
        "github.com/google/uuid v1.5.0 h1:1p67kYwdtXjb0gL0BPiP1Av9wiZPo5A8z2cWkTZ+eyU=\n\
         github.com/google/uuid v1.5.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n",
    )
});

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "one line",
        manifest: "slipway.yaml",
        setup: |_| Ok(()),
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            change("source", &["build", "run"], SOURCE),
            change("new source", &["build", "run"], |p| p.write("extra.go", "package main\n")),
            change("tests", NOTHING, TESTS),
            DEPENDENCY,
        ],
    },
    Scenario {
        name: "full, gated by its tests",
        manifest: "slipway.full.yaml",
        setup: |_| Ok(()),
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            Change {
                args: &["--build-arg=COMMIT=other"],
                ..change("an argument of the image", NOTHING, |_| Ok(()))
            },
            change("tests", &["test"], TESTS),
            change("source", &["build", "run", "test"], SOURCE),
        ],
    },
    Scenario {
        name: "embedding",
        manifest: "slipway.yaml",
        setup: |project| {
            project.write(
                "readme.go",
                "package main\n\nimport _ \"embed\"\n\n//go:embed README.md\nvar readme string\n",
            )
        },
        changes: &[
            NO_OP,
            change("what is embedded", &["build", "run"], |p| p.append("README.md", "More.\n")),
            change("other documentation", NOTHING, |p| p.append("docs/guide.md", "More.\n")),
        ],
    },
    Scenario {
        name: "ignoring",
        manifest: "slipway.yaml",
        setup: |project| {
            project.write(".dockerignore", "# not for builds\nnotes\n*.log\n")?;
            project.write("notes/plan.go", "package notes\n")
        },
        changes: &[
            NO_OP,
            change("what is ignored", NOTHING, |project| {
                project.append("notes/plan.go", "// A note.\n")?;
                project.append("debug.log", "a line\n")
            }),
            change("ignoring what is not there", NOTHING, |p| p.append(".dockerignore", "*.bak\n")),
            change("what is not ignored", &["build", "run"], |p| p.append("debug.txt", "a line\n")),
        ],
    },
];

/// The stages of which any step ran: `[build 1/2] go build` is of the stage `build`.
fn stages(steps: &Steps) -> BTreeSet<&str> {
    steps.ran().into_iter().map(stage_of).collect()
}

fn stage_of(name: &str) -> &str {
    name.strip_prefix('[').and_then(|rest| rest.split([' ', ']']).next()).unwrap_or(name)
}

fn project(scenario: &Scenario) -> Result<Project> {
    let project = Project::example("go")?;
    // No earlier run has built either of these.
    let unique = unique();
    project.append("go.mod", &format!("\n// {unique}\n"))?;
    project.append("main.go", &format!("\n// {unique}\n"))?;
    // A folder that is new is one, whatever is in it.
    project.write("docs/guide.md", "How to tell the time.\n")?;
    (scenario.setup)(&project)?;
    Ok(project)
}

#[test]
fn an_edit_reruns_what_it_must() {
    let engine = Engine::connect();
    let mut wrong = Vec::new();
    for scenario in SCENARIOS {
        let original = project(scenario).unwrap();
        let build = |folder: &Path| engine.build(folder).file(scenario.manifest);
        let first = build(original.path()).run().unwrap().success().unwrap();
        assert!(stages(&first.steps).contains("deps"), "{}: {:?}", scenario.name, first.steps.ran());
        for change in scenario.changes {
            let changed = Project::copy_of(original.path()).unwrap();
            (change.edit)(&changed).unwrap();
            let build = build(changed.path()).args(change.args.iter().copied());
            let outcome = build.run().unwrap().success().unwrap();
            let expected: BTreeSet<&str> = change.reruns.iter().copied().collect();
            if stages(&outcome.steps) != expected {
                let ran = outcome.steps.ran().join("\n    ");
                wrong.push(format!(
                    "{}, {}: expected {expected:?}, ran\n    {ran}",
                    scenario.name, change.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_empty_engine_with_a_registry_cache_fetches_and_builds_nothing() {
    let engine = Engine::connect();
    let original = project(&SCENARIOS[0]).unwrap();
    let cache = engine.pushed("cache:law-3");
    let build = |engine: &Engine, to: bool| {
        let cache = if to {
            format!("--cache-to=type=registry,ref={cache},mode=max")
        } else {
            format!("--cache-from=type=registry,ref={cache}")
        };
        let build = engine.build(original.path()).file("slipway.yaml").args([cache.as_str()]);
        build.run().unwrap().success().unwrap()
    };
    let first = build(&engine, true);
    assert!(stages(&first.steps).is_superset(&BTreeSet::from(["deps", "build"])), "{first:?}");

    let empty = engine.empty().unwrap();
    let unchanged = build(&empty, false);
    assert_eq!(unchanged.steps.ran(), Vec::<&str>::new());

    SOURCE(&original).unwrap();
    let edited = build(&empty, false);
    assert_eq!(stages(&edited.steps), BTreeSet::from(["build", "run"]), "{:?}", edited.steps.ran());
}
