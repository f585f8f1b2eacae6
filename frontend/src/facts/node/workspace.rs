//! Workspaces of npm, Yarn, pnpm and Bun: which package holds the lock file, and which others the app is made from.

use std::collections::{BTreeMap, BTreeSet};

use super::install;
use super::package::{Dependency, Package};
use crate::diagnostic::Diagnostics;
use crate::facts::tree::{self, Tree};
use crate::facts::{Project, members};
use crate::gather::Gather as _;
use crate::path;

/// The app's package and those that it is installed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Workspace {
    /// The package that has the lock file; the app's own where there is no workspace.
    pub root: Package,
    /// All members by folder, relative to the context; empty where there is no workspace.
    pub members: BTreeMap<String, Package>,
    /// The folders of the members that the app is made from, itself last, each after those that it needs.
    pub closure: Vec<String>,
    /// Those of them that it needs at run time.
    pub production: Vec<String>,
    /// The members that no pattern names: a dependency leads to their folders.
    pub linked: BTreeSet<String>,
    /// The app is the root, and names none of its members: it is made from all of them.
    pub whole: bool,
}

/// The app alone, or the nearest folder above it whose workspace it is a member of.
pub(super) fn find(project: &mut Project, app: &Package, diagnostics: &mut Diagnostics) -> Workspace {
    for folder in path::ancestors(&app.folder) {
        let patterns = patterns(project, &folder);
        if patterns.is_empty() {
            continue;
        }
        let folders = members::folders(project, &folder, &patterns, "package.json");
        let is_root = folder == app.folder;
        if !is_root && !folders.contains(&app.folder) {
            continue;
        }
        let Some(root) = Package::read(project, &folder, diagnostics) else { continue };
        let members: BTreeMap<String, Package> = folders
            .into_iter()
            .filter_map(|folder| Some((folder.clone(), Package::read(project, &folder, diagnostics)?)))
            .gather();
        return workspace(project, app, root, members, diagnostics);
    }
    workspace(project, app, app.clone(), BTreeMap::new(), diagnostics)
}

fn workspace(
    project: &mut Project,
    app: &Package,
    root: Package,
    mut members: BTreeMap<String, Package>,
    diagnostics: &mut Diagnostics,
) -> Workspace {
    let mut linked = BTreeSet::new();
    let mut seen: Vec<Package> = members.values().chain([app]).cloned().collect();
    while let Some(package) = seen.pop() {
        for folder in package.dependencies().filter_map(|dependency| folder_of(&package, &dependency)) {
            let is_inside = path::relative(&root.folder, &folder).is_some_and(|folder| !folder.is_empty());
            if is_inside
                && !members.contains_key(&folder)
                && let Some(found) = Package::read(project, &folder, diagnostics)
            {
                linked.insert(folder.clone());
                seen.push(found.clone());
                members.insert(folder, found);
            }
        }
    }
    let closure = |all: bool, of_production| {
        let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
        for package in members.values().filter(|_| all).chain([app]) {
            visit(package, &members, of_production, &mut seen, &mut order);
        }
        order
    };
    let named = closure(false, false);
    let whole = root.folder == app.folder && named.len() == 1 && !members.is_empty();
    let production = closure(false, true);
    let closure = if whole { closure(true, false) } else { named };
    Workspace { root, members, closure, production, linked, whole }
}

/// The folder that a dependency such as `file:../lib` is taken from.
fn folder_of(package: &Package, dependency: &Dependency<'_>) -> Option<String> {
    let written = install::local(dependency.wanted).filter(|written| !install::is_archive(written))?;
    path::resolve(&package.folder, written)
}

/// The patterns of the members, relative to the folder; those that begin with `!` are exceptions.
fn patterns(project: &mut Project, folder: &str) -> Vec<String> {
    let texts = |list: &Tree| {
        list.items().iter().filter_map(|item| item.text().map(str::to_owned)).collect::<Vec<_>>()
    };
    let pnpm = project.file(&path::join(folder, "pnpm-workspace.yaml"));
    let package = project.file(&path::join(folder, "package.json"));
    let of_pnpm = pnpm.and_then(|text| {
        let documents = tree::yaml(&text).ok()?;
        Some(texts(documents.first()?.get(&["packages"])?))
    });
    let of_package = || {
        let tree = tree::json(&package?).ok()?;
        let key = tree.get(&["workspaces"])?;
        Some(texts(key.get(&["packages"]).unwrap_or(key)))
    };
    of_pnpm.or_else(of_package).unwrap_or_default()
}

/// The members that a package depends on, and it.
fn visit(
    package: &Package,
    members: &BTreeMap<String, Package>,
    of_production: bool,
    seen: &mut BTreeSet<String>,
    order: &mut Vec<String>,
) {
    if !seen.insert(package.folder.clone()) {
        return;
    }
    for dependency in package.dependencies() {
        if of_production && dependency.kind == "devDependencies" {
            continue;
        }
        let folder = folder_of(package, &dependency);
        let member = folder.and_then(|folder| members.get(&folder));
        let named = || members.values().find(|member| member.name() == Some(dependency.name));
        if let Some(member) = member.or_else(named) {
            visit(member, members, of_production, seen, order);
        }
    }
    order.push(package.folder.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closure_of_an_app() {
        let files = [
            ("package.json", r#"{ "workspaces": ["packages/*", "apps/**", "!apps/old"] }"#),
            ("packages/a/package.json", r#"{ "name": "@x/a", "dependencies": { "@x/b": "*" } }"#),
            ("packages/b/package.json", r#"{ "name": "@x/b" }"#),
            ("packages/c/package.json", r#"{ "name": "@x/c" }"#),
            ("apps/api/package.json", r#"{ "name": "api", "devDependencies": { "@x/a": "^1.0.0" } }"#),
            ("apps/old/package.json", r#"{ "name": "old" }"#),
        ];
        let workspace = Project::of_files(files).conclude(|project| {
            let mut diagnostics = Diagnostics::default();
            let app = Package::read(project, "apps/api", &mut diagnostics)?;
            Some(find(project, &app, &mut diagnostics))
        });
        let workspace = workspace.expect("the app is there");
        assert_eq!(workspace.root.folder, "");
        assert_eq!(workspace.closure, ["packages/b", "packages/a", "apps/api"]);
        assert_eq!(workspace.production, ["apps/api"]);
        assert!(!workspace.members.contains_key("apps/old"));
    }
}
