//! Lock files: what they lock the project's own packages to, and what they say about how packages are installed.

mod bun;
mod npm;
mod pnpm;
mod yarn;

use std::collections::{BTreeMap, BTreeSet};

use super::manager::Manager;
use super::package::{Dependency, Package, unreadable};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::Project;
use crate::path;
use crate::rules::Rule;

/// Packages that compile others when those are installed.
const COMPILERS: &[&str] = &[
    "@mapbox/node-pre-gyp",
    "bindings",
    "cmake-js",
    "nan",
    "node-addon-api",
    "node-gyp",
    "node-gyp-build",
    "node-pre-gyp",
    "prebuild-install",
];

/// What a lock file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lock {
    locked: Locked,
    /// The version of its format.
    pub format: Option<String>,
    /// The first package that is another one on another platform.
    pub per_platform: Option<String>,
    /// The first package that may be compiled when it is installed.
    pub compiled: Option<String>,
    /// There is a package that only development needs; `None` where the lock does not say.
    pub has_development: Option<bool>,
}

/// What is locked for the project's own packages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Locked {
    /// For each folder, relative to the lock's: names with what was wanted.
    Packages(BTreeMap<String, BTreeMap<String, String>>),
    /// Names with what any package wanted.
    Wanted(BTreeSet<(String, String)>),
    /// Names alone.
    Names(BTreeSet<String>),
}

impl Default for Locked {
    fn default() -> Self {
        Self::Names(BTreeSet::new())
    }
}

/// Reads the lock and holds the packages against it. `None` when a mistake was found, or while it is not known.
pub(super) fn read(
    project: &mut Project,
    manager: Manager,
    file: &str,
    packages: &[&Package],
    diagnostics: &mut Diagnostics,
) -> Option<Lock> {
    let text = project.file(file)?;
    let parsed = match manager {
        Manager::Npm => npm::parse(&text),
        Manager::Pnpm => pnpm::parse(&text),
        Manager::Yarn1 | Manager::Yarn => yarn::parse(&text),
        Manager::Bun => bun::parse(&text),
    };
    let lock = match parsed {
        Ok(lock) => lock,
        Err((line, problem)) => {
            let help = format!("run `{}` and commit `{file}`", manager.lock_command());
            diagnostics.push(unreadable(file, line, &problem).help(help));
            return None;
        }
    };
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let own: BTreeSet<&str> = packages.iter().filter_map(|package| package.name()).collect();
    let mut in_step = true;
    for package in packages {
        let at = path::relative(folder, &package.folder).unwrap_or_default();
        // What is installed from the project's own folders is not what a registry has.
        let fetched = package.dependencies().filter(|dependency| {
            !own.contains(dependency.name) && !matches!(lock.locked, Locked::Wanted(_))
                || is_fetched(dependency)
        });
        for dependency in fetched.filter(|dependency| !overridden(package, dependency)) {
            let Some(problem) = lock.problem(&at, &dependency) else { continue };
            in_step = false;
            let message = format!("`{}` {problem} in `{file}`", dependency.name);
            let help = format!("run `{}` and commit `{file}`", manager.lock_command());
            diagnostics
                .push(Diagnostic::new(Rule::StaleLock, package.place(dependency.line), message).help(help));
        }
    }
    in_step.then_some(lock)
}

fn is_fetched(dependency: &Dependency<'_>) -> bool {
    let local = ["workspace:", "link:", "file:", "portal:", "catalog:", "patch:"];
    !local.iter().any(|local| dependency.wanted.starts_with(local))
}

/// npm installs one of two that are named in `dependencies` and `optionalDependencies`: the optional one.
fn overridden(package: &Package, dependency: &Dependency<'_>) -> bool {
    dependency.kind != "optionalDependencies"
        && package.tree.get(&["optionalDependencies", dependency.name]).is_some()
}

impl Lock {
    /// Nothing is locked, so that anything may be installed.
    pub fn unknown() -> Self {
        let unknown = Some("what is not locked".to_owned());
        Self { per_platform: unknown.clone(), compiled: unknown, ..Self::default() }
    }

    /// What is wrong with a dependency of the package in this folder.
    fn problem(&self, folder: &str, dependency: &Dependency<'_>) -> Option<String> {
        let Dependency { name, wanted, .. } = *dependency;
        let missing = || Some("is not".to_owned());
        match &self.locked {
            Locked::Packages(packages) => match packages.get(folder).and_then(|locked| locked.get(name)) {
                None => missing(),
                Some(locked) if locked != wanted => Some(format!("is `{wanted}` here and `{locked}`")),
                Some(_) => None,
            },
            Locked::Wanted(locked) => {
                let is_locked = |wanted: &str| locked.contains(&(name.to_owned(), wanted.to_owned()));
                let of_registry = format!("npm:{wanted}");
                if is_locked(wanted) || is_locked(&of_registry) {
                    return None;
                }
                let other = locked.iter().find(|(locked, _)| locked == name);
                match other {
                    Some((_, other)) => Some(format!("is `{wanted}` here and `{other}`")),
                    None => missing(),
                }
            }
            Locked::Names(names) if names.contains(name) => None,
            Locked::Names(_) => missing(),
        }
    }

    /// Notes what a package that is locked says of how it is installed.
    fn note(&mut self, name: &str, per_platform: bool, has_script: bool) {
        if per_platform || has_script {
            self.per_platform.get_or_insert_with(|| name.to_owned());
        }
        if COMPILERS.contains(&name) {
            self.compiled.get_or_insert_with(|| name.to_owned());
        }
    }
}
