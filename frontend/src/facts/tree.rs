//! JSON, JSON with comments, and YAML of a project's files as one kind of tree, with the line of every value.

use std::collections::BTreeMap;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions};
use saphyr_parser::{Event, Parser};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Of its key, else its own; counted from 1.
    pub line: u32,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Null,
    Bool(bool),
    /// A string, or a number as it is written. YAML's words are strings: facts ask for nothing else.
    Text(String),
    List(Vec<Tree>),
    /// In the order in which it is written.
    Table(Vec<(String, Tree)>),
}

/// The line, and what is wrong there.
pub type Broken = (u32, String);

/// As tools read `package.json`.
pub fn json(text: &str) -> Result<Tree, Broken> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    parse_json(text, &strict)
}

/// As tools read `tsconfig.json` and `bun.lock`: with comments and trailing commas.
pub fn json_with_comments(text: &str) -> Result<Tree, Broken> {
    parse_json(text, &ParseOptions::default())
}

fn parse_json(text: &str, options: &ParseOptions) -> Result<Tree, Broken> {
    let lines = Lines::of(text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), options)
        .map_err(|error| (lines.at(error.range().start), error.kind().to_string()))?;
    let value = parsed.value.ok_or_else(|| (1, "the file is empty".to_owned()))?;
    Ok(of_json(&value, lines.at(value.start()), &lines))
}

fn of_json(value: &ast::Value<'_>, line: u32, lines: &Lines) -> Tree {
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(bool) => Value::Bool(bool.value),
        ast::Value::StringLit(string) => Value::Text(string.value.to_string()),
        ast::Value::NumberLit(number) => Value::Text(number.value.to_owned()),
        ast::Value::Array(list) => {
            let items = list.elements.iter().map(|item| of_json(item, lines.at(item.start()), lines));
            Value::List(items.collect())
        }
        ast::Value::Object(table) => {
            let entries = table.properties.iter().map(|property| {
                let line = lines.at(property.range.start);
                (property.name.as_str().to_owned(), of_json(&property.value, line, lines))
            });
            Value::Table(entries.collect())
        }
    };
    Tree { line, value }
}

/// Where lines start.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    fn at(&self, byte: usize) -> u32 {
        let before = self.0.partition_point(|&newline| newline < byte);
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    }
}

/// Values that the aliases of one file may stand for.
const MAX_ALIASED: usize = 100_000;

/// The documents of a YAML file.
pub fn yaml(text: &str) -> Result<Vec<Tree>, Broken> {
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: BTreeMap<usize, Tree> = BTreeMap::new();
    let mut aliased = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| (line(error.marker().line()), error.info().to_owned()))?;
        let line = line(span.start.line());
        let (done, anchor) = match event {
            Event::SequenceStart(anchor, _) => {
                open.push(Open { line, anchor, is_table: false, items: Vec::new() });
                continue;
            }
            Event::MappingStart(anchor, _) => {
                open.push(Open { line, anchor, is_table: true, items: Vec::new() });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(ended) = open.pop() else { continue };
                let anchor = ended.anchor;
                (ended.into_tree(), anchor)
            }
            Event::Scalar(text, style, anchor, _) => {
                let is_null =
                    style == saphyr_parser::ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                let value = if is_null { Value::Null } else { Value::Text(text.into_owned()) };
                (Tree { line, value }, anchor)
            }
            // What an alias stands for has no anchor inside that is open, so that this ends.
            Event::Alias(anchor) => {
                let tree = anchors.get(&anchor).cloned().unwrap_or(Tree { line, value: Value::Null });
                aliased += tree.size();
                if aliased > MAX_ALIASED {
                    return Err((line, format!("aliases stand for more than {MAX_ALIASED} values")));
                }
                (tree, 0)
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => continue,
        };
        if anchor != 0 {
            anchors.insert(anchor, done.clone());
        }
        match open.last_mut() {
            Some(open) => open.items.push(done),
            None => documents.push(done),
        }
    }
    Ok(documents)
}

