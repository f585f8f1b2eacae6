//! The project's files that facts are read from.

use std::collections::{BTreeMap, BTreeSet};

use buildkit_gateway::{Gateway, Ref, Result, Solve};
use buildkit_llb::Graph;
use futures_util::future::try_join_all;

use crate::facts::{Answer, Item, Question};
use crate::lower::Context;
use crate::stacks;

/// All files that detection may ask for, loaded once.
pub(super) struct Files {
    loaded: Ref,
    /// The folders that were looked into. Most files that are asked for are not there, and one look into their folder
    /// says so of all of them.
    folders: BTreeMap<String, Answer>,
}

/// Go's bit for a directory in `Stat.mode`.
const DIRECTORY: u32 = 1 << 31;

impl Files {
    pub(super) async fn load(gateway: &Gateway, context: &Context) -> Result<Self> {
        let mut graph = Graph::new(gateway.options().build_platform());
        let files = context.files(&mut graph, stacks::files())?;
        let definition = graph.definition(files)?;
        let loaded = gateway.solve(Solve::definition(definition).evaluate()).await?.single()?;
        Ok(Self { loaded, folders: BTreeMap::new() })
    }

    pub(super) async fn answer(&mut self, questions: BTreeSet<Question>) -> Result<Vec<(Question, Answer)>> {
        let folders: BTreeSet<&str> = questions.iter().map(|question| split(question).0).collect();
        let unknown = folders.into_iter().filter(|folder| !self.folders.contains_key(*folder));
        let looked = try_join_all(unknown.map(|folder| self.look_into(folder))).await?;
        self.folders.extend(looked);
        try_join_all(questions.into_iter().map(|question| self.answer_one(question))).await
    }

    async fn look_into(&self, folder: &str) -> Result<(String, Answer)> {
        let path = if folder.is_empty() { "/" } else { folder };
        let answer = match self.loaded.read_dir(path, None).await {
            Ok(entries) => Answer::Folder(
                entries
                    .into_iter()
                    .map(|entry| Item { name: entry.path, is_folder: entry.mode & DIRECTORY != 0 })
                    .collect(),
            ),
            // The engine has no code for a file where a folder was to be.
            Err(error) if error.is_not_found() || error.message().ends_with("not a directory") => {
                Answer::Absent
            }
            Err(error) => return Err(error),
        };
        Ok((folder.to_owned(), answer))
    }

    async fn answer_one(&self, question: Question) -> Result<(Question, Answer)> {
        let (folder, name) = split(&question);
        let folder = self.folders.get(folder).cloned().unwrap_or(Answer::Absent);
        let answer = match (&question, folder) {
            (Question::Folder(_), folder) => folder,
            (Question::File(path), Answer::Folder(items)) if items.iter().any(|item| item.name == name) => {
                match self.loaded.find_file(path).await? {
                    Some(bytes) => Answer::File(String::from_utf8_lossy(&bytes).into()),
                    None => Answer::Absent,
                }
            }
            (Question::File(_), _) => Answer::Absent,
        };
        Ok((question, answer))
    }
}

/// The folder to look into, and the name in it.
fn split(question: &Question) -> (&str, &str) {
    match question {
        Question::File(path) => path.rsplit_once('/').unwrap_or(("", path)),
        Question::Folder(path) => (path, ""),
    }
}
