//! The frontend's process: BuildKit starts it and talks to it over stdin and stdout.

use std::process::ExitCode;

use buildkit_gateway::Frontend;

const REPORT_TO: &str = "the project's issue tracker";

const BY_HAND: &str = "\
Write it into the first line of a file, and `docker buildx build` starts it:

  # syntax=slipway/frontend:1

  docker buildx build -f slipway.yaml .
";

#[expect(clippy::print_stderr, reason = "no BuildKit is there, only whoever started this by hand")]
fn main() -> ExitCode {
    let error = Frontend::new(REPORT_TO).run(slipway::build::build);
    eprintln!("slipway {}: {error}\n\n{BY_HAND}", env!("CARGO_PKG_VERSION"));
    ExitCode::FAILURE
}
