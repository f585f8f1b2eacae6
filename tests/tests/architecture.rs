//! What `ARCHITECTURE.md` says of packages and modules.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Each may use those before it.
const ORDER: [&str; 4] = ["buildkit-proto", "buildkit-llb", "buildkit-gateway", "slipway"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in a workspace")
}

#[test]
fn packages_only_use_those_to_their_left() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo is there: it runs this test");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("a workspace has packages");
    let place = |name: &str| ORDER.iter().position(|known| *known == name);
    let mut seen = 0;
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(own) = place(name) else { continue };
        seen += 1;
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let used = dependency["name"].as_str().unwrap_or_default();
            // A package may use itself with other features, in its own tests.
            assert!(used == name || place(used).is_none_or(|used| used < own), "{name} uses {used}");
            assert!(!["e2e", "xtask"].contains(&used), "{name} uses {used}");
        }
    }
    assert_eq!(seen, ORDER.len());
}

/// Stacks, facts and plans know nothing of BuildKit; only the driver waits for anything.
#[test]
fn the_pure_part_is_pure() {
    let frontend = root().join("frontend/src");
    for (folder, forbidden) in [
        ("stacks", "buildkit_"),
        ("facts", "buildkit_"),
        ("plan", "buildkit_"),
        ("manifest", "buildkit_"),
        ("yaml", "buildkit_"),
        ("stacks", "async fn"),
        ("facts", "async fn"),
        ("plan", "async fn"),
        ("lower", "async fn"),
        ("calls", "async fn"),
    ] {
        let mut folders = vec![frontend.join(folder)];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).expect("the folder is part of the source") {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    files += 1;
                    let text = std::fs::read_to_string(&path).expect("source is text");
                    assert!(!text.contains(forbidden), "{} has `{forbidden}`", path.display());
                }
            }
        }
        assert!(files > 0, "{folder} has no files");
    }
}
