//! `yarn.lock`, of Yarn 1 and of later versions.

use super::{Lock, Locked};
use crate::facts::tree::Broken;

pub(super) fn parse(text: &str) -> Result<Lock, Broken> {
    let parsed = yarn_lock_parser::parse_str(text).map_err(|error| (1, error.to_string()))?;
    let mut lock = Lock { format: Some(parsed.version.to_string()), ..Lock::default() };
    let wanted = parsed.entries.iter().flat_map(|entry| &entry.descriptors);
    lock.locked =
        Locked::Wanted(wanted.map(|(name, wanted)| ((*name).to_owned(), (*wanted).to_owned())).collect());
    for entry in &parsed.entries {
        // The format does not say which packages are for some platforms only: those that choose a binary of
        // their own among optional packages do.
        lock.note(entry.name, !entry.optional_dependencies.is_empty(), false);
        let optional = entry.dependencies_meta.iter().any(|(_, meta)| meta.optional == Some(true));
        lock.note(entry.name, optional, false);
    }
    if lock.compiled.is_some() {
        lock.per_platform.clone_from(&lock.compiled);
    }
    Ok(lock)
}
