//! Mistakes and advice, and the sink that collects all of one run.

use std::collections::BTreeSet;

use crate::directives::Checks;
use crate::gather::Gather as _;
use crate::rules::{Rule, Severity};
use crate::source::Source;
use crate::span::Span;

/// One mistake or piece of advice. The message is lower case, names stand in backticks; whoever draws it
/// adds the file name and the lines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    pub rule: Rule,
    pub message: String,
    /// The first is the place of the mistake, the others explain it. None when it has no place.
    pub labels: Vec<Label>,
    /// What to do, as one imperative line.
    pub help: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    pub place: Place,
    /// What is there; none for the place of the mistake, which the message is about.
    pub text: Option<String>,
}

/// Where something is: in the manifest, or in a file of the project that facts came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Manifest(Span),
    File { path: String, line: u32 },
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self::Manifest(span)
    }
}

impl Diagnostic {
    pub fn new(rule: Rule, place: impl Into<Place>, message: impl Into<String>) -> Self {
        let place = Label { place: place.into(), text: None };
        Self { rule, message: message.into(), labels: vec![place], help: None }
    }

    /// A mistake of the whole, such as a project in which nothing was detected.
    pub fn without_place(rule: Rule, message: impl Into<String>) -> Self {
        Self { rule, message: message.into(), labels: Vec::new(), help: None }
    }

    #[must_use]
    pub fn label(mut self, place: impl Into<Place>, text: impl Into<String>) -> Self {
        self.labels.push(Label { place: place.into(), text: Some(text.into()) });
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }

    /// The place of the mistake in the manifest.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().and_then(Label::span)
    }

    /// One paragraph: `slipway.yaml:7:3 UnknownKey: unknown key ...`, then a line for each other label and
    /// for the help.
    pub fn render(&self, source: &Source) -> String {
        let place = self.labels.first().map(|label| format!("{} ", label.place.render(source)));
        let first = format!("{}{}: {}", place.unwrap_or_default(), self.rule, self.message);
        let further = self.further(source).into_iter().map(|line| format!("  {line}"));
        std::iter::once(first).chain(further).collect::<Vec<_>>().join("\n")
    }

    /// What there is to say after the message: a line for each other label and for the help.
    pub fn further(&self, source: &Source) -> Vec<String> {
        let labels = self.labels.iter().skip(1).map(|label| {
            let what = label.text.as_deref().unwrap_or_default();
            format!("{} {what}", label.place.render(source))
        });
        labels.chain(self.help.iter().map(|help| format!("help: {help}"))).collect()
    }
}

impl Label {
    pub fn span(&self) -> Option<Span> {
        match &self.place {
            Place::Manifest(span) => Some(*span),
            Place::File { .. } => None,
        }
    }
}

impl Place {
    fn render(&self, source: &Source) -> String {
        match self {
            // What nobody wrote is the manifest's, but no line of it.
            Self::Manifest(span) if span.start == 0 && source.text().starts_with('#') => {
                source.name().to_owned()
            }
            Self::Manifest(span) => {
                let position = source.position(span.start);
                format!("{}:{}:{}", source.name(), position.line, position.column)
            }
            Self::File { path, line } => format!("{path}:{line}"),
        }
    }
}

/// More than anybody reads at once.
const MAX_DIAGNOSTICS: usize = 200;

