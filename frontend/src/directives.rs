//! The comment lines that a manifest starts with: `# syntax=IMAGE` and `# check=skip=RULE,RULE;error=true`.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::nearest::{list, nearest};
use crate::rules::{Rule, Severity};
use crate::source::Source;
use crate::span::{Span, Spanned};

/// What the first lines say. Directives end with the first line that is not one, as in a Dockerfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// The frontend image.
    pub syntax: Option<Spanned<String>>,
    pub checks: Checks,
}

/// Which warnings are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checks {
    pub skip: Skip,
    /// Warnings fail the build.
    pub error: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    All,
    Rules(BTreeSet<Rule>),
}

impl Default for Skip {
    fn default() -> Self {
        Self::Rules(BTreeSet::new())
    }
}

const DIRECTIVES: &[&str] = &["syntax", "check"];

impl Directives {
    pub fn read(source: &Source, diagnostics: &mut Diagnostics) -> Self {
        let mut directives = Self::default();
        let mut seen: Vec<(String, Span)> = Vec::new();
        for (name, value) in lines(source).filter_map(|(line, start)| directive(line, start)) {
            let key = name.value.to_ascii_lowercase();
            if let Some((_, first)) = seen.iter().find(|(other, _)| *other == key) {
                let diagnostic =
                    Diagnostic::new(Rule::InvalidDirective, name.span, format!("`{key}` is written twice"))
                        .label(*first, "it is first written here")
                        .help("remove one of the two");
                diagnostics.push(diagnostic);
                continue;
            }
            seen.push((key.clone(), name.span));
            match key.as_str() {
                "syntax" => directives.syntax = Some(value),
                "check" => directives.checks = Checks::parse(&value.value, value.span, diagnostics),
                _ => unknown(&name, diagnostics),
            }
        }
        directives
    }
}

