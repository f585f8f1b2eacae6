//! Law 1: the plan is a manifest.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use e2e::{Engine, Project};

/// Examples, and their manifests.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("go", &["slipway.yaml", "slipway.full.yaml"]),
    ("node-express", &["slipway.full.yaml"]),
    ("node-typescript", &["slipway.yaml", "slipway.full.yaml"]),
    ("static-react", &["slipway.yaml"]),
];

#[test]
fn the_printed_plan_is_the_same_build() {
    let engine = Engine::connect();
    for (example, manifests) in EXAMPLES {
        let project = Project::example(example).unwrap();
        for manifest in *manifests {
            check(&engine, &project, manifest);
        }
    }
}

fn check(engine: &Engine, project: &Project, manifest: &str) {
    let build = || engine.build(project.path()).file(manifest);
    let (image, _) = build().image().unwrap();
    let plan = build().args(["--call=plan"]).run().unwrap().success().unwrap().stdout;
    assert!(plan.contains("\nstages:\n"), "{plan}");
    let written = project.read(manifest).unwrap();
    project.write(manifest, &plan).unwrap();
    let (of_plan, outcome) = build().image().unwrap();
    assert_eq!(outcome.steps.ran(), Vec::<&str>::new(), "{plan}");
    assert_eq!(of_plan.manifest["config"]["digest"], image.manifest["config"]["digest"], "{plan}");
    assert_eq!(build().args(["--call=plan"]).run().unwrap().success().unwrap().stdout, plan);
    project.write(manifest, &written).unwrap();
}
