//! From the parser's events to the tree.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::key::{Key, read_key, separate};
use super::{Entry, Mapping, Node, Scalar, Value, characters, syntax};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rules::Rule;
use crate::source::Source;
use crate::span::Span;

const MAX_DEPTH: usize = 64;
/// Aliases count with all that they stand for.
const MAX_NODES: usize = 20_000;

/// The document of a source. A source of comments alone is null. None when it is not YAML; what is wrong
/// was reported then, and also when a tree is returned that something had to be left out of.
pub fn parse(source: &Source, diagnostics: &mut Diagnostics) -> Option<Node> {
    if let Some(mistake) = characters::control_character(source) {
        diagnostics.push(mistake);
        return None;
    }
    let mut builder = Builder::new(source, diagnostics);
    for event in Parser::new_from_str(source.text()) {
        match event {
            Ok((event, span)) => builder.event(event, span)?,
            Err(error) => {
                let at = builder.offset(error.marker().index());
                if builder.is_broken_before(at) {
                    return None;
                }
                let end = source.text().get(at..).and_then(|rest| rest.find('\n'));
                let end = end.map_or(source.text().len(), |length| at + length);
                if let Some(mistake) = characters::stray(source, builder.read, end) {
                    diagnostics.push(mistake);
                    return None;
                }
                let open = builder.open.iter().rev().find(|open| open.flow).map(|open| open.start);
                diagnostics.push(syntax::explain(source, error.info(), at, open));
                return None;
            }
        }
    }
    let end = source.text().len();
    Some(builder.root.unwrap_or(Node { span: Span::new(end, end), value: Value::Null }))
}

struct Builder<'a> {
    source: &'a Source,
    diagnostics: &'a mut Diagnostics,
    /// The byte of each character: the parser counts characters.
    bytes: Vec<usize>,
    open: Vec<Open>,
    /// Anchored values, with the number of nodes in each.
    anchors: BTreeMap<usize, (Node, usize)>,
    nodes: usize,
    root: Option<Node>,
    documents: usize,
    /// Where the last `{{ name }}` of a template starts, or value in quotes that are none.
    broken: Option<usize>,
    /// Where the last scalar ends.
    read: usize,
}

/// A sequence or mapping that has not ended yet.
struct Open {
    start: Span,
    flow: bool,
    anchor: usize,
    nodes_before: usize,
    content: Content,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping {
        mapping: Mapping,
        seen: BTreeMap<String, Span>,
        key: Option<Key>,
        merged: Vec<Node>,
        /// Whether something was left out.
        broken: bool,
    },
}

impl<'a> Builder<'a> {
    fn new(source: &'a Source, diagnostics: &'a mut Diagnostics) -> Self {
        let mut bytes: Vec<_> = source.text().char_indices().map(|(at, _)| at).collect();
        bytes.push(source.text().len());
        Self {
            source,
            diagnostics,
            bytes,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            nodes: 0,
            root: None,
            documents: 0,
            broken: None,
            read: 0,
        }
    }

    fn offset(&self, index: usize) -> usize {
        self.bytes.get(index).copied().unwrap_or(self.source.text().len())
    }

    /// Whether a value before a place, or in the line above it, was reported for how it starts. What the
    /// parser says of what follows is said because of it.
    fn is_broken_before(&self, at: usize) -> bool {
        let between = self.broken.and_then(|start| self.source.text().get(start..at));
        between.is_some_and(|text| text.matches('\n').count() < 2)
    }

    fn report(&mut self, rule: Rule, span: Span, message: &str, help: &str) {
        self.diagnostics.push(Diagnostic::new(rule, span, message).help(help));
    }

