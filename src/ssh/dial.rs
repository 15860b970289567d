//! Making one connection: TCP or a tunnel through a jump, key exchange with the host key check, login. Called by `pool`.
//!
//! All of it under one deadline; a silent listener, a slow banner or a stalled key exchange ends there.

use std::io::ErrorKind;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use russh::client::{self, Config, Handle};
use russh::{Preferred, compression};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::auth;
use super::connection::{Connection, Peer};
use super::error::{Sign, SshError};
use super::gate::{Gate, GateError};
use super::heard::Heard;
use super::known_hosts::Known;
use super::life::{Cuttable, Life, deadline_in};
use super::refusals::Refusals;
use super::settings::Settings;
use super::target::Options;

/// How often a connection that a host resets before the login is tried: sshd drops some when many come at once.
const TRIES: u32 = 3;
/// Bytes on the way in one channel. Small, so that an end that does not read holds little.
const WINDOW: u32 = 512 * 1024;

/// Connects and logs in.
pub(super) async fn connect(
    settings: &Settings,
    options: &Options,
    via: Option<Arc<Connection>>,
    heard: &Arc<Heard>,
) -> Result<Connection, SshError> {
    let deadline = deadline_in(options.connect_timeout);
    let mut dial = Dial { settings, options, via, heard, deadline, stage: Mutex::new("reading known_hosts") };
    heard.connecting();
    match timeout_at(deadline, dial.connect()).await {
        Ok(connected) => connected.inspect(|_| heard.logged_in()),
        Err(_) => Err(SshError::Deadline { host: settings.host.clone(), stage: dial.at_stage(), after: options.connect_timeout }),
    }
}

struct Dial<'a> {
    settings: &'a Settings,
    options: &'a Options,
    via: Option<Arc<Connection>>,
    heard: &'a Arc<Heard>,
    deadline: Instant,
    stage: Mutex<&'static str>,
}

/// Why a try failed, and whether another one may help.
struct Failed {
    error: SshError,
    again: bool,
}

impl From<SshError> for Failed {
    fn from(error: SshError) -> Self {
        Self { error, again: false }
    }
}

/// Ends a half-made connection when the try is dropped: the library's task would else wait on.
struct CutOnDrop(Option<Arc<Life>>);

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        if let Some(life) = &self.0 {
            life.cut("given up while connecting");
        }
    }
}

