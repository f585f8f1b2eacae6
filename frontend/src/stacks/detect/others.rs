//! Stacks that have a name and that this version does not have: they are told, and never taken for something else.

use super::{Sign, any_file};
use crate::facts::Project;
use crate::manifest::StackName;
use crate::path;

pub(super) const FILES: &[&str] = &[
    "**/Cargo.toml",
    "**/pom.xml",
    "**/mvnw",
    "**/build.gradle",
    "**/build.gradle.kts",
    "**/settings.gradle",
    "**/settings.gradle.kts",
    "**/gradlew",
    // `.sln`, `.slnx`, and `.csproj`, `.fsproj`, `.vbproj`
    "**/*.[csfv][lsb][np]*",
    "**/global.json",
    "**/composer.json",
    "**/index.php",
    "**/Gemfile",
];

pub(super) fn rust(project: &mut Project, root: &str) -> Option<Sign> {
    any_file(project, root, StackName::Rust, &["Cargo.toml"])
}

pub(super) fn java(project: &mut Project, root: &str) -> Option<Sign> {
    let files = [
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
        "mvnw",
        "gradlew",
    ];
    any_file(project, root, StackName::Java, &files)
}

pub(super) fn dotnet(project: &mut Project, root: &str) -> Option<Sign> {
    let ends = |name: &str, endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let items = project.folder(root);
    let mut names = items.iter().filter(|item| !item.is_folder).map(|item| item.name.as_str());
    match names.find(|name| ends(name, &[".sln", ".slnx", ".csproj", ".fsproj", ".vbproj"])) {
        Some(name) => Some(Sign::of_file(StackName::Dotnet, &path::join(root, name))),
        None => any_file(project, root, StackName::Dotnet, &["global.json"]).map(Sign::alone),
    }
}

pub(super) fn php(project: &mut Project, root: &str) -> Option<Sign> {
    any_file(project, root, StackName::Php, &["composer.json", "index.php"])
}

pub(super) fn ruby(project: &mut Project, root: &str) -> Option<Sign> {
    any_file(project, root, StackName::Ruby, &["Gemfile"])
}
