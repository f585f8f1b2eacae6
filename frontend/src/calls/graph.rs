//! `--call=graph`: what BuildKit is given to do, as a Mermaid flow chart. Images are resolved for it only where the client
//! puts something else in the place of one.

use buildkit_gateway::Response;
use buildkit_gateway::calls::convert_llb;
use buildkit_llb::Definition;
use serde_json::json;

use super::{Question, Setting};
use crate::diagnostic::Diagnostics;
use crate::gather::Gather as _;
use crate::lower::config::ImageConfig;
use crate::lower::{Arguments, Build, ImageNeed, ImageSource, ResolvedImage, images, lower};
use crate::plan::StageName;
use crate::survey::Surveyed;

pub(super) fn answer(
    question: &Question<'_>,
    app: &Surveyed<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Response> {
    Some(chart(&definition(question, app, &app.target, diagnostics)?))
}

pub(crate) fn chart(definition: &Definition) -> Response {
    let chart = definition.to_mermaid();
    super::reply(&json!({ "mermaid": chart }), chart)
}

pub(super) fn convert(
    question: &Question<'_>,
    app: &Surveyed<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Response> {
    Some(convert_llb(&definition(question, app, &app.target, diagnostics)?))
}

/// The graph of a stage, with its images by their names. `None` when a mistake was found.
pub(super) fn definition(
    question: &Question<'_>,
    app: &Surveyed<'_>,
    target: &StageName,
    diagnostics: &mut Diagnostics,
) -> Option<Definition> {
    let (plan, setting) = (&app.expanded.plan, question.setting);
    let mut found = Diagnostics::default();
    let args = arguments(setting, app, target, &mut found);
    let lowered = (!found.has_errors()).then(|| {
        let frontend = setting.options.frontend.as_ref();
        let needs = images(plan, target, &args, &setting.platforms, frontend, &mut found);
        let build = Build {
            app: app.name(),
            catalog: &setting.catalog,
            args: &args,
            images: &needs.into_iter().map(unresolved).gather(),
            context: question.context,
            source: question.file,
            platforms: &setting.platforms,
            options: &setting.options,
            scan: None,
        };
        lower(plan, target, &build, &mut found)
    });
    diagnostics.extend(found);
    let lowered = lowered.flatten()?;
    lowered.graph.definition(lowered.result).ok()
}

pub(super) fn arguments(
    setting: &Setting,
    app: &Surveyed<'_>,
    target: &StageName,
    diagnostics: &mut Diagnostics,
) -> Arguments {
    let declared = &app.expanded.plan.args;
    Arguments::new(declared, &setting.given, &setting.platforms, target.as_str(), diagnostics)
}

fn unresolved(need: ImageNeed) -> ((buildkit_llb::Reference, buildkit_llb::Platform), ResolvedImage) {
    let source = ImageSource::Image(need.reference.clone());
    ((need.reference, need.platform), ResolvedImage { source, config: ImageConfig::scratch() })
}
