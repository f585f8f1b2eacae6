//! `package-lock.json` of npm 5 and later.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lock, Locked};
use crate::facts::node::package::KINDS;
use crate::facts::tree::{self, Broken, Tree};
use crate::gather::Gather as _;

const MODULES: &str = "node_modules/";

pub(super) fn parse(text: &str) -> Result<Lock, Broken> {
    let tree = tree::json(text)?;
    let format = tree.text_of(&["lockfileVersion"]).map(str::to_owned);
    let mut lock = Lock { format, has_scripts: true, ..Lock::default() };
    let Some(packages) = tree.get(&["packages"]) else {
        // Version 1 says nothing of the project itself, and npm works out the rest when it installs.
        let entries: Vec<_> = tree.get(&["dependencies"]).into_iter().flat_map(Tree::entries).collect();
        lock.locked = Locked::Names(entries.iter().map(|(name, _)| (*name).to_owned()).gather());
        for (name, _) in &entries {
            lock.note(name, true, true);
        }
        lock.has_development = Some(entries.iter().any(|(_, package)| is(package, "dev")));
        return Ok(lock);
    };
    check_whole(packages)?;
    let mut locked = BTreeMap::new();
    let mut has_development = false;
    for (folder, package) in packages.entries() {
        match folder.rsplit_once(MODULES) {
            Some((_, name)) => {
                has_development |= is(package, "dev") || is(package, "devOptional");
                let limited = ["os", "cpu", "libc"].iter().any(|key| package.get(&[key]).is_some());
                lock.note(name, limited, is(package, "hasInstallScript"));
            }
            None => {
                let wanted = KINDS.iter().filter_map(|kind| package.get(&[kind])).flat_map(Tree::entries);
                let wanted =
                    wanted.filter_map(|(name, wanted)| Some((name.to_owned(), wanted.text()?.to_owned())));
                locked.insert(folder.to_owned(), wanted.gather());
            }
        }
    }
    lock.locked = Locked::Packages(locked);
    lock.has_development = Some(has_development);
    Ok(lock)
}

/// npm leaves packages out that its registry did not have for it, and refuses to install from such a lock.
fn check_whole(packages: &Tree) -> Result<(), Broken> {
    let name = |folder: &str| folder.rsplit_once(MODULES).map(|(_, name)| name.to_owned());
    let there: BTreeSet<String> = packages.entries().filter_map(|(folder, _)| name(folder)).gather();
    for (folder, package) in packages.entries() {
        let wanted = ["dependencies", "optionalDependencies"].iter().filter_map(|kind| package.get(&[kind]));
        let missing = wanted.flat_map(Tree::entries).find(|(name, _)| !there.contains(*name));
        // What is missing of the project's own packages is told where they name it.
        if let (Some((missing, at)), Some(name)) = (missing, name(folder)) {
            return Err((
                at.line,
                format!("`{name}` needs `{missing}`, which is not in it, so that npm refuses it"),
            ));
        }
    }
    Ok(())
}

fn is(package: &Tree, key: &str) -> bool {
    package.get(&[key]).is_some_and(Tree::is_true)
}
