//! The stage `run`: the base, the app's layer on top of it, and the image's config. Nothing but the
//! environment is taken over from the base: what the image has, the plan says.

use super::rootfs;
use crate::manifest::App;
use crate::plan::build::{At, stage_name};
use crate::plan::{Base, Image, Inherit, Stage, Step, Text};
use crate::span::Spanned;

pub(super) fn stage(at: At, app: &App, rootfs: Option<&Stage>, program: &str) -> Stage {
    let from = rootfs.map_or_else(|| rootfs::base(app), |stage| Base::Stage(stage.name.value.clone()));
    let mut stage = at.stage(stage_name("run"), from);
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

/// What follows exists only when the tests passed.
pub(super) fn gate(at: At, app: &App) -> Option<Spanned<Step>> {
    let gate = app.test.gate.as_ref().filter(|gate| gate.value)?;
    Some(At(gate.span).spanned(Step::DependsOn(at.spanned(stage_name("test")))))
}
