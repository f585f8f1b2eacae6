//! The one place that talks to the daemon.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use buildkit_llb::Definition;
use buildkit_proto::frontend as api;
use tokio::sync::OnceCell;

use crate::resolve::ImageCache;
use crate::solve::{Solve, Solved};
use crate::transport::Client;
use crate::warning::Warning;
use crate::{Capabilities, Code, Error, Options, Result};

/// The daemon, and what it was asked to build.
///
/// It is cheap to clone, and all clones are one connection: calls may run at the same time.
#[derive(Clone)]
pub struct Gateway {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    options: Options,
    capabilities: OnceCell<Capabilities>,
    inputs: OnceCell<BTreeMap<String, Definition>>,
    images: ImageCache,
}

impl Gateway {
    pub(crate) fn new(client: Client, options: Options) -> Self {
        Self {
            shared: Arc::new(Shared {
                client,
                options,
                capabilities: OnceCell::new(),
                inputs: OnceCell::new(),
                images: ImageCache::default(),
            }),
        }
    }

    /// What the client asked for.
    pub fn options(&self) -> &Options {
        &self.shared.options
    }

    /// The generated client, for what this type has no method for: containers.
    pub fn client(&self) -> Client {
        self.shared.client.clone()
    }

    /// What this daemon knows. Asks once, when it is first called.
    pub async fn capabilities(&self) -> Result<&Capabilities> {
        self.shared
            .capabilities
            .get_or_try_init(|| async {
                let pong = self.client().ping(api::PingRequest {}).await?.into_inner();
                Ok(Capabilities::new(pong, self.options().product()))
            })
            .await
    }

    /// Hands a graph, or another frontend's work, to the daemon. Nothing runs before a ref is read, evaluated or
    /// returned, and no mistake in the graph is found, unless [`Solve::evaluate`] says so.
    pub async fn solve(&self, solve: impl Into<Solve>) -> Result<Solved> {
        let request = solve.into().into_request();
        let response = self.client().solve(request).await?.into_inner();
        Ok(Solved::new(self, response))
    }

    /// The graphs that the client hands over, by name. Asks once, when it is first called.
    pub async fn inputs(&self) -> Result<&BTreeMap<String, Definition>> {
        self.shared
            .inputs
            .get_or_try_init(|| async {
                // Not worth a `Ping` first: who has no inputs says so.
                let response = match self.client().inputs(api::InputsRequest {}).await {
                    Ok(response) => response,
                    Err(status) if status.code() == Code::Unimplemented => return Ok(BTreeMap::new()),
                    Err(status) => return Err(status.into()),
                };
                let mut inputs = BTreeMap::new();
                for (name, definition) in response.into_inner().definitions {
                    let definition = Definition::try_from(definition)
                        .map_err(|error| Error::new(error.to_string()).context(format!("input `{name}`")))?;
                    inputs.insert(name, definition);
                }
                Ok(inputs)
            })
            .await
    }

    /// Tells the user something that is no error. A daemon that cannot tell is no reason to fail.
    pub async fn warn(&self, warning: Warning) {
        let _ = self.client().warn(warning.into_request()).await;
    }

    pub(crate) fn images(&self) -> &ImageCache {
        &self.shared.images
    }

    pub(crate) async fn answer(&self, answer: api::ReturnRequest) -> Result<()> {
        self.client().r#return(answer).await?;
        Ok(())
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("options", &self.shared.options).finish_non_exhaustive()
    }
}
