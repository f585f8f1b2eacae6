//! What each package manager runs. uv installs wherever that means the same as what the project's own tool would do.

use std::collections::BTreeSet;

use super::{Kit, VENV};
use crate::facts::python::{Development, Files};
use crate::gather::Gather as _;
use crate::manifest::PackageManager;
use crate::plan::build::words;
use crate::plan::{Text, Variable};

/// Where the package managers are, out of the way of everything else.
pub(super) const TOOLS: &str = "/opt/tools";

/// Where package managers keep what they have downloaded.
pub(super) const CACHE: &str = "/cache";

/// Which dependencies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tree<'a> {
    /// Those of the app.
    App,
    /// Those of its tests, too.
    Tests(&'a Development),
}

impl<'a> Tree<'a> {
    /// Its own files, besides those of the app.
    pub(super) fn files(self) -> Option<&'a Files> {
        match self {
            Self::Tests(Development::Files(files)) => Some(files),
            Self::App | Self::Tests(Development::Group(_) | Development::Extra(_)) => None,
        }
    }
}

/// The environment of every step that installs.
const UV: &[(&str, &str)] = &[
    ("UV_CACHE_DIR", "/cache/uv"),
    ("UV_LINK_MODE", "copy"),
    ("UV_NO_PROGRESS", "1"),
    ("UV_PROJECT_ENVIRONMENT", VENV),
    ("UV_PYTHON", "python3"),
    ("UV_PYTHON_DOWNLOADS", "never"),
];

/// What the project's own tool is told besides.
fn settings(manager: PackageManager) -> &'static [(&'static str, &'static str)] {
    match manager {
        PackageManager::Poetry => {
            &[("POETRY_CACHE_DIR", "/cache/poetry"), ("POETRY_NO_INTERACTION", "1"), ("VIRTUAL_ENV", VENV)]
        }
        PackageManager::Pdm => &[
            ("PDM_CACHE_DIR", "/cache/pdm"),
            ("PDM_CHECK_UPDATE", "0"),
            ("PDM_IGNORE_SAVED_PYTHON", "1"),
            ("VIRTUAL_ENV", VENV),
        ],
        PackageManager::Pipenv => &[
            ("PIPENV_CACHE_DIR", "/cache/pipenv"),
            ("PIPENV_NOSPIN", "1"),
            ("PIPENV_VERBOSITY", "-1"),
            ("PIP_CACHE_DIR", "/cache/pip"),
            ("VIRTUAL_ENV", VENV),
        ],
        PackageManager::Uv
        | PackageManager::Pip
        | PackageManager::Npm
        | PackageManager::Pnpm
        | PackageManager::Yarn
        | PackageManager::Bun => &[],
    }
}

/// Then everything is compiled: a file that does not compile is a template or for another Python. What is compiled names
/// what it was made from by its hash, so that it is the same everywhere; where a package manager compiled already, it named them by their times.
const SCRIPT: &str = r#"# install into the virtual environment
set -eu
/opt/tools/bin/uv --quiet venv --no-project --allow-existing --python python3 /opt/venv
"$@"
/opt/venv/bin/python -m compileall -qq -f -j 0 --invalidation-mode unchecked-hash /opt/venv/lib || true
"#;

/// A `setup.py` that stops before it builds: neither the packages nor the tools of the project are there.
const ASK: &str = r#"# ask setup.py
set -eu
/opt/tools/bin/uv pip install --quiet --python python3 --target /tmp/setuptools setuptools
PYTHONPATH=/tmp/setuptools python3 -c '
import setuptools, distutils.core
project = distutils.core.run_setup("setup.py", stop_after="init")
with open("/tmp/setup.py.txt", "w") as file:
    file.writelines(f"{line}\n" for line in project.install_requires or [])
'
"#;
const ASKED: &str = "/tmp/setup.py.txt";

