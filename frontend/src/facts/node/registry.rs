//! Where packages come from, for what does not read the settings of the project's own package manager: npm installs that.

use std::collections::BTreeSet;

use super::install::{YARN_SETTINGS, settings};
use super::manager::Manager;
use crate::facts::toml::Toml;
use crate::facts::{Project, numbered};
use crate::gather::Gather as _;
use crate::path;

pub(super) const NPMRC: &str = ".npmrc";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registry {
    /// The settings of npm beside the lock file, relative to the workspace.
    pub npmrc: Option<&'static str>,
    /// The variables that they name, and the settings of Yarn: the token of a registry, its address.
    pub variables: BTreeSet<String>,
    /// Where there are none: what the settings of another package manager say, as npm reads it.
    pub settings: Option<String>,
}

/// Of the folder with the lock file.
pub(super) fn registry(project: &mut Project, root: &str, manager: Manager) -> Registry {
    let npmrc = project.file(&path::join(root, NPMRC));
    let named = named(project, root, manager).filter(|_| npmrc.is_none());
    let of_yarn =
        (manager == Manager::Yarn).then(|| project.file(&path::join(root, YARN_SETTINGS))).flatten();
    let texts = npmrc.iter().chain(&of_yarn);
    Registry {
        npmrc: npmrc.is_some().then_some(NPMRC),
        variables: texts.flat_map(|text| variables(text)).map(str::to_owned).gather(),
        settings: named.and_then(|(address, token)| settings_of_npm(&address, token.as_deref())),
    }
}

/// The names in `${NAME}` and `${NAME:-default}`.
fn variables(text: &str) -> impl Iterator<Item = &str> {
    let lines = numbered(text).map(|(_, line)| line).filter(|line| !line.starts_with(['#', ';']));
    let behind = lines.flat_map(|line| line.split("${").skip(1));
    let names = behind.filter_map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next());
    names.filter(|name| !name.is_empty())
}

/// None where a token is not that of a variable, or something else of it is not in plain words: then it is asked of the public
/// registry, which may be what is meant.
fn settings_of_npm(address: &str, token: Option<&str>) -> Option<String> {
    let address = address.trim_matches(['"', '\'']).trim_end_matches('/');
    let (_, host) = address.split_once(':').filter(|_| !address.contains(['$', '@']))?;
    let registry = format!("registry={address}/\n");
    let Some(token) = token else { return Some(registry) };
    let name = token.trim_start_matches('$').trim_matches(['{', '}']);
    let name = name.split(':').next().filter(|_| token.starts_with('$'))?;
    Some(format!("{registry}{host}/:_authToken=${{{name}}}\n"))
}

/// The registry that the settings of a package manager name, and its token as it is written there.
fn named(project: &mut Project, root: &str, manager: Manager) -> Option<(String, Option<String>)> {
    let mut file = |name: &str| project.file(&path::join(root, name));
    match manager {
        Manager::Npm | Manager::Pnpm => None,
        Manager::Yarn1 => {
            let text = file(".yarnrc")?;
            let mut words = numbered(&text).map(|(_, line)| line.split_whitespace());
            let address = words
                .find_map(|mut words| words.next().filter(|word| *word == "registry").and(words.next()))?;
            Some((address.to_owned(), None))
        }
        Manager::Yarn => {
            let settings = settings(project, root, YARN_SETTINGS)?;
            let of = |key: &str| settings.text_of(&[key]).map(str::to_owned);
            let is_other = ["npmAuthIdent", "npmRegistries"].iter().any(|key| settings.get(&[key]).is_some());
            Some((of("npmRegistryServer")?, of("npmAuthToken"))).filter(|_| !is_other)
        }
        Manager::Bun => {
            let text = file("bunfig.toml")?;
            let toml = Toml::parse(&text).ok()?;
            let registry = toml.get(&["install", "registry"])?;
            let of = |key: &str| registry.get(&[key])?.text().map(str::to_owned);
            let is_other = ["username", "password"].iter().any(|key| of(key).is_some());
            let address = registry.text().map(str::to_owned).or_else(|| of("url"))?;
            Some((address, of("token"))).filter(|_| !is_other)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(manager: Manager, files: &[(&str, &str)], variables: &[&str], settings: Option<&str>) {
        let found =
            Project::of_files(files.iter().copied()).conclude(|project| registry(project, "", manager));
        assert_eq!(found.settings.as_deref(), settings, "{files:?}");
        assert!(found.variables.iter().eq(variables), "{files:?}: {:?}", found.variables);
    }

    #[test]
    fn registries_in_every_spelling() {
        let npmrc = "registry = https://npm.example/\n//npm.example/:_authToken=${NPM_TOKEN}\n";
        check(Manager::Pnpm, &[(".npmrc", npmrc)], &["NPM_TOKEN"], None);
        check(Manager::Pnpm, &[(".npmrc", "; ${NPM_TOKEN}\nsave-exact=true\n")], &[], None);
        let plain = Some("registry=https://r.example/npm/\n");
        let token = Some("registry=https://r.example/npm/\n//r.example/npm/:_authToken=${NPM_TOKEN}\n");
        let yarn = |text: &str, variables: &[&str], settings: Option<&str>| {
            let text = format!("nodeLinker: node-modules\nnpmRegistryServer: {text}\n");
            check(Manager::Yarn, &[(".yarnrc.yml", &text)], variables, settings);
        };
        yarn("\"https://r.example/npm\"", &[], plain);
        yarn("https://r.example/npm/\nnpmAuthToken: \"${NPM_TOKEN:-}\"", &["NPM_TOKEN"], token);
        yarn("https://r.example/npm/\nnpmAuthToken: npm_x", &[], None);
        yarn("https://r.example/npm/\nnpmAuthIdent: \"${NPM_IDENT}\"", &["NPM_IDENT"], None);
        yarn("\"${REGISTRY}\"", &["REGISTRY"], None);
        let both = [(".yarnrc.yml", "npmRegistryServer: https://r.example\n"), (".npmrc", npmrc)];
        check(Manager::Yarn, &both, &["NPM_TOKEN"], None);
        check(Manager::Yarn1, &[(".yarnrc", "# é\nregistry \"https://r.example/npm\"\n")], &[], plain);
        let bun = |text: &str, settings: Option<&str>| {
            check(Manager::Bun, &[("bunfig.toml", text)], &[], settings);
        };
        bun("[install]\nregistry = 'https://r.example/npm/'\n", plain);
        bun("[install.registry]\nurl = 'https://r.example/npm/'\ntoken = '$NPM_TOKEN'\n", token);
        bun("[install.registry]\nurl = 'https://r.example/npm/'\nusername = 'a'\n", None);
        bun("[install]\nregistry = 'https://a:b@r.example/npm/'\n", None);
        check(Manager::Bun, &[], &[], None);
    }
}
