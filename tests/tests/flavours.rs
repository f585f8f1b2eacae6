//! Go on other bases than an empty root: distroless, and Alpine with all that an operator asks of an image.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::time::Duration;

use e2e::{Container, Engine, Image, Project, Run};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

fn built(example: &str, args: &[&str]) -> Image {
    let engine = Engine::connect();
    let project = Project::example(example).unwrap();
    let build = engine.build(project.path()).file("slipway.yaml").args(args.iter().copied());
    build.image().unwrap().0
}

fn get(container: &mut Container, path: &str) -> Value {
    let answer = container.get(8080, path, SOON).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path} answered `{answer}`: {error}"))
}

/// It answers, as this user, on a read-only root, and stops when it is asked to.
fn check_service(image: &Image, user: u32) {
    let mut container = image.start(&Run::default()).unwrap();
    let eyes = get(&mut container, "/throw")["eyes"].as_u64().unwrap();
    assert!((1..=6).contains(&eyes), "{eyes}");
    let about = get(&mut container, "/about");
    assert_eq!((&about["user"], &about["group"]), (&json!(user), &json!(user)), "{about}");
    let ended = container.stop(Duration::from_secs(2)).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn distroless_is_the_program_and_what_it_needs() {
    let image = built("go-distroless", &[]);
    let config = &image.config["config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Entrypoint"], json!(["/app/dice"]));
    assert_eq!(config["ExposedPorts"], json!({ "8080/tcp": {} }));
    let env = image.texts("Env");
    assert!(env.iter().any(|variable| variable.starts_with("SSL_CERT_FILE=")), "{env:?}");
    let paths = image.paths().unwrap();
    for present in ["app/dice", "etc/ssl/certs/ca-certificates.crt", "usr/share/zoneinfo/Europe/Zurich"] {
        assert!(paths.iter().any(|path| path.ends_with(present)), "{present}");
    }
    let programs: Vec<_> =
        paths.iter().filter(|path| path.iter().any(|part| part == "bin" || part == "sbin")).collect();
    assert!(programs.is_empty(), "{programs:?}");
    check_service(&image, 65532);
}

#[test]
fn alpine_has_labels_a_port_and_a_program_that_nobody_else_can_read() {
    let image = built("go-alpine", &["--build-arg=COMMIT=abc"]);
    let config = &image.config["config"];
    assert_eq!(config["User"], "10001:10001");
    assert_eq!(config["ExposedPorts"], json!({ "8080/tcp": {} }));
    assert_eq!(
        config["Labels"],
        json!({ "org.opencontainers.image.title": "Dice", "org.opencontainers.image.revision": "abc" })
    );
    assert_eq!(config["Healthcheck"]["Test"][0], "CMD");
    let container = image.start(&Run::default()).unwrap();
    let program = std::fs::metadata(container.rootfs().join("app/dice-on-alpine")).unwrap();
    assert_eq!((program.uid(), program.gid(), program.permissions().mode() & 0o7777), (10001, 10001, 0o500));
    drop(container);
    check_service(&image, 10001);
    let shell = Run {
        args: Some(["sh", "-c", ". /etc/os-release; echo $ID"].map(str::to_owned).to_vec()),
        ..Run::default()
    };
    assert_eq!(image.run(&shell, SOON).unwrap().stdout, "alpine\n");
}
