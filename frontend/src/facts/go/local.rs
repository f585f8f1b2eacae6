//! The modules of the context that take part in a build: the app's own, those of its workspace, and folders that stand for
//! modules.

use std::collections::BTreeSet;

use super::modules::{self, GoMod, GoWork, Replace};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::Project;
use crate::gather::Gather as _;
use crate::manifest::App;
use crate::path;
use crate::rules::Rule;

#[derive(Debug)]
pub(super) struct Workspace {
    /// The folder of its `go.work`.
    pub(super) folder: String,
    pub(super) work: GoWork,
}

impl Workspace {
    /// The nearest `go.work` from the app's folder upward, unless the app builds without one.
    pub(super) fn of(project: &mut Project, app: &App, root: &str) -> Option<Self> {
        let variable = app.build.environment.iter().find(|variable| variable.name.value == "GOWORK");
        if variable.is_some_and(|variable| variable.value.as_literal() == Some("off")) {
            return None;
        }
        path::ancestors(root).find_map(|folder| {
            let text = project.file(&path::join(&folder, "go.work"))?;
            Some(Self { folder, work: GoWork::parse(&text) })
        })
    }

    pub(super) fn file(&self) -> String {
        path::join(&self.folder, "go.work")
    }

    /// The folders of its modules, inside the context.
    pub(super) fn modules(&self) -> impl Iterator<Item = String> {
        self.work.uses.iter().filter_map(|used| path::resolve(&self.folder, &used.value))
    }
}

/// A module whose own words count: those of what it depends on, such as `replace`, do not.
#[derive(Debug)]
struct Main {
    folder: String,
    go_mod: GoMod,
}

#[derive(Debug)]
pub(super) struct Local {
    /// The lowest folder with all of them.
    pub(super) folder: String,
    /// Their folders.
    pub(super) modules: BTreeSet<String>,
    /// `vendor`, where modules are kept there.
    pub(super) vendor: Option<String>,
    /// What dependencies are keyed by, relative to `folder`.
    pub(super) dependency_files: Vec<String>,
}

impl Local {
    pub(super) fn read(
        project: &mut Project,
        root: &str,
        go_mod: &GoMod,
        workspace: Option<&Workspace>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let top = workspace.map_or(root, |workspace| &workspace.folder);
        let vendor = path::join(top, "vendor");
        let vendor = project.file(&path::join(&vendor, "modules.txt")).is_some().then_some(vendor);
        let mut mains = vec![Main { folder: root.to_owned(), go_mod: go_mod.clone() }];
        if let Some(workspace) = workspace {
            mains.extend(others(project, root, workspace, diagnostics));
        }
        let replacing = replacing(project, &mains, workspace, vendor.is_some(), diagnostics);
        check_lock(project, &mains, workspace, diagnostics);

        let modules: BTreeSet<String> = mains.into_iter().map(|main| main.folder).chain(replacing).gather();
        let folder = modules.iter().fold(top.to_owned(), |folder, other| path::common(&folder, other));
        let of_workspace = workspace.map(|workspace| &workspace.folder).into_iter();
        let of_workspace =
            of_workspace.flat_map(|at| ["go.work", "go.work.sum"].map(|file| path::join(at, file)));
        let of_modules = modules.iter().flat_map(|at| ["go.mod", "go.sum"].map(|file| path::join(at, file)));
        let mut files: Vec<_> = of_workspace.chain(of_modules).collect();
        files.retain(|file| project.file(file).is_some());
        let dependency_files = files.iter().filter_map(|file| path::relative(&folder, file)).collect();
        Self { folder, modules, vendor, dependency_files }
    }
}

/// The workspace's modules besides the app's.
fn others(
    project: &mut Project,
    root: &str,
    workspace: &Workspace,
    diagnostics: &mut Diagnostics,
) -> Vec<Main> {
    let file = workspace.file();
    if workspace.modules().all(|module| module != root) {
        let line = workspace.work.uses.first().map_or(1, |used| used.line);
        let message = format!("`{file}` does not use the module in `{root}`");
        let help = "run `go work use` there, or write `build: { environment: { GOWORK: \"off\" } }`";
        let place = Place::File { path: file.clone(), line };
        diagnostics.push(Diagnostic::new(Rule::InvalidProjectFile, place, message).help(help));
    }
    let mut others = Vec::new();
    for used in &workspace.work.uses {
        let folder = path::resolve(&workspace.folder, &used.value);
        if folder.as_deref() == Some(root) {
            continue;
        }
        match folder.and_then(|folder| Some((project.file(&path::join(&folder, "go.mod"))?, folder))) {
            Some((text, folder)) => others.push(Main { folder, go_mod: GoMod::parse(&text) }),
            None => {
                let message = format!("the context has no module in `{}`", used.value);
                let place = Place::File { path: file.clone(), line: used.line };
                let help = "correct the path, or remove the line";
                diagnostics.push(Diagnostic::new(Rule::MissingFile, place, message).help(help));
            }
        }
    }
    others
}

