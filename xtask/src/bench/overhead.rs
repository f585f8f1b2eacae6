//! `cargo xtask bench overhead`: what the frontend itself costs in a build that changes nothing.
//!
//! The same project is built through three frontend images in turn: one that exits at once (its build
//! fails, and what is measured is how soon: the floor that no frontend can go below), Slipway, and the
//! external Dockerfile frontend. Rounds are interleaved, so that whatever else the machine does meets
//! all three alike; what is judged is the ratio of medians.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::Engine;
use e2e::state::State;

use super::{median, tell};
use crate::{engine, frontend, images, progress, root};

/// A manifest of `examples/go`, and the share of the floor and of the Dockerfile frontend that its
/// no-op rebuild may take.
struct Case {
    name: &'static str,
    manifest: &'static str,
    dockerfile: &'static str,
    of_floor: f64,
    of_dockerfile: f64,
}

const CASES: [Case; 2] = [
    Case {
        name: "one-line manifest",
        manifest: "slipway.yaml",
        dockerfile: "Dockerfile",
        of_floor: 1.35,
        of_dockerfile: 0.95,
    },
    Case {
        name: "explicit manifest, bases by digest",
        manifest: "pinned.yaml",
        dockerfile: "pinned.Dockerfile",
        of_floor: 1.25,
        of_dockerfile: 0.9,
    },
];

const FLOOR: &str = "floor.yaml";

/// The example as a user of Dockerfiles would build it.
const DOCKERFILE: &str = include_str!("../../../tests/bench/go.Dockerfile");

pub(super) fn run(name: &str, rounds: usize) -> Result<()> {
    let state = State::open()?;
    let _claim = engine::claim(&state, name)?;
    let engine = engine::up(&state, name)?;
    frontend::push(&engine)?;
    let folder = state.logs().join(format!("bench-{}", std::process::id()));
    let measured = prepare(&engine, &folder).and_then(|()| measure(&engine, &folder, rounds));
    std::fs::remove_dir_all(&folder)?;
    measured
}

fn prepare(engine: &Engine, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let example = root().join("examples/go");
    for entry in std::fs::read_dir(&example)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    std::fs::write(folder.join(FLOOR), "# syntax=slipway/floor:1\n")?;
    std::fs::write(folder.join("Dockerfile"), DOCKERFILE)?;
    let plan = engine.build(folder).file("slipway.yaml").args(["--call=plan"]).run()?.success()?.stdout;
    std::fs::write(folder.join("pinned.yaml"), images::pin(engine, &plan)?)?;
    std::fs::write(folder.join("pinned.Dockerfile"), images::pin(engine, DOCKERFILE)?)?;
    for case in &CASES {
        for file in [case.manifest, case.dockerfile] {
            progress::say(&format!("building {file} once"));
            engine.build(folder).file(file).run()?.success().with_context(|| file.to_owned())?;
        }
    }
    Ok(())
}

fn measure(engine: &Engine, folder: &Path, rounds: usize) -> Result<()> {
    for case in &CASES {
        let files = [FLOOR, case.manifest, case.dockerfile];
        let mut times = [(); 3].map(|()| Vec::new());
        for round in 0..rounds + 2 {
            for (file, times) in files.iter().zip(&mut times) {
                let time = build(engine, folder, file)?;
                // The first rounds warm up what is not the frontend's.
                if round >= 2 {
                    times.push(time);
                }
            }
            if round % 10 == 9 {
                progress::say(&format!("  ... {}, round {}", case.name, round + 1));
            }
        }
        let [floor, slipway, dockerfile] = times.map(|times| median(times).as_secs_f64() * 1000.0);
        println!(
            "{}: floor {floor:.1} ms, slipway {slipway:.1} ms, docker/dockerfile {dockerfile:.1} ms",
            case.name
        );
        tell("of the floor", slipway / floor, case.of_floor);
        tell("of docker/dockerfile", slipway / dockerfile, case.of_dockerfile);
    }
    Ok(())
}

/// The way of a user's build, without buildx, whose own 100 ms and more would hide the differences:
/// the daemon's Dockerfile frontend reads the first line and hands over to the image named there.
fn build(engine: &Engine, folder: &Path, file: &str) -> Result<Duration> {
    let mut command = engine.command("buildctl");
    command.args(["build", "--progress=plain", "--frontend=dockerfile.v0"]);
    for local in ["context", "dockerfile"] {
        command.arg(format!("--local={local}={}", folder.display()));
    }
    command.arg(format!("--opt=filename={file}")).stdin(Stdio::null());
    let start = Instant::now();
    let output = command.output().context("running buildctl")?;
    let elapsed = start.elapsed();
    ensure!(
        output.status.success() != (file == FLOOR),
        "{file}: {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(elapsed)
}
