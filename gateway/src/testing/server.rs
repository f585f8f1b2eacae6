//! Just enough of gRPC: unary calls, uncompressed, one message each way.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use buildkit_proto::{Message as _, rpc};
use bytes::{BufMut as _, Bytes, BytesMut};
use h2::RecvStream;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use tokio::io::{AsyncRead, AsyncWrite};

use super::daemon::Daemon;

const PREFIX: usize = 5;

pub(super) async fn serve<S>(stream: S, daemon: Arc<Daemon>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let daemon = Arc::clone(&daemon);
        // An answer that cannot be sent is one that nobody waits for any more.
        tokio::spawn(async move { answer(request, respond, &daemon).await.ok() });
    }
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    daemon: &Daemon,
) -> Result<(), h2::Error> {
    let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
    let mut body = request.into_body();
    let mut message = BytesMut::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        message.put(chunk);
    }
    let outcome = daemon.answer(&method, message.get(PREFIX..).unwrap_or_default());

    let mut head = Response::new(());
    head.headers_mut().insert("content-type", HeaderValue::from_static("application/grpc"));
    let mut stream = respond.send_response(head, false)?;
    let status = match outcome {
        Ok(message) => {
            let mut frame = BytesMut::with_capacity(PREFIX + message.len());
            frame.put_u8(0);
            frame.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
            frame.put_slice(&message);
            stream.send_data(frame.freeze(), false)?;
            rpc::Status::default()
        }
        Err(status) => status,
    };
    stream.send_trailers(trailers(&status))
}

fn trailers(status: &rpc::Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(status.code));
    if status.code != 0 {
        let details = STANDARD_NO_PAD.encode(status.encode_to_vec());
        for (name, text) in
            [("grpc-message", percent_encode(&status.message)), ("grpc-status-details-bin", details)]
        {
            if let Ok(value) = HeaderValue::from_str(&text) {
                trailers.insert(name, value);
            }
        }
    }
    trailers
}

fn percent_encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
