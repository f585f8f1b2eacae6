//! The files that an installation reads.

use std::collections::BTreeSet;

use super::manager::{Found, Manager};
use super::package::Package;
use super::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::Project;
use crate::facts::tree::{self, Tree};
use crate::gather::Gather as _;
use crate::path;
use crate::rules::Rule;

/// Everything that what is installed depends on, of what is there.
pub(super) fn dependency_files(
    project: &mut Project,
    workspace: &Workspace,
    installed: &[&Package],
    found: &Found,
    diagnostics: &mut Diagnostics,
) -> Vec<String> {
    let root = &workspace.root.folder;
    let manager = found.manager.value;
    // Yarn and Bun hold the lock against all members.
    let all = matches!(manager, Manager::Yarn | Manager::Bun);
    let members = workspace.members.values().filter(|_| all);
    let mut files: BTreeSet<String> =
        installed.iter().copied().chain(members).map(|package| package.file.clone()).gather();
    files.extend(found.lock.clone());
    let settings: &[&str] = match manager {
        Manager::Npm => &[".npmrc"],
        Manager::Pnpm => &[".npmrc", PNPM_SETTINGS, ".pnpmfile.cjs"],
        Manager::Yarn1 => &[".npmrc", ".yarnrc"],
        Manager::Yarn => &[YARN_SETTINGS],
        Manager::Bun => &[".npmrc", "bunfig.toml"],
    };
    let settings: Vec<String> = settings.iter().map(|name| path::join(root, name)).collect();
    let there: Vec<bool> = settings.iter().map(|file| project.file(file).is_some()).collect();
    files.extend(settings.into_iter().zip(there).filter_map(|(file, there)| there.then_some(file)));
    let named = match manager {
        Manager::Pnpm => patches_of_pnpm(project, &workspace.root),
        Manager::Yarn => [plugins(project, root), patches_of_yarn(&workspace.root, installed)].concat(),
        Manager::Npm | Manager::Yarn1 | Manager::Bun => {
            patches(&workspace.root.tree, &["patchedDependencies"])
        }
    };
    files.extend(named.iter().filter_map(|file| path::resolve(root, file)));
    for package in installed {
        for dependency in package.dependencies() {
            let Some(written) = local(dependency.wanted) else { continue };
            let file = path::resolve(&package.folder, written);
            let Some(file) = file.filter(|file| path::relative(root, file).is_some()) else {
                let folder = if root.is_empty() { "the context".to_owned() } else { format!("`{root}`") };
                let message = format!(
                    "`{}` is taken from `{written}`, which lies outside of {folder}",
                    dependency.name
                );
                diagnostics.push(
                    Diagnostic::new(Rule::InvalidProjectFile, package.place(dependency.line), message).help(
                        "make both folders members of a workspace, and set `root` to the one that is the app",
                    ),
                );
                continue;
            };
            // What is linked is not looked into. What is copied is all that it has.
            let is_linked = manager == Manager::Npm || !dependency.wanted.starts_with("file:");
            if is_archive(&file) || !is_linked {
                files.insert(file);
            }
        }
    }
    files.into_iter().collect()
}

const PNPM_SETTINGS: &str = "pnpm-workspace.yaml";
pub(super) const YARN_SETTINGS: &str = ".yarnrc.yml";

/// The path of a package that is in the project's own files.
pub(super) fn local(wanted: &str) -> Option<&str> {
    ["file:", "link:", "portal:"].iter().find_map(|protocol| wanted.strip_prefix(protocol))
}

pub(super) fn is_archive(file: &str) -> bool {
    [".tgz", ".tar.gz", ".tar"].iter().any(|end| file.ends_with(end))
}

/// The files of a table of patches.
fn patches(tree: &Tree, key: &[&str]) -> Vec<String> {
    let patches = tree.get(key).into_iter().flat_map(Tree::entries);
    patches.filter_map(|(_, patch)| Some(patch.text()?.to_owned())).collect()
}

/// A file of settings in YAML.
pub(super) fn settings(project: &mut Project, root: &str, name: &str) -> Option<Tree> {
    let text = project.file(&path::join(root, name))?;
    tree::yaml(&text).ok()?.into_iter().next()
}

fn patches_of_pnpm(project: &mut Project, root: &Package) -> Vec<String> {
    let settings = settings(project, &root.folder, PNPM_SETTINGS);
    let of_settings = settings.map(|tree| patches(&tree, &["patchedDependencies"])).unwrap_or_default();
    [patches(&root.tree, &["pnpm", "patchedDependencies"]), of_settings].concat()
}

/// What `.yarnrc.yml` loads into Yarn.
fn plugins(project: &mut Project, root: &str) -> Vec<String> {
    let Some(settings) = settings(project, root, YARN_SETTINGS) else { return Vec::new() };
    let plugins = settings.get(&["plugins"]).map(Tree::items).unwrap_or_default();
    let path = |plugin: &Tree| Some(plugin.text_of(&["path"]).or(plugin.text())?.to_owned());
    plugins.iter().filter_map(path).collect()
}

/// `.yarn/patches/a.patch` of `patch:a@npm%3A1.0.0#~/.yarn/patches/a.patch`, relative to the workspace.
fn patches_of_yarn(root: &Package, packages: &[&Package]) -> Vec<String> {
    let of_packages = packages.iter().flat_map(|package| {
        package.dependencies().map(|dependency| (package.folder.as_str(), dependency.wanted))
    });
    let resolutions = root.tree.get(&["resolutions"]).into_iter().flat_map(Tree::entries);
    let resolutions = resolutions.filter_map(|(_, value)| Some((root.folder.as_str(), value.text()?)));
    let patched = of_packages.chain(resolutions).filter(|(_, wanted)| wanted.starts_with("patch:"));
    let files = patched.filter_map(|(folder, wanted)| Some((folder, wanted.split_once('#')?.1)));
    let files = files.flat_map(|(folder, files)| files.split('&').map(move |file| (folder, file)));
    files
        .map(|(folder, file)| (folder, file.split("::").next().unwrap_or(file)))
        .map(|(folder, file)| (folder, file.strip_prefix("optional!").unwrap_or(file)))
        .filter(|(_, file)| !file.contains("builtin<"))
        .filter_map(|(folder, file)| match file.strip_prefix("~/") {
            Some(file) => Some(file.to_owned()),
            None => path::relative(&root.folder, &path::resolve(folder, file)?),
        })
        .collect()
}
