//! What builds apps of the stacks `node` and `static`: each package manager, and each framework, from one line to an
//! image that answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::time::Duration;

use e2e::{Engine, Project, Run};

const SOON: Duration = Duration::from_mins(1);

/// Builds a folder of `tests/cases/`, and asks the image for pages: their paths, and what is in them.
fn check(case: &str, port: u16, pages: &[(&str, &str)]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case);
    let project = Project::copy_of(&folder).unwrap();
    let engine = Engine::connect();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    let package = std::fs::read_to_string(folder.join("package.json")).unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    let paths = image.paths().unwrap();
    for name in package["devDependencies"].as_object().into_iter().flat_map(serde_json::Map::keys) {
        let there = paths.iter().find(|path| path.ends_with(Path::new("node_modules").join(name)));
        assert_eq!(there, None, "{case}: `{name}` is for development");
    }
    let run = Run { tmpfs: vec!["/tmp".to_owned()], ..Run::default() };
    let mut container = image.start(&run).unwrap();
    for (path, part) in pages {
        let page = container.get(port, path, SOON).unwrap();
        assert!(page.contains(part), "{case}{path}: {page}");
    }
}

#[test]
fn every_package_manager_installs_what_its_lock_says() {
    for manager in ["pnpm", "yarn-1", "yarn", "bun"] {
        check(&format!("package_managers/{manager}"), 3000, &[("/", "172800000")]);
    }
}

#[test]
fn vue() {
    check("frameworks/vue", 8080, &[("/", "<title>Hello from Vue</title>")]);
}

#[test]
fn astro_on_node() {
    check("frameworks/astro-node", 4321, &[("/?name=you", "<h1>Hello from Astro to you</h1>")]);
}

#[test]
fn sveltekit() {
    let pages =
        [("/", "<h1>Hello from SvelteKit</h1>"), ("/", "/_app/immutable/"), ("/about", "<h1>About</h1>")];
    check("frameworks/sveltekit", 8080, &pages);
}

#[test]
fn sveltekit_on_node() {
    check("frameworks/sveltekit-node", 3000, &[("/?name=you", "<h1>Hello from SvelteKit to you</h1>")]);
}

#[test]
fn react_router() {
    check("frameworks/react-router", 3000, &[("/?name=you", "<h1>Hello from React Router to you</h1>")]);
}

#[test]
#[ignore = "slow: part of `cargo xtask test --full`"]
fn next() {
    let pages = [
        ("/", "<h1>Hello from Next</h1>"),
        ("/", "/_next/static/"),
        ("/to?name=you", "Hello to you"),
        ("/robots.txt", "User-agent: *"),
    ];
    check("frameworks/next", 3000, &pages);
}

#[test]
#[ignore = "slow: part of `cargo xtask test --full`"]
fn nuxt() {
    check("frameworks/nuxt", 3000, &[("/?name=you", "<h1>Hello from Nuxt to you</h1>")]);
}

#[test]
#[ignore = "slow: part of `cargo xtask test --full`"]
fn astro() {
    check("frameworks/astro", 8080, &[("/", "<h1>Hello from Astro</h1>"), ("/", "\"Astro v5.")]);
}

#[test]
#[ignore = "slow: part of `cargo xtask test --full`"]
fn angular() {
    let page = "<script src=\"main-";
    check("frameworks/angular", 8080, &[("/", page), ("/of/the/app", page)]);
}
