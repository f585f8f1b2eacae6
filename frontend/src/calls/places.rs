//! Places as clients take them: with the file that they are in.

use buildkit_llb::{Location, SourceFile};

use crate::diagnostic::Place;
use crate::facts::Project;
use crate::span::Span;

/// The files that places point into.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    pub manifest: &'a SourceFile,
    pub project: &'a Project,
}

impl Places<'_> {
    pub fn span(&self, span: Span) -> Location {
        span.location(self.manifest)
    }

    /// `None` for a line of a file that was never read.
    pub fn place(&self, place: &Place) -> Option<Location> {
        match place {
            Place::Manifest(span) => Some(self.span(*span)),
            Place::File { path, line } => {
                let text = self.project.known_file(path)?;
                SourceFile::new(path, text, "").line(*line).ok()
            }
        }
    }
}
