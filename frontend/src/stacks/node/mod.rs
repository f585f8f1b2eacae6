//! Node: the trees of packages for development and for production are layers of their own, installed side by side; the app
//! is built from its source without network, and the image is what was built on the production tree.

mod build;
mod capture;
mod deps;
mod manager;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::runtime::Runtime;
use super::{Expanded, Request, packages};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::node::{COMPILERS_OF_ALPINE, Goal, NodeFacts, NodeImage, Packages};
use crate::facts::{Decision, Fact, Project};
use crate::gather::Gather as _;
use crate::manifest::App;
use crate::path;
use crate::plan::build::{At, stage_name, words};
use crate::plan::{Base, Mount, Network, SecretId, Stage, Text, Variable};
use crate::rules::Rule;
use crate::span::Spanned;

/// The user `node` of the official images.
const USER: &str = "1000:1000";

/// Where the source is while it is built.
const SOURCE: &str = "/src";

pub(super) fn expand(
    request: &Request<'_>,
    project: &mut Project,
    diagnostics: &mut Diagnostics,
) -> Option<Expanded> {
    let kit = Kit::read(request, request.toolchains, Goal::Server, project, diagnostics)?;
    let runtime = runtime(&kit, diagnostics)?;
    runtime.check(kit.app, diagnostics);
    kit.check_base(diagnostics);
    let mut decisions = kit.decisions();
    decisions.extend(runtime.decisions());
    let mut stages = kit.stages();
    stages.extend(runtime.stages(kit.at, kit.app));
    Some(Expanded { stages, decisions })
}

/// All that the stages of an app are written from.
pub(super) struct Kit<'a> {
    at: At,
    app: &'a App,
    pub(super) facts: NodeFacts,
    /// The image of the toolchain, and why it is this one.
    image: Fact<String>,
    /// The image of this version with nothing but Node in it.
    slim: String,
    /// Packages of the system, for all but the image.
    system: Vec<Spanned<Text>>,
    manager: Option<manager::Program>,
    /// Of each folder that packages are installed below, the name of the output that they are.
    modules: BTreeMap<String, String>,
}

impl<'a> Kit<'a> {
    pub(super) fn read(
        request: &Request<'a>,
        toolchains: &Toolchains,
        goal: Goal,
        project: &mut Project,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        let Request { app, span, .. } = *request;
        let facts = NodeFacts::read(project, app, goal, span, toolchains, diagnostics)?;
        let manager = match manager::program(&facts, toolchains) {
            Ok(program) => program,
            Err(mistake) => {
                diagnostics.push(*mistake);
                return None;
            }
        };
        let at = At(span);
        let version = &facts.version.value;
        // A page runs on no Node.
        let wanted = NodeImage::wanted(app).filter(|_| goal == Goal::Server);
        let wanted = wanted.and_then(|wanted| Some((wanted.value.toolchain()?, wanted)));
        let slim = wanted.map_or_else(|| toolchains.image(version), |(image, _)| image.to_owned());
        let mut system = app.packages.build.clone();
        let compiles = facts.compiled.value && system.is_empty();
        let compilers = match wanted {
            Some((_, wanted)) => wanted.value.with_compilers(),
            None => Some(toolchains.image_with_compilers(version)),
        };
        let of_catalog = |image: String, diagnostics: &mut Diagnostics| {
            super::image_of("Node", &facts.version, image, toolchains, at, diagnostics)
        };
        let image = match (compilers.filter(|_| compiles), wanted) {
            (Some(image), Some(_)) => facts.compiled.with(image),
            (Some(image), None) => facts.compiled.with(of_catalog(image, diagnostics).value),
            (None, Some((_, wanted))) => Fact::written(slim.clone(), "run.from", wanted.span),
            (None, None) => of_catalog(slim.clone(), diagnostics),
        };
        if compiles && wanted.is_some_and(|(_, wanted)| wanted.value.is_alpine()) {
            system = COMPILERS_OF_ALPINE.iter().map(|name| at.text(name)).collect();
        }
        let modules = output_names(folders(&facts).into_iter().chain(production_folders(&facts)));
        Some(Self { at, app, facts, image, slim, system, manager, modules })
    }

    /// Packages that were installed for one image may not work in another.
    fn check_base(&self, diagnostics: &mut Diagnostics) {
        let facts = &self.facts;
        let Some(from) = self.app.run.from.as_ref().filter(|_| facts.per_platform.value) else { return };
        if facts.product.packages == Packages::Bundled || NodeImage::wanted(self.app).is_some() {
            return;
        }
        let message = format!(
            "packages are installed for `{}`, and nothing is known of this base: {}",
            self.slim, facts.per_platform.reason
        );
        diagnostics.push(Diagnostic::new(Rule::UnknownBase, from.span, message).help(format!(
            "name an image of Node, as in `run: {{ from: node:{}-alpine }}`",
            facts.version.value
        )));
    }

    /// All but the image.
    pub(super) fn stages(&self) -> Vec<Stage> {
        let mut stages = self.toolchain_stages();
        stages.extend(self.deps());
        stages.push(self.build());
        stages.extend(self.test());
        stages
    }

    pub(super) fn decisions(&self) -> Vec<Decision> {
        let mut decisions = self.facts.decisions();
        decisions.push(self.image.decision("toolchain"));
        decisions
    }

    fn image(&self) -> Base {
        Base::Image(Text::literal(&*self.image.value))
    }

