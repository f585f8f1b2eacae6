//! `--call=init`: a manifest for a project that has none, with every decision written out and its reason beside it.

use buildkit_gateway::Response;
use serde_json::json;

use super::Question;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::expand::expand;
use crate::facts::Decision;
use crate::manifest::Manifest;
use crate::plan::{Plan, Text};
use crate::rules::Rule;
use crate::source::Source;
use crate::survey::Surveyed;
use crate::yaml;

/// Decisions whose values are no strings: lists and truth values, which stand as they are.
const UNQUOTED: &[&str] = &["run.entrypoint", "run.expose", "run.init"];

/// Where the reasons stand.
const COLUMN: usize = 32;

/// `None`, and a mistake, when the manifest says more than what is written here.
pub(super) fn answer(
    question: &Question<'_>,
    app: &Surveyed<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Response> {
    let text = print(question, app);
    if plan(question, &text).as_ref() == Some(&app.expanded.plan) {
        return Some(super::reply(&json!({ "manifest": text }), text));
    }
    let message = "the manifest says more than `init` would write, and that would be lost";
    let help = "ask with a manifest that is its first line alone";
    diagnostics.push(Diagnostic::new(Rule::AlreadyWritten, question.source.first_line(), message).help(help));
    None
}

/// What the new manifest comes to. All that it asks of the project was asked for the old one.
fn plan(question: &Question<'_>, text: &str) -> Option<Plan> {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new(question.source.name(), text.as_bytes(), &mut diagnostics);
    let manifest = Manifest::parse(&source, &mut diagnostics);
    let [app] = manifest.apps.as_slice() else { return None };
    let mut project = question.project.clone();
    let catalog = &question.setting.catalog;
    let expanded = expand(app, &mut project, catalog, source.first_line(), &mut diagnostics)?;
    (!diagnostics.has_errors()).then_some(expanded.plan)
}

fn print(question: &Question<'_>, app: &Surveyed<'_>) -> String {
    let mut lines = vec![question.source.slice(question.source.first_line()).to_owned()];
    if let Some(root) = &app.app.root {
        lines.push(line("root", &yaml::quoted(&root.value), "where the app is"));
    }
    let mut section = "";
    for decision in &app.expanded.decisions {
        let Some(key) = decision.key else { continue };
        let value =
            if UNQUOTED.contains(&key) { decision.value.clone() } else { yaml::quoted(&decision.value) };
        let reason = reason(decision);
        match key.split_once('.') {
            Some((parent, key)) => {
                if section != parent {
                    lines.push(format!("{parent}:"));
                    section = parent;
                }
                lines.push(line(&format!("  {key}"), &value, &reason));
            }
            None => lines.push(line(key, &value, &reason)),
        }
    }
    lines.extend(suggestions(app));
    lines.join("\n") + "\n"
}

fn line(key: &str, value: &str, reason: &str) -> String {
    format!("{:COLUMN$} # {reason}", format!("{key}: {value}"))
}

fn reason(decision: &Decision) -> String {
    match &decision.place {
        Some(Place::File { path, line }) => format!("{} ({path}:{line})", decision.reason),
        Some(Place::Manifest(_)) | None => decision.reason.clone(),
    }
}

/// What many manifests say besides.
fn suggestions(app: &Surveyed<'_>) -> Vec<String> {
    let tests = app.expanded.plan.stages.iter().find(|stage| stage.name.value.as_str() == "test");
    let last = tests.and_then(|stage| stage.runs().next_back());
    let words: Vec<_> = last.into_iter().flat_map(|run| &run.argv).map(Text::to_string).collect();
    let words: Vec<_> = words.iter().map(|word| yaml::quoted(word)).collect();
    let mut lines = vec!["# What else is often said:".to_owned()];
    if !words.is_empty() {
        let command = format!("test: {{ command: [{}], gate: true }}", words.join(", "));
        lines.push(format!("# {command}  # no image unless the tests pass"));
    }
    lines.push("# args: { COMMIT: unknown }  # --build-arg COMMIT=...".to_owned());
    lines.push("# secrets: { github: { type: netrc } }  # --secret id=github,src=$HOME/.netrc".to_owned());
    lines
}
