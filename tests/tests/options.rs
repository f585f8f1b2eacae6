//! What clients ask for, seen in what comes out: the tests that `docs/options.md` names.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use e2e::agent::KEY;
use e2e::project::unique;
use e2e::{Agent, Build, Engine, Image, Outcome, Project};
use serde_json::Value;

/// What the image of Debian sets.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A build of the manifest of a project.
fn build<'a>(engine: &'a Engine, project: &Project, args: &[&str]) -> Build<'a> {
    let build = engine.build(project.path()).file("slipway.yaml").limit(Duration::from_mins(3));
    build.args(args.iter().copied())
}

fn built(engine: &Engine, project: &Project, args: &[&str]) -> Outcome {
    build(engine, project, args).run().unwrap().success().unwrap()
}

fn image(engine: &Engine, project: &Project, args: &[&str]) -> (Image, Outcome) {
    build(engine, project, args).image().unwrap()
}

/// The files that a build writes into a folder, by path.
fn files(engine: &Engine, project: &Project, args: &[&str]) -> BTreeMap<String, String> {
    build(engine, project, args).files().unwrap()
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs.map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

/// A build with options as they are on the wire.
fn buildctl(engine: &Engine, project: &Project, options: &[&str]) -> Outcome {
    let options: Vec<_> = options.iter().map(|option| format!("--opt={option}")).collect();
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    engine.buildctl(project.path(), &options).unwrap()
}

/// One stage that runs a script in Debian, hermetic, and leaves what it finds in `/found`.
fn script(script: &str) -> Project {
    let script = script.trim().replace('\n', "\n            ");
    Project::of_manifest(&format!(
        "stages:\n  run:\n    from: debian:bookworm-slim\n    network: none\n    steps:\n      - run:\n          - sh\n          - -euc\n          - |\n            {script}\n"
    ))
    .unwrap()
}

#[test]
fn a_target_is_built_for_the_platforms_that_are_asked_for() {
    let engine = Engine::connect();
    let project = Project::of_manifest(
        r#"stages:
  one:
    from: scratch
    steps: [{ file: { path: /about, content: "${TARGETSTAGE} for ${TARGETPLATFORM} on ${BUILDPLATFORM}" } }]
  run:
    from: scratch
    steps: [{ file: { path: /about, content: "${TARGETSTAGE} for ${TARGETPLATFORM}" } }]
"#,
    )
    .unwrap();
    assert_eq!(files(&engine, &project, &[]), pairs([("about", "run for linux/amd64")]));
    let (arm, _) = image(&engine, &project, &["--target=one", "--platform=linux/arm64"]);
    assert_eq!(arm.text_of("about").unwrap(), "one for linux/arm64 on linux/amd64");
    assert_eq!((&arm.config["architecture"], &arm.config["os"]), (&"arm64".into(), &"linux".into()));
    assert_eq!(
        files(&engine, &project, &["--platform=linux/amd64,linux/arm/v7"]),
        pairs([("linux_amd64/about", "run for linux/amd64"), ("linux_arm_v7/about", "run for linux/arm/v7")])
    );
    assert_eq!(
        files(&engine, &project, &["--build-arg=BUILDKIT_MULTI_PLATFORM=1", "--platform=linux/arm64"]),
        pairs([("linux_arm64/about", "run for linux/arm64")])
    );
}

#[test]
fn arguments_have_the_values_that_are_given() {
    let engine = Engine::connect();
    let project = Project::of_manifest(
        r#"args: { NAME: nobody, FULL: "Dr. ${NAME}", EMPTY: full }
stages:
  run:
    from: scratch
    steps: [{ file: { path: /about, content: "${FULL}, ${TARGETARCH}, ${EMPTY}." } }]
"#,
    )
    .unwrap();
    let given = ["--build-arg=NAME=Who", "--build-arg=TARGETARCH=mine", "--build-arg=EMPTY="];
    let (image, outcome) = image(&engine, &project, &[&given[..], &["--build-arg=SIZE=x"]].concat());
    assert_eq!(image.text_of("about").unwrap(), "Dr. Who, mine, .");
    assert_eq!(
        outcome.steps.warnings,
        ["UnusedArgument: `--build-arg SIZE` is not an argument of the manifest"]
    );
}

#[test]
fn the_image_has_what_the_client_says_of_it() {
    let engine = Engine::connect();
    let project = Project::of_manifest(
        "stages:\n  run:\n    from: scratch\n    steps: [{ file: { path: /it, content: it } }]\n    image: { labels: { title: Theirs, kept: yes it is } }\n",
    )
    .unwrap();
    project.git(&["init", "--quiet", "."]).unwrap();
    project.git(&["add", "."]).unwrap();
    project.git(&["commit", "--quiet", "--message=one"]).unwrap();
    project.git(&["remote", "add", "origin", "https://git.example/clock.git"]).unwrap();
    let build = build(
        &engine,
        &project,
        &[
            "--label=title=Mine",
            "--label=empty=",
            "--annotation=manifest:colour=blue",
            "--attest=type=provenance,mode=max",
            "--build-arg=BUILDKIT_BUILD_NAME=clock",
            "--build-arg=BUILDKIT_INLINE_BUILDINFO_ATTRS=1",
        ],
    );
    let (image, outcome) = build.env("BUILDX_GIT_LABELS", "1").image().unwrap();
    assert_eq!(outcome.steps.warnings, Vec::<String>::new());
    let labels = &image.config["config"]["Labels"];
    assert_eq!(
        (&labels["title"], &labels["kept"], &labels["empty"]),
        (&"Mine".into(), &"yes it is".into(), &"".into())
    );
    assert_eq!(labels["org.opencontainers.image.source"], "https://git.example/clock.git");
    assert_eq!(image.manifest["annotations"]["colour"], "blue");
    let provenance = image.blobs_with(b"https://slsa.dev/provenance").unwrap();
    let provenance = provenance.iter().map(|digest| String::from_utf8_lossy(&image.blobs[*digest]));
    let provenance = provenance.into_iter().find(|text| text.contains("buildDefinition")).unwrap();
    // The engine writes down what the client knows of the repository, and which manifest it was.
    for known in ["https://git.example/clock.git", "slipway.yaml", "\"label:title\":\"Mine\""] {
        assert!(provenance.replace("\": ", "\":").contains(known), "{known}: {provenance}");
    }
}

#[test]
fn steps_run_as_the_client_says() {
    let engine = Engine::connect();
    let project = script(
        r#"{
  grep 192.0.2.7 /etc/hosts
  hostname
  ulimit -Sn; ulimit -Hn; ulimit -Sc
  df -k /dev/shm | awk 'NR == 2 { print $2 }'
  echo "$HTTP_PROXY $https_proxy $FTP_PROXY $no_proxy $ALL_PROXY"
  cd /sys/fs/cgroup
  cat memory.max memory/memory.limit_in_bytes || true
  tr ' ' '\n' <cpu.max || cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us
  cat cpuset.cpus cpuset.mems || cat cpuset/cpuset.cpus cpuset/cpuset.mems
  cat cpu.weight || cat cpu/cpu.shares
} >/found"#,
    );
    let asked = [
        "--add-host=Clock:192.0.2.7",
        "--build-arg=BUILDKIT_SANDBOX_HOSTNAME=tower",
        "--ulimit=nofile=100:200",
        "--ulimit=core=0",
        "--shm-size=3m",
        "--build-arg=HTTP_PROXY=http://one.example",
        "--build-arg=https_proxy=http://two.example",
        "--build-arg=ftp_proxy=http://three.example",
        "--build-arg=NO_PROXY=four.example",
        "--build-arg=all_proxy=http://five.example",
        "--cgroup-parent=slipway-test",
        "--resource=memory=200m",
        "--resource=memory-swap=300m",
        "--resource=cpu-period=50000",
        "--resource=cpu-quota=40000",
        "--resource=cpu-shares=512",
        "--resource=cpuset-cpus=0",
        "--resource=cpuset-mems=0",
    ];
    let (image, outcome) = image(&engine, &project, &asked);
    assert_eq!(outcome.steps.warnings, Vec::<String>::new());
    assert_eq!(image.texts("Env"), [format!("PATH={PATH}")]);
    let found = image.text_of("found").unwrap();
    let lines: Vec<&str> = found.lines().collect();
    let proxies =
        "http://one.example http://two.example http://three.example four.example http://five.example";
    let expected = ["192.0.2.7\tclock", "tower", "100", "200", "0", "3072", proxies];
    assert_eq!(lines[..7], expected, "{found}");
    assert_eq!(lines[7..12], ["209715200", "40000", "50000", "0", "0"], "{found}");
    // 512 of 1024 shares, or what the kernel's second version of control groups calls that.
    assert!(!["1024", "100"].contains(&lines[12]), "{found}");
    // Of these a step may not see itself, as it sees its own control group as the root.
    let graph = built(
        &engine,
        &project,
        &[&["--call=convertllb,format=json", "--network=host"], &asked[..]].concat(),
    );
    for meta in ["\"cgroupParent\": \"slipway-test\"", "\"exec.meta.linux.resources\": true"] {
        assert!(graph.stdout.contains(meta), "{meta}: {}", graph.stdout);
    }
    // Hermetic steps stay so.
    assert!(graph.stdout.contains("\"network\": \"NONE\""), "{}", graph.stdout);
    let open = project.read("slipway.yaml").unwrap().replace("    network: none\n", "");
    project.write("slipway.yaml", &open).unwrap();
    let graph = built(&engine, &project, &["--call=convertllb,format=json", "--network=host"]);
    assert!(graph.stdout.contains("\"network\": \"HOST\""), "{}", graph.stdout);
}

