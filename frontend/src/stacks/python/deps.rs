//! The dependencies, with network: what installs them, the files that say what they are, and the virtual environment.

use std::collections::BTreeSet;

use super::install::{CACHE, TOOLS, Tree};
use super::{Kit, SOURCE, VENV};
use crate::facts::python::Development;
use crate::gather::Gather as _;
use crate::manifest::PackageManager;
use crate::path;
use crate::plan::build::{output_name, stage_name, words};
use crate::plan::{Base, BindMount, Mount, Network, Stage, Text, Variable};
use crate::span::Spanned;

const TOOLS_STAGE: &str = "tools";
const FILES_STAGE: &str = "dependency-files";
const TEST_FILES_STAGE: &str = "dependency-files-test";
const FILES: &str = "/dependency-files";

/// What the project is built with, when it is installed.
const BACKEND_STAGE: &str = "build-system";
pub(super) const BACKEND: &str = "/opt/build-system";

/// Neither the project's own version nor comments and the settings of other tools decide what is installed. Nothing reads a
/// `setup.cfg` that no `setup.py` is beside. What requirements files call the project itself comes later, and what they would
/// install as a link is installed.
const NORMALISE: &str = r#"# keep what decides what is installed
set -eu
for file in "$@"; do
  mkdir -p "$(dirname "/dependency-files/$file")"
  case "$file" in
  *pyproject.toml)
    awk '
      /^[ \t]*(#.*)?$/ { next }
      /^\[+[^][]*\]+[ \t]*(#.*)?$/ { table = $0; sub(/#.*/, "", table); gsub(/[][ \t"]/, "", table) }
      table ~ /^tool\./ && table !~ /^tool\.(uv|poetry|pdm|setuptools\.dynamic|hatch\.metadata)(\.|$)/ { next }
      table == "tool.setuptools.dynamic" { packages = "[tool.setuptools]\npackages = []" }
      table == "tool.setuptools.dynamic" && /^version[ \t]*=/ { next }
      table ~ /^project\.(scripts|gui-scripts|entry-points|urls)/ || table ~ /^tool\.poetry\.(scripts|urls)/ { next }
      (table == "project" || table == "tool.poetry") && /^version[ \t]*=/ { print "version = \"0\""; next }
      { print }
      END { if (packages) print packages }
    ' "$file" > "/dependency-files/$file" ;;
  *uv.lock)
    awk -v files=" $* " '
      /^version = "/ { version = $0; next }
      version != "" {
        split($0, part, "\"")
        own = part[2] == "." ? "pyproject.toml" : part[2] "/pyproject.toml"
        if ($0 ~ /^source = \{ (editable|virtual) = / && index(files, " " own " ")) version = "version = \"0\""
        print version
        version = ""
      }
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
  *.txt | *.in)
    awk '
      /^(-e|--editable)?[ \t=]*(file:)?\.\/?(\[[^]]*\])?[ \t]*([;#].*)?$/ { next }
      /^(-e|--editable)[ \t=]/ && !/:\/\// { sub(/^[^ \t=]+[ \t=]+(file:)?/, ""); if (!/^[.\/]/) $0 = "./" $0 }
      { print }
    ' "$file" > "/dependency-files/$file" ;;
  *) cp -R "$file" "$(dirname "/dependency-files/$file")/" ;;
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
    super::super::GIT,
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
        !self.facts.dependencies.files.all.is_empty()
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
        let app = self.installs().then_some(("deps", Tree::App));
        let tests = self.development().filter(|_| self.tests());
        for (name, tree) in app.into_iter().chain(tests.map(|tests| ("deps-test", Tree::Tests(tests)))) {
            // Those of the app are there already, where the tests have no files of their own.
            let own = !matches!(tree, Tree::Tests(Development::Group(_) | Development::Extra(_)));
            stages
                .extend(self.normalised(tree).filter(|_| own).map(|name| self.dependency_files(name, tree)));
            stages.push(self.tree(name, tree));
        }
        if self.installs_packages() {
            stages.push(self.build_system());
        }
        stages
    }

    /// The package managers: a step of its own, keyed by their exact versions and by where they come from.
    fn tools(&self) -> Stage {
        let at = self.at;
        let mut stage = at.stage(stage_name(TOOLS_STAGE), self.base_image());
        stage.network = at.network(Network::Default);
        stage.outputs = vec![at.output("tools", TOOLS)];
        stage.environment =
            self.variables(&[("PIP_CACHE_DIR", "/cache/pip"), ("PIP_DISABLE_PIP_VERSION_CHECK", "1")]);
        let mut install = words(&["pip", "--python", TOOLS, "install"]);
        install.extend(self.programs().iter().map(Text::literal));
        let mut mounts = vec![at.cache(Text::literal("pip"), CACHE)];
        stage.environment.extend(self.index_for_pip());
        crate::stacks::overlay(&mut stage.environment, &self.own_variables(&["PIP_"]));
        // An index may ask who it is.
        mounts.extend(self.secrets_for_pip());
        stage.steps = vec![
            at.run(words(&["python3", "-m", "venv", "--without-pip", TOOLS]), Vec::new()),
            at.run(install, mounts),
        ];
        stage
    }

    pub(super) fn tools_mount(&self) -> Spanned<Mount> {
        self.at.bind_output(TOOLS_STAGE, "tools")
    }

    /// What a tree is keyed by, relative to the context.
    fn files<'a>(&'a self, tree: Tree<'a>) -> Vec<&'a str> {
        let more = tree.files().map_or(&[][..], |files| &files.all);
        let own = self.facts.dependencies.files.all.iter().filter(|file| !more.contains(file));
        more.iter().chain(own).map(String::as_str).collect()
    }

    /// The stage that keeps what decides, of files that hold more. Requirements files hold nothing but dependencies, and of a
    /// program nothing can be taken out.
    fn normalised(&self, tree: Tree<'_>) -> Option<&'static str> {
        let own = tree.files();
        let mut all = own.into_iter().chain([&self.facts.dependencies.files]);
        let holds_more = |file: &&str| file.ends_with("pyproject.toml") || file.ends_with("setup.cfg");
        let normalised = all.any(|files| files.linked) || self.files(tree).iter().any(holds_more);
        normalised.then_some(if own.is_some() { TEST_FILES_STAGE } else { FILES_STAGE })
    }

    /// The folder of the context that the source of a tree is in: that of the app, or one above it that has other files.
    fn folder(&self, tree: Tree<'_>) -> String {
        let folder = self.facts.folder.clone();
        self.files(tree).into_iter().fold(folder, |folder, file| path::common(&folder, file))
    }

    /// Those of a tree, and where they lie.
    fn context_of(&self, tree: Tree<'_>) -> (Spanned<Mount>, Vec<String>) {
        let folder = self.folder(tree);
        let files: Vec<_> =
            self.files(tree).into_iter().filter_map(|file| path::relative(&folder, file)).collect();
        let mut context = self.at.context(&folder, Vec::new(), SOURCE);
        if let Mount::Bind(bind) = &mut context.value {
            bind.include = self.at.texts(&files);
        }
        (context, files)
    }

    fn dependency_files(&self, name: &str, tree: Tree<'_>) -> Stage {
        let at = self.at;
        let mut stage = at.stage(stage_name(name), self.base_image());
        stage.working_dir = Some(at.text(SOURCE));
        stage.network = at.network(Network::None);
        stage.outputs = vec![at.output("files", FILES)];
        let (context, files) = self.context_of(tree);
        let mut argv = words(&["sh", "-c", NORMALISE, "normalise"]);
        argv.extend(files.into_iter().map(Text::literal));
        stage.steps = vec![at.run(argv, vec![context])];
        stage
    }

    fn tree(&self, name: &str, tree: Tree<'_>) -> Stage {
        let at = self.at;
        let mut stage = self.stage(name, Network::Default);
        let app = path::relative(&self.folder(tree), &self.facts.folder).unwrap_or_default();
        stage.working_dir = Some(at.text(&path::join(SOURCE, &app)));
        stage.outputs = vec![at.output("venv", VENV)];
        stage.environment = self.fetching(tree, self.is_for_pip());
        stage.mounts.push(self.tools_mount());
        if let Some(normalised) = self.normalised(tree) {
            // By their content: most edits of these files change nothing that is kept.
            stage.mounts.push(at.spanned(Mount::Bind(BindMount {
                from: at.spanned(Base::Stage(stage_name(normalised))),
                output: Some(self.at.spanned(output_name("files"))),
                source: None,
                include: Vec::new(),
                exclude: Vec::new(),
                target: Some(at.text(SOURCE)),
                read_only: false,
                content_cache: true,
            })));
        } else if !self.files(tree).is_empty() {
            stage.mounts.push(self.context_of(tree).0);
        }
        let mut mounts = vec![self.cache()];
        let commands = self.ask().into_iter().chain([self.install(tree)]);
        let commands: Vec<_> = if self.is_for_pip() {
            mounts.extend(self.secrets_for_uv());
            commands.map(|command| self.with_settings_of_pip(command)).collect()
        } else {
            mounts.extend(self.app.secrets.iter().map(crate::stacks::secret_mount));
            commands.collect()
        };
        let commands = commands.into_iter();
        stage.steps = commands.map(|command| at.run(command, mounts.clone())).collect();
        stage
    }

    /// What PEP 517 builds the projects with; it is in no image.
    fn build_system(&self) -> Stage {
        let at = self.at;
        let mut stage = self.stage(BACKEND_STAGE, Network::Default);
        stage.outputs = vec![at.output("build-system", BACKEND)];
        stage.environment = self.fetching(Tree::App, true);
        stage.environment.extend(self.own_index("UV_DEFAULT_INDEX"));
        stage.mounts.push(self.tools_mount());
        let uv = format!("{TOOLS}/bin/uv");
        let mut argv = words(&[&uv, "pip", "install", "--python", "python3", "--target", BACKEND]);
        let requires: BTreeSet<_> = self.builds().flat_map(|(_, build)| &build.requires).gather();
        argv.extend(requires.into_iter().map(Text::literal));
        let mut mounts = vec![self.cache()];
        mounts.extend(self.secrets_for_uv());
        stage.steps = vec![at.run(self.with_settings_of_pip(argv), mounts)];
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

    /// `for_pip`: uv asks the indexes of pip.
    fn fetching(&self, tree: Tree<'_>, for_pip: bool) -> Vec<Variable> {
        let mut environment = self.install_environment(tree);
        if for_pip {
            crate::stacks::overlay(&mut environment, &self.index_for_uv());
        }
        crate::stacks::overlay(&mut environment, &self.own_variables(FETCHING));
        environment
    }

    /// Those of `build.environment` that begin with one of these.
    fn own_variables(&self, prefixes: &[&str]) -> Vec<Variable> {
        let own = self.app.build.environment.iter();
        own.filter(|variable| prefixes.iter().any(|prefix| variable.name.value.starts_with(prefix)))
            .cloned()
            .collect()
    }
}
