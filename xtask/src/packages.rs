//! What the distribution brings: installed when missing, and said.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use e2e::state::State;

use crate::progress;

/// A program and the Debian package that has it.
pub(crate) type Program<'a> = (&'a str, &'a str);

const LIMIT: Duration = Duration::from_mins(10);

static LISTS_FETCHED: AtomicBool = AtomicBool::new(false);

/// Makes sure that these programs are there.
pub(crate) fn need(state: &State, programs: &[Program<'_>]) -> Result<()> {
    let missing: Vec<&str> =
        programs.iter().filter(|(program, _)| find(program).is_none()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    fetch_lists(state)?;
    let log = state.logs().join("apt-get-install.log");
    let mut install = Command::new("apt-get");
    install
        .args(["install", "-q", "-y", "--no-install-recommends"])
        .args(&missing)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // No package starts a service of its own: what is needed is started here.
        .env("RUNLEVEL", "1");
    progress::run(&format!("apt-get install {names}"), &mut install, &log, LIMIT)
        .with_context(|| format!("these Debian packages are needed: {names}"))
}

/// Lays the files of packages out in `folder`: nothing is installed, and no service is started.
pub(crate) fn unpack(state: &State, names: &[&str], folder: &Path) -> Result<()> {
    fetch_lists(state)?;
    let downloads = folder.join("packages");
    std::fs::create_dir_all(&downloads)?;
    let mut download = Command::new("apt-get");
    download.current_dir(&downloads).args(["download", "-q"]).args(names);
    let log = state.logs().join("apt-get-download.log");
    progress::run(&format!("apt-get download {}", names.join(" ")), &mut download, &log, LIMIT)?;
    for package in std::fs::read_dir(&downloads)? {
        crate::output(Command::new("dpkg").arg("--extract").arg(package?.path()).arg(folder))?;
    }
    Ok(std::fs::remove_dir_all(downloads)?)
}

fn fetch_lists(state: &State) -> Result<()> {
    if LISTS_FETCHED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let log = state.logs().join("apt-get-update.log");
    progress::run("apt-get update", Command::new("apt-get").args(["update", "-q"]), &log, LIMIT)
}

/// The program's path, looked up as a shell would.
pub(crate) fn find(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}
