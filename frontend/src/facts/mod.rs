//! Facts: what the project's own files say, each with its file and line.

pub mod go;
mod members;
pub mod node;
mod project;
pub mod python;
pub mod toml;
pub mod tree;
pub mod versions;

use std::fmt;

pub use project::{Answer, Item, Project, ProjectOfFiles, Question};

pub use crate::diagnostic::Place;
use crate::span::Span;

/// `.go` and `.py` of two stacks as one pattern, as the client compares each with every file.
const GO_AND_PYTHON: &str = "**/*.[gp][oy]";

/// A decision and why it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact<T> {
    pub value: T,
    /// One sentence without a final period.
    pub reason: String,
    pub place: Option<Place>,
}

/// A decision as `--call=explain` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub name: &'static str,
    pub value: String,
    pub reason: String,
    pub place: Option<Place>,
    /// The key of the manifest that says the same, `build.target`; none for what follows from other decisions.
    pub key: Option<&'static str>,
}

impl<T> Fact<T> {
    /// Found in a line of a file of the project, counted from 1.
    pub fn at(value: T, reason: impl Into<String>, file: impl Into<String>, line: u32) -> Self {
        Self { value, reason: reason.into(), place: Some(Place::File { path: file.into(), line }) }
    }

    /// Written in the manifest, under this key.
    pub fn written(value: T, key: &str, span: Span) -> Self {
        Self { value, reason: format!("`{key}` says so"), place: Some(Place::Manifest(span)) }
    }

    pub fn decided(value: T, reason: impl Into<String>) -> Self {
        Self { value, reason: reason.into(), place: None }
    }

    /// Another value for the same reason.
    pub fn with<U>(&self, value: U) -> Fact<U> {
        Fact { value, reason: self.reason.clone(), place: self.place.clone() }
    }
}

impl<T: fmt::Display> Fact<T> {
    pub fn decision(&self, name: &'static str) -> Decision {
        Decision { place: self.place.clone(), ..Decision::new(name, self.value.to_string(), &*self.reason) }
    }
}

impl Decision {
    pub fn new(name: &'static str, value: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { name, value: value.into(), reason: reason.into(), place: None, key: None }
    }

    #[must_use]
    pub fn key(self, key: &'static str) -> Self {
        Self { key: Some(key), ..self }
    }
}

/// The lines of a text with their numbers, counted from 1, without the space around them.
pub fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1..).zip(text.lines().map(str::trim))
}

/// The line of a byte of a text, counted from 1.
pub fn line_at(text: &str, byte: usize) -> u32 {
    let before = text.bytes().take(byte).filter(|&byte| byte == b'\n').count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}
