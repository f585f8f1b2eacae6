//! The project's files, from a folder.

#![expect(clippy::disallowed_methods, reason = "reading files is what it is for")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use buildkit_gateway::contexts::dockerignore::Ignore;

use crate::facts::{Answer, Item, Question};
use crate::gather::Gather as _;
use crate::lower::filter::is_shown;

/// What cannot be read is not there: a stack that needs it says so.
pub(super) fn answer(folder: &Path, ignore: &Ignore, question: &Question) -> Answer {
    match question {
        Question::File(path) if ignore.hides(path) => Answer::Absent,
        Question::File(path) => match fs::read(folder.join(path)) {
            Ok(bytes) => Answer::File(String::from_utf8_lossy(&bytes).into()),
            Err(_) => Answer::Absent,
        },
        Question::Folder(path) => match fs::read_dir(folder.join(path)) {
            Ok(entries) => {
                let items: BTreeSet<Item> = entries
                    .flatten()
                    .map(|entry| Item {
                        name: entry.file_name().to_string_lossy().into_owned(),
                        is_folder: entry.file_type().is_ok_and(|kind| kind.is_dir()),
                    })
                    .filter(|item| is_shown(path, item, ignore))
                    .gather();
                Answer::Folder(items.into_iter().collect())
            }
            Err(_) => Answer::Absent,
        },
    }
}
