use buildkit_llb::{Definition, Differ, GitMtime, Graph, Http, Local};
use tokio::sync::OnceCell;

use super::remote::{DOWNLOAD, Remote, Source};
use super::{Context, GitRef, Manifest, archive, dockerignore, manifest};
use crate::capabilities::gateway;
use crate::{Gateway, Options, Ref, Result, Solve};

const CONTEXT: &str = "context";
const DOCKERFILE: &str = "dockerfile";
/// The file of a context that says what the user does not want of it.
pub const DOCKERIGNORE: &str = ".dockerignore";

/// The places that a build takes its files from, as the user named them.
#[derive(Debug, Clone)]
pub struct Contexts {
    pub(super) gateway: Gateway,
    main: Context,
    manifest: ManifestSource,
    filename: String,
    /// The context's own `.dockerignore`, loaded or about to be.
    ignore: OnceCell<Ref>,
    ignored: OnceCell<Vec<String>>,
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a build has a handful of contexts")]
enum ManifestSource {
    /// The client's directory.
    Directory(Loaded),
    Remote(Remote),
}

/// Files, and what they were asked for with. The daemon does nothing for them before one is read.
#[derive(Debug, Clone)]
struct Loaded {
    definition: Definition,
    files: Ref,
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
        let directory = options.manifest_directory();
        let in_directory = async || {
            let local = manifest::source(options, directory.unwrap_or(DOCKERFILE), &filename)?;
            Loaded::of(gateway, local).await
        };
        let (context, manifest) = match remote {
            Some(remote) if directory.is_some() => {
                (Some(remote), ManifestSource::Directory(in_directory().await?))
            }
            Some(remote) => (Some(remote.clone()), ManifestSource::Remote(remote)),
            None => {
                // Nearly every build has a directory, so it is asked for before it is known that nothing else stands in
                // its place.
                let (inputs, manifest) = tokio::join!(gateway.inputs(), in_directory());
                let inputs = inputs?;
                let input = |name| inputs.get(name).map(|found| Remote::new(Source::Input(found.clone())));
                let manifest = match input(DOCKERFILE).filter(|_| directory.is_none()) {
                    Some(remote) => ManifestSource::Remote(remote),
                    None => ManifestSource::Directory(manifest?),
                };
                (input(CONTEXT), manifest)
            }
        };
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
            manifest,
            filename,
            ignore: OnceCell::new(),
            ignored: OnceCell::new(),
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
        let loaded = match &self.manifest {
            ManifestSource::Directory(loaded) => loaded.clone(),
            ManifestSource::Remote(remote) => {
                let mut graph = Graph::new(self.gateway.options().build_platform());
                let files = remote.add_whole(&mut graph)?;
                Loaded::solve(&self.gateway, graph.definition(files)?).await?
            }
        };
        let read = manifest::read(&loaded.files, &self.filename, language, loaded.definition);
        // Who reads the context's `.dockerignore` next need not ask for it first. That it fails is for them to see.
        let ahead = async {
            if self.may_ask_ahead().await {
                self.own_ignore().await.ok();
            }
        };
        tokio::join!(read, ahead).0
    }

    /// What the user does not want in the main context: the patterns of the manifest's own `.dockerignore`, or else of
    /// the context's, which is loaded when this is first called. Only a directory has any.
    pub async fn excludes(&self, manifest: &Manifest) -> Result<Vec<String>> {
        let load = async || Ok(read_excludes(self.own_ignore().await?).await);
        match self.known_excludes(manifest) {
            Some(known) => Ok(known),
            None => self.ignored.get_or_try_init(load).await.cloned(),
        }
    }

    /// As [`excludes`](Self::excludes), out of files of the main context that are loaded anyway, which saves a load. They
    /// [follow](Local::follow) [`DOCKERIGNORE`].
    pub async fn excludes_among(&self, files: &Ref, manifest: &Manifest) -> Vec<String> {
        match self.known_excludes(manifest) {
            Some(known) => known,
            None => self.ignored.get_or_init(|| read_excludes(files)).await.clone(),
        }
    }

    /// The context's own, which is loaded when it is read.
    async fn own_ignore(&self) -> Result<&Ref> {
        let ask = async || {
            let session = self.gateway.options().session_of(CONTEXT);
            let file =
                ignore_file(CONTEXT, session, CONTEXT)?.named(format!("[internal] load {DOCKERIGNORE}"));
            Ok(Loaded::of(&self.gateway, file).await?.files)
        };
        self.ignore.get_or_try_init(ask).await
    }

    /// BuildKit before v0.12 has no provenance for what nobody looked at, and fails the build for it. The capability came
    /// with v0.13.
    async fn may_ask_ahead(&self) -> bool {
        matches!(self.main, Context::Directory(_))
            && self
                .gateway
                .capabilities()
                .await
                .is_ok_and(|known| known.gateway().supports(gateway::SOURCE_META_RESOLVER))
    }

    /// What does not depend on the context's own file.
    fn known_excludes(&self, manifest: &Manifest) -> Option<Vec<String>> {
        match &self.main {
            Context::Remote(_) => Some(Vec::new()),
            Context::Directory(_) => manifest.dockerignore().map(dockerignore::patterns),
        }
    }
}

impl Loaded {
    async fn of(gateway: &Gateway, local: Local) -> Result<Self> {
        Self::solve(gateway, local_definition(gateway.options(), local)?).await
    }

    async fn solve(gateway: &Gateway, definition: Definition) -> Result<Self> {
        let files = gateway.solve(definition.clone()).await?.single()?;
        Ok(Self { definition, files })
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
