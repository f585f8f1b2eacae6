//! The files that say what is installed.

use std::collections::BTreeSet;

use super::manifest::{Local, Manifest};
use super::requirements::Requirements;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::manifest::PackageManager;
use crate::path;
use crate::rules::Rule;

/// What is installed is keyed by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// Relative to the context; folders and archives that are installed are among them.
    pub all: Vec<String>,
    /// The files that pip is given, relative to the app's folder.
    pub given: Vec<String>,
    /// What of the project that is given is wanted besides.
    pub extras: BTreeSet<String>,
    pub group: Option<String>,
    /// Something would be installed as a link to where it lies.
    pub linked: bool,
    /// Packages come from several indexes, which pip takes for one.
    pub extra_index: bool,
    /// Every package has to have a hash.
    pub hashed: bool,
    /// Where they ask for something from a repository of git.
    pub git: Option<Place>,
    /// From one that is asked for by ssh.
    pub ssh: Option<Place>,
}

/// The project that they are read for.
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    pub manager: PackageManager,
    /// The folder of the source.
    pub folder: &'a str,
}

impl Files {
    /// What a requirements file asks for. `-e .` is the project, which is installed or copied later: here it stands for what
    /// that asks for.
    pub(super) fn of(
        requirements: &Requirements,
        name: &str,
        own: Option<&Manifest>,
        of: Of<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Self {
        let mut files = Self {
            all: requirements.files.iter().chain(&requirements.local).cloned().collect(),
            given: vec![name.to_owned()],
            extras: BTreeSet::new(),
            group: None,
            linked: requirements.linked,
            extra_index: requirements.extra_index,
            hashed: requirements.hashed,
            git: requirements.git.clone(),
            ssh: requirements.ssh.clone(),
        };
        if let Some(own) = own.filter(|_| requirements.own.is_some()) {
            files.give(own, of, diagnostics);
            files.extras.clone_from(&requirements.extras);
        }
        files
    }

    /// Gives pip a project's own file.
    pub(super) fn give(&mut self, manifest: &Manifest, of: Of<'_>, diagnostics: &mut Diagnostics) {
        self.given.extend(path::relative(of.folder, &manifest.file));
        self.add(manifest, of, diagnostics);
    }

    /// A project's own file, with what has to be there when it is asked.
    pub(super) fn add(&mut self, manifest: &Manifest, of: Of<'_>, diagnostics: &mut Diagnostics) {
        self.all.push(manifest.file.clone());
        if let Some(line) = manifest.asks_git() {
            self.git.get_or_insert_with(|| Place::File { path: manifest.file.clone(), line });
        }
        let folder = manifest.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Who computes dependencies reads all of the file.
        let read = manifest
            .reads
            .iter()
            .filter(|file| manifest.computed.is_some() && !file.contains(['*', '?', '[']));
        for file in manifest.needs.iter().chain(read).filter_map(|file| path::resolve(folder, file)) {
            if !self.all.contains(&file) {
                self.all.push(file);
            }
        }
        for local in &manifest.local {
            let below = |path: &String| path::relative(of.folder, path).is_some_and(|rest| !rest.is_empty());
            let place = Place::File { path: manifest.file.clone(), line: local.line };
            match path::resolve(folder, &local.path).filter(below) {
                Some(path) => self.all.push(path),
                None => diagnostics.push(not_below(local, place.clone())),
            }
            if local.linked && of.manager != PackageManager::Uv {
                diagnostics.push(linked(local, of.manager, place));
            }
            self.linked |= local.linked;
        }
    }
}

fn not_below(local: &Local, place: Place) -> Diagnostic {
    let message = format!("`{}` is not below the folder that dependencies are installed from", local.path);
    Diagnostic::new(Rule::MissingFile, place, message)
        .help("move it there, or make one workspace of uv of both projects")
}

fn linked(local: &Local, manager: PackageManager, place: Place) -> Diagnostic {
    let message =
        format!("`{}` is installed as a link to its folder, which the image does not have", local.path);
    let key = if manager == PackageManager::Poetry { "develop" } else { "editable" };
    Diagnostic::new(Rule::InvalidProjectFile, place, message).help(format!("write `{key} = false`"))
}
