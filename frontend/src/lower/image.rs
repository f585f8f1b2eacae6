//! The config of the image that a stage becomes.

use super::config::{DEFAULT_PATH, Empty, Health, ImageConfig, has_variable};
use super::stage::Built;
use super::{Build, Lowering};
use crate::plan::{Healthcheck, Image, Inherit, Port, Protocol, Stage};
use crate::span::Span;

pub(super) fn config(stage: &Stage, built: &Built, build: &Build<'_>) -> Lowering<ImageConfig> {
    let mut config = built.config.clone();
    let image = stage.image.clone().unwrap_or_default();
    match image.inherit {
        Inherit::All => {
            if stage.image.is_none() {
                if built.working_dir != "/" || !config.config.working_dir.is_empty() {
                    config.config.working_dir.clone_from(&built.working_dir);
                }
                config.config.env.clone_from(&built.environment);
                config.config.user.clone_from(&built.user);
            }
        }
        Inherit::Environment => config.keep_environment(),
        Inherit::Nothing => config.config = super::config::Runtime::default(),
    }
    built.platform.os().clone_into(&mut config.os);
    built.platform.architecture().clone_into(&mut config.architecture);
    config.variant = Some(built.platform.variant().to_owned()).filter(|variant| !variant.is_empty());
    apply(&image, build, stage.span(), &mut config)?;
    if !has_variable(&config.config.env, "PATH") {
        config.config.env.insert(0, format!("PATH={DEFAULT_PATH}"));
    }
    config.config.labels.extend(build.options.labels.clone());
    Ok(config)
}

fn apply(image: &Image, build: &Build<'_>, span: Span, config: &mut ImageConfig) -> Lowering<()> {
    let args = build.args;
    let runtime = &mut config.config;
    if let Some(entrypoint) = &image.entrypoint {
        runtime.entrypoint = args.all(entrypoint, span)?;
        // The base's command was written for the base's entrypoint.
        runtime.cmd.clear();
    }
    if let Some(command) = &image.command {
        runtime.cmd = args.all(command, span)?;
    }
    for variable in &image.environment {
        args.set(variable, &mut runtime.env)?;
    }
    if let Some(user) = args.optional(image.user.as_ref())? {
        runtime.user = user;
    }
    if let Some(directory) = args.optional(image.working_dir.as_ref())? {
        runtime.working_dir = directory;
    }
    runtime.exposed_ports.extend(image.expose.iter().map(|port| (exposed(port.value), Empty {})));
    if let Some(signal) = args.optional(image.stop_signal.as_ref())? {
        runtime.stop_signal = signal;
    }
    for (name, value) in &image.labels {
        runtime.labels.insert(name.clone(), args.value(value, span)?);
    }
    for volume in &image.volumes {
        runtime.volumes.insert(args.of(volume)?, Empty {});
    }
    if let Some(healthcheck) = &image.healthcheck {
        runtime.healthcheck = Some(health(healthcheck, build, span)?);
    }
    Ok(())
}

fn exposed(port: Port) -> String {
    let protocol = match port.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
        Protocol::Sctp => "sctp",
    };
    format!("{}/{protocol}", port.number)
}

fn health(healthcheck: &Healthcheck, build: &Build<'_>, span: Span) -> Lowering<Health> {
    Ok(match healthcheck {
        Healthcheck::Disabled => Health { test: vec!["NONE".to_owned()], ..Health::default() },
        Healthcheck::Test { test, interval, timeout, start_period, start_interval, retries } => Health {
            test: build.args.all(test, span)?,
            interval: interval.unwrap_or_default(),
            timeout: timeout.unwrap_or_default(),
            start_period: start_period.unwrap_or_default(),
            start_interval: start_interval.unwrap_or_default(),
            retries: retries.unwrap_or_default().into(),
        },
    })
}
