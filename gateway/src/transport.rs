//! HTTP/2 over the pipes that BuildKit gives a frontend as stdin and stdout.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use buildkit_proto::frontend::llb_bridge_client::LlbBridgeClient;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, join};
use tokio::net::unix::pipe::{Receiver, Sender};
use tonic::transport::{Channel, Endpoint};

use crate::batch::Batched;

/// The generated client, for what [`Gateway`](crate::Gateway) has no method for.
pub type Client = LlbBridgeClient<Channel>;

// BuildKit sends errors in a trailer, with the user's file in it twice and no regard for the limit that hyper
// announces, which is 16 KiB when nothing is said; beyond it the call fails or hangs (hyperium/hyper#3724).
const HEADER_LIMIT: u32 = 64 << 20;

/// Why this process is no frontend.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// It was started by hand: the environment is not that of a build.
    NotStartedByBuildKit,
    /// Its stdin or stdout is not a pipe.
    NotAPipe(io::Error),
    /// The runtime or the connection could not be set up.
    Setup(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStartedByBuildKit => f.write_str(
                "this is a BuildKit frontend: `docker buildx build` starts it, for a file that names it in its first line",
            ),
            Self::NotAPipe(error) => {
                write!(f, "stdin and stdout must be the pipes of BuildKit: {error}")
            }
            Self::Setup(error) => write!(f, "cannot talk to BuildKit: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

/// The pipes that are stdin and stdout. Must be called inside a runtime. Makes both non-blocking, and leaves alone stderr,
/// which is the daemon's own.
pub(crate) fn stdio() -> Result<(Receiver, Sender), StartError> {
    let duplicate = |fd: io::Result<OwnedFd>| fd.map_err(StartError::NotAPipe);
    let input = duplicate(io::stdin().as_fd().try_clone_to_owned())?;
    let output = duplicate(io::stdout().as_fd().try_clone_to_owned())?;
    Ok((
        Receiver::from_owned_fd(input).map_err(StartError::NotAPipe)?,
        Sender::from_owned_fd(output).map_err(StartError::NotAPipe)?,
    ))
}

/// The one connection there will be: a stream cannot be opened again, so a lost one stays lost.
pub(crate) async fn connect<R, W>(input: R, output: W) -> Result<Client, StartError>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = Some(join(input, Batched::new(output)));
    let connector = tower::service_fn(move |_| {
        let stream = stream.take().ok_or(io::ErrorKind::NotConnected);
        async move { Ok::<_, io::Error>(TokioIo::new(stream?)) }
    });
    let channel = Endpoint::from_static("http://localhost")
        .http2_max_header_list_size(HEADER_LIMIT)
        .connect_with_connector(connector)
        .await
        .map_err(|error| StartError::Setup(error.to_string()))?;
    Ok(LlbBridgeClient::new(channel).max_decoding_message_size(usize::MAX))
}
