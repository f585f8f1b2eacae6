//! Which package manager installs the dependencies, and which version of it.

use super::package::Package;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Fact, Project};
use crate::manifest::{App, PackageManager};
use crate::nearest::list;
use crate::path;
use crate::rules::Rule;

/// The package managers of Node. Yarn from 2 on is another program than Yarn 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Manager {
    Npm,
    Pnpm,
    Yarn1,
    Yarn,
    Bun,
}

impl Manager {
    /// As users call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn1 | Self::Yarn => "yarn",
            Self::Bun => "bun",
        }
    }

    /// Its lock files, the one that it writes today first.
    pub fn lock_files(self) -> &'static [&'static str] {
        match self {
            Self::Npm => &["package-lock.json", "npm-shrinkwrap.json"],
            Self::Pnpm => &["pnpm-lock.yaml"],
            Self::Yarn1 | Self::Yarn => &["yarn.lock"],
            Self::Bun => &["bun.lock"],
        }
    }

    /// What writes the lock file.
    pub fn lock_command(self) -> &'static str {
        match self {
            Self::Npm => "npm install --package-lock-only",
            Self::Pnpm => "pnpm install --lockfile-only",
            Self::Yarn1 => "yarn install",
            Self::Yarn => "yarn install --mode=update-lockfile",
            Self::Bun => "bun install --lockfile-only",
        }
    }

    fn of_name(name: &str, version: Option<&str>) -> Option<Self> {
        Some(match name {
            "npm" => Self::Npm,
            "pnpm" => Self::Pnpm,
            "yarn"
                if version.is_some_and(|version| version.starts_with("0.") || version.starts_with("1.")) =>
            {
                Self::Yarn1
            }
            "yarn" => Self::Yarn,
            "bun" => Self::Bun,
            _ => return None,
        })
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub manager: Fact<Manager>,
    /// Exact; none where no file says.
    pub version: Option<Fact<String>>,
    /// The lock file, relative to the context.
    pub lock: Option<String>,
}

/// `root` is the package with the lock file: the app's, or that of its workspace.
pub(super) fn manager(
    project: &mut Project,
    app: &App,
    packages: &[&Package],
    root: &Package,
    diagnostics: &mut Diagnostics,
) -> Option<Found> {
    let locks = locks(project, &root.folder);
    let named = match named(packages) {
        Ok(named) => named,
        Err(mistake) => {
            diagnostics.push(*mistake);
            return None;
        }
    };
    let version = named.as_ref().and_then(|(_, version)| version.clone());
    let manager = match (&app.package_manager, named) {
        (Some(written), _) => {
            let manager = of_manifest(written.value, project, root);
            Fact::written(manager, "package_manager", written.span)
        }
        (None, Some((manager, _))) => manager,
        (None, None) => of_locks(project, root, &locks, diagnostics)?,
    };
    // The version that `package.json` names is that of another program when the manifest names another.
    let version = version.filter(|(of, _)| *of == manager.value).map(|(_, version)| version);
    let lock = locks.into_iter().find(|lock| manager.value.lock_files().contains(&lock.as_str()));
    Some(Found { version, lock: lock.map(|lock| path::join(&root.folder, &lock)), manager })
}

/// The names of the lock files that are there.
fn locks(project: &mut Project, folder: &str) -> Vec<String> {
    let all = [Manager::Npm, Manager::Pnpm, Manager::Yarn, Manager::Bun];
    let names = all.into_iter().flat_map(Manager::lock_files);
    let there: Vec<_> =
        names.map(|name| (*name, project.file(&path::join(folder, name)).is_some())).collect();
    there.into_iter().filter(|(_, there)| *there).map(|(name, _)| name.to_owned()).collect()
}

type Named = (Fact<Manager>, Option<(Manager, Fact<String>)>);

