//! `--call=dockerfile`: a Dockerfile that builds the same files and the same image config.
//!
//! What a Dockerfile cannot say is written down in it as a comment. It is slower: outputs are copied where
//! Slipway hands layers on, and all that a step mounts is hashed.

mod copy;
mod image;
mod mounts;
mod run;
mod sources;
mod stage;
mod words;

use std::collections::BTreeSet;

use buildkit_gateway::Response;
use serde_json::json;

use self::sources::Sources;
use self::words::Words;
use super::{Question, graph};
use crate::diagnostic::Diagnostics;
use crate::expand::default_target;
use crate::lower::{Arguments, reachable};
use crate::plan::{Base, Plan, Stage};
use crate::survey::Surveyed;

pub(super) fn answer(question: &Question<'_>, app: &Surveyed<'_>) -> Response {
    let plan = &app.expanded.plan;
    let values = graph::arguments(question.setting, app, &app.target, &mut Diagnostics::default());
    let mut ejector = Ejector {
        question,
        plan,
        values,
        sources: Sources::new(plan),
        done: Vec::new(),
        notes: BTreeSet::new(),
    };
    for stage in order(plan) {
        let text = ejector.stage(stage);
        ejector.done.push(text);
    }
    let text = ejector.finish();
    super::reply(&json!({ "dockerfile": text }), text)
}

/// Needed stages first, and last the one that is built without `--target`.
fn order(plan: &Plan) -> Vec<&Stage> {
    let last = default_target(plan);
    let others = plan.stages.iter().map(|stage| &stage.name.value).filter(|name| Some(*name) != last);
    let mut order: Vec<&Stage> = Vec::new();
    for stage in others.chain(last).flat_map(|target| reachable(plan, target)) {
        if !order.iter().any(|known| known.name == stage.name) {
            order.push(stage);
        }
    }
    order
}

/// Writes stage after stage.
struct Ejector<'a> {
    question: &'a Question<'a>,
    plan: &'a Plan,
    values: Arguments,
    sources: Sources<'a>,
    done: Vec<String>,
    /// What is different from what Slipway builds.
    notes: BTreeSet<String>,
}

impl<'a> Ejector<'a> {
    fn note(&mut self, note: impl Into<String>) {
        self.notes.insert(note.into());
    }

    /// The stage that another one stands on.
    fn below(&self, stage: &Stage) -> Option<&'a Stage> {
        match &stage.from.value {
            Base::Stage(name) => self.plan.stage(name),
            Base::Scratch | Base::Context | Base::Slipway | Base::Image(_) => None,
        }
    }

    /// The lowest stage below one, which says what there is to run.
    fn bottom(&self, stage: &'a Stage) -> &'a Stage {
        let mut bottom = stage;
        while let Some(below) = self.below(bottom) {
            bottom = below;
        }
        bottom
    }

    /// Whether the image config of some stage would take over what this one sets for its steps.
    fn is_inherited(&self, stage: &Stage) -> bool {
        self.plan.stages.iter().filter(|image| image.image.is_some()).any(|image| {
            let chain = std::iter::successors(Some(image), |stage| self.below(stage));
            chain.into_iter().any(|below| below.name == stage.name)
        })
    }

    fn finish(self) -> String {
        let name = self.question.source.name();
        let mut head = vec![
            "# syntax=docker/dockerfile:1".to_owned(),
            format!("# What `{name}` builds, as a Dockerfile. It is yours from here on: nothing updates it."),
        ];
        head.extend(self.notes.iter().map(|note| format!("# Different: {note}")));
        let mut words = Words::new(&[]);
        let args: Vec<String> = self
            .plan
            .args
            .iter()
            .map(|arg| match &arg.default {
                Some(default) => format!("ARG {}={}", arg.name.value, words.quoted(default)),
                None => format!("# Required: --build-arg {0}=...\nARG {0}", arg.name.value),
            })
            .collect();
        let mut parts = vec![head.join("\n")];
        if !args.is_empty() {
            parts.push(args.join("\n"));
        }
        parts.extend(self.sources.stages);
        parts.extend(self.done);
        parts.join("\n\n") + "\n"
    }
}