    /// System packages, and the package manager.
    fn toolchain_stages(&self) -> Vec<Stage> {
        let packages = packages::stage(self.at, "toolchain", &self.image(), &self.system);
        let manager = self.manager.as_ref().map(|program| program.stage(self));
        packages.into_iter().chain(manager).collect()
    }

    /// A stage of the toolchain.
    fn stage(&self, name: &str, network: Network) -> Stage {
        let base = match self.system.first() {
            Some(_) => Base::Stage(stage_name("toolchain")),
            None => self.image(),
        };
        let mut stage = self.at.stage(stage_name(name), base);
        stage.network = self.at.network(network);
        if self.manager.is_some() {
            stage.environment.push(manager::path(self.at));
            stage.mounts.push(manager::mount(self.at));
        }
        stage
    }

    /// Where the steps run that make the same on every platform: what is built is not for one of them, but what is gathered
    /// from packages is where these are, and so is what is generated into them.
    fn platform(&self) -> Option<Spanned<Text>> {
        let of_packages = self.facts.product.packages == Packages::Gathered || self.generates();
        if of_packages && self.facts.per_platform.value { None } else { self.at.build_platform() }
    }

    fn folders(&self) -> Vec<&str> {
        folders(&self.facts)
    }

    fn production_folders(&self) -> impl Iterator<Item = &str> {
        production_folders(&self.facts)
    }

    /// The name of the output that a folder's packages are.
    fn modules(&self, folder: &str) -> &str {
        self.modules.get(folder).expect("every folder with packages has a name")
    }

    fn every_secret(&self) -> Vec<Spanned<Mount>> {
        self.app.secrets.iter().map(super::secret_mount).collect()
    }

    fn named_secrets(&self, names: &[Spanned<SecretId>]) -> Vec<Spanned<Mount>> {
        let secrets = self.app.secrets.iter();
        let named = secrets.filter(|secret| names.iter().any(|name| name.value == secret.id.value));
        named.map(super::secret_mount).collect()
    }
}

/// Folders below which packages are installed, relative to the workspace.
fn folders(facts: &NodeFacts) -> Vec<&str> {
    let members = facts.packages.iter().map(String::as_str).filter(|folder| !folder.is_empty());
    [""].into_iter().chain(members).collect()
}

/// Those of them that there are at run time.
fn production_folders(facts: &NodeFacts) -> impl Iterator<Item = &str> {
    let members = facts.members.iter().map(|member| &*member.folder);
    let members = members.chain([&*facts.app]).filter(|folder| !folder.is_empty());
    [""].into_iter().chain(members)
}

/// Names of outputs for the packages of folders. Where those of several would be the same, the later ones get a number.
fn output_names<'a>(folders: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let wanted: Vec<_> = folders.map(|folder| (folder, output_name(folder))).collect();
    let mut taken: BTreeSet<String> = wanted.iter().map(|(_, name)| name.clone()).gather();
    let mut first = BTreeSet::new();
    let mut names = BTreeMap::new();
    for (folder, name) in &wanted {
        if names.contains_key(*folder) {
            continue;
        }
        let mut unique = name.clone();
        if !first.insert(name) {
            let mut number = 2;
            while taken.contains(&unique) {
                unique = format!("{name}-{number}");
                number += 1;
            }
            taken.insert(unique.clone());
        }
        names.insert((*folder).to_owned(), unique);
    }
    names
}

fn output_name(folder: &str) -> String {
    if folder.is_empty() {
        return "modules".to_owned();
    }
    // A name has an end, and a path may be longer.
    let name = folder.chars().take(100);
    let name = name.map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' });
    format!("modules-{}", name.collect::<String>())
}

fn runtime(kit: &Kit<'_>, diagnostics: &mut Diagnostics) -> Option<Runtime> {
    let (facts, at) = (&kit.facts, kit.at);
    let product = &facts.product;
    let mut layers = Vec::new();
    if let Some(tree) = kit.production() {
        layers.extend(kit.production_folders().map(|folder| at.layer(tree, kit.modules(folder))));
    }
    layers.push(at.layer("build", "app"));
    let mut environment = vec![at.variable("NODE_ENV", Text::literal("production"))];
    for (name, value) in &product.variables {
        super::overlay(&mut environment, &[at.variable(name, Text::literal(value))]);
    }
    let entrypoint = product.entrypoint.as_ref();
    let entrypoint = entrypoint.map(|entry| entry.with(entry.value.iter().map(Text::literal).collect()));
    let runtime = Runtime {
        base: Fact::decided(Base::Image(Text::literal(&*kit.slim)), "the catalog's image of this version"),
        donor: kit.image(),
        layers,
        user: Fact::decided(USER.to_owned(), "the user `node` of the image"),
        entrypoint,
        environment,
        working_dir: Some(facts.home()),
        expose: Vec::new(),
        init: Some(Fact::decided(true, "as process 1, Node ignores `SIGTERM` unless the app handles it")),
        setup: Vec::new(),
        stop_signal: None,
    };
    let runtime = runtime.of(kit.app);
    if runtime.entrypoint.is_none() && kit.app.run.command.is_none() && !kit.app.replaces("run") {
        diagnostics.push(facts.no_entrypoint());
        return None;
    }
    Some(runtime)
}

/// The path of a folder of the workspace below another.
fn below(root: &str, folder: &str) -> String {
    path::join(root, folder)
}

fn own(environment: &[Variable], stage: &mut Stage) {
    super::overlay(&mut stage.environment, environment);
}

fn shell(script: &str) -> Vec<Text> {
    words(&["sh", "-c", script])
}
