//! What a frontend gives back.

use std::collections::BTreeMap;

use buildkit_llb::Platform;
use buildkit_proto::frontend as api;
use buildkit_proto::pb;
use serde_json::{Map, Value, json};

use crate::{Error, Ref, Result, Solved};

/// The file system and the config of one platform.
#[derive(Debug, Clone)]
pub struct Image {
    platform: Platform,
    reference: Ref,
    config: Vec<u8>,
    base_config: Option<Vec<u8>>,
    epoch: Option<u64>,
    annotations: Vec<(&'static str, String, String)>,
    attestations: Vec<Attestation>,
}

impl Image {
    /// A file system with its image config, JSON in the form of the OCI image specification.
    pub fn new(platform: Platform, reference: Ref, config: impl Into<Vec<u8>>) -> Self {
        Self {
            platform,
            reference,
            config: config.into(),
            base_config: None,
            epoch: None,
            annotations: Vec::new(),
            attestations: Vec::new(),
        }
    }

    /// Adds the config of the image it stands on, as it was resolved: timestamps of its layers are left alone then.
    #[must_use]
    pub fn base_config(mut self, config: impl Into<Vec<u8>>) -> Self {
        self.base_config = Some(config.into());
        self
    }

    /// Sets the time of the build, in seconds since 1970.
    #[must_use]
    pub fn epoch(mut self, seconds: u64) -> Self {
        self.epoch = Some(seconds);
        self
    }

    /// Adds an annotation of the image's manifest.
    #[must_use]
    pub fn annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.annotations.push(("annotation-manifest", key.into(), value.into()));
        self
    }

    /// Adds an annotation of the place in an index where the image's manifest is.
    #[must_use]
    pub fn descriptor_annotation(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.annotations.push(("annotation-manifest-descriptor", key.into(), value.into()));
        self
    }

    /// Adds a statement on the image. Any but an inline one makes an index of a single image.
    #[must_use]
    pub fn attestation(mut self, attestation: Attestation) -> Self {
        self.attestations.push(attestation);
        self
    }

    // The daemon wants the platform a config is for; of Windows the base image alone knows the version.
    fn export_platform(&self) -> Value {
        let pb::Platform { architecture, os, variant, mut os_version, os_features } = (&self.platform).into();
        if os == "windows" && os_version.is_empty() {
            let config: Value = serde_json::from_slice(&self.config).unwrap_or_default();
            config["os.version"].as_str().unwrap_or_default().clone_into(&mut os_version);
        }
        let mut platform = Map::new();
        platform.insert("architecture".to_owned(), architecture.into());
        platform.insert("os".to_owned(), os.into());
        for (key, value) in [("os.version", os_version), ("variant", variant)] {
            if !value.is_empty() {
                platform.insert(key.to_owned(), value.into());
            }
        }
        if !os_features.is_empty() {
            platform.insert("os.features".to_owned(), os_features.into());
        }
        json!({ "ID": self.platform.to_string(), "Platform": platform })
    }
}

/// A statement on an image, which lies in a file system of its own.
#[derive(Debug, Clone)]
pub struct Attestation(pub(crate) api::Attestation);

impl Attestation {
    /// A file with a predicate, at most 40 MiB of JSON. Its subject is the image.
    pub fn predicate(reference: Ref, path: impl Into<String>, kind: impl Into<String>) -> Self {
        Self::new(api::AttestationKind::InToto, reference, path, kind)
    }

    /// A directory of in-toto statements that all have predicates of one kind.
    pub fn bundle(reference: Ref, path: impl Into<String>, kind: impl Into<String>) -> Self {
        Self::new(api::AttestationKind::Bundle, reference, path, kind)
    }

    /// A bill of materials: the directory of in-toto statements with [SPDX] predicates that a scanner leaves. That of
    /// the image itself is `sbom.spdx.json`.
    ///
    /// [SPDX]: https://spdx.dev/Document
    pub fn sbom(reference: Ref) -> Self {
        Self::bundle(reference, "", "https://spdx.dev/Document")
            .metadata("reason", "sbom")
            .metadata("sbom-core", "sbom")
    }

    fn new(
        kind: api::AttestationKind,
        reference: Ref,
        path: impl Into<String>,
        predicate_type: impl Into<String>,
    ) -> Self {
        Self(api::Attestation {
            kind: kind.into(),
            r#ref: Some(reference.into_message()),
            path: path.into(),
            in_toto_predicate_type: predicate_type.into(),
            ..api::Attestation::default()
        })
    }

    /// Adds what exporters look at: `inline-only`, `reason`, `sbom-core`.
    #[must_use]
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.0.metadata.insert(key.into(), value.into());
        self
    }
}

/// The whole answer: images, or the reply to a call.
#[derive(Debug, Clone, Default)]
pub struct Response {
    message: api::Result,
}

