//! Workspaces of npm, Yarn, pnpm and Bun: which package holds the lock file, and which others the app is made from.

use std::collections::{BTreeMap, BTreeSet};

use super::package::Package;
use crate::diagnostic::Diagnostics;
use crate::facts::Project;
use crate::facts::tree::{self, Tree};
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
}

/// How deep `**` looks.
const DEEPEST: usize = 6;

/// The app alone, or the nearest folder above it whose workspace it is a member of.
pub(super) fn find(project: &mut Project, app: &Package, diagnostics: &mut Diagnostics) -> Workspace {
    let alone = Workspace { root: app.clone(), members: BTreeMap::new(), closure: vec![app.folder.clone()] };
    for folder in path::ancestors(&app.folder) {
        let patterns = patterns(project, &folder);
        if patterns.is_empty() {
            continue;
        }
        let folders = members(project, &folder, &patterns);
        let is_root = folder == app.folder;
        if !is_root && !folders.contains(&app.folder) {
            continue;
        }
        let Some(root) = Package::read(project, &folder, diagnostics) else { continue };
        let members: BTreeMap<String, Package> = folders
            .into_iter()
            .filter_map(|folder| Some((folder.clone(), Package::read(project, &folder, diagnostics)?)))
            .collect();
        let closure = closure(app, &members);
        return Workspace { root, members, closure };
    }
    alone
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

/// Folders with a `package.json` that match.
fn members(project: &mut Project, folder: &str, patterns: &[String]) -> BTreeSet<String> {
    let (exceptions, wanted): (Vec<_>, Vec<_>) =
        patterns.iter().partition(|pattern| pattern.starts_with('!'));
    let mut found = BTreeSet::new();
    for pattern in wanted {
        expand(project, folder, &parts(pattern), DEEPEST, &mut found);
    }
    found.retain(|member| {
        let relative = path::relative(folder, member).unwrap_or_default();
        let names: Vec<&str> = relative.split('/').collect();
        !exceptions.iter().any(|pattern| matches(&parts(pattern.trim_start_matches('!')), &names))
    });
    let there: Vec<_> =
        found.iter().map(|member| project.file(&path::join(member, "package.json")).is_some()).collect();
    found.into_iter().zip(there).filter_map(|(member, there)| there.then_some(member)).collect()
}

fn parts(pattern: &str) -> Vec<&str> {
    pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect()
}

fn expand(
    project: &mut Project,
    folder: &str,
    pattern: &[&str],
    deepest: usize,
    found: &mut BTreeSet<String>,
) {
    let Some((part, rest)) = pattern.split_first() else {
        found.insert(folder.to_owned());
        return;
    };
    if !part.contains('*') {
        return expand(project, &path::join(folder, part), rest, deepest, found);
    }
    let Some(deeper) = deepest.checked_sub(1) else { return };
    if *part == "**" {
        expand(project, folder, rest, deepest, found);
    }
    let items = project.folder(folder);
    for item in items.iter().filter(|item| item.is_folder && item.name != "node_modules") {
        let below = path::join(folder, &item.name);
        if *part == "**" {
            expand(project, &below, pattern, deeper, found);
        } else if fits(part, &item.name) {
            expand(project, &below, rest, deeper, found);
        }
    }
}

/// Whether names match a pattern's parts.
fn matches(pattern: &[&str], names: &[&str]) -> bool {
    match (pattern, names) {
        ([], []) => true,
        (["**", rest @ ..], _) => {
            matches(rest, names) || names.split_first().is_some_and(|(_, names)| matches(pattern, names))
        }
        ([part, rest @ ..], [name, names @ ..]) => fits(part, name) && matches(rest, names),
        _ => false,
    }
}

/// `*` stands for anything in a name.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices()
                .map(|(at, _)| at)
                .chain([rest.len()])
                .any(|at| rest.get(at..).is_some_and(|rest| fits(after, rest)))
        }),
    }
}

/// The members that the app depends on, and it.
fn closure(app: &Package, members: &BTreeMap<String, Package>) -> Vec<String> {
    let mut order = Vec::new();
    visit(app, members, &mut BTreeSet::new(), &mut order);
    order
}

fn visit(
    package: &Package,
    members: &BTreeMap<String, Package>,
    seen: &mut BTreeSet<String>,
    order: &mut Vec<String>,
) {
    if !seen.insert(package.folder.clone()) {
        return;
    }
    for dependency in package.dependencies() {
        if let Some(member) = members.values().find(|member| member.name() == Some(dependency.name)) {
            visit(member, members, seen, order);
        }
    }
    order.push(package.folder.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_members() {
        let of = |pattern, name: &str| matches(&parts(pattern), &name.split('/').collect::<Vec<_>>());
        assert!(
            of("packages/*", "packages/a")
                && !of("packages/*", "packages/a/b")
                && !of("packages/*", "packages")
        );
        assert!(of("apps/**", "apps/a/b") && of("**", "a") && of("**/test/**", "a/test/b"));
        assert!(of("lib-*-x", "lib-é-x") && !of("lib-*-x", "lib-"));
    }

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
        assert!(!workspace.members.contains_key("apps/old"));
    }
}
