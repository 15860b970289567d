//! A logged-in connection to one host. Made by `dial`, kept by `pool`, used by everybody.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use russh::client::{Handle, Msg};
use russh::{Channel, ChannelOpenFailure};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout, timeout_at};

use super::command::CommandLine;
use super::error::SshError;
use super::exec::{self, Limits, Output};
use super::gate::Gate;
use super::janitor::Janitor;
use super::life::Life;
use super::refusals::Refusals;
use super::stream::{self, ExecStream, Tunnel};

/// sshd's default `MaxSessions` is 10; one is set aside for ending commands.
const SESSIONS: usize = 9;
/// Bounded commands at a time; the rest is for streams.
const EXECS: usize = 8;
/// A host that does not even open a session for so long is not one that works: the connection is given up.
const SESSION_PATIENCE: Duration = Duration::from_secs(30);
/// Between two tries to open a session; one second in all.
const LONGEST_PAUSE: Duration = Duration::from_millis(512);
/// A host that opens a tunnel waits for the target's TCP handshake, 127 s by default.
const TUNNEL_PATIENCE: Duration = Duration::from_secs(180);
/// From a refusal to the host's answer to a question after it.
const PING_PATIENCE: Duration = Duration::from_secs(2);

/// Who is at the other end.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) host: String,
    pub(super) user: String,
    pub(super) address: String,
    pub(super) port: u16,
    pub(super) fingerprint: String,
    pub(super) through: Option<String>,
}

/// A kept connection. It is alive until [`is_closed`](Self::is_closed) says otherwise; get a new one from the pool then.
///
/// Commands, streams and tunnels share it. At most 8 bounded commands and 9 sessions (commands and streams) run at a
/// time; more wait for their turn within their deadline.
#[derive(Debug)]
pub struct Connection {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    handle: Handle<Gate>,
    peer: Peer,
    pub(super) life: Arc<Life>,
    refusals: Arc<Refusals>,
    sessions: Arc<Semaphore>,
    execs: Arc<Semaphore>,
    pub(super) janitor: Janitor,
    warmed: OnceCell<()>,
    /// The connection that this one runs through must live as long.
    _via: Option<Arc<Connection>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner").field("peer", &self.peer).field("over", &self.life.is_over()).finish()
    }
}

/// The right to one session, given back when it is dropped: after the host has closed the session.
#[derive(Debug)]
pub(super) struct Slot {
    _exec: Option<OwnedSemaphorePermit>,
    _session: OwnedSemaphorePermit,
}

impl Slot {
    /// The session that is set aside for the janitor.
    pub(super) fn set_aside(turn: OwnedSemaphorePermit) -> Self {
        Self { _exec: None, _session: turn }
    }
}

impl Connection {
    pub(super) fn new(handle: Handle<Gate>, peer: Peer, life: Arc<Life>, refusals: Arc<Refusals>, via: Option<Arc<Connection>>) -> Self {
        let sessions = Arc::new(Semaphore::new(SESSIONS));
        let execs = Arc::new(Semaphore::new(EXECS));
        let (janitor, warmed) = (Janitor::new(), OnceCell::new());
        Self { inner: Arc::new(Inner { handle, peer, life, refusals, sessions, execs, janitor, warmed, _via: via }) }
    }

    /// Runs a command to its end, or until the deadline.
    ///
    /// Waiting for one of the 8 places counts. At the deadline this returns [`SshError::Deadline`] and the output is
    /// dropped. What then happens on an OpenSSH host with `/proc` and `timeout` (Linux): every process that came of the
    /// command gets TERM, and KILL if it is still there two and a half seconds later; also one that left the process group with
    /// `setsid`. It is known by an environment variable, so a process that dropped its environment or runs as another
    /// user is ended only while it is in the command's process group and may be signalled. If the connection is lost,
    /// the host's own `timeout` ends the group at most a second after the deadline (KILL two seconds later), and what
    /// left the group lives on. Units that systemd was asked to start are not of the command.
    ///
    /// Dropping the future does the same as the deadline.
    pub async fn exec(&self, command: &CommandLine, limits: Limits) -> Result<Output, SshError> {
        exec::exec(&self.inner, command, limits).await
    }