/// `packageManager`, as `pnpm@10.12.1+sha512.ab`, of the first package that has one.
fn named(packages: &[&Package]) -> Result<Option<Named>, Box<Diagnostic>> {
    let mut keys =
        packages.iter().filter_map(|package| Some((package, package.tree.get(&["packageManager"])?)));
    let Some((package, key)) = keys.next() else { return Ok(None) };
    let text = key.text().unwrap_or_default();
    let (name, version) = text.split_once('@').unwrap_or((text, ""));
    let version = version.split('+').next().filter(|version| !version.is_empty());
    let Some(manager) = Manager::of_name(name, version) else {
        let message = format!("`packageManager` names `{text}`, which is not known");
        let mistake = Diagnostic::new(Rule::InvalidProjectFile, package.place(key.line), message)
            .help("name `npm`, `pnpm`, `yarn` or `bun` with a version, as in `pnpm@10.12.1`");
        return Err(Box::new(mistake));
    };
    let fact = Fact::at(manager, "`packageManager` says so", &*package.file, key.line);
    let version = version.map(|version| (manager, fact.with(version.to_owned())));
    Ok(Some((fact, version)))
}

/// Yarn writes a lock of the same name in two formats.
fn yarn(project: &mut Project, root: &Package) -> Manager {
    let lock = project.file(&path::join(&root.folder, "yarn.lock"));
    let of_berry = lock.is_some_and(|text| text.lines().any(|line| line.starts_with("__metadata:")));
    let settings = project.file(&path::join(&root.folder, ".yarnrc.yml")).is_some();
    if of_berry || settings { Manager::Yarn } else { Manager::Yarn1 }
}

fn of_manifest(written: PackageManager, project: &mut Project, root: &Package) -> Manager {
    match written {
        PackageManager::Pnpm => Manager::Pnpm,
        PackageManager::Yarn => yarn(project, root),
        PackageManager::Bun => Manager::Bun,
        // The manifest was checked: no other is of this stack.
        PackageManager::Npm
        | PackageManager::Uv
        | PackageManager::Poetry
        | PackageManager::Pdm
        | PackageManager::Pipenv
        | PackageManager::Pip => Manager::Npm,
    }
}

fn of_locks(
    project: &mut Project,
    root: &Package,
    locks: &[String],
    diagnostics: &mut Diagnostics,
) -> Option<Fact<Manager>> {
    let of_lock = |project: &mut Project, lock: &str| match lock {
        "pnpm-lock.yaml" => Manager::Pnpm,
        "yarn.lock" => yarn(project, root),
        "bun.lock" => Manager::Bun,
        _ => Manager::Npm,
    };
    let managers: Vec<Manager> = locks.iter().map(|lock| of_lock(project, lock)).collect();
    match locks {
        [] if project.file(&path::join(&root.folder, "bun.lockb")).is_some() => {
            let file = path::join(&root.folder, "bun.lockb");
            let message = format!("`{file}` is a binary lock file, which nothing but Bun can read");
            diagnostics.push(
                Diagnostic::new(Rule::MissingLock, root.place(1), message)
                    .help("run `bun install --save-text-lockfile --frozen-lockfile --lockfile-only` and commit `bun.lock`"),
            );
            None
        }
        [] => Some(Fact::decided(Manager::Npm, "no lock file says, and npm comes with Node")),
        [lock, others @ ..] if managers.iter().any(|manager| *manager != managers[0]) => {
            let message = format!(
                "there are the lock files of several package managers: {}",
                list(locks.iter().map(String::as_str))
            );
            let at = |lock: &str| Place::File { path: path::join(&root.folder, lock), line: 1 };
            let diagnostic = Diagnostic::new(Rule::SeveralLocks, at(lock), message);
            let diagnostic = others.iter().fold(diagnostic, |diagnostic, lock| {
                diagnostic.label(at(lock), "the lock file of another package manager")
            });
            let name = managers[0].name();
            diagnostics.push(
                diagnostic
                    .help(format!("remove those that are not in use, or write `package_manager: {name}`")),
            );
            None
        }
        [lock, ..] => {
            let file = path::join(&root.folder, lock);
            Some(Fact::at(managers[0], format!("`{file}` is its lock file"), file, 1))
        }
    }
}
