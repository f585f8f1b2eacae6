//! What an engine takes from a registry, and what it gives to it.

use std::collections::BTreeSet;
use std::path::Path;

use e2e::image::Layer;
use e2e::project::unique;
use e2e::{Engine, Project, Steps};

use super::{Edit, Scenario, go, node, project, python, stage_of, stages};

#[test]
fn a_runner_with_a_registry_cache_fetches_nothing_and_uploads_the_app() {
    check_runner(&[(go::EXAMPLE, go::SOURCE), (node::EXPRESS, node::SOURCE), (python::UV, python::SOURCE)]);
}

#[test]
#[ignore = "slow: part of `cargo xtask test --full`"]
fn so_does_one_that_builds_a_page() {
    check_runner(&[(node::PAGE, node::SOURCE_OF_PAGE)]);
}

/// Examples, each with an edit of one line, on a runner of a CI service: an engine with nothing in it, and a cache in
/// the registry.
fn check_runner(examples: &[(Scenario, Edit)]) {
    let engine = Engine::connect();
    let runner = engine.empty().unwrap();
    for (scenario, edit) in examples {
        let name = scenario.example;
        let folder = project(scenario).unwrap();
        let cache = engine.pushed(&format!("law-3/{name}:cache"));
        let build = engine.build(folder.path()).file(scenario.manifest);
        let first = build.args([&*format!("--cache-to=type=registry,ref={cache},mode=max")]).run();
        let first = first.unwrap().success().unwrap().steps;
        assert!(
            stages(&first).is_superset(&BTreeSet::from([scenario.fetches, "build"])),
            "{name}: {first:?}"
        );

        let (unchanged, before) = push(&runner, folder.path(), &cache, name, "before");
        assert_eq!(unchanged.ran(), Vec::<&str>::new(), "{name}");

        edit(&folder).unwrap();
        let (edited, after) = push(&runner, folder.path(), &cache, name, "after");
        assert_eq!(stages(&edited), BTreeSet::from(["build", "run"]), "{name}: {:?}", edited.ran());
        // Each step that ran in `build` is a layer of the app.
        let app = edited.ran().into_iter().filter(|step| stage_of(step) == "build").count();
        assert_eq!(after[..after.len() - app], before[..before.len() - app], "{name}");
        assert_ne!(after, before, "{name}");
    }
}

fn push(engine: &Engine, folder: &Path, cache: &str, name: &str, tag: &str) -> (Steps, Vec<Layer>) {
    let reference = engine.pushed(&format!("law-3/{name}:{tag}"));
    let args = [
        format!("--cache-from=type=registry,ref={cache}"),
        format!("--output=type=image,name={reference},push=true"),
        "--provenance=false".to_owned(),
    ];
    let build = engine.build(folder).file("slipway.yaml").args(args.iter().map(String::as_str));
    (build.run().unwrap().success().unwrap().steps, engine.layers(&reference).unwrap())
}

/// A stack, and the base of its image.
const BASES: &[(&str, &str)] = &[
    ("go", "debian:bookworm-slim"),
    ("node-express", "node:24-bookworm-slim"),
    ("static-react", "nginxinc/nginx-unprivileged:1.28-alpine-slim"),
    ("fastapi", "python:3.13-slim-bookworm"),
];

#[test]
fn a_new_base_reuses_every_layer_above_it() {
    let engine = Engine::connect();
    for (name, base) in BASES {
        let folder = Project::example(name).unwrap();
        let ours = format!("law-3/base-of-{name}:1");
        folder.append("slipway.yaml", &format!("run: {{ from: \"{ours}\" }}\n")).unwrap();
        let build = || {
            let new = Project::empty().unwrap();
            new.write("release", &unique()).unwrap();
            new.write("Dockerfile", &format!("FROM {base}\nCOPY release /etc/base-release\n")).unwrap();
            let pushed = engine.pushed(&ours);
            let push = engine.build(new.path()).args(["--push", "--provenance=false", "--tag", &pushed]);
            push.run().unwrap().success().unwrap();
            let below = engine.layers(&pushed).unwrap().len();
            let (image, outcome) = engine.build(folder.path()).file("slipway.yaml").image().unwrap();
            (image.layers[below..].to_vec(), outcome.steps)
        };
        let (first, _) = build();
        let (second, steps) = build();
        // What the base lacked is put on the new one; what comes from other stages is merged.
        let merged = first.iter().rev().zip(second.iter().rev()).take_while(|(one, other)| one == other);
        assert!(first.len() - merged.count() <= 1, "{name}: {first:?} {second:?}");
        assert!(stages(&steps).is_subset(&BTreeSet::from(["rootfs", "run"])), "{name}: {:?}", steps.ran());
    }
}
