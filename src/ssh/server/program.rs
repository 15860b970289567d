//! A command as a process group: started, signalled, ended. Called by `session`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use russh::Sig;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::Shared;

/// From being told to end to being killed.
const GRACE: Duration = Duration::from_millis(2500);
/// After that; who does not end by this is left to the system.
const KILLED: Duration = Duration::from_secs(1);

/// Starts `line` as `sshd` would, in a process group of its own. Its three streams are pipes.
pub(super) fn start(line: &[u8], shared: &Shared) -> std::io::Result<Child> {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(OsStr::from_bytes(line)).env_clear();
    for name in ["PATH", "HOME", "USER", "LOGNAME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.env("SHELL", "/bin/sh").envs(&shared.environment).current_dir(&shared.directory);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true).spawn()
}

/// The process group of a command whose first process has not been seen to end.
pub(super) struct Group(Option<Pid>);

impl Group {
    pub(super) fn of(child: &Child) -> Self {
        Self(child.id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)))
    }

    /// Its number may belong to others from now on.
    pub(super) fn ended(&mut self) {
        self.0 = None;
    }

    /// What is known of it goes elsewhere.
    pub(super) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    pub(super) fn signal(&self, signal: Signal) {
        if let Some(group) = self.0 {
            // It fails where nobody is left, or where the command runs as somebody else.
            kill_process_group(group, signal).ok();
        }
    }
}

/// Ends a command whose client has gone.
pub(super) async fn end(mut child: Child, group: &Group) {
    group.signal(Signal::TERM);
    if timeout(GRACE, child.wait()).await.is_err() {
        group.signal(Signal::KILL);
        let _ = timeout(KILLED, child.wait()).await;
    }
}

/// The signal that a client names, where it is one that ends or tells a program something.
pub(super) fn named(signal: &Sig) -> Option<Signal> {
    Some(match signal {
        Sig::ABRT => Signal::ABORT,
        Sig::ALRM => Signal::ALARM,
        Sig::FPE => Signal::FPE,
        Sig::HUP => Signal::HUP,
        Sig::ILL => Signal::ILL,
        Sig::INT => Signal::INT,
        Sig::KILL => Signal::KILL,
        Sig::PIPE => Signal::PIPE,
        Sig::QUIT => Signal::QUIT,
        Sig::SEGV => Signal::SEGV,
        Sig::TERM => Signal::TERM,
        Sig::USR1 => Signal::USR1,
        Sig::Custom(name) if name == "USR2" => Signal::USR2,
        Sig::Custom(_) => return None,
    })
}

/// The name of the signal that ended a command, if one did.
pub(super) fn ended_by(status: ExitStatus) -> Option<Sig> {
    let known = [
        (Signal::ABORT, Sig::ABRT),
        (Signal::ALARM, Sig::ALRM),
        (Signal::FPE, Sig::FPE),
        (Signal::HUP, Sig::HUP),
        (Signal::ILL, Sig::ILL),
        (Signal::INT, Sig::INT),
        (Signal::KILL, Sig::KILL),
        (Signal::PIPE, Sig::PIPE),
        (Signal::QUIT, Sig::QUIT),
        (Signal::SEGV, Sig::SEGV),
        (Signal::TERM, Sig::TERM),
        (Signal::USR1, Sig::USR1),
    ];
    let number = status.signal()?;
    let found = known.into_iter().find(|(signal, _)| signal.as_raw() == number).map(|(_, name)| name);
    Some(found.unwrap_or_else(|| Sig::Custom(format!("{number}@switchtower"))))
}