#[test]
fn the_time_of_a_build_is_what_the_client_says() {
    let engine = Engine::connect();
    let project = Project::of_manifest(&format!(
        r#"stages:
  build:
    from: debian:bookworm-slim
    network: none
    outputs: {{ it: /it }}
    steps: [{{ run: [sh, -euc, "echo {0} >/it/file"] }}]
  run:
    from: debian:bookworm-slim
    merge: [{{ from: build, output: it }}]
    steps: [{{ file: {{ path: /time, content: "${{SOURCE_DATE_EPOCH}}" }} }}]
"#,
        unique()
    ))
    .unwrap();
    let archive = |epoch: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("image.tar");
        let output = format!("--output=type=oci,dest={},rewrite-timestamp=true", path.display());
        let epoch = format!("--build-arg=SOURCE_DATE_EPOCH={epoch}");
        let outcome = built(&engine, &project, &[&epoch, &output]);
        (Image::open(&path).unwrap(), outcome)
    };
    let (image, _) = archive("1700000000");
    assert_eq!(image.text_of("time").unwrap(), "1700000000");
    assert_eq!(image.config["created"], "2023-11-14T22:13:20Z");
    for step in image.config["history"].as_array().unwrap() {
        let created = step["created"].as_str().unwrap();
        assert!(created <= "2023-11-14T22:13:20Z", "{step}");
    }
    // The layers of the base are those of the base.
    let base = Project::of_manifest("stages: { run: { from: \"debian:bookworm-slim\" } }\n").unwrap();
    let (base, _) = self::image(&engine, &base, &[]);
    assert!(image.layers.starts_with(&base.layers), "{:?} {:?}", image.layers, base.layers);
    let folder = tempfile::tempdir().unwrap();
    image.unpack(folder.path()).unwrap();
    for file in ["it/file", "time"] {
        let about = std::fs::metadata(folder.path().join(file)).unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::mtime(&about), 1_700_000_000, "{file}");
    }
    // Another time is no reason to run a step again.
    let (later, outcome) = archive("1700000001");
    assert_eq!(later.config["created"], "2023-11-14T22:13:21Z");
    let ran = outcome.steps.ran();
    assert!(!ran.iter().any(|step| step.contains("echo")), "{ran:?}");
    let refused = build(&engine, &project, &["--build-arg=SOURCE_DATE_EPOCH=yesterday"]).run().unwrap();
    assert!(
        refused.message.contains("`build-arg:SOURCE_DATE_EPOCH` cannot be `yesterday`"),
        "{}",
        refused.message
    );
}

