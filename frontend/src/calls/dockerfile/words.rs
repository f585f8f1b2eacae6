//! How a value is written in the places that a Dockerfile has, so that it reads as the same value.

use std::collections::BTreeSet;

use crate::plan::{Arg, ArgName, INHERITED, Part, Text};

/// Writes the values of one stage, and notes which arguments they use.
#[derive(Debug)]
pub(super) struct Words<'a> {
    declared: &'a [Arg],
    used: BTreeSet<ArgName>,
}

impl<'a> Words<'a> {
    pub(super) fn new(declared: &'a [Arg]) -> Self {
        Self { declared, used: BTreeSet::new() }
    }

    fn write(&mut self, text: &Text, literal: impl Fn(&str) -> String) -> String {
        let parts = text.parts().iter().map(|part| match part {
            Part::Literal(text) => literal(text),
            Part::Arg(name) => self.argument(name),
        });
        parts.collect()
    }

    /// An argument that has no default is asked for by name.
    fn argument(&mut self, name: &ArgName) -> String {
        if name.as_str() == INHERITED {
            // Of the base, in a Dockerfile too.
            return format!("${{{name}}}");
        }
        self.used.insert(name.clone());
        let required = self.declared.iter().any(|arg| arg.name.value == *name && arg.default.is_none());
        if required { format!("${{{name}?required}}") } else { format!("${{{name}}}") }
    }

    /// What a stage needs so that the arguments are known in it: a line each.
    pub(super) fn declarations(&self) -> String {
        self.used.iter().flat_map(|name| ["ARG ", name.as_str(), "\n"]).collect()
    }

    /// A path or another single word.
    pub(super) fn word(&mut self, text: &Text) -> String {
        self.write(text, |literal| escaped(literal, &['\\', '\'', '"', '$']))
    }

    /// The path of what is there, which `COPY` takes for a pattern.
    pub(super) fn existing(&mut self, text: &Text) -> String {
        self.write(text, |literal| {
            let pattern: String = literal
                .chars()
                .flat_map(|c| if matches!(c, '*' | '?' | '[') { vec!['[', c, ']'] } else { vec![c] })
                .collect();
            escaped(&pattern, &['\\', '\'', '"', '$'])
        })
    }

    /// A value of `ENV`, `ARG` or `LABEL`, which is on one line.
    pub(super) fn quoted(&mut self, text: &Text) -> String {
        let inner = self.write(text, |literal| escaped(&literal.replace('\n', " "), &['\\', '"', '$']));
        let plain =
            !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:${}".contains(c));
        if plain { inner } else { format!("\"{inner}\"") }
    }

    /// `--key=value`
    pub(super) fn flag(&mut self, key: &str, text: &Text) -> String {
        flag(key, &self.word(text))
    }

    /// A value inside `--mount=`, which is split at commas before it is read as a word, and unquoted before that.
    pub(super) fn option(&mut self, key: &str, text: &Text) -> String {
        let value = self.word(text);
        let field = format!("{key}={value}");
        let field =
            if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field };
        escaped(&field, UNQUOTED)
    }

    /// A word for the shell.
    pub(super) fn shell(&mut self, text: &Text) -> String {
        let plain =
            |literal: &str| literal.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,+@%".contains(c));
        if text.is_empty() {
            return "''".to_owned();
        }
        text.parts()
            .iter()
            .map(|part| match part {
                Part::Literal(literal) if plain(literal) => literal.clone(),
                Part::Literal(literal) => format!("'{}'", literal.replace('\'', r"'\''")),
                Part::Arg(name) => format!("\"{}\"", self.argument(name)),
            })
            .collect()
    }

    /// A script for the shell: arguments are variables of it.
    pub(super) fn script(&mut self, text: &Text) -> String {
        self.write(text, str::to_owned)
    }

    /// The content of a file, as a document that stands in the Dockerfile.
    pub(super) fn document(&mut self, text: &Text) -> (String, bool) {
        match text.as_literal() {
            Some(literal) => (literal.to_owned(), false),
            None => (self.write(text, |literal| escaped(literal, &['\\', '$'])), true),
        }
    }
}

/// What the parser of flags takes for something else.
const UNQUOTED: &[char] = &['\\', '\'', '"', ' '];

/// `--key=value` with a value that is written as a word already.
pub(super) fn flag(key: &str, word: &str) -> String {
    format!("--{key}={}", escaped(word, UNQUOTED))
}

/// Whether a value goes on in a second line, which `ENV`, `ARG` and `LABEL` cannot say.
pub(super) fn has_lines(text: &Text) -> bool {
    text.parts().iter().any(|part| matches!(part, Part::Literal(literal) if literal.contains('\n')))
}

/// Whether a path is several words in `COPY`, unless it stands in a list.
pub(super) fn has_blanks(path: &str) -> bool {
    path.contains(char::is_whitespace)
}

/// Words of `COPY`: as they are where they can be told apart, else as a list.
pub(super) fn apart(words: &[String]) -> String {
    if words.iter().any(|word| has_blanks(word) || word.starts_with("<<")) {
        list(words)
    } else {
        words.join(" ")
    }
}

/// A JSON list, as the exec forms take it.
pub(super) fn list(words: &[String]) -> String {
    let words: Vec<_> = words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
    format!("[{}]", words.join(", "))
}

/// A name for the end of a document, which is no line of it.
pub(super) fn end_of(document: &str) -> String {
    let mut end = "EOF".to_owned();
    while document.lines().any(|line| line == end) {
        end.push('_');
    }
    end
}

fn escaped(text: &str, special: &[char]) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if special.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_their_places() {
        let text = Text::parse("a 'b' \"c\" $d ${TARGETARCH}").expect("a text");
        let mut words = Words::new(&[]);
        assert_eq!(words.word(&text), r#"a \'b\' \"c\" \$d ${TARGETARCH}"#);
        assert_eq!(words.quoted(&text), r#""a 'b' \"c\" \$d ${TARGETARCH}""#);
        assert_eq!(words.shell(&text), r#"'a '\''b'\'' "c" $d '"${TARGETARCH}""#);
        assert_eq!(words.document(&text), (r#"a 'b' "c" \$d ${TARGETARCH}"#.to_owned(), true));
        assert_eq!(apart(&["a b".to_owned(), "/c".to_owned()]), r#"["a b", "/c"]"#);
        assert_eq!(words.option("target", &Text::literal("/a,b")), r#"\"target=/a,b\""#);
        assert_eq!(words.declarations(), "ARG TARGETARCH\n");
        assert_eq!(end_of("EOF\nEOF_\n"), "EOF__");
    }
}
