//! Documents that an app is made from, or reads.

use crate::path;
use crate::plan::Text;
use crate::plan::build::At;
use crate::span::Spanned;

/// What still is about the project.
const ABOUT: &[&str] = &[
    "README*.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSE*.md",
    "SECURITY.md",
    ".github",
    ".gitlab",
];

/// Lets in documents. It comes first, before what is left out.
pub(super) fn documents(at: At) -> Spanned<Text> {
    at.text("!**/*.md")
}

/// Without those that are about the project in a folder.
pub(super) fn about(at: At, folder: &str) -> impl Iterator<Item = Spanned<Text>> {
    ABOUT.iter().map(move |pattern| at.text(&path::join(folder, pattern)))
}
