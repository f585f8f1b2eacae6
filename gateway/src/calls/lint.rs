use buildkit_llb::{Location, SourceFile};
use serde::Serialize;

use super::reply;
use super::sources::{Info, Place, Sources, excerpt};
use crate::Response;

/// What is wrong with a manifest: the answer to [`LINT`](super::LINT).
///
/// A manifest that cannot be read is no failed call: it is an answer too, a [`build_error`](Self::build_error).
#[derive(Debug, Clone)]
pub struct Lint {
    manifest: SourceFile,
    findings: Vec<Finding>,
    build_error: Option<(String, Option<Location>)>,
}

/// Something that works and should not be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    rule: String,
    detail: String,
    description: String,
    url: String,
    location: Option<Location>,
}

impl Finding {
    /// A rule, and how it is broken.
    pub fn new(rule: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            rule: rule.into(),
            detail: detail.into(),
            description: String::new(),
            url: String::new(),
            location: None,
        }
    }

    /// Says what the rule is for.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Says where to read more.
    #[must_use]
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Says where it is broken.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }
}

impl Lint {
    /// Of a manifest in which nothing is wrong.
    pub fn new(manifest: &SourceFile) -> Self {
        Self { manifest: manifest.clone(), findings: Vec::new(), build_error: None }
    }

    /// Adds something that is wrong.
    #[must_use]
    pub fn finding(mut self, finding: Finding) -> Self {
        self.findings.push(finding);
        self
    }

    /// Sets why nothing can be built at all.
    #[must_use]
    pub fn build_error(mut self, message: impl Into<String>, location: Option<Location>) -> Self {
        self.build_error = Some((message.into(), location));
        self
    }

    /// As the answer. A client that asked exits with 1 when anything is wrong.
    pub fn response(&self) -> Response {
        // buildx follows indexes into the list of files unchecked: it is never empty, and no place is missing.
        let mut sources = Sources::of(&self.manifest);
        let warnings: Vec<_> = self
            .findings
            .iter()
            .map(|finding| WarningJson {
                rule_name: &finding.rule,
                description: &finding.description,
                url: &finding.url,
                detail: &finding.detail,
                location: sources.optional_place(finding.location.as_ref()).unwrap_or_else(Place::nowhere),
            })
            .collect();
        let build_error = self.build_error.as_ref().map(|(message, location)| ErrorJson {
            message,
            location: sources.optional_place(location.as_ref()).unwrap_or_else(Place::first_file),
        });
        let failed = !warnings.is_empty() || build_error.is_some();
        let answer = Json { warnings, sources: sources.infos(), build_error };
        reply(&answer, self.text()).exit_code(failed.into())
    }

    fn text(&self) -> String {
        let mut findings: Vec<_> = self.findings.iter().collect();
        findings.sort_by_key(|finding| match &finding.location {
            None => (None, &finding.rule),
            Some(place) => {
                let line = place.ranges().first().map(|range| range.start().line());
                (Some((place.file().filename(), line)), &finding.rule)
            }
        });
        let mut text = String::new();
        for finding in findings {
            text.push_str("\nWARNING: ");
            text.push_str(&finding.rule);
            if !finding.url.is_empty() {
                text.push_str(" - ");
                text.push_str(&finding.url);
            }
            text.push('\n');
            text.push_str(&finding.detail);
            text.push('\n');
            text.push_str(&finding.location.as_ref().map_or_else(String::new, excerpt));
        }
        if let Some((message, location)) = &self.build_error {
            text.push_str(message);
            text.push('\n');
            text.push_str(&location.as_ref().map_or_else(String::new, excerpt));
        }
        text
    }
}

// `frontend/subrequests/lint/lint.go`.
#[derive(Serialize)]
struct Json<'a> {
    warnings: Vec<WarningJson<'a>>,
    sources: Vec<Info<'a>>,
    #[serde(rename = "buildError", skip_serializing_if = "Option::is_none")]
    build_error: Option<ErrorJson<'a>>,
}

#[derive(Serialize)]
struct WarningJson<'a> {
    #[serde(rename = "ruleName")]
    rule_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    location: Place,
}

#[derive(Serialize)]
struct ErrorJson<'a> {
    message: &'a str,
    location: Place,
}
