//! `requirements.txt` and the files that it includes.

use std::collections::BTreeSet;

use super::requirement::Requirement;
use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::Project;
use crate::path;
use crate::rules::Rule;

/// What a requirements file asks for, with all that it includes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requirements {
    /// The files that were read, relative to the context, the first one first.
    pub files: Vec<String>,
    /// With the file that each is in.
    pub wanted: Vec<(String, Requirement)>,
    /// Names that a constraints file pins.
    constrained: BTreeSet<String>,
    /// Lines that name a folder of the project, such as `-e .`.
    pub local: Vec<Place>,
}

impl Requirements {
    pub fn read(project: &mut Project, file: &str, diagnostics: &mut Diagnostics) -> Self {
        let mut read = Self::default();
        read.follow(project, file, false, diagnostics);
        read
    }

    fn follow(
        &mut self,
        project: &mut Project,
        file: &str,
        constraints: bool,
        diagnostics: &mut Diagnostics,
    ) {
        if self.files.iter().any(|known| known == file) {
            return;
        }
        let Some(text) = project.file(file) else { return };
        self.files.push(file.to_owned());
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, text) in logical_lines(&text) {
            let place = Place::File { path: file.to_owned(), line };
            match Line::parse(&text) {
                Line::Include(other) | Line::Constraint(other) if other.contains("://") => {}
                Line::Include(other) => {
                    self.include(project, folder, &other, constraints, place, diagnostics);
                }
                Line::Constraint(other) => self.include(project, folder, &other, true, place, diagnostics),
                Line::Local => self.local.push(place),
                Line::Requirement(text) => {
                    let Some(one) = Requirement::parse(&text, line) else { continue };
                    if !constraints {
                        self.wanted.push((file.to_owned(), one));
                    } else if one.pinned {
                        self.constrained.insert(one.name);
                    }
                }
                Line::Option => {}
            }
        }
    }

    fn include(
        &mut self,
        project: &mut Project,
        folder: &str,
        other: &str,
        constraints: bool,
        place: Place,
        diagnostics: &mut Diagnostics,
    ) {
        let found = path::resolve(folder, other).filter(|path| project.file(path).is_some());
        match found {
            Some(path) => self.follow(project, &path, constraints, diagnostics),
            None => diagnostics.push(
                Diagnostic::new(Rule::MissingFile, place, format!("there is no file `{other}`"))
                    .help("correct the path, which is relative to the file that it stands in"),
            ),
        }
    }

    /// What has neither an exact version nor a constraint that gives it one.
    pub fn unpinned(&self) -> impl Iterator<Item = &(String, Requirement)> {
        self.wanted.iter().filter(|(_, one)| !one.pinned && !self.constrained.contains(&one.name))
    }
}

enum Line {
    Include(String),
    Constraint(String),
    Local,
    Requirement(String),
    Option,
}

impl Line {
    /// <https://pip.pypa.io/en/stable/reference/requirements-file-format/>
    fn parse(text: &str) -> Self {
        let value = |names: [&str; 2]| {
            names.iter().find_map(|name| {
                let rest = text.strip_prefix(name)?;
                let rest = rest.trim_start_matches(['=', ' ', '\t']);
                (!rest.is_empty()).then(|| rest.to_owned())
            })
        };
        if let Some(file) = value(["--requirement", "-r"]) {
            return Self::Include(file);
        }
        if let Some(file) = value(["--constraint", "-c"]) {
            return Self::Constraint(file);
        }
        if let Some(what) = value(["--editable", "-e"]) {
            return if what.contains("://") { Self::Option } else { Self::Local };
        }
        if text.starts_with('-') {
            return Self::Option;
        }
        if text.starts_with(['.', '/']) {
            return Self::Local;
        }
        // What follows are options of this line: hashes.
        Self::Requirement(text.split(" --").next().unwrap_or(text).trim().to_owned())
    }
}

/// Lines without comments, those that end in a backslash joined; each with the number of its first.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut continues = false;
    for (number, line) in crate::facts::numbered(text) {
        let line =
            if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or(line).trim_end() };
        let (line, more) = line.strip_suffix('\\').map_or((line, false), |line| (line.trim_end(), true));
        match lines.last_mut().filter(|_| continues) {
            Some((_, last)) => {
                last.push(' ');
                last.push_str(line);
            }
            None if !line.is_empty() => lines.push((number, line.to_owned())),
            None => {}
        }
        continues = more;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_included_is_read_once() {
        let project = Project::of_files([
            (
                "api/requirements.txt",
                "-r requirements/base.txt\n-c constraints.txt # pins\ngunicorn\nrich>=13\n-e .\n",
            ),
            (
                "api/requirements/base.txt",
                "flask==3.1.2 \\\n    --hash=sha256:ab\n--requirement=../requirements.txt\n",
            ),
            ("api/constraints.txt", "gunicorn==23.0.0\n"),
        ]);
        let (read, mistakes) = project.conclude(|project| {
            let mut mistakes = Diagnostics::default();
            (Requirements::read(project, "api/requirements.txt", &mut mistakes), mistakes)
        });
        assert!(mistakes.is_empty());
        assert_eq!(read.files, ["api/requirements.txt", "api/requirements/base.txt", "api/constraints.txt"]);
        let wanted: Vec<_> =
            read.wanted.iter().map(|(_, one)| (one.name.as_str(), one.line, one.pinned)).collect();
        assert_eq!(wanted, [("flask", 1, true), ("gunicorn", 3, false), ("rich", 4, false)]);
        assert_eq!(read.unpinned().map(|(_, one)| one.name.as_str()).collect::<Vec<_>>(), ["rich"]);
        assert_eq!(read.local, [Place::File { path: "api/requirements.txt".to_owned(), line: 5 }]);
    }
}
