//! Python: the dependencies are a virtual environment, in a layer of its own and at its final path; the project is
//! installed or copied on top of it, and nothing of what installed it is in the image.

mod build;
mod deps;
mod index;
mod install;

use super::runtime::{self, Runtime};
use super::{Expanded, Request, packages};
use crate::catalog::Toolchains;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::python::manifest::BuildSystem;
use crate::facts::python::{PythonFacts, wanted_image};
use crate::facts::{Fact, Project};
use crate::manifest::App;
use crate::path;
use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Network, Port, Protocol, Stage, Text, Variable};
use crate::rules::Rule;
use crate::span::Spanned;

/// The virtual environment, while it is made and in the image.
const VENV: &str = "/opt/venv";

/// Where the app is in the image.
const HOME: &str = "/app";

/// Where the project is when it is installed.
const PACKAGES: &str = "/app/lib";

/// What a user has for a home that the base knows nothing of. Otherwise it is `/`, where Streamlit and whatever else keeps
/// something below `~` cannot write.
const WRITABLE: &str = "/tmp";

/// Where the source is while it is read.
const SOURCE: &str = "/src";

/// The search path of the official images.
const PATH: &str = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) fn expand(
    request: &Request<'_>,
    project: &mut Project,
    diagnostics: &mut Diagnostics,
) -> Option<Expanded> {
    let Request { app, span, toolchains, .. } = *request;
    let facts = PythonFacts::read(project, app, span, toolchains, diagnostics)?;
    let image = image(app, toolchains, &facts, At(span), diagnostics);
    let system = system(At(span), app, &facts);
    let kit = Kit { at: At(span), app, facts, image, system, toolchains };
    kit.check(diagnostics);
    let runtime = kit.runtime();
    runtime.check(app, diagnostics);
    let mut decisions = kit.facts.decisions();
    decisions.push(kit.image.decision("toolchain"));
    decisions.extend(runtime.decisions());
    let mut stages: Vec<_> =
        packages::stage(kit.at, "toolchain", &kit.base_image(), &kit.system).into_iter().collect();
    stages.extend(kit.deps());
    stages.push(kit.build());
    stages.extend(kit.test());
    stages.extend(runtime.stages(kit.at, app));
    Some(Expanded { stages, decisions })
}

/// All that the stages of an app are written from.
struct Kit<'a> {
    at: At,
    app: &'a App,
    facts: PythonFacts,
    /// The image that everything is made in. Wheels are for the distribution of the image that they run in.
    image: Fact<Base>,
    /// The system packages of whatever installs and builds.
    system: Vec<Spanned<Text>>,
    toolchains: &'a Toolchains,
}

/// The Python that the app asks to run on, else the catalog's.
fn image(
    app: &App,
    toolchains: &Toolchains,
    facts: &PythonFacts,
    at: At,
    diagnostics: &mut Diagnostics,
) -> Fact<Base> {
    match wanted_image(app) {
        Some(image) => Fact::written(Base::Image(image.value.clone()), "run.from", image.span),
        None => {
            let image = toolchains.image(&facts.version.value);
            let image = super::image_of("Python", &facts.version, image, toolchains, at, diagnostics);
            image.with(Base::Image(Text::literal(&*image.value)))
        }
    }
}

/// Those of the app, and git where a dependency comes from a repository: the slim image has none.
fn system(at: At, app: &App, facts: &PythonFacts) -> Vec<Spanned<Text>> {
    let mut system = app.packages.build.clone();
    if facts.git().is_some() && system.iter().all(|package| package.value.as_literal() != Some("git")) {
        system.push(at.text("git"));
    }
    system
}

/// A number is in no base's list of users, but for that of root.
fn is_unknown(user: &Text) -> bool {
    let id = user.as_literal().and_then(|user| user.split(':').next());
    id.and_then(|id| id.parse::<u32>().ok()).is_some_and(|id| id != 0)
}