/// Folders that stand for modules. One that is not there matters where its module is required, and not vendored.
fn replacing(
    project: &mut Project,
    mains: &[Main],
    workspace: Option<&Workspace>,
    vendored: bool,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let of_mains = mains.iter().map(|main| (&main.folder, "go.mod", &main.go_mod.replace));
    let of_workspace = workspace.map(|workspace| (&workspace.folder, "go.work", &workspace.work.replace));
    let mut folders = Vec::new();
    for (at, file, replaces) in of_mains.chain(of_workspace) {
        for replace in replaces.iter().filter(|replace| replace.new_version.is_none()) {
            let folder = path::resolve(at, &replace.new);
            let known = folder.clone().filter(|folder| project.file(&path::join(folder, "go.mod")).is_some());
            let required =
                || mains.iter().flat_map(|main| &main.go_mod.require).any(|line| line.value.0 == replace.old);
            match known {
                Some(folder) => folders.push(folder),
                None if vendored || !required() => {}
                None => {
                    let place = Place::File { path: path::join(at, file), line: replace.line };
                    diagnostics.push(not_there(place, replace, folder.as_deref()));
                }
            }
        }
    }
    folders
}

fn not_there(place: Place, replace: &Replace, folder: Option<&str>) -> Diagnostic {
    let Replace { old, new, .. } = replace;
    let (message, help) = match folder {
        Some(folder) => (
            format!("`{new}` stands for `{old}`, and there is no `{}`", path::join(folder, "go.mod")),
            "correct the path, or remove the line",
        ),
        None => (
            format!("`{new}` stands for `{old}`, and lies outside of the context"),
            "build with a folder above both as the context, and `root` set to the app's folder",
        ),
    };
    Diagnostic::new(Rule::MissingFile, place, message).help(help)
}

/// Every required module must be in the lock, before anything is downloaded.
fn check_lock(
    project: &mut Project,
    mains: &[Main],
    workspace: Option<&Workspace>,
    diagnostics: &mut Diagnostics,
) {
    let of_workspace = workspace.map_or(&[][..], |workspace| &workspace.work.replace);
    let is_local = |module: &str| {
        let is_replaced = of_workspace.iter().any(|replace| replace.old == module);
        let mut names = mains.iter().filter_map(|main| main.go_mod.module.as_ref());
        is_replaced || names.any(|name| name.value == module)
    };
    let mut wanted = Vec::new();
    for Main { folder, go_mod } in mains {
        for require in &go_mod.require {
            let (module, version) = &require.value;
            let resolved = go_mod.resolved(module, version).filter(|_| !is_local(module));
            let file = path::join(folder, "go.mod");
            let line = require.line;
            wanted.extend(resolved.map(|(module, version)| (file, line, format!("{module} {version}"))));
        }
    }
    let Some((file, line, _)) = wanted.first() else { return };
    let mut files: Vec<_> = mains.iter().map(|main| path::join(&main.folder, "go.sum")).collect();
    files.extend(workspace.map(|workspace| path::join(&workspace.folder, "go.work.sum")));
    let texts: Vec<_> = files.iter().filter_map(|file| project.file(file)).collect();
    let help = "run `go mod tidy` and commit `go.sum`";
    if texts.is_empty() {
        let message = format!("`{file}` requires modules, and there is no `{}`", files[0]);
        let place = Place::File { path: file.clone(), line: *line };
        diagnostics.push(Diagnostic::new(Rule::MissingLock, place, message).help(help));
        return;
    }
    // The sums of a workspace are spread over its modules and `go.work.sum`, and its versions are those that it agrees on.
    if workspace.is_some() {
        return;
    }
    let sums: BTreeSet<String> = texts.iter().flat_map(|text| modules::sums(text)).gather();
    for (path, line, module) in wanted.into_iter().filter(|(.., module)| !sums.contains(module)) {
        let message = format!("`{}` has no entry for `{module}`", files[0]);
        diagnostics.push(Diagnostic::new(Rule::StaleLock, Place::File { path, line }, message).help(help));
    }
}
