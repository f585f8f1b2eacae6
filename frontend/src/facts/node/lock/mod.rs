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
use crate::facts::tree::{self, Tree};
use crate::gather::Gather as _;
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

/// Packages that fetch a program for the platform when they are installed.
const FETCHERS: &[&str] = &["@prisma/engines", "electron", "ffmpeg-static", "ffprobe-static"];

/// What a lock file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lock {
    locked: Locked,
    /// What is taken for a package whatever was wanted; `-` is that it is not installed.
    overrides: BTreeMap<String, BTreeSet<String>>,
    /// The names of all packages.
    names: BTreeSet<String>,
    /// It says which packages run scripts when they are installed.
    pub has_scripts: bool,
    /// Its own notion of what each package of the project wants is whole: more than that is refused.
    exact: bool,
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
    let root = packages.first()?;
    let allowed = allowed(project, root);
    let conflict = crate::facts::numbered(&text).find(|(_, line)| line.starts_with("<<<<<<< "));
    let parsed = match (conflict, manager) {
        (Some((line, _)), _) => Err((line, "a merge left its conflict in it".to_owned())),
        (None, Manager::Npm) => npm::parse(&text),
        (None, Manager::Pnpm) => pnpm::parse(&text),
        (None, Manager::Yarn1 | Manager::Yarn) => yarn::parse(&text),
        (None, Manager::Bun) => bun::parse(&text),
    };
    let mut lock = match parsed {
        Ok(lock) => lock,
        Err((line, problem)) => {
            let help = format!("run `{}` and commit `{file}`", manager.lock_command());
            diagnostics.push(unreadable(file, line, &problem).help(help));
            return None;
        }
    };
    if let Some(name) = allowed.into_iter().find(|name| lock.names.contains(name)) {
        lock.note(&name, false, true);
    }
    if matches!(lock.locked, Locked::Wanted(_)) {
        let resolutions = root.tree.get(&["resolutions"]).into_iter().flat_map(Tree::entries);
        lock.overrides.extend(resolutions.map(|(key, _)| (resolved(key).to_owned(), BTreeSet::new())));
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let own: BTreeSet<&str> = packages.iter().filter_map(|package| package.name()).gather();
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
        for name in lock.not_wanted(&at, package) {
            in_step = false;
            let message = format!("`{name}` is in `{file}`, and `{}` does not ask for it", package.file);
            let help = format!("run `{}` and commit `{file}`", manager.lock_command());
            diagnostics.push(Diagnostic::new(Rule::StaleLock, package.place(1), message).help(help));
        }
    }
    in_step.then_some(lock)
}

/// Packages that the project lets run scripts when they are installed.
fn allowed(project: &mut Project, root: &Package) -> Vec<String> {
    let settings = project.file(&path::join(&root.folder, "pnpm-workspace.yaml"));
    let settings = settings.and_then(|text| tree::yaml(&text).ok()?.into_iter().next());
    let of_package = [&["pnpm", "onlyBuiltDependencies"][..], &["trustedDependencies"]];
    let lists = of_package.iter().filter_map(|path| root.tree.get(path));
    let of_settings = |key| settings.as_ref().and_then(|settings| settings.get(&[key]));
    let lists = lists.chain(of_settings("onlyBuiltDependencies"));
    let names = lists.flat_map(Tree::items).filter_map(Tree::text);
    let table = of_settings("allowBuilds").into_iter().flat_map(Tree::entries);
    let names = names.chain(table.filter(|(_, allowed)| allowed.is_true()).map(|(name, _)| name));
    names.map(str::to_owned).collect()
}

/// `@a/b` of the key `**/@a/b@npm:^1` of `resolutions`.
fn resolved(key: &str) -> &str {
    let end = key.char_indices().skip(1).find(|(at, c)| *c == '@' && !key[..*at].ends_with('/'));
    let key = end.map_or(key, |(at, _)| &key[..at]);
    let mut slashes = key.rmatch_indices('/').map(|(at, _)| at);
    let last = slashes.next();
    let scope = slashes.next().map_or(0, |at| at + 1);
    match last {
        Some(_) if key[scope..].starts_with('@') => &key[scope..],
        Some(at) => &key[at + 1..],
        None => key,
    }
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
        let overrides = self.overrides.get(name);
        let is_override = |value: &str| overrides.is_some_and(|values| values.contains(value));
        match &self.locked {
            Locked::Packages(packages) => match packages.get(folder).and_then(|locked| locked.get(name)) {
                None if is_override("-") => None,
                None => missing(),
                Some(locked) if is_override(locked) => None,
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
                    Some(_) if overrides.is_some() => None,
                    Some((_, other)) => Some(format!("is `{wanted}` here and `{other}`")),
                    None => missing(),
                }
            }
            Locked::Names(names) if names.contains(name) => None,
            Locked::Names(_) => missing(),
        }
    }

    /// What is locked for the package in this folder and not wanted.
    fn not_wanted(&self, folder: &str, package: &Package) -> Vec<&str> {
        let Locked::Packages(packages) = &self.locked else { return Vec::new() };
        let locked = packages.get(folder).filter(|_| self.exact);
        let names = locked.into_iter().flat_map(BTreeMap::keys).map(String::as_str);
        let wanted = |name: &str| {
            package.dependency(name).is_some() || package.tree.get(&["peerDependencies", name]).is_some()
        };
        names.filter(|name| !wanted(name)).collect()
    }

    /// Notes what a package that is locked says of how it is installed.
    fn note(&mut self, name: &str, per_platform: bool, has_script: bool) {
        let compiles = COMPILERS.contains(&name);
        if per_platform || has_script || compiles || FETCHERS.contains(&name) {
            self.per_platform.get_or_insert_with(|| name.to_owned());
        }
        self.names.insert(name.to_owned());
        if compiles {
            self.compiled.get_or_insert_with(|| name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_resolutions() {
        let cases = [
            ("a", "a"),
            ("@s/a", "@s/a"),
            ("**/a", "a"),
            ("b/@s/a", "@s/a"),
            ("@t/b/a", "a"),
            ("a@npm:^1.0.0", "a"),
            ("@s/a@npm:1", "@s/a"),
        ];
        for (key, expected) in cases {
            assert_eq!(resolved(key), expected, "{key}");
        }
    }
}
