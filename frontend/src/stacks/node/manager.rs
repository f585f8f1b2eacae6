//! The package manager as a program: a step of its own, keyed by its exact version alone. Corepack would fetch it in every
//! step anew, and newer images have none.

use super::Kit;
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Place};
use crate::facts::node::{Manager, NodeFacts, SEARCH_PATH};
use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Mount, Network, Stage, Text, Variable};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

const STAGE: &str = "package-manager";
const FOLDER: &str = "/opt/package-manager";

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
        stage.outputs = vec![at.output("program", FOLDER)];
        let argv =
            ["npm", "install", "--global", "--no-audit", "--no-fund", "--prefix", FOLDER, &self.package];
        stage.steps = vec![at.run(argv.map(Text::literal).to_vec(), Vec::new())];
        stage
    }
}

/// Where steps see it.
pub(super) fn mount(at: At) -> Spanned<Mount> {
    at.bind_output(STAGE, "program")
}

pub(super) fn path(at: At) -> Variable {
    at.variable("PATH", Text::literal(format!("{FOLDER}/bin:{SEARCH_PATH}")))
}
