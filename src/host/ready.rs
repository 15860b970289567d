//! The socket on which a process says that it is ready, as services of systemd do: one a start, in a private folder.

use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tokio::net::UnixDatagram;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The longest datagram that is read; the rest of a longer one is dropped.
const MOST: usize = 4096;
/// So many characters of the start's identifier name its socket: a path of a socket is short.
const SHORT: usize = 8;

/// The socket of one start; dropped, it is gone.
#[derive(Debug)]
pub(super) struct Ready {
    path: PathBuf,
    listener: JoinHandle<()>,
}

impl Ready {
    /// Makes the socket below the service's own folder. The answer comes when the process is ready.
    pub(super) fn listen(home: &Path, invocation: &str) -> std::io::Result<(Self, oneshot::Receiver<()>)> {
        let folder = home.join("ready");
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let path = folder.join(invocation.get(..SHORT).unwrap_or(invocation));
        let socket = UnixDatagram::bind(&path)?;
        let (tell, ready) = oneshot::channel();
        Ok((Self { path, listener: tokio::spawn(listen(socket, tell)) }, ready))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        self.listener.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn listen(socket: UnixDatagram, tell: oneshot::Sender<()>) {
    let (mut tell, mut buffer) = (Some(tell), vec![0; MOST]);
    // What it says later is taken too, so that it never waits for somebody to read.
    while let Ok(length) = socket.recv(&mut buffer).await {
        let said = buffer.get(..length).unwrap_or_default();
        if says_ready(said)
            && let Some(tell) = tell.take()
        {
            let _ = tell.send(());
        }
    }
}

fn says_ready(said: &[u8]) -> bool {
    said.split(|b| *b == b'\n').any(|line| line == b"READY=1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_word_itself_says_ready() {
        for (said, ready) in
            [("READY=1", true), ("STATUS=x\nREADY=1\n", true), ("READY=0", false), ("XREADY=1", false), ("READY=11", false), ("", false)]
        {
            assert_eq!(says_ready(said.as_bytes()), ready, "{said:?}");
        }
    }

    #[tokio::test]
    async fn a_start_has_a_socket_of_its_own_that_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let (listening, ready) = Ready::listen(dir.path(), "0123456789abcdef").unwrap();
        let path = listening.path().to_owned();
        let process = UnixDatagram::unbound().unwrap();
        process.send_to(&[b'x'; 10_000], &path).await.unwrap();
        process.send_to(b"READY=1", &path).await.unwrap();
        ready.await.unwrap();
        process.send_to(b"STATUS=later", &path).await.unwrap();
        drop(listening);
        assert!(!path.exists());
    }
}
