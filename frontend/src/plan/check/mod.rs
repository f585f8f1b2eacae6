//! The references of a plan: every stage and output that is named exists, nothing waits for itself, and
//! mounts do not get in each other's way. A plan without errors here is what lowering may rely on.

mod cycles;
mod mounts;

use super::{Base, Mount, OutputName, Plan, Stage, StageName, Step, Text};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::nearest::{list, nearest};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

pub fn check(plan: &Plan, diagnostics: &mut Diagnostics) {
    duplicates(plan, diagnostics);
    for stage in &plan.stages {
        for reference in references(stage) {
            check_reference(plan, &reference, diagnostics);
        }
        mounts::check(plan, stage, &Text::to_string, diagnostics);
    }
    cycles::check(plan, diagnostics);
}

/// What lies where, once arguments have values.
pub fn check_places(plan: &Plan, value: &dyn Fn(&Text) -> String, diagnostics: &mut Diagnostics) {
    for stage in &plan.stages {
        mounts::check(plan, stage, value, diagnostics);
    }
}

/// A stage that is named, and where.
struct Reference<'a> {
    /// The stage that names it.
    by: &'a Stage,
    stage: &'a StageName,
    output: Option<&'a Spanned<OutputName>>,
    /// As in "copies from".
    verb: &'static str,
    span: Span,
}

/// What is done with stages only.
const MERGES: &str = "merges";
const DEPENDS_ON: &str = "depends on";

fn references(by: &Stage) -> Vec<Reference<'_>> {
    let mut references: Vec<_> = of_base(by, &by.from, None, "starts from").into_iter().collect();
    for layer in &by.merge {
        let (stage, output) = (&layer.value.from, layer.value.output.as_ref());
        references.push(Reference { by, stage, output, verb: MERGES, span: layer.span });
    }
    for step in &by.steps {
        match &step.value {
            Step::Copy(copy) => {
                references.extend(of_base(by, &copy.from, copy.output.as_ref(), "copies from"));
            }
            Step::DependsOn(stage) => {
                references.push(Reference {
                    by,
                    stage: &stage.value,
                    output: None,
                    verb: DEPENDS_ON,
                    span: stage.span,
                });
            }
            Step::Run(_) | Step::File(_) | Step::Mkdir(_) | Step::Symlink(_) | Step::Remove(_) => {}
        }
    }
    for mount in by.all_mounts() {
        let (from, output) = match &mount.value {
            Mount::Bind(bind) => (&bind.from, &bind.output),
            Mount::Cache(cache) => match &cache.base {
                Some(base) => (&base.from, &base.output),
                None => continue,
            },
            Mount::Secret(_) | Mount::Ssh(_) | Mount::Tmpfs(_) => continue,
        };
        references.extend(of_base(by, from, output.as_ref(), "mounts"));
    }
    references
}

fn of_base<'a>(
    by: &'a Stage,
    base: &'a Spanned<Base>,
    output: Option<&'a Spanned<OutputName>>,
    verb: &'static str,
) -> Option<Reference<'a>> {
    match &base.value {
        Base::Stage(stage) => Some(Reference { by, stage, output, verb, span: base.span }),
        Base::Scratch | Base::Context | Base::Slipway | Base::Image(_) => None,
    }
}

fn duplicates(plan: &Plan, diagnostics: &mut Diagnostics) {
    for (index, stage) in plan.stages.iter().enumerate() {
        if let Some(first) = plan.stages[..index].iter().find(|first| first.name == stage.name) {
            let message = format!("there are two stages `{}`", stage.name.value);
            let diagnostic = Diagnostic::new(Rule::DuplicateStage, stage.span(), message)
                .label(first.span(), "the first is here")
                .help("give one of them another name");
            diagnostics.push(diagnostic);
        }
    }
}

fn check_reference(plan: &Plan, reference: &Reference<'_>, diagnostics: &mut Diagnostics) {
    let Reference { by, stage: name, output, verb, span } = *reference;
    let by = &by.name.value;
    let Some(stage) = plan.stage(name) else {
        let stages =
            || plan.stages.iter().map(|stage| stage.name.value.as_str()).filter(|name| *name != by.as_str());
        let near = nearest(name.as_str(), stages());
        let help = match (near, verb) {
            (Some(near), MERGES | DEPENDS_ON) => format!("write `{near}`"),
            (None, MERGES | DEPENDS_ON) => format!("write the name of a stage, or add the stage `{name}`"),
            (Some(near), _) => format!("write `{near}`; an image needs a tag or a digest"),
            (None, _) => {
                format!("write the name of a stage; an image needs a tag or a digest, as `{name}:TAG`")
            }
        };
        let message = format!("the stage `{by}` {verb} `{name}`, and there is no such stage");
        diagnostics.push(Diagnostic::new(Rule::UnknownStage, span, message).help(help));
        return;
    };
    let Some(output) = output.filter(|output| stage.output(&output.value).is_none()) else { return };
    let (output, span) = (&output.value, output.span);
    let outputs = || stage.outputs.iter().map(|output| output.name.value.as_str());
    let help = match nearest(output.as_str(), outputs()) {
        Some(near) => format!("write `output: {near}`"),
        None if stage.outputs.is_empty() => {
            format!("add `outputs: {{ {output}: /path }}` to the stage `{name}`")
        }
        None => format!("write one of {}", list(outputs())),
    };
    let message =
        format!("the stage `{by}` {verb} the output `{output}` of `{name}`, and there is no such output");
    let diagnostic = Diagnostic::new(Rule::UnknownOutput, written(span, stage), message)
        .label(stage.span(), format!("the stage `{name}` is here"))
        .help(help);
    diagnostics.push(diagnostic);
}

/// What a stack made has no place of its own: it is about the user's stage then.
fn written(span: Span, stage: &Stage) -> Span {
    if span == Span::default() { stage.span() } else { span }
}
