//! What builds apps of the stacks `node` and `static`: each package manager, and each framework, from one line to an
//! image that answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::{Engine, Project, Run};

const SOON: Duration = Duration::from_mins(1);

/// Builds a folder of `tests/cases/`, and asks the image for pages: their paths, and what is in them.
fn check(case: &str, port: u16, pages: &[(&str, &str)]) {
    check_project(&project(case), case, port, pages);
}

fn project(case: &str) -> Project {
    Project::copy_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case)).unwrap()
}

/// What the image holds, by its paths.
fn check_project(project: &Project, case: &str, port: u16, pages: &[(&str, &str)]) -> BTreeSet<PathBuf> {
    let engine = Engine::connect();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    let package = project.read("package.json").unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    let paths = image.paths().unwrap();
    for name in package["devDependencies"].as_object().into_iter().flat_map(serde_json::Map::keys) {
        let there = paths.contains(&Path::new("app/node_modules").join(name));
        assert!(!there, "{case}: `{name}` is for development");
    }
    let run = Run { tmpfs: vec!["/tmp".to_owned()], ..Run::default() };
    let mut container = image.start(&run).unwrap();
    for (path, part) in pages {
        let page = container.get(port, path, SOON).unwrap();
        assert!(page.contains(part), "{case}{path}: {page}");
    }
    paths
}

#[test]
fn every_package_manager_installs_what_its_lock_says() {
    for manager in ["pnpm", "yarn-1", "yarn", "bun"] {
        check(&format!("package_managers/{manager}"), 3000, &[("/", "172800000")]);
    }
}

#[test]
fn a_program_that_is_with_the_packages_of_the_workspace() {
    check("package_managers/npm-workspace", 3000, &[("/", "<h1>Hello from a workspace</h1>")]);
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
fn next_with_the_packages_of_production() {
    let project = project("frameworks/next");
    project.write("next.config.ts", "export default {};\n").unwrap();
    let pages = [("/", "<h1>Hello from Next</h1>"), ("/to?name=you", "Hello to you")];
    let paths = check_project(&project, "next start", 3000, &pages);
    // For images that the server scales; nothing of what the build keeps for the next one.
    let kept: Vec<_> = paths.iter().filter(|path| path.starts_with("app/.next/cache")).collect();
    assert_eq!(kept, [Path::new("app/.next/cache")]);
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

#[test]
#[ignore = "slow: part of `cargo xtask test --full`"]
fn angular_on_node() {
    check("frameworks/angular-node", 4000, &[("/?name=you", "Hello from Angular to you</h1>")]);
}

#[test]
#[ignore = "slow: part of `cargo xtask test --full`"]
fn servers_that_are_left_out() {
    let next = project("frameworks/next");
    next.write("next.config.ts", "export default { output: \"export\" };\n").unwrap();
    next.write("app/to/page.tsx", "export { default } from \"../page\";\n").unwrap();
    std::fs::remove_file(next.path().join("app/to/route.ts")).unwrap();
    let page = "<h1>Hello from Next</h1>";
    check_project(&next, "next export", 8080, &[("/", page), ("/to", page)]);

    let router = project("frameworks/react-router");
    router.write("react-router.config.ts", "export default { ssr: false };\n").unwrap();
    router.write("app/routes/home.jsx", "export default () => <h1>Hello</h1>;\n").unwrap();
    let page = "\"isSpaMode\":true";
    check_project(&router, "react-router", 8080, &[("/", page), ("/of/the/app", page)]);

    let nuxt = project("frameworks/nuxt");
    nuxt.replace("package.json", "nuxt build", "nuxt generate").unwrap();
    check_project(&nuxt, "nuxt generate", 8080, &[("/", "<h1>Hello from Nuxt to")]);
}
