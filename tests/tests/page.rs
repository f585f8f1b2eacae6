//! The stack `static`: pages that a build makes and plain files, from a manifest to a server that answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use e2e::{Container, Engine, Image, Project, Run};
use serde_json::json;

const SOON: Duration = Duration::from_secs(20);

fn start(image: &Image) -> Container {
    image.start(&Run { tmpfs: vec!["/tmp".to_owned()], ..Run::default() }).unwrap()
}

fn page_files(image: &Image) -> Vec<String> {
    let paths = image.paths().unwrap();
    paths.iter().filter_map(|path| path.to_str()?.strip_prefix("app/")).map(str::to_owned).collect()
}

fn check_react(image: &Image) {
    let config = &image.config["config"];
    assert_eq!(
        (&config["User"], &config["ExposedPorts"], &config["StopSignal"]),
        (&json!("101:101"), &json!({ "8080/tcp": {} }), &json!("SIGQUIT"))
    );
    let files = page_files(image);
    let script = files.iter().find(|file| file.starts_with("assets/")).unwrap();
    assert_eq!(files, ["assets".to_owned(), script.clone(), format!("{script}.gz"), "index.html".to_owned()]);

    let mut container = start(image);
    let page = container.get(8080, "/", SOON).unwrap();
    assert!(page.contains(&format!("src=\"/{script}\"")), "{page}");
    assert_eq!(container.get(8080, "/users/7", SOON).unwrap(), page);
    let headers = container.headers(8080, &format!("/{script}"), SOON).unwrap();
    assert!(headers.contains("Cache-Control: public, max-age=31536000, immutable"), "{headers}");
    assert!(headers.contains("Content-Encoding: gzip"), "{headers}");
    assert!(container.headers(8080, "/", SOON).unwrap().contains("Cache-Control: no-cache"));
    assert!(container.headers(8080, "/assets/gone.js", SOON).unwrap().starts_with("HTTP/1.1 404"));
    let ended = container.stop(Duration::from_secs(2)).unwrap();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_react_page_of_one_line_and_of_a_full_manifest() {
    let engine = Engine::connect();
    let project = Project::example("static-react").unwrap();
    for manifest in ["slipway.yaml", "slipway.full.yaml"] {
        let (image, _) = engine.build(project.path()).file(manifest).image().unwrap();
        check_react(&image);
    }
}

#[test]
fn a_build_of_ones_own_says_where_it_writes_to() {
    let engine = Engine::connect();
    let project = Project::of_manifest("stack: static\nbuild: { output: public/www }\n").unwrap();
    let script = "mkdir -p public/www && echo made > public/www/index.html && echo other > public/notes";
    let package = json!({ "name": "page", "scripts": { "build": script } });
    project.write("package.json", &package.to_string()).unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    assert_eq!(page_files(&image), ["index.html"]);
    assert_eq!(start(&image).get(8080, "/", SOON).unwrap(), "made\n");
}

#[test]
fn plain_files_are_served_as_they_are() {
    let engine = Engine::connect();
    let project = Project::of_manifest("").unwrap();
    let style = "p { color: red }\n".repeat(100);
    for (file, text) in
        [("index.html", "start\n"), ("about.html", "about\n"), ("style.css", &style), ("404.html", "gone\n")]
    {
        project.write(file, text).unwrap();
    }
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    assert_eq!(page_files(&image), ["404.html", "about.html", "index.html", "style.css", "style.css.gz"]);
    let mut container = start(&image);
    assert_eq!(container.get(8080, "/", SOON).unwrap(), "start\n");
    assert_eq!(container.get(8080, "/about", SOON).unwrap(), "about\n");
    assert!(container.headers(8080, "/style.css", SOON).unwrap().contains("Content-Encoding: gzip"));
    assert!(container.headers(8080, "/nothing", SOON).unwrap().starts_with("HTTP/1.1 404"));
}

#[test]
fn the_page_is_where_the_projects_own_settings_look_for_it() {
    let engine = Engine::connect();
    let project = Project::of_manifest("").unwrap();
    project.write("index.html", "start\n").unwrap();
    project.write("guide.md", "how to\n").unwrap();
    project.write(".npmrc", "save-exact=true\n").unwrap();
    project.write("nginx.conf", "server { listen 9000; root /usr/share/nginx/html; }\n").unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    assert_eq!(image.config["config"]["ExposedPorts"], json!({ "9000/tcp": {} }));
    let mut container = start(&image);
    assert_eq!(container.get(9000, "/", SOON).unwrap(), "start\n");
    assert_eq!(container.get(9000, "/guide.md", SOON).unwrap(), "how to\n");
    assert!(container.headers(9000, "/.npmrc", SOON).unwrap().starts_with("HTTP/1.1 404"));
}

#[test]
fn the_projects_own_settings_go_before_ours() {
    let engine = Engine::connect();
    let project = Project::of_manifest("").unwrap();
    project.write("index.html", "start\n").unwrap();
    project.write("nginx.conf", "server { listen 9000; location / { return 200 mine; } }\n").unwrap();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    assert_eq!(page_files(&image), ["index.html"]);
    assert_eq!(start(&image).get(9000, "/", SOON).unwrap(), "mine");
}
