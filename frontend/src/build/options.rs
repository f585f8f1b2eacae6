//! What the client asked for, as lowering takes it.

use std::collections::BTreeMap;

use buildkit_gateway::{Capabilities, OptionError, Options as Asked};
use buildkit_llb::{Capability, Platform};

use crate::calls::Setting;
use crate::catalog::Catalog;
use crate::lower::{Options, Platforms, Scan};

/// What can be said of a build before its manifest is read. Options that cannot be read are left out here, and
/// reported with the manifest's own mistakes.
pub(super) fn setting(asked: &Asked, capabilities: &Capabilities, catalog: Catalog) -> Setting {
    let workers = asked.workers().iter();
    let runnable = workers.flat_map(|worker| worker.platforms.iter().cloned()).collect();
    let build = asked.build_platform();
    let (targets, several) = platforms(asked).unwrap_or_default();
    let target = targets.into_iter().next().unwrap_or_else(|| build.clone());
    Setting {
        catalog,
        given: owned(&asked.build_args()),
        platforms: Platforms { target, build, runnable, several },
        options: steps(asked, capabilities).unwrap_or_default(),
    }
}

/// Options that cannot be read were reported.
pub(super) fn scan(asked: &Asked) -> Option<Scan> {
    let scanner = asked.sbom().ok().flatten()?;
    Scan::new(scanner, asked.scan_context(), asked.scan_stages())
}

/// The platforms that are asked for, at least one, and whether the result is one for several.
pub(super) fn platforms(asked: &Asked) -> Result<(Vec<Platform>, bool), OptionError> {
    let mut platforms = asked.platforms()?;
    if platforms.is_empty() {
        platforms.push(asked.build_platform());
    }
    Ok((platforms, asked.multi_platform()?))
}

/// What the engine lacks and users do not notice is left out, as `docker/dockerfile` does.
fn steps(asked: &Asked, capabilities: &Capabilities) -> Result<Options, OptionError> {
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

fn owned(texts: &BTreeMap<&str, &str>) -> BTreeMap<String, String> {
    texts.iter().map(|(&name, &value)| (name.to_owned(), value.to_owned())).collect()
}
