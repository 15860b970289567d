//! Whether a connection lives, why it ended, and a switch that ends it at once. Shared by the library's session task,
//! the connection and everything that waits on it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::heard::Heard;

/// Nothing here is meant to wait longer; it keeps the sum of an instant and a caller's duration in range.
const LONGEST_WAIT: Duration = Duration::from_secs(30 * 24 * 3600);

/// When a caller's patience ends.
pub(super) fn deadline_in(patience: Duration) -> Instant {
    Instant::now() + patience.min(LONGEST_WAIT)
}

/// The life of one connection.
#[derive(Debug, Default)]
pub(super) struct Life {
    heard: Arc<Heard>,
    cut: CancellationToken,
    ended: CancellationToken,
    reason: Mutex<Option<String>>,
}

impl Life {
    /// Of a connection to a target whose signs of life go to `heard`.
    pub(super) fn new(heard: Arc<Heard>) -> Self {
        Self { heard, ..Self::default() }
    }

    /// Ends the connection without a word to the other end: whatever waits on it fails at once.
    pub(super) fn cut(&self, reason: &str) {
        self.note(reason);
        self.cut.cancel();
    }

    /// Keeps the first reason that is told.
    pub(super) fn note(&self, reason: &str) {
        let mut kept = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get_or_insert_with(|| reason.to_owned());
    }

    /// The session task has ended.
    pub(super) fn end(&self) {
        self.ended.cancel();
    }

    /// Resolves when the session task has ended or was cut.
    pub(super) async fn over(&self) {
        tokio::select! {
            () = self.ended.cancelled() => {}
            () = self.cut.cancelled() => {}
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.ended.is_cancelled() || self.cut.is_cancelled()
    }

    pub(super) fn reason(&self) -> String {
        let kept = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone().unwrap_or_else(|| "closed by the other end".to_owned())
    }
}

/// A byte stream that fails as soon as its [`Life`] is cut, and notes that the other end was heard. The SSH library offers no other way to stop a session task
/// that waits for a peer in the middle of a key exchange.
pub(super) struct Cuttable<S> {
    inner: S,
    heard: Arc<Heard>,
    cut: CancellationToken,
    wait: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<S> Cuttable<S> {
    pub(super) fn new(inner: S, life: &Arc<Life>) -> Self {
        Self { inner, heard: life.heard.clone(), cut: life.cut.clone(), wait: Box::pin(life.cut.clone().cancelled_owned()) }
    }

    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.cut.is_cancelled() || self.wait.as_mut().poll(cx).is_ready() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "given up on our side"));
        }
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Cuttable<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.heard.note();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Cuttable<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
