//! A frontend with a bug, for the test that sees what becomes of it.

use buildkit_gateway::Frontend;

#[expect(clippy::print_stderr, reason = "whoever starts it by hand reads stderr")]
fn main() {
    let error = Frontend::new("https://example.com/issues").run(async |_| panic!("nobody thought of this"));
    eprintln!("{error}");
}
