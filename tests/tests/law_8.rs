//! Same input, same bytes: an image that is built at another time by another engine is the same image.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use e2e::{Engine, Image, Project};

const EPOCH: &str = "1700000000";

#[test]
fn two_engines_build_the_same_image() {
    let project = Project::example("go").unwrap();
    let image = |engine: &Engine| {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("image.tar");
        let epoch = format!("--build-arg=SOURCE_DATE_EPOCH={EPOCH}");
        let output = format!("--output=type=oci,dest={},rewrite-timestamp=true", archive.display());
        let build = engine.build(project.path()).file("slipway.yaml");
        let outcome = build.args([&*epoch, &*output, "--provenance=false"]).run().unwrap().success().unwrap();
        (Image::open(&archive).unwrap(), outcome.steps)
    };
    let engine = Engine::connect();
    let (one, _) = image(&engine);
    let (other, steps) = image(&engine.empty().unwrap());
    let built: BTreeSet<&str> = steps.ran().into_iter().filter(|step| step.starts_with("[build ")).collect();
    assert!(!built.is_empty(), "nothing was built by the second engine: {:?}", steps.ran());
    assert_eq!(one.config, other.config);
    assert_eq!(one.layers, other.layers);
    assert_eq!(one.digest, other.digest);
    assert_eq!(one.config["created"], "2023-11-14T22:13:20Z");
}
