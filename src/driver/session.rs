//! Sessions with a host: a guarded one for acts, and one for watching. Each is an SSH channel whose far end has become
//! the bridge to systemd's D-Bus. Opened by `systemd`, used by `act`, `look` and `push`.

use super::bus::{Bus, BusError};
use super::error::DriverError;
use super::guard::{self, Demand, Hello, Refusal};
use super::words::{last_line, tidy};
use crate::core::model::{ClusterName, HostName};
use crate::core::record::Term;
use crate::ssh::{CommandLine, Connection, ExecStream, ExitStatus, Limits, Pool, SshError, Target};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout_at};

/// What a login shell may print before a script's answer.
const MOST_LINES: usize = 64;
/// Longest line of it, in bytes.
const LONGEST_LINE: usize = 1024;
/// Output of a bounded script: some thousand units.
const MOST_OUTPUT: usize = 2 * 1024 * 1024;

/// A host that can be reached.
#[derive(Debug)]
pub(super) struct Reached<'a> {
    pub host: &'a HostName,
    pub pool: &'a Pool,
    pub target: &'a Target,
    pub deadline: Instant,
}

/// A session for acts, under a term.
pub(super) struct Guarded {
    pub term: Term,
    pub boot_id: String,
    /// Larger than that of every session before it in this process.
    pub number: u64,
    pub bus: Bus,
}

/// A session for watching.
pub(super) struct Watch {
    pub boot_id: String,
    pub bus: Bus,
    /// Whether units start by themselves, and when that was asked: no push tells it, and it seldom changes.
    enablement: Mutex<BTreeMap<String, (Instant, String)>>,
}

/// How long an answer about [`Watch::enablement`] holds.
const ENABLEMENT_HOLDS: Duration = Duration::from_secs(30);

impl Watch {
    pub(super) fn new(boot_id: String, bus: Bus) -> Self {
        Self { boot_id, bus, enablement: Mutex::default() }
    }

    /// Whether `unit` starts by itself, if that was asked lately.
    pub fn enablement(&self, unit: &str) -> Option<String> {
        let known = self.enablement.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(unit).filter(|(asked, _)| asked.elapsed() < ENABLEMENT_HOLDS).map(|(_, word)| word.clone())
    }

    /// Keeps what was just asked.
    pub fn keep_enablement<'a>(&self, asked: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let now = Instant::now();
        let asked = asked.into_iter().map(|(unit, word)| (unit.to_owned(), (now, word.to_owned())));
        self.enablement.lock().unwrap_or_else(PoisonError::into_inner).extend(asked);
    }
}

