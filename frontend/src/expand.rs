//! From what the user wrote to what is built: an app becomes its plan.

use std::collections::BTreeSet;

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::{Decision, Fact, Project};
use crate::gather::Gather as _;
use crate::manifest::App;
use crate::plan::{Base, Plan, Stage, StageName};
use crate::rules::Rule;
use crate::span::Span;
use crate::stacks;

/// Stages that are asked for by their names, whoever else needs them.
const TARGETS: &[&str] = &["deps", "build", "test", "report", "run"];

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
    let needed_by_stack = needed(&stages);
    for stage in &app.stages {
        match stages.iter_mut().find(|of_stack: &&mut Stage| of_stack.name == stage.name) {
            Some(of_stack) => *of_stack = stage.clone(),
            None => stages.push(stage.clone()),
        }
    }
    drop_orphans(&mut stages, &needed_by_stack, app);
    if let Some(run) = app.stages.iter().find(|stage| !explicit && stage.name.value.as_str() == "run") {
        check_orphans(&stages, run, app, diagnostics);
    }
    Some(Expanded { plan: Plan { args: app.args.clone(), stages }, decisions })
}

/// The stages that others are made from.
fn needed(stages: &[Stage]) -> BTreeSet<StageName> {
    stages.iter().flat_map(Stage::needs).cloned().gather()
}

/// What the stack made for a stage of its own alone, in whose place another one stands now, is no part of the plan.
fn drop_orphans(stages: &mut Vec<Stage>, needed_by_stack: &BTreeSet<StageName>, app: &App) {
    loop {
        let still = needed(stages);
        let is_orphan = |stage: &Stage| {
            let name = &stage.name.value;
            let is_target = TARGETS.contains(&name.as_str()) || app.replaces(name.as_str());
            !is_target && needed_by_stack.contains(name) && !still.contains(name)
        };
        if !stages.iter().any(is_orphan) {
            return;
        }
        stages.retain(|stage| !is_orphan(stage));
    }
}

/// What is written for stages below the stack's `run`, and an own `run` that starts from none of them.
fn check_orphans(stages: &[Stage], run: &Stage, app: &App, diagnostics: &mut Diagnostics) {
    for (key, items, stage) in
        [("packages.run", &app.packages.run, "packages"), ("run.writable", &app.run.writable, "rootfs")]
    {
        let Some(item) = items.first().filter(|_| stages.iter().all(|own| own.name.value.as_str() != stage))
        else {
            continue;
        };
        let message = format!("`{key}` is for the stack's stage `run`, which is replaced");
        diagnostics.push(
            Diagnostic::new(Rule::ConflictingKeys, item.span, message)
                .label(run.span(), "by this stage")
                .help(format!("write `from: {stage}` in `stages.run`, or steps that do the same")),
        );
    }
}

/// What is built without `--target`: the stage `run`, else the last one.
pub fn default_target(plan: &Plan) -> Option<&StageName> {
    let run = plan.stages.iter().find(|stage| stage.name.value.as_str() == "run");
    run.or(plan.stages.last()).map(|stage| &stage.name.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::render_all;
    use crate::manifest::Manifest;
    use crate::source::Source;

    /// The stages of a program in Go, and what is said.
    fn stages(manifest: &str) -> (Vec<String>, String) {
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("slipway.yaml", manifest.as_bytes(), &mut diagnostics);
        let manifest = Manifest::parse(&source, &mut diagnostics);
        let files = [("go.mod", "module example.com/a\n\ngo 1.26\n"), ("main.go", "package main\n")];
        let (expanded, said) = Project::of_files(files).conclude(|project| {
            let mut said = Diagnostics::default();
            let catalog = Catalog::shipped();
            let expanded = expand(&manifest.apps[0], project, &catalog, source.first_line(), &mut said);
            (expanded, said)
        });
        diagnostics.extend(said);
        let stages = expanded.into_iter().flat_map(|expanded| expanded.plan.stages);
        let names = stages.map(|stage| stage.name.value.to_string()).collect();
        (names, render_all(&diagnostics.sorted(), &source))
    }

    #[test]
    fn what_only_a_replaced_stage_needs_is_not_in_the_plan() {
        let of_stack = "stack: go\nrun: { from: 'debian:bookworm-slim', writable: [/data] }\npackages: { run: [curl] }\n";
        assert_eq!(stages(of_stack).0, ["build", "test", "packages", "rootfs", "run"]);
        let own = |from: &str| stages(&format!("{of_stack}stages: {{ run: {{ from: {from} }} }}\n"));
        assert_eq!(
            own("rootfs"),
            (["build", "test", "packages", "rootfs", "run"].map(str::to_owned).to_vec(), String::new())
        );
        let (left, said) = own("packages");
        assert_eq!(left, ["build", "test", "packages", "run"]);
        assert_eq!(
            said,
            "slipway.yaml:2:49 ConflictingKeys: `run.writable` is for the stack's stage `run`, which is replaced
  slipway.yaml:4:11 by this stage
  help: write `from: rootfs` in `stages.run`, or steps that do the same"
        );
        let (left, said) = own("scratch");
        assert_eq!(
            (left.as_slice(), said.matches("ConflictingKeys").count()),
            (["build", "test", "run"].map(str::to_owned).as_slice(), 2)
        );
    }
}
