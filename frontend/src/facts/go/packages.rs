//! Where the main package is, and what the packages embed.

use std::collections::BTreeSet;

use super::modules::GoMod;
use super::source::{self, GoFile};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::{Fact, Project};
use crate::lower::filter::NOT_SOURCE;
use crate::manifest::App;
use crate::path;
use crate::plan::Text;
use crate::rules::Rule;
use crate::span::Span;

/// Reading every Go file for what it embeds costs a round trip each; past this number none is read, and
/// documentation counts as source.
const FILES_READ_AT_MOST: usize = 500;

/// The main packages below `cmd` of a module whose own folder is none, as `go build` takes them. There are none while the
/// project asks for more of its files.
pub(super) fn commands(project: &mut Project, root: &str) -> Vec<String> {
    if is_main(project, root) {
        return Vec::new();
    }
    let commands = path::join(root, "cmd");
    let folders: Vec<String> = project
        .folder(&commands)
        .iter()
        .filter(|item| item.is_folder)
        .map(|item| item.name.clone())
        .collect();
    // All are asked for at once.
    let mains: Vec<bool> =
        folders.iter().map(|name| is_main(project, &path::join(&commands, name))).collect();
    let mut found: Vec<String> = folders
        .into_iter()
        .zip(mains)
        .filter_map(|(name, main)| main.then(|| format!("./cmd/{name}")))
        .collect();
    if is_main(project, &commands) {
        found.push("./cmd".to_owned());
    }
    found
}

/// The one main package: the module's own, the only one below `cmd`, or the one there that is called like the app.
pub(super) fn main_package(
    project: &mut Project,
    app: &App,
    place: Span,
    root: &str,
    go_mod: &GoMod,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<Text>> {
    if is_main(project, root) {
        return Some(Fact::decided(Text::literal("."), "the module's own folder has `package main`"));
    }
    let found = commands(project, root);
    if let Some(name) = &app.name
        && let [_, _, ..] = found.as_slice()
        && let Some(command) = found.iter().find(|command| is_called(command, name.value.as_str()))
    {
        let reason = "the `package main` that is called like the app";
        return Some(Fact::decided(Text::literal(command.as_str()), reason));
    }
    let place = app.stack.as_ref().map_or(place, |stack| stack.span);
    match found.as_slice() {
        [one] => Some(Fact::decided(Text::literal(one.as_str()), "the only `package main` is there")),
        [] => {
            let module = go_mod.module.as_ref().map_or("the module", |module| module.value.as_str());
            diagnostics.push(
                Diagnostic::new(Rule::NoMainPackage, place, format!("no `package main` found in `{module}`"))
                    .help("set `build.target`; looked in the module's folder, `cmd` and `cmd/*`"),
            );
            None
        }
        several => {
            let names: Vec<_> = several.iter().map(|name| format!("`{name}`")).collect();
            diagnostics.push(
                Diagnostic::new(
                    Rule::SeveralMainPackages,
                    place,
                    format!("several main packages: {}", names.join(", ")),
                )
                .help(format!("set `build.target`, as in `build: {{ target: {} }}`", several[0])),
            );
            None
        }
    }
}

/// `./cmd/api` is called `api`.
fn is_called(command: &str, name: &str) -> bool {
    command.rsplit('/').next() == Some(name)
}

fn is_main(project: &mut Project, folder: &str) -> bool {
    let files = go_files(project, folder);
    let heads: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    heads.into_iter().flatten().any(|text| GoFile::parse(&text).is_main())
}

/// Go files of a folder that are not tests.
fn go_files(project: &mut Project, folder: &str) -> Vec<String> {
    let items = project.folder(folder);
    let names = items.iter().filter(|item| !item.is_folder).map(|item| item.name.as_str());
    names
        .filter(|name| {
            std::path::Path::new(name).extension() == Some("go".as_ref()) && !name.ends_with("_test.go")
        })
        .map(|name| path::join(folder, name))
        .collect()
}

/// What the program is called: after its folder, or after the module.
pub(super) fn binary_name(package: &Text, root: &str, go_mod: &GoMod) -> String {
    let last = |path: &str| path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default().to_owned();
    let Some(package) = package.as_literal() else { return "app".to_owned() };
    if let Some(folder) = package.strip_prefix("./").filter(|folder| !folder.is_empty()) {
        return last(folder);
    }
    let module = go_mod.module.as_ref().map_or(root, |module| module.value.as_str());
    let (name, tail) = module.rsplit_once('/').unwrap_or(("", module));
    let is_major = tail.strip_prefix('v').is_some_and(|n| n.parse::<u32>().is_ok());
    let name = if is_major { last(name) } else { tail.to_owned() };
    if name.is_empty() { "app".to_owned() } else { name }
}

/// The Go files below the app's folder, by their paths; none of them when there are more than are read.
#[derive(Debug)]
pub(super) struct Sources(Option<Vec<(String, GoFile)>>);

impl Sources {
    pub(super) fn read(project: &mut Project, root: &str) -> Self {
        let mut files = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            files.extend(go_files(project, &folder));
            if files.len() > FILES_READ_AT_MOST {
                return Self(None);
            }
            for item in project.folder(&folder).iter().filter(|item| item.is_folder) {
                if !matches!(item.name.as_str(), "vendor" | "testdata" | "node_modules") {
                    folders.push(path::join(&folder, &item.name));
                }
            }
        }
        files.sort();
        // All are asked for at once.
        let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
        let read = files.into_iter().zip(texts);
        Self(Some(read.filter_map(|(file, text)| Some((file, GoFile::parse(&text?)))).collect()))
    }

    /// The first file that a build for Linux takes and in which this is found, with the line.
    pub(super) fn first(&self, find: fn(&GoFile) -> Option<u32>) -> Option<(String, u32)> {
        let mut files = self.0.iter().flatten().filter(|(file, _)| source::is_for_linux(file));
        files.find_map(|(file, head)| Some((file.clone(), find(head)?)))
    }

    /// More than are read.
    pub(super) fn are_many(&self) -> bool {
        self.0.is_none()
    }

    /// What is embedded and would not be source without that.
    pub(super) fn embedded(&self, folder: &str) -> Vec<String> {
        let Some(files) = &self.0 else {
            return NOT_SOURCE
                .iter()
                .filter(|pattern| is_documentation(pattern))
                .map(|&p| p.to_owned())
                .collect();
        };
        let mut found = BTreeSet::new();
        for (file, head) in files {
            let at = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            let Some(at) = path::relative(folder, at) else { continue };
            found.extend(head.embeds.iter().map(|pattern| path::join(&at, pattern)));
        }
        found.into_iter().collect()
    }
}

fn is_documentation(pattern: &str) -> bool {
    ["md", "mdx", "rst", "adoc"].iter().any(|ending| pattern.ends_with(&format!("*.{ending}")))
}
