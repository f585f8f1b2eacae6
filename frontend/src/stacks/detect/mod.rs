//! Which stack a project is of. What every stack recognises is collected, and one must be left: of several nothing is
//! chosen silently.

mod node;
mod others;
mod python;

pub(super) use node::DOCUMENTATION;

use crate::diagnostic::{Diagnostic, Diagnostics, Place};
use crate::facts::{Fact, Project};
use crate::manifest::{App, StackName};
use crate::nearest::list;
use crate::path;
use crate::rules::Rule;
use crate::span::Span;

/// What a stack recognises a project by.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sign {
    stack: StackName,
    file: String,
    line: u32,
    reason: String,
    weight: Weight,
    /// The stacks whose files are a part of this one's projects.
    includes: &'static [StackName],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    Certain,
    /// Many projects of other stacks have such a file too: it counts where nothing else is recognised.
    Alone,
}

/// Each looks into a folder for the files of its stack.
const STACKS: &[fn(&mut Project, &str) -> Option<Sign>] = &[
    go,
    node::sign,
    node::page,
    python::sign,
    others::rust,
    others::java,
    others::dotnet,
    others::php,
    others::ruby,
];

/// What is looked for, with the stacks that it is a sign of.
const LOOKED_FOR: &str = "`go.mod`, `go.work` (go), `package.json` (node, static), `index.html` (static), \
     `pyproject.toml`, `requirements.txt`, `Pipfile`, `setup.cfg` and `setup.py` (python)";

/// The files that may be asked for, as patterns.
pub(super) fn files() -> impl Iterator<Item = &'static str> {
    [node::FILES, python::FILES, others::FILES].into_iter().flatten().copied()
}

/// `None` when a mistake was found, or while the project asks for more of its files.
pub(super) fn detect(
    app: &App,
    project: &mut Project,
    place: Span,
    diagnostics: &mut Diagnostics,
) -> Option<Fact<StackName>> {
    let root = app.root.as_ref().map_or("", |root| root.value.as_str());
    let place = app.root.as_ref().map_or(place, |root| root.span);
    let signs = signs(project, root);
    match signs.as_slice() {
        [one] => Some(Fact::at(one.stack, &*one.reason, &*one.file, one.line)),
        [] => {
            diagnostics.push(nothing(project, root, place));
            None
        }
        several => {
            diagnostics.push(conflict(several, root, place));
            None
        }
    }
}

/// What is recognised in a folder, without what is a part of something else.
fn signs(project: &mut Project, root: &str) -> Vec<Sign> {
    let mut signs: Vec<Sign> = STACKS.iter().filter_map(|sign| sign(project, root)).collect();
    if signs.iter().any(|sign| sign.weight == Weight::Certain) {
        signs.retain(|sign| sign.weight == Weight::Certain);
    }
    let included: Vec<StackName> = signs.iter().flat_map(|sign| sign.includes).copied().collect();
    signs.retain(|sign| !included.contains(&sign.stack));
    signs
}

fn conflict(signs: &[Sign], root: &str, place: Span) -> Diagnostic {
    let stacks = list(signs.iter().map(|sign| sign.stack.as_str()));
    let message = format!("{} has the files of several stacks: {stacks}", folder(root));
    let mut diagnostic = Diagnostic::new(Rule::SeveralStacks, place, message);
    for Sign { stack, file, line, reason, .. } in signs {
        let what = if super::SUPPORTED.contains(stack) {
            format!("{reason}: write `stack: {stack}` if this becomes the image")
        } else {
            format!("{reason}: a `{stack}` project, and this version has no stack for those")
        };
        diagnostic = diagnostic.label(Place::File { path: file.clone(), line: *line }, what);
    }
    let lines = signs.iter().filter(|sign| super::SUPPORTED.contains(&sign.stack));
    let lines: Vec<_> = lines.map(|sign| format!("`stack: {}`", sign.stack)).collect();
    diagnostic.help(match lines.as_slice() {
        [] => "write the stages under `stages:`, or set `root` to the folder of the app".to_owned(),
        lines => format!("write {}, or set `root` to the folder of the app", lines.join(" or ")),
    })
}

fn nothing(project: &mut Project, root: &str, place: Span) -> Diagnostic {
    let message = format!("no stack was recognised in {}", folder(root));
    let diagnostic = Diagnostic::new(Rule::NoStack, place, message);
    let below = below(project, root);
    let diagnostic = below.iter().fold(diagnostic, |diagnostic, (folder, sign)| {
        let what = format!("{}: write `root: {folder}` if this is the app", sign.reason);
        diagnostic.label(Place::File { path: sign.file.clone(), line: sign.line }, what)
    });
    diagnostic.help(match below.as_slice() {
        [] => format!("set `stack`, or write the stages under `stages:`; looked for {LOOKED_FOR}"),
        [(folder, _), ..] => {
            format!("set the folder of the app, as in `root: {folder}`; looked for {LOOKED_FOR}")
        }
    })
}

/// What is recognised in the folders of a folder, and in theirs.
fn below(project: &mut Project, root: &str) -> Vec<(String, Sign)> {
    let folders = |project: &mut Project, of: &str| -> Vec<String> {
        let items = project.folder(of);
        items.iter().filter(|item| item.is_folder).map(|item| path::join(of, &item.name)).collect()
    };
    let first = folders(project, root);
    let second: Vec<_> = first.iter().flat_map(|folder| folders(project, folder)).collect();
    let all = first.into_iter().chain(second);
    all.filter_map(|folder| Some((folder.clone(), signs(project, &folder).into_iter().next()?))).collect()
}

fn folder(root: &str) -> String {
    if root.is_empty() { "the context".to_owned() } else { format!("`{root}`") }
}

fn go(project: &mut Project, root: &str) -> Option<Sign> {
    any_file(project, root, StackName::Go, &["go.mod", "go.work"])
}

/// The first of these files that is there.
fn any_file(project: &mut Project, root: &str, stack: StackName, names: &[&str]) -> Option<Sign> {
    let files: Vec<_> = names.iter().map(|name| path::join(root, name)).collect();
    // All are asked for at once.
    let there: Vec<_> = files.iter().map(|file| project.file(file).is_some()).collect();
    let file = files.into_iter().zip(there).find_map(|(file, there)| there.then_some(file))?;
    Some(Sign::of_file(stack, &file))
}

impl Sign {
    fn of_file(stack: StackName, file: &str) -> Self {
        let reason = format!("`{file}` is there");
        Self { stack, file: file.to_owned(), line: 1, reason, weight: Weight::Certain, includes: &[] }
    }

    fn alone(self) -> Self {
        Self { weight: Weight::Alone, ..self }
    }
}
