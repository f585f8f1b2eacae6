//! What installs a project's dependencies, and from which files.

use super::files::{Files, Of};
use super::lock::{self, lock_file};
use super::manifest::Manifest;
use super::requirements::{self, Requirements};
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
    /// Nothing is installed where there are none.
    pub files: Files,
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
    let by_uv = matches!(manager.value, PackageManager::Uv | PackageManager::Pip);
    let settings = settings_of_uv(project, given).filter(|_| by_uv);
    let mut dependencies = match lock_file(manager.value) {
        Some(lock) => locked(project, manager, lock, waived, given, diagnostics),
        None => listed(project, place, manager, waived, given, diagnostics),
    }?;
    if !dependencies.files.all.is_empty() {
        dependencies.files.all.extend(settings);
    }
    Some(dependencies)
}

/// What uv is told beside the project: indexes, and which versions it may lock. Of a workspace that of its root counts.
/// <https://docs.astral.sh/uv/concepts/configuration-files/>
fn settings_of_uv(project: &mut Project, Given { root, workspace, .. }: Given<'_>) -> Option<String> {
    let file = path::join(workspace.map_or(root, |workspace| &workspace.folder), "uv.toml");
    project.file(&file).is_some().then_some(file)
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
    let requirements = requirements_file(project, root, manifests);
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
        (Some((manifest, (manager, line))), _) if manager != PackageManager::Uv || requirements.is_none() => {
            Fact::at(manager, "the project says so", &*manifest.file, line)
        }
        (_, asks) => match (requirements, asks) {
            (Some(file), _) => Fact::at(PackageManager::Pip, format!("`{file}` is there"), file, 1),
            (None, Some(manifest)) => {
                let by_uv = manifest.file.ends_with("pyproject.toml");
                let manager = if by_uv { PackageManager::Uv } else { PackageManager::Pip };
                Fact::at(manager, "the project names no other", &*manifest.file, 1)
            }
            (None, None) => Fact::decided(PackageManager::Pip, "there are no dependencies that are known"),
        },
    })
}

/// Of a folder of requirements files, what an image has.
const PRODUCTION: &[&str] = &["requirements/production.txt", "requirements/prod.txt"];

/// The requirements file that pip is given.
fn requirements_file(project: &mut Project, root: &str, manifests: &[Manifest]) -> Option<String> {
    let file = path::join(root, "requirements.txt");
    if project.file(&file).is_some() {
        return Some(file);
    }
    if manifests.iter().any(|manifest| manifest.asks().is_some()) {
        return None;
    }
    let files = PRODUCTION.iter().map(|name| path::join(root, name));
    let files: Vec<_> = files.filter(|file| project.file(file).is_some()).collect();
    <[String; 1]>::try_from(files).ok().map(|[file]| file)
}

/// Words of the names of requirements files that no image needs.
const DEVELOPMENT: &[&str] = &[
    "dev",
    "develop",
    "development",
    "test",
    "tests",
    "testing",
    "doc",
    "docs",
    "lint",
    "local",
    "ci",
    "constraints",
];

