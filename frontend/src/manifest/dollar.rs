//! Dollars: `${NAME}` is an argument everywhere, `$NAME` a variable where a shell reads it and text where none does.

use super::read::Reader;
use crate::nearest::nearest;
use crate::plan::{Arg, ArgName, INHERITED, PREDEFINED_ARGS};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// Who reads the dollars that are left in a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Reads {
    /// Nobody: a path, a name.
    #[default]
    Nobody,
    /// Nobody: the value of a variable.
    Variable,
    /// Nobody: the words of a command that starts no shell. The one that does so instead.
    Words(String),
    /// The shell that a command starts.
    Shell,
    /// Whoever reads the file that it is the content of.
    Content,
}

/// A name with a dollar.
#[derive(Debug)]
pub(super) struct Use {
    name: Spanned<ArgName>,
    /// `${NAME}`
    braces: bool,
    /// The key of the value.
    key: String,
    reads: Reads,
}

impl Reader<'_> {
    /// Notes the names in a value: whether they are declared is known when all of the app was read.
    pub(super) fn note_dollars<'n>(
        &mut self,
        span: Span,
        written: &str,
        args: impl Iterator<Item = &'n ArgName>,
    ) {
        let mut rest = span;
        for name in args {
            let place = self.part(rest, &format!("${{{name}}}"));
            rest.start = place.map_or(rest.start, |place| place.end);
            if !(self.reads == Reads::Variable && self.key() == INHERITED && name.as_str() == INHERITED) {
                self.note_use(Spanned::new(name.clone(), place.unwrap_or(span)), true);
            }
        }
        if matches!(self.reads, Reads::Shell | Reads::Content) {
            return;
        }
        for name in bare(written) {
            if let Ok(arg) = ArgName::new(name) {
                let place = self.part(span, &format!("${name}")).unwrap_or(span);
                self.note_use(Spanned::new(arg, place), false);
            }
        }
    }

    fn note_use(&mut self, name: Spanned<ArgName>, braces: bool) {
        let used = Use { name, braces, key: self.key().to_owned(), reads: self.reads.clone() };
        self.uses.push(used);
    }
}

/// Names behind a lone dollar that is not in the middle of a word.
fn bare(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices('$').filter_map(move |(at, _)| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let name = &after[..after.find(|c| !is_name(c)).unwrap_or(after.len())];
        let alone = !before.ends_with(|c| is_name(c) || c == '$');
        (alone && !name.is_empty()).then_some(name)
    })
}

/// The first name behind a lone dollar that is written as those of variables are.
pub(super) fn bare_variable(text: &str) -> Option<&str> {
    bare(text).find(|name| is_variable(name))
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// Every `${NAME}` of the app is declared or predefined, and no `$NAME` is taken for one.
pub(super) fn check(args: &[Arg], reader: &mut Reader<'_>) {
    let declared = || args.iter().map(|arg| arg.name.value.as_str()).chain(PREDEFINED_ARGS.iter().copied());
    for used in std::mem::take(&mut reader.uses) {
        if reader.diagnostics.is_full() {
            break;
        }
        let name = used.name.value.as_str();
        let known = declared().any(|declared| declared == name);
        if used.braces && !known {
            let message = format!("the argument `{name}` is not declared");
            let help = match nearest(name, declared()) {
                _ if name == INHERITED => only_inherited(),
                Some(near) => format!("write `${{{near}}}`, or declare `{name}` under `args`"),
                None => format!("declare it: `args: {{ {name}: \"...\" }}`{}", used.reads.or_text(name)),
            };
            reader.report(Rule::UndefinedArg, used.name.span, message, help);
        } else if !used.braces && (known || is_variable(name)) {
            let message = format!("`${name}` stays as it is: no shell reads this value");
            let help = if known { format!("write `${{{name}}}` for the argument") } else { used.instead() };
            reader.report(Rule::LiteralVariable, used.name.span, message, help);
        }
    }
}

fn only_inherited() -> String {
    format!("write the value itself; only `{INHERITED}` goes on with that of the base")
}

impl Reads {
    /// How `${` is written that is none of an argument.
    pub(super) fn instead_of_braces(&self) -> &'static str {
        match self {
            Self::Nobody | Self::Variable => "write `${NAME}`, an argument with its default under `args`",
            Self::Words(_) => {
                "write `${NAME}` for an argument; a shell reads more: `[sh, -c, \"... $${NAME:-default}\"]`"
            }
            Self::Shell | Self::Content => "write `${NAME}` for an argument and `$$` for a dollar before `{`",
        }
    }

    /// How the name is written when it is no argument.
    fn or_text(&self, name: &str) -> String {
        match self {
            Self::Nobody | Self::Variable => ", or write the value itself".to_owned(),
            Self::Words(_) => format!(", or write `$${{{name}}}` in a command that starts a shell"),
            Self::Shell => format!(", or write `$${{{name}}}` for the shell"),
            Self::Content => format!(", or write `$${{{name}}}` for a dollar in the file"),
        }
    }
}

impl Use {
    fn instead(&self) -> String {
        let name = self.name.value.as_str();
        match &self.reads {
            Reads::Variable if self.key == INHERITED && name == INHERITED => {
                format!("write `${{{name}}}` for that of the base")
            }
            Reads::Nobody | Reads::Variable if name == INHERITED => only_inherited(),
            Reads::Words(shell) => format!("start a shell: `{shell}`"),
            Reads::Nobody | Reads::Variable | Reads::Shell | Reads::Content => format!(
                "write the value itself, or `${{{name}}}` and declare it under `args`; `$${name}` is this text"
            ),
        }
    }
}
