//! The project's files that facts are read from.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::contexts::dockerignore::Ignore;
use buildkit_gateway::contexts::{Contexts, Manifest};
use buildkit_gateway::{Gateway, Ref, Result};
use buildkit_llb::Graph;
use futures_util::future::{join, join_all, try_join_all};

use crate::facts::{Answer, Item, Question};
use crate::gather::Gather as _;
use crate::lower::Context;
use crate::lower::filter::is_shown;
use crate::path;
use crate::stacks;

/// All files that detection may ask for, loaded once.
pub(super) struct Files {
    loaded: Ref,
    ignore: Ignore,
    /// The folders that were looked into. Most files that are asked for are not there, and one look into their folder
    /// says so of all of them.
    folders: BTreeMap<String, Answer>,
    /// Files to be read with the next ones that are asked for.
    ahead: BTreeSet<Question>,
}

/// Go's bit for a directory in `Stat.mode`.
const DIRECTORY: u32 = 1 << 31;

/// Only files that detection may ask for are there, so those of a folder with few are read before they are asked for.
const FEW: usize = 32;

impl Files {
    /// `.dockerignore` comes with them, and so does what it leaves out: who waited for it first would lose the time of a
    /// load.
    pub(super) async fn load(gateway: &Gateway, contexts: &Contexts, manifest: &Manifest) -> Result<Self> {
        let context = Context { source: contexts.main().clone(), ignore: Vec::new(), manifest: None };
        let mut graph = Graph::new(gateway.options().build_platform());
        let files = context.files(&mut graph, stacks::files())?;
        let loaded = gateway.solve(graph.definition(files)?).await?.single()?;
        let (ignore, top) = join(contexts.excludes_among(&loaded, manifest), look_into(&loaded, "")).await;
        let ignore = Ignore::new(ignore);
        let mut files = Self { loaded, ignore, folders: BTreeMap::new(), ahead: BTreeSet::new() };
        files.add(top?);
        Ok(files)
    }

    /// What was asked, and what will be: whoever remembers all of it does not ask for it again.
    pub(super) async fn answer(&mut self, questions: BTreeSet<Question>) -> Result<Vec<(Question, Answer)>> {
        let folders: BTreeSet<&str> = questions.iter().map(|question| split(question).0).gather();
        let unknown = folders.into_iter().filter(|folder| !self.is_known(folder));
        let looked = try_join_all(unknown.map(|folder| look_into(&self.loaded, folder))).await?;
        for looked in looked {
            self.add(looked);
        }
        let ahead = std::mem::take(&mut self.ahead);
        let ahead = join_all(ahead.difference(&questions).map(|question| self.known(question)));
        let (ahead, asked) =
            join(ahead, try_join_all(questions.iter().map(|question| self.known(question)))).await;
        // What nobody asked for is no mistake.
        Ok(asked?.into_iter().chain(ahead.into_iter().flatten()).collect())
    }

    async fn known(&self, question: &Question) -> Result<(Question, Answer)> {
        let answer = match question {
            Question::File(path) if self.has(path) => self.read(path).await?,
            Question::File(_) => Answer::Absent,
            Question::Folder(path) => self.folders.get(path).cloned().unwrap_or(Answer::Absent),
        };
        Ok((question.clone(), answer))
    }

    /// Whether the folder was looked into, or the one above it was and does not have it.
    fn is_known(&self, folder: &str) -> bool {
        let (above, _) = split_path(folder);
        self.folders.contains_key(folder)
            || (!folder.is_empty() && self.folders.contains_key(above) && !self.has(folder))
    }

    fn has(&self, path: &str) -> bool {
        let (folder, name) = split_path(path);
        match self.folders.get(folder) {
            Some(Answer::Folder(items)) => items.iter().any(|item| item.name == name),
            Some(Answer::File(_) | Answer::Absent) | None => false,
        }
    }

    /// A folder without what `.dockerignore` leaves out.
    fn add(&mut self, (folder, answer): (String, Answer)) {
        let answer = match answer {
            Answer::Folder(items) => Answer::Folder(
                items.iter().filter(|item| is_shown(&folder, item, &self.ignore)).cloned().collect(),
            ),
            Answer::File(_) | Answer::Absent => answer,
        };
        self.ahead.extend(few(&folder, &answer));
        self.folders.insert(folder, answer);
    }

    async fn read(&self, path: &str) -> Result<Answer> {
        Ok(match self.loaded.find_file(path).await? {
            Some(bytes) => Answer::File(String::from_utf8_lossy(&bytes).into()),
            None => Answer::Absent,
        })
    }
}

async fn look_into(loaded: &Ref, folder: &str) -> Result<(String, Answer)> {
    let path = if folder.is_empty() { "/" } else { folder };
    let answer = match loaded.read_dir(path, None).await {
        Ok(entries) => Answer::Folder(
            entries
                .into_iter()
                .map(|entry| Item { name: entry.path, is_folder: entry.mode & DIRECTORY != 0 })
                .collect(),
        ),
        // The engine has no code for a file where a folder was to be.
        Err(error) if error.is_not_found() || error.message().ends_with("not a directory") => Answer::Absent,
        Err(error) => return Err(error),
    };
    Ok((folder.to_owned(), answer))
}

/// The files of a folder that has few.
fn few(at: &str, folder: &Answer) -> Vec<Question> {
    let Answer::Folder(items) = folder else { return Vec::new() };
    let files: Vec<_> = items.iter().filter(|item| !item.is_folder).collect();
    if files.len() > FEW {
        return Vec::new();
    }
    files.into_iter().map(|item| Question::File(path::join(at, &item.name))).collect()
}

/// The folder to look into, and the name in it.
fn split(question: &Question) -> (&str, &str) {
    match question {
        Question::File(path) => split_path(path),
        Question::Folder(path) => (path, ""),
    }
}

fn split_path(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
