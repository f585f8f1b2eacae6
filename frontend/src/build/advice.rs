//! What the options of a build are worth a word about, and how warnings reach the client.

use buildkit_gateway::options::{Epoch, ScanScope};
use buildkit_gateway::{Capabilities, Gateway, Options, Warning};
use buildkit_llb::VertexDigest;
use futures_util::future::join_all;

use super::options::{EPOCH_OF_CONTEXT, unsupported};
use crate::calls::Places;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::directives::{Checks, Skip};
use crate::lower::reachable;
use crate::manifest::Manifest;
use crate::nearest::{list, nearest};
use crate::options::{is_of_buildkit, row};
use crate::plan::PREDEFINED_ARGS;
use crate::rules::{Rule, Severity};
use crate::source::Source;
use crate::survey::Surveyed;

/// Options that cannot be read, and those that would be dropped silently. They are not the manifest's, so no line is theirs.
pub(super) fn on_options(
    asked: &Options,
    capabilities: &Capabilities,
    manifest: &Manifest,
    diagnostics: &mut Diagnostics,
) {
    for problem in asked.problems() {
        diagnostics.push(Diagnostic::without_place(Rule::InvalidOption, problem.to_string()));
    }
    if let Some(Epoch::Of(source)) = asked.source_date_epoch()
        && source != EPOCH_OF_CONTEXT
    {
        let message = format!("option `build-arg:SOURCE_DATE_EPOCH` cannot be `{source}`");
        diagnostics.push(
            Diagnostic::without_place(Rule::InvalidOption, message)
                .help("write seconds since 1970, or `context` for the time of a git or web context"),
        );
    }
    let mut unknown = |message: String, help: &str| {
        diagnostics.push(Diagnostic::without_place(Rule::UnknownOption, message).help(help));
    };
    for option in asked.unknown(|key| row(key).is_some()) {
        unknown(
            format!("this version does not know the option `{option}`, and leaves it alone"),
            "use a newer frontend, or drop the option",
        );
    }
    for word in asked.arguments() {
        unknown(
            format!("this version has no use for `{word}` after its own name, and leaves it alone"),
            "end the first line after the image",
        );
    }
    for option in unsupported(asked, capabilities) {
        let message = format!("this engine has no means for the option `{option}`, and steps run without it");
        diagnostics.push(
            Diagnostic::without_place(Rule::UnsupportedOption, message)
                .help("use a newer engine, or drop the option"),
        );
    }
    let declared: Vec<&str> =
        manifest.apps.iter().flat_map(|app| &app.args).map(|arg| arg.name.value.as_str()).collect();
    for name in asked.build_args().into_keys().filter(|name| !is_predefined(name)) {
        if declared.contains(&name) {
            continue;
        }
        let help = match nearest(name, declared.iter().copied()) {
            Some(near) => format!("pass `--build-arg {near}=...`"),
            None => format!("declare it, as in `args: {{ {name}: \"\" }}`"),
        };
        let message = format!("`--build-arg {name}` is not an argument of the manifest");
        diagnostics.push(Diagnostic::without_place(Rule::UnusedArgument, message).help(help));
    }
}

/// Stages that are to be scanned and are not there. Several manifests may be built with one list, so that it is no error.
pub(super) fn on_scan(asked: &Options, app: &Surveyed<'_>, diagnostics: &mut Diagnostics) {
    let ScanScope::Stages(wanted) = asked.scan_stages() else { return };
    let stages = reachable(&app.expanded.plan, &app.target);
    let names: Vec<&str> = stages.iter().map(|stage| stage.name.value.as_str()).collect();
    for name in wanted.iter().filter(|name| !names.contains(&name.as_str())) {
        let message = format!("`BUILDKIT_SBOM_SCAN_STAGE` names `{name}`, which is no stage of the target");
        let stages = list(names.iter().copied());
        diagnostics.push(
            Diagnostic::without_place(Rule::UnusedArgument, message).help(format!("the stages are {stages}")),
        );
    }
}

/// What clients, proxies and BuildKit pass, whatever the manifest says.
fn is_predefined(name: &str) -> bool {
    PREDEFINED_ARGS.contains(&name) || is_of_buildkit(name)
}

/// The argument that Dockerfiles are checked by wins over the manifest's directive. It may name rules that only
/// Dockerfiles have.
pub(super) fn checks(asked: &Options, directive: Checks) -> Checks {
    if asked.build_arg("BUILDKIT_DOCKERFILE_CHECK").is_none() {
        return directive;
    }
    // What cannot be read was reported.
    let asked = asked.check_options().unwrap_or_default();
    let rules = asked.skip.iter().filter_map(|name| Rule::from_name(name));
    let skip = if asked.skip_all {
        Skip::All
    } else {
        Skip::Rules(rules.filter(|rule| rule.severity() == Severity::Warning).collect())
    };
    Checks { skip, error: asked.error }
}

/// Tells the client, in the form that it has for the rules of Dockerfiles.
pub(super) async fn warn(
    gateway: &Gateway,
    vertex: VertexDigest,
    warnings: &[&Diagnostic],
    source: &Source,
    places: &Places<'_>,
) {
    let told = warnings.iter().map(|warning| {
        let line = warning.span().map(|span| format!(" (line {})", source.position(span.start).line));
        let short = format!("{}: {}{}", warning.rule, warning.message, line.unwrap_or_default());
        let told = warning.further(source).into_iter().fold(Warning::new(vertex, short), Warning::detail);
        let place = warning.labels.first().and_then(|label| places.place(&label.place));
        gateway.warn(place.iter().fold(told, Warning::at))
    });
    join_all(told).await;
}
