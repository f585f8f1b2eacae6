//! The plan: an app with nothing left to guess. It is what `stages:` of a manifest says, what every stack
//! expands to, and all that lowering reads. Arguments and the platform stay `${...}` in it.

pub mod build;
mod check;
mod names;
mod print;
mod replace;
mod text;

use std::collections::BTreeMap;
use std::fmt;

pub use check::{check, check_places};
pub use names::{ArgName, INHERITED, InvalidName, OutputName, PREDEFINED_ARGS, SecretId, StageName};
pub(crate) use print::duration;
pub use print::print;
pub use text::{InvalidText, Part, Text};

use crate::span::{Span, Spanned};

/// One app's stages, in the order in which they were written. References between them are checked: every
/// named stage and output exists and there is no cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub args: Vec<Arg>,
    pub stages: Vec<Stage>,
}

/// `args: { NAME: default }`; without a default the argument is required.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    pub name: Spanned<ArgName>,
    pub default: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub name: Spanned<StageName>,
    pub from: Spanned<Base>,
    /// `platform:`, where the steps run and which variant of `from` is used; the target platform when not
    /// written. `${BUILDPLATFORM}` for what is the same for every target or is cross-compiled.
    pub platform: Option<Spanned<Text>>,
    /// Layers put on top of `from`, before the steps.
    pub merge: Vec<Spanned<Layer>>,
    pub working_dir: Option<Spanned<Text>>,
    pub environment: Vec<Variable>,
    pub user: Option<Spanned<Text>>,
    pub network: Option<Spanned<Network>>,
    /// What every `run` step of the stage sees.
    pub mounts: Vec<Spanned<Mount>>,
    pub outputs: Vec<StageOutput>,
    pub steps: Vec<Spanned<Step>>,
    pub image: Option<Image>,
}

/// What a stage, a copy or a bind mount starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    Scratch,
    /// The build context. Without `include` it is the source: no documentation, VCS, editor, CI or
    /// container files.
    Context,
    /// The frontend's own image, which holds the helper.
    Slipway,
    Stage(StageName),
    /// An image reference with a tag or a digest.
    Image(Text),
}

/// `{ from: build, output: app }`, or `{ from: build }` for all that the stage changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    pub from: StageName,
    pub output: Option<Spanned<OutputName>>,
}

/// `NAME: value` of an `environment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub name: Spanned<String>,
    pub value: Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Network {
    /// Whatever the build was asked for with `--network`, else the engine's sandbox network.
    Default,
    /// Loopback only; `--network` does not change it.
    None,
    /// The host's network; the client must grant the entitlement `network.host`.
    Host,
}

/// `outputs: { modules: /go/pkg/mod }`: a mount of its own during the steps, a layer of its own after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageOutput {
    pub name: Spanned<OutputName>,
    pub path: Spanned<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Run(Run),
    Copy(Copy),
    File(File),
    Mkdir(Mkdir),
    Symlink(Symlink),
    Remove(Remove),
    /// `depends_on: test`: what follows exists only when that stage succeeded. Adds no byte and no layer.
    DependsOn(Spanned<StageName>),
}

/// `run: [argv]` and the keys beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub argv: Vec<Text>,
    pub mounts: Vec<Spanned<Mount>>,
    pub environment: Vec<Variable>,
    pub working_dir: Option<Spanned<Text>>,
    pub user: Option<Spanned<Text>>,
    pub network: Option<Spanned<Network>>,
}

/// `copy: { from, include, to }`. Paths are kept below `to`. `source` is the folder of `from` that the
/// patterns start at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    pub from: Spanned<Base>,
    /// Only with a stage: copy from this output of it.
    pub output: Option<Spanned<OutputName>>,
    pub source: Option<Spanned<Text>>,
    pub include: Vec<Spanned<Text>>,
    pub exclude: Vec<Spanned<Text>>,
    pub to: Spanned<Text>,
    pub owner: Option<Spanned<Text>>,
    pub mode: Option<CopyMode>,
}

