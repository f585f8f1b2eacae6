//! A BuildKit in memory, to test a frontend against.
//!
//! It speaks the real protocol over an in-memory stream, so that a test goes the whole way: options, transport, errors
//! in trailers, answer. What it does not do is build. A file is looked for in every source that a graph has, whatever
//! the steps in between do to it.
//!
//! ```
//! use buildkit_gateway::testing::Fake;
//! use buildkit_gateway::{Error, Options, contexts::Contexts};
//!
//! let outcome = Fake::new(Options::new([("filename", "app.yaml")]))
//!     .directory("dockerfile", [("app.yaml", "from: alpin\n")])
//!     .run(async |gateway| {
//!         let manifest = Contexts::load(&gateway).await?.manifest("YAML").await?;
//!         Err(Error::new("`alpin` is no image").at(&manifest.file().line(1)?))
//!     });
//! assert_eq!(outcome.error().expect("an error").message(), "`alpin` is no image");
//! ```

mod daemon;
mod files;
mod outcome;
mod server;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buildkit_llb::{Definition, Reference};
use buildkit_proto::{frontend as api, rpc};

use crate::frontend::runtime;
use crate::transport::connect;
use crate::{Error, Frontend, Gateway, Options, Response, Result};
use daemon::Daemon;
pub use outcome::Outcome;

/// A BuildKit with these files, images and habits.
#[derive(Debug, Clone, Default)]
pub struct Fake {
    options: Options,
    sources: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    images: BTreeMap<String, Vec<u8>>,
    inputs: BTreeMap<String, Definition>,
    missing: BTreeSet<String>,
    replaced: BTreeMap<String, String>,
    failures: BTreeMap<String, rpc::Status>,
    frontends: BTreeMap<String, api::Result>,
}

impl Fake {
    /// One that was asked to build with these options. Its session is `s1` where they name none.
    pub fn new(options: Options) -> Self {
        let options = match options.session() {
            "" => options.with_session("s1"),
            _ => options,
        };
        Self { options, ..Self::default() }
    }

    /// Adds files to a directory of the client's: `context`, `dockerfile`.
    #[must_use]
    pub fn directory(
        self,
        name: &str,
        files: impl IntoIterator<Item = (impl Into<String>, impl Into<Vec<u8>>)>,
    ) -> Self {
        self.source(format!("local://{name}"), files)
    }

    /// Adds files to any source, by the identifier that it has in a graph.
    #[must_use]
    pub fn source(
        mut self,
        identifier: impl Into<String>,
        files: impl IntoIterator<Item = (impl Into<String>, impl Into<Vec<u8>>)>,
    ) -> Self {
        let files = files.into_iter().map(|(path, data)| (path.into(), data.into()));
        self.sources.entry(identifier.into()).or_default().extend(files);
        self
    }

    /// Adds an image with this config. Its digest is made of its name and the config.
    #[must_use]
    pub fn image(mut self, reference: &Reference, config: impl Into<Vec<u8>>) -> Self {
        self.images.insert(reference.to_string(), config.into());
        self
    }

    /// Adds a graph that the client hands over.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, definition: Definition) -> Self {
        self.inputs.insert(name.into(), definition);
        self
    }

    /// Adds a frontend that gives this, whatever its options are. Its refs have the ids that are named here, and no
    /// files. A frontend that was not added gives one ref.
    #[must_use]
    pub fn frontend(mut self, name: impl Into<String>, result: api::Result) -> Self {
        self.frontends.insert(name.into(), result);
        self
    }

    /// Takes a capability away, of the gateway or of the graph.
    #[must_use]
    pub fn without(mut self, capability: impl Into<String>) -> Self {
        self.missing.insert(capability.into());
        self
    }

    /// Has a source policy put another source in an image's place; both are identifiers.
    #[must_use]
    pub fn replace(mut self, image: impl Into<String>, identifier: impl Into<String>) -> Self {
        self.replaced.insert(image.into(), identifier.into());
        self
    }

    /// Lets every call of a method fail: `Solve`, `ReadFile`, ...
    #[must_use]
    pub fn fail(mut self, method: impl Into<String>, error: Error) -> Self {
        self.failures.insert(method.into(), error.into_status());
        self
    }

    /// Runs a frontend, and tells what came of it. Must be called outside a runtime.
    ///
    /// # Panics
    ///
    /// When there can be no runtime, or the frontend cannot talk to this fake.
    pub fn run<F, B>(self, build: F) -> Outcome
    where
        F: FnOnce(Gateway) -> B,
        B: Future<Output = Result<Response>>,
    {
        let options = self.options.clone();
        let daemon = Arc::new(Daemon::new(self));
        let runtime = runtime().expect("a runtime");
        runtime.block_on(async {
            let (ours, theirs) = tokio::io::duplex(1 << 20);
            tokio::spawn(server::serve(theirs, Arc::clone(&daemon)));
            let (input, output) = tokio::io::split(ours);
            let client = connect(input, output).await.expect("a connection");
            let gateway = Gateway::new(client, options);
            let frontend = Frontend::new("https://example.com/issues");
            frontend.answer(&gateway, build).await.expect("an answer that arrives");
        });
        daemon.outcome()
    }
}