fn line(line: usize) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// A list or table that has not ended yet; keys of a table and their values by turns.
struct Open {
    line: u32,
    anchor: usize,
    is_table: bool,
    items: Vec<Tree>,
}

impl Open {
    fn into_tree(self) -> Tree {
        let value = if self.is_table {
            let mut items = self.items.into_iter();
            let mut entries = Vec::new();
            while let (Some(key), Some(value)) = (items.next(), items.next()) {
                let name = key.text().unwrap_or_default().to_owned();
                entries.push((name, Tree { line: key.line, ..value }));
            }
            Value::Table(entries)
        } else {
            Value::List(self.items)
        };
        Tree { line: self.line, value }
    }
}

impl Tree {
    /// How many values it holds, itself among them.
    fn size(&self) -> usize {
        let below: usize = match &self.value {
            Value::Null | Value::Bool(_) | Value::Text(_) => 0,
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Table(entries) => entries.iter().map(|(_, value)| value.size()).sum(),
        };
        1 + below
    }

    /// What is below these keys.
    pub fn get(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |tree, key| {
            tree.entries().find_map(|(name, value)| (name == *key).then_some(value))
        })
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Bool(_) | Value::List(_) | Value::Table(_) => None,
        }
    }

    /// The text below these keys.
    pub fn text_of(&self, path: &[&str]) -> Option<&str> {
        self.get(path)?.text()
    }

    pub fn is_true(&self) -> bool {
        match &self.value {
            Value::Bool(bool) => *bool,
            Value::Text(text) => text == "true",
            Value::Null | Value::List(_) | Value::Table(_) => false,
        }
    }

    /// The items of a list; nothing of what is no list.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::Table(_) => &[],
        }
    }

    /// The entries of a table; nothing of what is no table.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Self)> {
        let entries = match &self.value {
            Value::Table(entries) => entries.as_slice(),
            Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) => &[],
        };
        entries.iter().map(|(name, value)| (name.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_lines() {
        let tree = json("{\n  \"name\": \"é\",\n  \"a\": { \"b\": [1,\n true] }\n}\n").expect("it is JSON");
        assert_eq!(tree.text_of(&["name"]), Some("é"));
        let list = tree.get(&["a", "b"]).expect("it is there");
        let items: Vec<_> = list.items().iter().map(|item| (item.line, item.is_true())).collect();
        assert_eq!((list.line, items), (3, vec![(3, false), (4, true)]));
    }

    #[test]
    fn package_json_has_no_comments_and_others_may() {
        let text = "{\n  // why\n  \"a\": 1,\n}\n";
        assert_eq!(json(text).expect_err("comments are refused").0, 2);
        assert_eq!(json_with_comments(text).expect("it is read").text_of(&["a"]), Some("1"));
        assert_eq!(json("{\"a\":\n 1,\n}").expect_err("a comma is left").0, 2);
    }

    #[test]
    fn yaml_of_several_documents() {
        let text = "a: 1\n---\nb:\n  'c@1': &x {d: [e, ~]}\n  f: *x\n";
        let documents = yaml(text).expect("it is YAML");
        assert_eq!(documents[0].text_of(&["a"]), Some("1"));
        let list = documents[1].get(&["b", "f", "d"]).expect("the alias is followed");
        assert_eq!(list.items().iter().map(Tree::text).collect::<Vec<_>>(), [Some("e"), None]);
        assert_eq!(documents[1].get(&["b", "c@1"]).map(|tree| tree.line), Some(4));
        assert_eq!(yaml("a: [1\nb: 2\n").expect_err("it is broken").0, 2);
    }

    #[test]
    fn aliases_of_aliases_end() {
        let first = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        let lists = (1..=9).map(|level| {
            let below = vec![format!("*a{}", level - 1); 10].join(", ");
            format!("a{level}: &a{level} [{below}]\n")
        });
        let text: String = [first].into_iter().chain(lists).collect();
        let (line, message) = yaml(&text).expect_err("it would be ten billion values");
        assert_eq!((line, message.as_str()), (5, "aliases stand for more than 100000 values"));
    }
}