/// All diagnostics of one run. The same one twice is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    all: BTreeSet<Diagnostic>,
    /// `# check=error=true`
    strict: bool,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.is_full() {
            self.all.insert(diagnostic);
        }
    }

    pub fn extend(&mut self, other: Self) {
        for diagnostic in other.all {
            self.push(diagnostic);
        }
    }

    /// Drops the warnings that are not wanted, and notes whether the others fail the build.
    pub fn apply(&mut self, checks: &Checks) {
        self.all.retain(|diagnostic| checks.wants(diagnostic.rule));
        self.strict = checks.error;
    }

    /// What keeps the build from going on: errors, and warnings where they are to be taken for errors.
    pub fn blocking(&self) -> Vec<&Diagnostic> {
        if self.strict { self.sorted() } else { self.errors() }
    }

    /// Whether no more are taken.
    pub fn is_full(&self) -> bool {
        self.all.len() >= MAX_DIAGNOSTICS
    }

    pub fn retain(&mut self, wanted: impl FnMut(&Diagnostic) -> bool) {
        self.all.retain(wanted);
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub fn has_errors(&self) -> bool {
        self.all.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
    }

    /// In the order of the manifest; those without a place in it come last.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        fn place(diagnostic: &Diagnostic) -> (bool, Option<&Place>) {
            let place = diagnostic.labels.first().map(|label| &label.place);
            (place.is_none(), place)
        }
        self.all.iter().in_order(|one, other| place(one) <= place(other))
    }

    pub fn errors(&self) -> Vec<&Diagnostic> {
        self.of(Severity::Error)
    }

    pub fn warnings(&self) -> Vec<&Diagnostic> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> Vec<&Diagnostic> {
        self.sorted().into_iter().filter(|diagnostic| diagnostic.severity() == severity).collect()
    }

    /// All errors as the text of one error: the first line says what is wrong.
    pub fn error_message(&self, source: &Source) -> String {
        render_all(&self.errors(), source)
    }
}

/// Several diagnostics as one text whose first line says what is wrong.
pub fn render_all(diagnostics: &[&Diagnostic], source: &Source) -> String {
    let lines: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.render(source)).collect();
    match diagnostics {
        [] | [_] => lines.concat(),
        [first, ..] => {
            let count = match diagnostics.len() {
                MAX_DIAGNOSTICS.. => format!("{MAX_DIAGNOSTICS} or more"),
                fewer => fewer.to_string(),
            };
            format!("{count} mistakes, the first: {}\n{}", first.message, lines.join("\n"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "é: 1\nrunn: x\n";

    fn check(diagnostics: impl IntoIterator<Item = Diagnostic>, expected: &str) {
        let mut all = Diagnostics::default();
        let source = Source::new("app.yaml", SOURCE.as_bytes(), &mut all);
        diagnostics.into_iter().for_each(|diagnostic| all.push(diagnostic));
        assert_eq!(all.error_message(&source), expected);
    }

    fn unknown() -> Diagnostic {
        Diagnostic::new(Rule::UnknownKey, Span::new(6, 10), "unknown key `runn`").help("write `run`")
    }

    #[test]
    fn one_mistake_is_its_place_its_rule_and_what_to_do() {
        check([unknown()], "app.yaml:2:1 UnknownKey: unknown key `runn`\n  help: write `run`");
        let labelled = unknown().label(Span::new(0, 2), "as here");
        check(
            [labelled],
            "app.yaml:2:1 UnknownKey: unknown key `runn`\n  app.yaml:1:1 as here\n  help: write `run`",
        );
    }

    #[test]
    fn several_mistakes_are_in_the_order_of_the_manifest_and_each_is_there_once() {
        let place = Place::File { path: "go.mod".to_owned(), line: 3 };
        let file = Diagnostic::new(Rule::MissingLock, place, "no `go.sum`");
        let whole = Diagnostic::without_place(Rule::NoStack, "nothing is known");
        let first = Diagnostic::new(Rule::UnquotedValue, Span::new(4, 5), "a number");
        check(
            [whole, file, unknown(), first, unknown()],
            "4 mistakes, the first: a number
app.yaml:1:4 UnquotedValue: a number
app.yaml:2:1 UnknownKey: unknown key `runn`
  help: write `run`
go.mod:3 MissingLock: no `go.sum`
NoStack: nothing is known",
        );
    }

    #[test]
    fn warnings_are_no_mistakes_and_can_be_skipped() {
        let warning = Diagnostic::new(Rule::NetworkInBuild, Span::new(0, 1), "network");
        check([warning.clone()], "");
        let mut all = Diagnostics::default();
        all.push(warning);
        assert_eq!((all.has_errors(), all.warnings().len()), (false, 1));
        let checks = Checks::parse("skip=NetworkInBuild", Span::default(), &mut Diagnostics::default());
        all.apply(&checks);
        assert!(all.is_empty());
    }
}
