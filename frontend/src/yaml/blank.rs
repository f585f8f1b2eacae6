//! The blank that YAML asks for after a `:` and after the `-` of a list. Without it both are letters of a word.

use crate::diagnostic::Diagnostic;
use crate::rules::Rule;
use crate::source::Source;
use crate::span::Span;

/// What is said of each line of a word that is a key without its blank. To be asked where keys are wanted.
pub fn keys_without_blank(source: &Source, span: Span) -> Vec<Diagnostic> {
    if !follows(source, span, &['\n', '-', '[', ',']) {
        return Vec::new();
    }
    lines(source, span).filter_map(|(text, span)| key_without_blank(text, span)).collect()
}

/// What is said of each line of a word that is an item without its blank. To be asked where a list is wanted.
pub fn items_without_blank(source: &Source, span: Span) -> Vec<Diagnostic> {
    if !follows(source, span, &['\n']) {
        return Vec::new();
    }
    lines(source, span).filter_map(|(text, span)| item_without_blank(text, span)).collect()
}

/// For a text that starts where a key does.
pub(super) fn key_without_blank(text: &str, span: Span) -> Option<Diagnostic> {
    let (key, colon, value) = split(text)?;
    let message = if colon == ':' {
        "a `:` has no blank after it".to_owned()
    } else {
        format!("`{colon}` is not the `:` of YAML")
    };
    let help = match without_comment(value) {
        "" => format!("write `{key}:` and the value"),
        value => format!("write `{key}: {value}`"),
    };
    Some(Diagnostic::new(Rule::InvalidYaml, span, message).help(help))
}

/// For a text that starts where the `-` of an item does.
pub(super) fn item_without_blank(text: &str, span: Span) -> Option<Diagnostic> {
    let value = text.strip_prefix('-').filter(|value| !value.starts_with(['-', ' ', '\t']))?;
    let value = without_comment(value);
    if value.is_empty() {
        return None;
    }
    let message = "a `-` has no blank after it";
    Some(Diagnostic::new(Rule::InvalidYaml, span, message).help(format!("write `- {value}`")))
}

/// The key of such a text, and what follows.
pub(super) fn split(text: &str) -> Option<(&str, char, &str)> {
    /// As keyboards for Chinese and Japanese write it.
    const FULL_WIDTH: char = '\u{ff1a}';
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let end = text.find(|c| !is_name(c))?;
    let (key, rest) = text.split_at(end);
    if !key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        return None;
    }
    let colon = rest.chars().next().filter(|c| matches!(*c, ':' | FULL_WIDTH))?;
    let value = rest.get(colon.len_utf8()..)?;
    // An address is a value.
    let glued = !value.is_empty() && !value.starts_with([' ', '\t', '\r']) && !value.starts_with("//");
    (glued || colon == FULL_WIDTH).then_some((key, colon, value))
}

fn without_comment(value: &str) -> &str {
    value.split(" #").next().unwrap_or_default().trim()
}

/// Whether one of these, or nothing, is the last before the blanks in front of a value.
fn follows(source: &Source, span: Span, these: &[char]) -> bool {
    let before = source.slice(Span { start: 0, end: span.start }).trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with(these)
}

fn lines(source: &Source, span: Span) -> impl Iterator<Item = (&str, Span)> {
    let mut start = span.start as usize;
    source.slice(span).split_inclusive('\n').map(move |line| {
        let text = line.trim();
        let at = start + (line.len() - line.trim_start().len());
        start += line.len();
        (text, Span::new(at, at + text.len()))
    })
}