    /// None when there is no use in going on.
    fn event(&mut self, event: Event<'_>, span: saphyr_parser::Span) -> Option<()> {
        let span = Span::new(self.offset(span.start.index()), self.offset(span.end.index()));
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a second document starts here";
                    self.report(
                        Rule::MultipleDocuments,
                        span,
                        message,
                        "describe several apps under `apps:`",
                    );
                    return None;
                }
            }
            Event::Alias(id) => self.alias(id, span)?,
            Event::Scalar(text, style, anchor, tag) => {
                self.check_tag(tag.is_some(), span);
                if tag.is_some() && text.is_empty() {
                    // The tag was meant as a value.
                    self.skip();
                    return Some(());
                }
                let before = self.nodes;
                self.count(1, span)?;
                let node = self.scalar(text.into_owned(), style, tag.is_some(), span)?;
                self.read = node.span.end as usize;
                self.add(node, anchor, before);
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.is_some(), span);
                self.start(span, anchor, Content::Sequence(Vec::new()))?;
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.is_some(), span);
                let content = Content::Mapping {
                    mapping: Mapping::default(),
                    seen: BTreeMap::new(),
                    key: None,
                    merged: Vec::new(),
                    broken: false,
                };
                self.start(span, anchor, content)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
        }
        Some(())
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, tagged: bool, span: Span) -> Option<Node> {
        if style == ScalarStyle::Plain && !text.is_ascii() {
            let (written, start) = (self.source.slice(span), span.start as usize);
            if let Some(mistake) = characters::invisible_in(written, start) {
                self.diagnostics.push(mistake);
                return None;
            }
            if let Some(mistake) = characters::quote_in(written, start) {
                self.diagnostics.push(mistake);
                self.broken = Some(start);
                return Some(Node { span, value: Value::Broken });
            }
        }
        Some(scalar(self.source, text, style == ScalarStyle::Plain && !tagged, span))
    }

    fn check_tag(&mut self, tagged: bool, span: Span) {
        if tagged {
            let message = "a word that starts with `!` is a YAML tag, which means nothing here";
            self.report(
                Rule::UnsupportedTag,
                span,
                message,
                "remove the tag, or quote a value that starts with `!`",
            );
        }
    }

    fn count(&mut self, nodes: usize, span: Span) -> Option<()> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Some(());
        }
        let message = format!("the manifest holds more than {MAX_NODES} values, aliases counted in full");
        self.report(Rule::ManifestTooComplex, span, &message, "write fewer aliases of aliases");
        None
    }

    fn start(&mut self, start: Span, anchor: usize, content: Content) -> Option<()> {
        let nodes_before = self.nodes;
        self.count(1, start)?;
        if self.open.len() == MAX_DEPTH {
            let message = format!("values are nested more than {MAX_DEPTH} deep");
            self.report(Rule::NestingTooDeep, start, &message, "write the value less deep");
            return None;
        }
        let flow = self.source.slice(start).starts_with(['[', '{']);
        self.open.push(Open { start, flow, anchor, nodes_before, content });
        Some(())
    }

    fn end(&mut self, end: Span) {
        let Some(open) = self.open.pop() else { return };
        let (last, value) = match open.content {
            Content::Sequence(items) => (items.last().map(|item| item.span.end), Value::Sequence(items)),
            Content::Mapping { mapping, merged, broken, .. } => {
                let last = mapping.entries.last().map(|entry| entry.value.span.end.max(entry.key.span.end));
                let mapping = self.merge(mapping, merged);
                // Nobody knows what it was meant to be.
                let nothing = broken && mapping.entries.is_empty();
                (last, if nothing { Value::Broken } else { Value::Mapping(mapping) })
            }
        };
        // A block ends where the parser looked for more of it, which may be lines further down.
        let end = if open.flow { end.start + 1 } else { last.unwrap_or(open.start.end) };
        let span = Span { start: open.start.start, end: end.max(open.start.start) };
        self.add(Node { span, value }, open.anchor, open.nodes_before);
    }

    /// What is written in a mapping wins over what is merged into it, the first merged over the next.
    fn merge(&mut self, mut mapping: Mapping, merged: Vec<Node>) -> Mapping {
        for node in merged {
            if let Value::Mapping(other) = node.value {
                for entry in other.entries {
                    if mapping.get(&entry.key.value).is_none() {
                        mapping.entries.push(entry);
                    }
                }
            } else if node.value != Value::Broken {
                let message = format!("`<<` merges a mapping, found {}", node.describe());
                let help = "write `<<: *NAME` with the anchor of a mapping";
                self.report(Rule::InvalidMergeKey, node.span, &message, help);
            }
        }
        mapping
    }

    fn alias(&mut self, id: usize, span: Span) -> Option<()> {
        let Some(size) = self.anchors.get(&id).map(|(_, size)| *size) else {
            let message = "an alias stands inside the value that it names";
            self.report(Rule::InvalidYaml, span, message, "remove the alias");
            return None;
        };
        let before = self.nodes;
        self.count(size, span)?;
        let (node, _) = self.anchors.get(&id)?.clone();
        self.add(node, 0, before);
        Some(())
    }

    /// Leaves out a key or a value that was reported.
    fn skip(&mut self) {
        if let Some(Open { content: Content::Mapping { key, broken, .. }, .. }) = self.open.last_mut() {
            *broken = true;
            *key = if key.is_some() { None } else { Some(Key::Broken) };
        }
    }

    fn add(&mut self, node: Node, anchor: usize, nodes_before: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), self.nodes - nodes_before));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping { mapping, seen, key, merged, broken } => match key.take() {
                None => {
                    if matches!(node.value, Value::Mapping(_)) {
                        self.broken = Some(node.span.start as usize);
                    }
                    *key = Some(read_key(node, seen, merged.is_empty(), self.source, self.diagnostics));
                }
                Some(Key::Name(name)) => {
                    let entry = Entry { key: name, value: node };
                    let flow = open.flow && entry.value.value == Value::Null;
                    let entry = if flow { separate(entry, self.source, self.diagnostics) } else { entry };
                    mapping.entries.push(entry);
                }
                Some(Key::Merge) => match node.value {
                    Value::Sequence(items) => merged.extend(items),
                    Value::Null | Value::Scalar(_) | Value::Mapping(_) | Value::Broken => merged.push(node),
                },
                Some(Key::Broken) => *broken = true,
            },
        }
    }
}

fn scalar(source: &Source, text: String, plain: bool, span: Span) -> Node {
    let start = span.start as usize;
    let span = Span::new(start, start + scalar_length(source.slice(span)));
    let null = plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL");
    let value = if null { Value::Null } else { Value::Scalar(Scalar { text, plain }) };
    Node { span, value }
}

/// How much of what the parser looked at is the scalar. It looks past blanks, line breaks and comments.
fn scalar_length(written: &str) -> usize {
    let Some(quote) = written.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return written.trim_end().len();
    };
    let mut rest = written.char_indices().skip(1).peekable();
    while let Some((at, c)) = rest.next() {
        if c == '\\' && quote == '"'
            || c == '\'' && quote == c && rest.peek().is_some_and(|(_, c)| *c == quote)
        {
            rest.next();
        } else if c == quote {
            return at + 1;
        }
    }
    written.len()
}
