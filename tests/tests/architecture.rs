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
    let metadata = metadata(&["--no-deps", "--offline"]);
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

/// Clippy holds our own code to `rust-version` (`incompatible_msrv`); this holds what it is built on.
#[test]
fn libraries_need_no_newer_rust_than_they_say() {
    let metadata = metadata(&["--locked"]);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (packages, nodes) = (list(&metadata["packages"]), list(&metadata["resolve"]["nodes"]));
    let with_id = |list: &[Value], id: &Value| {
        list.iter().find(|entry| entry["id"] == *id).cloned().expect("every package is listed")
    };
    let libraries = packages.iter().filter(|package| ORDER[..3].iter().any(|name| package["name"] == *name));
    for library in libraries {
        let says = rust_version(library).expect("a library says what it needs");
        let mut used = vec![library["id"].clone()];
        let mut next = 0;
        while let Some(id) = used.get(next) {
            let package = with_id(&packages, id);
            assert!(rust_version(&package) <= Some(says), "{} uses {}", library["name"], package["id"]);
            for dependency in list(&with_id(&nodes, id)["deps"]) {
                let for_users = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev");
                if for_users && !used.contains(&dependency["pkg"]) {
                    used.push(dependency["pkg"].clone());
                }
            }
            next += 1;
        }
        assert!(next > 3, "{} is built on something", library["name"]);
    }
}

/// It is the front page of the crate's documentation as well, which has none of the files beside it.
#[test]
fn links_in_the_readme_of_a_library_are_absolute() {
    for library in ["proto", "llb", "gateway"] {
        let page = std::fs::read_to_string(root().join(library).join("README.md"));
        for link in page.expect("a library has a README").split("](").skip(1) {
            let target = link.split(')').next().unwrap_or_default();
            assert!(target.starts_with("https://"), "{library}/README.md links to `{target}`");
        }
    }
}

fn rust_version(package: &Value) -> Option<(u32, u32)> {
    let mut numbers = package["rust_version"].as_str()?.split('.').map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

fn metadata(args: &[&str]) -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1"])
        .args(args)
        .current_dir(root())
        .output()
        .expect("cargo is there: it runs this test");
    serde_json::from_slice(&output.stdout).expect("metadata is JSON")
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
