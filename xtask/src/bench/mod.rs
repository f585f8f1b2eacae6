//! Measurements: what is judged is always a ratio, because machines differ.

mod files;
mod llb;
mod overhead;
mod stacks;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use e2e::Engine;

use crate::progress;

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// No-op rebuilds through Slipway, the external Dockerfile frontend and one that exits at once
    Overhead {
        /// Interleaved rounds of each case
        #[arg(long, default_value_t = 30)]
        rounds: usize,
    },
    /// No-op rebuilds of projects with 30,000 files, against the external Dockerfile frontend
    Files {
        /// Interleaved rounds of each case
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
    /// Building and marshalling graphs, against BuildKit's own Go client
    Llb,
    /// Examples against two Dockerfiles each: what articles give, and the best that can be written
    Stacks {
        /// Only this example; may be given several times
        #[arg(long = "example")]
        examples: Vec<String>,
        /// Interleaved rounds of each cell
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
}

pub(crate) fn run(name: &str, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Overhead { rounds } => overhead::run(name, *rounds),
        Bench::Files { rounds } => files::run(name, *rounds),
        Bench::Llb => llb::run(),
        Bench::Stacks { examples, rounds } => stacks::run(name, examples, *rounds),
    }
}

fn tell(what: &str, ratio: f64, limit: f64) {
    let verdict = if ratio <= limit { "met" } else { "MISSED" };
    println!("  {ratio:.3} {what} (at most {limit}): {verdict}");
}

/// Of seconds or whatever else; there must be one.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Builds these files in turn, so that whatever else the machine does meets all of them alike: the median of each, in
/// milliseconds. Beside a file is whether its build succeeds.
fn interleaved<const N: usize>(
    engine: &Engine,
    folder: &Path,
    files: [(&str, bool); N],
    case: &str,
    rounds: usize,
) -> Result<[f64; N]> {
    let mut times = files.map(|_| Vec::new());
    for round in 0..rounds + 2 {
        for ((file, succeeds), times) in files.iter().zip(&mut times) {
            let time = time(engine, folder, file, *succeeds)?;
            // The first rounds warm up what is not the frontend's.
            if round >= 2 {
                times.push(time.as_secs_f64());
            }
        }
        if round % 10 == 9 {
            progress::say(&format!("  ... {case}, round {}", round + 1));
        }
    }
    Ok(times.map(|times| median(times) * 1000.0))
}

/// The way of a user's build, without buildx, whose own 100 ms and more would hide the differences:
/// the daemon's Dockerfile frontend reads the first line and hands over to the image named there.
fn time(engine: &Engine, folder: &Path, file: &str, succeeds: bool) -> Result<Duration> {
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
        output.status.success() == succeeds,
        "{file}: {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(elapsed)
}
