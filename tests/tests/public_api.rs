//! The public API of the libraries: every item in `LIBRARY/tests/public-api.txt`, so that no change of it goes unseen.
//! `UPDATE_GOLDEN=1` rewrites them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use e2e::process;

/// Folders, and crates as they are written in code.
const LIBRARIES: [(&str, &str); 3] =
    [("proto", "buildkit_proto"), ("llb", "buildkit_llb"), ("gateway", "buildkit_gateway")];

/// What is hard to store, to compare or to repeat. A quote is a lifetime.
const UNWANTED: [&str; 5] = ["'", "dyn ", "HashMap", "HashSet", "unsafe "];

/// What looks like it and is none of it: text of the program itself, and the signature of `fmt`.
const HARMLESS: [&str; 2] = ["'static", "Formatter<'_>"];

#[test]
fn no_change_of_the_public_api_goes_unseen() {
    let documented = document();
    let mut wrong = Vec::new();
    for (folder, library) in LIBRARIES {
        let items = public_items(&documented, library);
        let golden = root().join(folder).join("tests/public-api.txt");
        let text = items.join("\n") + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, &text).expect("the golden file can be written");
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        let gone = expected.lines().filter(|line| !items.iter().any(|item| item == line));
        wrong.extend(gone.map(|line| format!("- {line}")));
        let new = items.iter().filter(|item| !expected.lines().any(|line| line == *item));
        wrong.extend(new.map(|item| format!("+ {item}")));
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_GOLDEN=1 rewrites what was expected", wrong.join("\n"));
}

#[test]
fn nothing_public_is_hard_to_hold() {
    let documented = document();
    for (_, library) in LIBRARIES {
        for item in public_items(&documented, library) {
            let looked_at = HARMLESS.iter().fold(item.clone(), |item, harmless| item.replace(harmless, ""));
            assert!(!UNWANTED.iter().any(|unwanted| looked_at.contains(unwanted)), "{item}");
        }
    }
}

/// The items of a library in the order of its modules, as a reader of the documentation sees them: without what every
/// type has.
fn public_items(documented: &Path, library: &str) -> Vec<String> {
    let api = public_api::Builder::from_rustdoc_json(documented.join(format!("{library}.json")))
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .expect("the format of rustdoc's JSON is that of the pinned toolchain");
    api.items().map(ToString::to_string).collect()
}

/// The documentation as JSON, which is unstable: hence the pinned toolchain, and a build folder of its own, as most
/// dependencies would be built anew otherwise.
fn document() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public-api");
    let mut doc = Command::new(env!("CARGO"));
    doc.current_dir(root())
        .args(["doc", "--locked", "--quiet", "--no-deps", "--lib", "--all-features", "--target-dir"])
        .arg(&target)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format=json");
    for (_, library) in LIBRARIES {
        doc.args(["--package", &library.replace('_', "-")]);
    }
    let done =
        process::run(&mut doc, b"", Duration::from_mins(15)).expect("cargo is there: it runs this test");
    assert!(done.status.success(), "{}", done.stderr);
    target.join("doc")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in a workspace")
}