impl Dial<'_> {
    fn enter(&self, stage: &'static str) {
        *self.stage.lock().unwrap_or_else(PoisonError::into_inner) = stage;
    }

    fn at_stage(&self) -> String {
        let stage = *self.stage.lock().unwrap_or_else(PoisonError::into_inner);
        let through = self.via.as_ref().map(|via| format!(" through {}", via.host())).unwrap_or_default();
        format!("{stage} ({}:{}{through})", self.settings.address, self.settings.port)
    }

    fn failed(&self, reason: impl ToString, sign: Sign, again: bool) -> Failed {
        let address = format!("{}:{}", self.settings.address, self.settings.port);
        if sign == Sign::Life {
            self.heard.note();
        }
        Failed { error: SshError::Connect { host: self.settings.host.clone(), address, reason: reason.to_string(), sign }, again }
    }

    async fn connect(&mut self) -> Result<Connection, SshError> {
        let known = Arc::new(self.known().await?);
        let mut tries = 1;
        loop {
            match self.once(&known).await {
                Ok(connection) => return Ok(connection),
                Err(failed) if failed.again && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(rand::random_range(50..400))).await;
                }
                Err(failed) => return Err(failed.error),
            }
        }
    }

    async fn known(&self) -> Result<Known, SshError> {
        let settings = self.settings;
        let (host, names) = (settings.host.clone(), settings.names.clone());
        let (files, revoked) = (settings.known_hosts.clone(), settings.revoked_keys.clone());
        let work = tokio::task::spawn_blocking(move || Known::load(&host, names, &files, revoked.as_deref()));
        work.await.unwrap_or_else(|e| Err(self.failed(e, Sign::None, false).error))
    }

    async fn once(&self, known: &Arc<Known>) -> Result<Connection, Failed> {
        let life = Arc::new(Life::new(self.heard.clone()));
        let refusals = Arc::<Refusals>::default();
        let mut guard = CutOnDrop(Some(life.clone()));
        let fingerprint = Arc::new(Mutex::new(String::new()));
        let gate = Gate { known: known.clone(), life: life.clone(), refusals: refusals.clone(), fingerprint: fingerprint.clone() };
        let mut handle = match &self.via {
            Some(via) => {
                self.enter("opening the tunnel");
                via.warm(self.deadline).await.map_err(|e| self.through(via, e))?;
                let left = self.deadline.saturating_duration_since(Instant::now());
                let tunnel = via.direct_tcpip(&self.settings.address, self.settings.port, left).await;
                let tunnel = tunnel.map_err(|e| self.through(via, e))?;
                self.heard.note();
                self.handshake(tunnel, gate, known).await?
            }
            None => self.handshake(self.tcp().await?, gate, known).await?,
        };
        self.enter("logging in");
        auth::login(&mut handle, self.settings, self.options, &life).await?;
        guard.0 = None;
        let fingerprint = fingerprint.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let settings = self.settings;
        let peer = Peer {
            host: settings.host.clone(),
            user: settings.user.clone(),
            address: settings.address.clone(),
            port: settings.port,
            fingerprint,
            through: self.via.as_ref().map(|via| via.host().to_owned()),
        };
        Ok(Connection::new(handle, peer, life, refusals, self.via.clone()))
    }

    fn through(&self, via: &Connection, error: SshError) -> Failed {
        let jump = via.host().to_owned();
        if matches!(&error, SshError::NoTunnel { sign: Sign::Life, .. }) {
            self.heard.note();
        }
        SshError::Jump { host: self.settings.host.clone(), jump, reason: Box::new(error) }.into()
    }

    /// Tries every address of the name; each gets its share of the time that is left, so that a dead one does not eat it.
    async fn tcp(&self) -> Result<TcpStream, Failed> {
        let settings = self.settings;
        self.enter("looking up the address");
        let found = tokio::net::lookup_host((settings.address.as_str(), settings.port)).await;
        let mut addresses: Vec<_> = found.map_err(|e| self.failed(format!("its address is not found: {e}"), Sign::None, false))?.collect();
        addresses.truncate(8);
        self.enter("opening a TCP connection");
        let mut last = self.failed("its name has no address", Sign::None, false);
        let count = addresses.len();
        for (at, address) in addresses.into_iter().enumerate() {
            let left = self.deadline.saturating_duration_since(Instant::now());
            let share = left / u32::try_from(count - at).unwrap_or(1);
            match tokio::time::timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    self.heard.note();
                    self.prepare(&stream).map_err(|e| self.failed(e, Sign::None, false))?;
                    return Ok(stream);
                }
                Ok(Err(e)) => last = self.failed(&e, sign_of(&e), e.kind() == ErrorKind::ConnectionReset),
                Err(_) => {
                    last = self.failed(format!("no answer from {address} within {}", crate::ssh::short(&share)), Sign::Silence, false)
                }
            }
        }
        Err(last)
    }

    /// Without `nodelay`, every command would wait for the other end's delayed acknowledgement (44 ms). The kernel is
    /// told to give up unacknowledged data as soon as the keepalive would.
    fn prepare(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        #[cfg(target_os = "linux")]
        {
            let patience = u32::try_from(self.silence().as_millis()).unwrap_or(u32::MAX);
            rustix::net::sockopt::set_tcp_user_timeout(stream, patience)?;
        }
        Ok(())
    }

    /// How long a connection may be silent, all keepalives included.
    fn silence(&self) -> Duration {
        let questions = u32::try_from(self.options.keepalive_max.max(1)).unwrap_or(u32::MAX);
        self.options.keepalive_interval.saturating_mul(questions.saturating_add(1))
    }

    async fn handshake<S>(&self, stream: S, gate: Gate, known: &Known) -> Result<Handle<Gate>, Failed>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        self.enter("waiting for its banner and the key exchange");
        let stream = Cuttable::new(stream, &gate.life);
        match client::connect_stream(Arc::new(self.config(known)), stream, gate).await {
            Ok(handle) => Ok(handle),
            Err(GateError::HostKey(error)) => Err((*error).into()),
            // The connection was taken, or we would not be here.
            Err(GateError::Protocol(e)) => Err(self.failed(told(&e), Sign::Life, is_reset(&e))),
        }
    }

    fn config(&self, known: &Known) -> Config {
        Config {
            nodelay: true,
            keepalive_interval: Some(self.options.keepalive_interval),
            keepalive_max: self.options.keepalive_max.max(1),
            // Ends a session task that is stuck in a write, which keepalives cannot see.
            inactivity_timeout: Some(self.silence() + self.options.keepalive_interval),
            window_size: WINDOW,
            preferred: Preferred {
                key: known.key_algorithms().into(),
                host_key_certificates: known.certificate_algorithms().into(),
                compression: vec![compression::NONE].into(),
                ..Preferred::DEFAULT
            },
            ..Config::default()
        }
    }
}

/// What the system's answer to a connect shows of the host.
pub(super) fn sign_of(error: &std::io::Error) -> Sign {
    match error.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset => Sign::Life,
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Sign::Silence,
        _ => Sign::None,
    }
}

/// The other end hung up before the login: nothing was run, so trying again is safe.
fn is_reset(error: &russh::Error) -> bool {
    match error {
        russh::Error::Disconnect | russh::Error::HUP => true,
        russh::Error::IO(e) => matches!(e.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof),
        _ => false,
    }
}

fn told(error: &russh::Error) -> String {
    match error {
        russh::Error::NoCommonAlgo { kind, theirs, .. } => {
            let theirs: String = theirs.join(",").chars().take(300).collect();
            format!("no common {kind:?} algorithm; it offers {}", theirs.escape_debug())
        }
        error if is_reset(error) => "it hung up before the login (too many connections at once, or it refuses this address)".to_owned(),
        error => error.to_string(),
    }
}
