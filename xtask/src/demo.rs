//! `cargo xtask demo`: from nothing to a running image, every step shown.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use e2e::build::FRONTEND;
use e2e::state::State;
use e2e::{Engine, Image, Run};

use crate::{engine, frontend, progress, root};

pub(crate) fn run(name: &str) -> Result<()> {
    let state = State::open()?;
    let _claim = engine::claim(&state, name)?;
    progress::say("1. the engine: BuildKit, buildx and a local registry");
    let engine = engine::up(&state, name)?;
    progress::say(&format!("2. the frontend image, {FRONTEND}, built by Dockerfile.frontend"));
    frontend::push(&engine)?;
    progress::say(&format!("   {} compressed", megabytes(frontend::compressed_size(&engine)?)));

    let project = root().join("examples/go");
    progress::say("3. examples/go, whose slipway.yaml is:");
    for line in std::fs::read_to_string(project.join("slipway.yaml"))?.lines() {
        eprintln!("           {line}");
    }
    let folder = state.logs().join(format!("demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let shown = show(&engine, &project, &folder);
    std::fs::remove_dir_all(&folder)?;
    shown
}

fn show(engine: &Engine, project: &Path, folder: &Path) -> Result<()> {
    let archive = folder.join("image.tar");
    let start = Instant::now();
    let mut build = command(engine, &archive);
    print_command(&build);
    let status = progress::wait(
        "docker buildx build",
        build.current_dir(project),
        Duration::from_mins(20),
        String::new,
    )?;
    ensure!(status.success(), "the build failed");
    let first = start.elapsed();

    let image = Image::open(&archive)?;
    progress::say(&format!(
        "4. the image: {} in {} layers, {} files, user {}, entrypoint {}",
        megabytes(image.compressed_size()),
        image.layers.len(),
        image.paths()?.len(),
        image.config["config"]["User"].as_str().unwrap_or("root"),
        image.texts("Entrypoint").join(" "),
    ));
    progress::say("5. the image at work, with a read-only root, asked by HTTP:");
    let start = Instant::now();
    let mut container = image.start(&Run::default())?;
    for path in ["/time/Europe/Zurich", "/about"] {
        let answer = container.get(8080, path, Duration::from_secs(20))?;
        eprintln!("           GET {path} -> {}", answer.trim());
    }
    progress::say(&format!("   unpacked, started and answered in {:.2} s", start.elapsed().as_secs_f64()));
    drop(container);

    progress::say("6. the same build again: what is cached");
    let again = engine.build(project).file("slipway.yaml").run()?.success()?;
    let mut told = BTreeSet::new();
    for step in again.steps.steps.iter().filter(|step| step.cached) {
        if told.insert(&step.name) {
            eprintln!("           cached {}", step.name);
        }
    }
    ensure!(again.steps.ran().is_empty(), "steps ran again: {:?}", again.steps.ran());
    progress::say(&format!(
        "first build {:.1} s, second build {:.2} s",
        first.as_secs_f64(),
        again.elapsed.as_secs_f64()
    ));
    progress::say("the engine stays up; `cargo xtask engine env` gives it to your shell, `... down` ends it");
    Ok(())
}

fn command(engine: &Engine, archive: &Path) -> Command {
    let mut build = engine.command("docker");
    build.args(["buildx", "build", "--progress=plain", "--file=slipway.yaml"]);
    build.arg(format!("--output=type=oci,dest={}", archive.display()));
    if let Some(bundle) = e2e::build::host_certificates() {
        build.arg(format!("--secret=id=ca,src={}", bundle.display()));
    }
    build.arg(".");
    build
}

fn print_command(command: &Command) {
    let args: Vec<_> = command.get_args().map(std::ffi::OsStr::to_string_lossy).collect();
    eprintln!("           $ {} {}", command.get_program().display(), args.join(" "));
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
