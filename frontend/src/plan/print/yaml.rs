//! Writing YAML that everybody reads the same way: what any version of YAML could take for something other
//! than a string is quoted.

use crate::yaml::{is_unprintable, quoted};

/// The width up to which a list or mapping is written on one line.
const WIDTH: usize = 100;

pub(super) enum Yaml {
    Nothing,
    /// Written as it is: a number or a truth value.
    Plain(String),
    String(String),
    /// On one line when it fits.
    List(Vec<Yaml>),
    Map(Vec<(String, Yaml)>),
    /// Always one line an item.
    BlockList(Vec<Yaml>),
    BlockMap(Vec<(String, Yaml)>),
}

impl Yaml {
    pub(super) fn word(word: &str) -> Self {
        Self::String(word.to_owned())
    }

    pub(super) fn block(entries: Vec<(String, Self)>) -> Self {
        Self::BlockMap(entries)
    }

    pub(super) fn blocks(items: Vec<Self>) -> Self {
        Self::BlockList(items)
    }

    /// A whole document.
    pub(super) fn print(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.trim_start_matches('\n').to_owned()
    }

    /// Writes what follows a `key:` or the `-` of an item, with the line break after it.
    fn write(&self, out: &mut String, indent: usize) {
        let column = out.len() - out.rfind('\n').map_or(0, |at| at + 1);
        if let Some(flow) = self.flow().filter(|_| self.fits(column)) {
            if !flow.is_empty() {
                out.push(' ');
            }
            out.push_str(&flow);
            out.push('\n');
            return;
        }
        match self {
            Self::Nothing | Self::Plain(_) => out.push('\n'),
            Self::String(text) => write_literal(text, out, indent),
            Self::List(items) | Self::BlockList(items) => {
                out.push('\n');
                for item in items {
                    pad(out, indent);
                    out.push('-');
                    item.write_item(out, indent + 2);
                }
            }
            Self::Map(entries) | Self::BlockMap(entries) => {
                out.push('\n');
                write_entries(entries, out, indent);
            }
        }
    }

    /// As [`Yaml::write`], with the first key of a mapping beside the `-`.
    fn write_item(&self, out: &mut String, indent: usize) {
        match self {
            Self::BlockMap(entries) | Self::Map(entries) if !self.fits(indent) => {
                let start = out.len();
                write_entries(entries, out, indent);
                out.replace_range(start..start + indent, " ");
            }
            Self::Nothing
            | Self::Plain(_)
            | Self::String(_)
            | Self::List(_)
            | Self::Map(_)
            | Self::BlockList(_)
            | Self::BlockMap(_) => self.write(out, indent),
        }
    }

    /// Whether it is written on one line that has got to this column.
    fn fits(&self, column: usize) -> bool {
        let scalar = matches!(self, Self::Nothing | Self::Plain(_) | Self::String(_));
        self.flow().is_some_and(|flow| scalar || column + flow.len() < WIDTH)
    }

    /// On one line, unless it must not be.
    fn flow(&self) -> Option<String> {
        match self {
            Self::Nothing => Some(String::new()),
            Self::Plain(text) => Some(text.clone()),
            Self::String(text) if is_literal(text) => None,
            Self::String(text) => Some(quoted(text)),
            Self::List(items) => {
                let items: Option<Vec<_>> = items.iter().map(Self::flow).collect();
                Some(format!("[{}]", items?.join(", ")))
            }
            Self::Map(entries) if entries.is_empty() => Some("{}".to_owned()),
            Self::Map(entries) => {
                let entries: Option<Vec<_>> = entries
                    .iter()
                    .map(|(key, value)| Some(format!("{}: {}", quoted(key), value.flow()?)))
                    .collect();
                Some(format!("{{ {} }}", entries?.join(", ")))
            }
            Self::BlockMap(entries) if entries.is_empty() => Some("{}".to_owned()),
            Self::BlockList(_) | Self::BlockMap(_) => None,
        }
    }
}

fn write_entries(entries: &[(String, Yaml)], out: &mut String, indent: usize) {
    for (key, value) in entries {
        pad(out, indent);
        out.push_str(&quoted(key));
        out.push(':');
        value.write(out, indent + 2);
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Whether a text of several lines can be written as a block `|`.
fn is_literal(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    body.contains('\n')
        && !text.chars().any(|c| c != '\n' && is_unprintable(c))
        && body.split('\n').next().is_some_and(|first| first.starts_with(|c: char| !c.is_whitespace()))
        && body.split('\n').next_back().is_some_and(|last| !last.trim().is_empty())
}

fn write_literal(text: &str, out: &mut String, indent: usize) {
    out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in text.lines() {
        if !line.is_empty() {
            pad(out, indent);
            out.push_str(line);
        }
        out.push('\n');
    }
}
