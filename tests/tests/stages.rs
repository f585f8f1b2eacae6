//! Explicit stages: what every kind of step and mount does on a real engine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::project::unique;
use e2e::{Engine, Image, Outcome, Project};
use serde_json::json;
use tempfile::TempDir;

/// The files of an image, laid out with their owners and modes.
struct Files(TempDir);

impl Files {
    fn of(image: &Image) -> Files {
        let folder = tempfile::tempdir().unwrap();
        image.unpack(folder.path()).unwrap();
        Files(folder)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// Mode, user and group.
    fn about(&self, file: &str) -> (u32, u32, u32) {
        let about =
            std::fs::symlink_metadata(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        (about.permissions().mode() & 0o7777, about.uid(), about.gid())
    }
}

fn image_of(project: &Project, args: &[&str]) -> (Image, Outcome) {
    let engine = Engine::connect();
    let build = engine.build(project.path()).file("slipway.yaml").args(args.iter().copied());
    build.limit(Duration::from_mins(3)).image().unwrap()
}

fn image(manifest: &str) -> Image {
    image_of(&Project::of_manifest(manifest).unwrap(), &[]).0
}

fn paths(image: &Image) -> Vec<String> {
    image.paths().unwrap().iter().map(|path| path.display().to_string()).collect()
}

/// Runs one script, which fails the build where something is not as it should be.
fn check(mounts: &str, script: &str, args: &[&str]) -> Outcome {
    let project = Project::of_manifest(&one_script("", mounts, script)).unwrap();
    run_in(&project, args).success().unwrap()
}

fn one_script(keys: &str, mounts: &str, script: &str) -> String {
    let script = script.replace('\n', "\n            ");
    format!(
        "stages:\n  check:\n    from: debian:bookworm-slim\n    network: none\n{keys}    steps:\n      - run:\n          - sh\n          - -euc\n          - |\n            # check\n            {script}\n        mounts: [{mounts}]\n"
    )
}

fn run_in(project: &Project, args: &[&str]) -> Outcome {
    let engine = Engine::connect();
    let build = engine.build(project.path()).file("slipway.yaml").args(args.iter().copied());
    build.limit(Duration::from_mins(3)).run().unwrap()
}

#[test]
fn files_are_written_copied_linked_and_removed() {
    let project = Project::of_manifest(
        r#"stages:
  tools:
    from: scratch
    outputs: { bin: /opt/bin }
    steps:
      - file: { path: /opt/bin/tool, content: "a tool", mode: "0755" }
      - file: { path: /opt/bin/other, content: "another" }
      - file: { path: /etc/left, content: "outside" }
  run:
    from: scratch
    steps:
      - file: { path: /etc/clock/name.txt, content: "Uhr\n", owner: "5:6", mode: "0640" }
      - mkdir: { path: /var/lib/clock, owner: "10001:10002", mode: "0750" }
      - symlink: { target: ../etc/clock, path: /settings }
      - file: { path: /tmp/scratch/file, content: "" }
      - remove: { path: /tmp/scratch }
      - copy: { from: context, include: [conf/*.toml, data], exclude: [data/big], to: /srv }
      - copy: { from: context, source: conf, include: [b.toml], to: /flat, owner: "7:8", mode: "0600" }
      - copy: { from: tools, output: bin, include: [opt/bin/tool], to: / }
      - copy: { from: tools, source: /etc, to: /all }
"#,
    )
    .unwrap();
    for file in ["conf/a.toml", "conf/b.toml", "conf/c.txt", "data/small", "data/big", "README.md"] {
        project.write(file, file).unwrap();
    }
    let (image, _) = image_of(&project, &[]);
    assert_eq!(
        paths(&image),
        [
            "all",
            "all/left",
            "etc",
            "etc/clock",
            "etc/clock/name.txt",
            "flat",
            "flat/b.toml",
            "opt",
            "opt/bin",
            "opt/bin/tool",
            "settings",
            "srv",
            "srv/conf",
            "srv/conf/a.toml",
            "srv/conf/b.toml",
            "srv/data",
            "srv/data/small",
            "tmp",
            "var",
            "var/lib",
            "var/lib/clock",
        ]
    );
    let files = Files::of(&image);
    assert_eq!(files.text("etc/clock/name.txt"), "Uhr\n");
    assert_eq!(files.about("etc/clock/name.txt"), (0o640, 5, 6));
    assert_eq!(files.about("var/lib/clock"), (0o750, 10001, 10002));
    assert_eq!(std::fs::read_link(files.path("settings")).unwrap(), Path::new("../etc/clock"));
    assert_eq!(files.about("flat/b.toml"), (0o600, 7, 8));
    assert_eq!(files.about("opt/bin/tool"), (0o755, 0, 0));
    assert_eq!(files.about("srv/conf/a.toml").1, 0);
}

#[test]
fn outputs_keep_their_path_and_are_layers_of_their_own() {
    let image = image(
        r#"stages:
  one:
    from: debian:bookworm-slim
    network: none
    outputs: { files: /opt/one, more: /srv/more }
    steps:
      - run: [sh, -euc, "echo 1 >/opt/one/it; echo lost >/root/lost; echo 2 >/srv/more/it"]
      - run: [sh, -euc, "test $(cat /opt/one/it) = 1; test -e /root/lost; rm /srv/more/it; echo 3 >/srv/more/other"]
  two:
    from: scratch
    outputs: { files: /opt/two }
    steps: [{ file: { path: /opt/two/it, content: "2" } }]
  changed:
    from: debian:bookworm-slim
    network: none
    steps: [{ run: [sh, -euc, "echo changed >/changed"] }]
  run:
    from: scratch
    merge:
      - { from: one, output: files }
      - { from: one, output: more }
      - { from: two, output: files }
      - { from: changed }
    steps: [{ file: { path: /last, content: "" } }]
"#,
    );
    assert_eq!(
        paths(&image),
        [
            "changed",
            "last",
            "opt",
            "opt/one",
            "opt/one/it",
            "opt/two",
            "opt/two/it",
            "srv",
            "srv/more",
            "srv/more/other"
        ]
    );
    assert_eq!(Files::of(&image).text("opt/one/it"), "1\n");
    assert!(image.layers.len() >= 5, "{:?}", image.layers);
}

/// The same folder, whichever steps of whichever build see it; also for a user that is not root. Its id is no part of
/// the key of a step, so that each command names it.
#[test]
fn a_cache_is_kept_and_belongs_to_the_steps_user() {
    for (user, owner) in [("", "0:0"), ("    user: \"1234:1235\"\n", "1234:1235")] {
        let id = unique();
        let cache = format!("{{ type: cache, id: {id}, target: /var/cache/kept, mode: \"0750\" }}");
        let run = |script: &str| {
            let project = Project::of_manifest(&one_script(user, &cache, script)).unwrap();
            run_in(&project, &[]).success().unwrap()
        };
        run(&format!(
            "test \"$(stat -c %u:%g:%a /var/cache/kept)\" = {owner}:750; echo 1 >/var/cache/kept/it # {id}"
        ));
        run(&format!("test \"$(cat /var/cache/kept/it)\" = 1 # {id}"));
        run(&format!("test -z \"$(ls /root/kept 2>/dev/null)\"; rm /var/cache/kept/it # {id}"));
    }
}

#[test]
fn a_secret_is_seen_by_its_step_alone() {
    let secret = unique();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    std::fs::write(&file, &secret).unwrap();
    let given = format!("--secret=id=token,src={}", file.display());
    let project = Project::of_manifest(&format!(
        r#"stages:
  run:
    from: debian:bookworm-slim
    network: none
    steps:
      - run: [sh, -euc, 'test "$(stat -c %a:%u /run/secrets/token)" = 400:0; test $(wc -c </run/secrets/token) = {length}']
        mounts: [{{ type: secret, id: token }}]
      - run: [sh, -euc, 'test "$(stat -c %a:%u /here)" = 440:12; test $(wc -c </here) = {length}']
        user: "12:13"
        mounts: [{{ type: secret, id: token, target: /here, mode: "0440" }}]
      - run: [sh, -euc, 'test "$(printf %s "$TOKEN" | wc -c)" = {length}; test ! -e /run/secrets/token']
        mounts: [{{ type: secret, id: token, env: TOKEN }}]
      - run: [sh, -euc, 'test -z "${{TOKEN:-}}"; test ! -s /here; test ! -e /run/secrets/token; test ! -e /run/secrets/other']
        mounts: [{{ type: secret, id: other, required: false }}]
"#,
        length = secret.len()
    ).replace("${TOKEN", "$${TOKEN"))
    .unwrap();
    let (image, outcome) = image_of(&project, &[&given, "--provenance=mode=max"]);
    assert_eq!(image.blobs_with(secret.as_bytes()).unwrap(), Vec::<&str>::new());
    assert!(outcome.steps.steps.iter().all(|step| !step.log.contains(&secret)));
}

#[test]
fn what_is_written_to_a_bind_mount_is_thrown_away() {
    let project = Project::of_manifest(
        r#"stages:
  other:
    from: scratch
    outputs: { files: /opt/files }
    steps: [{ file: { path: /opt/files/it, content: "1" } }]
  run:
    from: debian:bookworm-slim
    network: none
    working_dir: /src
    mounts:
      - { type: bind, from: context, target: /src }
      - { type: bind, from: other, output: files }
      - { type: bind, from: other, output: files, target: /read-only, read_only: true }
      - { type: bind, from: context, source: folder, include: [in], target: /part }
      - { type: bind, from: "debian:bookworm-slim", source: /etc, target: /other-etc }
    steps:
      - run: [sh, -euc, "echo 2 >file; echo 2 >new; echo 2 >/opt/files/it; ! touch /read-only/new; test $(cat /read-only/it) = 1"]
      - run: [sh, -euc, "test $(cat file) = 1; test ! -e new; test $(cat /opt/files/it) = 1"]
      - run: [sh, -euc, "test \"$(ls /part)\" = in; test -e /other-etc/debian_version"]
"#,
    )
    .unwrap();
    for file in ["file", "folder/in", "folder/out"] {
        project.write(file, "1").unwrap();
    }
    let (image, _) = image_of(&project, &[]);
    let paths = image.paths().unwrap();
    for path in ["src/file", "src/new", "opt/files/it", "part/in"] {
        assert!(!paths.contains(Path::new(path)), "{path}");
    }
}

#[test]
fn a_tmpfs_is_memory_of_one_step() {
    check(
        "{ type: tmpfs, target: /fast, size: 2m }",
        "grep -q ' /fast tmpfs ' /proc/mounts\nhead -c 1000000 /dev/zero >/fast/fits\n! head -c 3000000 /dev/zero >/fast/big",
        &[],
    );
}

#[test]
fn without_network_there_is_no_route_out() {
    let routes = "test \"$(wc -l </proc/net/route)\" = 1; test \"$(grep -c : /proc/net/dev)\" = 1";
    check("", &format!("{routes}\ngrep -q lo: /proc/net/dev"), &[]);
    // The client cannot open what the manifest closes.
    check("", &format!("{routes} # still"), &["--network=default"]);
    // What the manifest leaves open, the client closes, and what the manifest opens is open.
    let open = one_script("", "", routes).replace("    network: none\n", "");
    let open = Project::of_manifest(&open).unwrap();
    run_in(&open, &["--network=none"]).success().unwrap();
    assert!(!run_in(&open, &[]).ok);
}

#[test]
fn depending_on_a_stage_adds_nothing_to_it() {
    let manifest = |command: &str| {
        format!(
            r#"stages:
  test:
    from: debian:bookworm-slim
    network: none
    steps: [{{ run: [sh, -euc, "echo tested >/tested; {command}"] }}]
  run:
    from: scratch
    steps:
      - depends_on: test
      - file: {{ path: /it, content: "1" }}
"#
        )
    };
    let image = image(&manifest("true"));
    assert_eq!(paths(&image), ["it"]);
    let failing = run_in(&Project::of_manifest(&manifest("exit 4")).unwrap(), &[]);
    assert!(failing.message.contains("exit code: 4"), "{}", failing.message);
}

#[test]
fn a_stage_takes_over_what_it_starts_from() {
    check_inherited(
        r#"stages:
  toolchain:
    from: golang:1.26-bookworm
    network: none
    environment: { ONE: "1", GOFLAGS: -mod=mod }
    user: "1000:1001"
    working_dir: /work
    steps:
      - run: [sh, -euc, 'test "$GOPATH" = /go; test "$ONE" = 1; test "$PWD" = /work; test "$(id -u):$(id -g)" = 1000:1001']
  build:
    from: toolchain
    network: none
    environment: { ONE: "2", PATH: "/more:/usr/bin:/bin" }
    steps:
      - run: [sh, -euc, 'test "$GOPATH$ONE$GOFLAGS" = /go2-mod=mod; test "$PATH" = /more:/usr/bin:/bin; test "$PWD" = /work; test "$(id -u)" = 1000']
      - run: [sh, -euc, 'test "$ONE$TWO" = 12; test "$PWD" = /tmp; test "$(id -u)" = 0']
        environment: { ONE: "1", TWO: "2" }
        working_dir: /tmp
        user: root
      - run: [sh, -euc, 'test "$ONE" = 2; test -z "${TWO:-}"']
"#,
    );
}

fn check_inherited(manifest: &str) {
    let project = Project::of_manifest(&manifest.replace("${TWO", "$${TWO")).unwrap();
    let (image, _) = image_of(&project, &[]);
    let config = &image.config["config"];
    assert_eq!((&config["User"], &config["WorkingDir"]), (&json!("1000:1001"), &json!("/work")));
    let env = image.texts("Env");
    for entry in ["GOPATH=/go", "ONE=2", "GOFLAGS=-mod=mod", "PATH=/more:/usr/bin:/bin"] {
        assert!(env.iter().any(|have| have == entry), "{env:?}");
    }
    assert!(!env.iter().any(|entry| entry.starts_with("TWO=")), "{env:?}");
}

#[test]
fn arguments_are_values_and_a_dollar_of_the_shell_is_the_shells() {
    let project = Project::of_manifest(
        r#"args: { NAME: nobody, FULL: "Dr. ${NAME}" }
stages:
  run:
    from: debian:bookworm-slim
    network: none
    steps:
      - run: [sh, -euc, 'one=1; test "$one-$${one}-${NAME}-$$1" = "1-1-somebody-$1"', sh, first]
      - file: { path: /about, content: "${FULL} on ${TARGETPLATFORM}, from ${BUILDARCH} for ${TARGETSTAGE}; $$5 $x" }
"#,
    )
    .unwrap();
    let (image, _) = image_of(&project, &["--build-arg=NAME=somebody"]);
    assert_eq!(Files::of(&image).text("about"), "Dr. somebody on linux/amd64, from amd64 for run; $5 $x");
}

#[test]
fn the_config_of_an_image_is_what_the_manifest_says() {
    let image = image(
        r#"stages:
  run:
    from: scratch
    steps: [{ file: { path: /it, content: "" } }]
    image:
      entrypoint: [/app/clock, --quiet]
      command: [--port, "8080"]
      environment: { PATH: /app, ZONE: Europe/Zurich }
      user: "10001:10001"
      working_dir: /data
      expose: [8080, 9090/udp]
      labels: { org.opencontainers.image.title: Uhr }
      volumes: [/data]
      stop_signal: SIGINT
      healthcheck: { test: [CMD, /app/clock, --check], interval: 10s, timeout: 1500ms, start_period: 1m, retries: 2 }
"#,
    );
    assert_eq!(
        image.config["config"],
        json!({
            "Entrypoint": ["/app/clock", "--quiet"],
            "Cmd": ["--port", "8080"],
            "Env": ["PATH=/app", "ZONE=Europe/Zurich"],
            "User": "10001:10001",
            "WorkingDir": "/data",
            "ExposedPorts": { "8080/tcp": {}, "9090/udp": {} },
            "Labels": { "org.opencontainers.image.title": "Uhr" },
            "Volumes": { "/data": {} },
            "StopSignal": "SIGINT",
            "Healthcheck": {
                "Test": ["CMD", "/app/clock", "--check"],
                "Interval": 10_000_000_000_u64,
                "Timeout": 1_500_000_000_u64,
                "StartPeriod": 60_000_000_000_u64,
                "Retries": 2,
            },
        })
    );
}

#[test]
fn a_stage_that_starts_from_an_image_of_the_manifest_takes_over_its_config() {
    let manifest = r#"stages:
  run:
    from: debian:bookworm-slim
    network: none
    environment: { STEP: "1" }
    image:
      entrypoint: [/app]
      environment: { ZONE: Europe/Zurich }
      user: "10001:10001"
      working_dir: /tmp
      expose: [8080]
  debug:
    from: run
    network: none
    working_dir: /
    steps:
      - run: [sh, -euc, 'test "$ZONE" = Europe/Zurich; test -z "${STEP:-}"; test "$(id -u)" = 10001']
  named:
    from: debug
    working_dir: /usr
    image: { labels: { it: named } }
"#;
    let project = Project::of_manifest(&manifest.replace("${STEP", "$${STEP")).unwrap();
    for (target, directory) in [("debug", "/"), ("named", "/tmp")] {
        let (image, _) = image_of(&project, &["--target", target]);
        let config = &image.config["config"];
        assert_eq!(config["Entrypoint"], json!(["/app"]), "{target}");
        assert_eq!(config["User"], json!("10001:10001"), "{target}");
        assert_eq!(config["ExposedPorts"], json!({ "8080/tcp": {} }), "{target}");
        assert_eq!(config["WorkingDir"], json!(directory), "{target}");
        assert!(image.texts("Env").contains(&"ZONE=Europe/Zurich".to_owned()), "{target}");
    }
}

#[test]
fn a_link_has_its_folder_and_takes_the_place_of_what_was_there() {
    let image = image(
        r"stages:
  run:
    from: scratch
    steps:
      - file: { path: /etc/localtime, content: UTC }
      - symlink: { target: /zone, path: /etc/localtime }
      - symlink: { target: b, path: /opt/app/current }
",
    );
    let files = Files::of(&image);
    for (path, target) in [("etc/localtime", "/zone"), ("opt/app/current", "b")] {
        assert_eq!(std::fs::read_link(files.path(path)).unwrap(), Path::new(target));
    }
}