#[test]
fn the_client_may_name_the_frontend() {
    let engine = Engine::connect();
    let project = Project::empty().unwrap();
    let stages = "stages:\n  run:\n    from: slipway\n";
    project.write("slipway.yaml", stages).unwrap();
    let (image, _) = image(&engine, &project, &["--build-arg=BUILDKIT_SYNTAX=slipway/frontend:1"]);
    assert!(image.paths().unwrap().contains(Path::new("slipway")));
    project.write("slipway.yaml", &format!("# syntax=slipway/frontend:1 fast=yes now\n{stages}")).unwrap();
    let outcome = built(&engine, &project, &[]);
    let warned = outcome.steps.warnings.join("\n");
    for word in ["`fast=yes`", "`now`"] {
        assert!(warned.contains(word) && warned.contains("UnknownOption"), "{warned}");
    }
}

#[test]
fn images_are_looked_up_as_the_client_says() {
    let engine = Engine::connect();
    let name = format!("{}:1", unique());
    let push = |text: &str| {
        let base = Project::of_manifest(&format!(
            "stages:\n  run:\n    from: scratch\n    steps: [{{ file: {{ path: /it, content: {text} }} }}]\n"
        ));
        built(&engine, &base.unwrap(), &["--push", "--tag", &engine.pushed(&format!("library/{name}"))]);
    };
    push("first");
    let project = Project::of_manifest(&format!("stages:\n  run: {{ from: \"{name}\" }}\n")).unwrap();
    assert_eq!(files(&engine, &project, &[]), pairs([("it", "first")]));
    push("second");
    assert_eq!(files(&engine, &project, &["--pull"]), pairs([("it", "second")]));
    // The engine of the tests has no images of its own to prefer; what it is asked for is in the graph.
    let asked = |args: &[&str]| {
        let graph = built(&engine, &project, &[&["--call=convertllb,format=json"], args].concat()).stdout;
        let graph: Value = serde_json::from_str(&graph).unwrap();
        let ops = graph["def"].as_object().unwrap().values();
        let attributes = ops.map(|op| op["source"]["attrs"]["image.resolvemode"].clone());
        attributes.into_iter().find(|mode| !mode.is_null())
    };
    assert_eq!((asked(&[]), asked(&["--pull"])), (None, Some("pull".into())));
}

