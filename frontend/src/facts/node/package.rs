//! `package.json`

use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::Project;
use crate::facts::tree::{self, Tree};
use crate::path;
use crate::rules::Rule;

/// The keys of `package.json` that name dependencies to install.
pub(super) const KINDS: [&str; 3] = ["dependencies", "devDependencies", "optionalDependencies"];

/// One package of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Package {
    /// Relative to the context.
    pub folder: String,
    pub file: String,
    pub tree: Tree,
}

/// A line of one of the [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dependency<'a> {
    pub kind: &'static str,
    pub name: &'a str,
    /// `^5.1.0`, `workspace:*`
    pub wanted: &'a str,
    pub line: u32,
}

impl Package {
    /// `None` when there is none; one that cannot be read is a mistake.
    pub fn read(project: &mut Project, folder: &str, diagnostics: &mut Diagnostics) -> Option<Self> {
        let file = path::join(folder, "package.json");
        let text = project.file(&file)?;
        match tree::json(&text) {
            Ok(tree) => Some(Self { folder: folder.to_owned(), file, tree }),
            Err((line, problem)) => {
                diagnostics.push(unreadable(&file, line, &problem));
                None
            }
        }
    }

    pub fn place(&self, line: u32) -> Place {
        Place::File { path: self.file.clone(), line }
    }

    pub fn name(&self) -> Option<&str> {
        self.tree.text_of(&["name"])
    }

    /// A script and its line.
    pub fn script(&self, name: &str) -> Option<(&str, u32)> {
        let script = self.tree.get(&["scripts", name])?;
        Some((script.text()?, script.line)).filter(|(text, _)| !text.trim().is_empty())
    }

    pub fn dependencies(&self) -> impl Iterator<Item = Dependency<'_>> {
        KINDS.into_iter().flat_map(|kind| {
            let entries = self.tree.get(&[kind]).into_iter().flat_map(Tree::entries);
            entries.filter_map(move |(name, value)| {
                Some(Dependency { kind, name, wanted: value.text()?, line: value.line })
            })
        })
    }

    pub fn dependency(&self, name: &str) -> Option<Dependency<'_>> {
        self.dependencies().find(|dependency| dependency.name == name)
    }
}

pub(super) fn unreadable(file: &str, line: u32, problem: &str) -> Diagnostic {
    let place = Place::File { path: file.to_owned(), line };
    let problem = problem.trim_end_matches('.');
    Diagnostic::new(Rule::InvalidProjectFile, place, format!("`{file}` cannot be read: {problem}"))
        .help("correct the file")
}
