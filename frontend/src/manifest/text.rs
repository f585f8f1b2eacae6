//! Texts, paths, patterns and commands.

use serde_json::{Value as Json, json};

use super::dollar::{Reads, bare_variable};
use super::read::{Map, Name, Read, Reader};
use super::schema::Schemas;
use crate::plan::{Text, Variable};
use crate::rules::Rule;
use crate::span::Spanned;
use crate::yaml::{Node, Value, quoted};

impl Read for Text {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let written = reader.string(node)?;
        match Self::parse(written) {
            Ok(text) => {
                reader.note_dollars(node.span, written, text.args());
                Some(text)
            }
            Err(invalid) => {
                let rest = written.get(invalid.at..).unwrap_or_default();
                let line = rest.lines().next().unwrap_or_default();
                let workflow = rest.starts_with("${{").then(|| line.find("}}")).flatten();
                let end = workflow.map(|at| at + 1).or_else(|| line.find('}'));
                let part = end.map_or(line, |end| &line[..=end]);
                let span = reader.part(node.span, part).unwrap_or(node.span);
                let (problem, help) = if workflow.is_some() {
                    let help =
                        "declare an argument under `args`, and have the workflow pass `--build-arg NAME=...`";
                    (format!("`{part}` is for the file of a workflow"), help)
                } else {
                    (invalid.problem, reader.reads.instead_of_braces())
                };
                reader.report(Rule::InvalidArgument, span, problem, help);
                None
            }
        }
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string" })
    }
}

impl Read for String {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.literal(node)?;
        if text.is_empty() {
            let message = format!("{} is empty", reader.subject());
            reader.report(Rule::MissingValue, node.span, message, "write a value, or remove the key");
            return None;
        }
        Some(text.to_owned())
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Read for bool {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let words = [("true", true), ("false", false)];
        match &node.value {
            Value::Scalar(scalar) if scalar.plain => {
                // What other tools, and YAML before 1.2, take for a truth value.
                let meant = match scalar.text.to_ascii_lowercase().as_str() {
                    "true" | "yes" | "on" | "y" => "true",
                    "false" | "no" | "off" | "n" => "false",
                    _ => return reader.word(node, &words),
                };
                if scalar.text == meant {
                    return Some(meant == "true");
                }
                let message = format!("{} is `true` or `false`, found `{}`", reader.subject(), scalar.text);
                let help = format!("write {}", reader.as_written(meant));
                reader.report(Rule::UnknownValue, node.span, message, help);
            }
            Value::Scalar(_) | Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => {
                let help = format!("write {}", reader.as_written("true"));
                reader.wrong_type(node, "`true` or `false`", help);
            }
        }
        None
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "boolean" })
    }
}

/// A command: the words that the kernel gets, not a line for a shell.
#[derive(Debug)]
pub(super) struct Argv(pub Vec<Text>);

impl Read for Argv {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Value::Scalar(scalar) = &node.value {
            if reader.items_without_blank(node) {
                return None;
            }
            let message = format!("{} is a list of words, found a string", reader.subject());
            let help = format!("write {}", reader.as_written(&as_argv(&scalar.text)));
            reader.report(Rule::CommandNotList, node.span, message, help);
            return None;
        }
        let words = reader.for_reader::<Vec<Text>>(reads(node, "[sh, -c, ", "exec "), node)?;
        if matches!(&node.value, Value::Sequence(items) if items.len() > words.len()) {
            return None;
        }
        if words.first().is_none_or(Text::is_empty) {
            let message = format!("{} has no program", reader.subject());
            reader.report(Rule::EmptyCommand, node.span, message, "write the program as the first word");
            return None;
        }
        Some(Self(words))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        json!({ "type": "array", "items": Text::schema(schemas), "minItems": 1 })
    }
}

/// Who reads dollars in the words of a command. `starts` and `first` are before its line where a shell is to read it.
pub(super) fn reads(node: &Node, starts: &str, first: &str) -> Reads {
    const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh", "ksh", "busybox", "-c", "-lc", "CMD-SHELL"];
    let Value::Sequence(items) = &node.value else { return Reads::Nobody };
    let words = || {
        items.iter().filter_map(|item| match &item.value {
            Value::Scalar(scalar) => Some(scalar.text.as_str()),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => None,
        })
    };
    if words().filter_map(|word| word.rsplit('/').next()).any(|name| SHELLS.contains(&name)) {
        return Reads::Shell;
    }
    // Where a shell would read more than a dollar, what it should be given is not shown.
    let simple = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,+@%${}".contains(c))
    };
    let line: Vec<_> = words().filter(|word| *word != "CMD").collect();
    let line = if line.iter().all(|word| simple(word)) { line.join(" ") } else { "...".to_owned() };
    Reads::Words(format!("{starts}{}]", quoted(&format!("{first}{line}"))))
}

/// The list that a line for a shell stands for.
pub(super) fn as_argv(line: &str) -> String {
    let line = line.trim();
    let simple =
        !line.is_empty() && line.chars().all(|c| c.is_ascii_alphanumeric() || " -_./=+:@,".contains(c));
    if simple {
        let words: Vec<_> = line.split_whitespace().map(quoted).collect();
        format!("[{}]", words.join(", "))
    } else {
        format!("[sh, -c, {}]", quoted(line))
    }
}

/// An absolute path without `..`.
#[derive(Debug)]
pub(super) struct AbsolutePath(pub Text);

