//! The harness itself, shown with the Dockerfile frontend: engine, steps, image, container.

use std::time::Duration;

use e2e::{Engine, Run};
use tempfile::TempDir;

const DOCKERFILE: &str = r#"# syntax=docker/dockerfile:1
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod main.go ./
RUN --network=none CGO_ENABLED=0 go build -o /app .
RUN --mount=type=secret,id=ca,target=/ca wc -c </ca

FROM scratch
COPY --from=build /app /app
USER 10001:10001
ENV GREETING=hello
ENTRYPOINT ["/app"]
"#;

/// Without `net/http`, which takes half a minute to compile.
const MAIN: &str = r#"package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", ":8080")
	for err == nil {
		var conn net.Conn
		if conn, err = listener.Accept(); err == nil {
			_, refused := os.Create("/file")
			fmt.Fprintln(conn, "HTTP/1.0 200 OK\n\n", os.Getenv("GREETING"), os.Getuid(), os.Getgid(), refused)
			conn.(*net.TCPConn).CloseWrite()
		}
	}
}
"#;

const SMALL: &str =
    "# syntax=docker/dockerfile:1\nFROM debian:bookworm-slim\nRUN --network=none echo hi >/hi\n";

fn folder_with(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).expect("the folder can be written to");
    }
    folder
}

#[test]
fn a_dockerfile_becomes_a_running_image() {
    let engine = Engine::connect();
    let folder = folder_with(&[
        ("Dockerfile", DOCKERFILE),
        ("go.mod", "module hello\n\ngo 1.26\n"),
        ("main.go", MAIN),
    ]);
    let (image, first) = engine.build(folder.path()).image().unwrap();
    assert!(first.steps.find("[internal] load build context").is_some(), "{first:?}");

    let paths = image.paths().unwrap();
    assert_eq!(paths.iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>(), ["app"]);
    assert_eq!(image.blobs_with(b"package main\n\nimport").unwrap(), Vec::<&str>::new());
    assert!(!image.blobs_with(b"GREETING").unwrap().is_empty());

    let mut container = image.start(&Run::default()).unwrap();
    let answer = container.get(8080, "/", Duration::from_secs(10)).unwrap();
    assert_eq!(answer, " hello 10001 10001 open /file: read-only file system\n");
    container.stop(Duration::from_secs(5)).unwrap();

    let (again, second) = engine.build(folder.path()).image().unwrap();
    assert_eq!(second.steps.ran(), Vec::<&str>::new());
    assert_eq!(image.digest, again.digest);
}

#[test]
fn a_failing_build_tells_the_line() {
    let engine = Engine::connect();
    let folder = folder_with(&[("Dockerfile", &SMALL.replace("echo", "false"))]);
    let outcome = engine.build(folder.path()).run().unwrap();
    assert!(!outcome.ok);
    assert!(outcome.message.contains("   3 | >>> RUN --network=none false"), "{}", outcome.message);
}

#[test]
fn an_empty_engine_has_seen_nothing_and_finds_the_same_images() {
    let engine = Engine::connect();
    let folder = folder_with(&[("Dockerfile", SMALL)]);
    engine.build(folder.path()).run().unwrap().success().unwrap();
    let empty = engine.empty().unwrap();
    let outcome = empty.build(folder.path()).run().unwrap().success().unwrap();
    assert!(outcome.steps.ran().iter().any(|step| step.contains("echo hi")), "{outcome:?}");
    let running = empty.running().unwrap();
    drop(empty);
    assert!(!running.is_alive());
}

#[test]
fn an_image_that_is_nowhere_is_an_error_soon() {
    let engine = Engine::connect();
    let folder = folder_with(&[("Dockerfile", "FROM slipway/there-is-no-such-image:1\n")]);
    let outcome = engine.build(folder.path()).limit(Duration::from_mins(1)).run().unwrap();
    assert!(outcome.message.contains("there-is-no-such-image"), "{}", outcome.message);
}
