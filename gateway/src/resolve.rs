//! What is known of a source before it is loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

use buildkit_llb::{Digest, Platform, Reference, ResolveMode};
use buildkit_proto::frontend as api;
use buildkit_proto::{Message as _, pb};
use tokio::sync::{Mutex, OnceCell};

use crate::capabilities::gateway;
use crate::{Error, Gateway, Result};

/// A question for the config of an image.
#[derive(Debug, Clone)]
pub struct ImageQuery {
    reference: Reference,
    platform: Option<Platform>,
    mode: ResolveMode,
    log_name: String,
    layout: Option<Layout>,
}

/// Where an image that is in no registry is.
#[derive(Debug, Clone)]
struct Layout {
    session: String,
    store: String,
}

impl ImageQuery {
    /// The image of this name in its registry, for the engine's own platform.
    pub fn new(reference: Reference) -> Self {
        Self {
            log_name: format!("[internal] load metadata for {reference}"),
            reference,
            platform: None,
            mode: ResolveMode::Default,
            layout: None,
        }
    }

    /// Asks for the image of this platform.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Sets where the engine looks; [`Options::image_resolve_mode`](crate::Options::image_resolve_mode) is what the
    /// user wants.
    #[must_use]
    pub fn mode(mut self, mode: ResolveMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the line of progress.
    #[must_use]
    pub fn log_name(mut self, name: impl Into<String>) -> Self {
        self.log_name = name.into();
        self
    }

    /// Looks into an OCI layout that the client with this session id offers under the name `store`.
    #[must_use]
    pub fn oci_layout(mut self, session: impl Into<String>, store: impl Into<String>) -> Self {
        self.layout = Some(Layout { session: session.into(), store: store.into() });
        self
    }

    fn identifier(&self) -> String {
        let scheme = self.scheme();
        format!("{scheme}{}", self.reference)
    }

    fn scheme(&self) -> &'static str {
        match self.layout {
            None => "docker-image://",
            Some(_) => "oci-layout://",
        }
    }

    fn source_meta_request(&self) -> api::ResolveSourceMetaRequest {
        let mut attrs = BTreeMap::new();
        if let Some(layout) = &self.layout {
            attrs.insert("oci.session".to_owned(), layout.session.clone());
            attrs.insert("oci.store".to_owned(), layout.store.clone());
            attrs.retain(|_, value| !value.is_empty());
        }
        api::ResolveSourceMetaRequest {
            source: Some(pb::SourceOp { identifier: self.identifier(), attrs }),
            platform: self.platform.as_ref().map(Into::into),
            log_name: self.log_name.clone(),
            resolve_mode: mode_name(self.mode).to_owned(),
            image: Some(api::ResolveSourceImageRequest::default()),
            ..api::ResolveSourceMetaRequest::default()
        }
    }

    fn image_config_request(&self) -> api::ResolveImageConfigRequest {
        let (session_id, store_id) = match self.layout.clone() {
            None => Default::default(),
            Some(Layout { session, store }) => (session, store),
        };
        api::ResolveImageConfigRequest {
            r#ref: self.reference.to_string(),
            platform: self.platform.as_ref().map(Into::into),
            resolve_mode: mode_name(self.mode).to_owned(),
            log_name: self.log_name.clone(),
            resolver_type: self.layout.is_some().into(),
            session_id,
            store_id,
            source_policies: Vec::new(),
        }
    }
}

fn mode_name(mode: ResolveMode) -> &'static str {
    match mode {
        ResolveMode::Default => "default",
        ResolveMode::ForcePull => "pull",
        ResolveMode::PreferLocal => "local",
    }
}

/// What an image is, or what it is replaced by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolved {
    /// An image.
    Image(ResolvedImage),
    /// A source policy of the user's put something else in its place: `identifier` is that of a source op.
    Replaced {
        /// A scheme and an address: `https://...`.
        identifier: String,
        /// Settings of that scheme.
        attributes: BTreeMap<String, String>,
    },
}

