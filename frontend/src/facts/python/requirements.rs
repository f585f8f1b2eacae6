//! `requirements.txt` and the files that it includes.

use std::collections::BTreeSet;

use super::requirement::{Requirement, normalized};
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
    /// The first line that names the project itself, such as `-e .`.
    pub own: Option<Place>,
    /// The extras of those lines.
    pub extras: BTreeSet<String>,
    /// Folders and files that are installed or looked into, relative to the context.
    pub local: Vec<String>,
    /// A line says something that only pip means so: that the project or a folder is installed as a link.
    pub linked: bool,
    /// The first line that names a repository of git.
    pub git: Option<Place>,
    /// The first that is asked for by ssh.
    pub ssh: Option<Place>,
    /// Packages come from several indexes.
    pub extra_index: bool,
    /// Some line has a hash: all have to have one.
    pub hashed: bool,
}

impl Requirements {
    /// `root` is the folder of the app, where pip runs.
    pub fn read(project: &mut Project, root: &str, file: &str, diagnostics: &mut Diagnostics) -> Self {
        let mut read = Self::default();
        read.follow(project, root, file, false, diagnostics);
        read
    }

    fn follow(
        &mut self,
        project: &mut Project,
        root: &str,
        file: &str,
        constraints: bool,
        diagnostics: &mut Diagnostics,
    ) {
        if self.files.iter().any(|known| known == file) {
            return;
        }
        let Some(text) = project.file(file) else { return };
        self.files.push(file.to_owned());
        if text.contains('\0') {
            diagnostics.push(super::unreadable(file, 1, "it is no UTF-8"));
            return;
        }
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (line, text) in logical_lines(&text) {
            let place = || Place::File { path: file.to_owned(), line };
            if text.contains("git+") {
                self.git.get_or_insert_with(place);
            }
            if text.contains("git+ssh://") {
                self.ssh.get_or_insert_with(place);
            }
            self.hashed |= text.contains(" --hash");
            let included = match Line::parse(&text) {
                Line::Include(other) | Line::Constraint(other) if other.contains("://") => continue,
                Line::Include(other) => (other, constraints),
                Line::Constraint(other) => (other, true),
                Line::Local { path, extras, linked } => {
                    self.linked |= linked;
                    match path::resolve(root, &path) {
                        Some(path) if path == root => {
                            self.linked = true;
                            self.own.get_or_insert_with(place);
                            self.extras.extend(extras);
                        }
                        Some(path) => self.local.push(path),
                        None => diagnostics.push(not_in_context(&path, place())),
                    }
                    continue;
                }
                Line::ExtraIndex => {
                    self.extra_index = true;
                    continue;
                }
                Line::Requirement(text) => {
                    match Requirement::parse(&text, line) {
                        Some(one) if !constraints => self.wanted.push((file.to_owned(), one)),
                        Some(one) if one.pinned => drop(self.constrained.insert(one.name)),
                        Some(_) => {}
                        None => diagnostics.push(no_requirement(&text, place())),
                    }
                    continue;
                }
                Line::Option => continue,
            };
            match found(project, folder, &included.0) {
                Ok(path) => self.follow(project, root, &path, included.1, diagnostics),
                Err((message, help)) => {
                    diagnostics.push(Diagnostic::new(Rule::MissingFile, place(), message).help(help));
                }
            }
        }
    }

    /// What has neither an exact version nor a constraint that gives it one.
    pub fn unpinned(&self) -> impl Iterator<Item = &(String, Requirement)> {
        self.wanted.iter().filter(|(_, one)| !one.pinned && !self.constrained.contains(&one.name))
    }
}

/// A file that is included, else what is wrong with it, and what helps.
fn found(project: &mut Project, folder: &str, written: &str) -> Result<String, (String, &'static str)> {
    let path = path::resolve(folder, written);
    if path.as_deref().is_some_and(|path| !is_called_so(path)) {
        let help = "put `requirements` into its name, or move it to a folder that is called so";
        return Err((format!("`{written}` is not called like a file of requirements"), help));
    }
    path.filter(|path| project.file(path).is_some()).ok_or_else(|| {
        let help = "correct the path, which is relative to the file that it stands in";
        (format!("there is no file `{written}`"), help)
    })
}

/// Whether it is one of the files that are there to be read: see [`super::PythonFacts::FILES`].
pub(super) fn is_called_so(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    match ending {
        "txt" => {
            stem.contains("requirements")
                || stem.contains("constraints")
                || folder.split('/').any(|folder| folder == "requirements")
        }
        "in" => stem.contains("requirements"),
        _ => false,
    }
}

fn no_requirement(text: &str, place: Place) -> Diagnostic {
    Diagnostic::new(Rule::InvalidProjectFile, place, format!("`{text}` is no requirement"))
        .help("write it as in `flask==3.1.2`")
}

fn not_in_context(path: &str, place: Place) -> Diagnostic {
    Diagnostic::new(Rule::MissingFile, place, format!("`{path}` lies outside of the context"))
        .help("move it into the context, or install it from a package index")
}

