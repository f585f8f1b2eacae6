//! Facts: what the project's own files say, each with its file and line.

pub mod go;
mod project;

pub use project::{Answer, Item, Project, Question};

/// A decision and why it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    pub value: T,
    /// One sentence without a final period.
    pub reason: String,
    pub place: Option<Place>,
}

/// A line of a file of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Relative to the context.
    pub file: String,
    /// 1-based.
    pub line: u32,
}

impl<T> Fact<T> {
    pub fn at(value: T, reason: impl Into<String>, file: impl Into<String>, line: u32) -> Self {
        Self { value, reason: reason.into(), place: Some(Place { file: file.into(), line }) }
    }

    pub fn decided(value: T, reason: impl Into<String>) -> Self {
        Self { value, reason: reason.into(), place: None }
    }
}