/// Requirements files that might be what the image needs.
fn unclear(project: &mut Project, root: &str) -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["", "requirements"] {
        let items = project.folder(&path::join(root, folder));
        let named = items.iter().filter(|item| !item.is_folder).map(|item| path::join(folder, &item.name));
        files.extend(named.filter(|name| {
            let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
            requirements::is_called_so(name)
                && !stem.split(['/', '-', '_', '.']).any(|word| DEVELOPMENT.contains(&word))
        }));
    }
    files
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
    let first = manifest.asks().or_else(|| manifest.all_wanted().next().map(|one| one.line));
    let of = Of { manager: manager.value, folder: workspace.map_or(root, |workspace| &workspace.folder) };
    let own = |diagnostics: &mut Diagnostics| {
        let mut files = Files::default();
        let projects = workspace.map(|workspace| workspace.projects().collect());
        for manifest in projects.unwrap_or_else(|| vec![manifest]) {
            files.add(manifest, of, diagnostics);
        }
        files
    };
    let mut dependencies =
        Dependencies { manager, locked: false, files: Files::default(), listed: Manifest::default() };
    match (text, first, waived) {
        (Some(text), _, None) => {
            let parts = workspace.map(|workspace| workspace.closure(root)).unwrap_or_default();
            let manifests: Vec<_> = [manifest].into_iter().chain(parts.values().copied()).collect();
            let manager = dependencies.manager.value;
            lock::check(manager, &manifests, (&lock_path, command), &text, diagnostics);
            dependencies.locked = true;
            dependencies.files = own(diagnostics);
            if let Some(line) = lock::git(&text) {
                let place = Place::File { path: lock_path.clone(), line };
                dependencies.files.git.get_or_insert(place);
            }
            if let Some(line) = lock::ssh(&text) {
                let place = Place::File { path: lock_path.clone(), line };
                dependencies.files.ssh.get_or_insert(place);
            }
            dependencies.files.all.push(lock_path);
        }
        (_, None, _) => {}
        (_, Some(_), Some(span)) => {
            let message = format!("`{file}` asks for dependencies, and no lock file says which");
            diagnostics.push(
                Diagnostic::new(Rule::UnlockedDependencies, span, message)
                    .help(format!("run `{command}`, commit `{lock}` and remove `lock`")),
            );
            dependencies.files = own(diagnostics);
        }
        (None, Some(line), None) => {
            let message = format!("`{file}` asks for dependencies, and there is no `{lock_path}`");
            diagnostics.push(
                Diagnostic::new(Rule::MissingLock, Place::File { path: file, line }, message)
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
    place: Span,
    manager: Fact<PackageManager>,
    waived: Option<Span>,
    Given { root, manifests, .. }: Given<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Dependencies> {
    let of = Of { manager: manager.value, folder: root };
    let relative = |file: &String| path::relative(root, file);
    if let Some(file) = requirements_file(project, root, manifests) {
        let requirements = Requirements::read(project, root, &file, diagnostics);
        warn_of_unpinned(&requirements, waived, diagnostics);
        let own = manifests.iter().find(|manifest| manifest.asks().is_some());
        return Some(Dependencies {
            manager,
            locked: true,
            files: Files::of(&requirements, &relative(&file)?, own, of, diagnostics),
            listed: Manifest {
                file,
                dependencies: requirements.wanted.iter().map(|(_, one)| one.clone()).collect(),
                ..Manifest::default()
            },
        });
    }
    let own = manifests.iter().find_map(|manifest| Some((manifest, manifest.asks()?)));
    let unclear = if own.is_none() { unclear(project, root) } else { Vec::new() };
    if let Some(first) = unclear.first() {
        let file = path::join(root, "requirements.txt");
        let names = list(unclear.iter().map(String::as_str));
        let message = format!("there is no `{file}`, and nothing says whether the image needs {names}");
        let help = format!("write `{file}` with lines such as `-r {first}`");
        diagnostics.push(Diagnostic::new(Rule::MissingFile, place, message).help(help));
        return None;
    }
    let mut dependencies =
        Dependencies { manager, locked: false, files: Files::default(), listed: Manifest::default() };
    let Some((manifest, line)) = own else { return Some(dependencies) };
    let name = relative(&manifest.file)?;
    let help =
        format!("run `uv pip compile {name} --output-file requirements.txt` and commit `requirements.txt`");
    let message = format!(
        "`{}` asks for dependencies, and there is no `{}` that says which",
        manifest.file,
        path::join(root, "requirements.txt")
    );
    match waived {
        Some(span) => diagnostics.push(Diagnostic::new(Rule::UnlockedDependencies, span, message).help(help)),
        None => {
            let place = Place::File { path: manifest.file.clone(), line };
            let help = format!("{help}, or write `lock: none`");
            diagnostics.push(Diagnostic::new(Rule::MissingLock, place, message).help(help));
            return None;
        }
    }
    dependencies.files.give(manifest, of, diagnostics);
    Some(dependencies)
}

fn warn_of_unpinned(requirements: &Requirements, waived: Option<Span>, diagnostics: &mut Diagnostics) {
    for (file, one) in requirements.unpinned().filter(|_| waived.is_none()) {
        let message = format!("`{}` has no exact version: two builds may get two", one.name);
        let help = format!("write `{}==VERSION`, or make the file with `uv pip compile`", one.name);
        let place = Place::File { path: file.clone(), line: one.line };
        diagnostics.push(Diagnostic::new(Rule::UnlockedDependencies, place, message).help(help));
    }
}
