//! What a Go project's files say.

mod modules;
mod packages;
mod source;
mod version;

use std::collections::BTreeSet;

use modules::{GoMod, GoWork};
use packages::Sources;

use super::{Decision, Fact, Project};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
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
    /// The main package, as `go build` takes it: `.` or `./cmd/api`.
    pub package: Fact<Text>,
    pub binary: String,
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
}

impl GoFacts {
    /// The files of the context that [`GoFacts::read`] may ask for, as patterns.
    pub const FILES: &[&str] = &[
        "**/go.mod",
        "**/go.sum",
        "**/go.work",
        "**/go.work.sum",
        "**/vendor/modules.txt",
        "**/*.go",
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
            let help = match workspace(project, root) {
                Some((folder, work)) if !work.uses.is_empty() => {
                    let modules = work.uses.iter().filter_map(|used| path::resolve(&folder, &used.value));
                    let modules: Vec<_> = modules.collect();
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
        let work = workspace(project, root);
        let folder = source_folder(root, work.as_ref().map(|(folder, _)| folder.as_str()), &go_mod);
        let version = version::version(project, app, root, &go_mod, work.as_ref(), toolchains, diagnostics);
        let vendored = project.file(&path::join(&folder, "vendor/modules.txt")).is_some();
        let dependency_files = dependency_files(project, root, &folder, &go_mod, work.as_ref());
        check_lock(project, root, &go_mod, work.is_some(), diagnostics);
        let sources = Sources::read(project, root);
        let c_module = go_mod.direct(&text).find(|(module, _)| toolchains.c_modules.contains(*module));
        let c_module = c_module.map(|(module, line)| {
            Fact::at(true, format!("`{module}` does nothing without its C"), &*mod_file, line)
        });
        let package = match &app.build.target {
            Some(target) => Some(Fact::written(target.value.clone(), "build.target", target.span)),
            None => packages::main_package(project, app, place, root, &go_mod, diagnostics),
        };
        let binary = package.as_ref().map(|package| packages::binary_name(&package.value, root, &go_mod));
        Some(Self {
            module: path::relative(&folder, root).unwrap_or_default(),
            version: version?,
            package_manager: Fact::at("go", "Go modules", &*mod_file, 1),
            package: package?,
            binary: binary?,
            cgo: cgo(app, &sources, c_module),
            standard_library: standard_library(&sources, &mod_file, &go_mod),
            download: !vendored && (!go_mod.require.is_empty() || work.is_some()),
            dependency_files,
            embedded: sources.embedded(&folder),
            folder,
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
            self.package.decision("package").key("build.target"),
            Decision::new("binary", &*self.binary, "the name of the package"),
            self.cgo.decision("cgo"),
            self.standard_library.decision("standard_library"),
            Decision::new("dependency_files", self.dependency_files.join(", "), dependencies),
            Decision::new("download", download, why),
        ];
        if !self.embedded.is_empty() {
            let files = self.embedded.join(", ");
            decisions.push(Decision::new("embedded", files, "`//go:embed` names them, so they are source"));
        }
        decisions
    }
}

/// Whether the program holds C, its own or that of a module that is known to. What other modules hold is not known before
/// they are there.
fn cgo(app: &App, sources: &Sources, of_module: Option<Fact<bool>>) -> Fact<bool> {
    let written = app.build.environment.iter().find(|variable| variable.name.value == "CGO_ENABLED");
    if let Some(variable) = written {
        let enabled = variable.value.as_literal() == Some("1");
        return Fact::written(enabled, "build.environment", variable.name.span);
    }
    match sources.first(|file| file.imports_c) {
        Some((file, line)) => Fact::at(true, "a file has `import \"C\"`", file, line),
        None => of_module.unwrap_or_else(|| {
            Fact::decided(false, "neither the module nor what it imports is known to hold C")
        }),
    }
}

/// Whether most of what the program is compiled from is the standard library's.
fn standard_library(sources: &Sources, mod_file: &str, go_mod: &GoMod) -> Fact<bool> {
    if let Some(required) = go_mod.require.first() {
        return Fact::at(true, "modules are required, which need much of it", mod_file, required.line);
    }
    match sources.first(|file| file.imports_http) {
        Some((file, line)) => Fact::at(true, "a file imports `net/http`, which needs much of it", file, line),
        None if sources.are_many() => Fact::decided(true, "a module of so many files needs much of it"),
        None => Fact::decided(false, "no module is required, and no file imports `net/http`"),
    }
}

/// The nearest `go.work` from the app's folder upward, with its folder.
fn workspace(project: &mut Project, root: &str) -> Option<(String, GoWork)> {
    path::ancestors(root).find_map(|folder| {
        let text = project.file(&path::join(&folder, "go.work"))?;
        Some((folder, GoWork::parse(&text)))
    })
}

/// The lowest folder that holds the app, its workspace and the folders that replace modules.
fn source_folder(root: &str, work: Option<&str>, go_mod: &GoMod) -> String {
    let start = work.unwrap_or(root).to_owned();
    replaced_folders(root, go_mod).iter().fold(start, |folder, other| path::common(&folder, other))
}

/// Folders inside the context that stand for modules.
fn replaced_folders(root: &str, go_mod: &GoMod) -> Vec<String> {
    let local = go_mod.replace.iter().filter(|replace| replace.new_version.is_none());
    local.filter_map(|replace| path::resolve(root, &replace.new)).collect()
}

/// Manifests and locks of every module that takes part, relative to the source folder.
fn dependency_files(
    project: &mut Project,
    root: &str,
    folder: &str,
    go_mod: &GoMod,
    work: Option<&(String, GoWork)>,
) -> Vec<String> {
    let mut folders = BTreeSet::from([root.to_owned()]);
    folders.extend(replaced_folders(root, go_mod));
    let mut files = Vec::new();
    if let Some((at, work)) = work {
        files.extend(["go.work", "go.work.sum"].map(|file| path::join(at, file)));
        folders.extend(work.uses.iter().filter_map(|used| path::resolve(at, &used.value)));
    }
    files.extend(folders.iter().flat_map(|folder| ["go.mod", "go.sum"].map(|file| path::join(folder, file))));
    files.retain(|file| project.file(file).is_some());
    files.iter().filter_map(|file| path::relative(folder, file)).collect()
}

/// Every required module must be in the lock, before anything is downloaded.
fn check_lock(
    project: &mut Project,
    root: &str,
    go_mod: &GoMod,
    in_workspace: bool,
    diagnostics: &mut Diagnostics,
) {
    let mod_file = path::join(root, "go.mod");
    let sum_file = path::join(root, "go.sum");
    let wanted: Vec<_> = go_mod
        .require
        .iter()
        .filter_map(|require| {
            let (module, version) = &require.value;
            let (module, version) = go_mod.resolved(module, version)?;
            Some((require.line, format!("{module} {version}")))
        })
        .collect();
    // The sums of a workspace are spread over its modules and `go.work.sum`.
    let Some((line, _)) = wanted.first().filter(|_| !in_workspace) else { return };
    let Some(text) = project.file(&sum_file) else {
        let message = format!("`{mod_file}` requires modules, and there is no `{sum_file}`");
        diagnostics.push(
            Diagnostic::new(Rule::MissingLock, Place::File { path: mod_file, line: *line }, message)
                .help("run `go mod tidy` and commit `go.sum`"),
        );
        return;
    };
    let sums = modules::sums(&text);
    for (line, module) in wanted.iter().filter(|(_, module)| !sums.contains(module)) {
        let message = format!("`{sum_file}` has no entry for `{module}`");
        diagnostics.push(
            Diagnostic::new(Rule::StaleLock, Place::File { path: mod_file.clone(), line: *line }, message)
                .help("run `go mod tidy` and commit `go.sum`"),
        );
    }
}
