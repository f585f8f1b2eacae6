//! What a value of another shape was meant to be: a line where a mapping is wanted, as other tools have it.

use super::read::Reader;
use super::text::as_argv;
use crate::yaml::{Node, Type, Value, quoted};

impl Reader<'_> {
    /// How to write as a mapping what is none. `what` is what messages call the mapping.
    pub(super) fn meant(&self, what: &str, node: &Node) -> String {
        let written = |value: &str| format!("write {}", self.as_written(value));
        let command = |key: &str, line: &str| written(&format!("{{ {key}: {} }}", as_argv(line)));
        match (what, &node.value) {
            (_, Value::Scalar(other)) if other.kind() != Type::String => {
                format!("write the keys of {what} below it")
            }
            ("`build`" | "`test`", Value::Scalar(line)) => command("command", &line.text),
            ("`run`", Value::Scalar(image)) if is_image(&image.text) => {
                written(&format!("{{ from: {} }}", quoted(&image.text)))
            }
            ("`run`", Value::Scalar(line)) => command("entrypoint", &line.text),
            ("`run`", Value::Sequence(_)) => {
                "write what the image runs as `run: { entrypoint: [...] }`, and what builds it as `build: { command: [...] }`"
                    .to_owned()
            }
            ("`packages`", Value::Sequence(items)) => {
                let names: Vec<_> = items.iter().filter_map(text).map(quoted).collect();
                written(&format!("{{ run: [{}] }}", names.join(", ")))
            }
            ("`healthcheck`", Value::Scalar(line)) => {
                written(&format!("{{ test: [CMD-SHELL, {}] }}", quoted(&line.text)))
            }
            ("a secret", Value::Scalar(kind)) if kind.text == "netrc" => written("{ type: netrc }"),
            ("a secret", Value::Scalar(name)) => {
                written(&format!("{{ type: env, env: {} }}", quoted(&name.text)))
            }
            ("a step", Value::Scalar(line)) => step(&line.text),
            ("`copy`", Value::Scalar(line)) => written(&copy(&line.text)),
            ("`copy`", Value::Sequence(_)) => written("{ from: context, include: [...], to: /folder }"),
            ("`mkdir`" | "`remove`", Value::Scalar(path)) => {
                written(&format!("{{ path: {} }}", quoted(&path.text)))
            }
            _ => format!("write the keys of {what} below it"),
        }
    }

    /// How to write a list of `NAME=value` as a mapping.
    pub(super) fn meant_names(&self, node: &Node) -> String {
        let Value::Sequence(items) = &node.value else {
            return format!("write {}", self.as_written("{ NAME: ... }"));
        };
        let entry = |item: &Node| match &item.value {
            Value::Scalar(item) => Some(match item.text.split_once('=') {
                Some((name, value)) => format!("{name}: {}", quoted(value)),
                None => format!("{}: ...", item.text),
            }),
            Value::Mapping(mapping) => match mapping.entries.as_slice() {
                [entry] => Some(format!(
                    "{}: {}",
                    entry.key.value,
                    text(&entry.value).map_or("...".to_owned(), quoted)
                )),
                _ => None,
            },
            Value::Null | Value::Sequence(_) | Value::Broken => None,
        };
        let entries: Option<Vec<_>> = items.iter().map(entry).collect();
        let entries = entries.filter(|entries| !entries.is_empty());
        let entries = entries.map_or_else(|| "NAME: ...".to_owned(), |entries| entries.join(", "));
        format!("write {}", self.as_written(&format!("{{ {entries} }}")))
    }
}

fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(scalar) => Some(&scalar.text),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => None,
    }
}

fn is_image(text: &str) -> bool {
    text == "scratch" || text.contains(':') && !text.contains(char::is_whitespace)
}

/// Files, and behind them where they go, as in a Dockerfile.
fn copy(line: &str) -> String {
    let mut words: Vec<_> = line.split_whitespace().filter(|word| !word.starts_with("--")).collect();
    let to = if words.len() > 1 { words.pop() } else { None };
    let to = to.filter(|to| to.starts_with('/')).unwrap_or("/folder");
    let files: Vec<_> = words.into_iter().filter(|word| !matches!(*word, "." | "./")).map(quoted).collect();
    let include = if files.is_empty() { String::new() } else { format!(" include: [{}],", files.join(", ")) };
    format!("{{ from: context,{include} to: {} }}", quoted(to))
}

/// A line of a Dockerfile, or a command.
fn step(line: &str) -> String {
    let (instruction, rest) = line.split_once(' ').unwrap_or((line, ""));
    match instruction {
        "RUN" => format!("write `run: {}`", as_argv(rest)),
        "COPY" | "ADD" => format!("write `copy: {}`", copy(rest)),
        "WORKDIR" => format!("write `working_dir: {rest}` in the stage, or beside a `run`"),
        "USER" => format!("write `user: {}` in the stage, or beside a `run`", quoted(rest)),
        "ENV" => "write `environment: { NAME: value }` in the stage, or beside a `run`".to_owned(),
        "CMD" | "ENTRYPOINT" | "EXPOSE" | "LABEL" | "VOLUME" | "HEALTHCHECK" | "STOPSIGNAL" => {
            "write it under `image` of the stage".to_owned()
        }
        _ => format!("write `run: {}`", as_argv(line)),
    }
}
