//! The index that the files of a project name, for what does not read them: what installs its dependencies, and what it is built
//! with.

use super::manager::Dependencies;
use crate::facts::toml::{Item, Toml};
use crate::facts::{Project, numbered};
use crate::manifest::PackageManager;
use crate::path;

/// Said by nobody, it is this one.
const PUBLIC: &str = "https://pypi.org/simple";

/// In plain words and without a password: it is no secret where it is told. `folders` are the app's and that of its workspace.
pub(super) fn index(
    project: &mut Project,
    folders: [&str; 2],
    dependencies: &Dependencies,
) -> Option<String> {
    let manager = dependencies.manager.value;
    let files = &dependencies.files.all;
    let index = match manager {
        // With several indexes, one of them may have nothing but a few packages.
        PackageManager::Pip if dependencies.files.extra_index => None,
        PackageManager::Pip => {
            let files = files.iter().filter(|file| [".txt", ".in"].iter().any(|end| file.ends_with(end)));
            let texts: Vec<_> = files.filter_map(|file| project.file(file)).collect();
            texts.iter().find_map(|text| numbered(text).find_map(|(_, line)| of_line(line)))
        }
        PackageManager::Pipenv => of_toml(project, folders, "Pipfile", |toml| first(toml.get(&["source"])?)),
        PackageManager::Poetry => of_toml(project, folders, "pyproject.toml", |toml| {
            first(toml.get(&["tool", "poetry", "source"])?)
        }),
        PackageManager::Pdm => of_toml(project, folders, "pyproject.toml", |toml| {
            let mut sources = toml.get(&["tool", "pdm", "source"])?.items();
            url(sources.find(|source| source.get(&["name"]).and_then(Item::text) == Some("pypi"))?)
        }),
        PackageManager::Uv => of_toml(project, folders, "uv.toml", |toml| of_uv(|key| toml.get(&[key])))
            .or_else(|| {
                of_toml(project, folders, "pyproject.toml", |toml| {
                    of_uv(|key| toml.get(&["tool", "uv", key]))
                })
            }),
        PackageManager::Npm | PackageManager::Pnpm | PackageManager::Yarn | PackageManager::Bun => None,
    };
    index.filter(|index| !index.contains(['$', '@']) && !is_public(index))
}

fn is_public(index: &str) -> bool {
    index.trim_end_matches('/') == PUBLIC
}

/// `--index-url https://example.com/simple`
fn of_line(line: &str) -> Option<String> {
    let (option, url) = line.split_once([' ', '='])?;
    matches!(option, "-i" | "--index-url").then(|| url.trim().to_owned())
}

fn of_uv<'t>(get: impl Fn(&str) -> Option<Item<'t>>) -> Option<String> {
    let mut indexes = get("index").into_iter().flat_map(Item::items);
    let default = indexes.find(|index| index.get(&["default"]).is_some_and(Item::is_true));
    default.and_then(url).or_else(|| Some(get("index-url")?.text()?.to_owned()))
}

/// Of sources that are asked for everything. Where the public one is among them, it is that.
fn first(sources: Item<'_>) -> Option<String> {
    let is_first = |source: &Item<'_>| {
        source.get(&["priority"]).and_then(Item::text).is_none_or(|priority| priority == "primary")
    };
    let urls: Option<Vec<String>> = sources.items().filter(is_first).map(url).collect();
    let urls = urls.filter(|urls| urls.iter().all(|url| !is_public(url)))?;
    urls.into_iter().next()
}

fn url(source: Item<'_>) -> Option<String> {
    Some(source.get(&["url"])?.text()?.to_owned())
}

fn of_toml(
    project: &mut Project,
    folders: [&str; 2],
    name: &str,
    find: impl Fn(&Toml<'_>) -> Option<String>,
) -> Option<String> {
    let texts = folders.map(|folder| project.file(&path::join(folder, name)));
    texts.iter().flatten().find_map(|text| find(&Toml::parse(text).ok()?))
}
