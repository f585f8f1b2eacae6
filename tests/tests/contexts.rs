//! Where the files of a build may come from, each in the way that a user names it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use e2e::build::read_all;
use e2e::project::{SYNTAX, unique};
use e2e::{Build, Engine, Image, Project, Web, process};

const LIMIT: Duration = Duration::from_mins(3);

/// The files of the context, whichever there are.
const EVERYTHING: &str =
    "stages:\n  run:\n    from: scratch\n    steps: [{ copy: { from: context, include: ['**'], to: / } }]\n";

fn build<'a>(engine: &'a Engine, context: impl AsRef<Path>, args: &[&str]) -> Build<'a> {
    engine.build(context).args(args.iter().copied()).limit(LIMIT)
}

/// The paths that a build leaves, without the manifest.
fn paths(build: Build<'_>) -> Vec<String> {
    let files = build.files().unwrap().into_keys();
    files.filter(|path| path != "slipway.yaml").collect()
}

fn project(manifest: &str, files: &[&str]) -> Project {
    let project = Project::of_manifest(manifest).unwrap();
    for file in files {
        project.write(file, file).unwrap();
    }
    project
}

fn run(program: &str, folder: &Path, args: &[&str]) {
    let mut command = Command::new(program);
    let status = command
        .args(args)
        .env("GIT_COMMITTER_DATE", "@1700000000 +0000")
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{program} {args:?}: {status}");
}

/// `docker buildx bake` in the folder of the project, and the files that it leaves.
fn bake(engine: &Engine, project: &Project, args: &[&str]) -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = engine.command("docker");
    command
        .args(["buildx", "bake", "--progress=plain", "--allow=fs=*"])
        .args(args)
        .current_dir(project.path());
    command.arg(format!("--set=*.output=type=local,dest={}", folder.path().display()));
    let finished = process::run(&mut command, b"", LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.stderr);
    let mut files = BTreeMap::new();
    read_all(folder.path(), folder.path(), &mut files).unwrap();
    files
}

#[test]
fn the_manifest_may_lie_anywhere() {
    let engine = Engine::connect();
    let project = project("", &["app/a.txt", "app/b.txt", "app/c.txt"]);
    let manifest = format!("{SYNTAX}{EVERYTHING}");
    project.write("deploy/clock.yaml", &manifest).unwrap();
    project.write("app/.dockerignore", "a.txt\n.dockerignore\n").unwrap();
    let elsewhere = project.path().join("deploy/clock.yaml").display().to_string();
    let app = project.path().join("app");
    let from_elsewhere = || paths(build(&engine, &app, &["-f", &elsewhere]));
    assert_eq!(from_elsewhere(), ["b.txt", "c.txt"]);
    // The manifest's own file is the one that counts, where there are two.
    project.write("deploy/clock.yaml.dockerignore", "# comment\nb.txt\n.*\n").unwrap();
    assert_eq!(from_elsewhere(), ["a.txt", "c.txt"]);
    let from_stdin = build(&engine, &app, &["-f", "-"]).stdin(manifest.as_bytes());
    assert_eq!(paths(from_stdin), ["b.txt", "c.txt"]);
    let web = Web::serve(project.path()).unwrap();
    let from_web = build(&engine, &app, &["-f", &web.url("deploy/clock.yaml")]);
    assert_eq!(paths(from_web), ["b.txt", "c.txt"]);
    let inline =
        serde_json::json!({ "target": { "default": { "context": "app", "dockerfile-inline": manifest } } });
    project.write("docker-bake.json", &inline.to_string()).unwrap();
    assert_eq!(bake(&engine, &project, &[]).into_keys().collect::<Vec<_>>(), ["b.txt", "c.txt"]);
}

