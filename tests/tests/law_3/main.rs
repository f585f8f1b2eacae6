//! Law 3: an edit re-runs what it must, told by the engine's own progress stream.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use e2e::project::unique;
use e2e::{Engine, Project, Steps};

mod go;
mod node;

/// A project, and what each change of it re-runs.
struct Scenario {
    name: &'static str,
    example: &'static str,
    manifest: &'static str,
<<<<<<< Updated upstream:tests/tests/law_3/main.rs
    /// Files of comments: with one that is new, no earlier run has built the project.
    marked: &'static [(&'static str, &'static str)],
    /// The stage that fetches.
    fetches: &'static str,
=======
    /// Files of which each kind of stage is keyed by one, and how a comment begins there.
    keys: &'static [(&'static str, &'static str)],
>>>>>>> Stashed changes:tests/tests/law_3.rs
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
<<<<<<< Updated upstream:tests/tests/law_3/main.rs
=======
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

const GO: &[(&str, &str)] = &[("go.mod", "//"), ("main.go", "//")];

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "one line",
        example: "go",
        keys: GO,
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
        example: "go",
        keys: GO,
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
        example: "go",
        keys: GO,
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
        example: "go",
        keys: GO,
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
    Scenario {
        name: "Python with uv",
        example: "fastapi",
        manifest: "slipway.yaml",
        keys: &[("uv.lock", "#"), ("app/main.py", "#")],
        setup: |_| Ok(()),
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            change("source", &["build", "run"], |p| p.append("app/main.py", "\n# Edited.\n")),
            change("tests", NOTHING, |p| p.append("tests/test_app.py", "\n# Tested.\n")),
            change("its own version", &["build", "dependency-files", "run"], |project| {
                project.replace("pyproject.toml", "version = \"1.0.0\"", "version = \"1.1.0\"")?;
                project.replace(
                    "uv.lock",
                    "name = \"greeter\"\nversion = \"1.0.0\"",
                    "name = \"greeter\"\nversion = \"1.1.0\"",
                )
            }),
            change("settings of another tool", &["build", "dependency-files", "run"], |project| {
                project.append("pyproject.toml", "\n# For the linter.\n[tool.ruff]\nline-length = 100\n")
            }),
        ],
    },
    Scenario {
        name: "Python with requirements, gated by its tests",
        example: "flask",
        manifest: "slipway.full.yaml",
        keys: &[("requirements.txt", "#"), ("shop/__init__.py", "#")],
        setup: |_| Ok(()),
        changes: &[
            NO_OP,
            README,
            change("source", &["build", "run", "test"], |p| p.append("shop/__init__.py", "\n# Edited.\n")),
            change("tests", &["test"], |p| p.append("tests/test_shop.py", "\n# Tested.\n")),
            change("another version of a package", &["deps", "deps-test", "run", "test"], |project| {
                project.replace("requirements.txt", "gunicorn==23.0.0", "gunicorn==22.0.0")
            }),
        ],
    },
];

>>>>>>> Stashed changes:tests/tests/law_3.rs
/// The stages of which any step ran: `[build 1/2] go build` is of the stage `build`.
fn stages(steps: &Steps) -> BTreeSet<&str> {
    steps.ran().into_iter().map(stage_of).collect()
}

fn stage_of(name: &str) -> &str {
    name.strip_prefix('[').and_then(|rest| rest.split([' ', ']']).next()).unwrap_or(name)
}

fn project(scenario: &Scenario) -> Result<Project> {
    let project = Project::example(scenario.example)?;
<<<<<<< Updated upstream:tests/tests/law_3/main.rs
    let unique = unique();
    for (file, comment) in scenario.marked {
=======
    // No earlier run has built either of these.
    let unique = unique();
    for (file, comment) in scenario.keys {
>>>>>>> Stashed changes:tests/tests/law_3.rs
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
    for scenario in [go::SCENARIOS, node::SCENARIOS].into_iter().flatten() {
        let original = project(scenario).unwrap();
        let build = |folder: &Path| engine.build(folder).file(scenario.manifest);
        let first = build(original.path()).run().unwrap().success().unwrap();
        assert!(
            stages(&first.steps).contains(scenario.fetches),
            "{}: {:?}",
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
    let original = project(&go::SCENARIOS[0]).unwrap();
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

    go::SOURCE(&original).unwrap();
    let edited = build(&empty, false);
    assert_eq!(stages(&edited.steps), BTreeSet::from(["build", "run"]), "{:?}", edited.steps.ran());
}
