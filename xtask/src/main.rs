//! The developer's one menu: `cargo xtask engine|frontend|demo|test|bench`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a menu talks to a person; no stream here is a wire"
)]

mod bench;
mod builder;
mod demo;
mod engine;
mod frontend;
mod images;
mod linters;
mod older;
mod packages;
mod progress;
mod recipe;
mod registry;
mod test;
mod tools;

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use clap::{Parser, Subcommand};
use sha2::{Digest, Sha256};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The developer's one menu")]
struct Menu {
    /// Which engine: two checkouts that work side by side need two names
    #[arg(long, global = true, env = "SLIPWAY_ENGINE", default_value = "main")]
    name: String,
    #[command(subcommand)]
    entry: Entry,
}

#[derive(Debug, Subcommand)]
enum Entry {
    /// The BuildKit engine of tests and demo
    #[command(subcommand)]
    Engine(engine::Verb),
    /// Build the frontend image and put it where the engine finds it
    Frontend,
    /// From nothing to a running image, every step shown
    Demo,
    /// What guards the project, as in CI: format, lints, tests, end-to-end tests
    Test {
        /// Also the tests that are too slow for CI and ignored otherwise
        #[arg(long, conflicts_with = "builder")]
        full: bool,
        /// Only end-to-end tests, on this buildx builder
        #[arg(long, env = "SLIPWAY_BUILDER")]
        builder: Option<String>,
        /// Which tests the builder gets, as for `cargo test`: `-- --test go`
        #[arg(last = true, requires = "builder")]
        which: Vec<String>,
    },
    /// Measurements
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let menu = Menu::parse();
    let done = match &menu.entry {
        Entry::Engine(verb) => engine::run(&menu.name, verb),
        Entry::Frontend => frontend::run(&menu.name),
        Entry::Demo => demo::run(&menu.name),
        Entry::Test { builder: Some(builder), which, .. } => builder::test(builder, which),
        Entry::Test { builder: None, full, .. } => test::run(&menu.name, *full),
        Entry::Bench(bench) => bench::run(&menu.name, bench),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the checkout")
}

/// The first 12 hex digits of a SHA-256: enough to tell recipes apart.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    let digest = format!("{:x}", Sha256::digest(bytes));
    digest[..12].to_owned()
}

/// What a short command prints.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {}", command.get_program().display()))?;
    ensure!(
        output.status.success(),
        "{}: {}\n{}",
        command.get_program().display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).context("output is text")
}
