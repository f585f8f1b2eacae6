//! The JSON Schema says about the corpus what the reader says, as far as a schema can.

#![expect(clippy::disallowed_methods, reason = "the corpus is files")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use slipway::diagnostic::Diagnostics;
use slipway::manifest::{Manifest, json_schema};
use slipway::rules::Rule;
use slipway::source::Source;
use slipway::yaml::{self, Node, Type, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn the_schema_in_the_docs_is_this_one() {
    let path = root().join("docs/slipway.schema.json");
    let schema = format!("{:#}\n", json_schema());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), schema, "UPDATE_GOLDEN=1 rewrites {}", path.display());
}

#[test]
fn valid_manifests_are_valid_by_the_schema() {
    for (path, tree, _) in corpus("valid") {
        // A file of comments is an empty manifest, of which a schema says nothing.
        if tree.is_null() {
            continue;
        }
        assert_eq!(validate(&json_schema(), &json_schema(), &tree), Ok(()), "{}", path.display());
    }
}

#[test]
fn what_a_schema_can_refuse_is_refused_by_it() {
    let rules = [
        Rule::UnknownKey,
        Rule::MissingKey,
        Rule::MissingValue,
        Rule::WrongType,
        Rule::UnquotedValue,
        Rule::CommandNotList,
        Rule::UnknownValue,
    ];
    let mut refused = 0;
    for (path, tree, diagnostics) in corpus("broken") {
        // A key that is needed because of what another one says is more than the schema knows.
        let beyond =
            ["missing-secret-target.yaml", "missing-bind-target.yaml", "missing-healthcheck-test.yaml"];
        if beyond.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        if diagnostics.sorted().iter().any(|diagnostic| rules.contains(&diagnostic.rule)) {
            refused += 1;
            assert!(validate(&json_schema(), &json_schema(), &tree).is_err(), "{}", path.display());
        }
    }
    assert!(refused > 50, "{refused}");
}

fn corpus(folder: &str) -> Vec<(PathBuf, Json, Diagnostics)> {
    let folder = root().join("frontend/tests/manifests").join(folder);
    let mut read = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("slipway.yaml", &fs::read(&path).unwrap(), &mut diagnostics);
        let tree = yaml::parse(&source, &mut diagnostics);
        if let Some(tree) = tree.filter(|_| !diagnostics.has_errors()) {
            Manifest::parse(&source, &mut diagnostics);
            read.push((path, to_json(&tree), diagnostics));
        }
    }
    read
}

fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Null | Value::Broken => Json::Null,
        Value::Scalar(scalar) => match scalar.kind() {
            Type::String => json!(scalar.text),
            Type::Bool(value) => json!(value),
            Type::Number => scalar.text.parse::<i64>().map_or(json!(0.5), |number| json!(number)),
        },
        Value::Sequence(items) => items.iter().map(to_json).collect(),
        Value::Mapping(mapping) => {
            let entries =
                mapping.entries.iter().map(|entry| (entry.key.value.clone(), to_json(&entry.value)));
            Json::Object(entries.collect())
        }
    }
}

/// The part of JSON Schema that the manifest's schema is written in, but for patterns.
fn validate(root: &Json, schema: &Json, value: &Json) -> Result<(), String> {
    for (keyword, wanted) in schema.as_object().unwrap() {
        let valid = match keyword.as_str() {
            "$ref" => {
                let pointer = wanted.as_str().unwrap().trim_start_matches('#');
                validate(root, root.pointer(pointer).unwrap(), value)?;
                true
            }
            "type" => {
                let types = wanted.as_array().cloned().unwrap_or_else(|| vec![wanted.clone()]);
                types.iter().any(|wanted| has_type(value, wanted.as_str().unwrap()))
            }
            "enum" => wanted.as_array().unwrap().contains(value),
            "const" => value == wanted,
            "oneOf" => {
                let options = wanted.as_array().unwrap();
                options.iter().filter(|option| validate(root, option, value).is_ok()).count() == 1
            }
            "not" => validate(root, wanted, value).is_err(),
            "required" => {
                wanted.as_array().unwrap().iter().all(|key| value.get(key.as_str().unwrap()).is_some())
            }
            "properties" => {
                for (key, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(key) {
                        validate(root, schema, value).map_err(|error| format!("{key}: {error}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Json::as_object);
                for (key, value) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(key)) {
                        continue;
                    }
                    if *wanted == json!(false) {
                        return Err(format!("unknown key {key}"));
                    }
                    validate(root, wanted, value).map_err(|error| format!("{key}: {error}"))?;
                }
                true
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    validate(root, wanted, item)?;
                }
                true
            }
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= wanted.as_u64().unwrap()),
            "minLength" => value.as_str().is_none_or(|text| text.len() as u64 >= wanted.as_u64().unwrap()),
            "minimum" => value.as_i64().is_none_or(|number| number >= wanted.as_i64().unwrap()),
            "maximum" => value.as_i64().is_none_or(|number| number <= wanted.as_i64().unwrap()),
            "$schema" | "$defs" | "title" | "description" | "pattern" => true,
            other => panic!("the schema uses {other}, which this test does not know"),
        };
        if !valid {
            return Err(format!("{value} is refused by {keyword}: {wanted}"));
        }
    }
    Ok(())
}

fn has_type(value: &Json, wanted: &str) -> bool {
    match wanted {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "null" => value.is_null(),
        other => panic!("the schema uses the type {other}, which this test does not know"),
    }
}
