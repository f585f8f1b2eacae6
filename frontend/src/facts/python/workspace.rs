//! Workspaces of uv: which projects share one lock file, and which of them an app is made from.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{BuildSystem, GroupKind, Manifest};
use super::requirement::{Requirement, normalized};
use crate::diagnostic::Diagnostics;
use crate::facts::toml::{Item, Toml};
use crate::facts::{Project, members};
use crate::gather::Gather as _;
use crate::path;

/// The projects that share a lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Workspace {
    /// The folder of the lock file, relative to the context.
    pub folder: String,
    /// The line of the table that makes it a workspace.
    pub line: u32,
    /// All members by folder, relative to the context.
    members: BTreeMap<String, Manifest>,
}

/// A project of the workspace that the app depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Relative to the source.
    pub folder: String,
    /// None where it has nothing to install.
    pub build: Option<BuildSystem>,
    /// What is source although it looks like documentation, as patterns relative to the member's folder.
    pub reads: Vec<String>,
}

impl Workspace {
    /// The nearest one from the app's folder upward, if the app is in it. `None` when a file of it cannot be read, too.
    /// <https://docs.astral.sh/uv/concepts/projects/workspaces/>
    pub(super) fn find(project: &mut Project, root: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        path::ancestors(root).find_map(|folder| {
            let file = path::join(&folder, "pyproject.toml");
            let text = project.file(&file)?;
            let toml = Toml::parse(&text).ok()?;
            let table = toml.get(&["tool", "uv", "workspace"])?;
            let mut folders = members::folders(project, &folder, &patterns(table), "pyproject.toml");
            folders.insert(folder.clone());
            if !folders.contains(root) {
                return None;
            }
            let members = folders.into_iter().filter_map(|member| {
                let manifest = read(project, &path::join(&member, "pyproject.toml"), diagnostics)?;
                Some((member, manifest))
            });
            Some(Self { line: table.line, members: members.gather(), folder })
        })
    }

    pub(super) fn folders(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    pub(super) fn projects(&self) -> impl Iterator<Item = &Manifest> {
        self.members.values()
    }

    /// Relative to its own folder.
    pub(super) fn relative_folders(&self) -> Vec<String> {
        self.folders().filter_map(|folder| path::relative(&self.folder, folder)).collect()
    }

    /// The members that the project of a folder depends on, and those that they depend on.
    pub(super) fn closure(&self, root: &str) -> BTreeMap<&str, &Manifest> {
        let mut found = BTreeMap::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(root, None)];
        while let Some((folder, extra)) = open.pop() {
            let Some((folder, manifest)) = self.members.get_key_value(folder) else { continue };
            if !seen.insert((folder, extra)) {
                continue;
            }
            found.insert(folder.as_str(), manifest);
            for one in wanted(manifest, extra) {
                let named = self.members.iter().find(|(_, member)| member.is_called(&one.name));
                if let Some((member, _)) = named {
                    open.push((member, None));
                    open.extend(one.extras.iter().map(|extra| (member.as_str(), Some(extra.as_str()))));
                }
            }
        }
        found.remove(root);
        found
    }

    /// The same, as the app is built from them.
    pub(super) fn parts(&self, root: &str) -> Vec<Member> {
        let closure = self.closure(root).into_iter();
        let parts = closure.map(|(folder, manifest)| Member {
            folder: path::relative(&self.folder, folder).unwrap_or_default(),
            // What is depended on is a package also where it does not say how it is built.
            build: (!manifest.not_a_package).then(|| {
                let line = manifest.build.as_ref().map_or(1, |build| build.line);
                manifest.build.clone().unwrap_or_else(|| BuildSystem::setuptools(line))
            }),
            reads: manifest.reads.clone(),
        });
        parts.collect()
    }
}

/// What a project always depends on, or what with an extra besides.
fn wanted<'a>(manifest: &'a Manifest, extra: Option<&str>) -> &'a [Requirement] {
    let Some(extra) = extra else { return &manifest.dependencies };
    let group = manifest
        .development
        .iter()
        .find(|group| group.kind == GroupKind::Extra && normalized(&group.name) == extra);
    group.map_or(&[], |group| &group.wanted)
}

/// Those that are exceptions begin with `!`.
fn patterns(table: Item<'_>) -> Vec<String> {
    let texts = |key: &str| table.get(&[key]).into_iter().flat_map(Item::items).filter_map(Item::text);
    texts("members").map(str::to_owned).chain(texts("exclude").map(|pattern| format!("!{pattern}"))).collect()
}

fn read(project: &mut Project, file: &str, diagnostics: &mut Diagnostics) -> Option<Manifest> {
    let text = project.file(file)?;
    match Manifest::of_pyproject(file, &text) {
        Ok(manifest) => Some(manifest),
        Err((line, message)) => {
            diagnostics.push(super::unreadable(file, line, &message));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(files: &[(&str, &str)], root: &str) -> Option<Workspace> {
        let project = Project::of_files(files.iter().copied());
        project.conclude(|project| Workspace::find(project, root, &mut Diagnostics::default()))
    }

    const FILES: &[(&str, &str)] = &[
        (
            "pyproject.toml",
            "[tool.uv.workspace]\nmembers = [\"apps/*\", \"packages/*\"]\nexclude = [\"packages/old\"]\n",
        ),
        (
            "apps/api/pyproject.toml",
            "[project]\nname = \"api\"\ndependencies = [\"shop_core[mail]\", \"rich\"]\n[dependency-groups]\ndev = [\"tools\"]\n",
        ),
        (
            "packages/core/pyproject.toml",
            "[project]\nname = \"Shop.Core\"\nreadme = \"README.md\"\n[project.optional-dependencies]\nMail = [\"mail\"]\n\
             pdf = [\"pdf\"]\n[build-system]\nrequires = [\"hatchling\"]\n",
        ),
        (
            "packages/mail/pyproject.toml",
            "[project]\nname = \"mail\"\ndependencies = [\"shop-core\", \"settings\"]\n",
        ),
        ("packages/old/pyproject.toml", "[project]\nname = \"old\"\n"),
        ("packages/pdf/pyproject.toml", "[project]\nname = \"pdf\"\n"),
        ("packages/settings/pyproject.toml", "[project]\nname = \"settings\"\n[tool.uv]\npackage = false\n"),
        ("packages/tools/pyproject.toml", "[project]\nname = \"tools\"\n"),
    ];

    #[test]
    fn an_app_is_made_from_what_it_depends_on() {
        let workspace = of(FILES, "apps/api").expect("the app is in it");
        assert_eq!((workspace.folder.as_str(), workspace.line), ("", 1));
        assert!(!workspace.folders().any(|folder| folder == "packages/old"));
        let parts = workspace.parts("apps/api");
        let parts: Vec<_> = parts
            .iter()
            .map(|part| (part.folder.as_str(), part.build.as_ref().map(|build| build.requires.join(" "))))
            .collect();
        let built = |by: &str| Some(by.to_owned());
        assert_eq!(
            parts,
            [
                ("packages/core", built("hatchling")),
                ("packages/mail", built("setuptools")),
                ("packages/settings", None),
            ]
        );
        assert_eq!(workspace.parts("packages/pdf"), []);
    }

    #[test]
    fn what_is_not_in_it_stands_alone() {
        assert_eq!(of(FILES, "packages/old"), None);
        assert_eq!(of(&[("pyproject.toml", "[project]\nname = \"a\"\n")], ""), None);
    }
}
