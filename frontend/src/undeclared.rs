//! `--build-arg NAME=...` for an argument that no app of the manifest declares. Several manifests may be built with one list of
//! options, as bake and compose do, so that it is no error.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::manifest::Manifest;
use crate::nearest::nearest;
use crate::options::is_of_buildkit;
use crate::plan::PREDEFINED_ARGS;
use crate::rules::Rule;

pub fn arguments(given: &BTreeMap<String, String>, manifest: &Manifest, diagnostics: &mut Diagnostics) {
    let declared: Vec<&str> =
        manifest.apps.iter().flat_map(|app| &app.args).map(|arg| arg.name.value.as_str()).collect();
    for name in given.keys().map(String::as_str).filter(|name| !is_predefined(name)) {
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

/// What clients, proxies and BuildKit pass, whatever the manifest says.
fn is_predefined(name: &str) -> bool {
    PREDEFINED_ARGS.contains(&name) || is_of_buildkit(name)
}
