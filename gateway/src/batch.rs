//! What is written in one turn of the event loop goes out in one piece.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio::task::yield_now;

/// A pipe holds no more.
const LIMIT: usize = 64 << 10;

/// A stream that is not written to before no task has anything to add.
///
/// HTTP/2 flushes the head of a call before its body is there, and each call on its own. Every piece would wake the
/// daemon, which can do nothing with it before it has the last.
#[derive(Debug)]
pub(crate) struct Batched<S> {
    stream: S,
    buffer: Vec<u8>,
    /// How much of the buffer is out.
    written: usize,
    /// Whether something was added since the others were last given their turn.
    grown: bool,
}

impl<S> Batched<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, buffer: Vec::new(), written: 0, grown: false }
    }
}

impl<S: AsyncWrite + Unpin> Batched<S> {
    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest @ [_, ..]) = self.buffer.get(self.written..) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        self.buffer.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Batched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.buffer.len() >= LIMIT {
            ready!(self.poll_write_out(cx))?;
        }
        self.buffer.extend_from_slice(bytes);
        self.grown = true;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The first poll of `yield_now` has the runtime wake this task when no other is ready; the rest of it is not
        // needed.
        if std::mem::take(&mut self.grown)
            && self.buffer.len() < LIMIT
            && pin!(yield_now()).poll(cx).is_pending()
        {
            return Poll::Pending;
        }
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Takes so many bytes at a time, and remembers the pieces.
    struct Pieces(usize, Vec<Vec<u8>>);

    impl AsyncWrite for Pieces {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.0);
            self.1.push(bytes[..taken].to_vec());
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn write(stream: &mut Batched<Pieces>, bytes: &[u8]) {
        let written = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, bytes)).await;
        assert_eq!(written.unwrap(), bytes.len());
    }

    /// Whether it is flushed at once.
    async fn flushes(stream: &mut Batched<Pieces>) -> bool {
        poll_fn(|cx| Poll::Ready(Pin::new(&mut *stream).poll_flush(cx).is_ready())).await
    }

    #[tokio::test]
    async fn one_turn_is_one_piece() {
        let mut stream = Batched::new(Pieces(100, Vec::new()));
        write(&mut stream, b"head ").await;
        assert!(!flushes(&mut stream).await);
        write(&mut stream, b"body ").await;
        assert!(!flushes(&mut stream).await);
        // Nothing was added while the others had their turn.
        poll_fn(|cx| Pin::new(&mut stream).poll_flush(cx)).await.unwrap();
        assert_eq!(stream.stream.1, [b"head body "]);

        write(&mut stream, b"next").await;
        poll_fn(|cx| Pin::new(&mut stream).poll_flush(cx)).await.unwrap();
        assert_eq!(stream.stream.1, [&b"head body "[..], b"next"]);
    }

    #[tokio::test]
    async fn much_does_not_wait() {
        let mut stream = Batched::new(Pieces(LIMIT / 2, Vec::new()));
        let much = vec![1; LIMIT];
        write(&mut stream, &much).await;
        assert!(flushes(&mut stream).await);
        assert_eq!(stream.stream.1.concat(), much);
        write(&mut stream, b"rest").await;
        poll_fn(|cx| Pin::new(&mut stream).poll_shutdown(cx)).await.unwrap();
        assert_eq!(stream.stream.1.last().unwrap(), b"rest");
    }
}
