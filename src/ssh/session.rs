//! One started command on a host, and putting it down. Called by `exec` and `stream`, in a task that outlives the caller.
//!
//! Closing a channel neither ends the remote command nor frees its session on the host; so the command is ended first,
//! and its slot is given back when the host has closed it.

use std::sync::Arc;
use std::time::Duration;

use russh::client::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::connection::{Inner, Slot};
use super::error::SshError;
use super::janitor::Reach;

/// From the end of a command's processes to the host's closing of its session.
const GRACE: Duration = Duration::from_secs(1);
/// For one message to get into the connection's queue.
const QUEUE_PATIENCE: Duration = Duration::from_secs(1);
/// The answer to a request to start a command.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// A command that was started.
pub(super) struct Session {
    pub(super) read: ChannelReadHalf,
    pub(super) write: ChannelWriteHalf<Msg>,
    pub(super) inner: Arc<Inner>,
    /// Given back on drop.
    _slot: Slot,
}

impl Session {
    /// Opens a session and starts `line` in it. Not to be cancelled; `wanted` says whether the caller still waits.
    pub(super) async fn start(inner: Arc<Inner>, slot: Slot, line: String, wanted: impl Fn() -> bool) -> Result<Self, SshError> {
        let (read, write) = inner.open_session().await?.split();
        let mut session = Self { read, write, inner, _slot: slot };
        if !wanted() {
            let lost = session.inner.lost();
            session.close().await;
            return Err(lost);
        }
        let started = timeout(START_PATIENCE, session.request(line)).await;
        match started {
            Ok(Ok(())) => Ok(session),
            Ok(Err(error)) => {
                session.close().await;
                Err(error)
            }
            Err(_) => {
                session.inner.life.cut("a command was not started within 30 s");
                Err(session.inner.lost())
            }
        }
    }

    async fn request(&mut self, line: String) -> Result<(), SshError> {
        if self.write.exec(true, line).await.is_err() {
            return Err(self.inner.lost());
        }
        loop {
            match self.read.wait().await {
                Some(ChannelMsg::Success) => return Ok(()),
                Some(ChannelMsg::Failure | ChannelMsg::Close) => {
                    let reason = "the host does not run commands for this key (restrict or a subsystem in sshd_config?)".to_owned();
                    return Err(SshError::Refused { host: self.inner.host(), what: "running a command".to_owned(), reason });
                }
                Some(_) => {}
                None => return Err(self.inner.lost()),
            }
        }
    }

    /// Ends the command on the host, and gives its place back when the host has closed the session.
    pub(super) async fn put_down(mut self, reach: Reach, mark: &str) {
        let inner = self.inner.clone();
        if inner.life.is_over() {
            return;
        }
        // For a login that is not root's, and for hosts without `/proc`.
        let _ = timeout(QUEUE_PATIENCE, self.write.signal(Sig::TERM)).await;
        let (done, cleaned) = oneshot::channel::<()>();
        let clean = async {
            inner.janitor.clean(&inner, reach, mark).await;
            drop(done);
        };
        let closed = async {
            tokio::select! {
                () = self.drained() => true,
                () = async { drop(cleaned.await); sleep(GRACE).await } => false,
            }
        };
        // The janitor is waited for in any case: the session may close while processes live on.
        let ((), closed) = tokio::join!(clean, closed);
        if !closed {
            self.close().await;
        }
    }

    /// Reads until the host has closed the session: an unread one would stall the whole connection.
    async fn drained(&mut self) {
        while !matches!(self.read.wait().await, None | Some(ChannelMsg::Close)) {}
    }

    async fn close(self) {
        let _ = timeout(QUEUE_PATIENCE, self.write.close()).await;
    }
}
