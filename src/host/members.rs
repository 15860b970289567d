//! Which processes of a start are left on the host, by the kernel's own list. Blocks for some milliseconds.
//!
//! A member is in the session of the first process, or carries the marks that its service gave it, or descends from a
//! member. So a daemon that has left its session is found too, and one that an earlier life of the service has left.

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, WaitOptions, kill_process, pidfd_open, pidfd_send_signal, waitpid};
use std::collections::BTreeSet;
use std::io::Read;

/// The variable with the folder of the service that keeps a process: one service has one folder.
pub(super) const KEPT_BY: &str = "SWITCHTOWER_KEPT_BY";
/// The variable with the name of the process.
pub(super) const NAME: &str = "SWITCHTOWER_PROCESS";
/// The variable with the identifier of the start.
pub(super) const START: &str = "SWITCHTOWER_START";
/// The most that is read of a process's environment.
const MOST: u64 = 4 * 1024 * 1024;

/// What members are known by.
#[derive(Debug, Clone)]
pub(super) struct Marks {
    /// Variables, as `NAME=VALUE`, that all have to be there.
    pub(super) variables: [Vec<u8>; 2],
    /// The first process, which leads a session.
    pub(super) session: Option<u32>,
}

/// One line of the kernel's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    pid: u32,
    parent: u32,
    session: u32,
    /// When it began: with the pid it names one process for good.
    began: u64,
    /// It has ended, and waits for its parent to take notice.
    ended: bool,
}

impl Marks {
    /// The members that live, each sent `signal` where there is one.
    ///
    /// # Errors
    /// When the kernel's list cannot be read: nothing is known then.
    pub(super) fn sweep(&self, signal: Option<Signal>) -> std::io::Result<Vec<u32>> {
        let all = list()?;
        let members = self.members(&all);
        let mut left = Vec::new();
        for stat in all.iter().filter(|stat| members.contains(&stat.pid)) {
            if stat.ended {
                reap_orphan(stat, self.session);
                continue;
            }
            left.push(stat.pid);
            if let Some(signal) = signal {
                send(stat, signal);
            }
        }
        Ok(left)
    }

    fn members(&self, all: &[Stat]) -> BTreeSet<u32> {
        let own = std::process::id();
        let others = || all.iter().filter(|stat| stat.pid != own);
        let mut members: BTreeSet<u32> =
            others().filter(|stat| Some(stat.session) == self.session || self.marked(stat.pid)).map(|stat| stat.pid).collect();
        loop {
            let more: Vec<u32> =
                others().filter(|s| members.contains(&s.parent) && !members.contains(&s.pid)).map(|stat| stat.pid).collect();
            if more.is_empty() {
                return members;
            }
            members.extend(more);
        }
    }

    fn marked(&self, pid: u32) -> bool {
        let mut environ = Vec::new();
        let read = std::fs::File::open(format!("/proc/{pid}/environ")).and_then(|file| file.take(MOST).read_to_end(&mut environ));
        // One that has ended meanwhile, or that belongs to somebody else.
        read.is_ok() && self.variables.iter().all(|mark| environ.split(|b| *b == 0).any(|variable| variable == mark))
    }
}

/// A signal to this very process, and to none that got its pid since.
fn send(stat: &Stat, signal: Signal) {
    let Some(pid) = pid(stat.pid) else { return };
    let handle = pidfd_open(pid, PidfdFlags::empty());
    if look(stat.pid).is_none_or(|now| now.began != stat.began) {
        return;
    }
    // It may have ended in between; the next look tells.
    let _ = match handle {
        Ok(handle) => pidfd_send_signal(handle, signal),
        Err(Errno::NOSYS) => kill_process(pid, signal),
        Err(error) => Err(error),
    };
}

/// An orphan that came to this process, as the nearest that takes orphans in. First processes are left to their owner.
fn reap_orphan(stat: &Stat, session: Option<u32>) {
    if stat.parent == std::process::id()
        && Some(stat.pid) != session
        && let Some(pid) = pid(stat.pid)
    {
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

/// As the kernel's calls want it.
pub(super) fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

/// Children of `parent` that have ended, and wait for it to take notice.
pub(super) fn zombies(parent: u32) -> std::io::Result<Vec<u32>> {
    Ok(list()?.into_iter().filter(|stat| stat.parent == parent && stat.ended).map(|stat| stat.pid).collect())
}

fn list() -> std::io::Result<Vec<Stat>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        // What is no process, or ended since the folder was read.
        let Some(stat) = name.to_str().and_then(|name| name.parse().ok()).and_then(look) else { continue };
        all.push(stat);
    }
    Ok(all)
}

fn look(pid: u32) -> Option<Stat> {
    let mut text = String::new();
    std::fs::File::open(format!("/proc/{pid}/stat")).ok()?.take(4096).read_to_string(&mut text).ok()?;
    parse(pid, &text)
}

/// The name stands in brackets and may hold anything; the state follows it as field 3.
fn parse(pid: u32, text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    let narrow = |at: usize| number(at).and_then(|n| u32::try_from(n).ok());
    // With threads left a process goes on, though its first thread has ended.
    let ended = matches!(fields.first(), Some(&("Z" | "X" | "x"))) && number(17).is_none_or(|threads| threads <= 1);
    Some(Stat { pid, parent: narrow(1)?, session: narrow(3)?, began: number(19)?, ended })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    fn marks(folder: &str, session: Option<u32>) -> Marks {
        Marks { variables: [format!("{KEPT_BY}={folder}").into_bytes(), format!("{NAME}=app").into_bytes()], session }
    }

    #[test]
    fn a_line_is_read_whatever_the_program_is_called() {
        let tail = "S 10 7 8 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 777 1 1";
        let expected = Stat { pid: 5, parent: 10, session: 8, began: 777, ended: false };
        for name in ["sleep", "a b) S 1 1", "((", ""] {
            assert_eq!(parse(5, &format!("5 ({name}) {tail}")), Some(expected), "{name}");
        }
        assert!(parse(5, &format!("5 (x) Z{}", &tail[1..])).unwrap().ended);
        assert!(!parse(5, &format!("5 (x) Z{}", tail.replace("20 0 1 0", "20 0 2 0").get(1..).unwrap())).unwrap().ended);
        for broken in ["", "5", "5 (x", "5 (x) S 1", "5 (x) S x y z"] {
            assert_eq!(parse(5, broken), None, "{broken}");
        }
    }

    #[test]
    fn members_are_known_by_their_marks_and_everybody_else_is_left_alone() {
        let folder = format!("/tests/{}", std::process::id());
        let sleeper = |name: &str| {
            let mut command = Command::new("sleep");
            command.arg("1000").env(KEPT_BY, &folder).env(NAME, name).stdin(Stdio::null());
            command.spawn().unwrap()
        };
        let (mut ours, mut other) = (sleeper("app"), sleeper("app2"));
        // Until it has executed its program, it has the environment of this one.
        let found = std::iter::repeat_with(|| marks(&folder, None).sweep(None).unwrap()).find(|found| !found.is_empty()).unwrap();
        assert_eq!(found, [ours.id()]);
        assert!(marks("/tests/elsewhere", None).sweep(Some(Signal::KILL)).unwrap().is_empty());
        marks(&folder, None).sweep(Some(Signal::KILL)).unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ours.wait().unwrap()), Some(9));
        assert_eq!(other.try_wait().unwrap(), None);
        assert!(marks(&folder, None).sweep(None).unwrap().is_empty());
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
