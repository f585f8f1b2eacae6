//! Values with `${NAME}` in them.

use std::fmt;

use super::ArgName;

/// A value of the manifest: literal text and arguments. `$$` is a dollar, a lone `$x` is literal.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Literal(String),
    Arg(ArgName),
}

/// Why a text was refused, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidText {
    pub at: usize,
    pub problem: String,
}

impl Text {
    /// Text without arguments; a dollar in it is a dollar.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::default() } else { Self(vec![Part::Literal(text)]) }
    }

    /// Text as a manifest writes it.
    pub fn parse(written: &str) -> Result<Self, InvalidText> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = written;
        while let Some(dollar) = rest.find('$') {
            let (before, after) = rest.split_at(dollar);
            literal.push_str(before);
            let at = written.len() - after.len();
            if let Some(tail) = after.strip_prefix("$$") {
                literal.push('$');
                rest = tail;
            } else if let Some(tail) = after.strip_prefix("${") {
                let Some(close) = tail.find('}') else {
                    return Err(InvalidText { at, problem: "`${` has no `}`".to_owned() });
                };
                let name = &tail[..close];
                let name = ArgName::new(name).map_err(|invalid| InvalidText {
                    at,
                    problem: format!("`${{{name}}}` is not an argument: {invalid}"),
                })?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(Part::Arg(name));
                rest = &tail[close + 1..];
            } else {
                literal.push('$');
                rest = &after[1..];
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self(parts))
    }

    /// The text behind this literal text.
    #[must_use]
    pub fn prefixed(mut self, literal: &str) -> Self {
        match self.0.first_mut() {
            Some(Part::Literal(text)) => text.insert_str(0, literal),
            Some(Part::Arg(_)) | None => self.0.insert(0, Part::Literal(literal.to_owned())),
        }
        self
    }

    /// The text with another one in the place of an argument.
    #[must_use]
    pub fn with(&self, arg: &str, text: &Self) -> Self {
        let mut with = String::new();
        let mut parts = Vec::new();
        let expanded = self.0.iter().flat_map(|part| match part {
            Part::Arg(name) if name.as_str() == arg => text.0.as_slice(),
            Part::Arg(_) | Part::Literal(_) => std::slice::from_ref(part),
        });
        for part in expanded {
            match part {
                Part::Literal(literal) => with.push_str(literal),
                Part::Arg(_) => {
                    if !with.is_empty() {
                        parts.push(Part::Literal(std::mem::take(&mut with)));
                    }
                    parts.push(part.clone());
                }
            }
        }
        if !with.is_empty() {
            parts.push(Part::Literal(with));
        }
        Self(parts)
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn args(&self) -> impl Iterator<Item = &ArgName> {
        self.0.iter().filter_map(|part| match part {
            Part::Arg(name) => Some(name),
            Part::Literal(_) => None,
        })
    }

    /// The text, when no argument is in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

/// As a manifest writes it: what [`Text::parse`] reads back to the same text.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, part) in self.0.iter().enumerate() {
            match part {
                Part::Arg(name) => write!(f, "${{{name}}}")?,
                Part::Literal(text) => {
                    let before_arg = matches!(self.0.get(index + 1), Some(Part::Arg(_)));
                    write_literal(f, text, before_arg)?;
                }
            }
        }
        Ok(())
    }
}

/// Doubles a dollar only where it would read as something else: before `{` and `$`, and before an argument.
fn write_literal(f: &mut fmt::Formatter<'_>, text: &str, before_arg: bool) -> fmt::Result {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ambiguous = match chars.peek() {
            Some(next) => matches!(next, '{' | '$'),
            None => before_arg,
        };
        if c == '$' && ambiguous {
            f.write_str("$$")?;
        } else {
            write!(f, "{c}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_lone_dollar_belongs_to_the_shell() {
        let text = Text::parse("echo $x $$HOME ${COMMIT}").expect("valid");
        assert_eq!(text.to_string(), "echo $x $HOME ${COMMIT}");
        assert_eq!(text.args().map(ArgName::as_str).collect::<Vec<_>>(), ["COMMIT"]);
    }

    #[test]
    fn an_open_brace_says_where() {
        assert_eq!(Text::parse("é ${COMMIT").expect_err("unclosed").at, 3);
        assert!(Text::parse("${a-b}").expect_err("not a name").problem.contains("${a-b}"));
    }

    proptest! {
        #[test]
        fn printing_and_reading_gives_the_same_text(written in r"([a-z${}]|\$\{[A-Z]+\}|\$\$){0,12}") {
            if let Ok(text) = Text::parse(&written) {
                prop_assert_eq!(Text::parse(&text.to_string()), Ok(text));
            }
        }

        #[test]
        fn any_literal_survives(literal in r"[a-z${}]{0,12}") {
            prop_assert_eq!(Text::parse(&Text::literal(literal.clone()).to_string()), Ok(Text::literal(literal)));
        }
    }
}
