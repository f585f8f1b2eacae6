//! What `--target` asks for: a stage, or with several apps `APP` or `APP.STAGE`.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Label};
use crate::expand::default_target;
use crate::manifest::App;
use crate::nearest::{list, nearest};
use crate::plan::{Plan, StageName};
use crate::rules::Rule;
use crate::span::Span;

/// The app, and the stage of it where one is named.
pub fn choose<'a, 'm>(
    apps: &'a [Cow<'m, App>],
    wanted: Option<&str>,
) -> Result<(&'a Cow<'m, App>, Option<String>), Box<Diagnostic>> {
    if let [app] = apps
        && app.name.is_none()
    {
        return Ok((app, wanted.map(str::to_owned)));
    }
    let named = |app: &App| app.name.as_ref().map(|name| name.value.as_str().to_owned()).unwrap_or_default();
    let names: Vec<String> = apps.iter().map(|app| named(app)).collect();
    let (wanted, stage) = match (wanted, names.as_slice()) {
        (Some(wanted), _) => match wanted.split_once('.') {
            Some((app, stage)) => (app.to_owned(), Some(stage.to_owned())),
            None => (wanted.to_owned(), None),
        },
        (None, [only]) => (only.clone(), None),
        (None, several) => {
            let message = format!("there are several apps: {}", list(several.iter().map(String::as_str)));
            let help = format!("name one, as in `--target {}`", several.first().map_or("", String::as_str));
            let mut mistake = Diagnostic::without_place(Rule::UnknownTarget, message).help(help);
            mistake.labels = apps.iter().filter_map(|app| place(app)).collect();
            return Err(Box::new(mistake));
        }
    };
    match apps.iter().find(|app| named(app) == wanted) {
        Some(app) => Ok((app, stage)),
        None => Err(Box::new(unknown(&wanted, &names))),
    }
}

/// The stage of a plan.
pub fn stage(app: &App, plan: &Plan, wanted: Option<&str>) -> Result<StageName, Box<Diagnostic>> {
    let found = match wanted {
        Some(wanted) => plan
            .stages
            .iter()
            .map(|stage| &stage.name.value)
            .find(|name| name.as_str().eq_ignore_ascii_case(wanted)),
        None => default_target(plan),
    };
    found.cloned().ok_or_else(|| {
        let stages = plan.stages.iter().map(|stage| of_app(app, stage.name.value.as_str()));
        Box::new(unknown(&of_app(app, wanted.unwrap_or_default()), &stages.collect::<Vec<_>>()))
    })
}

/// What `--target` calls a stage of an app.
pub fn of_app(app: &App, stage: &str) -> String {
    app.name.as_ref().map_or_else(|| stage.to_owned(), |app| format!("{}.{stage}", app.value))
}

/// Where an app is named; nowhere when it is one of several programs that nobody wrote down.
fn place(app: &App) -> Option<Label> {
    let name = app.name.as_ref().filter(|name| name.span != Span::default());
    name.map(|name| Label { place: name.span.into(), text: Some(format!("`{}`", name.value)) })
}

/// The mistake is in the command, not in the manifest.
fn unknown(wanted: &str, names: &[String]) -> Diagnostic {
    let message =
        format!("there is no target `{wanted}`; the targets are {}", list(names.iter().map(String::as_str)));
    let diagnostic = Diagnostic::without_place(Rule::UnknownTarget, message);
    match nearest(wanted, names.iter().map(String::as_str)) {
        Some(near) => diagnostic.help(format!("pass `--target {near}`")),
        None => diagnostic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostics;
    use crate::manifest::Manifest;
    use crate::source::Source;

    #[test]
    fn the_nearest_target_is_one_of_the_app() {
        let text =
            "apps:\n  worker:\n    stages:\n      test: { from: scratch }\n      last: { from: scratch }\n";
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
        let app = &Manifest::parse(&source, &mut diagnostics).apps[0];
        let plan = app.explicit_plan().expect("it has stages");
        let mistake = stage(app, &plan, Some("tests")).expect_err("there is no such stage");
        assert_eq!(
            (mistake.message.as_str(), mistake.help.as_deref()),
            (
                "there is no target `worker.tests`; the targets are `worker.test` and `worker.last`",
                Some("pass `--target worker.test`")
            )
        );
    }
}
