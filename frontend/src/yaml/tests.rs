use proptest::prelude::*;

use super::{Node, Type, Value, parse};
use crate::diagnostic::Diagnostics;
use crate::source::Source;
use crate::span::Span;

/// The tree with the source's text of every scalar and key, which is where spans are right or wrong.
fn spans(source: &Source, node: &Node, out: &mut Vec<(String, String)>) {
    let text = |span: Span| source.slice(span).to_owned();
    match &node.value {
        Value::Null | Value::Broken => {}
        Value::Scalar(scalar) => out.push((scalar.text.clone(), text(node.span))),
        Value::Sequence(items) => items.iter().for_each(|item| spans(source, item, out)),
        Value::Mapping(mapping) => {
            for entry in &mapping.entries {
                out.push((entry.key.value.clone(), text(entry.key.span)));
                spans(source, &entry.value, out);
            }
        }
    }
}

fn read(text: &str) -> (Source, Option<Node>) {
    let mut diagnostics = Diagnostics::default();
    let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
    let node = parse(&source, &mut diagnostics);
    (source, node)
}

fn check_spans(text: &str, expected: &[(&str, &str)]) {
    let (source, node) = read(text);
    let mut found = Vec::new();
    spans(&source, &node.expect("it is YAML"), &mut found);
    let found: Vec<_> = found.iter().map(|(value, written)| (value.as_str(), written.as_str())).collect();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn a_span_is_what_was_written() {
    check_spans("a: b", &[("a", "a"), ("b", "b")]);
    check_spans(
        "# é\r\né: \"ü\\n\" # x\r\nb : 'c d'\r\n",
        &[("é", "é"), ("ü\n", "\"ü\\n\""), ("b", "b"), ("c d", "'c d'")],
    );
    check_spans("日: [本 , {語: é}]\n", &[("日", "日"), ("本", "本"), ("語", "語"), ("é", "é")]);
    check_spans(
        "a: b   # c\nd: e  \n\n\nf: g",
        &[("a", "a"), ("b", "b"), ("d", "d"), ("e", "e"), ("f", "f"), ("g", "g")],
    );
    check_spans("a: b\n  c\nd: e", &[("a", "a"), ("b c", "b\n  c"), ("d", "d"), ("e", "e")]);
}

#[test]
fn collections_end_where_their_last_value_ends() {
    let (source, node) = read("a:\n  b: c\n\n# d\ne: [f,\n  g]  # h\n");
    let Some(Value::Mapping(mapping)) = node.map(|node| node.value) else { panic!("a mapping") };
    let texts: Vec<_> = mapping.entries.iter().map(|entry| source.slice(entry.value.span)).collect();
    assert_eq!(texts, ["b: c", "[f,\n  g]"]);
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    check_spans(
        "a: &x { b: c }\nd: *x\n",
        &[("a", "a"), ("b", "b"), ("c", "c"), ("d", "d"), ("b", "b"), ("c", "c")],
    );
    check_spans(
        "a: &x { b: c, d: e }\nf:\n  <<: *x\n  d: g\n",
        &[
            ("a", "a"),
            ("b", "b"),
            ("c", "c"),
            ("d", "d"),
            ("e", "e"),
            ("f", "f"),
            ("d", "d"),
            ("g", "g"),
            ("b", "b"),
            ("c", "c"),
        ],
    );
    check_spans(
        "a: &x { b: c }\nd: &y { b: e }\nf: { <<: [*x, *y] }\n",
        &[
            ("a", "a"),
            ("b", "b"),
            ("c", "c"),
            ("d", "d"),
            ("b", "b"),
            ("e", "e"),
            ("f", "f"),
            ("b", "b"),
            ("c", "c"),
        ],
    );
    check_spans("\"<<\": a\n", &[("<<", "\"<<\""), ("a", "a")]);
}

#[test]
fn a_file_of_comments_is_nothing() {
    for text in ["", "# a", "# a\n\n", "---\n", "\u{feff}# a\n", "---\n...\n", "%YAML 1.2\n---\n"] {
        assert_eq!(read(text).1.map(|node| node.value), Some(Value::Null), "{text:?}");
    }
}

#[test]
fn yaml_has_types_only_without_quotes() {
    let kind = |text: &str| match read(text).1.map(|node| node.value) {
        Some(Value::Scalar(scalar)) => Some(scalar.kind()),
        _ => None,
    };
    for text in ["3.10", "1", "-1", "+1", "0755", "0o755", "0x1F", "1e3", ".5", ".inf", "-.inf", ".nan", "1."]
    {
        assert_eq!(kind(text), Some(Type::Number), "{text}");
    }
    assert_eq!(kind("true"), Some(Type::Bool(true)));
    assert_eq!(kind("FALSE"), Some(Type::Bool(false)));
    for text in [
        "\"3.10\"",
        "'1'",
        "1.2.3",
        "1:2",
        "2001-01-01",
        "yes",
        "a",
        "1_000",
        "1e",
        "e1",
        "0x",
        "1m",
        ".",
        "-",
    ] {
        assert_eq!(kind(text).unwrap_or(Type::String), Type::String, "{text}");
    }
    for text in ["", "~", "null", "Null", "NULL"] {
        assert_eq!(kind(text), None, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The parser counts characters, and people write more than ASCII.
    #[test]
    fn spans_are_right_after_anything(
        comment in "[^\\p{Cc}]{0,12}",
        quoted in "[^\\p{Cc}\"\\\\]{0,12}",
        block in "[^\\p{Cc}]{0,12}",
    ) {
        let text = format!("# {comment}\na: \"{quoted}\" # {comment}\nb: |\n  x {block}\n# {comment}\n\"{quoted}é\": [z, zü]\n");
        prop_assume!(!text.contains(['\u{feff}', '\u{2028}', '\u{2029}', '\u{fffe}', '\u{ffff}']));
        let (source, node) = read(&text);
        let mut found = Vec::new();
        spans(&source, &node.expect("it is YAML"), &mut found);
        prop_assert_eq!(&found[0].1, "a");
        prop_assert_eq!(&found[1].1, &format!("\"{quoted}\""));
        prop_assert_eq!(&found[2].1, "b");
        prop_assert_eq!(&found[4].1, &format!("\"{quoted}é\""));
        prop_assert_eq!(&found[5].1, "z");
        prop_assert_eq!(&found[6].1, "zü");
    }
}
