//! How a connection to a host service is had: a tunnel to its Unix socket, over the SSH connection that is kept anyway.
//! Behind a trait, so that what is said on it can be tested without SSH. Used by `mod.rs` of this folder.

use crate::core::model::HostName;
use crate::driver::error::DriverError;
use crate::ssh::{CommandLine, Connection, Limits, Pool, SshError, Target};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

/// The longest that [`quicken`] may take.
const QUICKEN: Duration = Duration::from_secs(1);

/// Bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// The way to the host services.
#[async_trait]
pub(super) trait Opens: Send + Sync {
    /// A new connection to the socket of `host`.
    async fn open(&self, host: &HostName, deadline: Instant) -> Result<Box<dyn Stream>, DriverError>;

    /// Whether anything was heard of `host` since `began`.
    fn heard_since(&self, host: &HostName, began: Instant) -> bool;

    /// What leads to `host` may be dead: the next connection is made anew.
    async fn forget(&self, host: &HostName);
}

/// Through SSH.
pub(super) struct OverSsh {
    pub pool: Arc<Pool>,
    /// How each host is reached, and the socket there.
    pub ways: BTreeMap<HostName, (Target, String)>,
}

impl OverSsh {
    fn way(&self, host: &HostName) -> Result<&(Target, String), DriverError> {
        self.ways.get(host).ok_or_else(|| DriverError::UnknownHost { host: host.clone() })
    }
}

#[async_trait]
impl Opens for OverSsh {
    async fn open(&self, host: &HostName, deadline: Instant) -> Result<Box<dyn Stream>, DriverError> {
        let (target, socket) = self.way(host)?;
        let began = Instant::now();
        let late = |stage| DriverError::Deadline { host: host.clone(), stage, after: deadline.saturating_duration_since(began) };
        let ssh = |reason| DriverError::Ssh { host: host.clone(), reason: Box::new(reason) };
        let got = timeout_at(deadline, self.pool.get(target)).await;
        let connection = got.map_err(|_| late("connecting to it"))?.map_err(ssh)?;
        let left = deadline.saturating_duration_since(Instant::now());
        let opened = timeout_at(deadline, connection.direct_unix(socket, left)).await;
        let tunnel = opened.map_err(|_| late("opening the way to its host service"))?.map_err(|error| match error {
            // The host answered: nobody listens on the socket, or the login may not open it.
            SshError::Refused { reason, .. } | SshError::NoTunnel { said: reason, .. } => {
                DriverError::NoHostService { host: host.clone(), socket: socket.clone(), reason }
            }
            error => ssh(error),
        })?;
        quicken(&connection, deadline).await;
        Ok(Box::new(tunnel))
    }

    fn heard_since(&self, host: &HostName, began: Instant) -> bool {
        self.way(host).is_ok_and(|(target, _)| self.pool.heard_since(target, began))
    }

    async fn forget(&self, host: &HostName) {
        if let Ok((target, _)) = self.way(host) {
            self.pool.drop_connection(target).await;
        }
    }
}

/// Runs `true`: sshd sets TCP_NODELAY for a connection only with its first session, and a tunnel without it costs 44 ms a
/// round trip. A login that may open tunnels and nothing else is served too, only slower.
async fn quicken(connection: &Connection, deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    let limits = Limits { deadline: QUICKEN.min(left / 4), max_output: 1024 };
    if let Err(error) = connection.exec(&CommandLine::new(["true"]), limits).await {
        tracing::debug!(%error, "answers of the host service may take longer");
    }
}
