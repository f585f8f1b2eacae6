//! `cargo xtask engine up|status|env|down`.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clap::Subcommand;
use e2e::Engine;
use e2e::engine::{BESIDE, Own};
use e2e::state::State;

use crate::{images, older, packages, progress, registry, tools};

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Start the engine and its registry; what is missing is installed, built and assembled first
    Up,
    /// Install the older engines that tests use, and print where they are: eval "$(cargo xtask engine older)"
    Older,
    /// Say what runs
    Status,
    /// Print what a shell must export: eval "$(cargo xtask engine env)"
    Env,
    /// End the engine, and the registry when no other engine needs it
    Down {
        /// End every engine
        #[arg(long)]
        all: bool,
        /// Also remove what it has built and cached
        #[arg(long)]
        remove: bool,
    },
}

const PROGRAMS: [packages::Program<'static>; 4] =
    [("runc", "runc"), ("docker-registry", "docker-registry"), ("git", "git"), ("curl", "curl")];

pub(crate) fn run(name: &str, verb: &Verb) -> Result<()> {
    let state = State::open()?;
    match verb {
        Verb::Up => {
            let engine = up(&state, name)?;
            progress::say(&format!("engine `{name}` is up at {}", engine.address()));
        }
        Verb::Older => println!("export {}='{}'", older::FOLDER, older::ensure(&state)?.display()),
        Verb::Status => status(&state)?,
        Verb::Env => {
            let dir = state.engine(name);
            let Ok(engine) = Engine::load(&dir) else {
                bail!("no engine `{name}`: run `cargo xtask engine up` first");
            };
            for (name, value) in engine.env() {
                println!("export {name}='{value}'");
            }
        }
        Verb::Down { all, remove } => down(&state, name, *all, *remove)?,
    }
    Ok(())
}

/// Makes sure that the engine `name` runs. Safe to call from several processes at once.
pub(crate) fn up(state: &State, name: &str) -> Result<Engine> {
    ensure!(
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
        "an engine's name has only a-z, 0-9 and `-`"
    );
    ensure!(rustix::process::geteuid().is_root(), "the engine runs containers, which needs root here");
    let _lock = lock(state, "up")?;
    packages::need(state, &PROGRAMS)?;
    mount_cgroups()?;
    let tools = tools::ensure(state)?;
    let registry = registry::start(state)?;
    let dir = state.engine(name);
    let engine = Engine {
        name: name.to_owned(),
        dir,
        tools,
        registry,
        names: name.to_owned(),
        own: Own::default(),
        builder: None,
    };
    if engine.running().is_none() {
        progress::say(&format!("starting engine `{name}`"));
    }
    engine.start()?;
    images::ensure(state, &engine)?;
    Ok(engine)
}

/// `runc` runs nothing where no cgroup file system is mounted.
fn mount_cgroups() -> Result<()> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").context("reading the mounts")?;
    // The file system's type follows the lone dash: proc_pid_mountinfo(5).
    if mounts.lines().any(|line| line.contains(" - cgroup")) {
        return Ok(());
    }
    progress::say("no cgroups are mounted here: mounting cgroup2 at /sys/fs/cgroup");
    crate::output(Command::new("mount").args(["-t", "cgroup2", "none", "/sys/fs/cgroup"]))?;
    Ok(())
}

/// One user of an engine at a time: two would push their own `slipway/frontend:1` over each other's.
pub(crate) fn claim(state: &State, name: &str) -> Result<std::fs::File> {
    lock(state, &format!("engine-{name}"))
}

fn lock(state: &State, name: &str) -> Result<std::fs::File> {
    state.lock(name, |waited| {
        if waited > Duration::from_millis(500) {
            progress::say(&format!("waiting for another `cargo xtask`, {} s", waited.as_secs()));
        }
    })
}

fn engines(state: &State) -> Result<Vec<Engine>> {
    if !state.engines().exists() {
        return Ok(Vec::new());
    }
    let mut engines = Vec::new();
    for entry in std::fs::read_dir(state.engines())? {
        if let Ok(engine) = Engine::load(&entry?.path()) {
            engines.push(engine);
        }
    }
    engines.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(engines)
}

fn status(state: &State) -> Result<()> {
    match registry::running(state) {
        Some(daemon) => println!("registry   {} (pid {})", daemon.config, daemon.pid),
        None => println!("registry   not running"),
    }
    for engine in engines(state)? {
        match engine.running() {
            Some(daemon) => println!("engine     {} (pid {}) {}", engine.name, daemon.pid, engine.address()),
            None => println!("engine     {} not running", engine.name),
        }
    }
    Ok(())
}

fn down(state: &State, name: &str, all: bool, remove: bool) -> Result<()> {
    let _lock = lock(state, "up")?;
    for engine in engines(state)? {
        let leftover = engine.name.starts_with(&format!("{name}{BESIDE}"));
        let meant = all || engine.name == name || leftover;
        if meant {
            progress::say(&format!("ending engine `{}`", engine.name));
            engine.stop();
        }
        if leftover || meant && remove {
            std::fs::remove_dir_all(&engine.dir)?;
        }
    }
    if engines(state)?.iter().all(|engine| engine.running().is_none()) {
        progress::say("ending the registry");
        registry::stop(state);
    }
    Ok(())
}
