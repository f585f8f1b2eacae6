//! YAML as a tree that knows where everything was written.

mod blank;
mod build;
mod characters;
mod key;
mod quote;
mod syntax;

pub use blank::{items_without_blank, keys_without_blank};
pub use build::parse;
pub use quote::{is_unprintable, quoted};

use crate::span::{Span, Spanned};

/// A value and its place. A value that came through an alias has the place of its anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub span: Span,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Null,
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Mapping),
    /// Reported; nothing more is to be said about it.
    Broken,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scalar {
    pub text: String,
    /// Neither quoted nor a block scalar, so that YAML's own types apply to it.
    pub plain: bool,
}

/// Keys are unique and in the order in which they were written. Merge keys are resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: Spanned<String>,
    pub value: Node,
}

/// What YAML 1.2 makes of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    String,
    Bool(bool),
    Number,
}

impl Mapping {
    pub fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }
}

impl Node {
    /// The kind of the value, as messages name it.
    pub fn describe(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Scalar(scalar) => match scalar.kind() {
                Type::String => "a string",
                Type::Bool(_) => "a truth value",
                Type::Number => "a number",
            },
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a mapping",
            Value::Broken => "what is no value",
        }
    }
}

impl Scalar {
    pub fn kind(&self) -> Type {
        match self.text.as_str() {
            _ if !self.plain => Type::String,
            "true" | "True" | "TRUE" => Type::Bool(true),
            "false" | "False" | "FALSE" => Type::Bool(false),
            text if is_number(text) => Type::Number,
            _ => Type::String,
        }
    }
}

/// YAML 1.2's core schema, and the leading-zero octals that YAML 1.1 and people mean.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.chars().all(|c| c.is_digit(8));
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'))
        && unsigned.parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests;
