//! The examples of the stack `node`, from a manifest to a service that answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use e2e::{Container, Engine, Image, Project, Run};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn get(container: &mut Container, port: u16, path: &str) -> Value {
    let answer = container.get(port, path, SOON).unwrap();
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path} answered `{answer}`: {error}"))
}

/// The environment without what the base says of its own version.
fn environment(image: &Image) -> Vec<&str> {
    let environment = image.config["config"]["Env"].as_array().unwrap();
    let entries = environment.iter().map(|entry| entry.as_str().unwrap());
    entries
        .filter(|entry| !entry.starts_with("NODE_VERSION=") && !entry.starts_with("YARN_VERSION="))
        .collect()
}

/// Files below the app's folder, without those of its packages.
fn app_files(image: &Image) -> Vec<String> {
    let paths = image.paths().unwrap();
    let paths = paths.iter().filter_map(|path| path.to_str()?.strip_prefix("app/"));
    paths.filter(|path| !path.starts_with("node_modules")).map(str::to_owned).collect()
}

/// The names of the packages that are installed for the app.
fn has_package(image: &Image, name: &str) -> bool {
    let manifest = format!("app/node_modules/{name}/package.json");
    image.paths().unwrap().iter().any(|path| path.to_str() == Some(manifest.as_str()))
}

