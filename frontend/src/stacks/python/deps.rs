//! The dependencies, with network: what installs them, the files that say what they are, and the virtual environment.

use std::collections::BTreeSet;

use super::install::{CACHE, TOOLS, Tree};
use super::{Kit, SOURCE, VENV};
use crate::facts::python::Development;
use crate::manifest::PackageManager;
use crate::plan::build::{output_name, stage_name, words};
use crate::plan::{Base, BindMount, Mount, Network, Stage, Text, Variable};
use crate::span::Spanned;

const TOOLS_STAGE: &str = "tools";
const FILES_STAGE: &str = "dependency-files";
const FILES: &str = "/dependency-files";

/// What the project is built with, when it is installed.
const BACKEND_STAGE: &str = "build-system";
pub(super) const BACKEND: &str = "/opt/build-system";

/// Neither the project's own version nor comments and the settings of other tools decide what is installed. Nothing reads a
/// `setup.cfg` that no `setup.py` is beside.
const NORMALISE: &str = r#"# keep what decides what is installed
set -eu
for file in "$@"; do
  mkdir -p "$(dirname "/dependency-files/$file")"
  case "$file" in
  *pyproject.toml)
    awk '
      /^[ \t]*(#.*)?$/ { next }
      /^\[+[^][]*\]+[ \t]*(#.*)?$/ { table = $0; sub(/#.*/, "", table); gsub(/[][ \t"]/, "", table) }
      table ~ /^tool\./ && table !~ /^tool\.(uv|poetry|pdm)(\.|$)/ { next }
      table ~ /^project\.(scripts|gui-scripts|entry-points|urls)/ || table ~ /^tool\.poetry\.(scripts|urls)/ { next }
      (table == "project" || table == "tool.poetry") && /^version[ \t]*=/ { print "version = \"0\""; next }
      { print }
    ' "$file" > "/dependency-files/$file" ;;
  *uv.lock)
    awk '
      /^version = "/ { version = $0; next }
      version != "" { if ($0 ~ /^source = \{ (editable|virtual) = /) version = "version = \"0\""; print version; version = "" }
      { print }
    ' "$file" > "/dependency-files/$file" ;;
  *setup.cfg)
    python3 -c '
import configparser, sys
settings = configparser.RawConfigParser()
settings.optionxform = str
settings.read(sys.argv[1], encoding="utf-8")
kept = {
    "metadata": {"name"},
    "options": {"python_requires", "setup_requires", "install_requires"},
    "options.extras_require": None,
}
for section in settings.sections():
    if section not in kept:
        settings.remove_section(section)
    elif kept[section]:
        for option in settings.options(section):
            if option.replace("-", "_") not in kept[section]:
                settings.remove_option(section, option)
settings.write(sys.stdout)
' "$file" > "/dependency-files/$file"
    echo "import setuptools; setuptools.setup()" > "/dependency-files/${file%.cfg}.py" ;;
  *) cp "$file" "/dependency-files/$file" ;;
  esac
done
"#;

/// Variables of `build.environment` that change what is installed or from where.
const FETCHING: &[&str] = &[
    "UV_",
    "PIP_",
    "POETRY_",
    "PDM_",
    "PIPENV_",
    "CC",
    "CXX",
    "CFLAGS",
    "CPPFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "PKG_CONFIG",
];