    /// Starts a command and gives its stdin and stdout as a stream; `open_deadline` is for the start only.
    pub async fn stream(&self, command: &CommandLine, open_deadline: Duration) -> Result<ExecStream, SshError> {
        stream::open_exec(&self.inner, command, open_deadline).await
    }

    /// Opens a TCP connection from the host to `host:port`.
    pub async fn direct_tcpip(&self, host: &str, port: u16, deadline: Duration) -> Result<Tunnel, SshError> {
        stream::open_tunnel(&self.inner, stream::Far::Tcp(host.to_owned(), port), deadline).await
    }

    /// Connects to a Unix socket on the host.
    pub async fn direct_unix(&self, path: &str, deadline: Duration) -> Result<Tunnel, SshError> {
        stream::open_tunnel(&self.inner, stream::Far::Unix(path.to_owned()), deadline).await
    }

    /// Asks the host's SSH server for a sign of life on this connection. Whatever was sent before has reached it then.
    pub async fn ping(&self, deadline: Duration) -> Result<(), SshError> {
        self.inner.ping(deadline).await
    }

    /// The connection is gone, and everything on it with it.
    pub fn is_closed(&self) -> bool {
        self.inner.life.is_over() || self.inner.handle.is_closed()
    }

    /// Resolves when the connection is gone, with what is known about why.
    pub async fn closed(&self) -> String {
        self.inner.life.over().await;
        self.inner.life.reason()
    }

    /// Name as in the target.
    pub fn host(&self) -> &str {
        &self.inner.peer.host
    }

    /// Type and SHA-256 fingerprint of the host key that was accepted.
    pub fn host_key(&self) -> &str {
        &self.inner.peer.fingerprint
    }

    /// Who is at the other end, in words: `root@db1 (10.0.0.5:22, ssh-ed25519 SHA256:..., through jump1)`.
    pub fn peer(&self) -> String {
        let Peer { host, user, address, port, fingerprint, through } = &self.inner.peer;
        let through = through.as_ref().map(|t| format!(", through {t}")).unwrap_or_default();
        format!("{user}@{host} ({address}:{port}, {fingerprint}{through})")
    }

    /// Ends it at once; whatever runs on it fails with [`SshError::ConnectionLost`].
    pub(super) fn cut(&self, reason: &str) {
        self.inner.life.cut(reason);
    }

    /// Runs `true` once: sshd sets TCP_NODELAY for a connection only with its first session, and a tunnel without it
    /// costs 44 ms a round trip.
    pub(super) async fn warm(&self, deadline: Instant) -> Result<(), SshError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let limits = Limits { deadline: left, max_output: 1024 };
        // A jump host may allow tunnels and nothing else: slow is better than not at all.
        let run = async { self.exec(&CommandLine::new(["true"]), limits).await.map_or_else(refused_is_fine, |_| Ok(())) };
        self.inner.warmed.get_or_try_init(|| run).await.copied()
    }
}

fn refused_is_fine(error: SshError) -> Result<(), SshError> {
    if matches!(error, SshError::Refused { .. }) { Ok(()) } else { Err(error) }
}

impl Inner {
    pub(super) fn host(&self) -> String {
        self.peer.host.clone()
    }

    /// What everything on a dead connection fails with.
    pub(super) fn lost(&self) -> SshError {
        SshError::ConnectionLost { host: self.host(), reason: self.life.reason() }
    }

    /// Waits for a place; `bounded` for a command with an end.
    pub(super) async fn slot(&self, bounded: bool, deadline: Instant, after: Duration) -> Result<Slot, SshError> {
        let take = async {
            let exec = if bounded { Some(self.execs.clone().acquire_owned().await.ok()?) } else { None };
            Some(Slot { _exec: exec, _session: self.sessions.clone().acquire_owned().await.ok()? })
        };
        let stage = "waiting for one of its sessions to end".to_owned();
        tokio::select! {
            taken = timeout_at(deadline, take) => match taken {
                Ok(Some(slot)) => Ok(slot),
                Ok(None) => Err(self.lost()),
                Err(_) => Err(SshError::Deadline { host: self.host(), stage, after }),
            },
            () = self.life.over() => Err(self.lost()),
        }
    }

