//! Calls: questions instead of builds, `docker buildx build --call=NAME`. The command line asks the same ones.

mod ask;
mod check;
mod dockerfile;
mod explain;
mod graph;
mod init;
mod outline;
mod places;
mod plan;
mod schema;
mod targets;

use std::collections::BTreeMap;

use buildkit_gateway::Response;
use buildkit_gateway::calls::{self, Call as Described};
use buildkit_llb::SourceFile;

pub use ask::{Asked, ask};
pub(crate) use graph::chart;
pub use places::Places;

use crate::catalog::Catalog;
use crate::diagnostic::Diagnostics;
use crate::facts::Project;
use crate::lower::{Context, Options, Platforms};
use crate::manifest::Manifest;
use crate::source::Source;
use crate::survey::{Scope, Surveyed};

/// The version of our own formats.
const VERSION: &str = "1.0.0";

/// What is asked about: all that is known without building anything.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    pub source: &'a Source,
    /// The manifest, as places point into it.
    pub file: &'a SourceFile,
    pub manifest: &'a Manifest,
    pub project: &'a Project,
    /// Those of [`Call::scope`], without the ones that have mistakes.
    pub apps: &'a [Surveyed<'a>],
    pub setting: &'a Setting,
    pub context: &'a Context,
}

/// What a build would be made with, besides the manifest.
#[derive(Clone, Debug)]
pub struct Setting {
    pub catalog: Catalog,
    /// `--build-arg`
    pub given: BTreeMap<String, String>,
    pub platforms: Platforms,
    pub options: Options,
}

macro_rules! calls {
    ($($call:ident $name:literal: $about:literal,)*) => {
        /// A question.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Call {
            $(#[doc = $about] $call,)*
        }

        impl Call {
            pub const ALL: &[Self] = &[$(Self::$call,)*];

            /// What clients send for it.
            pub fn request(self) -> &'static str {
                match self {
                    $(Self::$call => $name,)*
                }
            }

            /// What it tells, in one line.
            pub fn about(self) -> &'static str {
                match self {
                    $(Self::$call => $about,)*
                }
            }
        }
    };
}

calls! {
    Check "frontend.lint": "Everything that is wrong with the manifest, and advice",
    Outline "frontend.outline": "Arguments, secrets, agents and caches of a target",
    Targets "frontend.targets": "The targets that can be built",
    Describe "frontend.subrequests.describe": "The calls that there are",
    ConvertLlb "frontend.convertllb": "The graph of a target, operation by operation",
    Plan "frontend.plan": "The manifest with nothing left to guess: explicit stages",
    Explain "frontend.explain": "Every decision with its reason, file and line",
    Graph "frontend.graph": "What BuildKit is given to do, as a Mermaid flow chart",
    Dockerfile "frontend.dockerfile": "A Dockerfile that builds the same files and config",
    Init "frontend.init": "A manifest in which every decision is written out",
    Schema "frontend.schema": "The JSON Schema of the manifest",
}

impl Call {
    /// By the name that a client sends: `frontend.plan` for `--call=plan`.
    pub fn from_request(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|call| call.request() == id)
    }

    /// The answer, when it is the same whatever the manifest says.
    pub fn without_manifest(self) -> Option<Response> {
        match self {
            Self::Describe => Some(describe()),
            Self::Schema => Some(schema::answer()),
            Self::Check
            | Self::Outline
            | Self::Targets
            | Self::Plan
            | Self::Explain
            | Self::ConvertLlb
            | Self::Graph
            | Self::Dockerfile
            | Self::Init => None,
        }
    }

    /// The apps that it is about.
    pub fn scope(self, target: Option<&str>) -> Scope<'_> {
        match self {
            Self::Describe | Self::Schema | Self::Check | Self::Targets | Self::Explain => {
                Scope::Every(target)
            }
            Self::Outline | Self::ConvertLlb | Self::Plan | Self::Graph | Self::Dockerfile | Self::Init => {
                Scope::Target(target)
            }
        }
    }

    /// `None` when mistakes leave nothing to answer.
    pub fn answer(self, question: &Question<'_>, diagnostics: &mut Diagnostics) -> Option<Response> {
        if self == Self::Check {
            return Some(check::answer(question, diagnostics));
        }
        if diagnostics.has_errors() {
            return None;
        }
        match self {
            Self::Targets => Some(targets::answer(question)),
            Self::Explain => Some(explain::answer(question)),
            Self::Outline => Some(outline::answer(question, question.apps.first()?)),
            Self::Plan => Some(plan::answer(question, question.apps.first()?)),
            // A build resolves the images before it answers; here they have the names that the manifest gives them.
            Self::ConvertLlb => graph::convert(question, question.apps.first()?, diagnostics),
            Self::Graph => graph::answer(question, question.apps.first()?, diagnostics),
            Self::Dockerfile => Some(dockerfile::answer(question, question.apps.first()?)),
            Self::Init => init::answer(question, question.apps.first()?, diagnostics),
            Self::Check | Self::Describe | Self::Schema => self.without_manifest(),
        }
    }
}

fn describe() -> Response {
    let described: Vec<_> = Call::ALL
        .iter()
        .filter_map(|call| match call {
            Call::Check => Some(Described::lint(call.about())),
            Call::Outline => Some(Described::outline()),
            Call::Targets => Some(Described::targets()),
            Call::Describe => None,
            Call::ConvertLlb => Some(Described::new(call.request(), "0.1.0", call.about())),
            Call::Plan | Call::Explain | Call::Graph | Call::Dockerfile | Call::Init | Call::Schema => {
                Some(Described::new(call.request(), VERSION, call.about()))
            }
        })
        .collect();
    calls::describe(&described)
}

/// A reply in a format of our own.
fn reply(json: &serde_json::Value, text: String) -> Response {
    Response::reply(VERSION, format!("{json:#}"), text)
}
