//! What a host of the demo connects to for its SSH clients: other hosts by their network cards, without the fronts,
//! which are the monitor's links; everything else as it is. Also how a host lies.

use super::{card, lies, silent};
use crate::ssh::server::{Forward, Plain, Stream};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::net::UnixStream;
use tokio::time::{Instant, sleep};

/// As long as a kernel tries to connect to a machine that does not answer.
const PATIENCE: Duration = Duration::from_secs(127);
/// From one look at a silent host to the next.
const PAUSE: Duration = Duration::from_millis(100);
/// What a lie sounds like.
const LIE: &[u8] = b"everything is fine here\n";

/// The network card of one host, from within.
#[derive(Debug)]
pub struct Card {
    dir: PathBuf,
    host: String,
    fronts: BTreeMap<SocketAddr, String>,
}

impl Card {
    /// That of `host`, in the demo at `dir`, whose hosts have these fronts.
    #[must_use]
    pub fn new(dir: &Path, host: &str, fronts: BTreeMap<SocketAddr, String>) -> Self {
        Self { dir: dir.to_owned(), host: host.to_owned(), fronts }
    }

    async fn lies(&self) -> bool {
        tokio::fs::try_exists(lies(&self.dir, &self.host)).await.unwrap_or(false)
    }

    /// A connection to another host; one that is silent never answers.
    async fn host(&self, name: &str) -> io::Result<UnixStream> {
        let until = Instant::now() + PATIENCE;
        while tokio::fs::try_exists(silent(&self.dir, name)).await.unwrap_or(false) {
            if Instant::now() >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            sleep(PAUSE).await;
        }
        UnixStream::connect(card(&self.dir, name)).await
    }
}

#[async_trait]
impl Forward for Card {
    async fn tcp(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>> {
        let address = host.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, port));
        match address.and_then(|address| self.fronts.get(&address)) {
            Some(name) => Ok(Box::new(self.host(name).await?)),
            None => Plain.tcp(host, port).await,
        }
    }

    async fn unix(&self, path: &str) -> io::Result<Box<dyn Stream>> {
        if self.lies().await {
            let (near, far) = duplex(64 * 1024);
            tokio::spawn(lie(far));
            return Ok(Box::new(near));
        }
        Plain.unix(path).await
    }

    async fn instead(&self, _line: &[u8]) -> Option<u32> {
        self.lies().await.then_some(0)
    }
}

/// Answers whatever is asked with the same words.
async fn lie(mut stream: DuplexStream) {
    let mut asked = vec![0; 4096];
    while let Ok(1..) = stream.read(&mut asked).await {
        if stream.write_all(LIE).await.is_err() {
            return;
        }
    }
}
