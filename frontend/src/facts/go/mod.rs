//! What a Go project's files say.

mod local;
mod modules;
mod packages;
mod program;
mod source;
mod version;

use std::collections::BTreeSet;

use local::{Local, Workspace};
use modules::GoMod;
use packages::Sources;

use super::{Decision, Fact, Project};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::gather::Gather as _;
use crate::manifest::App;
use crate::nearest::list;
use crate::path;
use crate::plan::Text;
use crate::rules::Rule;
use crate::span::Span;

/// All that the Go stack decides from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoFacts {
    /// The folder of the context that is the source: the app's, or that of its workspace.
    pub folder: String,
    /// The app's folder, relative to `folder`; empty when it is the same.
    pub module: String,
    /// `1.26`
    pub version: Fact<String>,
    pub package_manager: Fact<&'static str>,
    /// What is built; none where `build.command` builds it.
    pub program: Option<Program>,
    /// C is compiled.
    pub cgo: Fact<bool>,
    /// The standard library is compiled ahead.
    pub standard_library: Fact<bool>,
    /// What dependencies are keyed by, relative to `folder`.
    pub dependency_files: Vec<String>,
    /// Modules are to be downloaded: there are some, and they are not vendored.
    pub download: bool,
    /// What is source although it looks like documentation, as patterns relative to `folder`.
    pub embedded: Vec<String>,
    /// The same, of tests.
    pub embedded_in_tests: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The main package, as `go build` takes it: `.` or `./cmd/api`.
    pub package: Fact<Text>,
    pub name: String,
}

impl GoFacts {
    /// The files of the context that [`GoFacts::read`] may ask for, as patterns.
    pub const FILES: &[&str] = &[
        "**/go.mod",
        "**/go.sum",
        "**/go.work",
        "**/go.work.sum",
        "**/vendor/modules.txt",
        super::GO_AND_PYTHON,
        "**/.go-version",
    ];

    /// `None` when a mistake was found, or while the project asks for more of its files.
    pub fn read(
        project: &mut Project,
        app: &App,
        place: Span,
        toolchains: &Toolchains,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let root = app.root.as_ref().map_or("", |root| root.value.as_str());
        let mod_file = path::join(root, "go.mod");
        let Some(text) = project.file(&mod_file) else {
            let help = match Workspace::of(project, app, root) {
                Some(workspace) if workspace.modules().next().is_some() => {
                    let modules: Vec<_> = workspace.modules().collect();
                    let modules = list(modules.iter().map(String::as_str));
                    format!("set `root` to the folder of a module; those of the workspace are {modules}")
                }
                Some(_) | None => "run `go mod init`, or set `root` to the folder of the module".to_owned(),
            };
            let message = format!("stack `go` needs `{mod_file}`");
            diagnostics.push(Diagnostic::new(Rule::MissingFile, place, message).help(help));
            return None;
        };
        let go_mod = GoMod::parse(&text);
        let workspace = Workspace::of(project, app, root);
        let version =
            version::version(project, app, root, &go_mod, workspace.as_ref(), toolchains, diagnostics);
        let local = Local::read(project, root, &go_mod, workspace.as_ref(), diagnostics);
        let sources = Sources::read(project, [root.to_owned()]);
        let others = local.modules.iter().filter(|module| *module != root).cloned();
        let others = Sources::read(project, others);
        let package = match (&app.build.command, &app.build.target) {
            (Some(command), target) => {
                if let Some(target) = target {
                    let message = "`target` is for the stack's own command";
                    let diagnostic = Diagnostic::new(Rule::ConflictingKeys, target.span, message)
                        .label(command.span, "`command` is written here")
                        .help("name the package in `command`, and remove `target`");
                    diagnostics.push(diagnostic);
                }
                None
            }
            (None, Some(target)) => Some(packages::target(project, target, root, &go_mod, diagnostics)?),
            (None, None) => {
                Some(packages::main_package(project, app, place, root, (&go_mod, &sources), diagnostics)?)
            }
        };
        let mut modules: Vec<(String, String)> = Vec::new();
        for folder in &local.modules {
            modules.push((name_of(project, folder), folder.clone()));
        }
        let program = package.as_ref().and_then(|package| package.value.as_literal());
        let search = program::Search {
            sources: [&sources, &others],
            modules,
            c_modules: &toolchains.c_modules,
            program: program.and_then(|program| path::resolve(root, program)),
        };
        if !app.replaces("run") {
            search.reads(diagnostics);
        }
        let required = go_mod.direct(&text).find(|(module, _)| toolchains.c_modules.contains(*module));
        let required = required.map(|(module, line)| program::Required { module, file: &mod_file, line });
        let name = |package: &Fact<Text>| packages::binary_name(&package.value, root, &go_mod);
        let embedded = |in_tests: bool| {
            let sources = [&sources, &others];
            sources.into_iter().flat_map(|sources| sources.embedded(&local.folder, in_tests)).gather()
        };
        let (mut embedded, embedded_in_tests): (BTreeSet<_>, BTreeSet<_>) = (embedded(false), embedded(true));
        embedded.extend(local.vendor.iter().filter_map(|vendor| path::relative(&local.folder, vendor)));
        Some(Self {
            module: path::relative(&local.folder, root).unwrap_or_default(),
            version: version?,
            package_manager: Fact::at("go", "Go modules", &*mod_file, 1),
            program: package.map(|package| Program { name: name(&package), package }),
            cgo: program::cgo(app, &search, required, diagnostics)?,
            standard_library: standard_library(&sources, &mod_file, &go_mod),
            download: local.vendor.is_none() && (!go_mod.require.is_empty() || workspace.is_some()),
            dependency_files: local.dependency_files,
            embedded_in_tests: embedded_in_tests.difference(&embedded).cloned().collect(),
            embedded: embedded.into_iter().collect(),
            folder: local.folder,
        })
    }

