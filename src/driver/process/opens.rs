//! How a connection to a host service is had: a tunnel to its Unix socket, over the SSH connection that is kept anyway.
//! Behind a trait, so that what is said on it can be tested without SSH. Used by `mod.rs` of this folder.

use crate::core::model::HostName;
use crate::driver::error::DriverError;
use crate::ssh::{Pool, SshError, Target};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};

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
    /// Whether its kernel has answered a knock since `began`.
    fn knocked_since(&self, host: &HostName, began: Instant) -> bool;

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
            // The host answered. OpenSSH says the same of a socket that is not there, on which nobody listens, or which the
            // login may not open, and of tunnels that are not allowed; SSH's own hints are about other channels.
            SshError::Refused { reason, .. } | SshError::NoTunnel { said: reason, .. } => {
                let reason = reason.split(" (").next().unwrap_or_default().to_owned();
                DriverError::NoHostService { host: host.clone(), socket: socket.clone(), reason }
            }
            error => ssh(error),
        })?;
        Ok(Box::new(tunnel))
    }

    fn heard_since(&self, host: &HostName, began: Instant) -> bool {
        self.way(host).is_ok_and(|(target, _)| self.pool.heard_since(target, began))
    }

    fn knocked_since(&self, host: &HostName, began: Instant) -> bool {
        self.way(host).is_ok_and(|(target, _)| self.pool.knocked_since(target, began))
    }

    async fn forget(&self, host: &HostName) {
        if let Ok((target, _)) = self.way(host) {
            self.pool.drop_connection(target).await;
        }
    }
}