#[test]
fn caches_are_used_as_the_client_says() {
    let engine = Engine::connect();
    let project = Project::of_manifest(&format!(
        r#"args: {{ ROUND: "0" }}
stages:
  one:
    from: debian:bookworm-slim
    network: none
    outputs: {{ it: /one }}
    steps: [{{ run: [sh, -euc, "echo {0} >/one/it"] }}]
  two:
    from: debian:bookworm-slim
    network: none
    outputs: {{ it: /two }}
    steps:
      - run: [sh, -euc, "cat /kept/it >/two/it 2>/dev/null || echo first >/two/it; echo {0} >/kept/it # ${{ROUND}}"]
        mounts: [{{ type: cache, id: {0}, target: /kept }}]
  run:
    from: scratch
    merge: [{{ from: one, output: it }}, {{ from: two, output: it }}]
"#,
        unique()
    ))
    .unwrap();
    let ran = |outcome: &Outcome| {
        let ran = outcome.steps.ran();
        ["[one 1/1]", "[two 1/1]"].map(|step| ran.iter().any(|name| name.starts_with(step)))
    };
    let (first, outcome) = image(&engine, &project, &[]);
    assert_eq!((ran(&outcome), first.text_of("two/it").unwrap().as_str()), ([true, true], "first\n"));
    assert_eq!(ran(&built(&engine, &project, &[])), [false, false]);
    assert_eq!(ran(&built(&engine, &project, &["--no-cache-filter=One"])), [true, false]);
    assert_eq!(ran(&built(&engine, &project, &["--no-cache"])), [true, true]);
    // A step that was run though it was cached began with an empty cache mount. In another name space it is another one.
    let kept = |round: &str, args: &[&str]| {
        let (image, _) = image(&engine, &project, &[args, &[&format!("--build-arg=ROUND={round}")]].concat());
        image.text_of("two/it").unwrap() != "first\n"
    };
    let elsewhere = ["--build-arg=BUILDKIT_CACHE_MOUNT_NS=elsewhere"];
    assert_eq!((kept("1", &[]), kept("2", &elsewhere), kept("3", &elsewhere)), (true, false, true));
    // What was exported is found by an engine that has never seen the project.
    let reference = engine.pushed(&format!("cache/{}", unique()));
    built(&engine, &project, &["--push", "--tag", &reference, "--build-arg=BUILDKIT_INLINE_CACHE=1"]);
    let empty = engine.empty().unwrap();
    let from = format!("--cache-from=type=registry,ref={reference}");
    assert_eq!(ran(&built(&empty, &project, &[&from])), [false, false]);
}

