//! Reading a tree as typed values: every type says once what it is written as, for the reader and for the
//! JSON Schema.

use serde_json::Value as Json;

use super::dollar::{Reads, Use, bare_variable};
use super::schema::Schemas;
use super::unknown::has_keys_of;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::nearest::{list, nearest};
use crate::rules::Rule;
use crate::source::Source;
use crate::span::{Span, Spanned};
use crate::yaml::{Mapping, Node, Type, Value, items_without_blank, keys_without_blank, quoted};

/// What a manifest's value can be read as. `None` means that what is wrong with it was reported.
pub(super) trait Read: Sized {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// The items that a text stands for where a list of these is wanted.
    fn items(text: &str) -> Vec<&str> {
        vec![text]
    }

    /// How such an item is written.
    fn item(text: &str) -> String {
        quoted(text)
    }

    fn schema(schemas: &mut Schemas) -> Json;
}

/// What is known while a manifest is read.
pub(super) struct Reader<'a> {
    pub(super) source: &'a Source,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// The key whose value is read.
    key: String,
    /// Whether an item of the key's list is read.
    in_list: bool,
    /// Every `${NAME}` and `$NAME` so far.
    pub(super) uses: Vec<Use>,
    /// Who reads dollars of the value that is read.
    pub(super) reads: Reads,
}

/// A key of a mapping that may have been written.
#[derive(Debug)]
pub(super) struct Key<T> {
    /// Where the key is, also when its value is broken.
    pub(super) span: Option<Span>,
    pub(super) value: Option<T>,
}

impl<T> Key<T> {
    pub(super) fn or_default<D: Default + From<T>>(self) -> D {
        self.value.map(D::from).unwrap_or_default()
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source, diagnostics: &'a mut Diagnostics) -> Self {
        Self {
            source,
            diagnostics,
            key: String::new(),
            in_list: false,
            uses: Vec::new(),
            reads: Reads::Nobody,
        }
    }

    pub(super) fn report(
        &mut self,
        rule: Rule,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.diagnostics.push(Diagnostic::new(rule, span, message).help(help));
    }

    /// The key whose value is read, or has an item that is read.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Reads a value of whose dollars it is known who reads them.
    pub(super) fn for_reader<T: Read>(&mut self, reads: Reads, node: &Node) -> Option<T> {
        let outer = std::mem::replace(&mut self.reads, reads);
        let value = T::read(node, self);
        self.reads = outer;
        value
    }

    /// How the value should have been written, with its key when it has one of its own.
    pub(super) fn as_written(&self, value: &str) -> String {
        if self.in_list { format!("`{value}`") } else { format!("`{}: {value}`", self.key) }
    }

    /// What the value that is read is called.
    pub(super) fn subject(&self) -> String {
        if self.in_list { format!("an item of `{}`", self.key) } else { format!("`{}`", self.key) }
    }

    /// Reads the value of a key.
    pub(super) fn value<T: Read>(&mut self, key: &str, node: &Node) -> Option<T> {
        let outer = self.enter(key);
        let value = T::read(node, self);
        (self.key, self.in_list) = outer;
        value
    }

    /// Notes the key whose value is read, and gives back the one around it.
    fn enter(&mut self, key: &str) -> (String, bool) {
        (std::mem::replace(&mut self.key, key.to_owned()), std::mem::replace(&mut self.in_list, false))
    }

    /// What an empty mapping says, without a word on what it lacks.
    fn nothing<T: Read>(&mut self) -> Option<T> {
        let node = Node { span: Span::default(), value: Value::Mapping(Mapping::default()) };
        let mut unheard = Diagnostics::default();
        T::read(&node, &mut Reader::new(self.source, &mut unheard))
    }

    fn item<T: Read>(&mut self, node: &Node) -> Option<T> {
        let outer = std::mem::replace(&mut self.in_list, true);
        let value = T::read(node, self);
        self.in_list = outer;
        value
    }

    pub(super) fn wrong_type(&mut self, node: &Node, wanted: &str, help: impl Into<String>) {
        let (rule, message) = match node.value {
            Value::Broken => return,
            Value::Null => (Rule::MissingValue, format!("{} has no value", self.subject())),
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => {
                (Rule::WrongType, format!("{} is {wanted}, found {}", self.subject(), node.describe()))
            }
        };
        self.report(rule, node.span, message, help);
    }

    /// As [`Reader::wrong_type`], for the value of a key that is looked at before it is read.
    pub(super) fn wrong_type_of(&mut self, key: &str, node: &Node, wanted: &str, help: &str) {
        let outer = std::mem::replace(&mut self.key, key.to_owned());
        self.wrong_type(node, wanted, help);
        self.key = outer;
    }

