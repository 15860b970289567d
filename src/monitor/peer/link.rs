//! One connection to the other monitor: a question, its answer, by a deadline. Whatever goes wrong ends it.

use crate::ssh::{Pool, SshError, Target};
use crate::wire::{Failure, Hello, Incoming, MAX_LINE, Outgoing, PROTOCOL, PeerAsk, Request, Welcome, encode};
use futures_util::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::codec::{Framed, LinesCodec};

/// Bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswered {
    /// The connection is of no more use.
    #[error("{0}")]
    Lost(String),
    /// The other monitor refuses; the connection stands.
    #[error("it refuses: {0}")]
    Refused(Failure),
}

impl Unanswered {
    fn lost(why: impl ToString) -> Self {
        Self::Lost(why.to_string())
    }
}

/// A connection on which `hello` was said.
pub(super) struct PeerLink {
    lines: Framed<Box<dyn Stream>, LinesCodec>,
    asked: u64,
}

impl PeerLink {
    /// Reaches the socket at `path` on `target` within `deadline`, as the monitor of `cluster`.
    pub(super) async fn over_ssh(pool: &Pool, target: &Target, path: &str, cluster: &str, deadline: Duration) -> Result<Self, Unanswered> {
        let late = |_| Unanswered::Lost(format!("no connection within {} s", deadline.as_secs()));
        let connection = timeout(deadline, pool.get(target)).await.map_err(late)?.map_err(Unanswered::lost)?;
        let tunnel = connection.direct_unix(path, deadline).await.map_err(|error| match error {
            // OpenSSH says the same of a socket that is not there, on which nobody listens, or which the login may not open;
            // SSH's own hints are about other channels.
            SshError::Refused { reason, .. } | SshError::NoTunnel { said: reason, .. } => {
                let reason = reason.split(" (").next().unwrap_or_default().to_owned();
                Unanswered::Lost(format!(
                    "nobody answers on {path}: its monitor does not run, or the login may not open the socket ({reason})"
                ))
            }
            error => Unanswered::lost(error),
        })?;
        Self::on(Box::new(tunnel), cluster, deadline).await
    }

    /// Says hello on `stream`.
    pub(super) async fn on(stream: Box<dyn Stream>, cluster: &str, deadline: Duration) -> Result<Self, Unanswered> {
        let mut link = Self { lines: Framed::new(stream, LinesCodec::new_with_max_length(MAX_LINE)), asked: 0 };
        let client = format!("switchtower monitor {}", env!("CARGO_PKG_VERSION"));
        let welcome: Welcome = link.request(Request::Hello(Hello { protocol: PROTOCOL, client }), deadline).await?;
        if welcome.cluster != cluster {
            return Err(Unanswered::Lost(format!("what answers there is the monitor of cluster {}", welcome.cluster)));
        }
        Ok(link)
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask<T: DeserializeOwned>(&mut self, ask: PeerAsk, deadline: Duration) -> Result<T, Unanswered> {
        self.request(Request::Peer(ask), deadline).await
    }

    async fn request<T: DeserializeOwned>(&mut self, request: Request, deadline: Duration) -> Result<T, Unanswered> {
        timeout(deadline, self.exchange(request))
            .await
            .map_err(|_| Unanswered::Lost(format!("no answer within {} s", deadline.as_secs())))?
    }

    async fn exchange<T: DeserializeOwned>(&mut self, request: Request) -> Result<T, Unanswered> {
        self.asked = self.asked.saturating_add(1);
        let line = encode(&Incoming::new(self.asked, request));
        self.lines.send(line).await.map_err(Unanswered::lost)?;
        let line = match self.lines.next().await {
            Some(Ok(line)) => line,
            Some(Err(error)) => return Err(Unanswered::lost(error)),
            None => return Err(Unanswered::lost("it closed the connection")),
        };
        let nonsense = |error: serde_json::Error| Unanswered::Lost(format!("it said something else than was agreed: {error}"));
        let said: Outgoing = serde_json::from_str(&line).map_err(nonsense)?;
        if let Some(failure) = said.error {
            return Err(if said.id.is_some() { Unanswered::Refused(failure) } else { Unanswered::lost(failure) });
        }
        if said.id != Some(self.asked) {
            return Err(Unanswered::lost("it answered another question"));
        }
        serde_json::from_value(said.result.unwrap_or_default()).map_err(nonsense)
    }
}
