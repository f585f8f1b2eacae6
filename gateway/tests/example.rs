//! The example does what it says.

#[allow(dead_code, reason = "`main` is for BuildKit to start")]
#[path = "../examples/motto.rs"]
mod motto;

use buildkit_gateway::Options;
use buildkit_gateway::testing::{Fake, Outcome};

fn run(manifest: &str, more: &[(&str, &str)]) -> Outcome {
    let entries = [("filename", "motto.txt")].into_iter().chain(more.iter().copied());
    Fake::new(Options::new(entries)).directory("dockerfile", [("motto.txt", manifest)]).run(motto::build)
}

#[test]
fn images() {
    let outcome = run("# syntax=x\nsmall\n", &[]);
    assert!(outcome.error().is_none());
    assert_eq!(outcome.definition(None).map(|graph| graph.vertices().len()), Some(1));
    let both = run("# syntax=x\nsmall\n", &[("platform", "linux/amd64,linux/arm64")]);
    assert!(both.definition(Some("linux/arm64")).is_some());
    assert!(run(&"long\n".repeat(300), &[]).warnings()[0].starts_with("Long"));
}

#[test]
fn mistakes() {
    let error = run("# syntax=x\n", &[]).error().expect("a mistake");
    assert!(error.has_source());
    assert_eq!(error.message(), "a motto is missing");
    let error = run("", &[("ulimit", "x"), ("memory", "x")]).error().expect("two mistakes");
    assert_eq!(
        error.message(),
        "option `ulimit` cannot be `x`: it must be a name and one or two numbers, `nofile=1024:2048`\n\
         option `memory` cannot be `x`: it must be a number above 0"
    );
}

#[test]
fn questions() {
    assert!(run("", &[("requestid", "frontend.targets")]).metadata("result.json").is_some());
    let error = run("", &[("requestid", "frontend.plan")]).error().expect("no such call");
    assert_eq!(error.message(), "unsupported request frontend.plan");
}
