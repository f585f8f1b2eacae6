//! Engines that lack much of what the newest has: the same files come out, by other ways, and what has no other way is
//! refused at its line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use e2e::older::{OldDocker, OldestBuildkit, succeeded};
use e2e::{Engine, Project};

/// Layers that are merged, a mount whose content is no key, patterns, and a cache.
const STAGES: &str = r#"stages:
  deps:
    from: debian:bookworm-slim
    network: none
    outputs: { files: /deps }
    steps:
      - copy: { from: context, include: ["conf/*.toml", one.txt], to: /src }
      - run: [sh, -euc, "cat /src/one.txt /src/conf/a.toml >/deps/one"]
  test:
    from: debian:bookworm-slim
    network: none
    steps:
      - run: [sh, -euc, "true"]
  build:
    from: debian:bookworm-slim
    network: none
    mounts:
      - { type: bind, from: deps, output: files }
      - { type: bind, from: context, target: /src, content_cache: false }
    outputs: { app: /app }
    steps:
      - run: [sh, -euc, "cat /deps/one /src/two.txt >/app/it; echo kept >/cache/it"]
        mounts: [{ type: cache, id: older-engines, target: /cache }]
      - depends_on: test
  run:
    from: scratch
    merge: [{ from: deps, output: files }, { from: build, output: app }]
    image: { user: "10001:10001", entrypoint: [/app/it] }
"#;

/// What only BuildKit 0.19 has, on line 7.
const NEWER: &str = r#"stages:
  run:
    from: scratch
    steps:
      - file: { path: /a, content: "" }
      - symlink: { target: a, path: /b }
"#;

const REFUSED: &str = "slipway.yaml:7:9 UnsupportedFeature: `symlink` is more than this builder can do: \
                       requested feature file.symlink.create is not supported by build server";

fn project() -> Project {
    let project = Project::of_manifest(STAGES).unwrap();
    for (file, text) in [("one.txt", "1"), ("two.txt", "2"), ("conf/a.toml", "a"), ("conf/b.txt", "b")] {
        project.write(file, text).unwrap();
    }
    project
}

#[test]
fn the_oldest_buildkit_builds_stages_and_projects() {
    let engine = OldestBuildkit::start(&Engine::connect()).unwrap();
    let (image, _) = engine.build(project().path()).file("slipway.yaml").image().unwrap();
    let folder = tempfile::tempdir().unwrap();
    image.unpack(folder.path()).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("app/it")).unwrap(), "1a2");
    assert_eq!(image.config["config"]["User"], "10001:10001");

    let newer = Project::of_manifest(NEWER).unwrap();
    let refused = engine.build(newer.path()).file("slipway.yaml").run().unwrap();
    assert!(!refused.ok);
    assert!(refused.message.contains(REFUSED), "{}", refused.message);
    assert!(refused.message.contains("   7 | >>>       - symlink"), "{}", refused.message);

    let go = Project::of_manifest("").unwrap();
    go.write("go.mod", "module example.com/hello\n\ngo 1.26\n").unwrap();
    go.write("main.go", "package main\n\nfunc main() { println(\"hello\") }\n").unwrap();
    let args = ["--ulimit=nofile=64:64", "--resource=memory=64m"];
    let (image, outcome) = engine.build(go.path()).file("slipway.yaml").args(args).image().unwrap();
    assert_eq!(image.texts("Entrypoint"), ["/app/hello"]);
    let left_out = outcome.steps.warnings.iter().filter(|text| text.starts_with("UnsupportedOption: "));
    let left_out: Vec<_> = left_out.collect();
    assert!(matches!(&*left_out, [one] if one.contains("`memory`")), "{left_out:?}");
}

#[test]
fn docker_engine_of_the_distribution_builds_stages() {
    let engine = Engine::connect();
    let docker = OldDocker::start(&engine).unwrap();
    docker.load(&engine, "debian:bookworm-slim").unwrap();
    let project = project();
    succeeded(docker.build(project.path(), &["--tag", "built"]).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().display().to_string();
    succeeded(docker.build(project.path(), &["--output", &output]).unwrap()).unwrap();
    assert_eq!(std::fs::read_to_string(folder.path().join("app/it")).unwrap(), "1a2");
    let mut inspect = docker.command();
    inspect.args(["image", "inspect", "--format={{.Config.User}} {{.Config.Entrypoint}}", "built"]);
    let config = String::from_utf8(inspect.output().unwrap().stdout).unwrap();
    assert_eq!(config.trim(), "10001:10001 [/app/it]");

    let newer = Project::of_manifest(NEWER).unwrap();
    let refused = docker.build(newer.path(), &[]).unwrap();
    assert!(!refused.status.success());
    assert!(refused.stderr.contains(REFUSED), "{}", refused.stderr);
}
