//! `cargo xtask bench llb`: the graph library against BuildKit's Go client.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::root;

/// The program is an example of the tests, so that it is built in a profile of its own.
pub(super) fn run() -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["run", "--quiet", "--profile", "bench", "--package", "e2e", "--example", "bench_llb"])
        .status()?;
    ensure!(status.success(), "the measurement failed");
    Ok(())
}
