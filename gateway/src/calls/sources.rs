//! Files and places in them, in the form that answers have them.

use std::fmt::Write as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use buildkit_llb::{Location, Range, SourceFile};
use serde::Serialize;
use serde_json::Value;

use crate::position;

/// The files that an answer is about; places name them by index.
#[derive(Debug, Default)]
pub(super) struct Sources(Vec<SourceFile>);

impl Sources {
    pub(super) fn of(file: &SourceFile) -> Self {
        Self(vec![file.clone()])
    }

    pub(super) fn place(&mut self, location: &Location) -> Place {
        let file = location.file();
        let index = self.0.iter().position(|known| known == file).unwrap_or_else(|| {
            self.0.push(file.clone());
            self.0.len() - 1
        });
        Place { index: i32::try_from(index).unwrap_or(i32::MAX), ranges: position::ranges(location) }
    }

    pub(super) fn optional_place(&mut self, location: Option<&Location>) -> Option<Place> {
        location.map(|location| self.place(location))
    }

    /// Their content alone, as outline and targets have it.
    pub(super) fn contents(&self) -> Vec<String> {
        self.0.iter().map(|file| STANDARD.encode(file.data())).collect()
    }

    /// With their names, as lint has it.
    pub(super) fn infos(&self) -> Vec<Info<'_>> {
        self.0
            .iter()
            .map(|file| Info {
                filename: file.filename(),
                data: STANDARD.encode(file.data()),
                language: file.language(),
            })
            .collect()
    }
}

/// A place, as Go writes `pb.Location`: what is zero is left out.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Place {
    #[serde(rename = "sourceIndex", skip_serializing_if = "is_zero")]
    index: i32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<Value>,
}

impl Place {
    /// In no file.
    pub(super) fn nowhere() -> Self {
        Self { index: -1, ranges: Vec::new() }
    }

    /// The first file as a whole.
    pub(super) fn first_file() -> Self {
        Self { index: 0, ranges: Vec::new() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
fn is_zero(index: &i32) -> bool {
    *index == 0
}

/// A file, as Go writes `pb.SourceInfo`.
#[derive(Debug, Serialize)]
pub(super) struct Info<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    filename: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    data: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    language: &'a str,
}

/// The lines of a place with some around them, as `solver/errdefs/source.go` prints them for every client.
pub(super) fn excerpt(location: &Location) -> String {
    let data = String::from_utf8_lossy(location.file().data());
    let lines: Vec<_> = data.split('\n').collect();
    let last_line = |range: &Range| number(range.end().line()).max(number(range.start().line()));
    let ranges = location.ranges();
    let first = ranges.iter().map(|range| number(range.start().line())).min().unwrap_or_default();
    let last = ranges.iter().map(last_line).max().unwrap_or_default().min(lines.len());
    if first == 0 || first > lines.len() {
        return String::new();
    }
    let (mut start, mut end) = (first, last);
    let around = if start == end { 4 } else { 2 };
    let mut added = 0;
    while added < around {
        if start > 1 {
            start -= 1;
            added += 1;
        }
        if end != lines.len() {
            end += 1;
            added += 1;
        }
        added += 1;
    }
    let rule = "-".repeat(20);
    let mut text = format!("{}:{first}\n{rule}\n", location.file().filename());
    for line in start..=end {
        let marked =
            ranges.iter().any(|range| (number(range.start().line())..=last_line(range)).contains(&line));
        let mark = if marked { ">>>" } else { "   " };
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, " {line:3} | {mark} {}", lines[line - 1]);
    }
    text.push_str(&rule);
    text.push('\n');
    text
}

fn number(line: i32) -> usize {
    usize::try_from(line).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn around_a_line() {
        let file = SourceFile::new("app.yaml", "1\n2\n3\n4\n5\n6\n7\n", "YAML");
        let rule = "--------------------";
        assert_eq!(
            excerpt(&file.line(4).unwrap()),
            format!(
                "app.yaml:4\n{rule}\n   2 |     2\n   3 |     3\n   4 | >>> 4\n   5 |     5\n   6 |     6\n{rule}\n"
            )
        );
        assert_eq!(
            excerpt(&file.lines(1, 2).unwrap()),
            format!("app.yaml:1\n{rule}\n   1 | >>> 1\n   2 | >>> 2\n   3 |     3\n{rule}\n")
        );
        assert_eq!(excerpt(&file.line(9).unwrap()), "");
    }
}
