//! From what the user wrote to what is built: an app becomes its plan.

use crate::catalog::Catalog;
use crate::diagnostic::Diagnostics;
use crate::facts::{Decision, Fact, Project};
use crate::manifest::App;
use crate::plan::{Base, Plan, Stage, StageName};
use crate::span::Span;
use crate::stacks;

/// An app's plan and what it was concluded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expanded {
    pub plan: Plan,
    pub decisions: Vec<Decision>,
}

/// `None` when a mistake was found, or while the project asks for more of its files: then what was
/// diagnosed is worth nothing either. `first_line` is the place of what nobody wrote.
pub fn expand(
    app: &App,
    project: &mut Project,
    catalog: &Catalog,
    first_line: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Expanded> {
    let explicit = app.stack.is_none() && !app.stages.is_empty();
    let (mut stages, mut decisions) = if explicit {
        (Vec::new(), vec![Decision::new("stack", "none", "`stages` says everything")])
    } else {
        let expanded = stacks::expand(app, project, catalog, first_line, diagnostics)?;
        (expanded.stages, expanded.decisions)
    };
    if let Some(run) = app.stages.iter().find(|stage| !explicit && stage.name.value.as_str() == "run") {
        // It may start from what the stack made for its own.
        let is_kept = |key: &str| {
            !key.starts_with("run.") || key == "run.from" && matches!(run.from.value, Base::Stage(_))
        };
        decisions.retain(|decision| decision.key.is_none_or(is_kept));
        decisions.push(Fact::written("your own", "stages.run", run.span()).decision("run"));
    }
    for stage in &app.stages {
        match stages.iter_mut().find(|of_stack: &&mut Stage| of_stack.name == stage.name) {
            Some(of_stack) => *of_stack = stage.clone(),
            None => stages.push(stage.clone()),
        }
    }
    Some(Expanded { plan: Plan { args: app.args.clone(), stages }, decisions })
}

/// What is built without `--target`: the stage `run`, else the last one.
pub fn default_target(plan: &Plan) -> Option<&StageName> {
    let run = plan.stages.iter().find(|stage| stage.name.value.as_str() == "run");
    run.or(plan.stages.last()).map(|stage| &stage.name.value)
}