/// The lines that directives are in, as a plan begins with them.
pub fn header(source: &Source) -> String {
    lines(source).map(|(line, _)| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// The first lines, up to the one that is no directive, and the bytes at which they start. For those who run the manifest as
/// a program a line `#!` may come before, as in a Dockerfile.
fn lines(source: &Source) -> impl Iterator<Item = (&str, usize)> {
    let mut end = 0;
    let lines = source.text().split_inclusive('\n').map(move |line| {
        end += line.len();
        (line, end - line.len())
    });
    lines
        .take_while(|&(line, start)| directive(line, start).is_some() || start == 0 && line.starts_with("#!"))
}

impl Checks {
    /// `skip=RULE,RULE;error=true`, as the directive and the build argument `BUILDKIT_DOCKERFILE_CHECK` have
    /// it.
    pub fn parse(written: &str, span: Span, diagnostics: &mut Diagnostics) -> Self {
        let mut checks = Self::default();
        for option in written.split(';').map(str::trim).filter(|option| !option.is_empty()) {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            match (key.trim().to_ascii_lowercase().as_str(), value.trim()) {
                ("skip", rules) => checks.skip = skip(rules, span, diagnostics),
                ("error", "true") => checks.error = true,
                ("error", "false") => checks.error = false,
                _ => {
                    let message = format!("`{option}` is no option of `check`");
                    let help = "write `skip=RULE,RULE` or `error=true`, with `;` between them";
                    diagnostics.push(Diagnostic::new(Rule::InvalidDirective, span, message).help(help));
                }
            }
        }
        checks
    }

    /// Whether a warning is wanted.
    pub fn wants(&self, rule: Rule) -> bool {
        match &self.skip {
            Skip::All => rule.severity() == Severity::Error,
            Skip::Rules(rules) => rule.severity() == Severity::Error || !rules.contains(&rule),
        }
    }
}

fn skip(written: &str, span: Span, diagnostics: &mut Diagnostics) -> Skip {
    let names: Vec<_> = written.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let is_all = |name: &str| name.eq_ignore_ascii_case("all");
    if matches!(names.as_slice(), [name] if is_all(name)) {
        return Skip::All;
    }
    let mut rules = BTreeSet::new();
    for name in names {
        if is_all(name) {
            let message = format!("`{name}` skips every rule, and stands alone");
            let help = "write `skip=all`, or the names alone";
            diagnostics.push(Diagnostic::new(Rule::UnknownRule, span, message).help(help));
            continue;
        }
        let warnings =
            || Rule::ALL.iter().filter(|rule| rule.severity() == Severity::Warning).map(|rule| rule.name());
        match Rule::from_name(name) {
            Some(rule) if rule.severity() == Severity::Warning => {
                rules.insert(rule);
            }
            Some(_) => {
                let message = format!("`{name}` is an error, which cannot be skipped");
                diagnostics
                    .push(Diagnostic::new(Rule::UnknownRule, span, message).help("remove it from `skip`"));
            }
            None => {
                let help = match nearest(name, warnings()) {
                    Some(near) => format!("write `{near}`"),
                    None => format!("write one of {}", list(warnings())),
                };
                let message = format!("there is no rule `{name}`");
                diagnostics.push(Diagnostic::new(Rule::UnknownRule, span, message).help(help));
            }
        }
    }
    Skip::Rules(rules)
}

/// `# name=value` of a line that starts at this byte.
fn directive(line: &str, start: usize) -> Option<(Spanned<String>, Spanned<String>)> {
    let (name, value) = line.strip_prefix('#')?.split_once('=')?;
    let (name_at, value_at) = (start + 1, start + 1 + name.len() + 1);
    let is_name = name.trim().starts_with(|c: char| c.is_ascii_alphabetic())
        && name.trim().chars().all(|c| c.is_ascii_alphanumeric());
    (is_name && !value.trim().is_empty()).then(|| (trimmed(name, name_at), trimmed(value, value_at)))
}

fn trimmed(text: &str, at: usize) -> Spanned<String> {
    let start = at + text.len() - text.trim_start().len();
    let text = text.trim();
    Spanned::new(text.to_owned(), Span::new(start, start + text.len()))
}

/// What is near to no directive is a comment.
fn unknown(name: &Spanned<String>, diagnostics: &mut Diagnostics) {
    if let Some(near) = nearest(&name.value, DIRECTIVES.iter().copied()) {
        let message = format!("unknown directive `{}`", name.value);
        let help = format!("write `{near}`");
        diagnostics.push(Diagnostic::new(Rule::InvalidDirective, name.span, message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, syntax: Option<&str>, checks: &Checks, mistakes: &[&str]) {
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
        let directives = Directives::read(&source, &mut diagnostics);
        assert_eq!(directives.syntax.as_ref().map(|syntax| syntax.value.as_str()), syntax, "{text}");
        if let Some(written) = &directives.syntax {
            assert_eq!(source.slice(written.span), written.value);
        }
        assert_eq!(&directives.checks, checks, "{text}");
        let messages: Vec<_> =
            diagnostics.sorted().iter().map(|diagnostic| diagnostic.message.clone()).collect();
        assert_eq!(messages, mistakes, "{text}");
    }

    fn skipping(rules: &[Rule], error: bool) -> Checks {
        Checks { skip: Skip::Rules(rules.iter().copied().collect()), error }
    }

    #[test]
    fn the_first_lines_are_directives() {
        let syntax = Some("slipway/frontend:1");
        check("# syntax=slipway/frontend:1", syntax, &Checks::default(), &[]);
        check("\u{feff}#SYNTAX = slipway/frontend:1 \r\nstack: go\n", syntax, &Checks::default(), &[]);
        let both = "# syntax=slipway/frontend:1\n# check=skip=NetworkInBuild, networkinbuild;error=true\n";
        check(both, syntax, &skipping(&[Rule::NetworkInBuild], true), &[]);
        check("# check=skip=all\n", None, &Checks { skip: Skip::All, error: false }, &[]);
        check("#!/usr/bin/env a\n# syntax=slipway/frontend:1\n", syntax, &Checks::default(), &[]);
        check("\n# syntax=late\n", None, &Checks::default(), &[]);
        check("# é = x\n# syntax=late\n", None, &Checks::default(), &[]);
    }

    #[test]
    fn a_plan_begins_with_the_directives() {
        for (text, expected) in [
            ("# syntax=a\r\n# check=error=true\nstages: {}\n", "# syntax=a\n# check=error=true"),
            ("#!/usr/bin/env a\n# syntax=a\n# why\n", "#!/usr/bin/env a\n# syntax=a"),
            ("stages:\n  a: {}\n", ""),
            ("", ""),
        ] {
            let source = Source::new("slipway.yaml", text.as_bytes(), &mut Diagnostics::default());
            assert_eq!(header(&source), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_in_directives_are_named() {
        check("# syntx=a\n", None, &Checks::default(), &["unknown directive `syntx`"]);
        check("# version=1\n# syntax=a\n", Some("a"), &Checks::default(), &[]);
        check("# check=a\n", None, &Checks::default(), &["`a` is no option of `check`"]);
        check("# check=skip=Nope\n", None, &Checks::default(), &["there is no rule `Nope`"]);
        let error = ["`UnknownKey` is an error, which cannot be skipped"];
        check("# check=skip=UnknownKey\n", None, &Checks::default(), &error);
        let all = ["`all` skips every rule, and stands alone"];
        check("# check=skip=all,NetworkInBuild\n", None, &skipping(&[Rule::NetworkInBuild], false), &all);
        check("# syntax=a\n# syntax=b\n", Some("a"), &Checks::default(), &["`syntax` is written twice"]);
    }
}
