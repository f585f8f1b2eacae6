//! `cargo xtask bench overhead`: what the frontend itself costs in a build that changes nothing.
//!
//! The same project is built through three frontend images in turn: one that exits at once (its build
//! fails, and what is measured is how soon: the floor that no frontend can go below), Slipway, and the
//! external Dockerfile frontend. Rounds are interleaved, so that whatever else the machine does meets
//! all three alike; what is judged is the ratio of medians.
//!
//! The last case is that of a registry far away: an engine of its own whose registry answers late. Where all images
//! have digests, the frontends' own included, nobody waits for it.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::state::State;
use e2e::{Engine, Proxy};

use super::{interleaved, tell};
use crate::{engine, frontend, images, progress, root};

/// What is built in turn, and the share of the floor and of the Dockerfile frontend that the no-op rebuild of
/// Slipway's manifest may take.
struct Case {
    name: &'static str,
    floor: &'static str,
    manifest: &'static str,
    dockerfile: &'static str,
    /// Behind a registry that answers [`LATE`].
    far: bool,
    of_floor: f64,
    of_dockerfile: f64,
}

const CASES: [Case; 3] = [
    Case {
        name: "one-line manifest",
        floor: "floor.yaml",
        manifest: "slipway.yaml",
        dockerfile: "Dockerfile",
        far: false,
        of_floor: 1.35,
        of_dockerfile: 0.95,
    },
    Case {
        name: "explicit manifest, bases by digest",
        floor: "floor.yaml",
        manifest: "bases.yaml",
        dockerfile: "bases.Dockerfile",
        far: false,
        of_floor: 1.25,
        of_dockerfile: 0.9,
    },
    Case {
        name: "bases and frontends by digest, the registry 100 ms late",
        floor: "all.floor.yaml",
        manifest: "all.yaml",
        dockerfile: "all.Dockerfile",
        far: true,
        of_floor: 1.25,
        of_dockerfile: 0.95,
    },
];

const LATE: Duration = Duration::from_millis(100);

const FLOOR: &str = "# syntax=slipway/floor:1\n";

/// The example as a user of Dockerfiles would build it.
const DOCKERFILE: &str = include_str!("../../../tests/bench/go.Dockerfile");

pub(super) fn run(name: &str, rounds: usize) -> Result<()> {
    let state = State::open()?;
    let _claim = engine::claim(&state, name)?;
    let engine = engine::up(&state, name)?;
    frontend::push(&engine)?;
    let proxy = Proxy::in_front_of(&engine.registry, |_| thread::sleep(LATE))?;
    let far = engine.behind(&proxy)?;
    let folder = state.logs().join(format!("bench-{}", std::process::id()));
    let measured = write(&engine, &folder).and_then(|()| {
        CASES.iter().try_for_each(|case| {
            let engine: &Engine = if case.far { &far } else { &engine };
            measure(engine, &folder, case, rounds)
        })
    });
    std::fs::remove_dir_all(&folder)?;
    measured
}

/// The files of all cases.
fn write(engine: &Engine, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let example = root().join("examples/go");
    for entry in std::fs::read_dir(&example)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    let plan = engine.build(folder).file("slipway.yaml").args(["--call=plan"]).run()?.success()?.stdout;
    let bases = images::Pinned::Bases;
    let all = images::Pinned::All;
    for (file, text) in [
        ("floor.yaml", FLOOR.to_owned()),
        ("Dockerfile", DOCKERFILE.to_owned()),
        ("bases.yaml", images::pin(engine, &plan, bases)?),
        ("bases.Dockerfile", images::pin(engine, DOCKERFILE, bases)?),
        ("all.floor.yaml", images::pin(engine, FLOOR, all)?),
        ("all.yaml", images::pin(engine, &plan, all)?),
        ("all.Dockerfile", images::pin(engine, DOCKERFILE, all)?),
    ] {
        std::fs::write(folder.join(file), text)?;
    }
    Ok(())
}

fn measure(engine: &Engine, folder: &Path, case: &Case, rounds: usize) -> Result<()> {
    for file in [case.manifest, case.dockerfile] {
        progress::say(&format!("building {file} once"));
        // An image, as whoever builds a second time has made one the first time: its layers are stored then, and the
        // engine does not look for them in vain (`util/flightcontrol`, which waits when it is asked for an error again).
        let build = engine.build(folder).file(file).args(["--output=type=image,push=false"]);
        build.run()?.success().with_context(|| file.to_owned())?;
    }
    let files = [(case.floor, false), (case.manifest, true), (case.dockerfile, true)];
    let [floor, slipway, dockerfile] = interleaved(engine, folder, files, case.name, rounds)?;
    println!(
        "{}: floor {floor:.1} ms, slipway {slipway:.1} ms, docker/dockerfile {dockerfile:.1} ms",
        case.name
    );
    tell("of the floor", slipway / floor, case.of_floor);
    tell("of docker/dockerfile", slipway / dockerfile, case.of_dockerfile);
    Ok(())
}
