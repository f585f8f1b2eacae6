//! Mistakes as the client shows them.

use buildkit_gateway::Error;
use buildkit_llb::{Location, SourceFile};

use crate::calls::Places;
use crate::diagnostic::{Diagnostic, render_all};
use crate::source::Source;
use crate::span::Span;

/// All as one error, which marks the lines of each.
pub(super) fn of(diagnostics: &[&Diagnostic], source: &Source, places: &Places<'_>) -> Error {
    let first = diagnostics.iter().filter_map(|diagnostic| diagnostic.labels.first());
    let others = diagnostics.iter().flat_map(|diagnostic| diagnostic.labels.iter().skip(1));
    let locations = by_file(first.chain(others).filter_map(|label| places.place(&label.place)));
    let error = Error::new(render_all(diagnostics, source));
    let error = locations.iter().fold(error, Error::at);
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

/// Clients draw each location by itself, so what is in one file is made one.
fn by_file(locations: impl Iterator<Item = Location>) -> Vec<Location> {
    let mut files: Vec<Location> = Vec::new();
    for location in locations {
        match files.iter_mut().find(|known| known.file() == location.file()) {
            Some(known) => *known = known.clone().and(location).unwrap_or_else(|_| known.clone()),
            None => files.push(location),
        }
    }
    files
}
