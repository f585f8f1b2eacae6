//! What an option of the build names and the manifest does not have. Several manifests may be built with one list of
//! options, as bake and compose do, so that nothing of this is an error. `docker/dockerfile` says nothing.

use std::collections::BTreeSet;

use buildkit_gateway::options::ScanScope;
use buildkit_gateway::{NoCache, Options};
use buildkit_llb::Reference;

use super::options;
use crate::calls::Setting;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::gather::Gather as _;
use crate::lower::{Arguments, Platforms, reachable};
use crate::manifest::{App, Manifest};
use crate::nearest::{list, nearest};
use crate::options::is_of_buildkit;
use crate::plan::{Base, PREDEFINED_ARGS, Stage};
use crate::rules::Rule;
use crate::survey::Surveyed;

/// Build arguments that nobody declared.
pub(super) fn arguments(asked: &Options, manifest: &Manifest, diagnostics: &mut Diagnostics) {
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

/// What clients, proxies and BuildKit pass, whatever the manifest says.
fn is_predefined(name: &str) -> bool {
    PREDEFINED_ARGS.contains(&name) || is_of_buildkit(name)
}

/// Stages and images that are named and are not there.
pub(super) fn names(
    asked: &Options,
    manifest: &Manifest,
    apps: &[Surveyed<'_>],
    setting: &Setting,
    diagnostics: &mut Diagnostics,
) {
    // Where there are mistakes, it is not known what there is.
    if apps.is_empty() {
        return;
    }
    for app in apps {
        scanned(asked, app, diagnostics);
    }
    let stages = stages(manifest, apps);
    uncached(&asked.no_cache(), &stages, diagnostics);
    contexts(asked, &stages, || images(asked, apps, setting), diagnostics);
}

/// The names of all stages, not only of those that are built: other targets are built with the same options.
fn stages<'a>(manifest: &'a Manifest, apps: &'a [Surveyed<'_>]) -> BTreeSet<&'a str> {
    let found = apps.iter().flat_map(|app| &app.expanded.plan.stages);
    let written = manifest.apps.iter().flat_map(|app: &App| &app.stages);
    found.chain(written).map(|stage: &Stage| stage.name.value.as_str()).gather()
}

/// The names of all images of the apps, for every platform that is asked for, and of those that work on the result.
fn images(asked: &Options, apps: &[Surveyed<'_>], setting: &Setting) -> BTreeSet<String> {
    let mut images: BTreeSet<Reference> = setting.options.frontend.iter().cloned().gather();
    // Options that cannot be read were reported.
    images.extend(asked.sbom().ok().flatten().map(|sbom| sbom.generator));
    for target in options::platforms(asked).unwrap_or_default().0 {
        let platforms = Platforms { target, ..setting.platforms.clone() };
        for app in apps {
            let plan = &app.expanded.plan;
            let mut unknown = Diagnostics::default();
            let args =
                Arguments::new(&plan.args, &setting.given, &platforms, app.target.as_str(), &mut unknown);
            for base in plan.stages.iter().flat_map(Stage::bases) {
                if let Base::Image(image) = &base.value
                    && let Ok(name) = args.value(image, base.span)
                {
                    images.extend(name.parse::<Reference>());
                }
            }
        }
    }
    images.iter().map(Reference::familiar).gather()
}

fn scanned(asked: &Options, app: &Surveyed<'_>, diagnostics: &mut Diagnostics) {
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

fn uncached(no_cache: &NoCache, stages: &BTreeSet<&str>, diagnostics: &mut Diagnostics) {
    let NoCache::Stages(wanted) = no_cache else { return };
    for name in wanted.iter().filter(|name| !stages.iter().any(|stage| stage.eq_ignore_ascii_case(name))) {
        let help = match nearest(name, stages.iter().copied()) {
            Some(near) => format!("pass `--no-cache-filter {near}`"),
            None => format!("the stages are {}", list(stages.iter().copied())),
        };
        let message = format!("`--no-cache-filter {name}` names no stage");
        diagnostics.push(Diagnostic::without_place(Rule::UnusedName, message).help(help));
    }
}

fn contexts(
    asked: &Options,
    stages: &BTreeSet<&str>,
    images: impl FnOnce() -> BTreeSet<String>,
    diagnostics: &mut Diagnostics,
) {
    // On the wire a name may have a platform behind it.
    let wanted: BTreeSet<&str> =
        asked.named_contexts().into_keys().filter_map(|key| key.split("::").next()).gather();
    if wanted.is_empty() {
        return;
    }
    let images = images();
    let names = || stages.iter().copied().chain(images.iter().map(String::as_str));
    for name in wanted {
        // Clients leave `latest` out.
        if names().any(|known| known == name || known.strip_suffix(":latest") == Some(name)) {
            continue;
        }
        let help = match nearest(name, names()) {
            Some(near) => format!("pass `--build-context {near}=...`"),
            None => format!("the names are {}", list(names())),
        };
        let message = format!("`--build-context {name}` takes the place of no stage and no image");
        diagnostics.push(Diagnostic::without_place(Rule::UnusedName, message).help(help));
    }
}
