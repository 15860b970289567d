//! Programs that a test starts: each in its own process group, its output in files, killed when the test ends.
//! Only process groups made here are ever signalled.

use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::wait;

/// How many bytes at the end of each output a failed test shows.
const SHOWN: usize = 8 * 1024;

/// A running program. Dropped, its whole process group is killed; when the test fails its output is printed.
#[derive(Debug)]
pub struct Child {
    name: String,
    child: std::process::Child,
    out: PathBuf,
    err: PathBuf,
    ended: Option<ExitStatus>,
}

impl Child {
    /// Starts `command` under a `name` for messages; its output goes to `dir/NAME.out` and `dir/NAME.err`.
    /// Standard input is empty unless the command says otherwise with `Stdio::piped()` (see [`Child::stdin`]).
    #[track_caller]
    pub fn spawn(name: &str, command: &mut Command, dir: &Path) -> Self {
        command.stdin(Stdio::null());
        Self::spawn_with_input(name, command, dir)
    }

    /// Like [`Child::spawn`], but leaves the command's standard input as it was set.
    #[track_caller]
    pub fn spawn_with_input(name: &str, command: &mut Command, dir: &Path) -> Self {
        let (out, err) = (dir.join(format!("{name}.out")), dir.join(format!("{name}.err")));
        let create = |path: &Path| File::create(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        command.stdout(create(&out)).stderr(create(&err)).process_group(0);
        let child = command.spawn().unwrap_or_else(|e| panic!("{name} ({:?}): {e}", command.get_program()));
        Self { name: name.to_owned(), child, out, err, ended: None }
    }

    /// The pid, which is the process group's too.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The pipe to standard input, once, when the command was set up with one.
    pub fn stdin(&mut self) -> Option<std::process::ChildStdin> {
        self.child.stdin.take()
    }

    /// What it has written to standard output so far.
    pub fn stdout(&self) -> String {
        text(&self.out)
    }

    /// What it has written to standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.err)
    }

    /// Sends a signal to the program itself, not to what it started.
    pub fn signal(&mut self, signal: Signal) {
        if self.status().is_none() {
            kill_process(self.group(), signal).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        }
    }

    /// Kills the whole group at once (as `kill -9`) and waits for the end.
    pub fn kill(&mut self) {
        if self.ended.is_none() {
            // The group may have no member left but the one that waits to be reaped.
            kill_process_group(self.group(), Signal::KILL).ok();
            self.ended = Some(self.child.wait().unwrap_or_else(|e| panic!("{}: {e}", self.name)));
        }
    }

    /// The exit status, when it has ended.
    pub fn status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        }
        self.ended
    }

    /// Waits for it to end by itself.
    #[track_caller]
    pub fn ends_within(&mut self, within: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        wait::until_some(&what, within, || self.status())
    }

    fn group(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // What the program started may outlive it, so the group is signalled although its leader has ended; the pid
        // cannot have been given away while a member of the group is left, and without one nothing is hit.
        if self.ended.is_none() {
            self.kill();
        } else {
            kill_process_group(self.group(), Signal::KILL).ok();
        }
        if std::thread::panicking() {
            eprintln!("--- {} (pid {}, {:?})", self.name, self.pid(), self.ended);
            eprintln!("--- its standard output:\n{}", tail(&self.stdout()));
            eprintln!("--- its standard error:\n{}", tail(&self.stderr()));
        }
    }
}

/// Runs a command to its end and returns status and output; panics when it takes longer than `within`.
#[track_caller]
pub fn run(command: &mut Command, within: Duration) -> Output {
    let dir = tempfile::tempdir().unwrap();
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut child = Child::spawn(&name, command, dir.path());
    let status = child.ends_within(within);
    Output { status, stdout: fs::read(&child.out).unwrap(), stderr: fs::read(&child.err).unwrap() }
}

/// When the process started, in clock ticks since boot; with the pid it names one process for good.
pub fn start_time(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name stands in brackets and may hold blanks; the start time is field 22, the state after the name field 3.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// True when the status tells of an end by this signal.
pub fn ended_by(status: ExitStatus, signal: Signal) -> bool {
    status.signal() == Some(signal.as_raw())
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
}

fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(SHOWN);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    &text[from..]
}
