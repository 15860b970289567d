//! An SSH server over any byte stream: commands and tunnels for whoever has one of its keys. Called by `demo`, whose
//! hosts are reached through it.
//!
//! Strict: public keys only, every request is answered, no forwarding back, no terminal, no agent, no subsystem. What it
//! runs is in a process group of its own and ends with its channel. It listens nowhere: whoever calls it has the stream.

mod forward;
mod handler;
mod key;
mod leash;
mod program;
mod pump;
mod session;
#[cfg(test)]
pub(in crate::ssh) mod tests;
mod tunnel;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::PublicKey;
use russh::server::{Config, run_stream};
use russh::{MethodKind, MethodSet, SshId};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use handler::Gatekeeper;
use leash::Leash;

pub use forward::{Forward, Plain, Stream};
pub use key::{KeyError, KeyPair};

/// From the first byte to a login.
const LOGIN: Duration = Duration::from_secs(30);
/// A client that is silent for so long is asked whether it lives, and given up after three questions without an answer.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Sessions and tunnels of one connection at a time, those that are being opened included.
const CHANNELS: usize = 64;

/// What a server is made from.
pub struct Settings {
    /// The key that it shows.
    pub host_key: KeyPair,
    /// Who is let in, under any user name: lines as in `authorized_keys`, without options.
    pub authorized: Vec<String>,
    /// Where commands run.
    pub directory: PathBuf,
    /// Their variables, besides `PATH`, `HOME`, `USER`, `LOGNAME` and `SHELL`.
    pub environment: BTreeMap<String, String>,
    /// Who connects to where a tunnel leads.
    pub forward: Arc<dyn Forward>,
}

/// What every connection of a server shares.
struct Shared {
    authorized: Vec<PublicKey>,
    directory: PathBuf,
    environment: BTreeMap<String, String>,
    forward: Arc<dyn Forward>,
}

/// An SSH server that is given its connections.
#[derive(Clone)]
pub struct Server {
    config: Arc<Config>,
    shared: Arc<Shared>,
}

impl Server {
    /// A server by these settings.
    ///
    /// # Errors
    /// When a line of `authorized` is no public key.
    pub fn new(settings: Settings) -> Result<Self, KeyError> {
        let Settings { host_key, authorized, directory, environment, forward } = settings;
        let authorized = authorized.iter().map(|line| key::public(line)).collect::<Result<_, _>>()?;
        let config = Config {
            server_id: SshId::Standard(Cow::Borrowed(concat!("SSH-2.0-Switchtower_", env!("CARGO_PKG_VERSION")))),
            methods: MethodSet::from(&[MethodKind::PublicKey][..]),
            // A wrong key is told at once: whoever guesses keys does not get further by it.
            auth_rejection_time: Duration::ZERO,
            auth_rejection_time_initial: Some(Duration::ZERO),
            keys: vec![host_key.into_inner()],
            max_auth_attempts: 10,
            inactivity_timeout: None,
            keepalive_interval: Some(KEEPALIVE),
            keepalive_max: 3,
            nodelay: true,
            ..Config::default()
        };
        Ok(Self { config: Arc::new(config), shared: Arc::new(Shared { authorized, directory, environment, forward }) })
    }

    /// Serves one connection until the client has gone, or `stop` is cancelled. What it still runs is then ended: TERM, two and a
    /// half seconds later KILL.
    pub async fn serve<S>(&self, stream: S, stop: CancellationToken)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let over = stop.child_token();
        let _ends_with_this = over.clone().drop_guard();
        let welcome = Arc::<Notify>::default();
        let handler = Gatekeeper::new(self.shared.clone(), over.clone(), welcome.clone());
        let stream = Leash::new(stream, over.clone());
        let session = async {
            match run_stream(self.config.clone(), stream, handler).await {
                Ok(session) => session.await,
                Err(error) => Err(error),
            }
        };
        let login = async {
            if tokio::time::timeout(LOGIN, welcome.notified()).await.is_ok() {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            ended = session => tracing::debug!(?ended, "an SSH connection has ended"),
            () = login => tracing::debug!("an SSH connection without a login was closed"),
            () = over.cancelled() => {}
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("authorized", &self.shared.authorized.len()).finish_non_exhaustive()
    }
}
