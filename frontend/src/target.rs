//! What options of the build call stages: by their own names, and with several apps `APP.STAGE`. `--target` may name an
//! app alone as well. Names of manifests have small letters; options may have them in any case, as with Dockerfiles.

use std::borrow::Cow;

use crate::diagnostic::{Diagnostic, Label};
use crate::expand::default_target;
use crate::manifest::App;
use crate::nearest::{list, nearest};
use crate::plan::{Plan, StageName};
use crate::rules::Rule;
use crate::span::Span;

/// The app, and the stage of it where one is named. `has_stage` is asked only for a name that is no app's.
pub fn choose<'a, 'm>(
    apps: &'a [Cow<'m, App>],
    wanted: Option<&str>,
    mut has_stage: impl FnMut(&App, &str) -> bool,
) -> Result<(&'a Cow<'m, App>, Option<String>), Box<Diagnostic>> {
    let stage = wanted.map(str::to_owned);
    let Some(wanted) = wanted else {
        return if let [only] = apps { Ok((only, stage)) } else { Err(Box::new(several(apps))) };
    };
    if let [app] = apps
        && app.name.is_none()
    {
        return Ok((app, stage));
    }
    let app = |wanted: &str| apps.iter().find(|app| name(app).eq_ignore_ascii_case(wanted));
    let of_app = |(first, stage): (&str, &str)| Some((app(first)?, Some(stage.to_owned())));
    let named = app(wanted).map(|app| (app, None)).or_else(|| wanted.split_once('.').and_then(of_app));
    if let Some(found) = named {
        return Ok(found);
    }
    match apps.iter().filter(|app| has_stage(app, wanted)).collect::<Vec<_>>().as_slice() {
        [only] => Ok((only, stage)),
        [] => {
            Err(Box::new(unknown(wanted, &apps.iter().map(|app| name(app).to_owned()).collect::<Vec<_>>())))
        }
        several => Err(Box::new(ambiguous(wanted, several))),
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

/// All names of a stage, the one that no other app can have first.
pub fn names(app: Option<&str>, stage: &StageName) -> Vec<String> {
    let own = stage.to_string();
    match app {
        Some(app) => vec![format!("{app}.{stage}"), own],
        None => vec![own],
    }
}

fn name(app: &App) -> &str {
    app.name.as_ref().map_or("", |name| name.value.as_str())
}

fn several(apps: &[Cow<'_, App>]) -> Diagnostic {
    let message = format!("there are several apps: {}", list(apps.iter().map(|app| name(app))));
    let help = format!("name one, as in `--target {}`", apps.first().map_or("", |app| name(app)));
    let mut mistake = Diagnostic::without_place(Rule::UnknownTarget, message).help(help);
    mistake.labels = apps.iter().filter_map(|app| place(app)).collect();
    mistake
}

fn ambiguous(stage: &str, apps: &[&Cow<'_, App>]) -> Diagnostic {
    let stage = stage.to_ascii_lowercase();
    let message = format!("several apps have a stage `{stage}`: {}", list(apps.iter().map(|app| name(app))));
    let help = format!("say whose, as in `--target {}`", of_app(apps[0], &stage));
    Diagnostic::without_place(Rule::UnknownTarget, message).help(help)
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

    /// What `--target` comes to in a manifest of explicit stages: `APP STAGE`, or the mistake and its help.
    fn check(wanted: Option<&str>, expected: &str) {
        let text = "apps:
  api: { stages: { build: { from: scratch }, a.b: { from: scratch }, run: { from: scratch } } }
  web: { stages: { build: { from: scratch }, page: { from: scratch }, run: { from: scratch } } }
";
        let mut diagnostics = Diagnostics::default();
        let source = Source::new("slipway.yaml", text.as_bytes(), &mut diagnostics);
        let manifest = Manifest::parse(&source, &mut diagnostics);
        let apps: Vec<_> = manifest.apps.iter().map(Cow::Borrowed).collect();
        let has_stage = |app: &App, stage: &str| {
            app.explicit_plan().is_some_and(|plan| super::stage(app, &plan, Some(stage)).is_ok())
        };
        let chosen = match choose(&apps, wanted, has_stage) {
            Ok((app, stage)) => format!("{} {}", name(app), stage.unwrap_or_default()),
            Err(mistake) => format!("{}; {}", mistake.message, mistake.help.unwrap_or_default()),
        };
        assert_eq!(chosen.trim_end(), expected);
    }

    #[test]
    fn a_target_is_an_app_or_a_stage_of_one() {
        check(Some("api"), "api");
        check(Some("api.build"), "api build");
        check(Some("api.a.b"), "api a.b");
        check(Some("WEB"), "web");
        check(Some("Web.Build"), "web Build");
        // Where one app alone has such a stage, its name is enough.
        check(Some("Page"), "web Page");
        check(Some("a.b"), "api a.b");
        check(
            Some("Build"),
            "several apps have a stage `build`: `api` and `web`; say whose, as in `--target api.build`",
        );
        check(Some("wep"), "there is no target `wep`; the targets are `api` and `web`; pass `--target web`");
        check(None, "there are several apps: `api` and `web`; name one, as in `--target api`");
    }

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