impl Reached<'_> {
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    pub(super) fn late(&self, stage: &'static str, began: Instant) -> DriverError {
        DriverError::Deadline { host: self.host.clone(), stage, after: self.deadline.saturating_duration_since(began) }
    }

    fn ssh(&self, reason: SshError) -> DriverError {
        DriverError::Ssh { host: self.host.clone(), reason: Box::new(reason) }
    }

    pub(super) async fn connection(&self) -> Result<std::sync::Arc<Connection>, DriverError> {
        let began = Instant::now();
        match timeout_at(self.deadline, self.pool.get(self.target)).await {
            Ok(got) => got.map_err(|reason| self.ssh(reason)),
            Err(_) => Err(self.late("connecting to it", began)),
        }
    }

    /// Runs one of our scripts to its end; returns what it printed.
    pub(super) async fn run(&self, command: &CommandLine, stage: &'static str) -> Result<String, DriverError> {
        let connection = self.connection().await?;
        let limits = Limits { deadline: self.left(), max_output: MOST_OUTPUT };
        let output = connection.exec(command, limits).await.map_err(|reason| self.ssh(reason))?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(self.misrun(stage, &last_line(&output.stderr), &output.status));
        }
        if output.truncated {
            return Err(DriverError::BadAnswer { host: self.host.clone(), stage, reason: "it is longer than 2 MiB".to_owned() });
        }
        Ok(printed)
    }

    /// The host's boot and clocks, with the moments between which they were read.
    pub(super) async fn clock(&self) -> Result<(Hello, Instant, Instant), DriverError> {
        let nonce = nonce();
        let sent = Instant::now();
        let printed = self.run(&guard::clock(&nonce), "reading its clock").await?;
        let heard = Instant::now();
        match printed.lines().find_map(|line| guard::answer("SWITCHTOWER-CLOCK", &nonce, line)) {
            Some(Ok(hello)) => Ok((hello, sent, heard)),
            _ => Err(DriverError::BadAnswer { host: self.host.clone(), stage: "reading its clock", reason: last_line(printed.as_bytes()) }),
        }
    }

    /// Takes the host under `term`, as the monitor's life `identity` that has heard of what was done there by hand up to `deed`.
    pub(super) async fn guarded(
        &self,
        cluster: &ClusterName,
        identity: &str,
        (term, deed): (Term, Option<Term>),
        number: u64,
    ) -> Result<Guarded, DriverError> {
        let (clock, _, heard) = self.clock().await?;
        // Whenever the host read its clock, it was not after `heard`: by its own clock, it is past this time when we
        // have given up.
        let left = self.deadline.saturating_duration_since(heard);
        let not_after = clock.uptime.saturating_add(u64::try_from(left.as_millis() / 10).unwrap_or(u64::MAX));
        let nonce = nonce();
        let lock_wait = left.as_secs().clamp(1, 5);
        let demand = Demand { cluster, term, boot_id: &clock.boot_id, not_after, lock_wait, nonce: &nonce, identity, deed };
        let stream = self.stream(&guard::guard(&demand), "taking it").await?;
        let (stream, answer) = self.greet(stream, "SWITCHTOWER-GUARD", &nonce, "taking it").await?;
        let hello = answer.map_err(|refusal| guard::explain(self.host, &demand, refusal))?;
        let bus = self.bus(stream).await?;
        Ok(Guarded { term, boot_id: hello.boot_id, number, bus })
    }

    /// Opens a session for watching.
    pub(super) async fn watch(&self) -> Result<Watch, DriverError> {
        const STAGE: &str = "opening the way to its systemd";
        let nonce = nonce();
        let stream = self.stream(&guard::watch(&nonce), STAGE).await?;
        let (stream, answer) = self.greet(stream, "SWITCHTOWER-WATCH", &nonce, STAGE).await?;
        let hello = answer.map_err(|refusal| guard::explain_watch(self.host, refusal))?;
        Ok(Watch::new(hello.boot_id, self.bus(stream).await?))
    }

    pub(super) async fn stream(&self, command: &CommandLine, stage: &'static str) -> Result<ExecStream, DriverError> {
        let began = Instant::now();
        let connection = self.connection().await?;
        match timeout_at(self.deadline, connection.stream(command, self.left())).await {
            Ok(opened) => opened.map_err(|reason| self.ssh(reason)),
            Err(_) => Err(self.late(stage, began)),
        }
    }

    /// Reads up to the script's own line. Byte by byte: what comes after it is not ours to read.
    pub(super) async fn greet(
        &self,
        mut stream: ExecStream,
        who: &str,
        nonce: &str,
        stage: &'static str,
    ) -> Result<(ExecStream, Result<Hello, Refusal>), DriverError> {
        let began = Instant::now();
        let mut last = String::new();
        for _ in 0..MOST_LINES {
            let line = match timeout_at(self.deadline, read_line(&mut stream)).await {
                Ok(Ok(Some(line))) => line,
                Ok(Ok(None)) => return Err(self.ended(&stream, stage, &last)),
                Ok(Err(error)) => return Err(DriverError::ChannelLost { host: self.host.clone(), reason: tidy(&error.to_string()) }),
                Err(_) => return Err(self.late(stage, began)),
            };
            if let Some(answer) = guard::answer(who, nonce, &line) {
                return Ok((stream, answer));
            }
            last = tidy(&line);
        }
        Err(DriverError::BadAnswer { host: self.host.clone(), stage, reason: last })
    }

    /// The script ended without a word of its own: usually `sudo` has refused.
    fn ended(&self, stream: &ExecStream, stage: &'static str, last: &str) -> DriverError {
        let said = last_line(&stream.stderr_tail());
        let said = if said.is_empty() { format!("it ended without one; last it printed {last:?}") } else { said };
        self.misrun(stage, &said, &ExitStatus::None)
    }

    /// Why a script did not run, from what its shell said.
    pub(super) fn misrun(&self, stage: &'static str, said: &str, status: &ExitStatus) -> DriverError {
        let host = self.host.clone();
        if said.contains("sudo") {
            return DriverError::NoRights { host, reason: said.to_owned() };
        }
        if said.contains("timeout") && *status == ExitStatus::Code(127) {
            return DriverError::MissingTool { host, tool: "timeout".to_owned() };
        }
        DriverError::BadAnswer { host, stage, reason: tidy(&format!("{said} ({status:?})")) }
    }

    async fn bus(&self, stream: ExecStream) -> Result<Bus, DriverError> {
        Bus::open(stream, self.deadline).await.map_err(|error| from_bus(self.host, "opening the way to its systemd", error))
    }
}

/// A bus's error as one for people.
pub(super) fn from_bus(host: &HostName, stage: &'static str, error: BusError) -> DriverError {
    let host = host.clone();
    match error {
        BusError::Lost(reason) => DriverError::ChannelLost { host, reason },
        BusError::Deadline(after) => DriverError::Deadline { host, stage, after },
        BusError::Refused { message, .. } => DriverError::Refused { host, stage, reason: message },
        BusError::Malformed(reason) => DriverError::BadAnswer { host, stage, reason },
    }
}

/// A line without its end; `None` at the end of the stream.
async fn read_line(stream: &mut ExecStream) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    loop {
        let mut byte = [0];
        if stream.read(&mut byte).await? == 0 {
            return Ok(if line.is_empty() { None } else { Some(String::from_utf8_lossy(&line).into_owned()) });
        }
        let [byte] = byte;
        if byte == b'\n' || line.len() == LONGEST_LINE {
            return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
        }
        line.push(byte);
    }
}

/// 128 random bits in hexadecimal.
pub(super) fn nonce() -> String {
    format!("{:032x}", rand::random::<u128>())
}
