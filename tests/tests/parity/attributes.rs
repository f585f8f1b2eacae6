//! Every option that the pinned clients can send is known, and no row of the table is left over.

use std::collections::BTreeMap;

use slipway::options::{KNOWN, row};

use crate::go;

#[test]
fn every_option_that_clients_send_is_known() {
    let told = go::run("attributes", &go::folder());
    let named: BTreeMap<&str, &str> = told.lines().filter_map(|line| line.split_once('\t')).collect();
    assert!(named.len() > 40, "{told}");
    // What begins with `build-arg:` is one, but BuildKit's own arguments have rows of their own.
    let is_own = |key: &str| key.starts_with("build-arg:") && key != "build-arg:";
    let unknown = named.iter().filter(|(key, _)| match row(key) {
        Some(found) => is_own(key) && found.key == "build-arg:",
        None => true,
    });
    let unknown: Vec<_> = unknown.map(|(key, place)| format!("{key} ({place})")).collect();
    assert!(unknown.is_empty(), "`frontend/src/options.rs` has no row for\n{}", unknown.join("\n"));
    // Of a prefix any key will do.
    let stale = KNOWN.iter().filter(|row| !named.keys().any(|key| key.starts_with(row.key)));
    let stale: Vec<_> = stale.map(|row| row.key).collect();
    assert!(stale.is_empty(), "no client sends {}", stale.join(", "));
}
