//! What a manifest comes to without building anything: the plan of each app that is asked about, and every
//! mistake. Builds, calls and the command line begin with it.

use std::borrow::Cow;

use crate::catalog::Catalog;
use crate::diagnostic::Diagnostics;
use crate::expand::{Expanded, expand};
use crate::facts::Project;
use crate::manifest::{App, Manifest};
use crate::plan::{StageName, check};
use crate::span::Span;
use crate::{stacks, target};

/// Which apps are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// The one that this `--target` names.
    Target(Option<&'a str>),
    /// The one that this `--target` names, else all.
    Every(Option<&'a str>),
}

/// An app and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surveyed<'a> {
    pub app: Cow<'a, App>,
    pub expanded: Expanded,
    /// The stage that is asked about: that of `--target`, else the one that is built without it.
    pub target: StageName,
}

/// Apps with mistakes are left out. While the project asks for more of its files, nothing here is worth anything.
pub fn survey<'a>(
    manifest: &'a Manifest,
    scope: Scope<'_>,
    project: &mut Project,
    catalog: &Catalog,
    first_line: Span,
    diagnostics: &mut Diagnostics,
) -> Vec<Surveyed<'a>> {
    if diagnostics.has_errors() {
        // What a stack would find follows from what could not be read. Explicit stages say all themselves.
        for plan in manifest.apps.iter().filter_map(App::explicit_plan) {
            check(&plan, diagnostics);
        }
        return Vec::new();
    }
    let apps = apps(manifest, project, first_line);
    let (apps, stage) = match scope {
        Scope::Every(None) => (apps, None),
        Scope::Every(wanted) | Scope::Target(wanted) => {
            let has_stage = |app: &App, stage: &str| {
                let expanded = expand(app, project, catalog, first_line, &mut Diagnostics::default());
                expanded.is_some_and(|expanded| target::stage(app, &expanded.plan, Some(stage)).is_ok())
            };
            match target::choose(&apps, wanted, has_stage) {
                Ok((app, stage)) => (vec![app.clone()], stage),
                Err(mistake) => {
                    diagnostics.push(*mistake);
                    return Vec::new();
                }
            }
        }
    };
    let mut surveyed = Vec::new();
    for app in apps {
        let Some(expanded) = expand(&app, project, catalog, first_line, diagnostics) else { continue };
        check(&expanded.plan, diagnostics);
        match target::stage(&app, &expanded.plan, stage.as_deref()) {
            Ok(target) => surveyed.push(Surveyed { app, expanded, target }),
            Err(mistake) => diagnostics.push(*mistake),
        }
    }
    surveyed
}

/// All apps: those that are written; or else one for each program of the project, where there are several.
pub(crate) fn apps<'a>(manifest: &'a Manifest, project: &mut Project, first_line: Span) -> Vec<Cow<'a, App>> {
    let programs = match manifest.apps.as_slice() {
        [app] if app.name.is_none() => stacks::split(app, project, first_line),
        _ => Vec::new(),
    };
    if programs.is_empty() {
        return manifest.apps.iter().map(Cow::Borrowed).collect();
    }
    programs.into_iter().map(Cow::Owned).collect()
}

impl Surveyed<'_> {
    /// The app's name, where it has one.
    pub fn name(&self) -> Option<&str> {
        self.app.name.as_ref().map(|name| name.value.as_str())
    }

    /// What `--target` calls a stage of this app.
    pub fn target_name(&self, stage: &StageName) -> String {
        target::of_app(&self.app, stage.as_str())
    }
}