impl Kit<'_> {
    fn check(&self, diagnostics: &mut Diagnostics) {
        if let Some(from) = &self.app.run.from
            && matches!(from.value, Base::Image(_) | Base::Scratch)
            && wanted_image(self.app).is_none()
        {
            let message =
                format!("nothing says that `{}` has Python {}", from.value, self.facts.version.value);
            let help = format!(
                "name an image that is called `python`, as in `run: {{ from: \"{}\" }}`",
                self.image.value
            );
            diagnostics.push(Diagnostic::new(Rule::UnknownBase, from.span, message).help(help));
        }
        let is_told = || super::git_variables(self.app).next().is_some() || self.app.replaces("deps");
        if let Some(place) = self.facts.ssh().filter(|_| !is_told()) {
            let message =
                "a dependency comes from a repository over ssh, and no step of a stack has an agent";
            let help = "have git ask for it over https, with the `GIT_CONFIG_` variables of \
                        `build.environment` and a `netrc` under `secrets`";
            diagnostics.push(Diagnostic::new(Rule::MissingSsh, place.clone(), message).help(help));
        }
        if let Some(gate) = self.app.test.gate.as_ref().filter(|gate| gate.value)
            && !self.has_tests()
        {
            let message = "`gate` waits for tests, and the project depends on no `pytest`";
            diagnostics.push(
                Diagnostic::new(Rule::GateWithoutTest, gate.span, message)
                    .help("add `command: [...]` beside it, or `pytest` to the development dependencies"),
            );
        }
    }

    /// The app's folder while it is built.
    fn source(&self) -> String {
        path::join(SOURCE, &self.facts.app)
    }

    /// The folders of the projects that the app is made from, itself last, relative to the source.
    fn projects(&self) -> impl Iterator<Item = &str> {
        self.facts.parts.iter().map(|part| &*part.folder).chain([&*self.facts.app])
    }

    /// How those of them are built that are installed, each with its folder.
    fn builds(&self) -> impl Iterator<Item = (&str, &BuildSystem)> {
        let parts = self.facts.parts.iter().filter_map(|part| Some((&*part.folder, part.build.as_ref()?)));
        parts.chain(self.facts.package.value.as_ref().map(|build| (&*self.facts.app, build)))
    }

    /// The folders of those.
    fn packages(&self) -> impl Iterator<Item = &str> {
        self.builds().map(|(folder, _)| folder)
    }

    fn installs_packages(&self) -> bool {
        self.builds().next().is_some()
    }

    /// All of the source is in the image, beside what is installed or instead of it.
    fn copies(&self) -> bool {
        self.facts.package.value.is_none() || self.facts.beside
    }

    fn tests(&self) -> bool {
        self.app.test.command.is_some() || self.facts.tests.is_some()
    }

    /// There is a stage `test`, whoever wrote it.
    fn has_tests(&self) -> bool {
        self.tests() || self.app.stages.iter().any(|stage| stage.name.value.as_str() == "test")
    }

    fn base_image(&self) -> Base {
        self.image.value.clone()
    }

    /// A stage of the toolchain.
    fn stage(&self, name: &str, network: Network) -> Stage {
        let base = match self.system.first() {
            Some(_) => Base::Stage(stage_name("toolchain")),
            None => self.base_image(),
        };
        let mut stage = self.at.stage(stage_name(name), base);
        stage.network = self.at.network(network);
        stage
    }

    fn variables(&self, variables: &[(&str, &str)]) -> Vec<Variable> {
        variables.iter().map(|(name, value)| self.at.variable(name, Text::literal(*value))).collect()
    }

    /// What every program of the app sees, while it is built and in the image.
    fn environment(&self) -> Vec<Variable> {
        let installed = self.installs_packages();
        let own = if installed { format!("{PACKAGES}/bin:") } else { String::new() };
        let mut environment = self.variables(&[
            ("PATH", &format!("{own}{VENV}/bin:{PATH}")),
            ("PYTHONUNBUFFERED", "1"),
            // What is compiled is in the image already, and its root may be read-only.
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ]);
        let packages = installed.then(|| PACKAGES.to_owned());
        let imports =
            packages.into_iter().chain((self.copies() && self.facts.src).then(|| path::join(HOME, "src")));
        let imports: Vec<_> = imports.collect();
        if !imports.is_empty() {
            environment.extend(self.variables(&[("PYTHONPATH", &imports.join(":"))]));
        }
        environment
    }

    fn runtime(&self) -> Runtime {
        let at = self.at;
        let mut layers = Vec::new();
        if self.installs() {
            layers.push(at.layer("deps", "venv"));
        }
        layers.push(at.layer("build", "app"));
        let mut environment = self.environment();
        if self.app.run.user.as_ref().is_none_or(|user| is_unknown(&user.value)) {
            environment.extend(self.variables(&[("HOME", WRITABLE)]));
        }
        let entry = self.facts.entry.as_ref();
        let port = entry.and_then(|entry| entry.port);
        let runtime = Runtime {
            base: self.image.with(self.base_image()),
            donor: self.base_image(),
            layers,
            user: Fact::decided(runtime::USER.to_owned(), "an image does not run as root unless it has to"),
            entrypoint: entry
                .map(|entry| entry.argv.with(entry.argv.value.iter().map(Text::literal).collect())),
            environment,
            working_dir: Some(HOME.to_owned()),
            expose: port.map(|number| Port { number, protocol: Protocol::Tcp }).into_iter().collect(),
            init: None,
            setup: Vec::new(),
            stop_signal: None,
        };
        runtime.of(self.app)
    }
}
