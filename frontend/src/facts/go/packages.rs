//! Where the main package is, and what the packages embed.

use std::collections::BTreeSet;

use super::modules::{GoMod, Line};
use super::source::{self, GoFile};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::facts::{Fact, Project};
use crate::gather::Gather as _;
use crate::lower::not_source::{DOCUMENTATION, DOCUMENTATION_AT_TOP, MARKDOWN, is_markdown};
use crate::manifest::App;
use crate::nearest::list;
use crate::path;
use crate::plan::Text;
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// Reading a file costs up to a quarter of a millisecond, ten times as much as loading it. Past this number none is read:
/// documentation counts as source then, and what holds C is not known.
const FILES_READ_AT_MOST: usize = 4000;

/// Of the programs of a module, where they are told.
const SHOWN_AT_MOST: usize = 5;

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
    // All are asked for at once. A folder with a module of its own is none of this one.
    let own_main = |folder: String| {
        let is_module = project.folder(&folder).iter().any(|item| item.name == "go.mod");
        is_main(project, &folder) && !is_module
    };
    let mains: Vec<bool> = folders.iter().map(|name| path::join(&commands, name)).map(own_main).collect();
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

/// The package that the manifest names, as `go build` takes it.
pub(super) fn target(
    project: &mut Project,
    written: &Spanned<Text>,
    root: &str,
    go_mod: &GoMod,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<Text>> {
    let fact = |package: Text| Fact::written(package, "build.target", written.span);
    let Some(target) = written.value.as_literal() else { return Some(fact(written.value.clone())) };
    // The path that it is imported by is as good.
    let module = go_mod.module.as_ref().and_then(|Line { value, .. }| target.strip_prefix(value.as_str()));
    let inside = module.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    let inside = inside.map_or(target, |rest| rest.trim_start_matches('/'));
    let mut refuse = |rule: Rule, message: String, help: String| {
        diagnostics.push(Diagnostic::new(rule, written.span, message).help(help));
        None
    };
    let help = || "write a folder of the module, as `./cmd/api`".to_owned();
    if inside.contains("...") {
        return refuse(
            Rule::InvalidPath,
            format!("`{target}` is several packages, and a program is one"),
            help(),
        );
    }
    if inside.starts_with('/') || inside.split('/').any(|part| part == "..") {
        return refuse(Rule::InvalidPath, format!("`{target}` is no folder of the module"), help());
    }
    let folder = path::resolve("", inside)?;
    let package = |folder: &str| if folder.is_empty() { ".".to_owned() } else { format!("./{folder}") };
    if let Some(file) = folder.strip_suffix(".go") {
        let help = format!("write `{}`", package(file.rsplit_once('/').map_or("", |(folder, _)| folder)));
        return refuse(Rule::InvalidPath, format!("`{target}` is a file, and a package is a folder"), help);
    }
    let heads = heads(project, &path::join(root, &folder));
    // Tags that the app's flags set are not looked into.
    if heads.iter().any(|(_, head)| head.package == "main") {
        return Some(fact(Text::literal(package(&folder))));
    }
    let found = commands(project, root);
    let help = match found.as_slice() {
        [] => help(),
        [one] => format!("write `{one}`"),
        several => format!("write one of {}", list(several.iter().map(String::as_str))),
    };
    refuse(Rule::NoMainPackage, format!("`{target}` has no `package main`"), help)
}

/// The one main package: the module's own, the only one below `cmd`, or the one there that is called like the app.
pub(super) fn main_package(
    project: &mut Project,
    app: &App,
    place: Span,
    root: &str,
    (go_mod, sources): (&GoMod, &Sources),
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
                    .help(elsewhere(sources, root)),
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

/// Where there are programs, when they are nowhere that is looked into.
fn elsewhere(sources: &Sources, root: &str) -> String {
    let mains = sources.built().filter(|(_, head)| head.is_main());
    let folders: BTreeSet<_> =
        mains.filter_map(|(file, _)| path::relative(root, file.rsplit_once('/')?.0)).gather();
    let found: Vec<_> = folders.iter().map(|folder| format!("./{folder}")).collect();
    match found.as_slice() {
        [] => "set `build.target`; looked in the module's folder, `cmd` and `cmd/*`".to_owned(),
        [one] => format!("write `build: {{ target: {one} }}`"),
        several => {
            let several = list(several.iter().map(String::as_str).take(SHOWN_AT_MOST));
            format!("set `build.target` to the folder of the program; there are {several}")
        }
    }
}

/// `./cmd/api` is called `api`.
fn is_called(command: &str, name: &str) -> bool {
    command.rsplit('/').next() == Some(name)
}

fn is_main(project: &mut Project, folder: &str) -> bool {
    heads(project, folder).iter().any(|(file, head)| source::is_for_linux(file) && head.is_main())
}

/// What the Go files of a folder say that are not tests.
fn heads(project: &mut Project, folder: &str) -> Vec<(String, GoFile)> {
    let mut files = go_files(project, folder);
    files.retain(|file| !is_test(file));
    read(project, files)
}

fn read(project: &mut Project, files: Vec<String>) -> Vec<(String, GoFile)> {
    // All are asked for at once.
    let texts: Vec<_> = files.iter().map(|file| project.file(file)).collect();
    let read = files.into_iter().zip(texts);
    read.filter_map(|(file, text)| Some((file, GoFile::parse(&text?)))).collect()
}

fn go_files(project: &mut Project, folder: &str) -> Vec<String> {
    let items = project.folder(folder);
    let names = items.iter().filter(|item| !item.is_folder).map(|item| item.name.as_str());
    let names = names.filter(|name| std::path::Path::new(name).extension() == Some("go".as_ref()));
    names.map(|name| path::join(folder, name)).collect()
}

fn is_test(file: &str) -> bool {
    file.ends_with("_test.go")
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

/// The Go files below some folders.
#[derive(Debug)]
pub(super) struct Sources {
    /// By their paths; none of them when there are more than are read.
    files: Option<Vec<(String, GoFile)>>,
}

impl Sources {
    pub(super) fn read(project: &mut Project, modules: impl IntoIterator<Item = String>) -> Self {
        let mut files = BTreeSet::new();
        let modules: Vec<String> = modules.into_iter().collect();
        let mut folders = modules.clone();
        while let Some(folder) = folders.pop() {
            // A module inside another one is no part of it.
            let is_module = project.folder(&folder).iter().any(|item| item.name == "go.mod");
            if is_module && !modules.contains(&folder) {
                continue;
            }
            files.extend(go_files(project, &folder));
            if files.len() > FILES_READ_AT_MOST {
                return Self { files: None };
            }
            for item in project.folder(&folder).iter().filter(|item| item.is_folder) {
                if !matches!(item.name.as_str(), "vendor" | "testdata" | "node_modules") {
                    folders.push(path::join(&folder, &item.name));
                }
            }
        }
        Self { files: Some(read(project, files.into_iter().collect())) }
    }

    /// The first file that a build for Linux takes and in which this is found, with the line.
    pub(super) fn first(&self, find: impl Fn(&GoFile) -> Option<u32>) -> Option<(String, u32)> {
        let mut files = self.built();
        files.find_map(|(file, head)| Some((file.to_owned(), find(head)?)))
    }

    /// The files that a build for Linux may take.
    pub(super) fn built(&self) -> impl Iterator<Item = (&str, &GoFile)> {
        let files = self.files.iter().flatten();
        let files = files.filter(|(file, _)| source::is_for_linux(file) && !is_test(file));
        files.map(|(file, head)| (&**file, head))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &GoFile> {
        self.files.iter().flatten().map(|(_, head)| head)
    }

    /// More than are read.
    pub(super) fn are_many(&self) -> bool {
        self.files.is_none()
    }

    /// What is embedded, or read by tests, and would not be source without that.
    pub(super) fn embedded(&self, folder: &str, in_tests: bool) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        match &self.files {
            Some(files) => {
                for (file, head) in files.iter().filter(|(file, _)| is_test(file) == in_tests) {
                    let at = file.rsplit_once('/').map_or("", |(folder, _)| folder);
                    let Some(at) = path::relative(folder, at) else { continue };
                    found.extend(head.embeds.iter().map(|pattern| path::join(&at, pattern)));
                }
            }
            None => {
                let documentation = DOCUMENTATION.iter().chain(DOCUMENTATION_AT_TOP).copied();
                let others = documentation.filter(|pattern| !is_markdown(pattern));
                found.extend([MARKDOWN].into_iter().chain(others).map(str::to_owned));
            }
        }
        if in_tests {
            // Only what facts are read from is seen here, so that nothing says whether there are such folders.
            found.insert("**/testdata".to_owned());
        }
        found
    }
}
