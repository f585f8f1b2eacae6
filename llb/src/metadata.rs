use crate::{Location, capability::CapabilitySet};

/// What is known of a vertex besides its op: how it is shown, where it comes from, how its result
/// is cached. None of it is part of the vertex's digest.
///
/// ```
/// use buildkit_llb::{Metadata, SourceFile};
///
/// let manifest = SourceFile::new("app.yaml", "from: alpine\nrun: make\n", "YAML");
/// let step = Metadata::named("[build 2/3] RUN make").at(manifest.line(2)?);
/// # Ok::<(), buildkit_llb::Error>(())
/// ```
///
/// When equal ops are added twice, their metadata is merged: the later text of a description key,
/// progress group and resources win, and everything else adds up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    pub(crate) ignore_cache: bool,
    pub(crate) export_cache: Option<bool>,
    pub(crate) description: Vec<(String, String)>,
    pub(crate) progress_group: Option<ProgressGroup>,
    pub(crate) locations: Vec<Location>,
}

impl Metadata {
    /// With nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the name that progress shows instead of one derived from the op.
    pub fn named(name: impl Into<String>) -> Self {
        Self::new().name(name)
    }

    /// Sets the name that progress shows (description key `llb.customname`).
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        self.describe("llb.customname", name)
    }

    /// Sets any other key of the description; the engine hands it on unread.
    #[must_use]
    pub fn describe(mut self, key: impl Into<String>, text: impl Into<String>) -> Self {
        insert(&mut self.description, key.into(), text.into());
        self
    }

    /// Adds a place in a source file that this vertex comes from. Shown with the error when the
    /// vertex fails.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    /// Shows this vertex as part of a group.
    #[must_use]
    pub fn progress_group(mut self, group: ProgressGroup) -> Self {
        self.progress_group = Some(group);
        self
    }

    /// Runs the vertex although its result is in the cache.
    #[must_use]
    pub fn ignore_cache(mut self) -> Self {
        self.ignore_cache = true;
        self
    }

    /// Forces the result into an exported cache, or keeps it out of it.
    #[must_use]
    pub fn export_cache(mut self, export: bool) -> Self {
        self.export_cache = Some(export);
        self
    }

    /// Adds all that `later` knows.
    pub(crate) fn merge(&mut self, later: Self) {
        self.ignore_cache |= later.ignore_cache;
        self.export_cache = later.export_cache.or(self.export_cache);
        for (key, text) in later.description {
            insert(&mut self.description, key, text);
        }
        if later.progress_group.is_some() {
            self.progress_group = later.progress_group;
        }
        for location in later.locations {
            if !self.locations.contains(&location) {
                self.locations.push(location);
            }
        }
    }
}

// A description has one or two keys: a list is smaller than a map, and keeps the order of writing
// out of what is equal by being looked up and marshalled by key.
fn insert(description: &mut Vec<(String, String)>, key: String, text: String) {
    match description.binary_search_by(|(known, _)| known.cmp(&key)) {
        Ok(at) => description[at].1 = text,
        Err(at) => description.insert(at, (key, text)),
    }
}

/// A name under which progress shows several vertices as one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressGroup {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) weak: bool,
}

impl ProgressGroup {
    /// Vertices with the same `id` are one step with this `name`.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), weak: false }
    }

    /// Makes this membership weak: a group of which only weak members run is not shown.
    #[must_use]
    pub fn weak(mut self) -> Self {
        self.weak = true;
        self
    }
}

/// Limits of one exec's container. They are not part of its digest or cache key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinuxResources {
    pub(crate) memory: i64,
    pub(crate) memory_swap: i64,
    pub(crate) cpu_shares: u64,
    pub(crate) cpu_period: u64,
    pub(crate) cpu_quota: i64,
    pub(crate) cpuset_cpus: String,
    pub(crate) cpuset_mems: String,
}

impl LinuxResources {
    /// No limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Limits memory, in bytes.
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Self {
        self.memory = i64::try_from(bytes).unwrap_or(i64::MAX);
        self
    }

    /// Limits memory and swap together, in bytes.
    #[must_use]
    pub fn memory_swap(mut self, bytes: u64) -> Self {
        self.memory_swap = i64::try_from(bytes).unwrap_or(i64::MAX);
        self
    }

    /// Takes any limit off swap.
    #[must_use]
    pub fn unlimited_swap(mut self) -> Self {
        self.memory_swap = -1;
        self
    }

    /// Sets the weight against other containers; 1024 is the usual one.
    #[must_use]
    pub fn cpu_shares(mut self, shares: u64) -> Self {
        self.cpu_shares = shares;
        self
    }

    /// Sets the length of a scheduler period, in microseconds.
    #[must_use]
    pub fn cpu_period(mut self, microseconds: u64) -> Self {
        self.cpu_period = microseconds;
        self
    }

    /// Limits the CPU time within each period, in microseconds.
    #[must_use]
    pub fn cpu_quota(mut self, microseconds: u64) -> Self {
        self.cpu_quota = i64::try_from(microseconds).unwrap_or(i64::MAX);
        self
    }

    /// Limits the CPUs to a list such as `0-3,7`.
    #[must_use]
    pub fn cpuset_cpus(mut self, cpus: impl Into<String>) -> Self {
        self.cpuset_cpus = cpus.into();
        self
    }

    /// Limits the memory nodes to a list such as `0,1`.
    #[must_use]
    pub fn cpuset_mems(mut self, nodes: impl Into<String>) -> Self {
        self.cpuset_mems = nodes.into();
        self
    }
}

/// What the arena keeps of a vertex besides its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VertexMetadata {
    pub(crate) metadata: Metadata,
    pub(crate) capabilities: CapabilitySet,
    /// Of imported vertices: names that this crate does not know.
    pub(crate) other_capabilities: Vec<String>,
    pub(crate) resources: Option<Box<LinuxResources>>,
}

impl VertexMetadata {
    pub(crate) fn merge(&mut self, later: Self) {
        self.metadata.merge(later.metadata);
        self.capabilities.merge(later.capabilities);
        for name in later.other_capabilities {
            if !self.other_capabilities.contains(&name) {
                self.other_capabilities.push(name);
            }
        }
        if later.resources.is_some() {
            self.resources = later.resources;
        }
    }
}

/// What every op has besides what it does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Common {
    pub(crate) metadata: Metadata,
    pub(crate) constraints: Vec<String>,
}

/// The methods that every op's builder has.
macro_rules! common_methods {
    ($op:ty) => {
        impl $op {
            /// Adds what is known of this vertex besides its op.
            #[must_use]
            pub fn metadata(mut self, metadata: $crate::Metadata) -> Self {
                self.common.metadata.merge(metadata);
                self
            }

            /// Sets the name that progress shows.
            #[must_use]
            pub fn named(self, name: impl Into<String>) -> Self {
                self.metadata($crate::Metadata::named(name))
            }

            /// Runs this op only on workers that match a containerd filter. Part of the digest.
            #[must_use]
            pub fn constraint(mut self, filter: impl Into<String>) -> Self {
                self.common.constraints.push(filter.into());
                self
            }
        }
    };
}
pub(crate) use common_methods;