    /// The names of a module's programs where it has several and nothing says which one the app is.
    pub fn programs(project: &mut Project, app: &App) -> Vec<String> {
        if app.build.target.is_some() || app.build.command.is_some() || app.run.entrypoint.is_some() {
            return Vec::new();
        }
        let root = app.root.as_ref().map_or("", |root| root.value.as_str());
        let commands = packages::commands(project, root);
        let names = commands.iter().filter_map(|command| command.rsplit('/').next());
        if commands.len() > 1 { names.map(str::to_owned).collect() } else { Vec::new() }
    }

    /// What was found, for explanations.
    pub fn decisions(&self) -> Vec<Decision> {
        let folder = if self.folder.is_empty() { "." } else { &self.folder };
        let (source, dependencies) = if self.module.is_empty() {
            ("the app's own folder", "the module's files")
        } else {
            (
                "the lowest folder with the app and the modules that it is built with",
                "the files of all modules",
            )
        };
        let (download, why) = if self.download {
            ("true", "modules are required, and there is no `vendor`")
        } else {
            ("false", "no modules are required, or `vendor` has them")
        };
        let mut decisions = vec![
            self.version.decision("version").key("version"),
            self.package_manager.decision("package_manager"),
            Decision::new("source", folder, source),
        ];
        decisions.extend(self.program.iter().flat_map(|program| {
            let name = Decision::new("binary", &*program.name, "the name of the package");
            [program.package.decision("package").key("build.target"), name]
        }));
        decisions.extend([
            self.cgo.decision("cgo"),
            self.standard_library.decision("standard_library"),
            Decision::new("dependency_files", self.dependency_files.join(", "), dependencies),
            Decision::new("download", download, why),
        ]);
        let embedded = [
            (
                "embedded",
                &self.embedded,
                "`//go:embed` names them or `vendor` holds them, so they are source",
            ),
            ("embedded_in_tests", &self.embedded_in_tests, "tests read them"),
        ];
        let embedded = embedded.into_iter().filter(|(_, files, _)| !files.is_empty());
        decisions.extend(embedded.map(|(name, files, why)| Decision::new(name, files.join(", "), why)));
        decisions
    }
}

/// What the module of a folder is imported as.
fn name_of(project: &mut Project, folder: &str) -> String {
    let text = project.file(&path::join(folder, "go.mod"));
    let module = text.and_then(|text| GoMod::parse(&text).module);
    module.map(|module| module.value).unwrap_or_default()
}

/// Whether most of what the program is compiled from is the standard library's.
fn standard_library(sources: &Sources, mod_file: &str, go_mod: &GoMod) -> Fact<bool> {
    if let Some(required) = go_mod.require.first() {
        return Fact::at(true, "modules are required, which need much of it", mod_file, required.line);
    }
    match sources.first(|file| file.import("net/http")) {
        Some((file, line)) => Fact::at(true, "a file imports `net/http`, which needs much of it", file, line),
        None if sources.are_many() => Fact::decided(true, "a module of so many files needs much of it"),
        None => Fact::decided(false, "no module is required, and no file imports `net/http`"),
    }
}