#[test]
fn what_cannot_be_honoured_is_told() {
    let engine = Engine::connect();
    let project = Project::of_manifest("stages: { run: { from: scratch } }\n").unwrap();
    for (args, told) in [
        (["--build-arg=BUILDKIT_DISABLE_FILEOP=1"], "BUILDKIT_DISABLE_FILEOP"),
        (["--attest=type=vex"], "vex"),
        (["--platform=linux/amd64/1/2"], "linux/amd64/1/2"),
    ] {
        let outcome = build(&engine, &project, &args).run().unwrap();
        assert!(!outcome.ok && outcome.message.contains(told), "{args:?}: {}", outcome.message);
    }
    let outcome = built(&engine, &project, &["--build-arg=BUILDKIT_TELEPORT=1"]);
    assert_eq!(
        outcome.steps.warnings,
        ["UnusedArgument: `--build-arg BUILDKIT_TELEPORT` is not an argument of the manifest"]
    );
}

#[test]
fn names_that_nothing_has_are_told() {
    let engine = Engine::connect();
    let project = Project::of_manifest(
        r#"args: { RELEASE: bookworm }
stages:
  files: { from: scratch, steps: [{ file: { path: /it, content: it } }] }
  tools: { from: "debian:${RELEASE}-slim" }
  run: { from: scratch, merge: [{ from: files }] }
"#,
    )
    .unwrap();
    let warnings = |args: &[&str]| {
        let mut warnings = built(&engine, &project, args).steps.warnings;
        warnings.sort();
        warnings
    };
    // Stages and images of another target, and the frontend itself, are as good as those of this one.
    let debian = "debian:bookworm-slim=docker-image://debian:bookworm-slim";
    let frontend = "slipway/frontend:1=docker-image://slipway/frontend:1";
    let known = ["--no-cache-filter=Tools,files", "--build-context", debian, "--build-context", frontend];
    assert_eq!(warnings(&known), Vec::<String>::new());
    let folder = project.path().display();
    let unknown = [
        "--no-cache-filter=flies,run",
        &format!("--build-context=tool={folder}"),
        &format!("--build-context=debian={folder}"),
        "--build-context=alpine=docker-image://alpine",
    ];
    assert_eq!(
        warnings(&unknown),
        [
            "UnusedName: `--build-context alpine` takes the place of no stage and no image",
            "UnusedName: `--build-context debian` takes the place of no stage and no image",
            "UnusedName: `--build-context tool` takes the place of no stage and no image",
            "UnusedName: `--no-cache-filter flies` names no stage",
        ]
    );
    // A check tells more of each, and may be told not to.
    let check =
        |args: &[&str]| build(&engine, &project, &[&["--check"], &unknown[..], args].concat()).run().unwrap();
    let told = check(&[]).stdout;
    for help in ["--no-cache-filter files", "--build-context tools=...", "`debian:bookworm-slim`"] {
        assert!(told.contains(help), "{help}: {told}");
    }
    let skipped = check(&["--build-arg=BUILDKIT_DOCKERFILE_CHECK=skip=UnusedName"]);
    assert!(skipped.ok && !skipped.stdout.contains("UnusedName"), "{}", skipped.stdout);
}

