//! What an installation runs for the project itself. Packages are installed without the source that such scripts need, so
//! they run before the build, where it is.

use super::manager::Manager;
use super::package::Package;
use crate::facts::Project;
use crate::facts::tree::Tree;
use crate::path;

/// What runs in the folder of a package, relative to the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    pub folder: String,
    /// `npm run postinstall`
    pub command: String,
}

const NAMES: [&str; 4] = ["preinstall", "install", "postinstall", "prepare"];

/// Programs that are of use on a developer's machine alone.
const HOOKS: &[&str] = &["husky", "is-ci", "lefthook", "lint-staged", "only-allow", "simple-git-hooks"];

/// What holds what Prisma generates: without it, the package does nothing.
const PRISMA: &str = "@prisma/client";

const GENERATE: &str = "prisma generate";

/// The scripts of packages in the order in which they run, that of the workspace last.
pub(super) fn scripts(
    project: &mut Project,
    manager: Manager,
    root: &Package,
    packages: &[&Package],
) -> Vec<Script> {
    let others = Some(root).filter(|root| packages.iter().all(|package| package.folder != root.folder));
    let all: Vec<&Package> = packages.iter().copied().chain(others).collect();
    let folder = |package: &Package| path::relative(&root.folder, &package.folder).unwrap_or_default();
    let mut scripts: Vec<Script> = all
        .iter()
        .flat_map(|package| NAMES.map(|name| (package, name)))
        .filter(|(package, name)| package.script(name).is_some_and(|(script, _)| !is_hook(script)))
        .map(|(package, name)| Script {
            folder: folder(package),
            command: format!("{} run {name}", manager.name()),
        })
        .collect();
    let generated = all.iter().any(|package| {
        let scripts = package.tree.get(&["scripts"]).into_iter().flat_map(Tree::entries);
        scripts.filter_map(|(_, script)| script.text()).any(|script| script.contains(GENERATE))
    });
    let client = all.iter().find(|package| package.dependency(PRISMA).is_some());
    // An installation with the schema beside it generates what that says, whether a script asks for it or not.
    if let Some(package) = client.filter(|_| !generated)
        && all.iter().any(|package| package.dependency("prisma").is_some())
        && has_schema(project, package)
    {
        let command = format!("{} {GENERATE}", program(manager));
        scripts.insert(0, Script { folder: folder(package), command });
    }
    scripts
}

/// Something of it is generated into the packages.
pub(super) fn generates(package: &Package) -> bool {
    package.dependencies().any(|dependency| dependency.name == PRISMA)
}

/// Nothing but hooks, with or without what is done when there are none.
fn is_hook(script: &str) -> bool {
    let mut commands = script.split("&&").flat_map(|part| part.split("||")).flat_map(|part| part.split(';'));
    commands.all(|command| {
        let harmless =
            ["true", "exit 0", ":"].contains(&command.trim()) || command.trim().starts_with("echo ");
        harmless || HOOKS.iter().any(|hook| command.contains(hook))
    })
}

/// One that the generator of the package itself reads: others write to the source.
fn has_schema(project: &mut Project, package: &Package) -> bool {
    let files = ["prisma/schema.prisma", "schema.prisma"].map(|file| path::join(&package.folder, file));
    let texts = files.map(|file| project.file(&file));
    texts.iter().flatten().any(|text| text.contains("prisma-client-js"))
}

/// What runs a program of a package.
fn program(manager: Manager) -> &'static str {
    match manager {
        Manager::Npm => "npm exec --no --",
        Manager::Pnpm => "pnpm exec",
        Manager::Yarn1 | Manager::Yarn => "yarn run",
        Manager::Bun => "bun run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_alone_are_left_out() {
        for hook in [
            "husky",
            "husky install || true",
            "is-ci || husky",
            "npx only-allow pnpm",
            "lefthook install; true",
        ] {
            assert!(is_hook(hook), "{hook}");
        }
        for script in ["patch-package", "husky && prisma generate", "npm run build:css"] {
            assert!(!is_hook(script), "{script}");
        }
    }
}