impl Kit<'_> {
    pub(super) fn installs(&self) -> bool {
        !self.facts.dependencies.files.is_empty()
    }

    /// The stage whose virtual environment the tests see.
    pub(super) fn environment_of_tests(&self) -> Option<&'static str> {
        if self.development().is_some() { Some("deps-test") } else { self.installs().then_some("deps") }
    }

    fn development(&self) -> Option<&Development> {
        self.facts.tests.as_ref()?.from.as_ref()
    }

    pub(super) fn deps(&self) -> Vec<Stage> {
        let mut stages = Vec::new();
        if self.installs() || self.development().is_some() || self.installs_packages() {
            stages.push(self.tools());
        }
        if self.installs() && self.normalises() {
            stages.push(self.dependency_files());
        }
        if self.installs() {
            stages.push(self.tree("deps", Tree::App, &[]));
        }
        if self.tests()
            && let Some(development) = self.development()
        {
            let files = match development {
                Development::File { all, .. } => all.as_slice(),
                Development::Group(_) | Development::Extra(_) => &[],
            };
            stages.push(self.tree("deps-test", Tree::Tests(development), files));
        }
        if self.installs_packages() {
            stages.push(self.build_system());
        }
        stages
    }

    /// The package managers: a step of its own, keyed by their exact versions alone.
    fn tools(&self) -> Stage {
        let at = self.at;
        let mut stage = at.stage(stage_name(TOOLS_STAGE), self.base_image());
        stage.network = at.network(Network::Default);
        stage.outputs = vec![at.output("tools", TOOLS)];
        stage.environment =
            self.variables(&[("PIP_CACHE_DIR", "/cache/pip"), ("PIP_DISABLE_PIP_VERSION_CHECK", "1")]);
        let mut install = words(&["pip", "--python", TOOLS, "install"]);
        install.extend(self.programs().iter().map(Text::literal));
        stage.steps = vec![
            at.run(words(&["python3", "-m", "venv", "--without-pip", TOOLS]), Vec::new()),
            at.run(install, vec![at.cache(Text::literal("pip"), CACHE)]),
        ];
        stage
    }

    pub(super) fn tools_mount(&self) -> Spanned<Mount> {
        self.at.bind_output(TOOLS_STAGE, "tools")
    }

    /// Requirements files hold nothing but dependencies, and of a program nothing can be taken out.
    fn normalises(&self) -> bool {
        let files = &self.facts.dependencies.files;
        files.iter().any(|file| file.ends_with("pyproject.toml") || file.ends_with("setup.cfg"))
    }

    fn dependency_files(&self) -> Stage {
        let at = self.at;
        let mut stage = at.stage(stage_name(FILES_STAGE), self.base_image());
        stage.working_dir = Some(at.text(SOURCE));
        stage.network = at.network(Network::None);
        stage.outputs = vec![at.output("files", FILES)];
        let files = &self.facts.dependencies.files;
        let mut context = at.context(&self.facts.folder, Vec::new(), SOURCE);
        if let Mount::Bind(bind) = &mut context.value {
            bind.include = at.texts(files);
        }
        let mut argv = words(&["sh", "-c", NORMALISE, "normalise"]);
        argv.extend(files.iter().map(Text::literal));
        stage.steps = vec![at.run(argv, vec![context])];
        stage
    }

    fn tree(&self, name: &str, tree: Tree<'_>, more: &[String]) -> Stage {
        let at = self.at;
        let mut stage = self.stage(name, Network::Default);
        stage.working_dir = Some(at.text(SOURCE));
        stage.outputs = vec![at.output("venv", VENV)];
        stage.environment = self.fetching();
        stage.mounts.push(self.tools_mount());
        let mut files = more.to_vec();
        if self.installs() && self.normalises() {
            // By their content: most edits of these files change nothing that is kept.
            stage.mounts.push(at.spanned(Mount::Bind(BindMount {
                from: at.spanned(Base::Stage(stage_name(FILES_STAGE))),
                output: Some(output_name("files")),
                source: None,
                include: Vec::new(),
                exclude: Vec::new(),
                target: Some(at.text(SOURCE)),
                read_only: false,
                content_cache: true,
            })));
        } else {
            files.extend(self.facts.dependencies.files.iter().filter(|file| !more.contains(file)).cloned());
        }
        if !files.is_empty() && !self.normalises() {
            let mut context = at.context(&self.facts.folder, Vec::new(), SOURCE);
            if let Mount::Bind(bind) = &mut context.value {
                bind.include = at.texts(&files);
            }
            stage.mounts.push(context);
        }
        let mut mounts = vec![self.cache()];
        mounts.extend(self.app.secrets.iter().map(crate::stacks::secret_mount));
        let commands = self.ask().into_iter().chain([self.install(tree)]);
        stage.steps = commands.map(|command| at.run(command, mounts.clone())).collect();
        stage
    }

    /// What PEP 517 builds the projects with; it is in no image.
    fn build_system(&self) -> Stage {
        let at = self.at;
        let mut stage = self.stage(BACKEND_STAGE, Network::Default);
        stage.outputs = vec![at.output("build-system", BACKEND)];
        stage.environment = self.fetching();
        stage.mounts.push(self.tools_mount());
        let uv = format!("{TOOLS}/bin/uv");
        let mut argv = words(&[&uv, "pip", "install", "--python", "python3", "--target", BACKEND]);
        let requires: BTreeSet<_> = self.builds().flat_map(|(_, build)| &build.requires).collect();
        argv.extend(requires.into_iter().map(Text::literal));
        let mut mounts = vec![self.cache()];
        mounts.extend(self.app.secrets.iter().map(crate::stacks::secret_mount));
        stage.steps = vec![at.run(argv, mounts)];
        stage
    }

    pub(super) fn build_system_mount(&self) -> Spanned<Mount> {
        self.at.bind_output(BACKEND_STAGE, "build-system")
    }

    fn cache(&self) -> Spanned<Mount> {
        let manager = self.facts.dependencies.manager.value;
        let name = if manager == PackageManager::Pip { PackageManager::Uv } else { manager };
        self.at.cache(Text::literal(name.as_str()), CACHE)
    }

    fn fetching(&self) -> Vec<Variable> {
        let mut environment = self.install_environment();
        let own = self.app.build.environment.iter();
        let own: Vec<_> = own
            .filter(|variable| FETCHING.iter().any(|prefix| variable.name.value.starts_with(prefix)))
            .cloned()
            .collect();
        crate::stacks::overlay(&mut environment, &own);
        environment
    }
}
