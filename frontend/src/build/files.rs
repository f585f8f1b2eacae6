//! The project's files that facts are read from.

use buildkit_gateway::{Gateway, Ref, Result, Solve};
use buildkit_llb::Graph;

use crate::facts::{Answer, Item, Question};
use crate::lower::Context;
use crate::stacks;

/// All files that detection may ask for, loaded once.
pub(super) struct Files(Ref);

/// Go's bit for a directory in `Stat.mode`.
const DIRECTORY: u32 = 1 << 31;

impl Files {
    pub(super) async fn load(gateway: &Gateway, context: &Context) -> Result<Self> {
        let mut graph = Graph::new(gateway.options().build_platform());
        let files = context.files(&mut graph, stacks::files())?;
        let definition = graph.definition(files)?;
        Ok(Self(gateway.solve(Solve::definition(definition).evaluate()).await?.single()?))
    }

    pub(super) async fn answer(&self, question: Question) -> Result<(Question, Answer)> {
        let answer = match &question {
            Question::File(path) => match self.0.find_file(path).await? {
                Some(bytes) => Answer::File(String::from_utf8_lossy(&bytes).into()),
                None => Answer::Absent,
            },
            Question::Folder(path) => {
                let path = if path.is_empty() { "/" } else { path.as_str() };
                match self.0.read_dir(path, None).await {
                    Ok(entries) => Answer::Folder(
                        entries
                            .into_iter()
                            .map(|entry| Item { name: entry.path, is_folder: entry.mode & DIRECTORY != 0 })
                            .collect(),
                    ),
                    Err(error) if error.is_not_found() => Answer::Absent,
                    Err(error) => return Err(error),
                }
            }
        };
        Ok((question, answer))
    }
}
