//! Python: the virtual environment is keyed by what decides what is installed.

use super::{Edit, NO_OP, NOTHING, OTHER_FILES, README, Scenario, change, example};

pub(crate) const UV: Scenario = example("fastapi", &[("uv.lock", "#"), ("app/main.py", "#")]);
const REQUIREMENTS: Scenario = example("flask", &[("requirements.txt", "#"), ("shop/__init__.py", "#")]);

pub(crate) const SOURCE: Edit = |project| project.append("app/main.py", "\n# Edited.\n");

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        changes: &[
            NO_OP,
            README,
            OTHER_FILES,
            change("source", &["build", "run"], SOURCE),
            change("what the program reads", &["build", "run"], |p| {
                p.write("app/prompts/a.md", "Be kind.\n")
            }),
            change("tests", NOTHING, |p| p.append("tests/test_app.py", "\n# Tested.\n")),
            change("its own version", &["build", "dependency-files", "run"], |project| {
                project.replace("pyproject.toml", "version = \"1.0.0\"", "version = \"1.1.0\"")?;
                let own = "name = \"greeter\"\nversion = \"1.0.0\"";
                project.replace("uv.lock", own, &own.replace("1.0.0", "1.1.0"))
            }),
            change("settings of another tool", &["build", "dependency-files", "run"], |project| {
                project.append("pyproject.toml", "\n# For the linter.\n[tool.ruff]\nline-length = 100\n")
            }),
        ],
        ..UV
    },
    Scenario {
        name: "full, gated by its tests",
        manifest: "slipway.full.yaml",
        changes: &[
            NO_OP,
            README,
            change("source", &["build", "run", "test"], |p| p.append("shop/__init__.py", "\n# Edited.\n")),
            change("tests", &["test"], |p| p.append("tests/test_shop.py", "\n# Tested.\n")),
            change("another version of a package", &["deps", "deps-test", "run", "test"], |project| {
                project.replace("requirements.txt", "gunicorn==23.0.0", "gunicorn==22.0.0")
            }),
        ],
        ..REQUIREMENTS
    },
];
