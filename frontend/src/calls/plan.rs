//! `--call=plan`: the plan as a manifest, which builds the same.

use buildkit_gateway::Response;
use serde_json::Value as Json;

use super::Question;
use crate::diagnostic::Diagnostics;
use crate::directives;
use crate::gather::Gather as _;
use crate::plan::print;
use crate::source::Source;
use crate::survey::Surveyed;
use crate::yaml::{self, Node, Type, Value};

pub(super) fn answer(question: &Question<'_>, app: &Surveyed<'_>) -> Response {
    let source = question.source;
    let text = print(&app.expanded.plan, &directives::header(source));
    let printed = Source::new(source.name(), text.as_bytes(), &mut Diagnostics::default());
    let json = yaml::parse(&printed, &mut Diagnostics::default()).map_or(Json::Null, |node| json(&node));
    super::reply(&json, text)
}

/// The same manifest as JSON.
fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Broken => Json::Null,
        Value::Scalar(scalar) => match scalar.kind() {
            Type::Bool(value) => Json::Bool(value),
            Type::Number => {
                serde_json::from_str(&scalar.text).unwrap_or_else(|_| Json::String(scalar.text.clone()))
            }
            Type::String => Json::String(scalar.text.clone()),
        },
        Value::Sequence(items) => items.iter().map(json).collect(),
        Value::Mapping(mapping) => {
            let entries = mapping.entries.iter();
            Json::Object(entries.map(|entry| (entry.key.value.clone(), json(&entry.value))).gather())
        }
    }
}
