use buildkit_llb::{Definition, Differ, GitMtime, Graph, Http, Input, Local};

use super::remote::{DOWNLOAD, Remote, Source};
use super::{Context, GitRef, Manifest, archive, dockerignore, manifest};
use crate::{Gateway, Options, Ref, Result, Solve};

const CONTEXT: &str = "context";
const DOCKERFILE: &str = "dockerfile";
const DOCKERIGNORE: &str = ".dockerignore";

/// The places that a build takes its files from, as the user named them.
#[derive(Debug, Clone)]
pub struct Contexts {
    pub(super) gateway: Gateway,
    main: Context,
    manifest: ManifestSource,
    filename: String,
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a build has a handful of contexts")]
enum ManifestSource {
    /// The client's directory of this name.
    Directory(String),
    Remote(Remote),
}

impl Contexts {
    /// Finds out what the main context is and where the manifest lies. A context on a web server is looked at: it may be
    /// an archive, or itself the manifest.
    pub async fn load(gateway: &Gateway) -> Result<Self> {
        let options = gateway.options();
        let mut filename = options.filename().to_owned();
        let address = options.context().unwrap_or_default();
        let remote = if let Some(git) = GitRef::parse(address)? {
            Some(git_context(options, address, &git)?)
        } else if address.starts_with("http://") || address.starts_with("https://") {
            let remote = http_context(gateway, address).await?;
            if matches!(remote.source, Source::File(_)) {
                DOWNLOAD.clone_into(&mut filename);
            }
            Some(remote)
        } else {
            None
        };
        let (context, mut manifest) = match remote {
            Some(remote) => (Some(remote.clone()), Some(remote)),
            None => {
                let inputs = gateway.inputs().await?;
                let input = |name| inputs.get(name).map(|found| Remote::new(Source::Input(found.clone())));
                (input(CONTEXT), input(DOCKERFILE))
            }
        };
        let directory = options.manifest_directory();
        if directory.is_some() {
            manifest = None;
        }
        let main = match context {
            Some(remote) => {
                Context::Remote(Remote { subdir: options.context_subdir().map(ToOwned::to_owned), ..remote })
            }
            None => Context::Directory(
                Local::new(CONTEXT, options.session_of(CONTEXT))?
                    .shared_key_hint(CONTEXT)
                    .named("[internal] load build context"),
            ),
        };
        Ok(Self {
            gateway: gateway.clone(),
            main,
            manifest: match manifest {
                Some(remote) => ManifestSource::Remote(remote),
                None => ManifestSource::Directory(directory.unwrap_or(DOCKERFILE).to_owned()),
            },
            filename,
        })
    }

    /// The files that are built. Of a directory, [`excludes`](Self::excludes) are not part.
    pub fn main(&self) -> &Context {
        &self.main
    }

    /// The name of the manifest. It is [`Options::filename`], unless the context is a file on a web server.
    pub fn filename(&self) -> &str {
        &self.filename
    }

    /// Reads the manifest. `language` is its name for `github.com/github-linguist`: `YAML`.
    pub async fn manifest(&self, language: &str) -> Result<Manifest> {
        let options = self.gateway.options();
        let mut graph = Graph::new(options.build_platform());
        let files: Input = match &self.manifest {
            ManifestSource::Remote(remote) => remote.add_whole(&mut graph)?,
            ManifestSource::Directory(name) => {
                graph.local(manifest::source(options, name, &self.filename)?).into()
            }
        };
        let definition = graph.definition(files)?;
        let files = self.gateway.solve(definition.clone()).await?.single()?;
        manifest::read(&files, &self.filename, language, definition).await
    }

    /// What the user does not want in the main context: the patterns of the manifest's own `.dockerignore`, or else of
    /// the context's. Only a directory has any.
    pub async fn excludes(&self, manifest: &Manifest) -> Result<Vec<String>> {
        match manifest.dockerignore() {
            Some(file) if matches!(self.main, Context::Directory(_)) => Ok(dockerignore::patterns(file)),
            _ => self.context_excludes().await,
        }
    }

    async fn context_excludes(&self) -> Result<Vec<String>> {
        let Context::Directory(_) = self.main else {
            return Ok(Vec::new());
        };
        let options = self.gateway.options();
        let local = ignore_file(CONTEXT, options.session_of(CONTEXT), CONTEXT)?
            .named(format!("[internal] load {DOCKERIGNORE}"));
        let definition = local_definition(options, local)?;
        let files = self.gateway.solve(definition).await?.single()?;
        Ok(read_excludes(&files).await)
    }
}

/// The source that has the `.dockerignore` of a directory and nothing else.
pub(super) fn ignore_file(directory: &str, session: &str, hint: &str) -> Result<Local> {
    Ok(Local::new(directory, session)?
        .follow([DOCKERIGNORE])
        .shared_key_hint(format!("{hint}-{DOCKERIGNORE}"))
        .differ(Differ::None))
}

pub(super) fn local_definition(options: &Options, local: Local) -> Result<Definition> {
    let mut graph = Graph::new(options.build_platform());
    let output = graph.local(local);
    Ok(graph.definition(output)?)
}

// As upstream: a file that cannot be read is none.
pub(super) async fn read_excludes(files: &Ref) -> Vec<String> {
    let file = files.read_file(DOCKERIGNORE).await;
    file.map_or_else(|_| Vec::new(), |file| dockerignore::patterns(&file))
}

fn git_context(options: &Options, address: &str, git: &GitRef) -> Result<Remote> {
    let mut source =
        git.source(options.keep_git_dir())?.named(format!("[internal] load git source {address}"));
    if options.source_date_epoch().is_some() && git.mtime.is_none() {
        source = source.mtime(GitMtime::Commit);
    }
    Ok(Remote::new(Source::Git(source)))
}

async fn http_context(gateway: &Gateway, address: &str) -> Result<Remote> {
    let source = Http::new(address)?.filename(DOWNLOAD).named("[internal] load remote build context");
    let file = Remote::new(Source::File(source.clone()));
    let mut graph = Graph::new(gateway.options().build_platform());
    let output = file.add_whole(&mut graph)?;
    let solve = Solve::definition(graph.definition(output)?);
    let files = gateway.solve(solve).await?.single()?;
    let head = files.read_range(DOWNLOAD, 0, 1024).await;
    let head = head.map_err(|error| error.context("cannot read the context"))?;
    Ok(if archive::is_archive(&head) { Remote::new(Source::Archive(source)) } else { file })
}
