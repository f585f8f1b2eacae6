//! The Go example, from a manifest to a service that answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use e2e::{Container, Engine, Image, Project, Run, Web};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

/// The default of an image that says nothing of it.
const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn get(container: &mut Container, path: &str) -> Value {
    let answer = container.get(8080, path, SOON).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path} answered `{answer}`: {error}"))
}

/// What every image of the example is, whatever its manifest says besides.
fn check_service(image: &Image, run: &Run, commit: &str) {
    let mut container = image.start(run).unwrap();
    let about = get(&mut container, "/about");
    assert_eq!(
        (&about["commit"], &about["user"], &about["group"], &about["read_only_root"]),
        (&json!(commit), &json!(10001), &json!(10001), &json!(true)),
        "{about}"
    );
    assert!(about["authorities"].as_u64().unwrap() > 100, "{about}");
    let time = get(&mut container, "/time/Europe/Zurich");
    assert_eq!(time["zone"], "Europe/Zurich");
    assert_eq!(container.get(8080, "/healthz", SOON).unwrap(), "");

    let temporary = std::fs::metadata(container.rootfs().join("tmp")).unwrap();
    assert_eq!(temporary.permissions().mode() & 0o7777, 0o1777);
    let ended = container.stop(Duration::from_secs(2)).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

/// No compiler, no source, no shell: every path that is not a time zone.
fn paths(image: &Image) -> Vec<String> {
    let paths = image.paths().unwrap();
    let zones = paths.iter().filter(|path| path.starts_with("usr/share/zoneinfo"));
    assert!(zones.count() > 500);
    let others = paths.iter().filter(|path| !path.starts_with("usr/share/zoneinfo"));
    others.map(|path| path.to_str().unwrap().to_owned()).collect()
}

const SHIPPED: [&str; 12] = [
    "app",
    "app/clock",
    "etc",
    "etc/group",
    "etc/passwd",
    "etc/ssl",
    "etc/ssl/certs",
    "etc/ssl/certs/ca-certificates.crt",
    "tmp",
    "usr",
    "usr/share",
    "data",
];

#[test]
fn one_line_is_a_service_that_runs() {
    let engine = Engine::connect();
    let project = Project::example("go").unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    assert_eq!(
        image.config["config"],
        json!({ "Env": [PATH], "Entrypoint": ["/app/clock"], "User": "10001:10001" })
    );
    let mut shipped: Vec<_> = SHIPPED.into_iter().filter(|path| *path != "data").collect();
    shipped.sort_unstable();
    assert_eq!(paths(&image), shipped);
    assert_eq!(image.blobs_with(b"// Clock is a small HTTP service").unwrap(), Vec::<&str>::new());
    check_service(&image, &Run::default(), "unknown");
}

#[test]
fn the_full_manifest_is_a_service_with_its_settings() {
    let engine = Engine::connect();
    let project = Project::example("go").unwrap();
    let build = engine.build(project.path()).file("slipway.full.yaml").args(["--build-arg", "COMMIT=abc"]);
    let (image, _) = build.image().unwrap();
    assert_eq!(
        image.config["config"],
        json!({
            "Env": [PATH, "COMMIT=abc"],
            "Entrypoint": ["/app/clock"],
            "User": "10001:10001",
            "ExposedPorts": { "8080/tcp": {} },
        })
    );
    let mut shipped = SHIPPED.to_vec();
    shipped.sort_unstable();
    assert_eq!(paths(&image), shipped);
    let container = image.start(&Run::default()).unwrap();
    let data = std::fs::metadata(container.rootfs().join("data")).unwrap();
    assert_eq!((data.uid(), data.gid()), (10001, 10001));
    drop(container);
    check_service(&image, &Run { tmpfs: vec!["/tmp".to_owned()], ..Run::default() }, "abc");
}

#[test]
fn a_gate_keeps_an_image_with_failing_tests_from_being() {
    let engine = Engine::connect();
    let project = Project::example("go").unwrap();
    project.replace("main_test.go", "\"/time/Nowhere\": 404", "\"/time/Nowhere\": 200").unwrap();
    let build = || engine.build(project.path()).limit(Duration::from_mins(5));

    let gated = build().file("slipway.full.yaml").run().unwrap();
    assert!(!gated.ok);
    assert!(gated.message.contains(" | >>>   command: [go, test, ./...]"), "{}", gated.message);
    let test = gated.steps.find("go test ./...").unwrap();
    assert!(test.log.contains("/time/Nowhere: got 404, want 200"), "{test:?}");

    let ungated = build().file("slipway.yaml").run().unwrap().success().unwrap();
    assert!(ungated.steps.find("go test").is_none());
}

#[test]
fn the_stage_build_is_the_program_alone() {
    let engine = Engine::connect();
    let project = Project::example("go").unwrap();
    let out = tempfile::tempdir().unwrap();
    let output = format!("--output={}", out.path().display());
    let build = engine.build(project.path()).file("slipway.yaml").args(["--target=build", &output]);
    build.run().unwrap().success().unwrap();

    let names = |folder: &str| -> Vec<_> {
        let entries = std::fs::read_dir(out.path().join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!((names(""), names("app")), (vec!["app".to_owned()], vec!["clock".to_owned()]));
    let program = std::fs::read(out.path().join("app/clock")).unwrap();
    assert!(program.starts_with(b"\x7fELF"));
}

/// What `.dockerignore` leaves out is no part of the project, also where a stack looks for something.
#[test]
fn an_ignored_workspace_is_not_found() {
    let project = Project::example("go").unwrap();
    let engine = Engine::connect();
    let source_of_version = || {
        let call = ["--call=explain,format=json"];
        let asked = engine.build(project.path()).file("slipway.yaml").args(call).run();
        let told: Value = serde_json::from_str(&asked.unwrap().success().unwrap().stdout).unwrap();
        told["apps"]["app"]["version"]["file"].as_str().unwrap().to_owned()
    };
    project.write("go.work", "go 1.26\n\nuse .\n").unwrap();
    assert_eq!(source_of_version(), "go.work");
    project.write(".dockerignore", "go.work\n").unwrap();
    assert_eq!(source_of_version(), "go.mod");
}

#[test]
fn each_of_several_programs_is_a_target() {
    let engine = Engine::connect();
    let project = Project::of_manifest("").unwrap();
    project.write("go.mod", "module example.com/shop\n\ngo 1.26\n").unwrap();
    project.write("shop.go", "package shop\n\nconst Name = \"shop\"\n").unwrap();
    for program in ["api", "worker"] {
        let main = format!(
            "package main\n\nimport \"example.com/shop\"\n\nfunc main() {{ println(shop.Name, \"{program}\") }}\n"
        );
        project.write(&format!("cmd/{program}/main.go"), &main).unwrap();
    }
    let build = || engine.build(project.path()).file("slipway.yaml");
    let outcome = build().run().unwrap();
    assert!(!outcome.ok);
    assert!(outcome.message.contains("there are several apps: `api` and `worker`"), "{}", outcome.message);
    for program in ["api", "worker"] {
        let (image, _) = build().args([format!("--target={program}").as_str()]).image().unwrap();
        assert_eq!(image.texts("Entrypoint"), [format!("/app/{program}")]);
        let ended = image.run(&Run::default(), SOON).unwrap();
        assert_eq!((ended.code, ended.stderr), (Some(0), format!("shop {program}\n")));
    }
}

/// C is compiled where a file imports it. The image has the C library, or the program has it in itself.
#[test]
fn a_program_with_c_runs() {
    let engine = Engine::connect();
    let main = "package main\n\n// #cgo LDFLAGS: -lm\n// #include <math.h>\nimport \"C\"\n\n\
                func main() { println(int(C.sqrt(49))) }\n";
    for (manifest, interpreter) in [("", true), ("run: { from: scratch }\n", false)] {
        let project = Project::of_manifest(manifest).unwrap();
        project.write("go.mod", "module example.com/root\n\ngo 1.26\n").unwrap();
        project.write("main.go", main).unwrap();
        let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
        let ended = image.run(&Run::default(), SOON).unwrap();
        assert_eq!((ended.code, &*ended.stderr), (Some(0), "7\n"), "{manifest}");
        assert_eq!(image.texts("Entrypoint"), ["/app/root"]);
        let paths = image.paths().unwrap();
        assert_eq!(paths.iter().any(|path| path.ends_with("libc.so.6")), interpreter, "{manifest}");
        assert!(!paths.iter().any(|path| path.starts_with("usr/local/go") || path.ends_with("bin/sh")));
    }
}

/// What they are fetched with is nowhere but in the step that fetches.
#[test]
fn private_modules_are_fetched_with_a_netrc() {
    let engine = Engine::connect();
    let module = Project::empty().unwrap();
    module.write("go.mod", "module git.example.com/shop/greet.git\n\ngo 1.26\n").unwrap();
    module.write("greet.go", "package greet\n\nconst Hello = \"hello\"\n").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let served = folder.path().join("shop/greet").display().to_string();
    for args in [
        &["init", "--quiet", "."][..],
        &["add", "."],
        &["commit", "--quiet", "--message=one"],
        &["tag", "v1.0.0"],
        &["clone", "--quiet", "--bare", ".", &served],
        &["-C", &served, "update-server-info"],
    ] {
        module.git(args).unwrap();
    }
    let web = Web::serve_to(folder.path(), "Authorization: Basic cm9ib3Q6aHVzaC1odXNo").unwrap();

    let settings = format!(
        "secrets: {{ forge: {{ type: netrc }} }}\nbuild:\n  environment:\n    GOPRIVATE: git.example.com\n    \
         GIT_CONFIG_COUNT: \"1\"\n    GIT_CONFIG_KEY_0: url.{}.insteadOf\n    GIT_CONFIG_VALUE_0: https://git.example.com/\n",
        web.url("")
    );
    let project = Project::of_manifest(&settings).unwrap();
    let required = "module example.com/app\n\ngo 1.26\n\nrequire git.example.com/shop/greet.git v1.0.0\n";
    project.write("go.mod", required).unwrap();
    let sums = "git.example.com/shop/greet.git v1.0.0 h1:7FvFKhvaAUCkiQg2IbzG36TDKQVtqc9InmTYb3OxdXQ=\n\
                git.example.com/shop/greet.git v1.0.0/go.mod h1:eNIVz8R3I8bvKQi6O/iOJQ8vaJR3CNXMUiByWpVuQEM=\n";
    project.write("go.sum", sums).unwrap();
    let main = "package main\n\nimport greet \"git.example.com/shop/greet.git\"\n\nfunc main() { println(greet.Hello) }\n";
    project.write("main.go", main).unwrap();
    let netrc = folder.path().join("netrc");
    let build = |password: &str| {
        std::fs::write(&netrc, format!("machine 127.0.0.1 login robot password {password}\n")).unwrap();
        let secret = format!("--secret=id=forge,src={}", netrc.display());
        engine.build(project.path()).file("slipway.yaml").args([secret.as_str()])
    };
    assert!(!build("wrong").run().unwrap().ok);
    let (image, _) = build("hush-hush").image().unwrap();
    let ended = image.run(&Run::default(), SOON).unwrap();
    assert_eq!((ended.code, &*ended.stderr), (Some(0), "hello\n"));
    assert_eq!(image.blobs_with(b"hush-hush").unwrap(), Vec::<&str>::new());
}

#[test]
fn the_report_of_tests_that_fail_is_kept() {
    let engine = Engine::connect();
    let test =
        "test: { command: [sh, -c, \"go test -json . > report.json\"], report: report.json, gate: true }\n";
    let project = Project::of_manifest(test).unwrap();
    project.write("go.mod", "module example.com/sums\n\ngo 1.26\n").unwrap();
    project.write("main.go", "package main\n\nfunc main() { println(1 + 1) }\n").unwrap();
    let tests = "package main\n\nimport \"testing\"\n\nfunc TestSum(t *testing.T) {\n\tif 1+1 != 3 {\n\t\tt.Fatal()\n\t}\n}\n";
    project.write("main_test.go", tests).unwrap();
    let build = |target: &str| engine.build(project.path()).file("slipway.yaml").args([target]);

    let kept = build("--target=report").files().unwrap();
    assert_eq!(kept["report/exit-code"], "1\n");
    assert!(kept["report/report.json"].contains("\"Test\":\"TestSum\""), "{kept:?}");
    for target in ["--target=test", "--target=run"] {
        let outcome = build(target).args(["--progress=plain"]).run().unwrap();
        let told = "the tests failed with exit code 1: --target report has what they wrote";
        assert!(!outcome.ok && outcome.message.contains(told), "{target}: {}", outcome.message);
    }

    project.replace("main_test.go", "!= 3", "!= 2").unwrap();
    let passed = build("--target=test").files().unwrap();
    assert_eq!(passed["report/exit-code"], "0\n");
    let ended = build("--target=run").image().unwrap().0.run(&Run::default(), SOON).unwrap();
    assert_eq!((ended.code, &*ended.stderr), (Some(0), "2\n"));
}
