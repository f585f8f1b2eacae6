//! `bun.lock`, JSON with comments and trailing commas.

use std::collections::BTreeMap;

use super::{Lock, Locked};
use crate::facts::node::package::KINDS;
use crate::facts::tree::{self, Broken, Tree};
use crate::gather::Gather as _;

pub(super) fn parse(text: &str) -> Result<Lock, Broken> {
    let tree = tree::json_with_comments(text)?;
    let format = tree.text_of(&["lockfileVersion"]).map(str::to_owned);
    let mut lock = Lock { exact: true, format, ..Lock::default() };
    let mut has_development = false;
    let mut locked = BTreeMap::new();
    for (folder, package) in tree.get(&["workspaces"]).into_iter().flat_map(Tree::entries) {
        has_development |= package.get(&["devDependencies"]).is_some();
        let wanted = KINDS.iter().filter_map(|kind| package.get(&[kind])).flat_map(Tree::entries);
        let wanted = wanted.filter_map(|(name, wanted)| Some((name.to_owned(), wanted.text()?.to_owned())));
        locked.insert(folder.to_owned(), wanted.gather());
    }
    for (key, package) in tree.get(&["packages"]).into_iter().flat_map(Tree::entries) {
        let limited =
            package.items().iter().any(|item| item.get(&["os"]).is_some() || item.get(&["cpu"]).is_some());
        lock.note(key, limited, false);
    }
    lock.locked = Locked::Packages(locked);
    lock.has_development = Some(has_development);
    Ok(lock)
}
