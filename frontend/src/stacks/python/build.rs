//! The project on top of its dependencies, and its tests, without network.

use super::{HOME, Kit, PACKAGES, SOURCE};
use crate::facts::python::{LeftOut, Requirement};
use crate::path;
use crate::plan::build::words;
use crate::plan::{Base, Mount, SecretId, Stage, Step, Text};
use crate::span::{Span, Spanned};
use crate::stacks::{is_history, overlay, report, runtime, secret_mount};

/// What tools leave in a project's folder, and what Sphinx reads of it.
const MADE: &[&str] = &[
    "docs/**/*.rst",
    "**/__pycache__",
    "*.egg-info",
    "*/*.egg-info",
    "**/.venv",
    "venv",
    "**/.pytest_cache",
    "**/.mypy_cache",
    "**/.ruff_cache",
    "**/.tox",
    "**/.nox",
    "**/.coverage",
    "htmlcov",
    "**/.ipynb_checkpoints",
    "**/node_modules",
    // It may hold a password.
    "**/pip.conf",
];

/// What only tests read.
const TESTS: &[&str] = &["**/tests.py", "**/test_*.py", "**/conftest.py"];

/// Build systems, and parts of them, for what is not Python alone.
const COMPILERS: &[&str] = &[
    "cffi",
    "cython",
    "maturin",
    "meson-python",
    "mypy",
    "nanobind",
    "numpy",
    "pybind11",
    "scikit-build",
    "scikit-build-core",
    "setuptools-rust",
];

/// What of the source is of no use in an image.
const SETTINGS: &[&str] = &[
    "uv.lock",
    "uv.toml",
    "poetry.lock",
    "pdm.lock",
    "Pipfile",
    "Pipfile.lock",
    "*requirements*.txt",
    "requirements",
    "constraints*.txt",
    ".python-version",
    "runtime.txt",
    ".tool-versions",
    "mise.toml",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "noxfile.py",
    "pytest.ini",
    "mypy.ini",
    "ruff.toml",
    ".flake8",
];

/// Wheels are built first: what is installed from a folder says when that was changed. Its scripts name the Python that
/// installs them, which is that of the virtual environment where there is one. uv notes when it has seen a wheel. What a build
/// backend says is told: it says why it failed.
const INSTALL: &str = r#"# install the project
set -eu
for project in "$@"; do
  [ -e "$project/pyproject.toml" ] || [ -e "$project/setup.py" ] || echo "import setuptools; setuptools.setup()" > "$project/setup.py"
  PYTHONPATH=/opt/build-system /opt/tools/bin/uv build --offline --no-sources --no-build-isolation --wheel --python python3 --out-dir /tmp/wheels "$project"
