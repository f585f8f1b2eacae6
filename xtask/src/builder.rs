//! `SLIPWAY_BUILDER=name cargo xtask test`: end-to-end tests on a buildx builder that one already has.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use e2e::Engine;
use e2e::state::State;

use crate::{engine, frontend, progress, root};

/// The tests that need no more of an engine than that it builds. Others need an empty one beside it, the registry, images
/// that only the tests have, or to be on the same machine.
const ANY_BUILDER: [&str; 11] = [
    "calls",
    "flavours",
    "frameworks",
    "go",
    "law_1",
    "node",
    "page",
    "python",
    "source",
    "stages",
    "warnings",
];

pub(crate) fn test(name: &str, which: &[String]) -> Result<()> {
    let state = State::open()?;
    let dir = state.engine(&format!("builder-{name}"));
    std::fs::create_dir_all(&dir)?;
    let engine = Engine::of_builder(name, dir);
    let _claim = engine::claim(&state, &format!("builder-{name}"))?;
    engine.save()?;
    let mut inspect = engine.command("docker");
    inspect.args(["buildx", "inspect", "--bootstrap"]);
    let log = engine.dir.join("inspect.log");
    progress::run(&format!("starting the builder `{name}`"), &mut inspect, &log, Duration::from_mins(5))?;
    frontend::push(&engine)?;
    let mut tests = Command::new(env!("CARGO"));
    tests.current_dir(root()).envs(engine.env());
    tests.args(["test", "--locked", "--no-fail-fast", "--package", "e2e"]);
    if which.is_empty() {
        tests.args(ANY_BUILDER.iter().flat_map(|test| ["--test", test]));
    }
    let status = tests.args(which).status()?;
    ensure!(status.success(), "end-to-end tests: {status}");
    Ok(())
}
