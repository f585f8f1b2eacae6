//! The stage `run`: the base, the app's layers on top of it, and the image's config. Nothing but the
//! environment is taken over from the base: what the image has, the plan says.

use super::{packages, rootfs};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::{Decision, Fact};
use crate::manifest::App;
use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Image, Inherit, Layer, Port, Stage, Step, Text, Variable};
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml;

/// The user of an image whose base knows of none.
pub(super) const USER: &str = "10001:10001";

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
        let base = |base: &Spanned<Base>| Fact::written(base.value.clone(), "run.from", base.span);
        Self {
            base: run.from.as_ref().map_or(self.base, base),
            user: run.user.as_ref().map_or(self.user, written),
            entrypoint: run.entrypoint.as_ref().map(words).or(self.entrypoint),
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
        let run = self.stage(at, app, base, rootfs.as_ref());
        packages.into_iter().chain(rootfs).chain([run]).collect()
    }

    fn stage(&self, at: At, app: &App, base: Base, rootfs: Option<&Stage>) -> Stage {
        let mut stage = at.stage(stage_name("run"), base);
        if rootfs.is_some_and(|rootfs| rootfs.platform.is_some()) {
            stage.platform = at.target_platform();
        }
        stage.merge.clone_from(&self.layers);
        let run = &app.run;
        let mut environment = self.environment.clone();
        super::overlay(&mut environment, &run.environment);
        let mut expose: Vec<_> = self.expose.iter().map(|&port| at.spanned(port)).collect();
        if !run.expose.is_empty() {
            expose.clone_from(&run.expose);
        }
        stage.image = Some(Image {
            inherit: Inherit::Environment,
            entrypoint: self.entrypoint.as_ref().map(|entrypoint| entrypoint.value.clone()),
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

    /// What the image is, for explanations.
    pub(super) fn decisions(&self) -> Vec<Decision> {
        let mut decisions =
            vec![self.base.decision("base").key("run.from"), self.user.decision("user").key("run.user")];
        decisions.extend(self.entrypoint.as_ref().map(|entrypoint| {
            let words: Vec<_> = entrypoint.value.iter().map(|word| yaml::quoted(&word.to_string())).collect();
            let words = format!("[{}]", words.join(", "));
            entrypoint.with(words).decision("entrypoint").key("run.entrypoint")
        }));
        if !self.expose.is_empty() {
            let ports: Vec<_> = self.expose.iter().map(|port| port.number.to_string()).collect();
            let ports = format!("[{}]", ports.join(", "));
            decisions.push(Decision::new("expose", ports, "the entrypoint listens there").key("run.expose"));
        }
        decisions
    }

    /// What an empty root cannot do, of all that a manifest can ask for.
    pub(super) fn check(&self, app: &App, diagnostics: &mut Diagnostics) {
        if self.base.value != Base::Scratch {
            return;
        }
        if let Some(package) = app.packages.run.first() {
            diagnostics.push(
                Diagnostic::new(Rule::ConflictingKeys, package.span, "an empty root has no package manager")
                    .help("name a base that has one, as in `run: { from: debian:bookworm-slim }`"),
            );
        }
        if let Some(user) = &app.run.user {
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
