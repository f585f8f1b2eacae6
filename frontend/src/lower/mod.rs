//! Lowering: a plan becomes a graph.
//!
//! Two steps: [`images`] says which images a target needs to know, [`lower`] makes the graph and the image's
//! config from them. Both are pure.

mod args;
pub(crate) mod ca;
pub mod config;
mod context;
mod exec;
mod files;
pub mod filter;
mod image;
mod images;
pub mod not_source;
mod scan;
mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

pub use args::Arguments;
use buildkit_gateway::NoCache;
use buildkit_llb::{
    Definition, Graph, Input, LinuxResources, Network, Platform, ProxyEnv, Reference, ResolveMode,
    SourceFile, Ulimit,
};
pub(crate) use exec::numeric;
pub(crate) use images::reachable;
pub use images::{ImageNeed, images};
pub use scan::Scan;

use crate::catalog::Catalog;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::lower::config::ImageConfig;
use crate::plan::{Plan, StageName, Text, check_places};
use crate::rules::Rule;
use crate::span::Span;
use crate::target;

/// All that a graph depends on besides the plan.
#[derive(Clone, Debug)]
pub struct Build<'a> {
    /// The name of the app, where it has one: options may call its stages `APP.STAGE`.
    pub app: Option<&'a str>,
    pub catalog: &'a Catalog,
    /// Values of `${...}`.
    pub args: &'a Arguments,
    pub images: &'a Images,
    pub context: &'a Context,
    /// The manifest, which every vertex points into.
    pub source: &'a SourceFile,
    pub platforms: &'a Platforms,
    pub options: &'a Options,
    /// The scanner's image is one of `images`.
    pub scan: Option<&'a Scan>,
}

/// Platforms of one result.
#[derive(Clone, Debug)]
pub struct Platforms {
    pub target: Platform,
    pub build: Platform,
    /// What the engine can run.
    pub runnable: Vec<Platform>,
    /// Several platforms are built: names of steps carry theirs.
    pub several: bool,
}

/// Images by what the plan calls them and by platform.
pub type Images = BTreeMap<(Reference, Platform), ResolvedImage>;

#[derive(Clone, Debug)]
pub struct ResolvedImage {
    pub source: ImageSource,
    pub config: ImageConfig,
}

#[derive(Clone, Debug)]
pub enum ImageSource {
    /// With the digest that it was resolved to.
    Image(Reference),
    /// What the client put in its place.
    Context(Box<buildkit_gateway::contexts::Context>),
}

/// How files of the build context are loaded.
#[derive(Clone, Debug)]
pub struct Context {
    pub source: buildkit_gateway::contexts::Context,
    /// The lines of `.dockerignore`.
    pub ignore: Vec<String>,
    /// The manifest's path in the context, when it is there.
    pub manifest: Option<String>,
}

/// What the client asked for, as far as steps are concerned.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--network`: the mode of steps that may use the network.
    pub network: Network,
    pub no_cache: NoCache,
    pub extra_hosts: Vec<(String, IpAddr)>,
    pub hostname: Option<String>,
    pub ulimits: Vec<Ulimit>,
    pub cgroup_parent: Option<String>,
    pub resources: Option<LinuxResources>,
    /// Bytes of `/dev/shm`.
    pub shm_size: Option<u64>,
    pub proxy: Option<ProxyEnv>,
    /// Before the id of every cache mount.
    pub cache_namespace: String,
    /// `--label`, over the plan's.
    pub labels: BTreeMap<String, String>,
    /// `--pull`: where the engine looks for images.
    pub resolve_mode: ResolveMode,
    pub engine: Engine,
    /// What `slipway` stands for in `from`.
    pub frontend: Option<Reference>,
}

/// What is done another way where the engine cannot do it: all of it, unless it is known to be older.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each of them may be lacking by itself")]
pub struct Engine {
    /// Layers are merged; else they are copied.
    pub merge: bool,
    /// A mount can say that its content is no key; else it is, which costs time and nothing more.
    pub content_cache: bool,
    /// A copy can choose by patterns.
    pub patterns: bool,
    /// `**.md` is what ends so.
    pub endings: bool,
}

impl Default for Engine {
    fn default() -> Self {
        Self { merge: true, content_cache: true, patterns: true, endings: true }
    }
}

/// A graph and what of it is the result.
#[derive(Clone, Debug)]
pub struct Lowered {
    pub graph: Graph,
    pub result: Input,
    /// The folder with the bill of materials.
    pub bill: Option<Input>,
    /// What is loaded of the build context.
    context: BTreeSet<Input>,
    pub config: ImageConfig,
    /// Of the image at the bottom, where there is one.
    pub base: Option<ImageConfig>,
    /// What only the images of a build show.
    warnings: Vec<Diagnostic>,
}

impl Lowered {
    /// Graphs of what is loaded of the build context.
    pub fn context(&self) -> Result<Vec<Definition>, buildkit_llb::Error> {
        self.context.iter().map(|&files| self.graph.definition(files)).collect()
    }
}

impl Build<'_> {
    /// Whether an option that names stages means this one.
    fn is_meant(&self, stage: &StageName, by: impl Fn(&str) -> bool) -> bool {
        target::names(self.app, stage).iter().any(|name| by(name))
    }
}

/// `None` when a mistake was found.
pub fn lower(
    plan: &Plan,
    target: &StageName,
    build: &Build<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Lowered> {
    // Before, paths with arguments in them were only names.
    let mut found = Diagnostics::default();
    let value = |text: &Text| build.args.value(text, Span::default()).unwrap_or_else(|_| text.to_string());
    check_places(plan, &value, &mut found);
    if found.has_errors() {
        diagnostics.extend(found);
        return None;
    }
    match stage::target(plan, target, build) {
        Ok(mut lowered) => {
            for warning in std::mem::take(&mut lowered.warnings) {
                diagnostics.push(warning);
            }
            Some(lowered)
        }
        Err(mistake) => {
            diagnostics.push(*mistake);
            None
        }
    }
}

/// A mistake that ends lowering: all that could be found without the build's arguments was found before.
pub(crate) type Lowering<T> = Result<T, Box<Diagnostic>>;

#[expect(clippy::unnecessary_box_returns, reason = "it is the error of every `Lowering`")]
pub(crate) fn refused(span: Span, error: &buildkit_llb::Error) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Rule::InvalidOp, span, error.to_string()))
}
