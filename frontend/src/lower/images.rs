//! Which images a target needs to know before it can be lowered.

use std::collections::BTreeSet;

use buildkit_llb::{Platform, Reference};

use super::{Arguments, Lowering, Platforms, refused};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::plan::{Base, Plan, Stage, StageName, Text};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// An image, to be resolved to a digest and a config.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageNeed {
    pub reference: Reference,
    pub platform: Platform,
    pub span: Span,
}

/// The images of all stages that the target is made from, each once. `frontend` is what `slipway` stands for.
pub fn images(
    plan: &Plan,
    target: &StageName,
    args: &Arguments,
    platforms: &Platforms,
    frontend: Option<&Reference>,
    diagnostics: &mut Diagnostics,
) -> Vec<ImageNeed> {
    let mut needs: Vec<ImageNeed> = Vec::new();
    for stage in reachable(plan, target) {
        let found = of_stage(plan, stage, args, platforms, frontend);
        match found {
            Ok(found) => {
                for need in found {
                    let known = |known: &ImageNeed| {
                        (&known.reference, &known.platform) == (&need.reference, &need.platform)
                    };
                    if !needs.iter().any(known) {
                        needs.push(need);
                    }
                }
            }
            Err(mistake) => diagnostics.push(*mistake),
        }
    }
    needs
}

fn of_stage(
    plan: &Plan,
    stage: &Stage,
    args: &Arguments,
    platforms: &Platforms,
    frontend: Option<&Reference>,
) -> Lowering<Vec<ImageNeed>> {
    let platform = platform(plan, stage, args, platforms)?;
    let mut needs = Vec::new();
    for base in stage.bases() {
        if let Some(reference) = reference(base, args, frontend)? {
            needs.push(ImageNeed { reference, platform: platform.clone(), span: base.span });
        }
    }
    Ok(needs)
}

/// The image that a base is; `None` when it is none.
pub(super) fn reference(
    base: &Spanned<Base>,
    args: &Arguments,
    frontend: Option<&Reference>,
) -> Lowering<Option<Reference>> {
    match &base.value {
        Base::Image(text) => named(text, base.span, args).map(Some),
        Base::Slipway => {
            let unknown = || {
                Diagnostic::new(
                    Rule::UnresolvedImage,
                    base.span,
                    "`slipway` is the image that this build was started by, and there is none",
                )
                .help("name the image in the first line, as in `# syntax=slipway/frontend:1`")
            };
            frontend.cloned().map(Some).ok_or_else(|| Box::new(unknown()))
        }
        Base::Scratch | Base::Context | Base::Stage(_) => Ok(None),
    }
}

fn named(text: &Text, span: Span, args: &Arguments) -> Lowering<Reference> {
    let written = args.value(text, span)?;
    let pinned = written.contains('@') || written.rsplit('/').next().is_some_and(|name| name.contains(':'));
    if !pinned {
        let mistake = Diagnostic::new(
            Rule::InvalidReference,
            span,
            format!("image `{written}` has neither a tag nor a digest"),
        );
        return Err(Box::new(mistake.help(format!("write `{written}:TAG`, with the tag that you tested"))));
    }
    written.parse().map_err(|error: buildkit_llb::Error| {
        Box::new(Diagnostic::new(Rule::InvalidReference, span, error.to_string()))
    })
}

/// Where the steps of a stage run: as it says, as the stage that it stands on, or on the target.
pub(super) fn platform(
    plan: &Plan,
    stage: &Stage,
    args: &Arguments,
    platforms: &Platforms,
) -> Lowering<Platform> {
    if let Some(written) = &stage.platform {
        return args.of(written)?.parse().map_err(|error| refused(written.span, &error));
    }
    let below = match &stage.from.value {
        Base::Stage(name) => plan.stage(name),
        Base::Scratch | Base::Context | Base::Slipway | Base::Image(_) => None,
    };
    below.map_or_else(|| Ok(platforms.target.clone()), |below| platform(plan, below, args, platforms))
}

/// The target and every stage that it needs, each once, needed ones first.
pub(crate) fn reachable<'a>(plan: &'a Plan, target: &StageName) -> Vec<&'a Stage> {
    let mut order = Vec::new();
    visit(plan, target, &mut BTreeSet::new(), &mut order);
    order
}

fn visit<'a>(plan: &'a Plan, name: &StageName, seen: &mut BTreeSet<StageName>, order: &mut Vec<&'a Stage>) {
    let Some(stage) = plan.stage(name).filter(|_| seen.insert(name.clone())) else { return };
    for needed in stage.needs() {
        visit(plan, needed, seen, order);
    }
    order.push(stage);
}
