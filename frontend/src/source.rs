//! The manifest's bytes as text, and where its lines are.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rules::Rule;
use crate::span::Span;

/// More than a manifest can need, little enough to be read at once.
pub const MAX_BYTES: usize = 1 << 20;

/// The manifest as text. Spans are byte ranges of [`Source::text`], which has no byte order mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    /// The byte at which each line starts.
    lines: Vec<usize>,
}

/// A place as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl Source {
    /// `name` is the file name as the user wrote it. A file that is no text is reported, and what can be
    /// read of it is kept, so that the report can be drawn.
    pub fn new(name: impl Into<String>, bytes: &[u8], diagnostics: &mut Diagnostics) -> Self {
        let name = name.into();
        if bytes.len() > MAX_BYTES {
            let message = format!("the manifest has {} bytes, more than {MAX_BYTES}", bytes.len());
            diagnostics.push(
                Diagnostic::without_place(Rule::ManifestTooLarge, message)
                    .help("check what `-f` names, or move what the manifest holds to files of its own"),
            );
            return Self { name, text: String::new(), lines: vec![0] };
        }
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        if let Some(text) = utf_16(bytes) {
            let span = Span::new(0, text.lines().next().map_or(0, str::len));
            let diagnostic =
                Diagnostic::new(Rule::NotUtf8, span, "the file is UTF-16").help("save it as UTF-8");
            diagnostics.push(diagnostic);
            return Self::of_text(name, text);
        }
        if let Err(error) = std::str::from_utf8(bytes) {
            let at = error.valid_up_to();
            let message = format!("byte `0x{:02x}` is not UTF-8", bytes.get(at).copied().unwrap_or_default());
            // The lossy text is the same up to here, so the place is right in it.
            let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
            diagnostics.push(Diagnostic::new(Rule::NotUtf8, span, message).help("save the file as UTF-8"));
        }
        Self::of_text(name, String::from_utf8_lossy(bytes).into_owned())
    }

    fn of_text(name: String, text: String) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self { name, text, lines }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line that names the frontend: the place of what nobody wrote.
    pub fn first_line(&self) -> Span {
        Span::new(0, self.text.lines().next().map_or(0, str::len))
    }

    /// The text of a span; empty when the span is not of this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The place of a byte. Bytes past the end are at the end.
    pub fn position(&self, offset: u32) -> Position {
        let offset = (offset as usize).min(self.text.len());
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
        let before = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { line: count(line), column: count(before + 1) }
    }

    /// Where a span starts and ends. The end is the place of its last byte, so that a span that ends with
    /// a line break does not reach into the next line.
    pub fn range(&self, span: Span) -> (Position, Position) {
        let text = self.slice(span);
        let trimmed = text.trim_end().len();
        let last =
            text.get(..trimmed).and_then(|text| text.char_indices().next_back()).map_or(0, |(at, _)| at);
        let end = span.start.saturating_add(u32::try_from(last).unwrap_or(u32::MAX));
        (self.position(span.start), self.position(end))
    }
}

/// The text of a file with the byte order mark of UTF-16, which is what `>` writes in some shells of Windows.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, _) = bytes.get(2..)?.as_chunks::<2>();
    let units: Vec<_> = pairs.iter().map(|pair| unit(*pair)).collect();
    Some(String::from_utf16_lossy(&units))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(bytes: &[u8]) -> Source {
        Source::new("slipway.yaml", bytes, &mut Diagnostics::default())
    }

    fn check(text: &str, part: &str, start: (u32, u32), end: (u32, u32)) {
        let source = source(text.as_bytes());
        let at = source.text().find(part).expect("the part is in the text");
        let (first, last) = source.range(Span::new(at, at + part.len()));
        assert_eq!((first.line, first.column), start, "{text:?}");
        assert_eq!((last.line, last.column), end, "{text:?}");
    }

    #[test]
    fn places_count_lines_and_characters_from_one() {
        check("abc", "abc", (1, 1), (1, 3));
        check("é: ü\nä: x", "x", (2, 4), (2, 4));
        check("a\r\né: b\r\n", "b", (2, 4), (2, 4));
        check("\u{feff}a: b", "b", (1, 4), (1, 4));
        check("🦀 a", "a", (1, 3), (1, 3));
        check("a:\n  - b\n  - c\n\nd: e", "- b\n  - c\n\n", (2, 3), (3, 5));
    }

    #[test]
    fn places_outside_of_the_text_are_at_its_end() {
        let source = source(b"a\nb");
        assert_eq!(source.position(u32::MAX), Position { line: 2, column: 2 });
        assert_eq!(source.range(Span::new(7, 9)).1, Position { line: 2, column: 2 });
    }

    #[test]
    fn utf_16_is_reported_once_and_read() {
        let little: Vec<_> = "\u{feff}é: [".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<_> = "\u{feff}é: [".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            let mut diagnostics = Diagnostics::default();
            assert_eq!(Source::new("slipway.yaml", &bytes, &mut diagnostics).text(), "é: [");
            assert_eq!(diagnostics.errors().len(), 1);
        }
    }

    #[test]
    fn the_end_of_a_file_that_ends_with_a_line_break_is_a_line_of_its_own() {
        assert_eq!(source(b"a\n").position(2), Position { line: 2, column: 1 });
    }
}
