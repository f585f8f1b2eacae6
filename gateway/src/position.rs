//! Places in files, as JSON and as messages.

use buildkit_llb::{Location, Position, SourceFile};
use buildkit_proto::pb;
use serde_json::{Map, Value, json};

use crate::gather::Gather as _;

/// The ranges of a location in the JSON that Go makes of them: what is zero is left out.
pub(crate) fn ranges(location: &Location) -> Vec<Value> {
    location
        .ranges()
        .iter()
        .map(|range| json!({ "start": position(range.start()), "end": position(range.end()) }))
        .collect()
}

fn position(position: Position) -> Value {
    let parts = [("line", position.line()), ("character", position.character())];
    parts
        .into_iter()
        .filter(|(_, value)| *value != 0)
        .map(|(name, value)| (name.to_owned(), value.into()))
        .gather::<Map<_, _>>()
        .into()
}

/// A file as a message.
pub(crate) fn source_info(file: &SourceFile) -> pb::SourceInfo {
    pb::SourceInfo {
        filename: file.filename().to_owned(),
        data: file.data().to_vec(),
        definition: file.origin().map(|definition| definition.as_pb().clone()),
        language: file.language().to_owned(),
    }
}

/// The ranges of a location as messages.
pub(crate) fn pb_ranges(location: &Location) -> Vec<pb::Range> {
    let position =
        |position: Position| Some(pb::Position { line: position.line(), character: position.character() });
    location
        .ranges()
        .iter()
        .map(|range| pb::Range { start: position(range.start()), end: position(range.end()) })
        .collect()
}
