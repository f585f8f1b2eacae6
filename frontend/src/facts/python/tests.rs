//! What the tests of a project need.

use super::Dependencies;
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
    /// Requirements files, relative to the app's folder: the one to install, and all that it includes.
    File {
        file: String,
        all: Vec<String>,
    },
}

pub(super) fn find(
    project: &mut Project,
    root: &str,
    manifests: &[Manifest],
    dependencies: &Dependencies,
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
        return files.into_iter().find_map(|&file| {
            let read = Requirements::read(project, &path::join(root, file), &mut Diagnostics::default());
            let (at, one) = read.wanted.iter().find(|(_, one)| one.name == "pytest")?;
            let all = read.files.iter().filter_map(|file| path::relative(root, file)).collect();
            let runner = Fact::at("pytest", format!("`{file}` asks for it"), &**at, one.line);
            Some(Tests { runner, from: Some(Development::File { file: file.to_owned(), all }) })
        });
    }
    let groups = all.flat_map(|manifest| manifest.development.iter().map(move |group| (manifest, group)));
    groups.into_iter().find_map(|(manifest, Group { name, kind, wanted })| {
        let one = wanted.iter().find(|one| one.name == "pytest")?;
        let from = match kind {
            GroupKind::Group => Development::Group(name.clone()),
            GroupKind::Extra => Development::Extra(name.clone()),
        };
        let runner = Fact::at("pytest", format!("`{name}` asks for it"), &*manifest.file, one.line);
        Some(Tests { runner, from: Some(from) })
    })
}
