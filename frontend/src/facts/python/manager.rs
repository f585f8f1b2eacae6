//! What installs a project's dependencies, and from which files.

use super::lock::{self, lock_file};
use super::manifest::Manifest;
use super::requirements::Requirements;
use super::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Fact, Project};
use crate::manifest::{App, Lock, PackageManager};
use crate::nearest::list;
use crate::path;
use crate::rules::Rule;
use crate::span::Span;

/// The dependencies of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependencies {
    pub manager: Fact<PackageManager>,
    /// They are installed as a lock file says.
    pub locked: bool,
    /// What they are keyed by, relative to the source. Nothing is installed where there is none.
    pub files: Vec<String>,
    /// The files that pip is given, relative to the app's folder, which is the source.
    pub given: Vec<String>,
    /// What the files that pip is given ask for.
    pub listed: Manifest,
}

const LOCKED: &[PackageManager] =
    &[PackageManager::Uv, PackageManager::Poetry, PackageManager::Pdm, PackageManager::Pipenv];

/// The project, and what it is a part of.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    /// The app's folder.
    pub root: &'a str,
    /// What the project says of itself.
    pub manifests: &'a [Manifest],
    pub workspace: Option<&'a Workspace>,
}

/// `None` when a mistake was found.
pub(super) fn dependencies(
    project: &mut Project,
    app: &App,
    place: Span,
    given: Given<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Dependencies> {
    let manager = manager(project, app, place, given, diagnostics)?;
    let waived = app.lock.as_ref().filter(|lock| lock.value == Lock::None).map(|lock| lock.span);
    match lock_file(manager.value) {
        Some(lock) => locked(project, manager, lock, waived, given, diagnostics),
        None => listed(project, manager, waived, given, diagnostics),
    }
}

/// The one that is written, else that of the lock file, else the one whose table or file is there.
fn manager(
    project: &mut Project,
    app: &App,
    place: Span,
    Given { root, manifests, workspace }: Given<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<PackageManager>> {
    if let Some(manager) = &app.package_manager {
        return Some(Fact::written(manager.value, "package_manager", manager.span));
    }
    if let Some(workspace) = workspace {
        let file = path::join(&workspace.folder, "pyproject.toml");
        let reason = "the project is in a workspace of uv";
        return Some(Fact::at(PackageManager::Uv, reason, file, workspace.line));
    }
    let locks = LOCKED.iter().filter_map(|&manager| Some((manager, path::join(root, lock_file(manager)?.0))));
    let locks: Vec<_> = locks.filter(|(_, file)| project.file(file).is_some()).collect();
    let requirements = path::join(root, "requirements.txt");
    let has_requirements = project.file(&requirements).is_some();
    match locks.as_slice() {
        [] => {}
        [(manager, file)] => {
            return Some(Fact::at(*manager, format!("`{file}` is its lock file"), &**file, 1));
        }
        [(first, _), ..] => {
            let place = app.root.as_ref().map_or(place, |root| root.span);
            let names = list(locks.iter().map(|(_, file)| file.as_str()));
            let mut mistake =
                Diagnostic::new(Rule::SeveralLocks, place, format!("there are several lock files: {names}"));
            for (manager, file) in &locks {
                let place = Place::File { path: file.clone(), line: 1 };
                mistake = mistake.label(place, format!("`package_manager: {manager}`"));
            }
            let help = format!("remove those that are not in use, or write `package_manager: {first}`");
            diagnostics.push(mistake.help(help));
            return None;
        }
    }
    let table = manifests.iter().find_map(|manifest| Some((manifest, manifest.manager?)));
    let asks = manifests.iter().find(|manifest| manifest.asks().is_some());
    Some(match (table, asks) {
        (Some((manifest, (manager, line))), _) if manager != PackageManager::Uv || !has_requirements => {
            Fact::at(manager, "the project says so", &*manifest.file, line)
        }
        _ if has_requirements => {
            Fact::at(PackageManager::Pip, format!("`{requirements}` is there"), requirements, 1)
        }
        (_, Some(manifest)) => {
            let by_uv = manifest.file.ends_with("pyproject.toml");
            let manager = if by_uv { PackageManager::Uv } else { PackageManager::Pip };
            Fact::at(manager, "the project names no other", &*manifest.file, 1)
        }
        (_, None) => Fact::decided(PackageManager::Pip, "there are no dependencies that are known"),
    })
}

fn locked(
    project: &mut Project,
    manager: Fact<PackageManager>,
    (lock, command): (&str, &str),
    waived: Option<Span>,
    Given { root, manifests, workspace }: Given<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Dependencies> {
    let name = if manager.value == PackageManager::Pipenv { "Pipfile" } else { "pyproject.toml" };
    let file = path::join(root, name);
    let Some(manifest) = manifests.iter().find(|manifest| manifest.file == file) else {
        let place = manager.place.clone().unwrap_or(Place::Manifest(Span::default()));
        let message = format!("`{}` needs `{file}`", manager.value);
        diagnostics.push(
            Diagnostic::new(Rule::MissingFile, place, message)
                .help("make the file, or write `package_manager` with the one that is in use"),
        );
        return None;
    };
    let lock_path = path::join(workspace.map_or(root, |workspace| &workspace.folder), lock);
    let text = project.file(&lock_path);
    let first = manifest.all_wanted().next();
    let own = || match workspace {
        Some(workspace) => {
            workspace.relative_folders().iter().map(|folder| path::join(folder, name)).collect()
        }
        None => vec![name.to_owned()],
    };
    let mut dependencies = Dependencies {
        manager,
        locked: false,
        files: Vec::new(),
        given: Vec::new(),
        listed: Manifest::default(),
    };
    match (text, first, waived) {
        (Some(text), _, None) => {
            let parts = workspace.map(|workspace| workspace.closure(root)).unwrap_or_default();
            let manifests: Vec<_> = [manifest].into_iter().chain(parts.values().copied()).collect();
            let manager = dependencies.manager.value;
            lock::check(manager, &manifests, (&lock_path, command), &text, diagnostics);
            dependencies.locked = true;
            dependencies.files = own();
            dependencies.files.push(lock.to_owned());
        }
        (_, None, _) => {}
        (_, Some(_), Some(span)) => {
            let message = format!("`{file}` asks for dependencies, and no lock file says which");
            diagnostics.push(
                Diagnostic::new(Rule::UnlockedDependencies, span, message)
                    .help(format!("run `{command}`, commit `{lock}` and remove `lock`")),
            );
            dependencies.files = own();
        }
        (None, Some(one), None) => {
            let message = format!("`{file}` asks for dependencies, and there is no `{lock_path}`");
            diagnostics.push(
                Diagnostic::new(Rule::MissingLock, Place::File { path: file, line: one.line }, message)
                    .help(format!("run `{command}` and commit `{lock}`, or write `lock: none`")),
            );
            return None;
        }
    }
    Some(dependencies)
}

/// pip: requirements files, else what the project itself asks for.
fn listed(
    project: &mut Project,
    manager: Fact<PackageManager>,
    waived: Option<Span>,
    Given { root, manifests, .. }: Given<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Dependencies> {
    let relative = |file: &String| path::relative(root, file);
    let file = path::join(root, "requirements.txt");
    if project.file(&file).is_some() {
        let requirements = Requirements::read(project, &file, diagnostics);
        warn_of_unpinned(&requirements, waived, diagnostics);
        let mut dependencies = Dependencies {
            manager,
            locked: true,
            files: requirements.files.iter().filter_map(relative).collect(),
            given: vec!["requirements.txt".to_owned()],
            listed: Manifest {
                file,
                dependencies: requirements.wanted.iter().map(|(_, one)| one.clone()).collect(),
                ..Manifest::default()
            },
        };
        // `-e .` is the project, which is installed or copied later: here it stands for what that asks for.
        let own = manifests.iter().find(|manifest| manifest.asks().is_some());
        if let Some(own) = own.filter(|_| !requirements.local.is_empty()) {
            dependencies.give(own, relative(&own.file)?);
        }
        return Some(dependencies);
    }
    let own = manifests.iter().find_map(|manifest| Some((manifest, manifest.asks()?)));
    let mut dependencies = Dependencies {
        manager,
        locked: false,
        files: Vec::new(),
        given: Vec::new(),
        listed: Manifest::default(),
    };
    let Some((manifest, line)) = own else { return Some(dependencies) };
    let name = relative(&manifest.file)?;
    let help =
        format!("run `uv pip compile {name} --output-file requirements.txt` and commit `requirements.txt`");
    let message =
        format!("`{}` asks for dependencies, and there is no `{file}` that says which", manifest.file);
    match waived {
        Some(span) => diagnostics.push(Diagnostic::new(Rule::UnlockedDependencies, span, message).help(help)),
        None => {
            let place = Place::File { path: manifest.file.clone(), line };
            let help = format!("{help}, or write `lock: none`");
            diagnostics.push(Diagnostic::new(Rule::MissingLock, place, message).help(help));
            return None;
        }
    }
    dependencies.give(manifest, name);
    Some(dependencies)
}

impl Dependencies {
    /// Gives pip a project's own file, by its name in the app's folder.
    fn give(&mut self, manifest: &Manifest, name: String) {
        self.files.push(name.clone());
        self.files.extend(manifest.needs.iter().filter(|file| **file != name).cloned());
        self.given.push(name);
    }
}

fn warn_of_unpinned(requirements: &Requirements, waived: Option<Span>, diagnostics: &mut Diagnostics) {
    for (file, one) in requirements.unpinned().filter(|_| waived.is_none()) {
        let message = format!("`{}` has no exact version: two builds may get two", one.name);
        let help = format!("write `{}==VERSION`, or make the file with `uv pip compile`", one.name);
        let place = Place::File { path: file.clone(), line: one.line };
        diagnostics.push(Diagnostic::new(Rule::UnlockedDependencies, place, message).help(help));
    }
}
