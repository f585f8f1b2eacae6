//! What is said about an image: its bill of materials and where it comes from.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use e2e::{Engine, Image, Outcome, Project};
use serde_json::Value;

const STAGES: &str = r"
stages:
  tools:
    from: scratch
    steps:
      - file: { path: /tools/compiler, content: one }
  other:
    from: scratch
    steps:
      - file: { path: /other/it, content: two }
  run:
    from: scratch
    steps:
      - copy: { from: tools, include: [tools/compiler], to: /bin }
      - copy: { from: other, source: /other, to: /lib }
      - copy: { from: context, include: [data], to: / }
";

fn project() -> Project {
    let project = Project::of_manifest(STAGES).unwrap();
    project.write("data", "three").unwrap();
    project.write("more.txt", "four").unwrap();
    project
}

fn build(args: &[&str]) -> (Image, Outcome) {
    let (engine, project) = (Engine::connect(), project());
    engine.build(project.path()).file("slipway.yaml").args(args.iter().copied()).image().unwrap()
}

fn built(args: &[&str]) -> Image {
    build(args).0
}

/// The in-toto predicates of a type that are attached to the image.
fn predicates(image: &Image, kind: &str) -> Vec<Value> {
    let statements = image.blobs.values().filter_map(|blob| serde_json::from_slice::<Value>(blob).ok());
    let of_kind = statements.filter(|statement| statement["predicateType"].as_str() == Some(kind));
    of_kind.map(|statement| statement["predicate"].clone()).collect()
}

/// The scanned files by the name of what was scanned.
fn bills(image: &Image) -> BTreeMap<String, BTreeSet<String>> {
    let files = |bill: &Value| {
        let files = bill["files"].as_array().unwrap().iter();
        files.map(|file| file["fileName"].as_str().unwrap().trim_start_matches("./").to_owned()).collect()
    };
    let bills = predicates(image, "https://spdx.dev/Document");
    bills.iter().map(|bill| (bill["name"].as_str().unwrap().to_owned(), files(bill))).collect()
}

fn expected<const N: usize>(bills: [(&str, &[&str]); N]) -> BTreeMap<String, BTreeSet<String>> {
    let files = |files: &[&str]| files.iter().map(|&file| file.to_owned()).collect();
    bills.into_iter().map(|(name, of)| (name.to_owned(), files(of))).collect()
}

const RESULT: (&str, &[&str]) = ("sbom", &["bin/tools/compiler", "lib/it", "data"]);
const TOOLS: (&str, &[&str]) = ("sbom-tools", &["tools/compiler"]);
const OTHER: (&str, &[&str]) = ("sbom-other", &["other/it"]);

#[test]
fn a_bill_of_materials_is_of_the_image_and_of_what_is_asked_for_besides() {
    assert_eq!(bills(&built(&["--sbom=true"])), expected([RESULT]));

    let scan = ["--sbom=true", "--build-arg=BUILDKIT_SBOM_SCAN_STAGE=tools,tests"];
    let (image, outcome) = build(&scan);
    assert_eq!(bills(&image), expected([RESULT, TOOLS]));
    let warning = "UnusedArgument: `BUILDKIT_SBOM_SCAN_STAGE` names `tests`, which is no stage of the target";
    assert!(outcome.steps.warnings.iter().any(|said| said.contains(warning)), "{outcome:?}");

    let scanner = "--attest=type=sbom,generator=docker/buildkit-syft-scanner:stable-1,NOTE=noted";
    let all = ["--build-arg=BUILDKIT_SBOM_SCAN_STAGE=true", "--build-arg=BUILDKIT_SBOM_SCAN_CONTEXT=1"];
    let image = built(&[scanner, all[0], all[1]]);
    // The manifest is no source, and the context is what a copy of all of it would see.
    let context = ("sbom-context", ["data", "more.txt"].as_slice());
    assert_eq!(bills(&image), expected([RESULT, TOOLS, OTHER, context]));
    for bill in predicates(&image, "https://spdx.dev/Document") {
        assert_eq!(bill["comment"], "noted");
    }
}

#[test]
fn provenance_leads_to_the_lines_of_the_manifest() {
    let image = built(&["--provenance=mode=max"]);
    let provenance = predicates(&image, "https://slsa.dev/provenance/v1");
    let [provenance] = provenance.as_slice() else { panic!("{} predicates", provenance.len()) };
    let source = &provenance["runDetails"]["metadata"]["buildkit_metadata"]["source"];
    let [info] = source["infos"].as_array().unwrap().as_slice() else { panic!("{source:#}") };
    assert_eq!((&info["filename"], &info["language"]), (&"slipway.yaml".into(), &"YAML".into()));
    let manifest = BASE64_STANDARD.decode(info["data"].as_str().unwrap()).unwrap();
    let manifest = String::from_utf8(manifest).unwrap();
    assert_eq!(manifest, project().read("slipway.yaml").unwrap());

    let lines: BTreeSet<u64> = source["locations"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|location| location["locations"].as_array().into_iter().flatten())
        .flat_map(|location| location["ranges"].as_array().into_iter().flatten())
        .filter_map(|range| range["start"]["line"].as_u64())
        .collect();
    for (line, of) in (1..).zip(manifest.lines()) {
        let step = ["- file:", "- copy:"].iter().any(|step| of.trim_start().starts_with(step));
        assert!(!step || lines.contains(&line), "line {line}, `{of}`, is not among {lines:?}");
    }
}
