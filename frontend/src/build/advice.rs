//! What the options of a build are worth a word about, and how warnings reach the client.

use buildkit_gateway::options::Epoch;
use buildkit_gateway::{Capabilities, Gateway, Options, Warning};
use buildkit_llb::VertexDigest;
use futures_util::future::join_all;

use super::options::{EPOCH_OF_CONTEXT, unsupported};
use crate::calls::Places;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::directives::{Checks, Skip};
use crate::gather::Gather as _;
use crate::rules::{Rule, Severity};
use crate::source::Source;

/// Options that cannot be read, and those that would be dropped silently. They are not the manifest's, so no line is theirs.
pub(super) fn on_options(asked: &Options, capabilities: &Capabilities, diagnostics: &mut Diagnostics) {
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
    for option in asked.unknown() {
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
        Skip::Rules(rules.filter(|rule| rule.severity() == Severity::Warning).gather())
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
