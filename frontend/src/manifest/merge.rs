//! `apps:`: the top-level keys are the defaults of every app. Maps merge, lists and scalars replace.

use super::app::read_app;
use super::read::{Reader, read_name};
use super::{App, AppName, Manifest};
use crate::diagnostic::Diagnostics;
use crate::rules::Rule;
use crate::source::Source;
use crate::span::Spanned;
use crate::yaml::{self, Mapping, Node, Value};

pub(super) fn parse(source: &Source, diagnostics: &mut Diagnostics) -> Manifest {
    let nothing = Manifest { apps: vec![App::default()] };
    let Some(root) = yaml::parse(source, diagnostics) else { return nothing };
    let reader = &mut Reader::new(source, diagnostics);
    let root = match root {
        // Nothing but comments: everything is detected.
        Node { span, value: Value::Null } => Node { span, value: Value::Mapping(Mapping::default()) },
        root => root,
    };
    let Value::Mapping(keys) = &root.value else {
        if root.value != Value::Broken && !reader.keys_without_blank(&root) {
            let message = format!("the manifest is a mapping, found {}", root.describe());
            let written = source.slice(root.span);
            let pair = written.lines().next().and_then(|line| line.split_once(" = "));
            let pair = pair.map(|(key, value)| format!("write `{key}: {value}`"));
            let help = if let Some(pair) = &pair {
                pair
            } else if written.starts_with("FROM ") {
                "write no instructions of a Dockerfile; an empty manifest is enough for most projects"
            } else if matches!(root.value, Value::Sequence(_)) {
                "remove the `-` before its keys"
            } else {
                "write `stack:` or another key of the manifest"
            };
            reader.report(Rule::WrongType, root.span, message, help);
        }
        return nothing;
    };
    let Some(apps) = keys.get("apps") else {
        return Manifest { apps: vec![read_app(None, &root, &root, reader)] };
    };
    let defaults = keys.entries.iter().filter(|entry| entry.key.value != "apps").cloned().collect();
    let defaults = Node { span: root.span, value: Value::Mapping(Mapping { entries: defaults }) };
    // Without apps, what is wrong with the keys beside them is told all the same.
    let Value::Mapping(written) = &apps.value.value else {
        if !reader.keys_without_blank(&apps.value) {
            reader.wrong_type_of("apps", &apps.value, "a mapping", "write `apps: { NAME: { ... } }`");
        }
        return Manifest { apps: vec![read_app(None, &defaults, &defaults, reader)] };
    };
    if written.entries.is_empty() {
        reader.report(Rule::NoApps, apps.key.span, "`apps` is empty", "write an app, or remove `apps`");
        return Manifest { apps: vec![read_app(None, &defaults, &defaults, reader)] };
    }
    let mut read = Vec::new();
    for entry in &written.entries {
        let name = read_name::<AppName>(&entry.key.value, entry.key.span, reader);
        if !matches!(entry.value.value, Value::Mapping(_)) {
            if !reader.keys_without_blank(&entry.value) {
                let help = "write `{}` for an app of defaults alone";
                reader.wrong_type_of(&entry.key.value, &entry.value, "a mapping", help);
            }
            continue;
        }
        let name = name.map(|name| Spanned::new(name, entry.key.span));
        read.push(read_app(name, &merge(&defaults, &entry.value), &entry.value, reader));
    }
    if read.is_empty() { nothing } else { Manifest { apps: read } }
}

/// The defaults with what an app wrote over them. Places stay those of what was written.
fn merge(defaults: &Node, own: &Node) -> Node {
    let (Value::Mapping(defaults), Value::Mapping(written)) = (&defaults.value, &own.value) else {
        return own.clone();
    };
    let mut entries = defaults.entries.clone();
    for entry in &written.entries {
        match entries.iter_mut().find(|default| default.key.value == entry.key.value) {
            Some(default) => {
                default.key = entry.key.clone();
                default.value = merge(&default.value, &entry.value);
            }
            None => entries.push(entry.clone()),
        }
    }
    Node { span: own.span, value: Value::Mapping(Mapping { entries }) }
}
