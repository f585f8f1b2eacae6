//! Loading files of the build context.

use buildkit_gateway::contexts as gateway;
use buildkit_llb::{File, Graph, Input, Metadata, VertexDigest, file};

use super::args::Arguments;
use super::filter::{Filter, Wanted, is_file, is_literal};
use super::{Context, Engine, Lowering};
use crate::diagnostic::Diagnostic;
use crate::path;
use crate::plan::{Base, Mount, Stage, Text};
use crate::rules::Rule;
use crate::span::{Span, Spanned};

/// What tools keep beside the source: no file in there says anything about the project.
const KEPT: &[&str] = &[
    "**/.git",
    "**/.hg",
    "**/.svn",
    "**/.jj",
    "**/node_modules",
    "**/.venv",
    "**/venv",
    "**/__pycache__",
    // Modules of Go, by the names of where most come from: `vendor` itself says which there are.
    "**/vendor/github.com",
    "**/vendor/golang.org",
    "**/vendor/google.golang.org",
    "**/vendor/gopkg.in",
    "**/vendor/go.uber.org",
    "**/vendor/go.opentelemetry.io",
    "**/vendor/k8s.io",
    "**/vendor/sigs.k8s.io",
];

/// What of the context is wanted: all of it, by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selection {
    /// The folder that the patterns are relative to.
    pub folder: String,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

impl Selection {
    pub(super) fn of(
        source: Option<&Spanned<Text>>,
        include: &[Spanned<Text>],
        exclude: &[Spanned<Text>],
        args: &Arguments,
    ) -> Lowering<Self> {
        Ok(Self {
            folder: args.optional(source)?.unwrap_or_default(),
            include: args.every(include)?,
            exclude: args.every(exclude)?,
        })
    }

    /// What a stage takes of the context without naming files.
    pub(super) fn sources(stage: &Stage, args: &Arguments) -> Vec<Self> {
        let whole = (stage.from.value == Base::Context).then(Self::default);
        let copied = stage.copies().map(|(copy, _)| (&copy.from, &copy.source, &copy.include, &copy.exclude));
        let mounted = stage.all_mounts().filter_map(|mount| match &mount.value {
            Mount::Bind(bind) => Some((&bind.from, &bind.source, &bind.include, &bind.exclude)),
            Mount::Cache(_) | Mount::Secret(_) | Mount::Ssh(_) | Mount::Tmpfs(_) => None,
        });
        let sources = copied
            .chain(mounted)
            .filter(|(from, _, include, _)| from.value == Base::Context && include.is_empty());
        // A mistake is found where it is lowered.
        let sources = sources
            .flat_map(|(_, source, include, exclude)| Self::of(source.as_ref(), include, exclude, args));
        whole.into_iter().chain(sources).collect()
    }
}

impl Context {
    /// One of the sources that has these files anyway: who copies them from there saves a load. It must be files that are
    /// named: of a folder, a source lacks what is no source.
    pub(super) fn source_with<'a>(
        &self,
        wanted: &Selection,
        sources: &'a [Selection],
    ) -> Option<&'a Selection> {
        let named = |pattern: &String| is_literal(pattern) && is_file(pattern) && !pattern.starts_with('!');
        if wanted.include.is_empty() || !wanted.exclude.is_empty() || !wanted.include.iter().all(named) {
            return None;
        }
        let files: Vec<String> =
            wanted.include.iter().map(|file| path::join(&wanted.folder, file.trim_matches('/'))).collect();
        sources.iter().find(|source| self.filter(source).has_all(&files))
    }

    fn filter(&self, wanted: &Selection) -> Filter {
        Filter::new(Wanted {
            folder: &wanted.folder,
            include: &wanted.include,
            exclude: &wanted.exclude,
            manifest: self.manifest.as_deref(),
            ignore: &self.ignore,
        })
    }

    /// Files that match these patterns, to be read by the frontend itself, and `.dockerignore`.
    pub fn files(&self, graph: &mut Graph, include: Vec<String>) -> Result<Input, buildkit_gateway::Error> {
        let exclude = KEPT.iter().map(|&pattern| pattern.to_owned()).collect();
        self.select(
            graph,
            Filter { include, exclude },
            &[gateway::DOCKERIGNORE.to_owned()],
            "[internal] load project files",
        )
    }

    /// The files, at their paths in the context.
    pub(crate) fn load(
        &self,
        graph: &mut Graph,
        wanted: &Selection,
        engine: Engine,
        span: Span,
    ) -> Lowering<Input> {
        let filter = self.filter(wanted);
        let filter = if engine.endings { filter.by_ending() } else { filter };
        // Where a link leads is needed too.
        let named = filter.include.iter().filter(|path| !path.starts_with('!') && !path.contains("**"));
        let follow: Vec<String> = named.cloned().collect();
        self.select(graph, filter, &follow, &title(wanted))
            .map_err(|error| Box::new(Diagnostic::new(Rule::InvalidOp, span, error.to_string())))
    }

    fn select(
        &self,
        graph: &mut Graph,
        filter: Filter,
        follow: &[String],
        name: &str,
    ) -> Result<Input, buildkit_gateway::Error> {
        let name = Metadata::named(name);
        match &self.source {
            gateway::Context::Directory(local) => {
                let local = local.clone().shared_key_hint(hint(&filter));
                let local =
                    local.include(filter.include).exclude(filter.exclude).follow(follow.iter().cloned());
                let local = local.metadata(name);
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

#[cfg(test)]
mod tests {
    use buildkit_gateway::contexts::dockerignore::Ignore;
    use buildkit_llb::Local;

    use super::*;

    #[test]
    fn modules_that_are_kept_are_not_loaded_to_be_read() {
        let hidden = Ignore::new(KEPT.iter().map(|&pattern| pattern.to_owned()).collect());
        assert!(hidden.hides("api/vendor/github.com/a/b/c.go") && !hidden.hides("vendor/modules.txt"));
        assert!(!hidden.hides("vendor/shop/models.py"));
    }

    #[test]
    fn a_source_has_the_files_that_are_named_and_that_it_does_not_leave_out() {
        let strings = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let context = Context {
            source: gateway::Context::Directory(Local::new("context", "session").unwrap()),
            ignore: strings(&["secret.json"]),
            manifest: Some("slipway.yaml".to_owned()),
        };
        let api = Selection { folder: "api".to_owned(), ..Selection::default() };
        let tests = Selection { exclude: strings(&["test.json"]), ..Selection::default() };
        let has = |source: &Selection, folder: &str, include: &[&str]| {
            let wanted =
                Selection { folder: folder.to_owned(), include: strings(include), exclude: Vec::new() };
            context.source_with(&wanted, std::slice::from_ref(source)).is_some()
        };
        assert!(has(&Selection::default(), "", &["go.mod", "./api/go.sum"]));
        assert!(has(&api, "api", &["go.mod"]) && has(&api, "", &["api/go.mod"]));
        assert!(!has(&api, "", &["go.mod"]) && !has(&api, "apis", &["go.mod"]));
        assert!(!has(&tests, "", &["go.mod", "test.json"]));
        // What may be a folder, what is no source, what `.dockerignore` leaves out, what names no file.
        for named in ["patches", "api.v1", ".npmrc", "slipway.yaml", "secret.json", "*.json", "!a.json"] {
            assert!(!has(&Selection::default(), "", &["go.mod", named]), "{named}");
        }
        assert!(!has(&Selection::default(), "", &[]));
    }
}
