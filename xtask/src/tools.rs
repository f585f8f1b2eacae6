//! `buildkitd`, `buildctl`, the external Dockerfile frontend and `buildx`, built from the Go module
//! in `tests/engine` once for each set of versions.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::state::State;

use crate::{packages, progress, root};

const TOOLS: [(&str, &str); 4] = [
    ("buildkitd", "github.com/moby/buildkit/cmd/buildkitd"),
    ("buildctl", "github.com/moby/buildkit/cmd/buildctl"),
    ("dockerfile-frontend", "github.com/moby/buildkit/frontend/dockerfile/cmd/dockerfile-frontend"),
    ("buildx", "github.com/docker/buildx/cmd/buildx"),
];

/// A `docker` for machines that have none. Only `docker buildx` is asked of it.
const STAND_IN: &str = r#"#!/bin/sh
# Stands in for the docker CLI: buildx works on its own as well as as its plugin.
if [ "$1" != buildx ]; then echo "this stand-in only knows docker buildx" >&2; exit 1; fi
shift
exec "${0%/*}/buildx" "$@"
"#;

/// The folder that holds the tools, which are built first when they are not there.
pub(crate) fn ensure(state: &State) -> Result<PathBuf> {
    let module = root().join("tests/engine");
    let mut key = Vec::new();
    for name in ["go.mod", "go.sum"] {
        key.extend(std::fs::read(module.join(name))?);
    }
    key.extend(crate::output(Command::new("go").arg("version"))?.into_bytes());
    let folder = state.tools(&crate::short_hash(&key));
    if folder.join("done").exists() {
        return Ok(folder);
    }
    std::fs::create_dir_all(&folder)?;
    progress::say("building the engine's tools, once for each set of versions (about 4 minutes on 2 cores)");
    let flags = link_flags(&module)?;
    for (name, package) in TOOLS {
        let mut build = Command::new("go");
        build
            .current_dir(&module)
            // Static, as upstream builds them: the Dockerfile frontend runs in an image of its own.
            .env("CGO_ENABLED", "0")
            .args(["build", "-ldflags", &flags, "-o"])
            .arg(folder.join(name))
            .arg(package);
        let log = state.logs().join(format!("go-build-{name}.log"));
        progress::run(&format!("go build {name}"), &mut build, &log, Duration::from_mins(30))?;
    }
    if packages::find("docker").is_none() {
        progress::say("no docker CLI here: `docker buildx` is buildx on its own");
        stand_in(&folder.join("docker"))?;
    }
    std::fs::write(folder.join("done"), "")?;
    Ok(folder)
}

/// Upstream's own builds carry their version; without it the engine calls itself v0.0.0.
fn link_flags(module: &Path) -> Result<String> {
    let mut flags = vec![String::from("-s -w")];
    for name in ["github.com/moby/buildkit", "github.com/docker/buildx"] {
        let mut list = Command::new("go");
        list.current_dir(module).args(["list", "-m", "-f", "{{.Version}}", name]);
        let version = crate::output(&mut list)?;
        ensure!(!version.trim().is_empty(), "tests/engine/go.mod has no {name}");
        flags.push(format!("-X {name}/version.Version={}", version.trim()));
    }
    Ok(flags.join(" "))
}

fn stand_in(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, STAND_IN)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .context("making the stand-in executable")
}
