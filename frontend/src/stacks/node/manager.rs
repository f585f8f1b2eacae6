//! The package manager as a program: a step of its own, keyed by its exact version and by where it comes from. Corepack would
//! fetch it in every step anew, and newer images have none.

use std::collections::BTreeSet;

use super::Kit;
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Place};
use crate::facts::node::{Manager, NodeFacts, SEARCH_PATH};
use crate::gather::Gather as _;
use crate::manifest::SecretKind;
use crate::plan::build::{At, stage_name, words};
use crate::plan::{Base, Mount, Network, Stage, Text, Variable};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

const STAGE: &str = "package-manager";
/// Where npm looks for the settings of the project, which it does not for what is installed globally.
const FOLDER: &str = "/opt/package-manager";
const PROGRAMS: &str = "/opt/package-manager/node_modules";

/// What does not come with the image.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// `pnpm@10.34.9`, as npm installs it.
    package: String,
}

/// `None` is the npm of the image.
pub(super) fn program(
    facts: &NodeFacts,
    toolchains: &Toolchains,
) -> Result<Option<Program>, Box<Diagnostic>> {
    let manager = facts.manager.value;
    let version = match (&facts.manager_version, manager) {
        (Some(version), _) => version.value.clone(),
        (None, Manager::Npm) => return Ok(None),
        (None, _) => {
            let known = toolchains.package_managers.get(manager.name());
            let format = facts.lock_format.as_deref();
            let version = known.and_then(|known| match format {
                Some(format) => known.get(format),
                None => known.values().max_by_key(|version| numbers(version)),
            });
            version.ok_or_else(|| Box::new(unknown(facts, format.unwrap_or_default())))?.clone()
        }
    };
    let package = match manager {
        // The package `yarn` ends with version 1.
        Manager::Yarn => "@yarnpkg/cli-dist",
        Manager::Npm | Manager::Pnpm | Manager::Yarn1 | Manager::Bun => manager.name(),
    };
    Ok(Some(Program { package: format!("{package}@{version}") }))
}

fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map(|part| part.parse().unwrap_or_default()).collect()
}

fn unknown(facts: &NodeFacts, format: &str) -> Diagnostic {
    let name = facts.manager.value.name();
    let place = facts.manager.place.clone().unwrap_or(Place::Manifest(Span::default()));
    let message = format!("no version of {name} is known for lock files of the format `{format}`");
    Diagnostic::new(Rule::UnknownVersion, place, message)
        .help(format!("name the version in `package.json`, as in `\"packageManager\": \"{name}@1.2.3\"`"))
}

impl Program {
    pub(super) fn stage(&self, kit: &Kit<'_>) -> Stage {
        let at = kit.at;
        let mut stage = at.stage(stage_name(STAGE), Base::Image(Text::literal(&*kit.slim)));
        stage.platform = kit.platform();
        stage.network = at.network(Network::Default);
        stage.outputs = vec![at.output("program", PROGRAMS)];
        stage.environment = kit.fetching(&["npm_config_registry"]);
        stage.environment.extend(kit.unknown_variables());
        let registry = &kit.facts.registry;
        let mut argv = words(&[
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--no-save",
            "--no-package-lock",
        ]);
        if kit.facts.manager.value == Manager::Bun {
            // Its own scripts put the program in its place, whatever the settings say about those of others.
            argv.push(Text::literal("--ignore-scripts=false"));
        }
        argv.extend(words(&["--prefix", FOLDER, &self.package]));
        let settings = match (registry.npmrc, &registry.settings) {
            (Some(npmrc), _) => Some(at.copy(Base::Context, &kit.facts.folder, &[npmrc.to_owned()], FOLDER)),
            (None, Some(text)) => Some(at.file(&format!("{FOLDER}/.npmrc"), Text::literal(text))),
            (None, None) => None,
        };
        // The registry may ask who it is.
        stage.steps = settings.into_iter().chain([at.run(argv, kit.every_secret())]).collect();
        stage
    }
}

impl Kit<'_> {
    /// What settings name and nobody gives: npm would send `${NPM_TOKEN}` as the token.
    fn unknown_variables(&self) -> Vec<Variable> {
        let own = self.app.build.environment.iter().map(|variable| &variable.name.value);
        let secrets = self.app.secrets.iter().filter_map(|secret| match &secret.kind {
            SecretKind::Env { name } => Some(&name.value),
            SecretKind::Netrc | SecretKind::File { .. } => None,
        });
        let given: BTreeSet<&String> = own.chain(secrets).gather();
        let unknown = self.facts.registry.variables.iter().filter(|name| !given.contains(name));
        unknown.map(|name| self.at.variable(name, Text::literal(""))).collect()
    }
}

/// Where steps see it.
pub(super) fn mount(at: At) -> Spanned<Mount> {
    at.bind_output(STAGE, "program")
}

pub(super) fn path(at: At) -> Variable {
    at.variable("PATH", Text::literal(format!("{PROGRAMS}/.bin:{SEARCH_PATH}")))
}