impl Read for AbsolutePath {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let uses = reader.uses.len();
        let path = Text::read(node, reader)?;
        let written = path.to_string();
        if !written.starts_with('/') {
            reader.uses.truncate(uses);
            let message = format!("{} is an absolute path, found `{written}`", reader.subject());
            let help = match home(&written) {
                Some(rest) => {
                    format!("write the folder itself, as in {}", reader.as_written(&format!("/root{rest}")))
                }
                None if matches!(written.as_str(), "" | "." | "./") => {
                    format!("write it in full, as in {}", reader.as_written("/app"))
                }
                None if written.starts_with('$') && bare_variable(&written).is_some() => {
                    "write the folder itself: no shell reads a path".to_owned()
                }
                None => {
                    let start = written.trim_start_matches("./");
                    format!("write {}", reader.as_written(&format!("/{start}")))
                }
            };
            reader.report(Rule::InvalidPath, node.span, message, help);
            return None;
        }
        no_parent(&written, node, reader)?;
        Some(Self(path))
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^/" })
    }
}

/// What follows the folder of a user, in a path that a shell would read.
fn home(written: &str) -> Option<&str> {
    let rest = ["~", "$HOME", "${HOME}"].iter().find_map(|home| written.strip_prefix(home))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// A path, absolute or relative, without `..`.
#[derive(Debug)]
pub(super) struct AnyPath(pub Text);

impl Read for AnyPath {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let path = Text::read(node, reader)?;
        let written = path.to_string();
        if written.is_empty() {
            let message = format!("{} is an empty path", reader.subject());
            reader.report(Rule::InvalidPath, node.span, message, "write a path, or remove the key");
            return None;
        }
        no_parent(&written, node, reader)?;
        Some(Self(path))
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

/// A folder of the context; empty for the context itself.
#[derive(Debug)]
pub(super) struct ContextFolder(pub String);

impl Read for ContextFolder {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let written = reader.literal(node)?;
        if written.starts_with('/') {
            let message = format!("{} is a folder of the context, found `{written}`", reader.subject());
            let help = format!("write {}", reader.as_written(written.trim_start_matches('/')));
            reader.report(Rule::InvalidPath, node.span, message, help);
            return None;
        }
        no_parent(written, node, reader)?;
        let parts: Vec<_> = written.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        Some(Self(parts.join("/")))
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string" })
    }
}

/// `..` would leave what the path is in.
pub(super) fn no_parent(written: &str, node: &Node, reader: &mut Reader<'_>) -> Option<()> {
    if written.split('/').any(|part| part == "..") {
        let message = format!("`..` in `{written}` leaves the folder it starts from");
        reader.report(Rule::InvalidPath, node.span, message, "write the path without `..`");
        return None;
    }
    Some(())
}

/// A pattern of files, relative to where the patterns start.
#[derive(Debug)]
pub(super) struct Pattern(pub Text);

/// A pattern to leave out; with `!` in front, an exception from those before it.
#[derive(Debug)]
pub(super) struct ExcludePattern(pub Text);

impl Read for Pattern {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let pattern = Text::read(node, reader)?;
        let written = pattern.to_string();
        if let Some(rest) = written.strip_prefix('!') {
            let message = format!("`{written}` starts with `!`");
            reader.report(
                Rule::InvalidPattern,
                node.span,
                message,
                format!(
                    "write `exclude: [{}]` in a `copy` or a mount, or a line in `.dockerignore`",
                    quoted(rest)
                ),
            );
            return None;
        }
        check_pattern(&written, node, reader)?;
        Some(Self(pattern))
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

impl Read for ExcludePattern {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let pattern = Text::read(node, reader)?;
        let written = pattern.to_string();
        check_pattern(written.strip_prefix('!').unwrap_or(&written), node, reader)?;
        Some(Self(pattern))
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "minLength": 1 })
    }
}

fn check_pattern(written: &str, node: &Node, reader: &mut Reader<'_>) -> Option<()> {
    let relative = written.trim_start_matches("./").trim_start_matches('/');
    let (message, help) = if written.is_empty() {
        ("a pattern is empty".to_owned(), "write a file, a folder or a pattern such as `src/**`".to_owned())
    } else if matches!(written, "." | "./" | "/") {
        (format!("`{written}` is no pattern"), "write `**` for all files".to_owned())
    } else if relative.len() != written.len() {
        (format!("the pattern `{written}` is not relative"), format!("write `{relative}`"))
    } else if written.split('/').any(|part| part == "..") {
        (format!("`..` in `{written}` leaves the folder it starts from"), "write it without `..`".to_owned())
    } else {
        return Some(());
    };
    reader.report(Rule::InvalidPattern, node.span, message, help);
    None
}

/// The name of an environment variable.
#[derive(Debug)]
pub(super) struct VariableName(pub String);

impl Name for VariableName {
    const KIND: &'static str = "the name of an environment variable";

    fn from_text(text: &str) -> Result<Self, String> {
        let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let holds = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
        if starts && holds {
            Ok(Self(text.to_owned()))
        } else {
            Err("letters, digits, `_`, `.` and `-`, and starts with a letter or `_`".to_owned())
        }
    }
}

impl Read for VariableName {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.literal(node)?;
        super::read::read_name(text, node.span, reader)
    }

    fn schema(_: &mut Schemas) -> Json {
        json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_.-]*$" })
    }
}

/// `environment: { NAME: value }`.
#[derive(Debug)]
pub(super) struct Environment(Vec<Variable>);

impl From<Environment> for Vec<Variable> {
    fn from(environment: Environment) -> Self {
        environment.0
    }
}

impl Read for Environment {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let map = reader.for_reader::<Map<VariableName, Text>>(Reads::Variable, node)?;
        let variable =
            |(name, value): (Spanned<VariableName>, Text)| Variable { name: name.map(|name| name.0), value };
        Some(Self(map.0.into_iter().map(variable).collect()))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        Map::<VariableName, Text>::schema(schemas)
    }
}
