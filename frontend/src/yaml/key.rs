//! Keys of a mapping: one plain word each, written once, and `<<`.

use std::collections::BTreeMap;

use super::{Entry, Node, Value, blank};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::rules::Rule;
use crate::source::Source;
use crate::span::{Span, Spanned};

pub(super) enum Key {
    Name(Spanned<String>),
    Merge,
    /// Reported; its value is read and dropped.
    Broken,
}

pub(super) fn read_key(
    node: Node,
    seen: &mut BTreeMap<String, Span>,
    first_merge: bool,
    source: &Source,
    diagnostics: &mut Diagnostics,
) -> Key {
    let describe = node.describe();
    let Value::Scalar(scalar) = node.value else {
        let help = if matches!(node.value, Value::Mapping(_)) {
            "write `${NAME}` for an argument, and quote a value that starts with `{`"
        } else {
            "write one word before the `:`"
        };
        let message = match node.value {
            Value::Null => "there is no key before the `:`".to_owned(),
            Value::Scalar(_) | Value::Sequence(_) | Value::Mapping(_) => format!("{describe} is no key"),
            Value::Broken => return Key::Broken,
        };
        diagnostics.push(Diagnostic::new(Rule::InvalidKey, node.span, message).help(help));
        return Key::Broken;
    };
    let line = source.text().get(node.span.start as usize..).and_then(|text| text.lines().next());
    if scalar.plain
        && let Some(mistake) = line.and_then(|line| blank::item_without_blank(line, node.span))
    {
        diagnostics.push(mistake);
        return Key::Broken;
    }
    if scalar.plain && scalar.text == "<<" {
        if first_merge {
            return Key::Merge;
        }
        let diagnostic = Diagnostic::new(Rule::DuplicateKey, node.span, "`<<` is written twice")
            .help("write one `<<` with a list: `<<: [*a, *b]`");
        diagnostics.push(diagnostic);
        return Key::Broken;
    }
    if let Some(first) = seen.get(&scalar.text) {
        let diagnostic =
            Diagnostic::new(Rule::DuplicateKey, node.span, format!("`{}` is written twice", scalar.text))
                .label(*first, "it is first written here")
                .help("remove one of the two");
        diagnostics.push(diagnostic);
        return Key::Broken;
    }
    seen.insert(scalar.text.clone(), node.span);
    Key::Name(Spanned::new(scalar.text, node.span))
}

/// In a flow mapping `a:b` is a key without a value, which is wanted nowhere.
pub(super) fn separate(entry: Entry, source: &Source, diagnostics: &mut Diagnostics) -> Entry {
    let Entry { key, value } = entry;
    let written = source.slice(key.span);
    let after = source.text().get(key.span.end as usize..).unwrap_or_default();
    if after.trim_start().starts_with(':') {
        return Entry { key, value };
    }
    match (blank::split(written), blank::key_without_blank(written, key.span)) {
        (Some((name, ..)), Some(mistake)) => {
            diagnostics.push(mistake);
            let span = Span::new(key.span.start as usize, key.span.start as usize + name.len());
            let value = Node { span: key.span, value: Value::Broken };
            Entry { key: Spanned::new(name.to_owned(), span), value }
        }
        _ => Entry { key, value },
    }
}
