//! The page over HTTP. Whoever asks for something else, sends garbage, or sends nothing, is let go of and hurts nobody.

use super::Figures;
use axum::Router;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Connections at the same time; for one more the oldest has to go, so that those who only sit there keep nobody out.
const MOST: usize = 64;
/// How long one may take from its first byte to its last.
const TIME: Duration = Duration::from_secs(10);
/// What one may send, in bytes: the request with its headers.
const SENT: usize = 16 * 1024;
/// What Prometheus calls its text.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A pause after a connection that could not be taken: no file descriptors, most likely.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves the page until the task is dropped.
pub(super) async fn serve(listener: TcpListener, figures: Arc<Figures>) {
    let scrape = move || {
        let figures = figures.clone();
        async move { answer(figures.page().await) }
    };
    let app = Router::new().route("/metrics", get(scrape).fallback(nothing)).fallback(nothing);
    // It never ends, and has no error to tell.
    let _ = axum::serve(Door { listener, open: VecDeque::new() }, app).await;
}

fn answer(page: super::Page) -> Response {
    // Each scrape has a connection of its own, since each connection has an end.
    let close: [(HeaderName, &str); 1] = [(header::CONNECTION, "close")];
    match page {
        Ok(page) => (close, [(header::CONTENT_TYPE, TEXT)], page).into_response(),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, close, format!("{why}\n")).into_response(),
    }
}

async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, [(header::CONNECTION, "close")], "the figures are at /metrics\n").into_response()
}

/// Takes connections, and keeps them few.
struct Door {
    listener: TcpListener,
    /// Oldest first. What is over is gone.
    open: VecDeque<Weak<CancellationToken>>,
}

impl Listener for Door {
    type Io = Guest;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Guest, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, from)) => return (self.admit(stream), from),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Door {
    fn admit(&mut self, stream: TcpStream) -> Guest {
        self.open.retain(|guest| guest.strong_count() > 0);
        if self.open.len() >= MOST
            && let Some(oldest) = self.open.pop_front().and_then(|guest| guest.upgrade())
        {
            oldest.cancel();
        }
        let leave = Arc::new(CancellationToken::new());
        self.open.push_back(Arc::downgrade(&leave));
        let told = (*leave).clone();
        let end = Box::pin(async move {
            tokio::select! {
                () = tokio::time::sleep(TIME) => {}
                () = told.cancelled() => {}
            }
        });
        Guest { stream, end, over: false, left: SENT, _here: leave }
    }
}

/// A connection with an end, that takes no more than a request.
struct Guest {
    stream: TcpStream,
    end: Pin<Box<dyn Future<Output = ()> + Send>>,
    over: bool,
    left: usize,
    _here: Arc<CancellationToken>,
}

impl Guest {
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        self.over = self.over || self.end.as_mut().poll(cx).is_ready();
        if self.over { Err(io::ErrorKind::TimedOut.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Guest {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        if self.left == 0 {
            return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
        }
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.left = self.left.saturating_sub(buf.filled().len().saturating_sub(before));
        polled
    }
}

impl AsyncWrite for Guest {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
