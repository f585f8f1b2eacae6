//! What this daemon knows.

use std::collections::BTreeMap;

use buildkit_proto::{apicaps::ApiCap, frontend::PongResponse, types::WorkerRecord};

use crate::gather::Gather as _;
use crate::{Error, Result};

/// The capabilities of the gateway that this crate looks at. The names are BuildKit's (`frontend/gateway/pb/caps.go`).
pub mod gateway {
    /// A ref can be built without reading from it.
    pub const EVALUATE: &str = "gateway.evaluate";
    /// Clients hand over graphs.
    pub const FRONTEND_INPUTS: &str = "frontend.inputs";
    /// More than images can be resolved, and attributes are kept.
    pub const SOURCE_META_RESOLVER: &str = "source.metaresolver";
    /// Refs can carry statements.
    pub const ATTESTATIONS: &str = "reference.attestations";
    /// Warnings reach the user.
    pub const WARNINGS: &str = "gateway.warnings";
}

/// Everything that one `Ping` says.
#[derive(Debug, Clone, Default)]
pub struct Capabilities {
    gateway: CapabilitySet,
    llb: CapabilitySet,
    workers: Vec<WorkerRecord>,
}

impl Capabilities {
    pub(crate) fn new(pong: PongResponse, product: &str) -> Self {
        Self {
            gateway: CapabilitySet::new(pong.frontend_api_caps, product),
            llb: CapabilitySet::new(pong.llb_caps, product),
            workers: pong.workers,
        }
    }

    /// What the gateway can do; see [`gateway`].
    pub fn gateway(&self) -> &CapabilitySet {
        &self.gateway
    }

    /// What a graph may hold; the names are those of `buildkit_llb::Capability`.
    pub fn llb(&self) -> &CapabilitySet {
        &self.llb
    }

    /// Who runs the graph, as `Ping` tells it. [`Options::workers`](crate::Options::workers) knows without a call.
    pub fn workers(&self) -> &[WorkerRecord] {
        &self.workers
    }
}

/// Capabilities by name.
#[derive(Debug, Clone, Default)]
pub struct CapabilitySet {
    known: BTreeMap<String, ApiCap>,
    product: String,
}

impl CapabilitySet {
    fn new(known: Vec<ApiCap>, product: &str) -> Self {
        Self {
            known: known.into_iter().map(|cap| (cap.id.clone(), cap)).gather(),
            product: product.to_owned(),
        }
    }

    /// Known and enabled. The classic image store of Docker, for one, knows `mergeop` and has it disabled.
    pub fn supports(&self, name: impl AsRef<str>) -> bool {
        self.known.get(name.as_ref()).is_some_and(|cap| cap.enabled)
    }

    /// As [`supports`](Self::supports), with BuildKit's own words for what is missing.
    pub fn require(&self, name: impl AsRef<str>) -> Result<()> {
        let name = name.as_ref();
        match self.known.get(name) {
            Some(cap) if cap.enabled => Ok(()),
            Some(cap) => {
                let reason = if cap.disabled_reason_msg.is_empty() {
                    String::new()
                } else {
                    format!(": {}", cap.disabled_reason_msg)
                };
                Err(Error::new(format!(
                    "requested feature {name} has been disabled on the build server{reason}"
                )))
            }
            None => {
                let product = if self.product.is_empty() { "buildkit" } else { &self.product };
                Err(Error::new(format!(
                    "requested feature {name} is not supported by build server, please update {product}"
                )))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn present_is_not_enabled() {
        let cap = |id: &str, enabled, reason: &str| ApiCap {
            id: id.into(),
            enabled,
            disabled_reason_msg: reason.into(),
            ..ApiCap::default()
        };
        let set = CapabilitySet::new(
            vec![cap("file.base", true, ""), cap("mergeop", false, "only with containerd")],
            "docker",
        );
        assert!(set.supports("file.base"));
        assert!(!set.supports("mergeop"));
        assert!(!set.supports("diffop"));
        let text = |name: &str| set.require(name).map_err(|error| error.to_string());
        assert_eq!(text("file.base"), Ok(()));
        assert_eq!(
            text("mergeop").unwrap_err(),
            "requested feature mergeop has been disabled on the build server: only with containerd"
        );
        assert_eq!(
            text("diffop").unwrap_err(),
            "requested feature diffop is not supported by build server, please update docker"
        );
    }
}
