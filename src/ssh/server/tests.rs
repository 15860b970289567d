mod channels;
mod openssh;

use super::*;
use crate::ssh::{Connection, Options, Pool, Target};
use std::path::Path;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A server on loopback, with our own client's key in its folder.
pub(in crate::ssh) struct Stage {
    dir: TempDir,
    pub(in crate::ssh) port: u16,
    stop: CancellationToken,
}

impl Stage {
    pub(in crate::ssh) async fn start() -> Self {
        Self::with(Arc::new(Plain)).await
    }

    async fn with(forward: Arc<dyn Forward>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (host_key, id, stranger) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        id.write(&dir.path().join("id")).unwrap();
        stranger.write(&dir.path().join("stranger")).unwrap();
        let known = format!("[127.0.0.1]:{port} {}\n", host_key.public_line().unwrap());
        std::fs::write(dir.path().join("known_hosts"), known).unwrap();
        let environment = BTreeMap::from([("STAGE".to_owned(), "demo".to_owned())]);
        let authorized = vec![id.public_line().unwrap()];
        let server = Server::new(Settings { host_key, authorized, directory: dir.path().to_owned(), environment, forward }).unwrap();
        let stop = CancellationToken::new();
        let told = stop.clone();
        tokio::spawn(stop.clone().run_until_cancelled_owned(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, told) = (server.clone(), told.clone());
                tokio::spawn(async move { server.serve(stream, told).await });
            }
        }));
        Self { dir, port, stop }
    }

    pub(in crate::ssh) fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    async fn connect(&self) -> (Pool, Arc<Connection>) {
        let pool = Pool::new(Options { config_file: Some("none".into()), use_agent: false, ..Options::default() });
        let connection = pool.get(&self.target("id")).await.unwrap();
        (pool, connection)
    }

    pub(in crate::ssh) fn target(&self, key: &str) -> Target {
        Target {
            port: Some(self.port),
            user: Some("anybody".into()),
            identity_files: vec![self.path(key)],
            known_hosts: vec![self.path("known_hosts")],
            ..Target::new("127.0.0.1")
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Waits for something to become true, for ten seconds at most.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(10), "in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether the process whose number stands in the file runs.
fn runs(file: &Path) -> bool {
    let pid = std::fs::read_to_string(file).unwrap_or_default();
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    !pid.trim().is_empty() && !stat.is_empty() && !stat.contains(") Z ")
}