    /// Opens a session. Must run in a task of its own: if it were dropped half-way, the host would hold the session.
    ///
    /// sshd counts a session that was just closed until its main loop comes round, so a refusal is taken for final only
    /// when it is repeated. Nothing was run by then.
    pub(super) async fn open_session(&self) -> Result<Channel<Msg>, SshError> {
        let mut pause = Duration::from_millis(2);
        loop {
            let opened = self.open("a session", SESSION_PATIENCE, self.handle.channel_open_session()).await;
            let opened = opened.map_err(|unopened| self.refused("a session", unopened));
            if !matches!(opened, Err(SshError::Refused { .. })) || pause > LONGEST_PAUSE {
                return opened;
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }

    /// Opens a tunnel to a TCP port; the same holds.
    pub(super) async fn open_tcp(&self, host: &str, port: u16) -> Result<Channel<Msg>, SshError> {
        let what = format!("a tunnel to {host}:{port}");
        let mark = self.refusals.mark();
        let open = self.handle.channel_open_direct_tcpip(host, u32::from(port), "127.0.0.1", 0);
        match self.open(&what, TUNNEL_PATIENCE, open).await {
            Err(Unopened::Refused(ChannelOpenFailure::ConnectFailed)) => {
                // The library tells us of the refusal before it tells the words; once something later is answered, it has.
                self.ping(PING_PATIENCE).await?;
                let (sign, said) = self.refusals.since(mark);
                let said = if said.is_empty() { "it does not say why".to_owned() } else { said };
                Err(SshError::NoTunnel { host: self.host(), to: format!("{host}:{port}"), sign, said })
            }
            opened => opened.map_err(|unopened| self.refused(&what, unopened)),
        }
    }

    /// Opens a tunnel to a Unix socket; the same holds.
    pub(super) async fn open_unix(&self, path: &str) -> Result<Channel<Msg>, SshError> {
        let open = self.handle.channel_open_direct_streamlocal(path);
        let what = format!("a tunnel to {path}");
        self.open(&what, TUNNEL_PATIENCE, open).await.map_err(|unopened| self.refused(&what, unopened))
    }

    async fn ping(&self, patience: Duration) -> Result<(), SshError> {
        let asked = tokio::select! {
            asked = timeout(patience, self.handle.send_ping()) => asked,
            () = self.life.over() => return Err(self.lost()),
        };
        match asked {
            Ok(Ok(())) if !self.life.is_over() => Ok(()),
            Ok(_) => Err(self.lost()),
            Err(_) => Err(SshError::Deadline { host: self.host(), stage: "waiting for a sign of life".to_owned(), after: patience }),
        }
    }

    fn refused(&self, what: &str, unopened: Unopened) -> SshError {
        match unopened {
            Unopened::Lost(error) => error,
            Unopened::Refused(reason) => SshError::Refused { host: self.host(), what: what.to_owned(), reason: told(&reason).to_owned() },
        }
    }

    async fn open<F>(&self, what: &str, patience: Duration, open: F) -> Result<Channel<Msg>, Unopened>
    where
        F: Future<Output = Result<Channel<Msg>, russh::Error>>,
    {
        let opened = tokio::select! {
            opened = timeout(patience, open) => opened,
            () = self.life.over() => return Err(Unopened::Lost(self.lost())),
        };
        match opened {
            Ok(Ok(channel)) => Ok(channel),
            Ok(Err(russh::Error::ChannelOpenFailure(reason))) => Err(Unopened::Refused(reason)),
            Ok(Err(_)) => Err(Unopened::Lost(self.lost())),
            Err(_) => {
                self.life.cut(&format!("{what} was not opened within {patience:?}"));
                Err(Unopened::Lost(self.lost()))
            }
        }
    }
}

/// Why a channel was not opened.
enum Unopened {
    Refused(ChannelOpenFailure),
    Lost(SshError),
}

fn told(reason: &ChannelOpenFailure) -> &'static str {
    match reason {
        ChannelOpenFailure::ConnectFailed => {
            "connect failed (a tunnel: nothing listens there; a session: MaxSessions in sshd_config, with others using this login)"
        }
        ChannelOpenFailure::AdministrativelyProhibited => {
            "it is not allowed (AllowTcpForwarding, AllowStreamLocalForwarding or MaxSessions in sshd_config, restrict in authorized_keys)"
        }
        ChannelOpenFailure::ResourceShortage => "the host lacks resources",
        _ => "the host does not know this kind of channel",
    }
}
