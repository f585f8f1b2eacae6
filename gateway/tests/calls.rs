//! Answers to calls are those of BuildKit's own frontend. `calls/main.go` wrote the goldens.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

use std::fs;
use std::path::Path;

use buildkit_gateway::calls::{
    self, Arg, CacheMount, Call, Finding, Lint, Outline, Secret, Ssh, Target, Targets,
};
use buildkit_gateway::testing::{Fake, Outcome};
use buildkit_gateway::{Options, Response};
use buildkit_llb::{Location, SourceFile};
use serde_json::Value;

fn manifest() -> SourceFile {
    let text = "# syntax=example/frontend:1\nfrom: alpine\nrun: é\nsecrets: [a]\nfrom: x\n";
    SourceFile::new("app.yaml", text, "YAML")
}

fn at(line: u32) -> Location {
    manifest().line(line).unwrap()
}

fn check(name: &str, response: Response) -> Outcome {
    let outcome = Fake::new(Options::default()).run(async |_| Ok(response));
    let golden = |extension| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/calls/{name}.{extension}"));
        fs::read_to_string(path).unwrap()
    };
    assert_eq!(outcome.metadata("result.txt").unwrap(), golden("txt"), "{name}");
    // Go has lists that are not there.
    let golden = golden("json").replace(": null", ": []");
    let parse = |json: &str| serde_json::from_str::<Value>(json).unwrap();
    assert_eq!(parse(outcome.metadata("result.json").unwrap()), parse(&golden), "{name}");
    assert_eq!(outcome.metadata("version"), Some("1.0.0"));
    assert_eq!(outcome.result().unwrap().result, None);
    outcome
}

#[test]
fn describe() {
    let calls = [Call::outline(), Call::targets(), Call::lint("Lint a Dockerfile")];
    check("describe", calls::describe(&calls));
}

#[test]
fn outline() {
    let outline = Outline::new("api")
        .description("the service")
        .arg(Arg {
            name: "COMMIT".into(),
            value: "unknown".into(),
            description: "what is built".into(),
            location: Some(at(2)),
        })
        .arg(Arg { name: "É".into(), ..Arg::default() })
        .secret(Secret { name: "github".into(), required: true, location: Some(at(4)) })
        .secret(Secret { name: "ca".into(), ..Secret::default() })
        .ssh(Ssh { name: "default".into(), required: false, location: Some(at(3)) })
        .cache(CacheMount { id: "go-build".into(), location: Some(at(3)) });
    check("outline", outline.response());
    check("outline-empty", Outline::default().response());
}

#[test]
fn targets() {
    let targets = Targets::new([
        Target::new("api")
            .by_default()
            .description("the service")
            .base("scratch")
            .platform("linux/amd64")
            .at(at(2)),
        Target::new("api.test"),
        Target::new("").by_default(),
    ]);
    check("targets", targets.response());
}

#[test]
fn lint() {
    let lint = Lint::new(&manifest())
        .finding(
            Finding::new("Twice", "`from` is there twice")
                .description("keys are unique")
                .url("https://example.com/twice")
                .at(at(5)),
        )
        .finding(Finding::new("Loose", "`alpine` has no tag").at(at(2)))
        .finding(Finding::new("Zero", "nowhere"));
    let outcome = check("lint", lint.response());
    assert_eq!(outcome.metadata("result.statuscode"), Some("1"));

    let broken = Lint::new(&manifest()).build_error("no `from`", Some(at(2)));
    let outcome = check("lint-error", broken.response());
    assert_eq!(outcome.metadata("result.statuscode"), Some("1"));

    let outcome = check("lint-clean", Lint::new(&manifest()).response());
    assert_eq!(outcome.metadata("result.statuscode"), Some("0"));
}
