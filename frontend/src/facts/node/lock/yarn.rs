//! `yarn.lock`, of Yarn 1 and of later versions.

use yarn_lock_parser::parse_str;

use super::{Lock, Locked};
use crate::facts::line_at;
use crate::facts::tree::Broken;
use crate::gather::Gather as _;

pub(super) fn parse(text: &str) -> Result<Lock, Broken> {
    // YAML writes a key of more than 1024 characters on a line of its own.
    let joined = text.replace("\n? ", "\n").replace("\"\n:\n", "\":\n");
    let parsed = parse_str(&joined)
        .map_err(|_| (line_of_mistake(text), "an entry begins here that is not understood".to_owned()))?;
    let mut lock = Lock { format: Some(parsed.version.to_string()), ..Lock::default() };
    let wanted = parsed.entries.iter().flat_map(|entry| &entry.descriptors);
    lock.locked =
        Locked::Wanted(wanted.map(|(name, wanted)| ((*name).to_owned(), (*wanted).to_owned())).gather());
    for entry in &parsed.entries {
        // The format does not say which packages are for some platforms only: those that choose a binary of
        // their own among optional packages do.
        lock.note(entry.name, !entry.optional_dependencies.is_empty(), false);
        let optional = entry.dependencies_meta.iter().any(|(_, meta)| meta.optional == Some(true));
        lock.note(entry.name, optional, false);
    }
    Ok(lock)
}

/// Where the first entry begins that cannot be read.
fn line_of_mistake(text: &str) -> u32 {
    let ends: Vec<usize> = text.match_indices("\n\n").map(|(at, _)| at + 2).collect();
    let read = ends.partition_point(|&end| parse_str(&text[..end]).is_ok());
    let begins = read.checked_sub(1).and_then(|last| ends.get(last));
    begins.map_or(1, |&begins| line_at(text, begins))
}
