//! What the user is told without an error.

use buildkit_llb::{Location, VertexDigest};
use buildkit_proto::frontend::WarnRequest;

use crate::position;

/// A warning.
///
/// `docker buildx build` lists the short text of every warning after the build, and the rest with `--debug`: what
/// matters, the rule and the line, belongs into the short text.
#[derive(Debug, Clone)]
pub struct Warning(WarnRequest);

impl Warning {
    /// One line, shown under the progress of the vertex: that of the manifest, as a rule.
    pub fn new(vertex: VertexDigest, short: impl Into<String>) -> Self {
        Self(WarnRequest {
            digest: vertex.to_string(),
            level: 1,
            short: short.into().into_bytes(),
            ..WarnRequest::default()
        })
    }

    /// Adds a line of explanation.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.0.detail.push(line.into().into_bytes());
        self
    }

    /// Adds where to read more.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.0.url = url.into();
        self
    }

    /// Adds the lines it is about.
    #[must_use]
    pub fn at(mut self, location: &Location) -> Self {
        self.0.info = Some(position::source_info(location.file()));
        self.0.ranges = position::pb_ranges(location);
        self
    }

    pub(crate) fn into_request(self) -> WarnRequest {
        self.0
    }
}
