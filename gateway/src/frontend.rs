//! The life of a frontend: connect, build, answer, exit.

use std::io::{self, Write as _};
use std::process;

use buildkit_proto::frontend::ReturnRequest;
use tokio::runtime::{Builder, Runtime};

use crate::transport::{StartError, connect, stdio};
use crate::{Error, Gateway, Options, Response, Result, panics};

/// What this crate takes care of, and an image's label `moby.buildkit.frontend.caps` may therefore list.
pub const CAPABILITIES: [&str; 4] = [
    "moby.buildkit.frontend.inputs",
    "moby.buildkit.frontend.subrequests",
    "moby.buildkit.frontend.contexts",
    "moby.buildkit.frontend.gitquerystring",
];

/// A frontend as a process.
#[derive(Debug, Clone)]
pub struct Frontend {
    report_to: String,
}

impl Frontend {
    /// `report_to` is the address that users are sent to when the frontend itself is at fault.
    pub fn new(report_to: impl Into<String>) -> Self {
        Self { report_to: report_to.into() }
    }

    /// Connects to the BuildKit that started this process, has `build` do the work, answers and ends the process.
    ///
    /// It comes back only when there is no such BuildKit: print that, and tell whoever started it by hand what this
    /// program is. Otherwise nothing may write to stdout, which is the connection.
    ///
    /// A panic of `build` becomes an error of the build, and so does a call ([`Options::call`]) that it answers with
    /// anything but a reply. Everything runs on this one thread.
    pub fn run<F, B>(&self, build: F) -> StartError
    where
        F: FnOnce(Gateway) -> B,
        B: Future<Output = Result<Response>>,
    {
        if std::env::var_os("BUILDKIT_SESSION_ID").is_none() {
            return StartError::NotStartedByBuildKit;
        }
        let runtime = match runtime() {
            Ok(runtime) => runtime,
            Err(error) => return StartError::Setup(error.to_string()),
        };
        runtime.block_on(async {
            // The preface is awaited for ten seconds, container start included: nothing comes before it.
            let (input, output) = match stdio() {
                Ok(pipes) => pipes,
                Err(error) => return error,
            };
            let gateway = match connect(input, output).await {
                Ok(client) => Gateway::new(client, Options::from_vars(std::env::vars_os())),
                Err(error) => return error,
            };
            panics::note_places();
            let code = match self.answer(&gateway, build).await {
                Ok(()) => 0,
                Err(error) => {
                    // The daemon's log is all that is left to write to.
                    let _ = writeln!(std::io::stderr(), "the answer did not arrive: {error}");
                    1
                }
            };
            // Not by returning: dropping the last handle says goodbye to the daemon, which would then take the build
            // for lost, and stdin never ends, so that nothing else would end this process.
            process::exit(code)
        })
    }

    /// Has `build` do the work, and hands what comes of it to the daemon.
    pub(crate) async fn answer<F, B>(&self, gateway: &Gateway, build: F) -> Result<()>
    where
        F: FnOnce(Gateway) -> B,
        B: Future<Output = Result<Response>>,
    {
        let outcome = panics::catch(async {
            let options = gateway.options();
            require_capabilities(options)?;
            let response = build(gateway.clone()).await?;
            match options.call() {
                // To clients a build that comes back instead of a reply is one that passed.
                Some(call) if !response.is_reply() => Err(Error::unsupported_call(call)),
                _ => Ok(response),
            }
        })
        .await
        .unwrap_or_else(|panic| Err(self.bug(&panic)));
        let answer = match outcome {
            Ok(response) => ReturnRequest { result: Some(response.into_message()), error: None },
            Err(error) => ReturnRequest { result: None, error: Some(error.into_status()) },
        };
        gateway.answer(answer).await
    }

    fn bug(&self, panic: &str) -> Error {
        Error::internal(format!(
            "this is a bug of the frontend, please report it at {}: {panic}",
            self.report_to
        ))
    }
}

/// What frontends run on, in tests too: one thread, with all that may be awaited, timers as well.
pub(crate) fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

// A capability that may be forwarded is one that this frontend may leave to another.
fn require_capabilities(options: &Options) -> Result<()> {
    let missing = options
        .frontend_caps()
        .into_iter()
        .find(|cap| !cap.forward && !CAPABILITIES.contains(&cap.name.as_str()));
    match missing {
        None => Ok(()),
        Some(cap) => Err(Error::unsupported_capability(&cap.name)),
    }
}
