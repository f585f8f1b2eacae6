//! Advice about what is allowed but rarely meant.

use super::App;
use super::read::Reader;
use crate::plan::{Base, Network, Stage, Step, Variable};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

pub(super) fn advise(app: &App, reader: &mut Reader<'_>) {
    for arg in &app.args {
        warn_secret("the argument", arg.name.value.as_str(), arg.name.span, reader);
    }
    warn_secrets(&app.run.environment, reader);
    if let Some(base) = &app.run.from {
        warn_moving(base, reader);
    }
    for stage in &app.stages {
        warn_network(stage, reader);
        for base in stage.bases() {
            warn_moving(base, reader);
        }
        warn_secrets(stage.image.as_ref().map_or(&[], |image| &image.environment), reader);
    }
}

/// Law 4: a stack's build and test run without network, and a stage that takes their place should.
fn warn_network(stage: &Stage, reader: &mut Reader<'_>) {
    if !matches!(stage.name.value.as_str(), "build" | "test") {
        return;
    }
    for step in &stage.steps {
        let Step::Run(run) = &step.value else { continue };
        let network = run.network.or(stage.network);
        if network.is_none_or(|network| network.value != Network::None) {
            let span = network.map_or(stage.span(), |network| network.span);
            let message = format!("the stage `{}` can reach the network", stage.name.value);
            let help = "fetch what it needs in a stage of its own, and write `network: none`";
            reader.report(Rule::NetworkInBuild, span, message, help);
        }
    }
}

/// `latest` is another image next month, and whoever builds then gets what nobody has tested.
fn warn_moving(base: &Spanned<Base>, reader: &mut Reader<'_>) {
    let Base::Image(image) = &base.value else { return };
    if let Some(name) = image.as_literal().and_then(|image| image.strip_suffix(":latest")) {
        let message = format!("`{name}:latest` is another image tomorrow");
        let help = format!("write the version that you tested: `{name}:TAG`, or a digest");
        reader.report(Rule::MovingTag, base.span, message, help);
    }
}

fn warn_secrets(environment: &[Variable], reader: &mut Reader<'_>) {
    for variable in environment {
        warn_secret("the variable", &variable.name.value, variable.name.span, reader);
    }
}

/// Law 5, by the words that BuildKit's rule of the same name looks for. Arguments and the environment of an
/// image can be read by everybody who has the image.
fn warn_secret(what: &str, name: &str, span: Span, reader: &mut Reader<'_>) {
    const SECRET: &[&str] = &[
        "apikey",
        "auth",
        "credential",
        "credentials",
        "key",
        "password",
        "pword",
        "passwd",
        "secret",
        "token",
    ];
    let name_lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| name_lower.split('_').any(|word| words.contains(&word));
    if has(SECRET) && !has(&["public"]) {
        let message =
            format!("{what} `{name}` looks like a secret, and everybody who has the image can read it");
        reader.report(
            Rule::SecretsUsedInArgOrEnv,
            span,
            message,
            "pass it as a secret, which no layer keeps",
        );
    }
}
