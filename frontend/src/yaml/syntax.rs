//! What the parser says about broken YAML, in words for people who do not write parsers.

use super::blank;
use crate::diagnostic::Diagnostic;
use crate::rules::Rule;
use crate::source::Source;
use crate::span::Span;

/// The diagnostic for the parser's message at a byte. `open` is the innermost bracket that is still open.
pub(super) fn explain(source: &Source, info: &str, at: usize, open: Option<Span>) -> Diagnostic {
    let place = Place::new(source, at);
    if let Some(mistake) = tab(&place, info).or_else(|| template(&place)) {
        return mistake;
    }
    if info.contains("recursion limit") {
        return simple(
            Rule::NestingTooDeep,
            place.here(),
            "values are nested too deep",
            "write the value less deep",
        );
    }
    if let Some(mistake) = without_blank(&place, info) {
        return mistake;
    }
    if let Some(open) = open
        && (info.contains("flow") || info.contains("':'") || info.contains("indent"))
    {
        return bracket(&place, source, open);
    }
    quotes(&place, info)
        .or_else(|| first_character(&place, info))
        .or_else(|| block(&place, info))
        .or_else(|| odd(&place, info))
        .unwrap_or_else(|| {
            let help = "check the indentation, or quote the value";
            invalid(place.here(), format!("this is not valid YAML: {info}"), help)
        })
}

/// A tab where YAML, or its parser, wants a blank.
fn tab(place: &Place<'_>, info: &str) -> Option<Diagnostic> {
    if info.contains("must be followed by a valid YAML whitespace") {
        let before = place.before();
        let tab = before.trim_end_matches([' ', '\t']).len() + place.line_start;
        let mark = if info.starts_with("':'") { ':' } else { '-' };
        let message = format!("a tab follows the `{mark}`");
        return Some(invalid(Span::new(tab, place.at), message, "write a blank instead"));
    }
    let in_block = info.contains("start with a tab");
    if !in_block && !info.contains("tab") {
        return None;
    }
    // The parser's place is where the value starts, and the tab may be lines below it.
    let here = place.indent().find('\t').map(|at| place.line_start + at);
    let below = || place.after().find("\n\t").map(|at| place.at + at + 1);
    let tab = here.or_else(below).unwrap_or(place.at);
    let span = Span::new(tab, tab + 1);
    Some(simple(Rule::TabIndentation, span, "a line is indented with a tab", "indent with spaces"))
}

/// A line for a template engine, which is no YAML before that has run.
fn template(place: &Place<'_>) -> Option<Diagnostic> {
    let line = place.line();
    let (_, text, span) = line.content();
    let at = text.find("{{").or_else(|| text.find("{%"))?;
    let before = text.get(..at).unwrap_or_default();
    if before.contains(['"', '\'', '#']) || before.ends_with('$') {
        return None;
    }
    let help = "render the manifest first, or write `${NAME}` for an argument";
    Some(invalid(span, "this is a line for a template engine", help))
}

fn simple(rule: Rule, span: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule, span, message).help(help)
}

fn invalid(span: Span, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Rule::InvalidYaml, span, message).help(help)
}

/// A byte of the source and the text around it.
struct Place<'a> {
    text: &'a str,
    at: usize,
    line_start: usize,
}

impl<'a> Place<'a> {
    fn new(source: &'a Source, at: usize) -> Self {
        let text = source.text();
        let line_start =
            text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
        Self { text, at, line_start }
    }

    fn here(&self) -> Span {
        let width = self.after().chars().next().filter(|c| !c.is_whitespace()).map_or(0, char::len_utf8);
        Span::new(self.at, self.at + width)
    }

    fn after(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The line up to the place.
    fn before(&self) -> &'a str {
        self.text.get(self.line_start..self.at).unwrap_or_default()
    }

    /// The blanks that the line starts with.
    fn indent(&self) -> &'a str {
        let line = self.text.get(self.line_start..).unwrap_or_default();
        line.get(..line.len() - line.trim_start_matches([' ', '\t']).len()).unwrap_or_default()
    }

    /// The word at the place.
    fn word(&self) -> &'a str {
        let after = self.after();
        let end =
            after.find(|c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}')).unwrap_or(after.len());
        after.get(..end).unwrap_or_default()
    }

    /// The last line before this one that says something, without its blanks.
    fn line_above(&self) -> (&'a str, Span) {
        self.lines_above().next().map_or(("", self.here()), |line| (line.text.trim(), line.span()))
    }

    /// The lines before this one that say something, the last first.
    fn lines_above(&self) -> impl Iterator<Item = Line<'a>> {
        let lines = self.text.get(..self.line_start).unwrap_or_default().split_inclusive('\n').rev();
        let start = self.line_start;
        lines
            .scan(start, |start, line| {
                *start -= line.len();
                Some(Line { start: *start, text: line.trim_end() })
            })
            .filter(|line| {
                let text = line.text.trim_start();
                !text.is_empty() && !text.starts_with('#')
            })
    }

    /// This line.
    fn line(&self) -> Line<'a> {
        let line = self.text.get(self.line_start..).unwrap_or_default();
        Line { start: self.line_start, text: line.lines().next().unwrap_or_default().trim_end() }
    }
}

