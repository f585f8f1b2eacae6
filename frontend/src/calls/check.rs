//! `--call=check` and `--check`: every mistake and all advice of one run.

use buildkit_gateway::Response;
use buildkit_gateway::calls::{Finding, Lint};

use super::{Places, Question, graph};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rules::Rule;

/// Each mistake is a finding of its own, which BuildKit's format has a rule, a place and lines for. Its one
/// place for an error says which of them are errors.
pub(super) fn answer(question: &Question<'_>, diagnostics: &mut Diagnostics) -> Response {
    lower(question, diagnostics);
    let places = Places { manifest: question.file, project: question.project };
    let findings = diagnostics.sorted().into_iter().map(|diagnostic| {
        let finding = Finding::new(diagnostic.rule.name(), detail(diagnostic, question))
            .description(diagnostic.rule.about());
        match diagnostic.labels.first().and_then(|label| places.place(&label.place)) {
            Some(place) => finding.at(place),
            None => finding,
        }
    });
    let lint = findings.fold(Lint::new(question.file), Lint::finding);
    match error(question, diagnostics) {
        Some(error) => lint.build_error(error, None),
        None => lint,
    }
    .response()
}

/// What shows only in a graph: operations that BuildKit refuses, steps for foreign platforms. Arguments that a
/// build must be given are no mistake of the manifest.
fn lower(question: &Question<'_>, diagnostics: &mut Diagnostics) {
    if diagnostics.has_errors() {
        return;
    }
    for app in question.apps {
        for stage in &app.expanded.plan.stages {
            let mut found = Diagnostics::default();
            graph::definition(question, app, &stage.name.value, &mut found);
            found.retain(|diagnostic| diagnostic.rule != Rule::MissingArgument);
            diagnostics.extend(found);
        }
    }
}

fn detail(diagnostic: &Diagnostic, question: &Question<'_>) -> String {
    let mut lines = vec![diagnostic.message.clone()];
    lines.extend(diagnostic.further(question.source));
    lines.join("\n")
}

fn error(question: &Question<'_>, diagnostics: &Diagnostics) -> Option<String> {
    let errors = diagnostics.errors();
    let named: Vec<_> = errors
        .iter()
        .map(|error| match error.span() {
            Some(span) => format!("{} (line {})", error.rule, question.source.position(span.start).line),
            None => error.rule.to_string(),
        })
        .collect();
    (!named.is_empty()).then(|| format!("nothing can be built before this is mended: {}", named.join(", ")))
}
