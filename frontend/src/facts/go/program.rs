//! The packages that a program is made from: whether they hold C, and what they read when it runs.

use std::collections::BTreeSet;

use super::packages::Sources;
use super::source::GoFile;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::Fact;
use crate::manifest::App;
use crate::path;
use crate::rules::Rule;

/// All that is looked at.
pub(super) struct Search<'a> {
    /// The files of the app's module, and those of the others in the context.
    pub sources: [&'a Sources; 2],
    /// Those modules: what each is imported as, and its folder.
    pub modules: Vec<(String, String)>,
    /// Modules that do nothing without their C.
    pub c_modules: &'a BTreeSet<String>,
    /// The folder of the main package; none where that is not known.
    pub program: Option<String>,
}

/// One of those that the app's module requires.
pub(super) struct Required<'a> {
    pub module: &'a str,
    pub file: &'a str,
    pub line: u32,
}

/// C of the program's own, or of a module that is known to hold some. What other modules hold is not known before they are
/// there.
pub(super) fn cgo(
    app: &App,
    search: &Search<'_>,
    required: Option<Required<'_>>,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<bool>> {
    let written = app.build.environment.iter().find(|variable| variable.name.value == "CGO_ENABLED");
    if let Some(variable) = written {
        let Some(value) = variable.value.as_literal() else {
            let message = "`CGO_ENABLED` is needed before arguments are known";
            let help = "write `CGO_ENABLED: \"1\"` or `CGO_ENABLED: \"0\"`";
            diagnostics.push(Diagnostic::new(Rule::InvalidArgument, variable.name.span, message).help(help));
            return None;
        };
        return Some(Fact::written(value == "1", "build.environment", variable.name.span));
    }
    let found = search.found();
    let required = required.filter(|required| !search.imports(required.module));
    Some(found.or_else(|| required.map(Required::fact)).unwrap_or_else(|| {
        Fact::decided(false, "neither the program nor what it imports is known to hold C")
    }))
}

impl Required<'_> {
    fn fact(self) -> Fact<bool> {
        let reason = format!("`{}` does nothing without its C", self.module);
        Fact::at(true, reason, self.file, self.line)
    }
}

impl<'a> Search<'a> {
    /// What the program reads of files that it does not hold.
    pub(super) fn reads(&self, diagnostics: &mut Diagnostics) {
        if self.program.is_none() {
            return;
        }
        for (file, head) in self.files() {
            for (read, line) in head.reads.iter().filter(|_| !head.left_out) {
                let place = Place::File { path: file.to_owned(), line: *line };
                let message =
                    format!("`{read}` is read when the program runs, and the image holds the program alone");
                let help = "embed it with `//go:embed`, or copy it below `/app` in a `build.command`, and set \
                            `run.working_dir`";
                diagnostics.push(Diagnostic::new(Rule::FilesOutsideOfImage, place, message).help(help));
            }
        }
    }

    /// C in the packages of the program.
    fn found(&self) -> Option<Fact<bool>> {
        let files = self.files();
        let own = files.iter().find_map(|(file, head)| Some((file, head.import("C")?)));
        if let Some((file, line)) = own {
            return Some(Fact::at(true, "a file has `import \"C\"`", *file, line));
        }
        // Tags that the app sets are not looked into.
        for (file, head) in files {
            for (import, line) in &head.imports {
                if let Some(module) = self.c_modules.iter().find(|module| is_of(import, module)) {
                    return Some(Fact::at(
                        true,
                        format!("`{module}` does nothing without its C"),
                        file,
                        *line,
                    ));
                }
            }
        }
        None
    }

    /// The files of the packages that the program is made from; without a program those of its module.
    fn files(&self) -> Vec<(&'a str, &'a GoFile)> {
        let [own, others] = self.sources;
        let mut files: Vec<_> = own.built().collect();
        let Some(program) = &self.program else { return files };
        files.extend(others.built());
        let mut reached = vec![program.clone()];
        let mut at = 0;
        while let Some(folder) = reached.get(at).cloned() {
            at += 1;
            for (_, head) in files.iter().filter(|(file, head)| folder_of(file) == folder && !head.left_out) {
                for (import, _) in &head.imports {
                    if let Some(next) = self.folder(import).filter(|next| !reached.contains(next)) {
                        reached.push(next);
                    }
                }
            }
        }
        files.retain(|(file, _)| reached.iter().any(|folder| folder == folder_of(file)));
        files
    }

    /// The folder of what is imported, where that is in the context.
    fn folder(&self, import: &str) -> Option<String> {
        let mut found: Option<&(String, String)> = None;
        for one in self.modules.iter().filter(|(module, _)| is_of(import, module)) {
            if found.is_none_or(|found| found.0.len() < one.0.len()) {
                found = Some(one);
            }
        }
        let (module, folder) = found?;
        Some(path::join(folder, import[module.len()..].trim_start_matches('/')))
    }

    /// Whether any file imports a module, its tests among them.
    fn imports(&self, module: &str) -> bool {
        let mut files = self.sources.iter().flat_map(|sources| sources.all());
        files.any(|head| head.imports.iter().any(|(import, _)| is_of(import, module)))
    }
}

/// `a.example/b/c` is a package of `a.example/b`.
fn is_of(import: &str, module: &str) -> bool {
    !module.is_empty() && path::relative(module, import).is_some()
}

fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}
