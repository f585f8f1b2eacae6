//! Questions instead of builds, asked with `docker buildx build --call` and with the program itself, and the Dockerfile
//! that one of them answers with.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use e2e::project::SYNTAX;
use e2e::{Build, Engine, Image, Outcome, Project, process};
use serde_json::Value;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_mins(3);

/// Calls that the program on the command line answers as well.
const CALLS: [&str; 8] = ["check", "outline", "targets", "plan", "explain", "graph", "dockerfile", "schema"];

fn build<'a>(engine: &'a Engine, project: &Project, args: &[&str]) -> Build<'a> {
    engine.build(project.path()).file("slipway.yaml").args(args.iter().copied()).limit(LIMIT)
}

fn call(engine: &Engine, project: &Project, call: &str) -> Outcome {
    build(engine, project, &[&format!("--call={call}")]).run().unwrap()
}

/// The program that the frontend's image holds.
struct Program(TempDir);

impl Program {
    fn of_the_frontend(engine: &Engine) -> Program {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::of_manifest("stages: { run: { from: slipway } }\n").unwrap();
        let output = format!("--output=type=local,dest={}", folder.path().display());
        build(engine, &project, &[&output]).run().unwrap().success().unwrap();
        Program(folder)
    }

    fn ask(&self, folder: &Path, words: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(self.0.path().join("slipway"));
        let finished = process::run(command.args(words).current_dir(folder), b"", LIMIT).unwrap();
        (finished.status.code(), finished.stdout)
    }
}

#[test]
fn every_call_is_answered_by_the_client_and_by_the_command_line() {
    let engine = Engine::connect();
    let program = Program::of_the_frontend(&engine);
    let project = Project::example("go").unwrap();
    let (answer, calls) = std::thread::scope(|scope| {
        let ask = |name: String| (call(&engine, &project, &name), name);
        let asked: Vec<_> = CALLS
            .into_iter()
            .flat_map(|name| [name.to_owned(), format!("{name},format=json")])
            .map(|name| scope.spawn(move || ask(name)))
            .collect();
        let answers: BTreeMap<String, Outcome> = asked
            .into_iter()
            .map(|asked| asked.join().unwrap())
            .map(|(outcome, name)| (name, outcome))
            .collect();
        (call(&engine, &project, "subrequests.describe"), answers)
    });
    assert!(answer.ok, "{}", answer.message);
    for name in CALLS {
        let (text, json) = (&calls[name], &calls[&format!("{name},format=json")]);
        assert_eq!(
            (text.exit_code, json.exit_code),
            (Some(0), Some(0)),
            "{name}: {}{}",
            text.message,
            json.message
        );
        let described = if name == "check" { "lint" } else { name };
        assert!(answer.stdout.contains(&format!("\n{described} ")), "{name}: {}", answer.stdout);
        let (code, printed) = program.ask(project.path(), &[name, "--format=json"]);
        let parsed: Value = serde_json::from_str(&json.stdout).unwrap();
        let printed: Value = serde_json::from_str(&printed).unwrap();
        // Only a build knows the vertex that its manifest was read from, and the client draws three of the texts itself.
        match name {
            "check" => assert_eq!((code, &parsed["warnings"]), (Some(0), &printed["warnings"])),
            "outline" | "targets" => assert_eq!(parsed, printed, "{name}"),
            _ => {
                assert_eq!(parsed, printed, "{name}");
                assert_eq!(program.ask(project.path(), &[name]), (Some(0), text.stdout.clone()), "{name}");
            }
        }
    }
    std::fs::remove_file(project.path().join("slipway.yaml")).unwrap();
    let written =
        engine.build(project.path()).args(["-f", "-", "--call=init"]).stdin(SYNTAX.as_bytes()).run().unwrap();
    assert!(written.stdout.contains("stack: go"), "{}{}", written.stdout, written.message);
    assert_eq!(program.ask(project.path(), &["init"]), (Some(0), written.stdout.clone()));
    // What was written is a manifest of the same app.
    project.write("slipway.yaml", &written.stdout).unwrap();
    assert_eq!(call(&engine, &project, "check").exit_code, Some(0));
    // A lock file that is hidden from the build is none for the program either.
    project.write(".dockerignore", "*.sum\n").unwrap();
    let (told, (code, printed)) = (
        call(&engine, &project, "check,format=json"),
        program.ask(project.path(), &["check", "--format=json"]),
    );
    assert_eq!((told.exit_code, code), (Some(1), Some(1)));
    assert!(
        told.stdout.contains("MissingLock") && printed.contains("MissingLock"),
        "{}{printed}",
        told.stdout
    );
}

