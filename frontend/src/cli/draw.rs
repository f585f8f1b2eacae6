//! Mistakes with their lines, as compilers draw them.

use std::io::{self, IsTerminal as _};
use std::ops::Range;
use std::path::Path;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::Project;
use crate::rules::Severity;
use crate::source::Source;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    Yes,
    No,
}

impl Colours {
    /// On a terminal, unless `NO_COLOR` says no.
    pub(super) fn of_terminal() -> Self {
        #[expect(clippy::disallowed_methods, reason = "colours are no part of any answer")]
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if io::stderr().is_terminal() && !refused { Self::Yes } else { Self::No }
    }
}

/// The files that there are lines of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Files<'a> {
    pub(super) manifest: &'a Source,
    pub(super) project: &'a Project,
    /// The project's folder.
    pub(super) context: &'a Path,
}

/// All of them in the order of the manifest, and how many there are; nothing where nothing was found.
pub(super) fn all(diagnostics: &Diagnostics, files: Files<'_>, colours: Colours) -> String {
    let renderer = match colours {
        Colours::Yes => Renderer::styled(),
        Colours::No => Renderer::plain(),
    };
    let mut text = String::new();
    for diagnostic in diagnostics.sorted() {
        text += &renderer.render(&[group(diagnostic, files)]);
        text += "\n\n";
    }
    let counts: Vec<_> = [("error", diagnostics.errors().len()), ("warning", diagnostics.warnings().len())]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
        .collect();
    if !counts.is_empty() {
        let more = if diagnostics.is_full() { " or more" } else { "" };
        text.extend([files.manifest.name(), ": ", &counts.join(", "), more, "\n"]);
    }
    text
}

fn group<'a>(diagnostic: &'a Diagnostic, files: Files<'a>) -> Group<'a> {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let group = Group::with_title(level.primary_title(&*diagnostic.message).id(diagnostic.rule.name()));
    let group = snippets(diagnostic, files).into_iter().fold(group, Group::element);
    diagnostic.help.iter().fold(group, |group, help| group.element(Level::HELP.message(&**help)))
}

/// One for each file that has something to do with it, that of the mistake first.
fn snippets<'a>(diagnostic: &'a Diagnostic, files: Files<'a>) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut snippets: Vec<(String, Snippet<'a, Annotation<'a>>)> = Vec::new();
    for (index, label) in diagnostic.labels.iter().enumerate() {
        let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let (path, text, span) = match &label.place {
            Place::Manifest(span) => {
                let range = span.start as usize..span.end as usize;
                (files.manifest.name().to_owned(), files.manifest.text(), range)
            }
            Place::File { path, line } => {
                let text = files.project.known_file(path).unwrap_or_default();
                let folder = files.context.strip_prefix(".").unwrap_or(files.context);
                (folder.join(path).display().to_string(), text, line_of(text, *line))
            }
        };
        let annotation = kind.span(span).label(label.text.as_deref());
        match snippets.iter_mut().find(|(known, _)| *known == path) {
            Some((_, snippet)) => *snippet = snippet.clone().annotation(annotation),
            None => {
                let snippet = Snippet::source(text).path(path.clone()).annotation(annotation);
                snippets.push((path, snippet));
            }
        }
    }
    snippets.into_iter().map(|(_, snippet)| snippet).collect()
}

/// The bytes of a line that is counted from 1, without its break; nothing where there is no such line.
fn line_of(text: &str, line: u32) -> Range<usize> {
    let before = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(before).map(str::len).sum();
    let length = text.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
    start..start + length
}
