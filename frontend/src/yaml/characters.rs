//! Characters that a manifest holds by accident: what nobody sees, and quotes that are none to YAML.

use std::ops::RangeInclusive;

use crate::diagnostic::Diagnostic;
use crate::rules::Rule;
use crate::source::Source;
use crate::span::Span;

/// YAML has none but tabs and line breaks; the parser lets most of them pass.
pub(super) fn control_character(source: &Source) -> Option<Diagnostic> {
    let allowed = |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    let (at, c) = source.text().char_indices().find(|(_, c)| c.is_control() && !allowed(*c))?;
    let message = format!("there is a control character, U+{:04X}", u32::from(c));
    let help = format!("remove it, or write `\\x{:02x}` in double quotes", u32::from(c));
    Some(invalid(at, c, message, &help))
}

/// The first character of a plain scalar that nobody sees. The scalar is as it was written, and starts at
/// that byte.
pub(super) fn invisible_in(text: &str, start: usize) -> Option<Diagnostic> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if is_invisible(before, c) {
            return Some(invisible(start + at, c));
        }
        before = c;
    }
    None
}

/// For a plain scalar that starts with a quote of a word processor.
pub(super) fn quote_in(text: &str, start: usize) -> Option<Diagnostic> {
    text.chars().next().filter(|c| is_quote(*c)).map(|c| quote(start, c))
}

/// The first of both in what the parser stumbled over.
pub(super) fn stray(source: &Source, from: usize, to: usize) -> Option<Diagnostic> {
    let text = source.text().get(from..to)?;
    let mut quoted = None;
    let mut comment = false;
    let mut before = ' ';
    // The last that is no blank.
    let mut last = '\n';
    for (at, c) in text.char_indices() {
        let starts = matches!(last, '\n' | ':' | '-' | '[' | '{' | ',');
        if comment {
            comment = c != '\n';
        } else if let Some(quote) = quoted {
            quoted = (c != quote).then_some(quote);
        } else if starts && matches!(c, '"' | '\'') {
            quoted = Some(c);
        } else if c == '#' && before.is_whitespace() {
            comment = true;
        } else if is_invisible(before, c) {
            return Some(invisible(from + at, c));
        } else if starts && is_quote(c) {
            return Some(quote(from + at, c));
        }
        before = c;
        if !matches!(c, ' ' | '\t') {
            last = c;
        }
    }
    None
}

fn invisible(at: usize, c: char) -> Diagnostic {
    let instead = if c.is_whitespace() { "write a blank" } else { "remove it" };
    let message = format!("there is an invisible character, U+{:04X}", u32::from(c));
    invalid(at, c, message, &format!("{instead}, or put a value that it is a part of in quotes"))
}

fn quote(at: usize, c: char) -> Diagnostic {
    let straight = if matches!(c, '\u{2018}'..='\u{201b}' | '\u{ff07}') { '\'' } else { '"' };
    let help = format!("write straight quotes: `{straight}`");
    invalid(at, c, format!("`{c}` is no quote to YAML"), &help)
}

fn is_quote(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201f}' | '\u{ff02}' | '\u{ff07}')
}

/// Blanks and line breaks that are none to YAML, and what has no width.
fn is_invisible(before: char, c: char) -> bool {
    const WITHOUT_WIDTH: &[RangeInclusive<char>] = &[
        '\u{ad}'..='\u{ad}',
        '\u{180e}'..='\u{180e}',
        '\u{200b}'..='\u{200f}',
        '\u{202a}'..='\u{202e}',
        '\u{2060}'..='\u{206f}',
        '\u{feff}'..='\u{feff}',
    ];
    match c {
        ' ' | '\t' | '\n' | '\r' => false,
        // They join letters of some scripts, and emoji.
        '\u{200c}' | '\u{200d}' => before.is_ascii(),
        c => c.is_whitespace() || WITHOUT_WIDTH.iter().any(|range| range.contains(&c)),
    }
}

fn invalid(at: usize, c: char, message: String, help: &str) -> Diagnostic {
    Diagnostic::new(Rule::InvalidYaml, Span::new(at, at + c.len_utf8()), message).help(help)
}
