//! Go: modules are fetched once, the program is compiled at each edit.

use super::{Change, Edit, NO_OP, NOTHING, OTHER_FILES, README, Scenario, change, example};

pub(crate) const EXAMPLE: Scenario = example("go", &[("go.mod", "//"), ("main.go", "//")]);
const TESTS: Edit = |project| project.append("main_test.go", "\n// Tested.\n");
pub(crate) const SOURCE: Edit = |project| project.append("main.go", "\n// Edited.\n");
const DEPENDENCY: Change = change("another version of a module", &["build", "deps", "run"], |project| {
    project.replace("go.mod", "uuid v1.6.0", "uuid v1.5.0")?;
    project.append(
        "go.sum",
        "github.com/google/uuid v1.5.0 h1:1p67kYwdtXjb0gL0BPiP1Av9wiZPo5A8z2cWkTZ+eyU=\n\
         github.com/google/uuid v1.5.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=\n",
    )
});

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            change("source", &["build", "run"], SOURCE),
            change("new source", &["build", "run"], |p| p.write("extra.go", "package main\n")),
            change("tests", NOTHING, TESTS),
            DEPENDENCY,
        ],
        ..EXAMPLE
    },
    Scenario {
        name: "full, gated by its tests",
        manifest: "slipway.full.yaml",
        setup: |project| project.write("testdata/page.md", "What a test reads.\n"),
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            Change {
                args: &["--build-arg=COMMIT=other"],
                ..change("an argument of the image", NOTHING, |_| Ok(()))
            },
            change("tests", &["test"], TESTS),
            change("data of tests", &["test"], |p| p.append("testdata/page.md", "More.\n")),
            change("source", &["build", "run", "test"], SOURCE),
        ],
        ..EXAMPLE
    },
    Scenario {
        name: "stamping a version",
        setup: |project| {
            project.append(
                "slipway.yaml",
                "args: { VERSION: dev }\n\
                 build: { environment: { GOFLAGS: \"-ldflags=-X=main.version=${VERSION}\" } }\n",
            )?;
            project.write(
                "version.go",
                "package main\n\nvar version = \"none\"\n\nfunc init() { println(version) }\n",
            )
        },
        changes: &[
            NO_OP,
            Change {
                args: &["--build-arg=VERSION=1.2.3"],
                ..change("the version", &["build", "run"], |_| Ok(()))
            },
        ],
        ..EXAMPLE
    },
    Scenario {
        name: "embedding",
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
        ..EXAMPLE
    },
    Scenario {
        name: "ignoring",
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
        ..EXAMPLE
    },
];
