//! The manifest as typed values: what the user wrote and nothing more. Defaults are filled in by whoever
//! expands it, so that "not written" stays different from "written as the default".

mod advice;
mod app;
mod base;
mod dollar;
mod fit;
mod image;
mod keys;
mod meant;
mod merge;
mod mode;
mod mount;
mod quantity;
mod read;
mod scalar;
mod schema;
mod secret;
mod stage;
mod step;
mod text;
mod unknown;
mod words;

use std::collections::BTreeMap;
use std::fmt;

pub use fit::check_stack_keys;

use crate::diagnostic::Diagnostics;
use crate::plan::{
    Arg, Base, Healthcheck, InvalidName, Network, Plan, Port, SecretId, Stage, Text, Variable,
};
use crate::source::Source;
use crate::span::{Span, Spanned};

/// A whole manifest. There is at least one app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// In the order in which they were written. Each holds the top-level keys as its defaults.
    pub apps: Vec<App>,
}

/// One thing that becomes an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct App {
    /// The key under `apps:`; none when the manifest itself is the app.
    pub name: Option<Spanned<AppName>>,
    pub stack: Option<Spanned<StackName>>,
    pub version: Option<Spanned<String>>,
    /// A folder of the context, relative and without `.` or `..`; empty for the context itself.
    pub root: Option<Spanned<String>>,
    pub package_manager: Option<Spanned<PackageManager>>,
    pub lock: Option<Spanned<Lock>>,
    pub args: Vec<Arg>,
    pub secrets: Vec<Secret>,
    pub packages: Packages,
    pub build: Build,
    pub test: Test,
    pub run: Run,
    /// Explicit stages: they replace the stack's stage of the same name, or are added. With stages and
    /// without [`App::stack`] the stages are all there is.
    pub stages: Vec<Stage>,
}

/// A secret that the app's dependencies need, as `secrets: { ID: { type } }` declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub id: Spanned<SecretId>,
    pub kind: SecretKind,
    /// Written `required: false` where the build can do without it.
    pub required: bool,
}

/// Where tools find a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// A `.netrc`, put where git, curl and the tools of the stack look.
    Netrc,
    /// A file at this path.
    File { target: Spanned<Text> },
    /// An environment variable.
    Env { name: Spanned<String> },
}

/// System packages, named as the base's own package manager names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packages {
    /// For deps, build and test.
    pub build: Vec<Spanned<Text>>,
    /// For the image.
    pub run: Vec<Spanned<Text>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// Replaces what the stack would run.
    pub command: Option<Spanned<Vec<Text>>>,
    pub environment: Vec<Variable>,
    /// Declared in [`App::secrets`].
    pub secrets: Vec<Spanned<SecretId>>,
    /// Files that are source although they look like documentation and the like.
    pub include: Vec<Spanned<Text>>,
    pub network: Option<Spanned<Network>>,
    /// Go: the package of the main program.
    pub target: Option<Spanned<Text>>,
    /// Static: where the build writes the page to, relative to the app's root.
    pub output: Option<Spanned<String>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Test {
    pub command: Option<Spanned<Vec<Text>>>,
    /// Where the command writes its report: absolute, or relative to the app's root.
    pub report: Option<Spanned<Text>>,
    /// The image exists only when the tests pass.
    pub gate: Option<Spanned<bool>>,
    pub environment: Vec<Variable>,
    /// Declared in [`App::secrets`].
    pub secrets: Vec<Spanned<SecretId>>,
    pub network: Option<Spanned<Network>>,
}

/// The image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// An image, `scratch` or a stage.
    pub from: Option<Spanned<Base>>,
    pub entrypoint: Option<Spanned<Vec<Text>>>,
    pub command: Option<Spanned<Vec<Text>>>,
    pub environment: Vec<Variable>,
    pub user: Option<Spanned<Text>>,
    pub working_dir: Option<Spanned<Text>>,
    pub expose: Vec<Spanned<Port>>,
    pub healthcheck: Option<Healthcheck>,
    pub stop_signal: Option<Spanned<Text>>,
    pub labels: BTreeMap<String, Text>,
    pub volumes: Vec<Spanned<Text>>,
    /// Absolute folders that are created for the run user.
    pub writable: Vec<Spanned<Text>>,
    /// The helper is PID 1: it reaps children and forwards signals.
    pub init: Option<Spanned<bool>>,
}

