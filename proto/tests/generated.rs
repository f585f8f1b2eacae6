//! `src/gen` is what `proto/` says, to the byte.
//!
//! The generator runs here, and not in a build script, so that whoever builds this crate needs cargo alone.
//! `UPDATE_GOLDEN=1 cargo test -p buildkit-proto --test generated` writes the files anew.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Every file that nothing else imports, and with them all others.
const ROOTS: [&str; 3] = ["errdefs.proto", "frontend.proto", "stack.proto"];

#[test]
fn checked_in_code_is_what_the_proto_files_give() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked_in = root.join("src/gen");
    let scratch = tempfile::tempdir()?;
    generate(&root.join("proto"), scratch.path())?;
    let fresh = read(scratch.path())?;

    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::remove_dir_all(&checked_in)?;
        fs::create_dir(&checked_in)?;
        for (name, text) in &fresh {
            fs::write(checked_in.join(name), text)?;
        }
    }

    let present = read(&checked_in)?;
    let stale: Vec<_> =
        fresh.keys().chain(present.keys()).filter(|name| fresh.get(*name) != present.get(*name)).collect();
    assert!(
        stale.is_empty(),
        "proto/src/gen is not what proto/proto gives: {stale:?}\n\
         run `UPDATE_GOLDEN=1 cargo test -p buildkit-proto --test generated` and commit the result"
    );
    Ok(())
}

fn generate(proto: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let files = protox::compile(ROOTS, [proto])?;
    tonic_prost_build::configure()
        .build_server(false)
        .build_transport(false)
        // The digest of a vertex is a hash of its bytes: maps have an order.
        .btree_map(".")
        .client_mod_attribute(".", r#"#[cfg(feature = "client")]"#)
        .out_dir(out)
        .include_file("mod.rs")
        .compile_fds(files)?;
    Ok(())
}

fn read(directory: &Path) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        files.insert(name, fs::read_to_string(entry.path())?);
    }
    Ok(files)
}