#[test]
fn a_call_ends_as_it_was_answered() {
    let engine = Engine::connect();
    let warned = Project::of_manifest(
        "stages:\n  build:\n    from: debian:bookworm-slim\n    steps: [{ run: [make] }]\n  run: { from: scratch, merge: [{ from: build }] }\n",
    )
    .unwrap();
    let outcome = call(&engine, &warned, "check");
    assert_eq!(outcome.exit_code, Some(1), "{}", outcome.stdout);
    for told in ["NetworkInBuild", "slipway.yaml:3", ">>>"] {
        assert!(outcome.stdout.contains(told), "{told}: {}", outcome.stdout);
    }
    assert_eq!(call(&engine, &warned, "plan").exit_code, Some(0));
    assert!(build(&engine, &warned, &["--check"]).run().unwrap().stdout.contains("NetworkInBuild"));

    let broken = Project::of_manifest("stages:\n  run:\n    from: scratch\n    stepps: []\n").unwrap();
    let json = call(&engine, &broken, "check,format=json");
    let told: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(told["warnings"][0]["ruleName"], "UnknownKey", "{told}");
    let start = &told["warnings"][0]["location"]["ranges"][0]["start"];
    assert_eq!((&start["line"], &start["character"]), (&5.into(), &4.into()), "{told}");
    assert!(told["buildError"]["message"].as_str().unwrap().contains("UnknownKey (line 5)"), "{told}");
    assert_eq!(json.exit_code, Some(1));
    let plan = call(&engine, &broken, "plan");
    assert!(!plan.ok && plan.message.contains("unknown key `stepps`"), "{}", plan.message);
    assert!(plan.message.contains("   5 | >>>     stepps"), "{}", plan.message);

    let unknown = call(&engine, &warned, "nonsense");
    assert!(
        !unknown.ok && unknown.message.contains("unsupported request frontend.nonsense"),
        "{}",
        unknown.message
    );
    let target = build(&engine, &warned, &["--call=outline", "--target=package"]).run().unwrap();
    assert!(!target.ok && target.message.contains("package"), "{}", target.message);
}

/// What is in an image, apart from times: mode, owner and content of each path.
fn contents(image: &Image) -> BTreeMap<PathBuf, (u32, u32, u32, Vec<u8>)> {
    let folder = tempfile::tempdir().unwrap();
    image.unpack(folder.path()).unwrap();
    let paths = image.paths().unwrap().into_iter();
    paths
        .map(|path| {
            let file = folder.path().join(&path);
            let about = std::fs::symlink_metadata(&file).unwrap();
            let content = if about.is_symlink() {
                std::fs::read_link(&file).unwrap().into_os_string().into_encoded_bytes()
            } else if about.is_file() {
                std::fs::read(&file).unwrap()
            } else {
                Vec::new()
            };
            let of = (about.permissions().mode(), about.uid(), about.gid(), content);
            (path, of)
        })
        .collect()
}

