//! Where tunnels lead, and what commands are answered with: what a user of the server may decide. Called from tasks, never
//! from the one that carries the connection.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// The kernel gives a connection up after about so long.
const PATIENCE: Duration = Duration::from_secs(130);

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Opens connections for clients. An error is told to the client in the system's words, as OpenSSH does it.
#[async_trait]
pub trait Forward: Send + Sync {
    /// Connects to a TCP port. May take as long as it likes: it holds up nobody else.
    ///
    /// # Errors
    /// What the network says.
    async fn tcp(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>>;

    /// Connects to a Unix socket, as [`Forward::tcp`].
    ///
    /// # Errors
    /// What the system says.
    async fn unix(&self, path: &str) -> io::Result<Box<dyn Stream>>;

    /// An exit status for a command that is not to be run; `None` runs it.
    async fn instead(&self, _line: &[u8]) -> Option<u32> {
        None
    }
}

/// Connects to what is asked for, and runs every command.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plain;

#[async_trait]
impl Forward for Plain {
    async fn tcp(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>> {
        let stream = tokio::time::timeout(PATIENCE, TcpStream::connect((host, port))).await.map_err(|_| timed_out())??;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }

    async fn unix(&self, path: &str) -> io::Result<Box<dyn Stream>> {
        let stream = tokio::time::timeout(PATIENCE, UnixStream::connect(path)).await.map_err(|_| timed_out())??;
        Ok(Box::new(stream))
    }
}

fn timed_out() -> io::Error {
    io::Error::from_raw_os_error(rustix::io::Errno::TIMEDOUT.raw_os_error())
}

/// The system's words for an error, without its number: those that OpenSSH gives.
pub(super) fn words(error: &io::Error) -> String {
    let said = match error.kind() {
        io::ErrorKind::TimedOut => timed_out().to_string(),
        _ => error.to_string(),
    };
    said.split_once(" (os error").map_or(said.as_str(), |(words, _)| words).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_in_the_words_of_the_system_alone() {
        let refused = io::Error::from_raw_os_error(rustix::io::Errno::CONNREFUSED.raw_os_error());
        assert_eq!(words(&refused), "Connection refused");
        assert_eq!(words(&timed_out()), "Connection timed out");
        assert_eq!(words(&io::Error::new(io::ErrorKind::TimedOut, "too late")), "Connection timed out");
        assert_eq!(words(&io::Error::other("something else")), "something else");
    }
}
