//! Commands as streams, and tunnels. Called through [`Connection`](super::Connection).
//!
//! A task (the pump) drains the channel into a bounded buffer all the time, since one unread channel would stall every
//! other one of the connection. A reader who falls a whole buffer behind loses the stream, not the others.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::command::CommandLine;
use super::connection::Inner;
use super::error::SshError;
use super::exec::{ExitStatus, new_mark, signalled};
use super::janitor::Reach;
use super::life::deadline_in;
use super::session::Session;

/// What a reader may be behind: more than all windows of the channels in a tunnelled connection together.
const BEHIND: usize = 16 * 1024 * 1024;
/// What may wait to be sent.
const AHEAD: usize = 128 * 1024;
/// What is taken from there at a time: a stream on which little is said has room for little, for there is one or two a host.
const SENT_IDLE: usize = 2 * 1024;
const SENT_BUSY: usize = 32 * 1024;
/// How long a full buffer holds up the connection before the reader loses the stream.
const FULL_PATIENCE: Duration = Duration::from_millis(100);
/// What is kept of the end of stderr.
const STDERR_TAIL: usize = 16 * 1024;

/// Where a tunnel goes.
pub(super) enum Far {
    Tcp(String, u16),
    Unix(String),
}

/// Why a stream ended.
#[derive(Clone, Debug)]
enum End {
    Closed(ExitStatus),
    Lost(String),
    Overrun,
}

#[derive(Default)]
struct Shared {
    stderr: Mutex<Vec<u8>>,
    end: Mutex<Option<End>>,
    over: CancellationToken,
}

impl Shared {
    fn end(&self) -> Option<End> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn finish(&self, end: End) {
        *self.end.lock().unwrap_or_else(PoisonError::into_inner) = Some(end);
        self.over.cancel();
    }

    fn keep_stderr(&self, data: &[u8]) {
        let mut kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(data);
        let surplus = kept.len().saturating_sub(STDERR_TAIL);
        kept.drain(..surplus);
    }
}

/// Our end of a pump.
struct Pipe {
    from: DuplexStream,
    to: DuplexStream,
    shared: Arc<Shared>,
    /// Dropped with the pipe: tells the pump that nobody is there any more.
    _held: oneshot::Sender<()>,
}

/// The pump's end.
struct Work {
    out: DuplexStream,
    input: DuplexStream,
    shared: Arc<Shared>,
    dropped: oneshot::Receiver<()>,
}

fn pipe() -> (Pipe, Work) {
    let (from, out) = duplex(BEHIND);
    let (to, input) = duplex(AHEAD);
    let (held, dropped) = oneshot::channel();
    let shared = Arc::<Shared>::default();
    (Pipe { from, to, shared: shared.clone(), _held: held }, Work { out, input, shared, dropped })
}

impl AsyncRead for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.from).poll_read(cx, buf);
        if matches!(polled, Poll::Ready(Ok(()))) && buf.filled().len() == before && buf.remaining() > 0 {
            // An end that is not the other side's own must not look like one.
            return Poll::Ready(match self.shared.end() {
                Some(End::Lost(reason)) => Err(io::Error::new(io::ErrorKind::ConnectionReset, reason)),
                Some(End::Overrun) => Err(io::Error::other("this side read too slowly, so the stream was closed")),
                _ => Ok(()),
            });
        }
        polled
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.to).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.to).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.to).poll_shutdown(cx)
    }
}

macro_rules! stream_by_pipe {
    ($name:ident) => {
        impl AsyncRead for $name {
            fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.pipe).poll_read(cx, buf)
            }
        }

        impl AsyncWrite for $name {
            fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.pipe).poll_write(cx, buf)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.pipe).poll_flush(cx)
            }

            fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.pipe).poll_shutdown(cx)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name)).field("end", &self.pipe.shared.end()).finish()
            }
        }
    };
}

/// A running command: reading gives its stdout, writing goes to its stdin, shutting down closes its stdin.
///
/// Dropping it ends the command's process group: TERM, two and a half seconds later KILL; what left the group with `setsid`
/// stays, so that a shell that starts services can be closed. If the connection is lost the host tells
/// the command only by closing its stdin and stdout; a command for a stream must end then. A reader who falls 16 MiB
/// behind gets an error and the command is ended.
pub struct ExecStream {
    pipe: Pipe,
    host: String,
}

stream_by_pipe!(ExecStream);

