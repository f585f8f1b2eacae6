//! The JSON Schema of the manifest, made from the types that read it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::app::AppKeys;
use super::read::Read;

/// Definitions that were made so far.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    definitions: BTreeMap<String, Json>,
}

/// A key of a mapping.
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) schema: fn(&mut Schemas) -> Json,
    pub(super) required: bool,
}

impl Schemas {
    /// A mapping with known keys, defined once and then referred to.
    pub(super) fn object(&mut self, name: &str, about: &str, properties: &[Property]) -> Json {
        let name = name.strip_suffix("Keys").unwrap_or(name);
        if !self.definitions.contains_key(name) {
            let required: Vec<_> = properties
                .iter()
                .filter(|property| property.required)
                .map(|property| property.name)
                .collect();
            let mut keys = Map::new();
            for property in properties {
                keys.insert(property.name.to_owned(), described((property.schema)(self), property.about));
            }
            let mut object = json!({
                "type": "object",
                "description": about.trim(),
                "properties": keys,
                "additionalProperties": false,
            });
            if !required.is_empty() {
                object["required"] = json!(required);
            }
            self.definitions.insert(name.to_owned(), object);
        }
        debug_assert_eq!(
            self.definitions[name]["description"],
            about.trim(),
            "two mappings have the name `{name}` in the schema"
        );
        json!({ "$ref": format!("#/$defs/{name}") })
    }
}

/// The schema of a whole manifest.
pub(super) fn manifest() -> Json {
    let mut schemas = Schemas::default();
    let root = AppKeys::schema(&mut schemas);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "slipway.yaml",
        "$ref": root["$ref"],
        "$defs": schemas.definitions,
    })
}

/// A schema with what its key means beside it.
fn described(mut schema: Json, about: &str) -> Json {
    if let Json::Object(object) = &mut schema {
        object.insert("description".to_owned(), json!(about.trim()));
    }
    schema
}