impl Kit<'_> {
    /// The environment of every step that installs.
    pub(super) fn install_environment(&self, tree: Tree<'_>) -> Vec<Variable> {
        let manager = self.facts.dependencies.manager.value;
        let settings = settings(manager);
        let mut environment = self.variables(&[UV, settings].concat());
        if self.all_files(tree).any(|files| files.extra_index) {
            // As pip takes them: of all indexes the best version.
            environment.extend(self.variables(&[("UV_INDEX_STRATEGY", "unsafe-best-match")]));
        }
        environment
    }

    /// Those of the app, and those of its tests.
    fn all_files<'a>(&'a self, tree: Tree<'a>) -> impl Iterator<Item = &'a Files> {
        [&self.facts.dependencies.files].into_iter().chain(tree.files())
    }

    /// The programs that install, as pip names them.
    pub(super) fn programs(&self) -> Vec<String> {
        let manager = self.facts.dependencies.manager.value;
        let tool = |name: &str| self.toolchains.tool(name).to_owned();
        let mut programs = vec![tool("uv")];
        if matches!(manager, PackageManager::Poetry | PackageManager::Pdm | PackageManager::Pipenv) {
            programs.push(tool(manager.as_str()));
        }
        programs
    }

    /// `sh -c ...` with the package manager's command behind it.
    pub(super) fn install(&self, tree: Tree<'_>) -> Vec<Text> {
        let mut argv = words(&["sh", "-c", SCRIPT, "install"]);
        argv.extend(self.command(tree).into_iter().map(Text::literal));
        argv
    }

    /// What runs before, where a program says what the dependencies are.
    pub(super) fn ask(&self) -> Option<Vec<Text>> {
        let is_given = self.facts.dependencies.files.given.iter().any(|file| file == "setup.py");
        is_given.then(|| words(&["sh", "-c", ASK]))
    }

    fn command(&self, tree: Tree<'_>) -> Vec<String> {
        let dependencies = &self.facts.dependencies;
        let program = |name: &str| format!("{TOOLS}/bin/{name}");
        let mut argv: Vec<String> = Vec::new();
        let mut add = |words: &[&str]| argv.extend(words.iter().map(|&word| word.to_owned()));
        let development = match tree {
            Tree::App => None,
            Tree::Tests(development) => Some(development),
        };
        match dependencies.manager.value {
            PackageManager::Poetry => {
                add(&[&program("poetry"), "install", "--no-root", "--no-ansi"]);
                match development {
                    None => add(&["--only", "main"]),
                    Some(Development::Group(name)) => add(&["--with", name]),
                    Some(Development::Extra(name)) => add(&["--extras", name]),
                    Some(Development::Files(_)) => {}
                }
            }
            PackageManager::Pdm => {
                add(&[&program("pdm"), "install", "--no-self", "--no-editable"]);
                add(if dependencies.locked { &["--check"] } else { &["--no-lock"] });
                match development {
                    None => add(&["--prod"]),
                    Some(Development::Group(name) | Development::Extra(name)) => {
                        add(&["--group", name]);
                    }
                    Some(Development::Files(_)) => {}
                }
            }
            PackageManager::Pipenv => {
                add(&[&program("pipenv"), "install"]);
                add(if dependencies.locked { &["--deploy"] } else { &["--skip-lock"] });
                if development.is_some() {
                    add(&["--dev"]);
                }
            }
            PackageManager::Pip => {
                add(&[&program("uv"), "pip", "install", "--python", VENV]);
                let given: Vec<_> = self.all_files(tree).flat_map(|files| &files.given).collect();
                for (at, file) in given.iter().enumerate() {
                    if given[..at].contains(file) {
                        continue;
                    }
                    add(&["--requirements", if *file == "setup.py" { ASKED } else { file }]);
                }
                let extras: BTreeSet<_> = self.all_files(tree).flat_map(|files| &files.extras).gather();
                for extra in extras {
                    add(&["--extra", extra]);
                }
                for group in self.all_files(tree).filter_map(|files| files.group.as_ref()) {
                    add(&["--group", group]);
                }
                // pip asks for it by itself as soon as one has a hash, in the files that it is given at once.
                if dependencies.files.hashed && development.is_none() {
                    add(&["--require-hashes"]);
                }
            }
            PackageManager::Uv
            | PackageManager::Npm
            | PackageManager::Pnpm
            | PackageManager::Yarn
            | PackageManager::Bun => {
                add(&[&program("uv"), "sync"]);
                match &self.facts.member {
                    Some(name) => add(&["--package", name, "--no-install-workspace"]),
                    None => add(&["--no-install-project"]),
                }
                if dependencies.locked {
                    add(&["--locked"]);
                }
                if dependencies.files.linked {
                    add(&["--no-editable"]);
                }
                match development {
                    None => add(&["--no-default-groups"]),
                    Some(Development::Group(name)) => add(&["--group", name]),
                    Some(Development::Extra(name)) => add(&["--extra", name]),
                    Some(Development::Files(_)) => {}
                }
            }
        }
        argv
    }
}
