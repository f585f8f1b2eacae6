//! What `from` says: a reserved word, a stage, or an image.

use serde_json::{Value as Json, json};

use super::dollar::bare_variable;
use super::read::{Name, Read, Reader};
use super::schema::Schemas;
use crate::plan::{Base, StageName, Text};
use crate::rules::Rule;
use crate::yaml::Node;

impl Read for Base {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let written = reader.string(node)?.to_owned();
        match written.as_str() {
            "scratch" => return Some(Self::Scratch),
            "context" => return Some(Self::Context),
            "slipway" => return Some(Self::Slipway),
            _ => {}
        }
        if let Ok(stage) = StageName::from_text(&written) {
            return Some(Self::Stage(stage));
        }
        let uses = reader.uses.len();
        let reference = Text::read(node, reader)?;
        if let Some((problem, help)) = broken_reference(&written) {
            reader.uses.truncate(uses);
            reader.report(Rule::InvalidReference, node.span, format!("`{written}` {problem}"), help);
            return None;
        }
        Some(Self::Image(reference))
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// What is wrong with an image reference, and what to do. Arguments in it may be anything.
fn broken_reference(written: &str) -> Option<(&'static str, String)> {
    if let Some((scheme, rest)) = written.split_once("://") {
        return Some((
            "has a scheme",
            match scheme {
                "docker-image" | "https" | "http" => format!("write `{rest}`"),
                _ => "write an image reference such as `alpine:3.22`".to_owned(),
            },
        ));
    }
    if written == "." || written.starts_with("./") || written.starts_with("../") {
        return Some((
            "is no image reference",
            "write `context`, and the folder of it as `source`".to_owned(),
        ));
    }
    if let Some((image, _)) = written.split_once(" AS ").or_else(|| written.split_once(" as ")) {
        let help = format!("write `{image}`; a stage is called like its key under `stages`");
        return Some(("is no image reference", help));
    }
    if let Some(name) = bare_variable(written) {
        let meant = written.replace(&format!("${name}"), &format!("${{{name}}}"));
        return Some((
            "is no image reference",
            format!("write `{meant}`, and declare `{name}` under `args`"),
        ));
    }
    let (name, digest) = match written.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (written, None),
    };
    let (path, last) = name.rsplit_once('/').map_or((None, name), |(path, last)| (Some(path), last));
    let (last, tag) = match split_tag(last) {
        Some((last, tag)) => (last, Some(tag)),
        None => (last, None),
    };
    let argument = |text: &str| text.contains("${");
    let repository = path.into_iter().flat_map(|path| path.split('/').skip(1)).chain([last]);
    for part in repository {
        if !argument(part) && !is_path_part(part) {
            let lower = part.to_ascii_lowercase();
            return Some(if is_path_part(&lower) {
                ("has capital letters in its name", format!("write `{}`", written.replace(part, &lower)))
            } else {
                ("is no image reference", "write an image reference such as `alpine:3.22`".to_owned())
            });
        }
    }
    let host = path.and_then(|path| path.split('/').next()).unwrap_or_default();
    if !argument(host) && !host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c)) {
        return Some(("is no image reference", "write an image reference such as `alpine:3.22`".to_owned()));
    }
    if let Some(digest) = digest.filter(|digest| !argument(digest)) {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        if hex.len() != 64 || !hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) {
            return Some(("has a broken digest", "write `@sha256:` and 64 hexadecimal digits".to_owned()));
        }
    }
    if let Some(tag) = tag.filter(|tag| !argument(tag)) {
        let holds = tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        if tag.is_empty() || tag.len() > 128 || !holds || tag.starts_with(['.', '-']) {
            return Some((
                "has a broken tag",
                "write letters, digits, `_`, `.` and `-` after the `:`".to_owned(),
            ));
        }
    }
    if tag.is_none() && digest.is_none() && !argument(last) {
        return Some((
            "has neither tag nor digest",
            format!("write the version that you want: `{written}:TAG`"),
        ));
    }
    None
}

/// The last part of a name without its tag; the `:` is not one in `${...}`.
fn split_tag(last: &str) -> Option<(&str, &str)> {
    let after_arguments = last.rfind('}').map_or(0, |at| at + 1);
    let colon = last.get(..after_arguments).and_then(|before| before.find(':'));
    colon.or_else(|| last.find(':')).map(|at| (&last[..at], &last[at + 1..]))
}

fn is_path_part(part: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(edge)
        && part.ends_with(edge)
        && part.chars().all(|c| edge(c) || matches!(c, '.' | '_' | '-'))
}
