use super::SourceOp;
use crate::{
    Capability, Digest, Graph, Output, Platform, Reference,
    metadata::{Common, common_methods},
};

/// The file system of an image in a registry, and nothing else of it: LLB applies no environment, working
/// directory or user of its config, which `Gateway::resolve_image` of `buildkit-gateway` tells.
#[derive(Debug, Clone)]
pub struct Image {
    reference: Reference,
    platform: Option<Platform>,
    resolve_mode: ResolveMode,
    record_type: Option<RecordType>,
    layer_limit: Option<u32>,
    checksum: Option<Digest>,
    common: Common,
}

/// Where the engine looks for an image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ResolveMode {
    /// As the engine is set up.
    #[default]
    Default,
    /// In the registry, always.
    ForcePull,
    /// In the engine's own store first.
    PreferLocal,
}

/// What the engine's disk usage calls the image's records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordType {
    /// Part of the machinery, not of the user's build.
    Internal,
    /// A frontend.
    Frontend,
}

impl Image {
    /// The image of this name.
    pub fn new(reference: Reference) -> Self {
        Self {
            reference,
            platform: None,
            resolve_mode: ResolveMode::default(),
            record_type: None,
            layer_limit: None,
            checksum: None,
            common: Common::default(),
        }
    }

    /// Takes the image of this platform, instead of the graph's.
    #[must_use]
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Sets where the engine looks for it.
    #[must_use]
    pub fn resolve_mode(mut self, mode: ResolveMode) -> Self {
        self.resolve_mode = mode;
        self
    }

    /// Sets what the engine's disk usage calls it.
    #[must_use]
    pub fn record_type(mut self, record_type: RecordType) -> Self {
        self.record_type = Some(record_type);
        self
    }

    /// Takes only the first layers.
    #[must_use]
    pub fn layer_limit(mut self, layers: u32) -> Self {
        self.layer_limit = Some(layers);
        self
    }

    /// Fails unless the image has this digest, while the name stays as it is.
    #[must_use]
    pub fn checksum(mut self, digest: Digest) -> Self {
        self.checksum = Some(digest);
        self
    }
}

common_methods!(Image);

impl Graph {
    /// Adds an image.
    pub fn image(&mut self, image: Image) -> Output {
        let mut source =
            SourceOp::new(format!("docker-image://{}", image.reference), Capability::SourceImage);
        match image.resolve_mode {
            ResolveMode::Default => {}
            ResolveMode::ForcePull => {
                source.set("image.resolvemode", "pull");
                // Only this mode is a promise; engines that lack the others just resolve.
                source.require(Capability::SourceImageResolveMode);
            }
            ResolveMode::PreferLocal => source.set("image.resolvemode", "local"),
        }
        match image.record_type {
            None => {}
            Some(RecordType::Internal) => source.set("image.recordtype", "internal"),
            Some(RecordType::Frontend) => source.set("image.recordtype", "frontend"),
        }
        source.set_some(
            "image.layerlimit",
            image.layer_limit.map(|layers| layers.to_string()),
            Capability::SourceImageLayerLimit,
        );
        source.set_some(
            "image.checksum",
            image.checksum.as_ref().map(Digest::as_str),
            Capability::SourceImageChecksum,
        );
        let platform = image.platform.unwrap_or_else(|| self.platform().clone());
        Output::new(self.insert(source.into_vertex(image.common, Some(platform))), 0)
    }
}
