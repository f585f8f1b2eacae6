//! What builds apps of the stacks `node` and `static`: each package manager, and each framework, from one line to an
//! image that answers.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::time::Duration;

use e2e::{Engine, Project, Run};

const SOON: Duration = Duration::from_mins(1);

/// Builds a folder of `tests/cases/`, and asks the image for its first page.
fn check(case: &str, port: u16, answer: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(case);
    let project = Project::copy_of(&folder).unwrap();
    let engine = Engine::connect();
    let (image, _) = engine.build(project.path()).file("slipway.yaml").image().unwrap();
    // What is there for development, in those that have such a thing.
    let development =
        image.paths().unwrap().into_iter().find(|path| path.ends_with("node_modules/is-number"));
    assert_eq!(development, None, "{case}");
    let run = Run { tmpfs: vec!["/tmp".to_owned()], ..Run::default() };
    let mut container = image.start(&run).unwrap();
    let page = container.get(port, "/", SOON).unwrap();
    assert!(page.contains(answer), "{case}: {page}");
}

#[test]
fn every_package_manager_installs_what_its_lock_says() {
    for manager in ["pnpm", "yarn-1", "yarn", "bun"] {
        check(&format!("package_managers/{manager}"), 3000, "172800000");
    }
}

#[test]
fn vue() {
    check("frameworks/vue", 8080, "<title>Hello from Vue</title>");
}
