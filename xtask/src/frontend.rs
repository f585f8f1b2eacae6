//! The frontend image, built by `Dockerfile.frontend` through the engine itself.

use std::time::Duration;

use anyhow::Result;
use e2e::Engine;
use e2e::build::{FRONTEND, host_certificates};
use e2e::state::State;
use serde_json::Value;

use crate::{engine, progress, root};

pub(crate) fn run(name: &str) -> Result<()> {
    let state = State::open()?;
    let _claim = engine::claim(&state, name)?;
    let engine = engine::up(&state, name)?;
    push(&engine)?;
    progress::say(&format!("engine `{name}` has {FRONTEND} of this checkout"));
    Ok(())
}

/// Builds the image from this checkout and puts it where the engine finds it under its real name.
/// The engine knows what it has built already: with nothing changed this takes about a second.
pub(crate) fn push(engine: &Engine) -> Result<()> {
    let output = match engine.builder {
        Some(_) => format!("type=oci,tar=false,dest={}", engine.frontend_layout().display()),
        None => format!("type=image,name={},push=true", engine.pushed(FRONTEND)),
    };
    let mut build = engine.command("docker");
    build
        .current_dir(root())
        .args(["buildx", "build", "--progress=plain", "--provenance=false", "--file=Dockerfile.frontend"])
        .arg(format!("--output={output},rewrite-timestamp=true,compression-level=9"))
        .env("SOURCE_DATE_EPOCH", "0");
    if let Some(bundle) = host_certificates() {
        build.arg(format!("--secret=id=ca,src={}", bundle.display()));
    }
    build.arg(".");
    let log = engine.dir.join("frontend-image.log");
    progress::run(&format!("building {FRONTEND}"), &mut build, &log, Duration::from_mins(20))
}

/// What an engine downloads to use the frontend.
pub(crate) fn compressed_size(engine: &Engine) -> Result<u64> {
    let mut inspect = engine.command("docker");
    inspect.args(["buildx", "imagetools", "inspect", "--raw", &engine.pushed(FRONTEND)]);
    let manifest: Value = serde_json::from_str(&crate::output(&mut inspect)?)?;
    let layers = manifest["layers"].as_array().into_iter().flatten();
    Ok(layers.chain([&manifest["config"]]).filter_map(|blob| blob["size"].as_u64()).sum())
}