    /// The same, with what was meant as help.
    pub(super) fn mapping_of<'n>(&mut self, what: &str, node: &'n Node) -> Option<&'n Mapping> {
        let help = self.meant(what, node);
        self.mapping(node, &help)
    }

    pub(super) fn mapping<'n>(&mut self, node: &'n Node, help: &str) -> Option<&'n Mapping> {
        if let Value::Mapping(mapping) = &node.value {
            return Some(mapping);
        }
        if !self.keys_without_blank(node) {
            self.wrong_type(node, "a mapping", help);
        }
        None
    }

    /// Whether a value is a word only because its keys have no blank after their `:`, which is reported.
    pub(super) fn keys_without_blank(&mut self, node: &Node) -> bool {
        self.without_blank(node, keys_without_blank)
    }

    /// The same for a list whose items have no blank after their `-`.
    pub(super) fn items_without_blank(&mut self, node: &Node) -> bool {
        self.without_blank(node, items_without_blank)
    }

    fn without_blank(&mut self, node: &Node, find: fn(&Source, Span) -> Vec<Diagnostic>) -> bool {
        let plain = matches!(&node.value, Value::Scalar(scalar) if scalar.plain);
        let found = if plain { find(self.source, node.span) } else { Vec::new() };
        let any = !found.is_empty();
        for diagnostic in found {
            self.diagnostics.push(diagnostic);
        }
        any
    }

    /// A string. What YAML reads as something else is an error that shows the quoted form.
    pub(super) fn string<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let Value::Scalar(scalar) = &node.value else {
            let only = match &node.value {
                Value::Sequence(items) => match items.as_slice() {
                    [Node { value: Value::Scalar(only), .. }] => Some(quoted(&only.text)),
                    _ => None,
                },
                Value::Null | Value::Scalar(_) | Value::Mapping(_) | Value::Broken => None,
            };
            let help = format!("write {}", self.as_written(only.as_deref().unwrap_or("\"...\"")));
            self.wrong_type(node, "a string", help);
            return None;
        };
        let kind = match scalar.kind() {
            Type::String => return Some(&scalar.text),
            Type::Bool(_) => "a truth value",
            Type::Number => "a number",
        };
        let text = &scalar.text;
        let message = format!("{} is a string, but `{text}` without quotes is {kind}", self.subject());
        let help = format!("write {}", self.as_written(&format!("\"{text}\"")));
        self.report(Rule::UnquotedValue, node.span, message, help);
        None
    }

    /// A string that is needed before arguments are known.
    pub(super) fn literal<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        let text = self.string(node)?;
        if text.contains("${") || bare_variable(text).is_some() {
            let message = format!("{} is needed before arguments are known", self.subject());
            self.report(Rule::InvalidArgument, node.span, message, "write the value itself");
            return None;
        }
        Some(text)
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, node: &Node, words: &[(&str, T)]) -> Option<T> {
        let valid: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.index_of_word(node, &valid).and_then(|at| words.get(at)).map(|(_, value)| *value)
    }

    /// Which of these it is.
    fn index_of_word(&mut self, node: &Node, valid: &[&str]) -> Option<usize> {
        let text = match &node.value {
            Value::Scalar(scalar) => scalar.text.as_str(),
            Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => {
                let help = format!("write one of {}", list(valid.iter().copied()));
                self.wrong_type(node, "one word", help);
                return None;
            }
        };
        if let Some(at) = valid.iter().position(|word| *word == text) {
            return Some(at);
        }
        let message = format!("{} is {}, found `{text}`", self.subject(), or(valid));
        // Without the version that other tools write behind it.
        let name = text.split('@').next().unwrap_or_default();
        let help = match nearest(name, valid.iter().copied()) {
            Some(word) => format!("write {}", self.as_written(word)),
            None => format!("write one of {}", list(valid.iter().copied())),
        };
        self.report(Rule::UnknownValue, node.span, message, help);
        None
    }

    fn no_name(&mut self, text: &str, span: Span, kind: &str, allowed: &str) {
        let message = format!("`{text}` is not {kind}");
        self.report(Rule::InvalidName, span, message, format!("write a name that holds {allowed}"));
    }

    /// Reports what is no list. `items` are those that a text stands for.
    fn no_list(&mut self, node: &Node, items: fn(&str) -> Vec<String>) {
        if self.items_without_blank(node) {
            return;
        }
        let help = match &node.value {
            Value::Scalar(scalar) => {
                let items = items(&scalar.text).join(", ");
                format!("write {}", self.as_written(&format!("[{items}]")))
            }
            Value::Mapping(mapping) if matches!(self.key(), "steps" | "mounts" | "merge") => {
                let first = mapping.entries.first().map_or("...", |entry| entry.key.value.as_str());
                format!("write each as an item that begins with `- `, as in `- {first}: ...`")
            }
            Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Broken => {
                format!("write {}", self.as_written("[...]"))
            }
        };
        self.wrong_type(node, "a list", help);
    }

    /// A key that a mapping may have.
    pub(super) fn optional<T: Read>(
        &mut self,
        mapping: &Mapping,
        name: &str,
        what: &str,
        valid: &[&str],
    ) -> Key<T> {
        let Some((span, node)) = written(mapping, name, what, valid) else {
            return Key { span: None, value: None };
        };
        Key { span: Some(span), value: node.and_then(|node| self.value(name, node)) }
    }

    pub(super) fn missing(&mut self, span: Span, what: &str, key: &str, help: &str) {
        let subject = match what.split_once(' ') {
            Some(("a" | "an", kind)) if !self.in_list => format!("the {kind} `{}`", self.key),
            _ => what.to_owned(),
        };
        self.report(Rule::MissingKey, span, format!("{subject} has no `{key}`"), help);
    }

    /// The first place of a text within a span, where it is written as it is.
    pub(super) fn part(&self, span: Span, part: &str) -> Option<Span> {
        let at = self.source.slice(span).find(part).filter(|_| !part.is_empty())?;
        let start = span.start as usize + at;
        Some(Span::new(start, start + part.len()))
    }
}