/// `file: { path, content }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub path: Spanned<Text>,
    pub content: Text,
    pub owner: Option<Spanned<Text>>,
    pub mode: Option<Mode>,
}

/// `mkdir: { path }`; parents are made too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mkdir {
    pub path: Spanned<Text>,
    pub owner: Option<Spanned<Text>>,
    pub mode: Option<Mode>,
}

/// `symlink: { target, path }`: `path` points at `target`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symlink {
    pub target: Text,
    pub path: Spanned<Text>,
}

/// `remove: { path }`; a path that does not exist is fine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remove {
    pub path: Spanned<Text>,
}

/// Permission bits, at most 0o777: of what is made or mounted, the engine sets no others. Written as an
/// octal string: `"0755"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mode(u16);

impl Mode {
    pub fn new(bits: u16) -> Option<Self> {
        (bits <= 0o777).then_some(Self(bits))
    }

    pub fn bits(self) -> u16 {
        self.0
    }
}

/// Those of copies, which may be setuid, setgid and sticky: at most 0o7777.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CopyMode(u16);

impl CopyMode {
    pub fn new(bits: u16) -> Option<Self> {
        (bits <= 0o7777).then_some(Self(bits))
    }

    pub fn bits(self) -> u16 {
        self.0
    }
}

impl From<Mode> for CopyMode {
    fn from(mode: Mode) -> Self {
        Self(mode.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mount {
    Cache(CacheMount),
    Secret(SecretMount),
    Ssh(SshMount),
    Bind(BindMount),
    Tmpfs(TmpfsMount),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheMount {
    pub id: Option<Text>,
    pub target: Spanned<Text>,
    pub sharing: Sharing,
    pub mode: Option<Mode>,
    /// What is in it when it is new; nothing when not written.
    pub base: Option<CacheBase>,
}

/// A cache keeps what it was made from as well: from something else, it is another cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheBase {
    pub from: Spanned<Base>,
    pub output: Option<Spanned<OutputName>>,
    pub source: Option<Spanned<Text>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sharing {
    #[default]
    Shared,
    Private,
    Locked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretMount {
    pub id: SecretId,
    pub place: SecretPlace,
    /// Written `required: false` where the step can do without it.
    pub required: bool,
    pub mode: Option<Mode>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// `target:`; `/run/secrets/ID` when neither is written.
    File(Spanned<Text>),
    /// `env:`, the name of a variable of this step alone.
    Variable(Spanned<String>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshMount {
    /// `default` when not written.
    pub id: SecretId,
    pub target: Option<Spanned<Text>>,
    pub required: bool,
    pub mode: Option<Mode>,
}

/// What is written to a bind mount is thrown away after the step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindMount {
    pub from: Spanned<Base>,
    pub output: Option<Spanned<OutputName>>,
    pub source: Option<Spanned<Text>>,
    /// Only with `from: context`.
    pub include: Vec<Spanned<Text>>,
    /// Only with `from: context`.
    pub exclude: Vec<Spanned<Text>>,
    /// May be left out with `output`: then the output's own path.
    pub target: Option<Spanned<Text>>,
    pub read_only: bool,
    /// `false`: the step is keyed by what made the mount, not by a hash of its content, which is read in
    /// full to be computed.
    pub content_cache: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TmpfsMount {
    pub target: Spanned<Text>,
    /// Bytes.
    pub size: Option<u64>,
}

/// `image:`, the config of the image that the stage becomes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub inherit: Inherit,
    pub entrypoint: Option<Vec<Text>>,
    pub command: Option<Vec<Text>>,
    pub environment: Vec<Variable>,
    pub user: Option<Spanned<Text>>,
    pub working_dir: Option<Spanned<Text>>,
    pub expose: Vec<Spanned<Port>>,
    pub healthcheck: Option<Healthcheck>,
    pub stop_signal: Option<Spanned<Text>>,
    pub labels: BTreeMap<String, Text>,
    pub volumes: Vec<Spanned<Text>>,
}

/// What the image config takes over from the base image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inherit {
    /// All but `ONBUILD`; as `FROM` of a Dockerfile.
    #[default]
    All,
    /// The environment alone.
    Environment,
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    pub number: u16,
    pub protocol: Protocol,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

/// Compose's `healthcheck`. Durations are nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    Disabled,
    Test {
        test: Vec<Text>,
        interval: Option<u64>,
        timeout: Option<u64>,
        start_period: Option<u64>,
        start_interval: Option<u64>,
        retries: Option<u32>,
    },
}

impl Plan {
    pub fn stage(&self, name: &StageName) -> Option<&Stage> {
        self.stages.iter().find(|stage| &stage.name.value == name)
    }
}

/// As a manifest writes it.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scratch => f.write_str("scratch"),
            Self::Context => f.write_str("context"),
            Self::Slipway => f.write_str("slipway"),
            Self::Stage(stage) => stage.fmt(f),
            Self::Image(image) => image.fmt(f),
        }
    }
}

impl Step {
    /// The word that a manifest writes for it.
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Copy(_) => "copy",
            Self::File(_) => "file",
            Self::Mkdir(_) => "mkdir",
            Self::Symlink(_) => "symlink",
            Self::Remove(_) => "remove",
            Self::DependsOn(_) => "depends_on",
        }
    }
}

