//! The frontend's process: BuildKit starts it and talks to it over stdin and stdout. Started by hand it answers
//! questions.

use std::process::ExitCode;

use buildkit_gateway::{Frontend, StartError};

const REPORT_TO: &str = "the project's issue tracker";

#[expect(clippy::print_stderr, reason = "no BuildKit is there, only whoever started this by hand")]
fn main() -> ExitCode {
    let error = Frontend::new(REPORT_TO).run(slipway::build::build);
    if matches!(error, StartError::NotStartedByBuildKit) {
        return slipway::cli::run(std::env::args_os());
    }
    eprintln!("slipway {}: {error}", env!("CARGO_PKG_VERSION"));
    ExitCode::FAILURE
}