impl Response {
    /// One image.
    pub fn image(image: Image) -> Self {
        let mut response = Self::default();
        response.put("refs.platforms", platforms(&[image.export_platform()]));
        response.put_image(&image, "");
        let Image { platform, reference, attestations, .. } = image;
        response.message.result = Some(api::result::Result::Ref(reference.into_message()));
        response.put_attestations(&platform, attestations);
        response
    }

    /// An image for each platform, in the order that was asked for.
    /// [`Options::multi_platform`](crate::Options::multi_platform) tells whether that is the shape that is wanted.
    pub fn platforms(images: impl IntoIterator<Item = Image>) -> Self {
        let mut response = Self::default();
        let mut exported = Vec::new();
        let mut refs = BTreeMap::new();
        for image in images {
            exported.push(image.export_platform());
            let id = image.platform.to_string();
            response.put_image(&image, &format!("/{id}"));
            refs.insert(id, image.reference.into_message());
            response.put_attestations(&image.platform, image.attestations);
        }
        response.put("refs.platforms", platforms(&exported));
        response.message.result = Some(api::result::Result::Refs(api::RefMap { refs }));
        response
    }

    /// [`platforms`](Self::platforms) or [`image`](Self::image), as `multi_platform` says.
    pub fn images(images: impl IntoIterator<Item = Image>, multi_platform: bool) -> Result<Self> {
        let mut images: Vec<_> = images.into_iter().collect();
        match (multi_platform, images.pop(), images.is_empty()) {
            (false, Some(only), true) => Ok(Self::image(only)),
            (true, Some(last), _) => {
                images.push(last);
                Ok(Self::platforms(images))
            }
            _ => Err(Error::internal(
                "a result for one platform has one image, and a result for several has one at least",
            )),
        }
    }

    /// The reply to a call: no image, and nothing is exported. `version` is that of the call's format.
    pub fn reply(version: &str, json: impl Into<Vec<u8>>, text: impl Into<Vec<u8>>) -> Self {
        let mut response = Self::default();
        response.put("result.json", json);
        response.put("result.txt", text);
        response.put("version", version);
        response
    }

    /// Sets what `docker buildx build --call` exits with.
    #[must_use]
    pub fn exit_code(self, code: u8) -> Self {
        self.metadata("result.statuscode", code.to_string())
    }

    /// Has `docker buildx build` print this after the build (since v0.24).
    #[must_use]
    pub fn message(self, text: impl Into<Vec<u8>>) -> Self {
        self.metadata("frontend.result.inlinemessage", text)
    }

    /// Adds an annotation of the index. Exporters refuse it where there is no index.
    #[must_use]
    pub fn index_annotation(self, key: &str, value: impl Into<Vec<u8>>) -> Self {
        self.metadata(&format!("annotation-index.{key}"), value)
    }

    /// Adds anything else; what begins with `frontend.` reaches the client's `--metadata-file`.
    #[must_use]
    pub fn metadata(mut self, key: &str, value: impl Into<Vec<u8>>) -> Self {
        self.put(key, value);
        self
    }

    /// What was set under this name, as `result.txt` by [`reply`](Self::reply): for whoever answers without a client.
    pub fn get(&self, key: &str) -> Option<&[u8]> {
        self.message.metadata.get(key).map(Vec::as_slice)
    }

    /// Whether there is anything in it that answers a call.
    pub(crate) fn is_reply(&self) -> bool {
        ["result.json", "result.txt", "version"].iter().any(|key| self.message.metadata.contains_key(*key))
    }

    fn put(&mut self, key: &str, value: impl Into<Vec<u8>>) {
        self.message.metadata.insert(key.to_owned(), value.into());
    }

    fn put_image(&mut self, image: &Image, suffix: &str) {
        self.put(&format!("containerimage.config{suffix}"), image.config.clone());
        if let Some(base) = &image.base_config {
            self.put(&format!("containerimage.base.config{suffix}"), base.clone());
        }
        if let Some(seconds) = image.epoch {
            self.put(&format!("source.date.epoch{suffix}"), seconds.to_string());
        }
        let platform = suffix.trim_start_matches('/');
        let platform = if platform.is_empty() { String::new() } else { format!("[{platform}]") };
        for (kind, key, value) in &image.annotations {
            self.put(&format!("{kind}{platform}.{key}"), value.as_str());
        }
    }

    fn put_attestations(&mut self, platform: &Platform, attestations: Vec<Attestation>) {
        if !attestations.is_empty() {
            let attestation = attestations.into_iter().map(|one| one.0).collect();
            self.message.attestations.insert(platform.to_string(), api::Attestations { attestation });
        }
    }

    pub(crate) fn into_message(self) -> api::Result {
        self.message
    }
}

impl From<Solved> for Response {
    /// What another frontend made, unchanged: file systems, metadata, attestations. Its reply to a call is one too.
    fn from(solved: Solved) -> Self {
        Self { message: solved.into_message() }
    }
}

fn platforms(exported: &[Value]) -> String {
    json!({ "Platforms": exported }).to_string()
}