/// A line and where it starts.
struct Line<'a> {
    start: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn span(&self) -> Span {
        let end = self.start + self.text.len();
        Span::new(end - self.text.trim_start().len(), end)
    }

    /// What stands behind the blanks, and behind the `-` of items, with its column and place.
    fn content(&self) -> (usize, &'a str, Span) {
        let mut text = self.text.trim_start_matches(' ');
        while let Some(item) = text.strip_prefix("- ") {
            text = item.trim_start_matches(' ');
        }
        let column = self.text.len() - text.len();
        (column, text, Span::new(self.start + column, self.start + self.text.len()))
    }

    fn key_without_blank(&self) -> Option<Diagnostic> {
        let (_, text, span) = self.content();
        blank::key_without_blank(text, span)
    }
}

/// What is wrong further down because a `:` or a `-` has no blank.
fn without_blank(place: &Place<'_>, info: &str) -> Option<Diagnostic> {
    if info.contains("may not precede any of") {
        let start = place.before().rfind([' ', '{', '[', ',']).map_or(0, |at| at + 1);
        let key = place.before().get(start..)?;
        let span = Span::new(place.at - key.len(), place.at + 1);
        return Some(invalid(
            span,
            "a `:` has no blank after it",
            format!("write `{key}:`, a blank and the value"),
        ));
    }
    if info.contains("comment intercepting") || info.contains("misplaced bracket") {
        return place.line().key_without_blank();
    }
    if info.contains("simple key expect") {
        let same = !place.before().trim().is_empty();
        let line = if same { place.line() } else { place.lines_above().next()? };
        let (_, text, span) = line.content();
        return blank::key_without_blank(text, span).or_else(|| blank::item_without_blank(text, span));
    }
    let continues =
        info.contains("mapping values are not allowed") || info.contains("did not find expected key");
    if !continues || place.before().contains(": ") {
        return None;
    }
    // The parser takes keys without a blank for one value of many lines, and the first key with a blank
    // ends it.
    let (column, ..) = place.line().content();
    let mut first = None;
    for line in place.lines_above() {
        let (its, ..) = line.content();
        match line.key_without_blank().filter(|_| its == column) {
            Some(mistake) => first = Some(mistake),
            // A value that started before it goes on in the line.
            None if !line.text.ends_with(':') && its < column => return None,
            None => break,
        }
        if line.text.trim_start().starts_with("- ") {
            break;
        }
    }
    first
}

fn bracket(place: &Place<'_>, source: &Source, open: Span) -> Diagnostic {
    let bracket = source.slice(open);
    let (bracket, close) = if bracket.starts_with('[') { ("[", "]") } else { ("{", "}") };
    if place.before().ends_with('$') && place.after().starts_with('{') {
        let name = place.after().get(..=place.after().find('}').unwrap_or(0)).unwrap_or_default();
        let span = Span::new(place.at - 1, place.at + name.len());
        let message = format!("`${name}` inside `{bracket}{close}` needs quotes");
        // The whole word that it is a part of.
        let start = place.before().rfind(['[', '{', ',']).map_or(0, |at| at + 1);
        let end = name.len() + place.after()[name.len()..].find([',', ']', '}', '\n']).unwrap_or(0);
        let word = [&place.before()[start..], &place.after()[..end]].concat();
        let word = word.split_once(": ").map_or(&*word, |(_, value)| value).trim();
        let quote = if word.contains('"') { '\'' } else { '"' };
        return invalid(span, message, format!("write `{quote}{word}{quote}`"));
    }
    let same_line = open.start as usize >= place.line_start;
    let is_closed = || closes(source.text().get(open.start as usize..).unwrap_or_default());
    if (same_line || is_closed()) && !place.after().trim().is_empty() {
        let message = format!("`,` or `{close}` is missing before this");
        return invalid(place.here(), message, "separate values with `,`, or quote this one")
            .label(open, format!("`{bracket}` is opened here"));
    }
    invalid(open, format!("`{bracket}` is not closed"), format!("add `{close}`"))
}

/// Whether the bracket that a text starts with is closed in it.
fn closes(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (Some(_) | None, _) => {}
        }
        if depth == 0 {
            return true;
        }
    }
    false
}

