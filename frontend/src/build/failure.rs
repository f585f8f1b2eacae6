//! Mistakes as the client shows them.

use buildkit_gateway::Error;
use buildkit_llb::{Location, SourceFile};

use crate::calls::Places;
use crate::diagnostic::{Diagnostic, render_all};
use crate::gather::Gather as _;
use crate::source::Source;
use crate::span::Span;

/// All as one error, which marks the lines of each.
pub(super) fn of(diagnostics: &[&Diagnostic], source: &Source, places: &Places<'_>) -> Error {
    let first = diagnostics.iter().filter_map(|diagnostic| diagnostic.labels.first());
    let others = diagnostics.iter().flat_map(|diagnostic| diagnostic.labels.iter().skip(1));
    let locations = blocks(first.chain(others).filter_map(|label| places.place(&label.place)));
    let error = Error::new(render_all(diagnostics, source));
    // Clients draw what was added last first.
    let error = locations.iter().rev().fold(error, Error::at);
    at(error, places.manifest, Span::default())
}

/// An error of the engine's, which comes from this place of the manifest. One that names lines already keeps
/// them. Without any, the client would blame the first line, or none.
pub(super) fn at(error: Error, file: &SourceFile, span: Span) -> Error {
    if error.has_source() {
        return error;
    }
    error.at(&span.location(file))
}

/// Clients draw a location as one block, from its first line to its last: lines that lie near each other are one, so
/// that no line is shown twice and no long way between two mistakes is.
fn blocks(locations: impl Iterator<Item = Location>) -> Vec<Location> {
    /// More than the lines that clients show around one that is marked.
    const NEAR: i32 = 6;
    /// Each carries the whole file.
    const SHOWN_AT_MOST: usize = 8;
    let locations = locations.in_order(|one, other| first_line(one) <= first_line(other));
    let mut blocks: Vec<Location> = Vec::new();
    for location in locations {
        let near = |block: &&mut Location| {
            block.file() == location.file() && first_line(&location) <= last_line(block).saturating_add(NEAR)
        };
        match blocks.iter_mut().find(near) {
            Some(block) => *block = block.clone().and(location).unwrap_or_else(|_| block.clone()),
            None => blocks.push(location),
        }
    }
    blocks.truncate(SHOWN_AT_MOST);
    blocks
}

fn first_line(location: &Location) -> i32 {
    location.ranges().iter().map(|range| range.start().line()).min().unwrap_or_default()
}

fn last_line(location: &Location) -> i32 {
    location.ranges().iter().map(|range| range.end().line()).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_near_each_other_are_one_block() {
        let file = SourceFile::new("a.yaml", "x\n".repeat(100), "YAML");
        let other = SourceFile::new("go.mod", "x\n", "");
        let lines = [(&file, 50), (&file, 3), (&other, 1), (&file, 9), (&file, 45)];
        let blocks = blocks(lines.iter().map(|(file, line)| file.line(*line).expect("a line")));
        let lines =
            |block: &Location| (block.file().filename().to_owned(), first_line(block), last_line(block));
        assert_eq!(
            blocks.iter().map(lines).collect::<Vec<_>>(),
            [("go.mod".to_owned(), 1, 1), ("a.yaml".to_owned(), 3, 9), ("a.yaml".to_owned(), 45, 50)]
        );
    }
}
