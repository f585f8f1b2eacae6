use super::{FileAttributes, SourceOp};
use crate::{
    Capability, Digest, Error, Graph, Output, Platform, Reference, Result,
    metadata::{Common, common_methods},
};

/// Which of a client's OCI layouts, and which client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OciStore {
    pub(super) session: String,
    pub(super) store: String,
}

impl OciStore {
    /// The layout that the client with this session id offers under this name. An empty text
    /// leaves either to the engine.
    pub fn new(session: impl Into<String>, store: impl Into<String>) -> Self {
        Self { session: session.into(), store: store.into() }
    }

    pub(super) fn set(&self, source: &mut SourceOp) {
        source.set("oci.session", &self.session);
        source.set("oci.store", &self.store);
    }
}

/// The file system of an image in an OCI layout that a client offers.
#[derive(Debug, Clone)]
pub struct OciLayout {
    reference: Reference,
    store: Option<OciStore>,
    layer_limit: Option<u32>,
    platform: Option<Platform>,
    common: Common,
}

impl OciLayout {
    /// The image of this digest. The name of the reference is for messages.
    pub fn new(reference: Reference) -> Result<Self> {
        require_digest(&reference)?;
        Ok(Self { reference, store: None, layer_limit: None, platform: None, common: Common::default() })
    }

    /// Sets where it is; else the reference's name is the name of the layout.
    #[must_use]
    pub fn store(mut self, store: OciStore) -> Self {
        self.store = Some(store);
        self
    }

    /// Takes only the first layers.
    #[must_use]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.layer_limit = Some(layers);
        self
    }

    /// Takes the image of this platform, instead of the graph's.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }
}

common_methods!(OciLayout);

fn require_digest(reference: &Reference) -> Result<&Digest> {
    reference
        .digest()
        .ok_or_else(|| Error::invalid("a reference to content", reference.to_string(), "it has no digest"))
}

/// One file of a registry's repository or of an OCI layout, by its digest.
#[derive(Debug, Clone)]
pub struct Blob {
    locator: BlobLocator,
    store: Option<OciStore>,
    file: FileAttributes,
    common: Common,
}

/// Where a blob is, as BuildKit writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BlobLocator(pub(super) String);

impl BlobLocator {
    fn new(scheme: &str, reference: &Reference) -> Result<Self> {
        require_digest(reference)?;
        if reference.tag().is_some() {
            return Err(Error::invalid("a reference to a blob", reference.to_string(), "it has a tag"));
        }
        Ok(Self(format!("{scheme}://{reference}")))
    }
}

impl Blob {
    /// A blob of a registry: `repository@sha256:...`, without a tag.
    pub fn image(reference: &Reference) -> Result<Self> {
        Ok(Self::at(BlobLocator::new("docker-image+blob", reference)?, None))
    }

    /// A blob of an OCI layout that a client offers.
    pub fn oci_layout(reference: &Reference, store: OciStore) -> Result<Self> {
        Ok(Self::at(BlobLocator::new("oci-layout+blob", reference)?, Some(store)))
    }

    fn at(locator: BlobLocator, store: Option<OciStore>) -> Self {
        Self { locator, store, file: FileAttributes::default(), common: Common::default() }
    }

    pub(super) fn into_parts(self) -> (BlobLocator, Option<OciStore>) {
        (self.locator, self.store)
    }

    /// Sets the name of the file; else it is the digest's.
    #[must_use]
    pub fn filename(mut self, filename: impl Into<String>) -> Self {
        self.file.filename = Some(filename.into());
        self
    }

    /// Sets the permission bits of the file.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.file.mode = Some(mode);
        self
    }

    /// Sets who owns the file.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.file.owner = (uid, gid);
        self
    }
}

common_methods!(Blob);

impl Graph {
    /// Adds an image of an OCI layout.
    pub fn oci_layout(&mut self, layout: OciLayout) -> Output {
        let mut source =
            SourceOp::new(format!("oci-layout://{}", layout.reference), Capability::SourceOciLayout);
        if let Some(store) = &layout.store {
            store.set(&mut source);
        }
        if let Some(layers) = layout.layer_limit {
            source.set("oci.layerlimit", layers.to_string());
        }
        let platform = layout.platform.unwrap_or_else(|| self.platform().clone());
        Output::new(self.insert(source.into_vertex(layout.common, Some(platform))), 0)
    }

    /// Adds a blob. Refused is a mode that is 0 or more than permission bits.
    pub fn blob(&mut self, blob: Blob) -> Result<Output> {
        let mut source = SourceOp::new(blob.locator.0, Capability::SourceImageBlob);
        if let Some(store) = &blob.store {
            store.set(&mut source);
        }
        blob.file.set(&mut source)?;
        Ok(Output::new(self.insert(source.into_vertex(blob.common, None)), 0))
    }
}
