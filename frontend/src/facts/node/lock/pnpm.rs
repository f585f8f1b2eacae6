//! `pnpm-lock.yaml`, from the format 5 on.

use std::collections::BTreeMap;

use super::{Lock, Locked};
use crate::facts::node::package::KINDS;
use crate::facts::tree::{self, Broken, Tree};
use crate::gather::Gather as _;

pub(super) fn parse(text: &str) -> Result<Lock, Broken> {
    // pnpm 11 puts what it locks for itself into a document of its own before the project's.
    let tree = tree::yaml(text)?.pop().ok_or_else(|| (1, "the file is empty".to_owned()))?;
    let format = tree.text_of(&["lockfileVersion"]).map(str::to_owned);
    // A hook of the project's may have changed what its packages want.
    let exact = tree.get(&["pnpmfileChecksum"]).is_none();
    let mut lock = Lock { exact, format, ..Lock::default() };
    for (key, value) in tree.get(&["overrides"]).into_iter().flat_map(Tree::entries) {
        let overridden = name(key.rsplit('>').next().unwrap_or(key).trim());
        lock.overrides.entry(overridden.to_owned()).or_default().extend(value.text().map(str::to_owned));
    }
    let importers: Vec<(&str, &Tree)> = match tree.get(&["importers"]) {
        Some(importers) => importers.entries().collect(),
        None => vec![(".", &tree)],
    };
    let locked = importers.iter().map(|(folder, importer)| {
        let folder = if *folder == "." { "" } else { *folder };
        (folder.to_owned(), wanted(importer))
    });
    lock.locked = Locked::Packages(locked.gather());
    let of_development = importers.iter().any(|(_, importer)| {
        importer.get(&["devDependencies"]).is_some_and(|packages| packages.entries().next().is_some())
    });
    lock.has_development = Some(of_development);
    for (key, package) in tree.get(&["packages"]).into_iter().flat_map(Tree::entries) {
        let limited = ["os", "cpu", "libc"].iter().any(|key| package.get(&[key]).is_some());
        // The format 9 does not say it any more.
        let has_script = package.get(&["requiresBuild"]).is_some_and(Tree::is_true);
        lock.has_scripts |= has_script;
        lock.note(name(key), limited, has_script);
    }
    Ok(lock)
}

/// Before the format 6, `specifiers` says for all kinds what was wanted.
fn wanted(importer: &Tree) -> BTreeMap<String, String> {
    let old = importer.get(&["specifiers"]).into_iter().flat_map(Tree::entries);
    let old = old.filter_map(|(name, wanted)| Some((name.to_owned(), wanted.text()?.to_owned())));
    let new = KINDS.iter().filter_map(|kind| importer.get(&[kind])).flat_map(Tree::entries);
    let new =
        new.filter_map(|(name, locked)| Some((name.to_owned(), locked.text_of(&["specifier"])?.to_owned())));
    old.chain(new).gather()
}

/// `a` of `a@1.0.0`, `/a@1.0.0(b@2.0.0)` and `/a/1.0.0`.
fn name(key: &str) -> &str {
    let key = key.trim_start_matches('/');
    let scope = if key.starts_with('@') { key.find('/').map_or(0, |slash| slash + 1) } else { 0 };
    let end = key.get(scope..).and_then(|rest| rest.find(['@', '/'])).map_or(key.len(), |end| scope + end);
    key.get(..end).unwrap_or(key)
}
