//! Bounded commands. Called through [`Connection::exec`](super::Connection::exec).
//!
//! A task owns the command from start to end, so that a caller who gives up leaves nothing behind.

use std::sync::Arc;
use std::time::Duration;

use russh::ChannelMsg;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::command::CommandLine;
use super::connection::{Inner, Slot};
use super::error::SshError;
use super::janitor::Reach;
use super::life::deadline_in;
use super::session::Session;

/// How long and how much a command may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the call to the last byte.
    pub deadline: Duration,
    /// Bytes that are kept of stdout, and of stderr; what comes after is read and dropped.
    pub max_output: usize,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// With an exit code.
    Code(u32),
    /// By a signal, named without `SIG`.
    Signal(String),
    /// The host did not say.
    None,
}

impl ExitStatus {
    /// Exit code 0.
    pub fn success(&self) -> bool {
        *self == Self::Code(0)
    }
}

/// What a command left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// The first `max_output` bytes of stdout.
    pub stdout: Vec<u8>,
    /// The first `max_output` bytes of stderr.
    pub stderr: Vec<u8>,
    /// There was more than is kept.
    pub truncated: bool,
}

pub(super) async fn exec(inner: &Arc<Inner>, command: &CommandLine, limits: Limits) -> Result<Output, SshError> {
    if let Some(problem) = command.problem() {
        return Err(SshError::BadCommand { host: inner.host(), reason: problem.to_owned() });
    }
    let deadline = deadline_in(limits.deadline);
    let slot = inner.slot(true, deadline, limits.deadline).await?;
    let (tx, rx) = oneshot::channel();
    let left = deadline.saturating_duration_since(Instant::now());
    let mark = new_mark();
    // The host's own timer starts a little later than ours and counts in seconds.
    let line = command.bounded(left.as_secs() + 1, &mark);
    tokio::spawn(run(Job { inner: inner.clone(), slot, line, mark, max_output: limits.max_output, tx }));
    match timeout_at(deadline, rx).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(inner.lost()),
        Err(_) => {
            let stage = format!("running `{}`", command.to_string().chars().take(120).collect::<String>().escape_debug());
            Err(SshError::Deadline { host: inner.host(), stage, after: limits.deadline })
        }
    }
}

struct Job {
    inner: Arc<Inner>,
    slot: Slot,
    line: String,
    mark: String,
    max_output: usize,
    tx: oneshot::Sender<Result<Output, SshError>>,
}

async fn run(job: Job) {
    let Job { inner, slot, line, mark, max_output, mut tx } = job;
    let mut session = match Session::start(inner, slot, line, || !tx.is_closed()).await {
        Ok(session) => session,
        Err(error) => {
            let _ = tx.send(Err(error));
            return;
        }
    };
    let collected = tokio::select! {
        collected = collect(&mut session, max_output) => Some(collected),
        () = tx.closed() => None,
    };
    if let Some(result) = collected {
        drop(session);
        let _ = tx.send(result);
        return;
    }
    session.put_down(Reach::All, &mark).await;
}

/// A number that no other command has.
pub(super) fn new_mark() -> String {
    rand::random::<u64>().to_string()
}

/// Reads everything to the end, keeping what fits.
pub(super) async fn collect(session: &mut Session, max_output: usize) -> Result<Output, SshError> {
    let mut output = Output { status: ExitStatus::None, stdout: Vec::new(), stderr: Vec::new(), truncated: false };
    // Nothing is typed into a bounded command.
    let _ = session.write.eof().await;
    let mut ended = false;
    loop {
        match session.read.wait().await {
            Some(ChannelMsg::Data { data }) => output.truncated |= keep(&mut output.stdout, &data, max_output),
            Some(ChannelMsg::ExtendedData { data, ext: 1 }) => output.truncated |= keep(&mut output.stderr, &data, max_output),
            Some(ChannelMsg::ExitStatus { exit_status }) => output.status = ExitStatus::Code(exit_status),
            Some(ChannelMsg::ExitSignal { signal_name, .. }) => output.status = signalled(&signal_name),
            Some(ChannelMsg::Eof) => ended = true,
            Some(ChannelMsg::Close) => return Ok(output),
            Some(_) => {}
            // All was said before the connection went away.
            None if ended && output.status != ExitStatus::None => return Ok(output),
            None => return Err(session.inner.lost()),
        }
    }
}

/// Whether something had to be left out.
fn keep(kept: &mut Vec<u8>, data: &[u8], max: usize) -> bool {
    let room = max.saturating_sub(kept.len()).min(data.len());
    kept.extend(data.iter().take(room));
    room < data.len()
}

/// A signal's name as the host gives it.
pub(super) fn signalled(signal: &russh::Sig) -> ExitStatus {
    let name = match signal {
        russh::Sig::Custom(name) => name.chars().take(40).collect(),
        known => format!("{known:?}"),
    };
    ExitStatus::Signal(name)
}
