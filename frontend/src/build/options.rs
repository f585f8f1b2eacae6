//! What the client asked for, as lowering takes it.

use std::collections::BTreeMap;

use buildkit_gateway::contexts::Contexts;
use buildkit_gateway::options::Epoch;
use buildkit_gateway::{Capabilities, OptionError, Options as Asked, Result};
use buildkit_llb::{Capability, Platform};

use crate::calls::Setting;
use crate::catalog::Catalog;
use crate::gather::Gather as _;
use crate::lower::{Engine, Options, Platforms, Scan};

/// What can be said of a build before its manifest is read. Options that cannot be read are left out here, and
/// reported with the manifest's own mistakes.
pub(super) fn setting(
    asked: &Asked,
    capabilities: &Capabilities,
    catalog: Catalog,
    epoch: Option<u64>,
) -> Setting {
    let workers = asked.workers().iter();
    let runnable = workers.flat_map(|worker| worker.platforms.iter().cloned()).collect();
    let build = asked.build_platform();
    let (targets, several) = platforms(asked).unwrap_or_default();
    let target = targets.into_iter().next().unwrap_or_else(|| build.clone());
    let mut given = owned(&asked.build_args());
    if let Some(seconds) = epoch {
        given.insert("SOURCE_DATE_EPOCH".to_owned(), seconds.to_string());
    }
    Setting {
        catalog,
        given,
        platforms: Platforms { target, build, runnable, several },
        options: steps(asked, capabilities).unwrap_or_default(),
    }
}

/// Options that cannot be read were reported.
pub(super) fn scan(asked: &Asked) -> Option<Scan> {
    let scanner = asked.sbom().ok().flatten()?;
    Scan::new(scanner, asked.scan_context(), asked.scan_stages())
}

/// The time of the build, in seconds since 1970, where it is known.
pub(super) async fn epoch(asked: &Asked, contexts: &Contexts) -> Result<Option<u64>> {
    match asked.source_date_epoch() {
        Some(Epoch::Seconds(seconds)) => Ok(Some(seconds)),
        Some(Epoch::Of(source)) if source == EPOCH_OF_CONTEXT => contexts.main_epoch().await,
        // Of another source: that was reported.
        Some(Epoch::Of(_)) | None => Ok(None),
    }
}

/// `SOURCE_DATE_EPOCH=context`
pub(super) const EPOCH_OF_CONTEXT: &str = "context";

/// The platforms that are asked for, at least one, and whether the result is one for several.
pub(super) fn platforms(asked: &Asked) -> Result<(Vec<Platform>, bool), OptionError> {
    let mut platforms = asked.platforms()?;
    if platforms.is_empty() {
        platforms.push(asked.build_platform());
    }
    Ok((platforms, asked.multi_platform()?))
}

/// What an engine must be able to do for an option of steps.
const NEEDS: [(&str, Capability); 10] = [
    ("cgroup-parent", Capability::ExecMetaCgroupParent),
    ("cpuperiod", Capability::ExecMetaLinuxResources),
    ("cpuquota", Capability::ExecMetaLinuxResources),
    ("cpusetcpus", Capability::ExecMetaLinuxResources),
    ("cpusetmems", Capability::ExecMetaLinuxResources),
    ("cpushares", Capability::ExecMetaLinuxResources),
    ("memory", Capability::ExecMetaLinuxResources),
    ("memswap", Capability::ExecMetaLinuxResources),
    ("shm-size", Capability::ExecMountTmpfsSize),
    ("ulimit", Capability::ExecMetaUlimit),
];

/// The options of this build that the engine has no means for.
pub(super) fn unsupported<'a>(
    asked: &'a Asked,
    capabilities: &'a Capabilities,
) -> impl Iterator<Item = &'static str> + 'a {
    let given = |key| asked.get(key).is_some_and(|value| !value.is_empty());
    let lacking = NEEDS
        .into_iter()
        .filter(move |(key, needed)| given(key) && !capabilities.llb().supports(needed.as_str()));
    lacking.map(|(key, _)| key)
}

/// What the engine lacks is left out, as `docker/dockerfile` does; [`unsupported`] tells of it.
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
        resolve_mode: asked.image_resolve_mode()?,
        engine: Engine {
            merge: can(Capability::MergeOp),
            content_cache: can(Capability::ExecMountContentCache),
            patterns: can(Capability::FileCopyIncludeExcludePatterns),
            // What BuildKit v0.10 brought, and with it a matcher that knows endings.
            endings: can(Capability::ExecMetaUlimit),
        },
        frontend: asked.source().and_then(|source| source.parse().ok()),
    })
}

fn owned(texts: &BTreeMap<&str, &str>) -> BTreeMap<String, String> {
    texts.iter().map(|(&name, &value)| (name.to_owned(), value.to_owned())).gather()
}