#[test]
fn options_name_stages_of_several_apps() {
    let engine = Engine::connect();
    let project = Project::of_manifest(
        r#"stages:
  made: { from: "debian:bookworm-slim", network: none, steps: [{ run: [sh, -c, "head -c 9 /dev/urandom | od > /made"] }] }
  run: { from: scratch, steps: [{ copy: { from: made, include: [made], to: / } }] }
apps:
  api: {}
  web: { stages: { page: { from: scratch, steps: [{ file: { path: /page, content: page } }] } } }
"#,
    )
    .unwrap();
    // Its own name is enough where one app alone has such a stage. Capital letters mean the same.
    assert_eq!(files(&engine, &project, &["--target=page"]), pairs([("page", "page")]));
    assert_eq!(files(&engine, &project, &["--target=WEB.Page"]), pairs([("page", "page")]));
    let mistake = build(&engine, &project, &["--target=made"]).run().unwrap().message;
    assert!(mistake.contains("several apps have a stage `made`: `api` and `web`"), "{mistake}");

    let made = |args: &[&str]| files(&engine, &project, &[&["--target=api"], args].concat());
    let first = made(&[]);
    // Stages of another app, and those that another app alone has, are named as well as one's own.
    assert_eq!(made(&["--no-cache-filter=web.made,web.page"]), first);
    let again = made(&["--no-cache-filter=API.made"]);
    assert_ne!(again, first);
    assert_ne!(made(&["--no-cache-filter=made"]), again);

    let other = Project::empty().unwrap();
    other.write("made", "by hand").unwrap();
    let context = |name: &str| format!("--build-context={name}={}", other.path().display());
    assert_eq!(made(&[&context("api.made")]), pairs([("made", "by hand")]));
    assert_eq!(made(&[&context("made")]), pairs([("made", "by hand")]));
    assert_ne!(made(&[&context("web.made")]), pairs([("made", "by hand")]));

    let warnings = |args: &[&str]| {
        let mut warnings = built(&engine, &project, &[&["--target=api"], args].concat()).steps.warnings;
        warnings.sort();
        warnings
    };
    let known = ["--no-cache-filter=web.page,Api.Made,made", &context("web.made"), &context("api.run")];
    assert_eq!(warnings(&known), Vec::<String>::new());
    assert_eq!(
        warnings(&["--no-cache-filter=api.page", &context("apo.made")]),
        [
            "UnusedName: `--build-context apo.made` takes the place of no stage and no image",
            "UnusedName: `--no-cache-filter api.page` names no stage",
        ]
    );
}

#[test]
fn what_only_buildctl_sends() {
    let engine = Engine::connect();
    let project = script(&format!("test \"$(hostname)\" = tower # {}", unique()));
    let outcome = buildctl(
        &engine,
        &project,
        &["hostname=tower", "teleport=now", "cache-from=registry.example/none", "contextkey=other"],
    );
    let outcome = outcome.success().unwrap();
    assert_eq!(
        outcome.steps.warnings,
        ["UnknownOption: this version does not know the option `teleport`, and leaves it alone"]
    );
    let imported = "importing cache manifest from registry.example/none";
    assert!(outcome.steps.steps.iter().any(|step| step.name == imported), "{:?}", outcome.steps);
    let refused = buildctl(&engine, &project, &["override-copy-image=x"]);
    assert!(!refused.ok && refused.message.contains("override-copy-image"), "{}", refused.message);
    let elsewhere = ["contextkey=elsewhere", "elsewhere=https://127.0.0.1:9/none.git"];
    let refused = buildctl(&engine, &project, &elsewhere);
    assert!(!refused.ok && refused.message.contains("127.0.0.1:9/none.git"), "{}", refused.message);
}

#[test]
fn a_step_asks_the_agent_of_the_client() {
    let engine = Engine::connect();
    let folder = tempfile::tempdir().unwrap();
    let agent = Agent::serve(&folder.path().join("agent")).unwrap();
    // The slim image has no ssh, but Perl. Its `read` goes on until all has come.
    let ask = "use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, sockaddr_un($ENV{SSH_AUTH_SOCK})) or die $!; syswrite(S, pack(\"NC\", 1, 11)); read(S, $length, 4); read(S, $answer, unpack(\"N\", $length)); $answer =~ /$ARGV[0]/ or die";
    let project = Project::of_manifest(&format!(
        r#"stages:
  run:
    from: debian:bookworm-slim
    network: none
    steps:
      - run: [perl, -e, '{ask}; # {0}', '{KEY}']
        mounts: [{{ type: ssh }}]
      - run: [sh, -euc, 'test "$(stat -c %u:%a /run/agent)" = 1000:640; test "$SSH_AUTH_SOCK" = /run/agent']
        user: "1000:1000"
        mounts: [{{ type: ssh, id: work, target: /run/agent, mode: "0640" }}]
      - run: [sh, -euc, 'test -z "$${{SSH_AUTH_SOCK:-}}"; test ! -e /run/agent']
"#,
        unique(),
    ))
    .unwrap();
    let socket = agent.socket().display();
    let outcome =
        build(&engine, &project, &[&format!("--ssh=default={socket}"), &format!("--ssh=work={socket}")]);
    outcome.run().unwrap().success().unwrap();
}
