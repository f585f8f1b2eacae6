//! `--call=explain`: every decision with its reason, file and line.

use buildkit_gateway::Response;
use serde_json::{Map, Value as Json, json};

use super::Question;
use crate::diagnostic::Place;
use crate::facts::Decision;
use crate::gather::Gather as _;
use crate::survey::Surveyed;

/// What an app without a name is called.
const UNNAMED: &str = "app";

pub(super) fn answer(question: &Question<'_>) -> Response {
    let apps: Map<String, Json> =
        question.apps.iter().map(|app| (name(app).to_owned(), of_app(question, app))).gather();
    let text: Vec<_> = question.apps.iter().map(|app| table(question, app)).collect();
    super::reply(&json!({ "apps": apps }), text.join("\n"))
}

fn name<'a>(app: &'a Surveyed<'_>) -> &'a str {
    app.app.name.as_ref().map_or(UNNAMED, |name| name.value.as_str())
}

fn of_app(question: &Question<'_>, app: &Surveyed<'_>) -> Json {
    let decisions = app.expanded.decisions.iter().map(|decision| {
        let mut told = Map::new();
        told.insert("value".to_owned(), decision.value.as_str().into());
        told.insert("reason".to_owned(), decision.reason.as_str().into());
        let (file, line) = place(question, decision).unzip();
        told.insert("file".to_owned(), file.into());
        told.insert("line".to_owned(), line.into());
        (decision.name.to_owned(), Json::Object(told))
    });
    Json::Object(decisions.gather())
}

fn place<'a>(question: &Question<'a>, decision: &'a Decision) -> Option<(&'a str, u32)> {
    match decision.place.as_ref()? {
        Place::Manifest(span) => Some((question.source.name(), question.source.position(span.start).line)),
        Place::File { path, line } => Some((path, *line)),
    }
}

/// A line for each decision, in columns.
fn table(question: &Question<'_>, app: &Surveyed<'_>) -> String {
    let rows: Vec<[String; 3]> = app
        .expanded
        .decisions
        .iter()
        .map(|decision| {
            let place = place(question, decision).map(|(file, line)| format!(" ({file}:{line})"));
            let reason = format!("{}{}", decision.reason, place.unwrap_or_default());
            [decision.name.to_owned(), decision.value.clone(), reason]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let (names, values) = (width(0), width(1));
    let lines =
        rows.iter().map(|[name, value, reason]| format!("  {name:names$}  {value:values$}  {reason}\n"));
    format!("{}\n{}", name(app), lines.collect::<String>())
}