/// Where a key is, and its value; none where what is nothing is said of the keys that it should hold.
fn written<'m>(
    mapping: &'m Mapping,
    name: &str,
    what: &str,
    valid: &[&str],
) -> Option<(Span, Option<&'m Node>)> {
    let entry = mapping.get(name)?;
    let beside = entry.value.value == Value::Null && has_keys_of(mapping, what, name, valid);
    Some((entry.key.span, Some(&entry.value).filter(|_| !beside)))
}

/// "`a`, `b` or `c`".
fn or(names: &[&str]) -> String {
    let names = list(names.iter().copied());
    match names.rsplit_once(" and ") {
        Some((before, last)) => format!("{before} or {last}"),
        None => names,
    }
}

impl<T: Read> Read for Spanned<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(|value| Self::new(value, node.span))
    }

    fn items(text: &str) -> Vec<&str> {
        T::items(text)
    }

    fn item(text: &str) -> String {
        T::item(text)
    }

    fn schema(schemas: &mut Schemas) -> Json {
        T::schema(schemas)
    }
}

/// A list. Broken items are reported and left out.
impl<T: Read> Read for Vec<T> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Value::Sequence(items) = &node.value else {
            reader.no_list(node, |text| T::items(text).into_iter().map(T::item).collect());
            return None;
        };
        Some(items.iter().filter_map(|item| reader.item(item)).collect())
    }

    fn schema(schemas: &mut Schemas) -> Json {
        serde_json::json!({ "type": "array", "items": T::schema(schemas) })
    }
}

/// A mapping of names that the user gives, in the order in which they were written.
#[derive(Debug)]
pub(super) struct Map<K, V>(pub Vec<(Spanned<K>, V)>);

/// A name that can be a key of a [`Map`].
pub(super) trait Name: Sized {
    /// What kind of name it is, as in "a stage name".
    const KIND: &'static str;

    fn from_text(text: &str) -> Result<Self, String>;
}

pub(super) fn read_name<K: Name>(text: &str, span: Span, reader: &mut Reader<'_>) -> Option<K> {
    match K::from_text(text) {
        Ok(name) => Some(name),
        Err(allowed) => {
            reader.no_name(text, span, K::KIND, &allowed);
            None
        }
    }
}

impl<K: Name, V: Read> Read for Map<K, V> {
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let help = reader.meant_names(node);
        let mapping = reader.mapping(node, &help)?;
        let mut entries = Vec::new();
        for entry in &mapping.entries {
            let name = read_name(&entry.key.value, entry.key.span, reader);
            // What is broken was reported; its name is kept, so that those that use it are not reported as well.
            let value = reader.value(&entry.key.value, &entry.value).or_else(|| reader.nothing());
            if let (Some(name), Some(value)) = (name, value) {
                entries.push((Spanned::new(name, entry.key.span), value));
            }
        }
        Some(Self(entries))
    }

    fn schema(schemas: &mut Schemas) -> Json {
        serde_json::json!({ "type": "object", "additionalProperties": V::schema(schemas) })
    }
}