enum Line {
    Include(String),
    Constraint(String),
    /// A folder or file, to install or to look into.
    Local {
        path: String,
        extras: Vec<String>,
        linked: bool,
    },
    Requirement(String),
    ExtraIndex,
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
        if text.starts_with("--extra-index-url") {
            return Self::ExtraIndex;
        }
        let (what, linked) = match (value(["--editable", "-e"]), value(["--find-links", "-f"])) {
            (Some(what), _) => (what, true),
            (None, Some(folder)) => {
                return if folder.contains("://") { Self::Option } else { Self::local(&folder, false) };
            }
            (None, None) if text.starts_with('-') => return Self::Option,
            (None, None) => (text.to_owned(), false),
        };
        if what.contains("://") || what.contains("${") {
            let named = !linked && Requirement::parse(text, 1).is_some();
            return if named { Self::Requirement(text.to_owned()) } else { Self::Option };
        }
        let first = what.split([' ', ';', '@']).next().unwrap_or(&what);
        let is_archive = [".whl", ".tar.gz", ".zip"].iter().any(|ending| first.ends_with(ending));
        if linked
            || what.starts_with(['.', '/'])
            || what.starts_with("file:")
            || first.contains('/')
            || is_archive
        {
            return Self::local(&what, linked);
        }
        // What follows are options of this line: hashes.
        Self::Requirement(what.split(" --").next().unwrap_or(&what).trim().to_owned())
    }

    /// `./libs/text[extra] ; python_version > "3.9"`
    fn local(text: &str, linked: bool) -> Self {
        let text = text.split([' ', ';']).next().unwrap_or(text);
        let text = text.strip_prefix("file:").unwrap_or(text);
        let (path, extras) =
            text.strip_suffix(']').and_then(|text| text.split_once('[')).unwrap_or((text, ""));
        let extras = extras.split(',').map(str::trim).filter(|extra| !extra.is_empty());
        Self::Local { path: path.to_owned(), extras: extras.map(normalized).collect(), linked }
    }
}

/// Lines without comments, those that end in a backslash joined; each with the number of its first.
fn logical_lines(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut continues = false;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in crate::facts::numbered(text) {
        let is_comment = |at: usize| at == 0 || line[..at].ends_with([' ', '\t']);
        let comment = line.match_indices('#').find(|(at, _)| is_comment(*at));
        let line = comment.map_or(line, |(at, _)| line[..at].trim_end());
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
            (Requirements::read(project, "api", "api/requirements.txt", &mut mistakes), mistakes)
        });
        assert!(mistakes.is_empty());
        assert_eq!(read.files, ["api/requirements.txt", "api/requirements/base.txt", "api/constraints.txt"]);
        let wanted: Vec<_> =
            read.wanted.iter().map(|(_, one)| (one.name.as_str(), one.line, one.pinned)).collect();
        assert_eq!(wanted, [("flask", 1, true), ("gunicorn", 3, false), ("rich", 4, false)]);
        assert_eq!(read.unpinned().map(|(_, one)| one.name.as_str()).collect::<Vec<_>>(), ["rich"]);
        assert_eq!(read.own, Some(Place::File { path: "api/requirements.txt".to_owned(), line: 5 }));
        assert!(read.hashed && read.linked && read.local.is_empty());
    }

    #[test]
    fn what_others_write_is_a_requirement() {
        let text = "A[b,c] >= 1.0 , < 2 ; python_version < '3.9'\nd===1.0\ne==1.0+cpu  # why\nf==2.*\ng (~=1.4)\nh==${V}\n\
                    i==1.0 --config-settings=x\nj @ git+https://${T}@example.com/j.git\nlibs/k\nl==1.0\t# why\n\
                    m @ file:///m.whl\nZope.N!=1.5;os_name=='nt'\n";
        let project = Project::of_files([("requirements.txt", text)]);
        let (read, mistakes) = project.conclude(|project| {
            let mut mistakes = Diagnostics::default();
            (Requirements::read(project, "", "requirements.txt", &mut mistakes), mistakes)
        });
        assert_eq!(mistakes, Diagnostics::default());
        let names: Vec<_> = read.wanted.iter().map(|(_, one)| one.name.as_str()).collect();
        assert_eq!(names, ["a", "d", "e", "f", "g", "i", "j", "l", "m", "zope-n"]);
        assert_eq!(read.local, ["libs/k"]);
    }

    #[test]
    fn what_is_no_utf_8_is_told() {
        let project = Project::of_files([("requirements.txt", "r\0i\0c\0h\0")]);
        let mistakes = project.conclude(|project| {
            let mut mistakes = Diagnostics::default();
            Requirements::read(project, "", "requirements.txt", &mut mistakes);
            mistakes
        });
        assert!(mistakes.has_errors());
    }

    #[test]
    fn what_lies_beside_is_seen() {
        let text = "\u{feff}flask==3.1.2\n-e .[Web,pdf]\n-e libs/a\n./b-1.0-py3-none-any.whl ; os_name == 'nt'\n\
                    --find-links wheels\nfile:../c\n-e git+https://example.com/x\nhttps://example.com/y.whl\n\
                    d @ https://example.com/d.whl\n--extra-index-url https://example.com/simple\n";
        let project = Project::of_files([("api/requirements.txt", text)]);
        let (read, mistakes) = project.conclude(|project| {
            let mut mistakes = Diagnostics::default();
            (Requirements::read(project, "api", "api/requirements.txt", &mut mistakes), mistakes)
        });
        assert!(mistakes.is_empty());
        assert_eq!(read.local, ["api/libs/a", "api/b-1.0-py3-none-any.whl", "api/wheels", "c"]);
        assert_eq!(read.extras.iter().collect::<Vec<_>>(), ["pdf", "web"]);
        let names: Vec<_> = read.wanted.iter().map(|(_, one)| one.name.as_str()).collect();
        assert_eq!((names, read.extra_index, read.hashed), (vec!["flask", "d"], true, false));
    }
}
