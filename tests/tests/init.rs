//! `run.init`: the helper as process 1.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use e2e::{Engine, Image, Project, Run};
use serde_json::json;

const SOON: Duration = Duration::from_secs(20);
const PORT: u16 = 3000;

/// An app that handles no signal. It leaves an orphan behind for each request, and tells of the dead that nobody buried.
const SERVER: &str = r#"
const { execFileSync } = require("node:child_process");
const { readdirSync, readFileSync } = require("node:fs");
const zombies = () => readdirSync("/proc").filter((name) => {
  try {
    return /^\d+$/.test(name) && readFileSync(`/proc/${name}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}).length;
require("node:http").createServer((request, response) => {
  execFileSync("sh", ["-c", "sleep 0.05 & exit 0"]);
  setTimeout(() => response.end(`${zombies()}`), 500);
}).listen(3000);
"#;

fn built(engine: &Engine, manifest: &str, server: &str) -> Image {
    let project = Project::of_manifest(manifest).unwrap();
    project.write("package.json", r#"{ "name": "orphans", "engines": { "node": "24" } }"#).unwrap();
    project.write("server.js", server).unwrap();
    engine.build(project.path()).file("slipway.yaml").image().unwrap().0
}

#[test]
fn an_app_that_handles_no_signal_ends_at_once_and_leaves_no_zombies() {
    let engine = Engine::connect();
    let image = built(&engine, "", SERVER);
    assert_eq!(image.config["config"]["Entrypoint"], json!(["/slipway-helper", "init", "node", "server.js"]));
    let mut container = image.start(&Run::default()).unwrap();
    assert_eq!(container.get(PORT, "/", SOON).unwrap(), "0");
    let ended = container.stop(Duration::from_secs(2)).unwrap();
    assert_eq!(ended.code, Some(143), "{ended:?}");
}

#[test]
fn without_the_helper_the_app_is_process_1() {
    let engine = Engine::connect();
    let image = built(&engine, "run: { init: false }", SERVER);
    assert_eq!(image.config["config"]["Entrypoint"], json!(["node", "server.js"]));
    assert!(!image.paths().unwrap().iter().any(|path| path.ends_with("slipway-helper")));
    let mut container = image.start(&Run::default()).unwrap();
    assert_eq!(container.get(PORT, "/", SOON).unwrap(), "1");
    assert!(container.stop(Duration::from_secs(2)).is_err(), "nothing handles the signal");
}

#[test]
fn the_exit_code_is_that_of_the_app() {
    let engine = Engine::connect();
    let manifest = "run: { from: gcr.io/distroless/static-debian12:nonroot, init: true }\n";
    let project = Project::of_manifest(manifest).unwrap();
    project.write("go.mod", "module example.com/ends\n\ngo 1.26\n").unwrap();
    let main = "package main\n\nimport \"os\"\n\nfunc main() { println(os.Getpid() != 1); os.Exit(7) }\n";
    project.write("main.go", main).unwrap();
    let image = engine.build(project.path()).file("slipway.yaml").image().unwrap().0;
    let ended = image.run(&Run::default(), SOON).unwrap();
    assert_eq!((ended.code, &*ended.stderr), (Some(7), "true\n"));
}
