//! Advice as `docker buildx build` shows it beside the build, and how it is silenced or made an error.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use e2e::{Engine, Outcome, Project};
use serde_json::Value;

/// One stage that can reach the network for no reason, after the lines that are given.
fn build(engine: &Engine, directives: &str, args: &[&str]) -> Outcome {
    let project = Project::of_manifest(&format!(
        "{directives}args: {{ API_TOKEN: none }}\nstages:\n  build:\n    from: debian:bookworm-slim\n    steps: [{{ run: ['true'] }}]\n  run: {{ from: scratch }}\n"
    ))
    .unwrap();
    let build = engine.build(project.path()).file("slipway.yaml").args(args.iter().copied());
    build.env("BUILDX_METADATA_WARNINGS", "1").limit(Duration::from_mins(2)).run().unwrap()
}

const NETWORK: &str = "NetworkInBuild: the stage `build` can reach the network (line";
const TOKEN: &str = "SecretsUsedInArgOrEnv: ";

/// Whether each of the two was told.
fn told(outcome: &Outcome) -> [bool; 2] {
    [NETWORK, TOKEN].map(|text| outcome.steps.warnings.iter().any(|warning| warning.starts_with(text)))
}

#[test]
fn a_warning_names_its_rule_and_its_place() {
    let engine = Engine::connect();
    let outcome = build(&engine, "", &[]);
    assert!(outcome.ok, "{}", outcome.message);
    assert_eq!(told(&outcome), [true, true], "{:?}", outcome.steps.warnings);
    assert!(outcome.steps.warnings.contains(&format!("{NETWORK} 4)")), "{:?}", outcome.steps.warnings);
    // What `docker --debug` draws below it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("metadata.json");
    build(&engine, "", &[&format!("--metadata-file={}", file.display())]);
    let metadata: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let warnings = metadata["buildx.build.warnings"].as_array().unwrap();
    let decoded = |text: &Value| String::from_utf8(STANDARD.decode(text.as_str().unwrap()).unwrap()).unwrap();
    let network = warnings.iter().find(|warning| decoded(&warning["short"]).starts_with(NETWORK)).unwrap();
    assert_eq!(network["range"][0]["start"]["line"], 4, "{network}");
    assert_eq!(network["sourceInfo"]["filename"], "slipway.yaml", "{network}");
    let details: String = network["detail"].as_array().unwrap().iter().map(decoded).collect();
    assert!(details.contains("write `network: none`"), "{details}");
    // For people, a list after the build.
    let plain = build(&engine, "", &["--progress=plain"]);
    for text in ["2 warnings found", &format!(" - {NETWORK} 4)")] {
        assert!(plain.message.contains(text), "{text}: {}", plain.message);
    }
    // Several platforms are no reason to say it several times.
    let several = build(&engine, "", &["--platform=linux/amd64,linux/arm64"]);
    assert!(several.ok, "{}", several.message);
    assert_eq!(several.steps.warnings.len(), 2, "{:?}", several.steps.warnings);
}

#[test]
fn instructions_that_a_base_has_for_dockerfiles_are_told() {
    let engine = Engine::connect();
    let base = Project::empty().unwrap();
    base.write("Dockerfile", "FROM scratch\nONBUILD COPY . /src\nONBUILD RUN make\n").unwrap();
    let layout = tempfile::tempdir().unwrap();
    let output = format!("--output=type=oci,tar=false,dest={}", layout.path().display());
    engine.build(base.path()).args([&*output]).run().unwrap().success().unwrap();
    let index: Value =
        serde_json::from_slice(&std::fs::read(layout.path().join("index.json")).unwrap()).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap();
    let context = format!("--build-context=base:1=oci-layout://{}@{digest}", layout.path().display());

    let manifest = "stages:\n  files: { from: base:1, steps: [{ file: { path: /it, content: it } }] }\n  run: { from: scratch, steps: [{ copy: { from: base:1, to: /base } }, { copy: { from: files, to: /files } }] }\n";
    let build = |directive: &str, args: &[&str]| {
        let project = Project::of_manifest(&format!("{directive}{manifest}")).unwrap();
        let build = engine.build(project.path()).file("slipway.yaml").args([&*context]);
        build.args(args.iter().copied()).limit(Duration::from_mins(2)).run().unwrap()
    };
    let warning = "OnBuildIgnored: the base `base:1` has `ONBUILD` instructions, which are not run (line 3)";
    let built = build("", &["--platform=linux/amd64,linux/arm64"]).success().unwrap();
    assert_eq!(built.steps.warnings, [warning]);
    let skipped = build("# check=skip=OnBuildIgnored\n", &[]).success().unwrap();
    assert_eq!(skipped.steps.warnings, Vec::<String>::new());
    let strict = build("# check=error=true\n", &[]);
    assert!(
        !strict.ok && strict.message.contains("steps of the stage: `COPY . /src` and `RUN make`"),
        "{}",
        strict.message
    );
}

#[test]
fn checks_are_skipped_or_made_errors() {
    let engine = Engine::connect();
    let skips = |directives: &str, args: &[&str]| told(&build(&engine, directives, args));
    assert_eq!(skips("# check=skip=NetworkInBuild\n", &[]), [false, true]);
    assert_eq!(skips("# check=skip=networkinbuild,SecretsUsedInArgOrEnv\n", &[]), [false, false]);
    assert_eq!(skips("# check=skip=all\n", &[]), [false, false]);
    // The client has the last word.
    let client = ["--build-arg=BUILDKIT_DOCKERFILE_CHECK=skip=SecretsUsedInArgOrEnv"];
    assert_eq!(skips("# check=skip=NetworkInBuild\n", &client), [true, false]);
    let errors = build(&engine, "# check=skip=SecretsUsedInArgOrEnv;error=true\n", &[]);
    assert!(!errors.ok && errors.message.contains("slipway.yaml:5:3 NetworkInBuild"), "{}", errors.message);
    assert!(errors.message.contains("   5 | >>>   build:"), "{}", errors.message);
    assert!(!errors.message.contains("SecretsUsedInArgOrEnv"), "{}", errors.message);
    let client = ["--build-arg=BUILDKIT_DOCKERFILE_CHECK=error=true"];
    assert!(!build(&engine, "", &client).ok);
    // A name that is no rule is told, and skips nothing.
    let unknown = build(&engine, "# check=skip=NetworkInBild\n", &[]);
    let warnings = unknown.steps.warnings.join("\n");
    assert!(unknown.ok && warnings.contains("UnknownRule: ") && warnings.contains(NETWORK), "{warnings}");
}
