use buildkit_llb::{Http, Image, OciLayout, OciStore, Platform, Reference, ResolveMode};

use super::load::{Contexts, ignore_file, local_definition, read_excludes};
use super::remote::{DOWNLOAD, Remote, Source};
use super::{Context, ContextAddress};
use crate::{Error, Gateway, ImageQuery, Resolved, ResolvedImage, Result, Solve};

// A source policy may put one context in another's place, and so on in a circle.
const HOPS: usize = 10;

/// What the user put in the place of an image or a stage: `--build-context NAME=...`.
#[derive(Debug, Clone)]
pub struct NamedContext {
    name: String,
    context: Context,
    image_config: Option<Vec<u8>>,
}

impl NamedContext {
    /// The name that the user wrote, with the platform where it is for one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where its files are. What the user does not want of a directory is left out already.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The config of the image that it is, as JSON. What is built on it has this image's environment.
    pub fn image_config(&self) -> Option<&[u8]> {
        self.image_config.as_deref()
    }
}

impl Contexts {
    /// What the user put in the place of this name, which is that of an image or of a stage; `None` is nothing.
    /// `platform` is the one that it is needed for.
    pub async fn named(
        &self,
        name: &str,
        platform: &Platform,
        mode: ResolveMode,
    ) -> Result<Option<NamedContext>> {
        // Upstream never asks for these two.
        if name == "scratch" || name == "context" {
            return Ok(None);
        }
        let Some((name, value)) = self.gateway.options().named_context(name, Some(platform)) else {
            return Ok(None);
        };
        let found = load(&self.gateway, name, value, platform, mode).await;
        found.map(Some).map_err(|error| error.context(format!("context `{name}`")))
    }
}

async fn load(
    gateway: &Gateway,
    name: &str,
    value: &str,
    platform: &Platform,
    mode: ResolveMode,
) -> Result<NamedContext> {
    let mut value = value.to_owned();
    for _ in 0..HOPS {
        let found = |context, image_config| NamedContext { name: name.to_owned(), context, image_config };
        let remote = |source| Context::Remote(Remote::new(source));
        return Ok(match ContextAddress::parse(&value)? {
            ContextAddress::Scratch => found(remote(Source::Scratch), None),
            ContextAddress::Image(reference) => {
                let query = ImageQuery::new(reference.clone())
                    .platform(platform.clone())
                    .mode(mode)
                    .log_name(format!("[context {name}] load metadata for {}", reference.familiar()));
                match gateway.resolve_image(query).await? {
                    Resolved::Replaced { identifier, .. } => {
                        value = identifier;
                        continue;
                    }
                    Resolved::Image(image) => {
                        let source = Image::new(image.pinned())
                            .platform(platform.clone())
                            .resolve_mode(mode)
                            .named(format!("[context {name}] {}", reference.familiar()));
                        found(remote(Source::Image(source)), Some(image.config))
                    }
                }
            }
            ContextAddress::OciLayout { store, digest } => {
                let reference = layout_name(name, digest.as_str())?;
                let session = gateway.options().session();
                let image = resolve_layout(gateway, name, &reference, &store, platform).await?;
                let source = OciLayout::new(reference)?
                    .store(OciStore::new(session, store))
                    .platform(platform.clone())
                    .named(format!("[context {name}] OCI load from client"));
                found(remote(Source::OciLayout(source)), Some(image.config))
            }
            ContextAddress::Git(git) => {
                let source = git.source(None)?.named(format!("[context {name}] load git source {value}"));
                found(remote(Source::Git(source)), None)
            }
            ContextAddress::Http(address) => {
                let source =
                    Http::new(&address)?.filename(DOWNLOAD).named(format!("[context {name}] {address}"));
                found(remote(Source::File(source)), None)
            }
            ContextAddress::Directory(directory) => {
                found(load_directory(gateway, name, &directory).await?, None)
            }
            ContextAddress::Input(key) => {
                let inputs = gateway.inputs().await?;
                let definition = inputs
                    .get(&key)
                    .ok_or_else(|| Error::new(format!("the client hands over no input `{key}`")))?;
                let config = gateway.options().input_image_config(&key)?;
                found(remote(Source::Input(definition.clone())), config)
            }
        });
    }
    Err(Error::new("the source policies lead in a circle"))
}

async fn resolve_layout(
    gateway: &Gateway,
    name: &str,
    reference: &Reference,
    store: &str,
    platform: &Platform,
) -> Result<ResolvedImage> {
    let query = ImageQuery::new(reference.clone())
        .platform(platform.clone())
        .oci_layout(gateway.options().session(), store)
        .log_name(format!("[context {name}] load metadata for {reference}"));
    gateway.resolve_image(query).await?.image()
}

/// The context's own name: that of the store means nothing to anybody.
fn layout_name(name: &str, digest: &str) -> Result<Reference> {
    let name = name.split("::").next().unwrap_or(name).to_ascii_lowercase();
    Ok(format!("{name}@{digest}").parse()?)
}

async fn load_directory(gateway: &Gateway, name: &str, directory: &str) -> Result<Context> {
    let options = gateway.options();
    let session = options.session_of(directory);
    let local = ignore_file(directory, session, &format!("context:{name}"))?
        .named(format!("[context {name}] load .dockerignore"));
    // Evaluated, so that a directory that is not there is found out here.
    let solve = Solve::definition(local_definition(options, local)?).evaluate();
    let files = gateway.solve(solve).await?.single()?;
    let excludes = read_excludes(&files).await;
    let local = buildkit_llb::Local::new(directory, session)?
        .shared_key_hint(format!("context:{name}-{}", options.shared_key(name)))
        .exclude(excludes)
        .named(format!("[context {name}] load from client"));
    Ok(Context::Directory(local))
}
