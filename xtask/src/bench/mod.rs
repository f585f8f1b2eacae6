//! Measurements: what is judged is always a ratio, because machines differ.

mod llb;
mod overhead;

use std::time::Duration;

use anyhow::Result;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// No-op rebuilds through Slipway, the external Dockerfile frontend and one that exits at once
    Overhead {
        /// Interleaved rounds of each case
        #[arg(long, default_value_t = 30)]
        rounds: usize,
    },
    /// Building and marshalling graphs, against BuildKit's own Go client
    Llb,
}

pub(crate) fn run(name: &str, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Overhead { rounds } => overhead::run(name, *rounds),
        Bench::Llb => llb::run(),
    }
}

fn tell(what: &str, ratio: f64, limit: f64) {
    let verdict = if ratio <= limit { "met" } else { "MISSED" };
    println!("  {ratio:.3} {what} (at most {limit}): {verdict}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