impl Resolved {
    /// The image, for a frontend that can use nothing else.
    pub fn image(self) -> Result<ResolvedImage> {
        match self {
            Self::Image(image) => Ok(image),
            Self::Replaced { identifier, .. } => Err(Error::new(format!(
                "a source policy replaces an image by `{identifier}`, which is no image"
            ))),
        }
    }
}

/// An image that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResolvedImage {
    /// Its name, which a source policy may have changed. Build from this one.
    pub reference: Reference,
    /// The digest that the name stands for now: of an index, where there is one. Docker's classic image store knows none
    /// for an image that was built or loaded there.
    pub digest: Option<Digest>,
    /// Its config for the platform, as JSON.
    pub config: Vec<u8>,
}

impl ResolvedImage {
    /// Its name and what it stands for now, where that is known: later in the build it cannot be another image.
    pub fn pinned(&self) -> Reference {
        self.digest.iter().cloned().fold(self.reference.clone(), Reference::with_digest)
    }
}

/// Answers by question. A cell an answer, so that a question that is being asked is not asked again.
#[derive(Default)]
pub(crate) struct ImageCache(Mutex<BTreeMap<Vec<u8>, Arc<OnceCell<Resolved>>>>);

impl Gateway {
    /// The digest and the config of an image. The same question is asked once, even when it is put at the same time.
    pub async fn resolve_image(&self, query: ImageQuery) -> Result<Resolved> {
        let mut key = query.source_meta_request();
        key.log_name.clear();
        let cell = {
            let mut cache = self.images().0.lock().await;
            Arc::clone(cache.entry(key.encode_to_vec()).or_default())
        };
        let resolved = cell.get_or_try_init(|| self.ask_for_image(&query)).await?;
        Ok(resolved.clone())
    }

    /// What is known of any source: the commit of a git source, the date of an HTTP one. A daemon before v0.13 knows
    /// nothing but images, and gives back the source alone.
    pub async fn resolve_source(
        &self,
        request: api::ResolveSourceMetaRequest,
    ) -> Result<api::ResolveSourceMetaResponse> {
        if self.resolves_sources().await? {
            let response = self.client().resolve_source_meta(request).await?;
            Ok(response.into_inner())
        } else {
            Ok(api::ResolveSourceMetaResponse {
                source: request.source,
                ..api::ResolveSourceMetaResponse::default()
            })
        }
    }

    async fn resolves_sources(&self) -> Result<bool> {
        let capabilities = self.capabilities().await?;
        Ok(capabilities.gateway().supports(gateway::SOURCE_META_RESOLVER))
    }

    async fn ask_for_image(&self, query: &ImageQuery) -> Result<Resolved> {
        if !self.resolves_sources().await? {
            let request = query.image_config_request();
            let response = self.client().resolve_image_config(request).await?;
            let api::ResolveImageConfigResponse { digest, config, r#ref } = response.into_inner();
            return resolved_image(query, &r#ref, &digest, config);
        }
        let request = query.source_meta_request();
        let response = self.client().resolve_source_meta(request).await?;
        let api::ResolveSourceMetaResponse { source, image, .. } = response.into_inner();
        let source = source.unwrap_or_default();
        match image {
            Some(image) => {
                let name = source.identifier.split_once("://").map_or("", |(_, name)| name);
                resolved_image(query, name, &image.digest, image.config)
            }
            None => Ok(Resolved::Replaced { identifier: source.identifier, attributes: source.attrs }),
        }
    }
}

// Daemons before v0.12 do not send the name back.
fn resolved_image(query: &ImageQuery, name: &str, digest: &str, config: Vec<u8>) -> Result<Resolved> {
    let reference = if name.is_empty() { query.reference.clone() } else { name.parse()? };
    let digest = if digest.is_empty() { None } else { Some(digest.parse()?) };
    Ok(Resolved::Image(ResolvedImage { reference, digest, config }))
}
