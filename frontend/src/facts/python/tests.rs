//! What the tests of a project need.

use super::Dependencies;
use super::files::{Files, Of};
use super::manifest::{Group, GroupKind, Manifest};
use super::requirements::Requirements;
use crate::diagnostic::Diagnostics;
use crate::facts::{Fact, Project};
use crate::manifest::PackageManager;
use crate::path;

/// Requirements files that are for development.
const FILES: &[&str] = &[
    "requirements-dev.txt",
    "dev-requirements.txt",
    "requirements_dev.txt",
    "requirements-test.txt",
    "test-requirements.txt",
    "requirements/dev.txt",
    "requirements/test.txt",
    "requirements/local.txt",
];

/// A test runner and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tests {
    pub runner: Fact<&'static str>,
    /// What has to be installed besides the dependencies of the app; none where it is one of those.
    pub from: Option<Development>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Development {
    Group(String),
    Extra(String),
    /// Files besides those of the app.
    Files(Files),
}

pub(super) fn find(
    project: &mut Project,
    root: &str,
    manifests: &[Manifest],
    dependencies: &Dependencies,
    diagnostics: &mut Diagnostics,
) -> Option<Tests> {
    let all = manifests.iter().chain([&dependencies.listed]);
    let direct = all.clone().find_map(|manifest| Some((manifest, manifest.depends_on("pytest")?)));
    if let Some((manifest, one)) = direct {
        let runner = Fact::at("pytest", "the project depends on it", &*manifest.file, one.line);
        return Some(Tests { runner, from: None });
    }
    if dependencies.manager.value == PackageManager::Pip {
        let files: Vec<_> =
            FILES.iter().filter(|file| project.file(&path::join(root, file)).is_some()).collect();
        let of = Of { manager: PackageManager::Pip, folder: root };
        let own = manifests.iter().find(|manifest| manifest.asks().is_some());
        let found = files.into_iter().find_map(|&file| {
            let path = path::join(root, file);
            let read = Requirements::read(project, root, &path, &mut Diagnostics::default());
            let (at, one) = read.wanted.iter().find(|(_, one)| one.name == "pytest")?;
            let runner = Fact::at("pytest", format!("`{file}` asks for it"), &**at, one.line);
            Some((runner, path, file))
        });
        if let Some((runner, path, file)) = found {
            // What is wrong with a file that no test needs is nobody's concern.
            let read = Requirements::read(project, root, &path, diagnostics);
            let files = Files::of(&read, file, own, of, diagnostics);
            return Some(Tests { runner, from: Some(Development::Files(files)) });
        }
    }
    let by_uv = |manifest: &&Manifest| {
        !matches!(manifest.manager, Some((PackageManager::Poetry | PackageManager::Pdm, _)))
    };
    let is_pip = dependencies.manager.value == PackageManager::Pip;
    let all = all.filter(|manifest| !is_pip || by_uv(manifest));
    let groups = all.flat_map(|manifest| manifest.development.iter().map(move |group| (manifest, group)));
    let (manifest, Group { name, kind, .. }, one) = groups.into_iter().find_map(|(manifest, group)| {
        Some((manifest, group, group.wanted.iter().find(|one| one.name == "pytest")?))
    })?;
    let runner = Fact::at("pytest", format!("`{name}` asks for it"), &*manifest.file, one.line);
    let from = match kind {
        GroupKind::Group | GroupKind::Extra if is_pip => {
            let mut files = Files::default();
            let of = Of { manager: PackageManager::Pip, folder: root };
            files.add(manifest, of, diagnostics);
            if *kind == GroupKind::Extra {
                files.given.extend(path::relative(root, &manifest.file));
                files.extras.insert(name.clone());
            } else {
                files.group = Some(name.clone());
            }
            Development::Files(files)
        }
        GroupKind::Group => Development::Group(name.clone()),
        GroupKind::Extra => Development::Extra(name.clone()),
    };
    Some(Tests { runner, from: Some(from) })
}
