//! The project's files, as far as they are known. Pure code asks; whoever drives it answers what was asked
//! and calls again, until nothing new is asked. So detection needs no IO, and independent files are read
//! at the same time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::gather::Gather as _;

/// A file or folder of the project; the path is relative to the context, `""` is the context itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    File(String),
    Folder(String),
}

/// What is there. A file that is not UTF-8 is read with replacement characters: facts are text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    File(Arc<str>),
    Folder(Arc<[Item]>),
    Absent,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    pub name: String,
    pub is_folder: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Project {
    known: BTreeMap<Question, Answer>,
    asked: BTreeSet<Question>,
}

impl Project {
    /// The file's text; `None` when there is no such file, or while it is not known.
    pub fn file(&mut self, path: &str) -> Option<Arc<str>> {
        match self.look_up(Question::File(path.to_owned())) {
            Some(Answer::File(text)) => Some(text),
            Some(Answer::Folder(_) | Answer::Absent) | None => None,
        }
    }

    /// What is in the folder, sorted by name; nothing when there is no such folder, or while it is not known.
    pub fn folder(&mut self, path: &str) -> Arc<[Item]> {
        match self.look_up(Question::Folder(path.to_owned())) {
            Some(Answer::Folder(items)) => items,
            Some(Answer::File(_) | Answer::Absent) | None => Arc::default(),
        }
    }

    fn look_up(&mut self, question: Question) -> Option<Answer> {
        let answer = self.known.get(&question).cloned();
        if answer.is_none() {
            self.asked.insert(question);
        }
        answer
    }

    /// The text of a file that is known, without asking for it.
    pub fn known_file(&self, path: &str) -> Option<&str> {
        match self.known.get(&Question::File(path.to_owned()))? {
            Answer::File(text) => Some(text),
            Answer::Folder(_) | Answer::Absent => None,
        }
    }

    /// What was asked and is not known. While this gives anything, what was concluded is worth nothing.
    pub fn take_questions(&mut self) -> BTreeSet<Question> {
        std::mem::take(&mut self.asked)
    }

    /// Runs `conclude` until it asks nothing new, where files can be read at once.
    pub fn ask<T>(
        &mut self,
        read: impl Fn(&Question) -> Answer,
        mut conclude: impl FnMut(&mut Self) -> T,
    ) -> T {
        loop {
            let conclusion = conclude(self);
            let questions = self.take_questions();
            if questions.is_empty() {
                return conclusion;
            }
            for question in questions {
                let answer = read(&question);
                self.answer(question, answer);
            }
        }
    }

    pub fn answer(&mut self, question: Question, answer: Answer) {
        self.known.insert(question, answer);
    }

    /// A project of these files, all known.
    pub fn of_files<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> ProjectOfFiles {
        ProjectOfFiles(files.into_iter().map(|(path, text)| (path.to_owned(), text.into())).gather())
    }
}

/// Files in memory, which answer a [`Project`]'s questions.
#[derive(Clone, Debug, Default)]
pub struct ProjectOfFiles(BTreeMap<String, Arc<str>>);

impl ProjectOfFiles {
    /// Runs `conclude` until it asks nothing new.
    pub fn conclude<T>(&self, conclude: impl FnMut(&mut Project) -> T) -> T {
        Project::default().ask(|question| self.look_up(question), conclude)
    }

    pub fn look_up(&self, question: &Question) -> Answer {
        match question {
            Question::File(path) => self.0.get(path).cloned().map_or(Answer::Absent, Answer::File),
            Question::Folder(path) => {
                let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
                let items: BTreeSet<Item> = self
                    .0
                    .keys()
                    .filter_map(|file| file.strip_prefix(&prefix))
                    .map(|rest| match rest.split_once('/') {
                        Some((folder, _)) => Item { name: folder.to_owned(), is_folder: true },
                        None => Item { name: rest.to_owned(), is_folder: false },
                    })
                    .gather();
                if items.is_empty() { Answer::Absent } else { Answer::Folder(items.into_iter().collect()) }
            }
        }
    }
}
