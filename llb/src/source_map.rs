use std::{fmt, iter, ops::Range as ByteRange, sync::Arc};

use crate::{Definition, Error, Result};

/// A file that vertices come from: the manifest, the Dockerfile.
///
/// It is a value, cheap to clone. A definition carries each distinct file once, and only the files
/// that its vertices point into. The whole file travels with every definition, so keep it small.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile(Arc<FileData>);

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FileData {
    pub(crate) filename: String,
    pub(crate) data: Vec<u8>,
    pub(crate) language: String,
    pub(crate) definition: Option<Definition>,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Eq for FileData {}

impl SourceFile {
    /// A file as the user knows it, with its whole content, and its language by the name that
    /// GitHub's linguist has for it: `YAML`, `Dockerfile`.
    pub fn new(filename: impl Into<String>, data: impl Into<Vec<u8>>, language: impl Into<String>) -> Self {
        let data = data.into();
        let breaks = data.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
        let lines = iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self(Arc::new(FileData {
            filename: filename.into(),
            data,
            language: language.into(),
            definition: None,
            lines,
        }))
    }

    /// Adds how the engine can get the file itself; provenance keeps it.
    #[must_use]
    pub fn definition(self, definition: Definition) -> Self {
        let mut data = Arc::unwrap_or_clone(self.0);
        data.definition = Some(definition);
        Self(Arc::new(data))
    }

    /// The name it was given.
    pub fn filename(&self) -> &str {
        &self.0.filename
    }

    /// Its content.
    pub fn data(&self) -> &[u8] {
        &self.0.data
    }

    /// The name of its language.
    pub fn language(&self) -> &str {
        &self.0.language
    }

    /// How the engine can get the file itself, where that is known.
    pub fn origin(&self) -> Option<&Definition> {
        self.0.definition.as_ref()
    }

    pub(crate) fn file(&self) -> &FileData {
        &self.0
    }

    /// The file and no line of it. A client that is told of lines marks them; here it marks none, where without
    /// any place it may blame a line of its own choice.
    pub fn unmarked(&self) -> Location {
        Location { file: self.clone(), ranges: Vec::new() }
    }

    /// A whole line, counted from 1.
    pub fn line(&self, line: u32) -> Result<Location> {
        self.lines(line, line)
    }

    /// Whole lines, counted from 1, both included.
    pub fn lines(&self, first: u32, last: u32) -> Result<Location> {
        self.range(Position::new(first, 0)?, Position::new(last, 0)?)
    }

    /// From one position to another.
    pub fn range(&self, start: Position, end: Position) -> Result<Location> {
        if end < start {
            return Err(Error::invalid("a range", format!("{start}-{end}"), "it ends before it starts"));
        }
        Ok(Location { file: self.clone(), ranges: vec![Range { start, end }] })
    }

    /// The place of a range of bytes. What lies beyond the end of the file counts as its end.
    pub fn span(&self, bytes: ByteRange<usize>) -> Location {
        let start = self.position(bytes.start);
        let end = self.position(bytes.end).max(start);
        Location { file: self.clone(), ranges: vec![Range { start, end }] }
    }

    fn position(&self, offset: usize) -> Position {
        let before = self.data().get(..offset).unwrap_or(self.data());
        let line = self.0.lines.partition_point(|&start| start <= before.len());
        let start = self.0.lines.get(line - 1).copied().unwrap_or_default();
        let characters = String::from_utf8_lossy(&before[start..]).chars().count();
        Position { line: clamp(line), character: clamp(characters) }
    }
}

fn clamp(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({:?}, {} bytes)", self.filename(), self.data().len())
    }
}

/// One or several ranges of one file that a vertex comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub(crate) file: SourceFile,
    pub(crate) ranges: Vec<Range>,
}

impl Location {
    /// The file.
    pub fn file(&self) -> &SourceFile {
        &self.file
    }

    /// The ranges, in the order they were added.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// Adds the ranges of another location in the same file.
    pub fn and(mut self, other: Self) -> Result<Self> {
        if self.file != other.file {
            return Err(Error::Conflict {
                op: "location",
                reason: format!("`{}` and `{}` are two files", self.file.filename(), other.file.filename()),
            });
        }
        self.ranges.extend(other.ranges);
        Ok(self)
    }
}

/// An area of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub(crate) start: Position,
    pub(crate) end: Position,
}

impl Range {
    /// Where it starts.
    pub fn start(self) -> Position {
        self.start
    }

    /// Where it ends.
    pub fn end(self) -> Position {
        self.end
    }
}

/// A place in a file: a line from 1, and a character of that line from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub(crate) line: i32,
    pub(crate) character: i32,
}

impl Position {
    /// The line is counted from 1, the character from 0.
    pub fn new(line: u32, character: u32) -> Result<Self> {
        let beyond = |_| Error::invalid("a position", format!("{line}:{character}"), "it is too large");
        if line == 0 {
            return Err(Error::invalid("a position", format!("{line}:{character}"), "lines count from 1"));
        }
        Ok(Self {
            line: i32::try_from(line).map_err(beyond)?,
            character: i32::try_from(character).map_err(beyond)?,
        })
    }

    /// The line, counted from 1.
    pub fn line(self) -> i32 {
        self.line
    }

    /// The character of the line, counted from 0.
    pub fn character(self) -> i32 {
        self.character
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.character)
    }
}