impl ExecStream {
    /// The last 16 KiB of what the command wrote to stderr so far.
    pub fn stderr_tail(&self) -> Vec<u8> {
        self.pipe.shared.stderr.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Resolves when the command has ended, also while output is still to be read.
    pub async fn ended(&self) -> Result<ExitStatus, SshError> {
        self.pipe.shared.over.cancelled().await;
        let reason = match self.pipe.shared.end() {
            Some(End::Closed(status)) => return Ok(status),
            Some(End::Lost(reason)) => reason,
            _ => "this side read too slowly, so the stream was closed".to_owned(),
        };
        Err(SshError::ConnectionLost { host: self.host.clone(), reason })
    }
}

/// A connection that a host opened for us. Dropping it closes it. The same bound holds as for [`ExecStream`].
pub struct Tunnel {
    pipe: Pipe,
}

stream_by_pipe!(Tunnel);

pub(super) async fn open_exec(inner: &Arc<Inner>, command: &CommandLine, limit: Duration) -> Result<ExecStream, SshError> {
    if let Some(problem) = command.problem() {
        return Err(SshError::BadCommand { host: inner.host(), reason: problem.to_owned() });
    }
    let deadline = deadline_in(limit);
    let slot = inner.slot(false, deadline, limit).await?;
    let (tx, rx) = oneshot::channel();
    let (owner, mark) = (inner.clone(), new_mark());
    let line = command.unbounded(&mark);
    tokio::spawn(async move {
        let mut session = match Session::start(owner.clone(), slot, line, || !tx.is_closed()).await {
            Ok(session) => session,
            Err(error) => return drop(tx.send(Err(error))),
        };
        let (pipe, mut work) = pipe();
        // Nobody there to take it: the pipe is dropped, which ends the pump.
        let _ = tx.send(Ok(ExecStream { pipe, host: owner.host() }));
        let end = pump(&mut work, &mut session.read, &session.write, &owner).await;
        let closed = matches!(end, Some(End::Closed(_)));
        work.shared.finish(end.unwrap_or(End::Closed(ExitStatus::None)));
        drop(work);
        if !closed {
            session.put_down(Reach::Group, &mark).await;
        }
    });
    taken(inner, rx, deadline, limit, "starting a command").await
}

pub(super) async fn open_tunnel(inner: &Arc<Inner>, far: Far, limit: Duration) -> Result<Tunnel, SshError> {
    let deadline = deadline_in(limit);
    let (tx, rx) = oneshot::channel();
    let owner = inner.clone();
    tokio::spawn(async move {
        let opened = match far {
            Far::Tcp(host, port) => owner.open_tcp(&host, port).await,
            Far::Unix(path) => owner.open_unix(&path).await,
        };
        let (mut read, write) = match opened {
            Ok(channel) => channel.split(),
            Err(error) => return drop(tx.send(Err(error))),
        };
        let (pipe, mut work) = pipe();
        let _ = tx.send(Ok(Tunnel { pipe }));
        let end = pump(&mut work, &mut read, &write, &owner).await;
        let closed = matches!(end, Some(End::Closed(_)));
        work.shared.finish(end.unwrap_or(End::Closed(ExitStatus::None)));
        if !closed {
            let _ = timeout(Duration::from_secs(1), write.close()).await;
        }
    });
    taken(inner, rx, deadline, limit, "opening a tunnel").await
}

async fn taken<T>(
    inner: &Inner,
    rx: oneshot::Receiver<Result<T, SshError>>,
    deadline: Instant,
    after: Duration,
    stage: &str,
) -> Result<T, SshError> {
    match timeout_at(deadline, rx).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(inner.lost()),
        Err(_) => Err(SshError::Deadline { host: inner.host(), stage: stage.to_owned(), after }),
    }
}

/// Carries bytes both ways until the channel ends (`Some`) or our side is dropped (`None`).
async fn pump(work: &mut Work, read: &mut ChannelReadHalf, write: &ChannelWriteHalf<Msg>, inner: &Inner) -> Option<End> {
    let Work { out, input, shared, dropped } = work;
    tokio::select! {
        end = inbound(read, out, shared, inner) => Some(end),
        never = outbound(input, write) => match never {},
        _ = dropped => None,
    }
}

async fn inbound(read: &mut ChannelReadHalf, out: &mut DuplexStream, shared: &Shared, inner: &Inner) -> End {
    let mut status = ExitStatus::None;
    loop {
        match read.wait().await {
            Some(ChannelMsg::Data { data }) => {
                // An error means that nobody reads any more; the rest is drained all the same.
                if timeout(FULL_PATIENCE, out.write_all(&data)).await.is_err() {
                    return End::Overrun;
                }
            }
            Some(ChannelMsg::ExtendedData { data, ext: 1 }) => shared.keep_stderr(&data),
            Some(ChannelMsg::ExitStatus { exit_status }) => status = ExitStatus::Code(exit_status),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => status = signalled(&signal_name),
            // The end of the output; the status and the close come after it.
            Some(ChannelMsg::Eof) => drop(out.shutdown().await),
            Some(ChannelMsg::Close) => return End::Closed(status),
            Some(_) => {}
            None => return End::Lost(inner.life.reason()),
        }
    }
}

/// Never ends by itself: when our side has closed its half, the other one may still speak.
async fn outbound(input: &mut DuplexStream, write: &ChannelWriteHalf<Msg>) -> std::convert::Infallible {
    let mut buffer = vec![0; SENT_IDLE];
    loop {
        let count = input.read(&mut buffer).await.unwrap_or(0);
        let sent = match buffer.get(..count) {
            Some(data) if count > 0 => write.data(data).await,
            _ => break,
        };
        if sent.is_err() {
            break;
        }
        // Much is sent in large pieces; what waits for the next word of a conversation keeps room for little.
        let room = if count < SENT_IDLE { SENT_IDLE } else { SENT_BUSY };
        if room != buffer.len() {
            buffer = vec![0; room];
        }
    }
    let _ = write.eof().await;
    std::future::pending().await
}
