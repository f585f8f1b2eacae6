//! `docs/options.md` is the table of `slipway::options`, and every test that it names is there.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests read files, and one that cannot go on fails"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use slipway::options::{KNOWN, Outcome, page};

fn checkout(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// `UPDATE_GOLDEN=1` writes it.
#[test]
fn the_page_is_the_table() {
    let file = checkout("docs/options.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&file, page()).unwrap();
    }
    assert_eq!(fs::read_to_string(&file).unwrap(), page(), "{} is not up to date", file.display());
}

/// What is told of is what is not known.
#[test]
fn the_table_has_every_option_that_the_gateway_knows() {
    let known: BTreeSet<&str> = buildkit_gateway::options::KNOWN.iter().copied().collect();
    assert_eq!(KNOWN.iter().map(|row| row.key).collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_option_is_shown_by_tests_that_there_are() {
    for row in KNOWN {
        if !matches!(row.outcome, Outcome::Settled(_)) {
            assert!(!row.shown_by.is_empty(), "nothing shows what comes of `{}`", row.key);
        }
        for test in row.shown_by {
            let (file, name) = test.split_once("::").unwrap();
            let text = fs::read_to_string(checkout(&format!("tests/tests/{file}.rs"))).unwrap_or_default();
            let is_test = text.contains(&format!("#[test]\nfn {name}() {{"));
            assert!(is_test, "there is no test {test}, which is to show `{}`", row.key);
        }
    }
}
