//! Loading files of the build context.

use buildkit_gateway::contexts as gateway;
use buildkit_llb::{File, Graph, Input, Metadata, VertexDigest, file};

use super::filter::{Filter, Wanted};
use super::{Context, Lowering};
use crate::diagnostic::Diagnostic;
use crate::rules::Rule;
use crate::span::Span;

/// What package managers install beside the source: no file in there says anything about the project.
const INSTALLED: &[&str] = &["**/node_modules", "**/.venv", "**/venv", "**/__pycache__"];

/// The settings of package managers may name credentials, and what they say is looked into.
const SETTINGS: &[&str] = &["**/.npmrc", "**/.yarnrc.yml"];

/// What of the context is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// The folder that the patterns are relative to.
    pub folder: String,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

impl Context {
    /// Files that match these patterns, to be read by the frontend itself.
    pub fn files(&self, graph: &mut Graph, include: Vec<String>) -> Result<Input, buildkit_gateway::Error> {
        let exclude = INSTALLED.iter().map(|&pattern| pattern.to_owned()).collect();
        let wanted = Selection { include, exclude, ..Selection::default() };
        self.select(graph, &wanted, SETTINGS, "[internal] load project files")
    }

    /// The files, at their paths in the context.
    pub(crate) fn load(&self, graph: &mut Graph, wanted: &Selection, span: Span) -> Lowering<Input> {
        self.select(graph, wanted, &[], &title(wanted))
            .map_err(|error| Box::new(Diagnostic::new(Rule::InvalidOp, span, error.to_string())))
    }

    fn select(
        &self,
        graph: &mut Graph,
        wanted: &Selection,
        read: &[&str],
        name: &str,
    ) -> Result<Input, buildkit_gateway::Error> {
        let filter = Filter::new(Wanted {
            folder: &wanted.folder,
            include: &wanted.include,
            exclude: &wanted.exclude,
            manifest: self.manifest.as_deref(),
            ignore: &self.ignore,
            read,
        });
        let name = Metadata::named(name);
        match &self.source {
            gateway::Context::Directory(local) => {
                let local = local.clone().shared_key_hint(hint(&filter));
                let local = local.include(filter.include).exclude(filter.exclude).metadata(name);
                Ok(graph.local(local).into())
            }
            gateway::Context::Remote(remote) => {
                let all = remote.add(graph)?;
                let copy =
                    file::Copy::new(all, "/", "/").contents().include(filter.include).exclude(filter.exclude);
                Ok(graph.file(File::new(Input::Scratch).copy(copy).metadata(name))?.into())
            }
        }
    }
}

/// A client keeps what it sent under this name: with one name for several sets of patterns, each load would
/// throw away what the other sent.
fn hint(filter: &Filter) -> String {
    let patterns = [filter.include.join("\n"), filter.exclude.join("\n")].join("\n\n");
    let digest = VertexDigest::of(patterns.as_bytes()).to_string();
    format!("slipway-{}", digest.trim_start_matches("sha256:").get(..16).unwrap_or_default())
}

fn title(wanted: &Selection) -> String {
    let what = if wanted.include.is_empty() { "source".to_owned() } else { some(&wanted.include) };
    let left_out: Vec<_> =
        wanted.exclude.iter().filter(|pattern| !pattern.starts_with('!')).cloned().collect();
    let without = if left_out.is_empty() { String::new() } else { format!(" without {}", some(&left_out)) };
    format!("[internal] load build context: {what}{without}")
}

/// The first of many, or all of few.
fn some(patterns: &[String]) -> String {
    match patterns {
        [one, two, three, rest @ ..] if !rest.is_empty() => {
            format!("{one}, {two}, {three} and {} more", rest.len())
        }
        few => few.join(", "),
    }
}