done
/opt/tools/bin/uv pip install --quiet --offline --no-deps --no-cache --python "$(command -v python3)" --target /app/lib /tmp/wheels/*.whl
for record in /app/lib/*.dist-info/RECORD; do
  sed -i '/uv_cache\.json/d' "$record"
  rm -f "${record%RECORD}uv_cache.json"
done
rm -f /app/lib/.lock
"#;

/// What is compiled names what it was made from by its hash, so that it is the same everywhere. What does not compile is
/// told, and may be a template.
const COMPILE: &str = "python3 -m compileall -q --invalidation-mode unchecked-hash /app || true";

impl Kit<'_> {
    /// The stage `build`, whose output is the app as it is in the image.
    pub(super) fn build(&self) -> Stage {
        let (at, app) = (self.at, self.app);
        let mut stage = self.stage("build", app.build.reach());
        stage.outputs = vec![at.output("app", HOME)];
        stage.environment = self.environment();
        overlay(&mut stage.environment, &app.build.environment);
        let mut own_command = self.own_command();
        if self.installs_packages() {
            stage.mounts.extend(self.packages().map(|folder| self.context(folder, &[MADE, TESTS])));
            stage.mounts.extend(self.installer());
            // A command of the app's own installs the app, and not the projects that it is made from.
            let packages =
                self.packages().filter(|&folder| folder != self.facts.app || own_command.is_none());
            let packages: Vec<_> = packages.map(|folder| Text::literal(path::join(SOURCE, folder))).collect();
            if !packages.is_empty() {
                stage.steps.push(self.install_packages(packages));
            }
        }
        // A command of the app's own installs the app from its source.
        let at_source = self.facts.package.value.is_some() && own_command.is_some();
        stage.working_dir = Some(at.text(&if at_source { self.source() } else { HOME.to_owned() }));
        stage.steps.push(self.copy());
        own_command = own_command.or_else(|| self.collect());
        if self.installs() && (self.installs_packages() || own_command.is_some()) {
            stage.mounts.push(at.bind_output("deps", "venv"));
        }
        stage.steps.extend(own_command.map(|command| self.run(command)));
        stage.steps.push(at.run(words(&["sh", "-c", COMPILE]), Vec::new()));
        if self.has_tests() {
            stage.steps.extend(runtime::gate(at, app));
        }
        stage
    }

    /// Static files of Django, with the settings that the app runs with.
    fn collect(&self) -> Option<(Span, Vec<Text>)> {
        self.facts.static_files.as_ref()?;
        let mut command = words(&["python", "manage.py", "collectstatic", "--no-input"]);
        let said = self.app.build.environment.iter().map(|variable| &variable.name.value);
        if let Some(settings) = &self.facts.settings
            && said.into_iter().all(|name| name != "DJANGO_SETTINGS_MODULE")
        {
            command.extend(words(&["--settings", settings]));
        }
        Some((self.at.0, command))
    }

    fn installer(&self) -> [Spanned<Mount>; 2] {
        [self.tools_mount(), self.build_system_mount()]
    }

    fn install_packages(&self, folders: Vec<Text>) -> Spanned<Step> {
        self.run((self.at.0, [words(&["sh", "-c", INSTALL, "install"]), folders].concat()))
    }

    /// The source is the app. Beside what is installed it is what programs read from where they run.
    fn copy(&self) -> Spanned<Step> {
        let folder = path::join(&self.facts.folder, &self.facts.app);
        let mut copy = self.at.copy(Base::Context, &folder, &[], HOME);
        if let Step::Copy(copy) = &mut copy.value {
            let installed = self.facts.packages.iter().map(|path| self.at.text(path));
            let left_out = self.left_out(&self.facts.app, &[MADE, TESTS, SETTINGS]);
            copy.exclude = installed.chain(left_out).collect();
            // A command of the app's own that runs beside the copy may read the history.
            if self.facts.package.value.is_some() || self.own_command().is_none() {
                copy.exclude.retain(|pattern| !is_history(&pattern.value));
            }
        }
        copy
    }

    /// The source of one of the projects, without what it holds of others.
    fn context(&self, folder: &str, left_out: &[&[&str]]) -> Spanned<Mount> {
        let source = path::join(&self.facts.folder, folder);
        self.at.context(&source, self.left_out(folder, left_out), &path::join(SOURCE, folder))
    }

    /// What runs instead of the stack's own, with the place where that is said.
    fn own_command(&self) -> Option<(Span, Vec<Text>)> {
        let command = self.app.build.command.as_ref()?;
        Some((command.span, command.value.clone()))
    }

    fn run(&self, (place, command): (Span, Vec<Text>)) -> Spanned<Step> {
        crate::plan::build::At(place).run(command, self.named_secrets(&self.app.build.secrets))
    }

    /// The tests, when there are some.
    pub(super) fn test(&self) -> Vec<Stage> {
        let (at, app) = (self.at, self.app);
        if !self.tests() {
            return Vec::new();
        }
        let mut stage = self.stage("test", app.test.reach());
        stage.working_dir = Some(at.text(&self.source()));
        let imports: Vec<_> = self.facts.imports.iter().map(|folder| path::join(SOURCE, folder)).collect();
        stage.environment = self.environment();
        let packages = self.installs_packages().then(|| PACKAGES.to_owned());
        let imports: Vec<_> = if self.compiles() {
            packages.into_iter().chain(imports).collect()
        } else {
            imports.into_iter().chain(packages).collect()
        };
        overlay(&mut stage.environment, &self.variables(&[("PYTHONPATH", &imports.join(":"))]));
        overlay(&mut stage.environment, &app.build.environment);
        overlay(&mut stage.environment, &app.test.environment);
        stage.mounts.extend(self.projects().map(|folder| self.context(folder, &[MADE])));
        stage.mounts.extend(self.environment_of_tests().map(|stage| at.bind_output(stage, "venv")));
        stage.outputs = vec![report::output(at)];
        let command = app.test.command.as_ref();
        let pytest = || words(&["python", "-m", "pytest", "-p", "no:cacheprovider"]);
        let argv = command.map_or_else(pytest, |command| command.value.clone());
        let place = command.map(|command| command.span).or(app.test.gate.as_ref().map(|gate| gate.span));
        let step =
            crate::plan::build::At(place.unwrap_or(at.0)).run(argv, self.named_secrets(&app.test.secrets));
        // Modules are the source's own; what it is called and the commands that it has are known of what is installed.
        if self.installs_packages() {
            stage.mounts.extend(self.installer());
            let packages = self.packages().map(|folder| Text::literal(path::join(SOURCE, folder)));
            stage.steps.push(self.install_packages(packages.collect()));
        }
        stage.steps.push(step);
        report::stages(at, app, &self.source(), stage)
    }

    /// Modules are compiled that the source does not have.
    fn compiles(&self) -> bool {
        let requires = self.builds().flat_map(|(_, build)| &build.requires);
        let name = |text: &String| Some(Requirement::parse(text, 1)?.name);
        requires.filter_map(name).any(|name| COMPILERS.contains(&name.as_str()))
    }

    /// What of a project's folder is not source, and what is although it does not look like it. A command of the app's own
    /// may read its tests.
    fn left_out(&self, folder: &str, lists: &[&[&str]]) -> Vec<Spanned<Text>> {
        let (at, app) = (self.at, self.app);
        let own = app.build.command.is_some();
        let part = self.facts.parts.iter().find(|part| part.folder == folder);
        let folders = if part.is_some() { LeftOut::usual() } else { self.facts.left_out.clone() };
        let mut left_out: Vec<&str> = Vec::new();
        for &list in lists.iter().filter(|list| !own || **list == MADE) {
            left_out.extend(list);
            if list == MADE {
                left_out.extend(&folders.made);
            } else if list == TESTS {
                left_out.extend(&folders.tests);
            }
        }
        let left_out = left_out.into_iter().map(|pattern| at.text(pattern));
        let below = self.facts.members.iter().filter_map(|member| path::relative(folder, member));
        let others = below.filter(|member| !member.is_empty()).map(|member| at.text(&member));
        let documents = if part.is_some() { &[][..] } else { &self.facts.documents };
        // What installs the project reads it, and what lies beside the packages does not.
        let installs = self.copies() || !lists.contains(&SETTINGS);
        let reads = part.map_or(&self.facts.reads, |part| &part.reads).iter().map(String::as_str);
        let reads = reads.filter(|_| installs);
        let reads = reads.chain(documents.iter().copied()).map(|file| at.text(&format!("!{file}")));
        let included = app.build.include.iter().map(|pattern| pattern.clone().map(|text| text.prefixed("!")));
        let included = included.filter(|_| part.is_none());
        left_out.chain(others).chain(reads).chain(included).collect()
    }

    fn named_secrets(&self, names: &[Spanned<SecretId>]) -> Vec<Spanned<Mount>> {
        let secrets = self.app.secrets.iter();
        let named = secrets.filter(|secret| names.iter().any(|name| name.value == secret.id.value));
        named.map(secret_mount).collect()
    }
}
