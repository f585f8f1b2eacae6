//! TOML with the line of every value.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::line_at;

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Toml<'a> {
    text: &'a str,
    root: DeTable<'a>,
}

/// A value of it, and where it is.
#[derive(Clone, Copy, Debug)]
pub struct Item<'t> {
    text: &'t str,
    value: &'t DeValue<'t>,
    /// The line of its key, else that of itself; counted from 1.
    pub line: u32,
}

impl<'a> Toml<'a> {
    /// The line and what is wrong there, when it is no TOML.
    pub fn parse(text: &'a str) -> Result<Self, (u32, String)> {
        match DeTable::parse(text) {
            Ok(root) => Ok(Self { text, root: root.into_inner() }),
            Err(error) => {
                let line = line_at(text, error.span().map_or(0, |span| span.start));
                Err((line, error.message().replace('\n', " ")))
            }
        }
    }

    /// What is below these keys.
    pub fn get(&self, path: &[&str]) -> Option<Item<'_>> {
        let (first, rest) = path.split_first()?;
        self.item(&self.root, first)?.get(rest)
    }

    fn item<'t>(&'t self, table: &'t DeTable<'a>, key: &str) -> Option<Item<'t>> {
        let (key, value) = table.get_key_value(key)?;
        Some(Item { text: self.text, value: value.get_ref(), line: line_of(self.text, &key.span()) })
    }
}

impl<'t> Item<'t> {
    pub fn get(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |item, &key| {
            let (key, value) = item.value.as_table()?.get_key_value(key)?;
            Some(Self { value: value.get_ref(), line: line_of(item.text, &key.span()), ..item })
        })
    }

    pub fn text(self) -> Option<&'t str> {
        self.value.as_str()
    }

    pub fn is_table(self) -> bool {
        self.value.is_table()
    }

    pub fn is_true(self) -> bool {
        self.value.as_bool() == Some(true)
    }

    /// The items of a list, each with its own line; nothing of what is no list.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let of = move |value: &'t Spanned<DeValue<'t>>| Self {
            value: value.get_ref(),
            line: line_of(self.text, &value.span()),
            ..self
        };
        self.value.as_array().into_iter().flat_map(|list| list.iter()).map(of)
    }

    /// The keys of a table in the order of their names; nothing of what is no table.
    pub fn entries(self) -> impl Iterator<Item = (&'t str, Self)> {
        self.value.as_table().into_iter().flat_map(|table| table.iter()).map(move |(key, value)| {
            let line = line_of(self.text, &key.span());
            (key.get_ref().as_ref(), Self { value: value.get_ref(), line, ..self })
        })
    }
}

fn line_of(text: &str, span: &Range<usize>) -> u32 {
    line_at(text, span.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_lines() {
        let text = "# é\n[project]\nname = \"a\"\ndependencies = [\n  \"x\",\n  \"y\",\n]\n[tool.uv]\npackage = true\n";
        let toml = Toml::parse(text).expect("it is TOML");
        let name = toml.get(&["project", "name"]).expect("it is there");
        assert_eq!((name.text(), name.line), (Some("a"), 3));
        let lines: Vec<_> = toml
            .get(&["project", "dependencies"])
            .into_iter()
            .flat_map(Item::items)
            .map(|i| i.line)
            .collect();
        assert_eq!(lines, [5, 6]);
        assert!(toml.get(&["tool", "uv", "package"]).is_some_and(Item::is_true));
        let keys: Vec<_> =
            toml.get(&["project"]).into_iter().flat_map(Item::entries).map(|(key, _)| key).collect();
        assert_eq!(keys, ["dependencies", "name"]);
        assert_eq!(toml.get(&["project", "name", "first"]).map(|i| i.line), None);
    }

    #[test]
    fn what_is_no_toml_is_told_with_its_line() {
        let (line, message) = Toml::parse("a = 1\nb = \n").expect_err("a value is missing");
        assert_eq!(line, 2, "{message}");
    }
}