impl Stage {
    pub fn output(&self, name: &OutputName) -> Option<&StageOutput> {
        self.outputs.iter().find(|output| &output.name.value == name)
    }

    pub fn span(&self) -> Span {
        self.name.span
    }

    /// Its commands, in order.
    pub fn runs(&self) -> impl DoubleEndedIterator<Item = &Run> {
        self.steps.iter().filter_map(|step| match &step.value {
            Step::Run(run) => Some(run),
            Step::Copy(_)
            | Step::File(_)
            | Step::Mkdir(_)
            | Step::Symlink(_)
            | Step::Remove(_)
            | Step::DependsOn(_) => None,
        })
    }

    /// Its copies, in order, each with its place.
    pub fn copies(&self) -> impl Iterator<Item = (&Copy, Span)> {
        self.steps.iter().filter_map(|step| match &step.value {
            Step::Copy(copy) => Some((copy, step.span)),
            Step::Run(_)
            | Step::File(_)
            | Step::Mkdir(_)
            | Step::Symlink(_)
            | Step::Remove(_)
            | Step::DependsOn(_) => None,
        })
    }

    /// The mounts of all its commands, then those of single ones.
    pub fn all_mounts(&self) -> impl Iterator<Item = &Spanned<Mount>> {
        self.mounts.iter().chain(self.runs().flat_map(|run| &run.mounts))
    }

    /// The stages that are made before it.
    pub fn needs(&self) -> impl Iterator<Item = &StageName> {
        let bases = self.bases().into_iter().filter_map(|base| match &base.value {
            Base::Stage(name) => Some(name),
            Base::Scratch | Base::Context | Base::Slipway | Base::Image(_) => None,
        });
        let merged = self.merge.iter().map(|layer| &layer.value.from);
        let awaited = self.steps.iter().filter_map(|step| match &step.value {
            Step::DependsOn(name) => Some(&name.value),
            Step::Run(_)
            | Step::Copy(_)
            | Step::File(_)
            | Step::Mkdir(_)
            | Step::Symlink(_)
            | Step::Remove(_) => None,
        });
        bases.chain(merged).chain(awaited)
    }

    /// All that it is made from, in the order in which it is written.
    pub fn bases(&self) -> Vec<&Spanned<Base>> {
        let mut found = vec![&self.from];
        found.extend(self.copies().map(|(copy, _)| &copy.from));
        found.extend(self.all_mounts().filter_map(|mount| match &mount.value {
            Mount::Bind(bind) => Some(&bind.from),
            Mount::Cache(cache) => cache.base.as_ref().map(|base| &base.from),
            Mount::Secret(_) | Mount::Ssh(_) | Mount::Tmpfs(_) => None,
        }));
        found
    }
}
