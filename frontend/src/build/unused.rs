//! What an option of the build names and the manifest does not have. Several manifests may be built with one list of
//! options, as bake and compose do, so that nothing of this is an error. `docker/dockerfile` says nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;

use buildkit_gateway::options::ScanScope;
use buildkit_gateway::{NoCache, Options};
use buildkit_llb::Reference;

use super::options;
use crate::calls::Setting;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::gather::Gather as _;
use crate::lower::{Arguments, Platforms, reachable};
use crate::manifest::App;
use crate::nearest::{list, nearest};
use crate::plan::{Base, Stage};
use crate::rules::Rule;
use crate::survey::Surveyed;
use crate::target;

/// Stages and images that are named and are not there.
///
/// `all` are the apps of the manifest, also those that are not asked about: they are built with the same options.
pub(super) fn names(
    asked: &Options,
    all: &[Cow<'_, App>],
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
    let stages = Stages::of(all, apps);
    uncached(&asked.no_cache(), &stages, diagnostics);
    contexts(asked, &stages, || images(asked, apps, setting), diagnostics);
}

/// What stages are called, by their own names and with those of their apps.
struct Stages {
    own: BTreeSet<String>,
    full: BTreeSet<String>,
    /// What names begin with where nobody has looked: stages of a stack, of apps that are not asked about.
    unseen: Vec<String>,
}

impl Stages {
    fn of(all: &[Cow<'_, App>], apps: &[Surveyed<'_>]) -> Self {
        let mut stages = Self { own: BTreeSet::new(), full: BTreeSet::new(), unseen: Vec::new() };
        for app in apps {
            stages.add(&app.app, &app.expanded.plan.stages);
        }
        for app in all {
            stages.add(app, &app.stages);
            let has_stack = app.stack.is_some() || app.stages.is_empty();
            if has_stack && apps.iter().all(|seen| seen.app.name != app.name) {
                stages.unseen.push(target::of_app(app, ""));
            }
        }
        stages
    }

    fn add(&mut self, app: &App, stages: &[Stage]) {
        for stage in stages {
            let name = stage.name.value.as_str();
            self.own.insert(name.to_owned());
            self.full.insert(target::of_app(app, name));
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.full.iter().chain(&self.own).map(String::as_str)
    }

    /// In any case, as names of manifests have small letters.
    fn may_have(&self, wanted: &str) -> bool {
        let wanted = wanted.to_ascii_lowercase();
        self.names().any(|name| name == wanted) || self.unseen.iter().any(|app| wanted.starts_with(app))
    }
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
    let names: Vec<String> =
        stages.iter().flat_map(|stage| target::names(app.name(), &stage.name.value)).collect();
    let is_stage = |wanted: &str| names.iter().any(|name| name.eq_ignore_ascii_case(wanted));
    for name in wanted.iter().filter(|name| !is_stage(name)) {
        let message = format!("`BUILDKIT_SBOM_SCAN_STAGE` names `{name}`, which is no stage of the target");
        let stages = list(stages.iter().map(|stage| stage.name.value.as_str()));
        diagnostics.push(
            Diagnostic::without_place(Rule::UnusedArgument, message).help(format!("the stages are {stages}")),
        );
    }
}

fn uncached(no_cache: &NoCache, stages: &Stages, diagnostics: &mut Diagnostics) {
    let NoCache::Stages(wanted) = no_cache else { return };
    for name in wanted.iter().filter(|name| !stages.may_have(name)) {
        let help = match nearest(name, stages.names()) {
            Some(near) => format!("pass `--no-cache-filter {near}`"),
            None => format!("the stages are {}", list(stages.own.iter().map(String::as_str))),
        };
        let message = format!("`--no-cache-filter {name}` names no stage");
        diagnostics.push(Diagnostic::without_place(Rule::UnusedName, message).help(help));
    }
}

fn contexts(
    asked: &Options,
    stages: &Stages,
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
    let images = || images.iter().map(String::as_str);
    let names = || stages.names().chain(images());
    let shown = || stages.own.iter().map(String::as_str).chain(images());
    for name in wanted {
        // Clients leave `latest` out.
        let is_image = images().any(|known| known == name || known.strip_suffix(":latest") == Some(name));
        if is_image || stages.may_have(name) {
            continue;
        }
        let help = match nearest(name, names()) {
            Some(near) => format!("pass `--build-context {near}=...`"),
            None => format!("the names are {}", list(shown())),
        };
        let message = format!("`--build-context {name}` takes the place of no stage and no image");
        diagnostics.push(Diagnostic::without_place(Rule::UnusedName, message).help(help));
    }
}