fn quotes(place: &Place<'_>, info: &str) -> Option<Diagnostic> {
    let quote = place.after().chars().next().filter(|c| matches!(c, '"' | '\''));
    if info.contains("escape") {
        let escape = unknown_escape(place.after());
        let help = "write `\\\\` for a backslash, or put the text in single quotes";
        return Some(invalid(place.here(), format!("`{escape}` is no escape that YAML knows"), help));
    }
    if info.contains("trailing content") {
        let help = match place.after().chars().next() {
            Some(';') => "remove the `;`",
            _ => "put the whole value in quotes",
        };
        return Some(invalid(place.here(), "text follows the closing quote", help));
    }
    let quote = quote.filter(|_| info.contains("quoted scalar"))?;
    let help = format!("close it with `{quote}` in the same line");
    Some(invalid(place.here(), "the quoted text does not end", help))
}

/// The first one that YAML does not know, with its backslash.
fn unknown_escape(mut text: &str) -> &str {
    const KNOWN: &str = "0abtnvfre \t\n\r\"/\\N_LPxuU";
    while let Some((_, rest)) = text.split_once('\\') {
        let Some(first) = rest.chars().next() else { break };
        if !KNOWN.contains(first) {
            let start = text.len() - rest.len() - 1;
            return &text[start..=start + first.len_utf8()];
        }
        text = &rest[first.len_utf8()..];
    }
    "\\"
}

fn first_character(place: &Place<'_>, info: &str) -> Option<Diagnostic> {
    let word = place.word();
    let span = Span::new(place.at, place.at + word.len());
    let quoted = format!("write `\"{word}\"`");
    if info.contains("unexpected character") {
        let line = place.after().lines().next().unwrap_or_default().trim_end();
        let value = if line.contains([',', ']', '}', '#']) { word } else { line };
        let quoted = format!("write `\"{value}\"`");
        let message = match word.chars().next() {
            Some('`') | None => "a value that starts with a backtick needs quotes".to_owned(),
            Some(first) => format!("a value that starts with `{first}` needs quotes"),
        };
        return Some(invalid(span, message, quoted));
    }
    if info.contains("unknown anchor") {
        let name = word.trim_start_matches('*');
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        return Some(if is_name {
            invalid(
                span,
                format!("there is no anchor `&{name}` before this"),
                format!("{quoted}, or add the anchor"),
            )
        } else {
            invalid(span, "a value that starts with `*` needs quotes", quoted)
        });
    }
    let anchor = info.contains("anchor or alias");
    anchor
        .then(|| invalid(place.here(), "a value that starts with `&` or `*` needs quotes", "quote the value"))
}

/// Lines that do not fit to the lines around them.
fn block(place: &Place<'_>, info: &str) -> Option<Diagnostic> {
    let before = place.before().trim_start();
    if info.contains("mapping values are not allowed") {
        if before.contains(": ") {
            let help = "quote the value if the `:` is a part of it";
            return Some(invalid(place.here(), "a line has a second `:`", help));
        }
        let (above, span) = place.line_above();
        let help = if above.contains(':') {
            "indent it like the line above, or remove the value above"
        } else {
            "end the key above with `:`"
        };
        return Some(
            invalid(place.here(), "this line continues the value above it", help)
                .label(span, "the value is here"),
        );
    }
    if info.contains("simple key expect") {
        // At the end of a file it is the line itself; a line that has one is taken for more of the one above.
        let same = !place.before().trim().is_empty() && !place.line().text.contains(':');
        let (above, span) =
            if same { (place.line().text.trim(), place.line().span()) } else { place.line_above() };
        let word: String =
            above.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).collect();
        return Some(invalid(span, format!("`{word}` has no `:`"), format!("write `{word}:` and a value")));
    }
    if info.contains("block sequence entries") {
        let help = "write `[...]`, or start the list in the next line";
        return Some(invalid(place.here(), "a list starts beside its key", help));
    }
    if info.contains("did not find expected key") {
        let indent = place.indent().len();
        let first = if before.is_empty() { place.after() } else { before };
        return Some(if first.starts_with('-') {
            let dash = place.line_start + indent;
            let help = "indent it like the list that it belongs to, or put it below a key of its own";
            invalid(Span::new(dash, dash + 1), "a list item stands where a key does", help)
        } else {
            let help = "indent it like the keys that it belongs to";
            invalid(place.here(), "this line is indented unlike the ones around it", help)
        });
    }
    let indentation =
        info.contains("indentation") || info.contains("indented") || info.contains("'-' indicator");
    let help = "indent it like the lines that it belongs to";
    indentation.then(|| invalid(place.here(), "this line is indented unlike the ones around it", help))
}

fn odd(place: &Place<'_>, info: &str) -> Option<Diagnostic> {
    let (message, help) = if info.contains("comments must") {
        ("`#` has no blank before it", "write a blank before `#`, or quote the value")
    } else if info.contains("misplaced bracket") {
        ("this bracket closes nothing", "remove it, or quote the value")
    } else if info.contains("byte order mark") {
        ("there is a byte order mark here", "remove it")
    } else if info.contains("<document start>") || info.contains("directive") {
        ("a line that starts with `%` is a YAML directive", "remove the line")
    } else {
        return None;
    };
    Some(invalid(place.here(), message, help))
}
