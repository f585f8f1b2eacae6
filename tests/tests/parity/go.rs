//! The Go side: `tests/parity`, built with the versions that `tests/engine/go.mod` pins.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use buildkit_proto::{Message as _, pb};

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests is a folder of the checkout")
}

pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// The Go sources of this test, whose build list has the packages of the engine and its clients.
pub(crate) fn folder() -> PathBuf {
    checkout().join("tests/parity")
}

/// Builds the program; Go's own cache makes this quick after the first time.
fn program() -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("parity");
    let build = Command::new("go")
        .current_dir(folder())
        // As `cargo xtask engine` builds the engine, whose packages Go then has already.
        .env("CGO_ENABLED", "0")
        .args(["build", "-modfile=../engine/go.mod", "-o"])
        .args([&program, Path::new(".")])
        .output()
        .expect("the tests need Go");
    assert!(build.status.success(), "go build: {}", String::from_utf8_lossy(&build.stderr));
    program
}

pub(crate) fn run(verb: &str, folder: &Path) -> String {
    let output = Command::new(program()).arg(verb).arg(folder).output().expect("it was built");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "parity {verb}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// What the Go client makes of each graph.
pub(crate) fn definitions() -> BTreeMap<String, pb::Definition> {
    let folder = scratch("parity-go");
    run("graphs", &folder);
    fs::read_dir(folder)
        .expect("it was written")
        .map(|entry| {
            let path = entry.expect("it was written").path();
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a graph's name");
            let bytes = fs::read(&path).expect("it was written");
            let definition = pb::Definition::decode(bytes.as_slice()).expect("the Go client's");
            (name.to_owned(), definition)
        })
        .collect()
}

/// A folder with our definitions, for the Go side to read.
pub(crate) fn hand_over(
    name: &str,
    definitions: impl IntoIterator<Item = (String, pb::Definition)>,
) -> PathBuf {
    let folder = scratch(name);
    for (name, definition) in definitions {
        fs::write(folder.join(format!("{name}.pb")), definition.encode_to_vec())
            .expect("the target folder can be written");
    }
    folder
}
