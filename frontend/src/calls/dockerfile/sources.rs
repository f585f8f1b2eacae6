//! Stages that a Dockerfile needs besides those of the plan: names for images, and parts of the context.

use std::collections::BTreeSet;

use super::words::{Words, flag};
use crate::gather::Gather as _;
use crate::lower::filter::{Filter, Wanted, is_literal};
use crate::lower::not_source::NEVER_UNLESS_NAMED;
use crate::plan::{Plan, Text};
use crate::span::Spanned;

/// How many patterns stand on a line.
const PATTERNS: usize = 4;

/// Helper stages, each made once.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    plan: &'a Plan,
    /// Their text, by their names.
    made: Vec<(String, String)>,
    names: BTreeSet<String>,
    pub(super) stages: Vec<String>,
}

impl<'a> Sources<'a> {
    pub(super) fn new(plan: &'a Plan) -> Self {
        let names = plan.stages.iter().map(|stage| stage.name.value.to_string()).gather();
        Self { plan, made: Vec::new(), names, stages: Vec::new() }
    }

    /// The name of a stage with this text after its `FROM ... AS NAME`. `about` stands above it.
    pub(super) fn stage(&mut self, wanted: &str, about: &str, from: &str, body: &str) -> String {
        let text = format!("{from}\n{body}");
        if let Some((name, _)) = self.made.iter().find(|(_, made)| *made == text) {
            return name.clone();
        }
        let mut name = wanted.to_owned();
        let mut number = 1;
        while !self.names.insert(name.clone()) {
            number += 1;
            name = format!("{wanted}-{number}");
        }
        let lines = [format!("# {about}"), format!("FROM {from} AS {name}"), body.to_owned()];
        let lines: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        self.stages.push(lines.join("\n"));
        self.made.push((name.clone(), text));
        name
    }

    /// A name for an image: where a Dockerfile names images, it expands no arguments.
    pub(super) fn image(&mut self, image: &Text, platform: Option<&Text>) -> String {
        let mut words = Words::new(&self.plan.args);
        let reference = words.word(image);
        if platform.is_none() && image.as_literal().is_some() {
            return reference;
        }
        let flag = platform.map(|platform| format!("--platform={} ", words.word(platform)));
        let name = image.to_string();
        let name = name.rsplit('/').next().unwrap_or_default();
        let name: String =
            name.chars().take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-').collect();
        let name = if name.is_empty() { "image" } else { &name };
        let from = format!("{}{reference}", flag.unwrap_or_default());
        self.stage(name, "An image that files are taken from.", &from, "")
    }

    /// A stage with what `from: context` means: no documentation, no keys.
    pub(super) fn context(&mut self, wanted: &Part<'_>, manifest: Option<&str>) -> String {
        let mut words = Words::new(&self.plan.args);
        let folder = wanted.folder.map(|folder| words.word(folder)).unwrap_or_default();
        let mut patterns = |texts: &[Spanned<Text>]| -> Vec<String> {
            texts.iter().map(|text| words.word(&text.value)).collect()
        };
        let (include, exclude) = (patterns(wanted.include), patterns(wanted.exclude));
        let filter = Filter::new(Wanted {
            folder: &folder,
            include: &include,
            exclude: &exclude,
            manifest,
            ..Wanted::default()
        });
        let flags = excluded(&filter.exclude);
        let copy = match filter.include.as_slice() {
            [] => format!("COPY {flags}. /"),
            included => {
                let paths: Vec<String> = included.iter().map(|path| format!("./{path}")).collect();
                format!("COPY --parents {flags}{} /", paths.join(" "))
            }
        };
        let about = if include.is_empty() {
            "The context without documentation, VCS, editor, CI and container files, and without keys."
        } else {
            "A part of the context, without keys."
        };
        self.stage("source", about, "scratch", &(words.declarations() + &copy))
    }

    /// A stage with an empty folder and nothing else. Only `WORKDIR` makes one, which would stay in the config of
    /// the stage that needs it.
    pub(super) fn folder(&mut self, path: &Text) -> String {
        let mut words = Words::new(&self.plan.args);
        let line = format!("WORKDIR {}", words.word(path));
        self.stage("folder", "An empty folder.", "scratch", &(words.declarations() + &line))
    }
}

/// What is wanted of the context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) folder: Option<&'a Text>,
    pub(super) include: &'a [Spanned<Text>],
    pub(super) exclude: &'a [Spanned<Text>],
}

/// What a `COPY` of these leaves out of the context.
pub(super) fn never(include: &[String]) -> String {
    let named = include.iter().filter(|pattern| is_literal(pattern)).map(|pattern| format!("!{pattern}"));
    excluded(&NEVER_UNLESS_NAMED.iter().map(|&pattern| pattern.to_owned()).chain(named).collect::<Vec<_>>())
}

/// `--exclude=` flags, some on each line.
pub(super) fn excluded(patterns: &[String]) -> String {
    let flags: Vec<String> = patterns.iter().map(|pattern| flag("exclude", pattern)).collect();
    let lines: Vec<String> = flags.chunks(PATTERNS).map(|flags| flags.join(" ")).collect();
    let text = lines.join(" \\\n     ");
    match lines.len() {
        0 => text,
        1 => text + " ",
        _ => text + " \\\n     ",
    }
}
