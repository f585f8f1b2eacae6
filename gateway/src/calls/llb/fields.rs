//! Fields of a message: nothing where the value is the one that a message has anyway.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use crate::gather::Gather as _;

pub(super) fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        add(&mut object, name, value);
    }
    object.into()
}

/// Apart, so that it is there once and not for each number of fields.
fn add(object: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), value);
    }
}

pub(super) fn text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| text.into())
}

pub(super) fn flag(flag: bool) -> Option<Value> {
    flag.then(|| flag.into())
}

pub(super) fn small(number: impl Into<i64>) -> Option<Value> {
    let number = number.into();
    (number != 0).then(|| number.into())
}

pub(super) fn long(number: i64) -> Option<Value> {
    (number != 0).then(|| number.to_string().into())
}

pub(super) fn bytes(bytes: &[u8]) -> Option<Value> {
    (!bytes.is_empty()).then(|| STANDARD.encode(bytes).into())
}

pub(super) fn choice<T: TryFrom<i32>>(number: i32, name: impl Fn(&T) -> &'static str) -> Option<Value> {
    let known = T::try_from(number).ok();
    (number != 0).then(|| known.map_or_else(|| number.into(), |choice| name(&choice).into()))
}

pub(super) fn one<T>(message: Option<&T>, write: impl Fn(&T) -> Value) -> Option<Value> {
    message.map(write)
}

pub(super) fn each<T>(messages: &[T], write: impl Fn(&T) -> Value) -> Option<Value> {
    (!messages.is_empty()).then(|| messages.iter().map(write).collect())
}

pub(super) fn texts(texts: &[String]) -> Option<Value> {
    each(texts, |text| text.as_str().into())
}

pub(super) fn map<T>(map: &BTreeMap<String, T>, write: impl Fn(&T) -> Value) -> Option<Value> {
    let written = || map.iter().map(|(key, value)| (key.clone(), write(value))).gather::<Map<_, _>>();
    (!map.is_empty()).then(|| written().into())
}

pub(super) fn string_map(strings: &BTreeMap<String, String>) -> Option<Value> {
    map(strings, |text| text.as_str().into())
}
