//! Stages that wait for each other in a circle.

use std::collections::BTreeMap;

use super::{Reference, references};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::gather::Gather as _;
use crate::plan::{Plan, StageName};
use crate::rules::Rule;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Done,
}

/// Reports one circle for each reference that closes one.
pub(super) fn check(plan: &Plan, diagnostics: &mut Diagnostics) {
    let edges: BTreeMap<&StageName, Vec<Reference<'_>>> =
        plan.stages.iter().map(|stage| (&stage.name.value, references(stage))).gather();
    let mut states: BTreeMap<&StageName, State> = BTreeMap::new();
    for stage in &plan.stages {
        walk(&stage.name.value, &edges, &mut states, diagnostics);
    }
}

/// Depth first, with a stack of its own: a chain of stages may be long.
fn walk<'a>(
    start: &'a StageName,
    edges: &'a BTreeMap<&'a StageName, Vec<Reference<'a>>>,
    states: &mut BTreeMap<&'a StageName, State>,
    diagnostics: &mut Diagnostics,
) {
    if states.contains_key(start) {
        return;
    }
    states.insert(start, State::Open);
    let mut path: Vec<(&StageName, usize)> = vec![(start, 0)];
    while let Some((stage, next)) = path.last_mut() {
        let Some(reference) = edges.get(stage).and_then(|references| references.get(*next)) else {
            states.insert(stage, State::Done);
            path.pop();
            continue;
        };
        *next += 1;
        match states.get(reference.stage) {
            None if edges.contains_key(reference.stage) => {
                states.insert(reference.stage, State::Open);
                path.push((reference.stage, 0));
            }
            Some(State::Open) => diagnostics.push(circle(reference, &path, edges)),
            None | Some(State::Done) => {}
        }
    }
}

fn circle(
    last: &Reference<'_>,
    path: &[(&StageName, usize)],
    edges: &BTreeMap<&StageName, Vec<Reference<'_>>>,
) -> Diagnostic {
    let first = path.iter().position(|(stage, _)| *stage == last.stage).unwrap_or_default();
    let members = path.get(first..).unwrap_or_default();
    let mut names: Vec<_> = members.iter().map(|(stage, _)| format!("`{stage}`")).collect();
    names.push(format!("`{}`", last.stage));
    let message = if members.len() == 1 {
        format!("the stage `{}` waits for itself", last.stage)
    } else {
        format!("stages wait for each other: {}", names.join(" -> "))
    };
    let mut diagnostic = Diagnostic::new(Rule::CyclicStages, last.span, message);
    for (stage, next) in members.iter().take(members.len().saturating_sub(1)) {
        if let Some(reference) = edges.get(stage).and_then(|references| references.get(next - 1)) {
            let text = format!("`{stage}` {} `{}` here", reference.verb, reference.stage);
            diagnostic = diagnostic.label(reference.span, text);
        }
    }
    diagnostic.help("move what both need into a stage of its own")
}
