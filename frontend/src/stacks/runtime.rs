//! The stage `run`: the base, the app's layers on top of it, and the image's config. Nothing but the
//! environment is taken over from the base: what the image has, the plan says.

use super::{packages, rootfs};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::{Decision, Fact, Place};
use crate::manifest::App;
use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Image, Inherit, Layer, Port, Stage, Step, Text, Variable};
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml;

/// The user of an image whose base knows of none.
pub(super) const USER: &str = "10001:10001";

/// Images without a shell and a package manager, by a part of their names.
const BARE: &[&str] = &["/distroless/", "/chainguard/static"];

/// The stage with the helper, and what it is called in the frontend's own image.
const INIT: &str = "init";
const HELPER: &str = "slipway-helper";

/// The image of a stack, where the manifest does not say something else.
#[derive(Clone, Debug)]
pub(super) struct Runtime {
    pub base: Fact<Base>,
    /// An image that has what an empty root lacks: certificates, time zones.
    pub donor: Base,
    /// What is put on the base, what changes least first.
    pub layers: Vec<Spanned<Layer>>,
    /// Numeric, `user:group`.
    pub user: Fact<String>,
    /// Not known where the stack has a question that only the manifest answers.
    pub entrypoint: Option<Fact<Vec<Text>>>,
    pub environment: Vec<Variable>,
    pub working_dir: Option<String>,
    pub expose: Vec<Port>,
    /// Whether the helper is process 1; it is not where nobody says so.
    pub init: Option<Fact<bool>>,
    /// What is done to the base before the app is put on it.
    pub setup: Vec<Spanned<Step>>,
    pub stop_signal: Option<&'static str>,
}

impl Runtime {
    /// What the manifest says goes before the stack's own.
    pub(super) fn of(self, app: &App) -> Self {
        let run = &app.run;
        let written = |text: &Spanned<Text>| Fact::written(text.value.to_string(), "run.user", text.span);
        let words =
            |words: &Spanned<Vec<Text>>| Fact::written(words.value.clone(), "run.entrypoint", words.span);
        let init = |init: &Spanned<bool>| Fact::written(init.value, "run.init", init.span);
        let base = |base: &Spanned<Base>| Fact::written(base.value.clone(), "run.from", base.span);
        Self {
            base: run.from.as_ref().map_or(self.base, base),
            user: run.user.as_ref().map_or(self.user, written),
            entrypoint: run.entrypoint.as_ref().map(words).or(self.entrypoint),
            init: run.init.as_ref().map(init).or(self.init),
            ..self
        }
    }

    /// The stages below `run`, and `run` itself.
    pub(super) fn stages(&self, at: At, app: &App) -> Vec<Stage> {
        let base = self.base.value.clone();
        let packages = packages::stage(at, "packages", &base, &app.packages.run);
        let base = packages.as_ref().map_or(base, |stage| Base::Stage(stage.name.value.clone()));
        let rootfs = rootfs::stage(at, app, self, &base);
        let base = rootfs.as_ref().map_or(base, |stage| Base::Stage(stage.name.value.clone()));
        let init = self.init_stage(at);
        let run = self.stage(at, app, base, rootfs.as_ref());
        let mut stages: Vec<_> = packages.into_iter().chain(rootfs).chain(init).chain([run]).collect();
        // What is wrong with the base is wrong where it is written.
        if let Some(Place::Manifest(span)) = self.base.place {
            for stage in stages.iter_mut().filter(|stage| stage.from.value == self.base.value) {
                stage.from.span = span;
            }
        }
        stages
    }

    /// The helper, a layer of its own below the app's.
    fn init_stage(&self, at: At) -> Option<Stage> {
        let at = self.init_place(at)?;
        let mut stage = at.stage(stage_name(INIT), Base::Scratch);
        stage.steps = vec![at.copy(Base::Slipway, "", &[HELPER.to_owned()], "/")];
        Some(stage)
    }

    /// `None` when the entrypoint is process 1.
    fn init_place(&self, at: At) -> Option<At> {
        let init = self.init.as_ref().filter(|init| init.value)?;
        Some(match init.place {
            Some(Place::Manifest(span)) => At(span),
            Some(Place::File { .. }) | None => at,
        })
    }

