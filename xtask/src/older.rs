//! The engines of the past that tests use: the oldest BuildKit that builds as it is, and the Docker Engine that the
//! distribution has.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use e2e::state::State;

use crate::{packages, progress, root};

/// The variable by which tests find them.
pub(crate) const FOLDER: &str = "SLIPWAY_OLDER_ENGINES";

/// With the libraries that a small system lacks.
const DOCKER: [&str; 4] = ["docker.io", "containerd", "tini", "libdevmapper1.02.1"];

/// The folder that holds them, which are made first when they are not there: `buildkitd`, and `docker/usr/...`.
pub(crate) fn ensure(state: &State) -> Result<PathBuf> {
    let _lock = state.lock("older", |_| {})?;
    let module = root().join("tests/engine/oldest");
    let mut key = DOCKER.concat().into_bytes();
    for name in ["go.mod", "go.sum"] {
        key.extend(std::fs::read(module.join(name))?);
    }
    let folder = state.tools(&crate::short_hash(&key));
    if folder.join("done").exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder)?;
    let mut build = Command::new("go");
    build
        .current_dir(&module)
        .env("CGO_ENABLED", "0")
        .args(["build", "-ldflags", "-s -w", "-o"])
        .arg(folder.join("buildkitd"))
        .arg("github.com/moby/buildkit/cmd/buildkitd");
    let log = state.logs().join("go-build-oldest-buildkitd.log");
    progress::run("go build buildkitd, the oldest", &mut build, &log, Duration::from_mins(30))?;
    packages::unpack(state, &DOCKER, &folder.join("docker"))?;
    std::fs::write(folder.join("done"), "")?;
    Ok(folder)
}
