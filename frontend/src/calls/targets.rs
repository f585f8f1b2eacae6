//! `--call=targets`: every stage of every app.

use buildkit_gateway::Response;
use buildkit_gateway::calls::{Target, Targets};

use super::{Places, Question};
use crate::expand::default_target;
use crate::plan::Stage;
use crate::source::Source;
use crate::span::Span;
use crate::survey::Surveyed;

pub(super) fn answer(question: &Question<'_>) -> Response {
    Targets::new(question.apps.iter().flat_map(|app| of_app(question, app))).response()
}

fn of_app(question: &Question<'_>, app: &Surveyed<'_>) -> Vec<Target> {
    let places = Places { manifest: question.file, project: question.project };
    let plan = &app.expanded.plan;
    let default = default_target(plan);
    let mut targets = Vec::new();
    if let Some(name) = &app.app.name {
        let target = Target::new(name.value.as_str())
            .description(comment(question.source, name.span).unwrap_or_default())
            .at(places.span(name.span));
        targets.push(match default {
            Some(stage) => target.base(app.target_name(stage)),
            None => target,
        });
    }
    for stage in &plan.stages {
        let name = &stage.name.value;
        let written = app.app.stages.iter().any(|written| written.name == stage.name);
        let description = if written {
            comment(question.source, stage.span()).unwrap_or_default()
        } else {
            of_stack(name.as_str()).to_owned()
        };
        let target = Target::new(app.target_name(name))
            .description(description)
            .base(stage.from.value.to_string())
            .platform(platform(stage))
            .at(places.span(stage.span()));
        let by_default = app.app.name.is_none() && default == Some(name);
        targets.push(if by_default { target.by_default() } else { target });
    }
    targets
}

/// What the stages are that every stack has.
fn of_stack(stage: &str) -> &'static str {
    match stage {
        "toolchain" => "the toolchain with the packages of `packages.build`",
        "deps" => "what the build needs from outside",
        "std" => "the standard library, compiled",
        "build" => "the app, built",
        "report" => "the report of the tests, also of those that fail",
        "test" => "the tests, and their report",
        "packages" => "the base with the packages of `packages.run`",
        "rootfs" => "the base with what it lacks",
        "init" => "the helper, which is process 1 of the image",
        "run" => "the image",
        _ => "",
    }
}

fn platform(stage: &Stage) -> String {
    stage.platform.as_ref().map(|platform| platform.value.to_string()).unwrap_or_default()
}

/// The comment right above the line that starts with this span.
pub(super) fn comment(source: &Source, span: Span) -> Option<String> {
    let before = source.text().get(..span.start as usize)?;
    let (above, start) = before.rsplit_once('\n')?;
    if !start.trim().is_empty() {
        return None;
    }
    let is_directive = |line: &str| line.contains("syntax=") || line.contains("check=");
    let mut lines: Vec<&str> = above
        .lines()
        .rev()
        .map_while(|line| line.trim().strip_prefix('#'))
        .take_while(|line| !is_directive(line))
        .map(str::trim)
        .collect();
    lines.reverse();
    Some(lines.join(" ")).filter(|comment| !comment.is_empty())
}
