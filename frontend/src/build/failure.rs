//! Mistakes as the client shows them.

use buildkit_gateway::Error;
use buildkit_llb::{Location, SourceFile};

use crate::diagnostic::Diagnostics;
use crate::source::Source;
use crate::span::Span;

/// All errors as one, which marks the lines of each.
pub(super) fn of(diagnostics: &Diagnostics, source: &Source, file: &SourceFile) -> Error {
    let error = Error::new(diagnostics.error_message(source));
    match location(file, &diagnostics.error_spans()) {
        Some(location) => error.at(&location),
        None => at(error, file, Span::default()),
    }
}

/// An error of the engine's, which comes from this place of the manifest. One that names lines already keeps
/// them. Without any, the client would blame the first line, or none.
pub(super) fn at(error: Error, file: &SourceFile, span: Span) -> Error {
    if error.has_source() {
        return error;
    }
    error.at(&file.span(span.start as usize..span.end as usize))
}

fn location(file: &SourceFile, spans: &[Span]) -> Option<Location> {
    let mut locations = spans.iter().map(|span| file.span(span.start as usize..span.end as usize));
    let first = locations.next()?;
    // All are of one file, so that they can be put together.
    Some(locations.fold(first, |all, one| all.clone().and(one).unwrap_or(all)))
}