/// A recipe for one ecosystem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StackName {
    Go,
    Node,
    Static,
    Python,
    Rust,
    Java,
    Dotnet,
    Php,
    Ruby,
}

impl StackName {
    pub const ALL: &[Self] = &[
        Self::Go,
        Self::Node,
        Self::Static,
        Self::Python,
        Self::Rust,
        Self::Java,
        Self::Dotnet,
        Self::Php,
        Self::Ruby,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Node => "node",
            Self::Static => "static",
            Self::Python => "python",
            Self::Rust => "rust",
            Self::Java => "java",
            Self::Dotnet => "dotnet",
            Self::Php => "php",
            Self::Ruby => "ruby",
        }
    }
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What installs the dependencies of a project, where a stack knows several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageManager {
    Npm,
    Pnpm,
    Yarn,
    Bun,
    Uv,
    Poetry,
    Pdm,
    Pipenv,
    Pip,
}

impl PackageManager {
    pub const ALL: &[Self] = &[
        Self::Npm,
        Self::Pnpm,
        Self::Yarn,
        Self::Bun,
        Self::Uv,
        Self::Poetry,
        Self::Pdm,
        Self::Pipenv,
        Self::Pip,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::Yarn => "yarn",
            Self::Bun => "bun",
            Self::Uv => "uv",
            Self::Poetry => "poetry",
            Self::Pdm => "pdm",
            Self::Pipenv => "pipenv",
            Self::Pip => "pip",
        }
    }

    /// The stacks whose projects it installs for.
    pub fn stacks(self) -> &'static [StackName] {
        match self {
            Self::Npm | Self::Pnpm | Self::Yarn | Self::Bun => &[StackName::Node, StackName::Static],
            Self::Uv | Self::Poetry | Self::Pdm | Self::Pipenv | Self::Pip => &[StackName::Python],
        }
    }
}

impl fmt::Display for PackageManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether dependencies are installed without a lock file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// There is a lock file, and it goes with what it locks.
    Required,
    /// What the package manager finds today is installed.
    None,
}

/// An app under `apps:`. It is the first part of a target, so there is no `.` in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppName(String);

impl AppName {
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
        let name = name.into();
        let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
        let holds =
            name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'));
        if starts && holds && name.len() <= 128 {
            Ok(Self(name))
        } else {
            Err(InvalidName { allowed: "small letters, digits, `-` and `_`, and starts with a letter" })
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Build {
    /// What its steps reach.
    pub fn reach(&self) -> Network {
        reach(self.network)
    }
}

impl Test {
    /// What its steps reach.
    pub fn reach(&self) -> Network {
        reach(self.network)
    }
}

/// Law 4: network only where things are fetched, unless the manifest says so.
fn reach(written: Option<Spanned<Network>>) -> Network {
    written.map_or(Network::None, |network| network.value)
}

impl App {
    /// The same under a name that nobody wrote; `None` when no app can be called so.
    pub fn named(&self, name: &str) -> Option<Self> {
        let name = Spanned::new(AppName::new(name).ok()?, Span::default());
        Some(Self { name: Some(name), ..self.clone() })
    }

    /// Whether a stage of the app's own stands in the place of the stack's.
    pub fn replaces(&self, stage: &str) -> bool {
        self.stages.iter().any(|own| own.name.value.as_str() == stage)
    }

    /// The plan of an app that is explicit stages and no stack.
    pub fn explicit_plan(&self) -> Option<Plan> {
        let explicit = self.stack.is_none() && !self.stages.is_empty();
        explicit.then(|| Plan { args: self.args.clone(), stages: self.stages.clone() })
    }
}

impl Manifest {
    /// Reads a manifest and reports all its mistakes. What it returns is what could be understood: build
    /// it only when [`Diagnostics::has_errors`] says no.
    pub fn parse(source: &Source, diagnostics: &mut Diagnostics) -> Self {
        merge::parse(source, diagnostics)
    }
}

/// The JSON Schema of the manifest, made from the types that read it.
pub fn json_schema() -> serde_json::Value {
    schema::manifest()
}

#[cfg(test)]
mod tests;
