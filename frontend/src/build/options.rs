//! What the client asked for, as lowering takes it.

use std::collections::BTreeMap;

use buildkit_gateway::{Capabilities, OptionError, Options as Asked};
use buildkit_llb::Capability;

use crate::lower::Options;

/// What the engine lacks and users do not notice is left out, as `docker/dockerfile` does.
pub(super) fn steps(asked: &Asked, capabilities: &Capabilities) -> Result<Options, OptionError> {
    let can = |capability: Capability| capabilities.llb().supports(capability.as_str());
    Ok(Options {
        network: asked.network()?.unwrap_or_default(),
        no_cache: asked.no_cache(),
        extra_hosts: asked.extra_hosts()?,
        hostname: asked.hostname().map(str::to_owned),
        ulimits: if can(Capability::ExecMetaUlimit) { asked.ulimits()? } else { Vec::new() },
        cgroup_parent: asked
            .cgroup_parent()
            .filter(|_| can(Capability::ExecMetaCgroupParent))
            .map(str::to_owned),
        resources: asked.resources()?.filter(|_| can(Capability::ExecMetaLinuxResources)),
        shm_size: asked.shm_size()?.filter(|_| can(Capability::ExecMountTmpfsSize)),
        proxy: asked.proxy(),
        cache_namespace: asked.cache_namespace().unwrap_or_default().to_owned(),
        labels: owned(&asked.labels()),
        can_merge: can(Capability::MergeOp),
        frontend: asked.source().and_then(|source| source.parse().ok()),
    })
}

pub(super) fn owned(texts: &BTreeMap<&str, &str>) -> BTreeMap<String, String> {
    texts.iter().map(|(&name, &value)| (name.to_owned(), value.to_owned())).collect()
}
