//! What `--target` asks for: a stage, or with several apps `APP` or `APP.STAGE`.

use crate::diagnostic::{Diagnostic, Label};
use crate::expand::default_target;
use crate::manifest::{App, Manifest};
use crate::nearest::{list, nearest};
use crate::plan::{Plan, StageName};
use crate::rules::Rule;

/// The app, and the stage of it where one is named.
pub fn choose<'a>(
    manifest: &'a Manifest,
    wanted: Option<&str>,
) -> Result<(&'a App, Option<String>), Box<Diagnostic>> {
    if let [app] = manifest.apps.as_slice()
        && app.name.is_none()
    {
        return Ok((app, wanted.map(str::to_owned)));
    }
    let named = |app: &App| app.name.as_ref().map(|name| name.value.as_str().to_owned()).unwrap_or_default();
    let names: Vec<String> = manifest.apps.iter().map(named).collect();
    let (wanted, stage) = match (wanted, names.as_slice()) {
        (Some(wanted), _) => match wanted.split_once('.') {
            Some((app, stage)) => (app.to_owned(), Some(stage.to_owned())),
            None => (wanted.to_owned(), None),
        },
        (None, [only]) => (only.clone(), None),
        (None, several) => {
            let message =
                format!("the manifest has several apps: {}", list(several.iter().map(String::as_str)));
            let help = format!("name one, as in `--target {}`", several.first().map_or("", String::as_str));
            let mut mistake = Diagnostic::without_place(Rule::UnknownTarget, message).help(help);
            mistake.labels = manifest.apps.iter().filter_map(place).collect();
            return Err(Box::new(mistake));
        }
    };
    match manifest.apps.iter().find(|app| named(app) == wanted) {
        Some(app) => Ok((app, stage)),
        None => Err(Box::new(unknown(&wanted, &names))),
    }
}

/// The stage of a plan.
pub fn stage(plan: &Plan, wanted: Option<&str>) -> Result<StageName, Box<Diagnostic>> {
    let names: Vec<String> = plan.stages.iter().map(|stage| stage.name.value.to_string()).collect();
    let found = match wanted {
        Some(wanted) => plan
            .stages
            .iter()
            .map(|stage| &stage.name.value)
            .find(|name| name.as_str().eq_ignore_ascii_case(wanted)),
        None => default_target(plan),
    };
    found.cloned().ok_or_else(|| Box::new(unknown(wanted.unwrap_or_default(), &names)))
}

/// Where an app is named.
fn place(app: &App) -> Option<Label> {
    app.name.as_ref().map(|name| Label { place: name.span.into(), text: Some(format!("`{}`", name.value)) })
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
