//! The stage `run`: the base, the app's layer on top of it, and the image's config. Nothing but the
//! environment is taken over from the base: what the image has, the plan says.

use super::{packages, rootfs};
use crate::facts::{Decision, Fact};
use crate::manifest::App;
use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Image, Inherit, Stage, Step, Text};
use crate::span::Spanned;
use crate::yaml;

/// The stages below `run` and `run` itself. `toolchain` is an image that has what an empty root lacks.
pub(super) fn stages(at: At, app: &App, toolchain: &Base, program: &str) -> Vec<Stage> {
    let base = app.run.from.as_ref().map_or(Base::Scratch, |from| from.value.clone());
    let packages = packages::stage(at, "packages", &base, &app.packages.run);
    let base = packages.as_ref().map_or(base, |stage| Base::Stage(stage.name.value.clone()));
    let rootfs = rootfs::stage(at, app, &base, toolchain);
    let base = rootfs.as_ref().map_or(base, |stage| Base::Stage(stage.name.value.clone()));
    let run = stage(at, app, base, rootfs.as_ref(), program);
    packages.into_iter().chain(rootfs).chain([run]).collect()
}

fn stage(at: At, app: &App, base: Base, rootfs: Option<&Stage>, program: &str) -> Stage {
    let mut stage = at.stage(stage_name("run"), base);
    if rootfs.is_some_and(|rootfs| rootfs.platform.is_some()) {
        stage.platform = at.target_platform();
    }
    stage.merge = vec![at.layer("build", "app")];
    let run = &app.run;
    stage.image = Some(Image {
        inherit: Inherit::Environment,
        entrypoint: Some(match &run.entrypoint {
            Some(entrypoint) => entrypoint.value.clone(),
            None => vec![Text::literal(program)],
        }),
        command: run.command.as_ref().map(|command| command.value.clone()),
        environment: run.environment.clone(),
        user: Some(run.user.clone().unwrap_or_else(|| at.text(rootfs::USER))),
        working_dir: run.working_dir.clone(),
        expose: run.expose.clone(),
        healthcheck: run.healthcheck.clone(),
        stop_signal: run.stop_signal.clone(),
        labels: run.labels.clone(),
        volumes: run.volumes.clone(),
    });
    stage
}

/// What the image is, for explanations.
pub(super) fn decisions(app: &App, stages: &[Stage]) -> Vec<Decision> {
    let run = &app.run;
    let base = match &run.from {
        Some(from) => Fact::written(from.value.to_string(), "run.from", from.span),
        None => Fact::decided("scratch".to_owned(), "the app needs nothing of a base"),
    };
    let user = match &run.user {
        Some(user) => Fact::written(user.value.to_string(), "run.user", user.span),
        None => Fact::decided(rootfs::USER.to_owned(), "an image does not run as root unless it has to"),
    };
    let image = stages.iter().find_map(|stage| stage.image.as_ref());
    let words = image.and_then(|image| image.entrypoint.as_deref()).unwrap_or_default();
    let words: Vec<_> = words.iter().map(|word| yaml::quoted(&word.to_string())).collect();
    let words = format!("[{}]", words.join(", "));
    let entrypoint = match &run.entrypoint {
        Some(entrypoint) => Fact::written(words, "run.entrypoint", entrypoint.span),
        None => Fact::decided(words, "what was built"),
    };
    vec![
        base.decision("base").key("run.from"),
        user.decision("user").key("run.user"),
        entrypoint.decision("entrypoint").key("run.entrypoint"),
    ]
}

/// What follows exists only when the tests passed.
pub(super) fn gate(at: At, app: &App) -> Option<Spanned<Step>> {
    let gate = app.test.gate.as_ref().filter(|gate| gate.value)?;
    Some(At(gate.span).spanned(Step::DependsOn(at.spanned(stage_name("test")))))
}
