//! What a build asks of a registry that made all of it before.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use e2e::project::unique;
use e2e::{Engine, Project, Proxy};

const FRONTEND: &str = "slipway/frontend:1";
const BASE: &str = "debian:bookworm-slim";

/// A stage of a base with a step, an image that is copied from, and a base that is nothing but that.
fn manifest(frontend: &str, base: &str, mark: &str) -> String {
    format!(
        "# syntax={frontend}
stages:
  make:
    from: {base}
    network: none
    outputs: {{ it: /it }}
    steps: [{{ run: [sh, -euc, 'echo {mark} >/it/mark'] }}]
  run:
    from: {base}
    merge: [{{ from: make, output: it }}]
    steps: [{{ copy: {{ from: '{frontend}', include: [slipway], to: / }} }}]
"
    )
}

#[test]
fn a_build_that_changes_nothing_asks_nothing_where_images_have_digests() {
    let engine = Engine::connect();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let proxy = Proxy::in_front_of(&engine.registry, move |request| {
        seen.lock().unwrap().push(request.to_owned());
    });
    let behind = engine.behind(&proxy.unwrap()).unwrap();
    let pinned = |name: &str, path: &str| format!("{name}@{}", engine.digest(path).unwrap());
    let (frontend, base) = (pinned(FRONTEND, FRONTEND), pinned(BASE, &format!("library/{BASE}")));
    let mark = unique();
    let project = Project::empty().unwrap();
    // What is asked by a build of this manifest that was built before, and which digest it comes to.
    let again = |manifest: &str| {
        project.write("slipway.yaml", manifest).unwrap();
        let build =
            || behind.build(project.path()).file("slipway.yaml").limit(Duration::from_mins(3)).image();
        let (first, _) = build().unwrap();
        asked.lock().unwrap().clear();
        let (second, outcome) = build().unwrap();
        assert_eq!(outcome.steps.ran(), Vec::<&str>::new());
        assert_eq!(first.layers, second.layers);
        std::mem::take(&mut *asked.lock().unwrap())
    };
    // By tag, an image is looked up in every build.
    let of_tags = again(&manifest(FRONTEND, BASE, &mark)).join("\n");
    for name in ["slipway/frontend/manifests/1", "library/debian/manifests/bookworm-slim"] {
        assert!(of_tags.contains(name), "{name}:\n{of_tags}");
    }
    assert_eq!(again(&manifest(&frontend, &base, &mark)), Vec::<String>::new());
}