/// The examples, and the steps and keys that none of them has.
#[test]
fn the_dockerfile_of_a_manifest_builds_the_same_image() {
    let engine = Engine::connect();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut projects = vec![("every step".to_owned(), every_step())];
    for example in std::fs::read_dir(&examples).unwrap() {
        let name = example.unwrap().file_name().into_string().unwrap();
        projects.push((name.clone(), Project::example(&name).unwrap()));
    }
    let (engine, projects) = (&engine, &projects);
    let different: Vec<String> = std::thread::scope(|scope| {
        let compare = |(name, project)| scope.spawn(move || (name, different(engine, project)));
        let compared: Vec<_> = projects.iter().map(|(name, project)| compare((name, project))).collect();
        let told = compared.into_iter().map(|compared| compared.join().unwrap());
        told.filter_map(|(name, told)| Some(format!("{name}: {}", told?))).collect()
    });
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// What the image of the Dockerfile has that that of the manifest has not, or the other way round.
fn different(engine: &Engine, project: &Project) -> Option<String> {
    let dockerfile = call(engine, project, "dockerfile").success().unwrap().stdout;
    project.write("Dockerfile", &dockerfile).unwrap();
    let ours = build(engine, project, &[]).limit(LIMIT * 5).image();
    let theirs = engine.build(project.path()).file("Dockerfile").limit(LIMIT * 5).image();
    let ((mut ours, _), (mut theirs, _)) = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(error), _) | (_, Err(error)) => return Some(format!("{error:#}\n{dockerfile}")),
    };
    // The base is the same bytes, and large.
    let shared = ours.layers.iter().zip(&theirs.layers).take_while(|(ours, theirs)| ours == theirs).count();
    ours.layers.drain(..shared);
    theirs.layers.drain(..shared);
    let (expected, found) = (contents(&ours), contents(&theirs));
    let mut paths: Vec<_> = expected.keys().chain(found.keys()).collect();
    paths.retain(|&path| expected.get(path) != found.get(path));
    let (ours, theirs) = (config(&ours), config(&theirs));
    let same = paths.is_empty() && ours == theirs;
    (!same).then(|| format!("{paths:?}\n{ours:#}\n{theirs:#}\n{dockerfile}"))
}

/// The config without what means nothing: a mark of Dockerfiles that only Windows looks at, and the working directory
/// that there is anyway.
fn config(image: &Image) -> Value {
    let mut config = image.config["config"].clone();
    let keys = config.as_object_mut().unwrap();
    keys.remove("ArgsEscaped");
    keys.retain(|key, value| key != "WorkingDir" || value != "/");
    config
}

fn every_step() -> Project {
    let project = Project::of_manifest(
        r#"args: { NAME: clock }
stages:
  make:
    from: debian:bookworm-slim
    network: none
    working_dir: /work
    environment: { WHO: "${NAME}" }
    outputs: { made: /opt/made, spaced: "/opt/made [2] here" }
    mounts: [{ type: bind, from: context, source: in, target: /in, read_only: true }]
    steps:
      - run: [sh, -euc, 'cp /in/a.txt /opt/made/; echo "$WHO" >/opt/made/who; ln -s who /opt/made/link; echo "$PATH" >"/opt/made [2] here/path"']
        environment: { PATH: "/opt/made:${PATH}" }
        mounts: [{ type: tmpfs, target: /fast }, { type: cache, id: kept, target: /kept }]
      - remove: { path: /opt/made/a.txt }
  run:
    from: debian:bookworm-slim
    merge: [{ from: make, output: made }, { from: make, output: spaced }]
    steps:
      - copy: { from: context, include: ["in/*.txt"], exclude: ["in/b.txt"], to: /srv, owner: "7:8" }
      - file: { path: /etc/clock/name, content: "${NAME}\n", mode: "0640", owner: "5:6" }
      - mkdir: { path: /data, mode: "0750", owner: "10001:10001" }
      - mkdir: { path: /opt/deep/data, mode: "0700", owner: "10001:10001" }
      - symlink: { target: /etc/clock, path: /clock }
      - file: { path: "/etc/my clock/a [1] $b.txt", content: "${NAME} $$NAME\n", mode: "0600", owner: "5:6" }
      - mkdir: { path: "/var/my data" }
      - run: [sh, -c, 'echo "$TEXT" >two']
        working_dir: /home/new/folder
        environment: { TEXT: "1\n2", PATH: "/opt/made:${PATH}" }
        user: "10001:10001"
        network: none
    image:
      entrypoint: [/bin/sh, -c]
      command: ["echo $$WHO"]
      environment: { WHO: "${NAME}" }
      user: "10001:10001"
      working_dir: /data
      expose: [8080, 9090/udp]
      labels: { title: "a clock" }
      volumes: [/data]
      stop_signal: SIGINT
      healthcheck: { test: [CMD, /bin/true], interval: 10s, retries: 2 }
"#,
    )
    .unwrap();
    for file in ["in/a.txt", "in/b.txt", "in/c.txt"] {
        project.write(file, file).unwrap();
    }
    project
}
