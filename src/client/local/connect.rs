//! Connecting to a Unix socket of this host, and what its errors mean.

use super::sockets::denied;
use crate::client::ClientError;
use crate::client::talk::Talk;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use tokio::net::UnixStream;
use tokio::time::timeout;

/// A connection to a monitor on this host.
pub type Local = Talk<UnixStream>;

impl Local {
    /// Connects to the socket at `path` and says hello; this and every later wait end after `deadline`.
    ///
    /// # Errors
    /// When nobody listens, this user may not, or the two do not speak the same protocol.
    pub async fn connect(path: &Path, deadline: Duration) -> Result<Self, ClientError> {
        let timed_out = || ClientError::TimedOut { what: "a connection", after: deadline };
        match timeout(deadline, UnixStream::connect(path)).await.map_err(|_| timed_out())? {
            Ok(stream) => Self::begin(stream, deadline).await,
            Err(error) => Err(not_connected(path, &error).await),
        }
    }
}

async fn not_connected(path: &Path, error: &std::io::Error) -> ClientError {
    let socket = path.to_owned();
    match error.kind() {
        ErrorKind::NotFound => ClientError::NotRunning { socket, why: "there is no such socket".into() },
        ErrorKind::ConnectionRefused => ClientError::NotRunning { socket, why: "nobody listens on it, the monitor ended".into() },
        ErrorKind::PermissionDenied => denied(path).await,
        ErrorKind::WouldBlock => ClientError::Lost("too many others are waiting to be let in".into()),
        _ => ClientError::NotRunning { socket, why: error.to_string() },
    }
}
