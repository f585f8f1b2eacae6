//! Measurements: what is judged is always a ratio, because machines differ.

mod llb;
mod overhead;
mod stacks;

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