    fn stage(&self, at: At, app: &App, base: Base, rootfs: Option<&Stage>) -> Stage {
        let mut stage = at.stage(stage_name("run"), base);
        if rootfs.is_some_and(|rootfs| rootfs.platform.is_some()) {
            stage.platform = at.target_platform();
        }
        let init = self.init_place(at);
        let helper = init.map(|at| at.spanned(Layer { from: stage_name(INIT), output: None }));
        stage.merge = helper.into_iter().chain(self.layers.iter().cloned()).collect();
        let run = &app.run;
        let mut environment = self.environment.clone();
        super::overlay(&mut environment, &run.environment);
        let mut expose: Vec<_> = self.expose.iter().map(|&port| at.spanned(port)).collect();
        if !run.expose.is_empty() {
            expose.clone_from(&run.expose);
        }
        stage.image = Some(Image {
            inherit: Inherit::Environment,
            entrypoint: self.words(init.is_some()),
            command: run.command.as_ref().map(|command| command.value.clone()),
            environment,
            user: Some(run.user.clone().unwrap_or_else(|| at.text(&self.user.value))),
            working_dir: run
                .working_dir
                .clone()
                .or_else(|| self.working_dir.as_deref().map(|folder| at.text(folder))),
            expose,
            healthcheck: run.healthcheck.clone(),
            stop_signal: run.stop_signal.clone().or_else(|| self.stop_signal.map(|signal| at.text(signal))),
            labels: run.labels.clone(),
            volumes: run.volumes.clone(),
        });
        stage
    }

    /// What always runs, with the helper in front.
    fn words(&self, init: bool) -> Option<Vec<Text>> {
        let entrypoint = self.entrypoint.as_ref().map(|entrypoint| entrypoint.value.clone());
        if !init {
            return entrypoint;
        }
        let helper = [Text::literal(format!("/{HELPER}")), Text::literal("init")];
        Some(helper.into_iter().chain(entrypoint.into_iter().flatten()).collect())
    }

    /// What the image is, for explanations.
    pub(super) fn decisions(&self) -> Vec<Decision> {
        let mut decisions =
            vec![self.base.decision("base").key("run.from"), self.user.decision("user").key("run.user")];
        decisions.extend(self.entrypoint.as_ref().map(|entrypoint| {
            let words: Vec<_> = entrypoint.value.iter().map(|word| yaml::quoted(&word.to_string())).collect();
            let words = format!("[{}]", words.join(", "));
            entrypoint.with(words).decision("entrypoint").key("run.entrypoint")
        }));
        decisions.extend(self.init.as_ref().map(|init| init.decision("init").key("run.init")));
        if !self.expose.is_empty() {
            let ports: Vec<_> = self.expose.iter().map(|port| port.number.to_string()).collect();
            let ports = format!("[{}]", ports.join(", "));
            decisions.push(Decision::new("expose", ports, "the entrypoint listens there").key("run.expose"));
        }
        decisions
    }

    /// What a bare base cannot do, of all that a manifest can ask for.
    pub(super) fn check(&self, app: &App, diagnostics: &mut Diagnostics) {
        let base = match &self.base.value {
            Base::Scratch => "an empty root".to_owned(),
            Base::Image(image) => format!("`{image}`"),
            Base::Context | Base::Slipway | Base::Stage(_) => return,
        };
        let is_bare = self.base.value == Base::Scratch || BARE.iter().any(|name| base.contains(name));
        if let Some(package) = app.packages.run.first().filter(|_| is_bare) {
            let message = format!("{base} has no package manager");
            diagnostics.push(
                Diagnostic::new(Rule::ConflictingKeys, package.span, message)
                    .help("name a base that has one, as in `run: { from: debian:bookworm-slim }`"),
            );
        }
        if let Some(user) = app.run.user.as_ref().filter(|_| self.base.value == Base::Scratch) {
            let ids = user.value.to_string();
            let named = ids.split(':').any(|id| !id.contains("${") && id.parse::<u32>().is_err());
            if named {
                let message = format!("an empty root has no user `{ids}`");
                diagnostics.push(
                    Diagnostic::new(Rule::InvalidUser, user.span, message)
                        .help(format!("write numbers, as in `user: \"{USER}\"`")),
                );
            }
        }
    }
}

/// What follows exists only when the tests passed.
pub(super) fn gate(at: At, app: &App) -> Option<Spanned<Step>> {
    let gate = app.test.gate.as_ref().filter(|gate| gate.value)?;
    Some(At(gate.span).spanned(Step::DependsOn(at.spanned(stage_name("test")))))
}
