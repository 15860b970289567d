//! A fence device's program while it runs: in a process group of its own, with bounded output and time.
//!
//! Called by [`super::FenceDevices`]. When the time is over, or the future is dropped, the whole group is killed.

use super::super::words;
use super::call::{Call, CallError, FOLDERS};
use rustix::process::{Pid, Signal, kill_process_group};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout, timeout_at};

/// How much of the end of each output is kept, in bytes.
const KEPT: usize = 64 * 1024;
/// How many characters of an output are shown.
const SHOWN: usize = 200;
/// How long killed processes and their pipes are waited for.
pub(super) const GRACE: Duration = Duration::from_millis(300);

/// What a program did.
#[derive(Debug)]
pub(super) struct Said {
    /// Its exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// The last line of its standard output. May hold secrets: not to be shown.
    pub last: String,
    /// What it said, for people; empty when it said nothing.
    pub words: String,
    /// It printed nothing at all.
    pub silent: bool,
}

impl Said {
    /// How it ended, for people.
    pub fn end(&self) -> String {
        let end = self.code.map_or_else(|| "was ended by a signal".to_owned(), |code| format!("ended with status {code}"));
        if self.words.is_empty() { end } else { format!("{end}: {}", self.words) }
    }
}

/// Runs `call` to its end, or kills it at `deadline`.
pub(super) async fn run(call: &Call, deadline: Instant) -> Result<Said, CallError> {
    let began = Instant::now();
    let mut child = start(call)?;
    // Dropped before `child`, so that the group's number still belongs to it.
    let mut group = Group(child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let ended = {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let talk = async { tokio::join!(feed(stdin, &call.input), keep(stdout, &mut out), keep(stderr, &mut err)) };
        tokio::pin!(talk);
        let mut talked = false;
        let end = async {
            loop {
                tokio::select! {
                    status = child.wait() => break status,
                    _ = &mut talk, if !talked => talked = true,
                }
            }
        };
        let ended = timeout_at(deadline, end).await;
        // What a program leaves behind in its group goes with it, and lets go of its pipes.
        group.kill();
        if !talked {
            timeout(GRACE, talk).await.ok();
        }
        ended
    };
    match ended {
        Ok(Ok(status)) => Ok(said(call, status, &out, &err)),
        Ok(Err(error)) => Err(CallError::Lost { why: error.to_string() }),
        Err(_) => {
            // Whom even this does not end, the runtime reaps when it does.
            timeout(GRACE, child.wait()).await.ok();
            Err(CallError::Late { after: began.elapsed() })
        }
    }
}

fn start(call: &Call) -> Result<Child, CallError> {
    let mut command = Command::new(&call.program);
    command.args(&call.args).env_clear().env("PATH", FOLDERS.join(":")).env("LANG", "C.UTF-8").envs(call.env.clone());
    command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    command.spawn().map_err(|error| CallError::NotStarted { why: error.to_string() })
}

/// The process group of a program that runs, killed when this is dropped.
struct Group(Option<Pid>);

impl Group {
    fn kill(&mut self) {
        if let Some(group) = self.0.take() {
            // It fails when nobody is left in it.
            kill_process_group(group, Signal::KILL).ok();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Hands over the input; a program that does not read it has its reasons.
async fn feed(pipe: Option<impl AsyncWrite + Unpin>, input: &str) {
    if let Some(mut pipe) = pipe {
        pipe.write_all(input.as_bytes()).await.ok();
    }
}

/// Reads to the end and keeps the end.
async fn keep(pipe: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut pipe) = pipe else { return };
    let mut block = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut block).await {
        kept.extend_from_slice(block.get(..count).unwrap_or_default());
        if kept.len() > 2 * KEPT {
            kept.drain(..kept.len() - KEPT);
        }
    }
}

fn said(call: &Call, status: ExitStatus, out: &[u8], err: &[u8]) -> Said {
    let (out, err) = (String::from_utf8_lossy(out), String::from_utf8_lossy(err));
    // A device that knows its state prints it; a program that fails complains.
    let order = if matches!(status.code(), Some(0 | 2)) { [&out, &err] } else { [&err, &out] };
    let words = order.into_iter().map(|text| shown(call, text)).find(|words| !words.is_empty()).unwrap_or_default();
    Said { code: status.code(), last: last_line(&out).to_owned(), words, silent: out.trim().is_empty() && err.trim().is_empty() }
}

/// The end of what was said, one line or two, without secrets and control characters. Secrets go first, since what a cut
/// leaves of one could not be told from other words.
fn shown(call: &Call, text: &str) -> String {
    let hidden = call.secrets.hide(text);
    let mut lines = hidden.lines().rev().map(plain).filter(|line| !line.is_empty());
    let last = lines.next().unwrap_or_default();
    let surplus = last.chars().count().saturating_sub(SHOWN);
    let last: String = last.chars().skip(surplus).collect();
    // Agents often end with where their help is, after the line that says what is wrong.
    let both = lines.next().map(|before| format!("{before}; {last}")).filter(|both| both.chars().count() <= SHOWN);
    words::tidy(&call.secrets.hide(&both.unwrap_or(last)))
}

fn plain(line: &str) -> String {
    line.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn last_line(text: &str) -> &str {
    text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default()
}