/// What every image of the example is, whatever its manifest says besides.
fn check_express(image: &Image, port: u16, greeting: &str) {
    assert_eq!(app_files(image), ["package.json", "src", "src/app.js", "src/server.js"]);
    assert!(has_package(image, "express") && !has_package(image, "supertest"));
    let mut container = image.start(&Run::default()).unwrap();
    assert_eq!(get(&mut container, port, "/greet/Ada"), json!({ "greeting": greeting }));
    let about = get(&mut container, port, "/about");
    assert_eq!(
        (&about["environment"], &about["user"], &about["group"], &about["read_only_root"]),
        (&json!("production"), &json!(1000), &json!(1000), &json!(true)),
        "{about}"
    );
    assert!(about["node"].as_str().unwrap().starts_with("v24."), "{about}");
    let ended = container.stop(Duration::from_secs(2)).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn express_of_one_line() {
    let engine = Engine::connect();
    let project = Project::example("node-express").unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    let config = &image.config["config"];
    assert_eq!(
        (&config["Entrypoint"], &config["Cmd"], &config["User"], &config["WorkingDir"]),
        (
            &json!(["/slipway-helper", "init", "node", "src/server.js"]),
            &Value::Null,
            &json!("1000:1000"),
            &json!("/app")
        )
    );
    assert_eq!(environment(&image), [PATH, "NODE_ENV=production"]);
    check_express(&image, 3000, "Hello, Ada!");
}

#[test]
fn express_of_a_full_manifest() {
    let engine = Engine::connect();
    let project = Project::example("node-express").unwrap();
    let build = engine.build(project.path()).file("slipway.full.yaml").args(["--build-arg=GREETING=Hi"]);
    let (image, _) = build.image().unwrap();
    let config = &image.config["config"];
    assert_eq!(config["ExposedPorts"], json!({ "8080/tcp": {} }));
    assert_eq!(config["Healthcheck"]["Test"][0], "CMD");
    assert_eq!(environment(&image), [PATH, "NODE_ENV=production", "GREETING=Hi", "PORT=8080"]);
    check_express(&image, 8080, "Hi, Ada!");
}

#[test]
fn tests_that_fail_keep_a_gated_image_from_being() {
    let engine = Engine::connect();
    let project = Project::example("node-express").unwrap();
    project.replace("test/app.test.js", "Hello, Ada!", "Goodbye, Ada!").unwrap();
    let gated = engine.build(project.path()).file("slipway.full.yaml").run().unwrap();
    assert!(!gated.ok);
    assert!(gated.message.contains(" | >>>   command: [npm, test]"), "{}", gated.message);
    let ungated = engine.build(project.path()).file("slipway.yaml").run().unwrap().success().unwrap();
    assert!(ungated.steps.find("[test").is_none());
}

/// A compiled app: what the compiler made, and nothing that it was made from.
fn check_typescript(image: &Image, commit: &Value) {
    let files =
        ["dist", "dist/app.js", "dist/app.js.map", "dist/server.js", "dist/server.js.map", "package.json"];
    assert_eq!(app_files(image), files);
    assert!(has_package(image, "fastify") && !has_package(image, "typescript"));
    let mut container = image.start(&Run::default()).unwrap();
    assert_eq!(get(&mut container, 3000, "/todos"), json!([{ "title": "write a manifest", "done": true }]));
    let about = get(&mut container, 3000, "/about");
    assert_eq!(
        (&about["environment"], &about["user"], &about["commit"]),
        (&json!("production"), &json!(1000), commit)
    );
    let ended = container.stop(Duration::from_secs(2)).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn typescript_of_one_line_and_of_five_stages() {
    let engine = Engine::connect();
    let project = Project::example("node-typescript").unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    check_typescript(&image, &Value::Null);
    let build = engine.build(project.path()).file("slipway.full.yaml");
    let (image, _) = build.args(["--build-arg=COMMIT=abc", "--target=runtime"]).image().unwrap();
    check_typescript(&image, &json!("abc"));
}

/// An app of a workspace and a member that it needs, each with a build of its own.
fn workspace() -> Project {
    let project = Project::empty().unwrap();
    let build = |from: &str, to: &str| {
        format!(
            "const fs = require(\"node:fs\");\nfs.mkdirSync(\"dist\");\nfs.copyFileSync(\"{from}\", \"dist/{to}\");\n"
        )
    };
    let member = json!({ "name": "@shop/text", "version": "1.0.0", "main": "dist/index.js",
        "scripts": { "build": "node build.js" } });
    let app = json!({ "name": "api", "version": "1.0.0", "private": true, "dependencies": { "@shop/text": "1.0.0" },
        "scripts": { "build": "node build.js", "start": "node dist/server.js" } });
    let root = json!({ "name": "shop", "private": true, "workspaces": ["apps/*", "packages/*"] });
    let link = |folder: &str| json!({ "resolved": folder, "link": true });
    let lock = json!({ "name": "shop", "lockfileVersion": 3, "requires": true, "packages": {
        "": { "name": "shop", "workspaces": ["apps/*", "packages/*"] },
        "apps/api": { "name": "api", "version": "1.0.0", "dependencies": { "@shop/text": "1.0.0" } },
        "node_modules/@shop/text": link("packages/text"),
        "node_modules/api": link("apps/api"),
        "packages/text": { "name": "@shop/text", "version": "1.0.0" } } });
    let server = "const { greet } = require(\"@shop/text\");\n\
        require(\"node:http\").createServer((_, answer) => answer.end(JSON.stringify(greet(\"Ada\")))).listen(3000);\n";
    for (file, text) in [
        ("slipway.yaml", "# syntax=slipway/frontend:1\nroot: apps/api\n".to_owned()),
        ("package.json", root.to_string()),
        ("package-lock.json", lock.to_string()),
        ("apps/api/package.json", app.to_string()),
        ("apps/api/build.js", build("server.js", "server.js")),
        ("apps/api/server.js", server.to_owned()),
        ("packages/text/package.json", member.to_string()),
        ("packages/text/build.js", build("text.js", "index.js")),
        ("packages/text/text.js", "exports.greet = (name) => `Hello, ${name}!`;\n".to_owned()),
    ] {
        project.write(file, &text).unwrap();
    }
    project
}

#[test]
fn what_members_of_a_workspace_build_is_in_the_image() {
    let (image, _) = Engine::connect().build(workspace().path()).file("slipway.yaml").image().unwrap();
    let paths = image.paths().unwrap();
    let has = |path: &str| paths.iter().any(|there| there.to_str() == Some(path));
    assert!(has("app/packages/text/dist/index.js") && has("app/apps/api/dist/server.js"), "{paths:?}");
    assert!(!has("app/packages/text/text.js") && !has("app/apps/api/server.js"), "{paths:?}");
    let mut container = image.start(&Run::default()).unwrap();
    assert_eq!(get(&mut container, 3000, "/"), json!("Hello, Ada!"));
}
