//! Documents that an app is made from, or reads.

use crate::path;
use crate::plan::Text;
use crate::plan::build::At;
use crate::span::Spanned;

/// Exceptions of what is no source. They come before what is left out for other reasons.
const DOCUMENTS: &[&str] = &["**/*.md", "**/*.mdx"];

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

/// Lets in the documents of a folder.
pub(super) fn documents(at: At, folder: &str) -> impl Iterator<Item = Spanned<Text>> {
    let exceptions = DOCUMENTS.iter().map(move |pattern| format!("!{}", path::join(folder, pattern)));
    exceptions.map(move |pattern| at.text(&pattern))
}

/// Without those that are about the project.
pub(super) fn about(at: At, folder: &str) -> impl Iterator<Item = Spanned<Text>> {
    ABOUT.iter().map(move |pattern| at.text(&path::join(folder, pattern)))
}
