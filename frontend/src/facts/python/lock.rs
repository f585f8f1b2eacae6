//! Lock files: what they lock, and whether that is what the project asks for.

use std::collections::BTreeMap;
use std::str::FromStr;

use pep440_rs::Version;
use serde_json::Value as Json;

use super::manifest::Manifest;
use super::requirement::{Requirement, normalized};
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::toml::{Item, Toml};
use crate::manifest::PackageManager;
use crate::rules::Rule;

/// Versions by name. There may be several of one, for different platforms; none are known of what is no release.
type Locked = BTreeMap<String, Vec<Version>>;

/// The lock file of a package manager, and the command that makes it.
pub fn lock_file(manager: PackageManager) -> Option<(&'static str, &'static str)> {
    match manager {
        PackageManager::Uv => Some(("uv.lock", "uv lock")),
        PackageManager::Poetry => Some(("poetry.lock", "poetry lock")),
        PackageManager::Pdm => Some(("pdm.lock", "pdm lock")),
        PackageManager::Pipenv => Some(("Pipfile.lock", "pipenv lock")),
        PackageManager::Pip
        | PackageManager::Npm
        | PackageManager::Pnpm
        | PackageManager::Yarn
        | PackageManager::Bun => None,
    }
}

/// Everything that the projects ask for must be in the lock, in a version that is asked for. The package manager looks
/// closer when it installs.
pub fn check(
    manager: PackageManager,
    manifests: &[&Manifest],
    (file, command): (&str, &str),
    text: &str,
    diagnostics: &mut Diagnostics,
) {
    let parsed = match manager {
        PackageManager::Pipenv => of_json(text),
        PackageManager::Uv
        | PackageManager::Poetry
        | PackageManager::Pdm
        | PackageManager::Pip
        | PackageManager::Npm
        | PackageManager::Pnpm
        | PackageManager::Yarn
        | PackageManager::Bun => of_toml(text),
    };
    let locked = match parsed {
        Ok(locked) => locked,
        Err((line, message)) => {
            let place = Place::File { path: file.to_owned(), line };
            diagnostics.push(
                Diagnostic::new(
                    Rule::InvalidProjectFile,
                    place,
                    format!("`{file}` cannot be read: {message}"),
                )
                .help(format!("run `{command}` and commit `{file}`")),
            );
            return;
        }
    };
    let wanted = manifests.iter().flat_map(|manifest| manifest.all_wanted().map(move |one| (manifest, one)));
    for (manifest, one) in wanted {
        if let Some(what) = mismatch(one, &locked) {
            let place = Place::File { path: manifest.file.clone(), line: one.line };
            diagnostics.push(
                Diagnostic::new(Rule::StaleLock, place, format!("`{file}` {what}"))
                    .help(format!("run `{command}` and commit `{file}`")),
            );
        }
    }
}

/// The first line of a package from a repository of git, as uv, PDM and pipenv write it. Poetry has a git of its own.
pub fn git(text: &str) -> Option<u32> {
    repositories(text).next().map(|(line, _)| line)
}

/// The first of those that git asks for by ssh.
pub fn ssh(text: &str) -> Option<u32> {
    let mut repositories = repositories(text);
    repositories.find(|(_, line)| line.contains("ssh://") || line.contains("\"git@")).map(|(line, _)| line)
}

fn repositories(text: &str) -> impl Iterator<Item = (u32, &str)> {
    let starts = ["source = { git = ", "git = ", "\"git\": \""];
    crate::facts::numbered(text).filter(move |(_, line)| starts.iter().any(|start| line.starts_with(start)))
}

fn mismatch(one: &Requirement, locked: &Locked) -> Option<String> {
    match locked.get(&one.name) {
        // A lock leaves out what no platform or Python of the project wants.
        None => (!one.conditional).then(|| format!("has no entry for `{}`", one.name)),
        Some(versions) if versions.is_empty() || versions.iter().any(|version| one.allows(version)) => None,
        Some(versions) => {
            let versions: Vec<_> = versions.iter().map(|version| format!("`{version}`")).collect();
            Some(format!("has `{}` {}, which is not what is asked for", one.name, versions.join(", ")))
        }
    }
}

/// `[[package]]` of uv, Poetry and PDM.
fn of_toml(text: &str) -> Result<Locked, (u32, String)> {
    let toml = Toml::parse(text)?;
    let mut locked = Locked::new();
    for package in toml.get(&["package"]).into_iter().flat_map(Item::items) {
        let Some(name) = package.get(&["name"]).and_then(Item::text) else { continue };
        let version = package.get(&["version"]).and_then(Item::text);
        let versions = locked.entry(normalized(name)).or_default();
        versions.extend(version.and_then(|version| Version::from_str(version).ok()));
    }
    Ok(locked)
}

/// `default` and `develop` of pipenv.
fn of_json(text: &str) -> Result<Locked, (u32, String)> {
    let json: Json = serde_json::from_str(text)
        .map_err(|error| (u32::try_from(error.line()).unwrap_or(1), "it is no JSON".to_owned()))?;
    let mut locked = Locked::new();
    for section in ["default", "develop"] {
        for (name, package) in json[section].as_object().into_iter().flatten() {
            let version = package["version"].as_str().and_then(|version| version.strip_prefix("=="));
            let versions = locked.entry(normalized(name)).or_default();
            versions.extend(version.and_then(|version| Version::from_str(version).ok()));
        }
    }
    Ok(locked)
}