#[test]
fn a_git_repository_is_a_context() {
    let engine = Engine::connect();
    let project = project("", &["README.txt", "clock/hand.txt"]);
    let git = |args: &[&str]| {
        let set = ["-c", "user.name=x", "-c", "user.email=x", "-c", "init.defaultBranch=main"];
        run("git", project.path(), &[&set[..], args].concat());
    };
    let manifest = format!(
        "{SYNTAX}stages:\n  run:\n    from: scratch\n    steps:\n      - copy: {{ from: context, include: ['**'], to: / }}\n      - file: {{ path: /epoch, content: '${{SOURCE_DATE_EPOCH}}' }}\n"
    );
    project.write("clock/slipway.yaml", &manifest).unwrap();
    git(&["init", "--quiet", "."]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=one"]);
    git(&["tag", "v1"]);
    project.write("clock/later.txt", "later").unwrap();
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message=two"]);
    let web = tempfile::tempdir().unwrap();
    let repository = web.path().join("clock.git");
    git(&["clone", "--quiet", "--bare", ".", &repository.display().to_string()]);
    run("git", &repository, &["update-server-info"]);
    let url = Web::serve(web.path()).unwrap().url("clock.git");
    let here = |args: &[&str], address: &str| {
        paths(build(&engine, address, &[&["-f", "slipway.yaml"], args].concat()))
    };
    assert_eq!(here(&[], &format!("{url}#v1:clock")), ["epoch", "hand.txt"]);
    assert_eq!(here(&[], &format!("{url}#main:clock")), ["epoch", "hand.txt", "later.txt"]);
    assert_eq!(here(&[], &format!("{url}?ref=v1&subdir=clock")), ["epoch", "hand.txt"]);
    let kept = ["--build-arg=BUILDKIT_CONTEXT_KEEP_GIT_DIR=1", "-f", "-"];
    let manifest = manifest.replace("'**'", "'.git/HEAD', 'README.txt'");
    let kept = build(&engine, format!("{url}#v1"), &kept).stdin(manifest.as_bytes());
    assert_eq!(paths(kept), [".git/HEAD", "README.txt", "epoch"]);
    let epoch = build(
        &engine,
        format!("{url}#v1"),
        &["-f", "clock/slipway.yaml", "--build-arg=SOURCE_DATE_EPOCH=context"],
    );
    let (image, _) = epoch.image().unwrap();
    assert_eq!(image.text_of("epoch").unwrap(), "1700000000");
    assert_eq!(image.config["created"], "2023-11-14T22:13:20Z");
    let folder = tempfile::tempdir().unwrap();
    let output = format!("--output=type=local,dest={}", folder.path().display());
    let context = format!("--opt=context={url}#v1");
    let older = ["--opt=filename=clock/slipway.yaml", "--opt=contextsubdir=clock", &context, &output];
    engine.buildctl(project.path(), &older).unwrap().success().unwrap();
    assert!(folder.path().join("hand.txt").exists() && !folder.path().join("clock").exists());
}

#[test]
fn an_archive_is_a_context() {
    let engine = Engine::connect();
    let project = project(EVERYTHING, &["a.txt", "folder/b.txt"]);
    run("tar", project.path(), &["-czf", "context.tar.gz", "slipway.yaml", "a.txt", "folder"]);
    let web = Web::serve(project.path()).unwrap();
    let expected = ["a.txt", "folder/b.txt"];
    let from_web = build(&engine, web.url("context.tar.gz"), &["-f", "slipway.yaml"]);
    assert_eq!(paths(from_web), expected);
    let archive = fs::read(project.path().join("context.tar.gz")).unwrap();
    assert_eq!(paths(build(&engine, "-", &["-f", "slipway.yaml"]).stdin(&archive)), expected);
    // A file that is no archive is the manifest.
    project.write("alone.yaml", &format!("{SYNTAX}stages: {{ run: {{ from: scratch, steps: [{{ file: {{ path: /it, content: it }} }}] }} }}\n")).unwrap();
    assert_eq!(paths(build(&engine, web.url("alone.yaml"), &[])), ["it"]);
}

/// Takes one file of an image that is nowhere, once as a base and once as a source.
const OF_NOWHERE: &str = r#"stages:
  files:
    from: example.test/nowhere/base:1
  run:
    from: scratch
    steps: [{ copy: { from: "example.test/nowhere/base:1", include: ["who*", "etc/debian_versio?"], to: / } }]
"#;

#[test]
fn every_kind_of_context_takes_the_place_of_an_image() {
    let engine = Engine::connect();
    let project = project(OF_NOWHERE, &[]);
    let other = self::project("", &["who", ".dockerignore", "ignored"]);
    other.write(".dockerignore", "ignored\n").unwrap();
    let files = |target: &str, context: &str| {
        let context = format!("--build-context=example.test/nowhere/base:1={context}");
        let target = format!("--target={target}");
        build(&engine, project.path(), &[&context, &target]).file("slipway.yaml").files()
    };
    let folder = other.path().display().to_string();
    assert_eq!(files("run", &folder).unwrap(), BTreeMap::from([("who".to_owned(), "who".to_owned())]));
    let whole = files("files", &folder).unwrap();
    assert!(whole.contains_key("who") && !whole.contains_key("ignored"), "{whole:?}");

    run("git", other.path(), &["init", "--quiet", "."]);
    run("git", other.path(), &["add", "who"]);
    run(
        "git",
        other.path(),
        &["-c", "user.name=x", "-c", "user.email=x", "commit", "--quiet", "--message=one"],
    );
    let bare = other.path().join("web/who.git").display().to_string();
    run("git", other.path(), &["clone", "--quiet", "--bare", ".", &bare]);
    run("git", Path::new(&bare), &["update-server-info"]);
    let web = Web::serve(other.path()).unwrap();
    assert_eq!(files("run", &web.url("web/who.git")).unwrap()["who"], "who");
    // A file on a web server has this name, as in every build.
    assert_eq!(files("files", &web.url("who")).unwrap()["context"], "who");
    assert!(files("run", "docker-image://debian:bookworm-slim").unwrap().contains_key("etc/debian_version"));

    let layout = tempfile::tempdir().unwrap();
    let made = Project::of_manifest("stages: { run: { from: scratch, steps: [{ file: { path: /who, content: layout } }], image: { environment: { WHO: layout } } } }\n").unwrap();
    let output = format!("--output=type=oci,tar=false,dest={}", layout.path().display());
    build(&engine, made.path(), &[&output]).file("slipway.yaml").run().unwrap().success().unwrap();
    let index = fs::read_to_string(layout.path().join("index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let digest = index["manifests"][0]["digest"].as_str().unwrap();
    let layout = format!("oci-layout://{}@{digest}", layout.path().display());
    assert_eq!(files("run", &layout).unwrap()["who"], "layout");
    let context = format!("--build-context=example.test/nowhere/base:1={layout}");
    let (image, _): (Image, _) =
        build(&engine, project.path(), &[&context, "--target=files"]).file("slipway.yaml").image().unwrap();
    assert!(image.texts("Env").contains(&"WHO=layout".to_owned()), "{}", image.config);

    // For one platform alone; the other has nothing in the place of it.
    let (other, for_arm) =
        (format!("--local=other={folder}"), "--opt=context:example.test/nowhere/base:1::linux/arm64");
    let of = |platform: &str| {
        let for_arm = format!("{for_arm}=local:other");
        let options = [&other, &for_arm, "--opt=target=run", &format!("--opt=platform={platform}")];
        engine.buildctl(project.path(), &options).unwrap()
    };
    assert!(of("linux/arm64").ok);
    let outcome = of("linux/amd64");
    assert!(!outcome.ok && outcome.message.contains("nowhere/base:1"), "{}", outcome.message);
}

#[test]
fn a_context_takes_the_place_of_a_stage() {
    let engine = Engine::connect();
    // What the stages would do fails.
    let project = project(
        r#"stages:
  tools:
    from: example.test/nowhere/base:1
    network: none
    outputs: { bin: /opt/bin }
    steps: [{ run: [sh, -euc, "exit 1"] }]
  run:
    from: scratch
    merge: [{ from: tools, output: bin }]
    steps: [{ copy: { from: tools, include: [who], to: /all } }]
"#,
        &[],
    );
    let other = self::project("", &["opt/bin/tool", "who"]);
    let context = format!("--build-context=tools={}", other.path().display());
    let built = build(&engine, project.path(), &[&context]).file("slipway.yaml");
    assert_eq!(paths(built), ["all/who", "opt/bin/tool"]);
    let target = build(&engine, project.path(), &[&context, "--target=tools"]).file("slipway.yaml");
    assert_eq!(paths(target), ["opt/bin/tool"]);

    // Questions are about what would be built, and their answers build the same with the same option.
    let answer = |call: &str| {
        let asked = build(&engine, project.path(), &[&context, call]).file("slipway.yaml").run().unwrap();
        asked.success().unwrap().stdout
    };
    let graph = answer("--call=graph");
    assert!(graph.contains("[context tools]") && !graph.contains("exit 1"), "{graph}");
    for (call, file) in [("--call=plan", "plan.yaml"), ("--call=dockerfile", "Dockerfile")] {
        let text = answer(call);
        assert!(!text.contains("exit 1"), "{text}");
        project.write(file, &text).unwrap();
        let built = build(&engine, project.path(), &[&context]).file(file);
        assert_eq!(built.files().unwrap().into_keys().collect::<Vec<_>>(), ["all/who", "opt/bin/tool"]);
    }
}

#[test]
fn bake_hands_targets_on() {
    let engine = Engine::connect();
    let project = project(
        r#"stages:
  run:
    from: example.test/nowhere/base:1
    steps: [{ copy: { from: context, include: ["*.txt"], to: / } }]
"#,
        &["a.txt"],
    );
    let base = format!(
        "{SYNTAX}stages: {{ run: {{ from: scratch, steps: [{{ copy: {{ from: context, include: [a.txt], to: /base }} }}, {{ file: {{ path: /who, content: {} }} }}], image: {{ environment: {{ WHO: base }} }} }} }}\n",
        unique()
    );
    project.write("base.yaml", &base).unwrap();
    let plan = serde_json::json!({ "target": {
        "base": { "context": ".", "dockerfile": "base.yaml" },
        "default": {
            "context": ".",
            "dockerfile": "slipway.yaml",
            "contexts": { "example.test/nowhere/base:1": "target:base" },
        },
    } });
    project.write("docker-bake.json", &plan.to_string()).unwrap();
    let files = bake(&engine, &project, &["default"]);
    assert_eq!(files.into_keys().collect::<Vec<_>>(), ["a.txt", "base/a.txt", "who"]);
    // Two targets of one folder at once.
    let both = bake(&engine, &project, &["base", "default", "--set=base.output=type=cacheonly"]);
    assert!(both.contains_key("who"), "{both:?}");
    project
        .write(
            "compose.yaml",
            "services:\n  base:\n    build: { context: ., dockerfile: base.yaml }\n  clock:\n    build:\n      context: .\n      dockerfile: slipway.yaml\n      additional_contexts: { \"example.test/nowhere/base:1\": \"service:base\" }\n",
        )
        .unwrap();
    let files = bake(&engine, &project, &["-f", "compose.yaml", "clock"]);
    assert_eq!(files.into_keys().collect::<Vec<_>>(), ["a.txt", "base/a.txt", "who"]);
}
