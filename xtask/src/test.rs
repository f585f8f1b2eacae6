//! `cargo xtask test`: what guards the project, the cheap first. With `--full`, also what is too slow for CI: tests
//! that are ignored otherwise.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::state::State;

use crate::{engine, frontend, linters, older, progress, root};

pub(crate) fn run(name: &str, full: bool) -> Result<()> {
    let limit = Duration::from_mins(if full { 180 } else { 40 });
    let mut stages = Stages { limit, done: Vec::new() };
    let state = State::open()?;
    let linters = stages.stage("linters", || linters::ensure(&state))?;
    let lint = |program: &str, args: &[&str]| {
        let mut command = Command::new(linters.join(program));
        command.current_dir(root()).args(args);
        command
    };
    let cargo = |args: &[&str]| {
        let mut command = Command::new("cargo");
        command.current_dir(root()).args(args);
        command
    };
    stages.shown("format", &mut cargo(&["fmt", "--all", "--check"]))?;
    stages.shown("spelling", &mut lint("typos", &[]))?;
    stages.shown(
        "dependencies",
        // Not the advisories, whose database is a git repository: see `deny.toml`.
        &mut lint("cargo-deny", &["--locked", "check", "bans", "licenses", "sources"]),
    )?;
    stages.shown(
        "clippy",
        &mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
    )?;
    stages.shown(
        "unit, law and golden tests",
        &mut cargo(&["test", "--locked", "--no-fail-fast", "--workspace", "--exclude", "e2e"]),
    )?;
    stages.shown(
        "documentation",
        cargo(&["doc", "--locked", "--no-deps", "--workspace"]).env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    // What a registry would get, each built from its package. Only the libraries are published. What one needs of the
    // others is the checkout's: cargo keeps a package that it has unpacked for good, also one that is not published
    // and has changed since under the same version.
    let mut packages = cargo(&["publish", "--locked", "--workspace", "--dry-run", "--allow-dirty"]);
    for (package, folder) in [("buildkit-proto", "proto"), ("buildkit-llb", "llb")] {
        packages.arg("--config").arg(format!("patch.crates-io.{package}.path='{folder}'"));
    }
    stages.shown("packages", &mut packages)?;
    let _claim = engine::claim(&state, name)?;
    let engine = stages.stage("engine", || engine::up(&state, name))?;
    stages.stage("frontend image", || frontend::push(&engine))?;
    let mut tests = cargo(&["test", "--locked", "--no-fail-fast", "--package", "e2e"]);
    tests.envs(engine.env()).env(older::FOLDER, stages.stage("older engines", || older::ensure(&state))?);
    tests.args(full.then_some(["--", "--include-ignored"]).into_iter().flatten());
    stages.shown("end-to-end tests", &mut tests)?;
    stages.tell();
    Ok(())
}

/// What was done and how long it took.
#[derive(Debug)]
struct Stages {
    /// Of one that hangs.
    limit: Duration,
    done: Vec<(&'static str, Duration)>,
}

impl Stages {
    fn stage<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        progress::say(&format!("== {name}"));
        let start = Instant::now();
        let done = work()?;
        self.done.push((name, start.elapsed()));
        Ok(done)
    }

    /// A stage whose output is shown as it comes.
    fn shown(&mut self, name: &'static str, command: &mut Command) -> Result<()> {
        let limit = self.limit;
        self.stage(name, || {
            let status = progress::wait(name, command, limit, String::new)?;
            ensure!(status.success(), "{name}: {status}");
            Ok(())
        })
    }

    fn tell(&self) {
        let times: Vec<String> =
            self.done.iter().map(|(name, time)| format!("{name} {:.0} s", time.as_secs_f64())).collect();
        progress::say(&format!("all passed: {}", times.join(", ")));
    }
}
