//! The processes of a demo, by the kernel's own list and the variable that each of them has. This is how a host is
//! switched off with all that it runs, and how nothing is left behind. Blocks for some milliseconds.

use super::layout::MARK;
use rustix::process::{Pid, PidfdFlags, Signal, getuid, pidfd_open, pidfd_send_signal};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

/// The most that is read of a process's variables.
const MOST: u64 = 256 * 1024;
/// From one look to the next.
const PAUSE: Duration = Duration::from_millis(10);

/// Which marks are meant.
#[derive(Debug, Clone)]
pub(super) enum Whose {
    /// Exactly this one.
    Of(String),
    /// Every one that begins so.
    Below(String),
}

impl Whose {
    /// Everything of the demo at `dir`.
    pub(super) fn all(dir: &Path) -> Self {
        Self::Below(super::layout::mark(dir, ""))
    }

    fn fits(&self, mark: &str) -> bool {
        match self {
            Self::Of(whole) => mark == whole,
            Self::Below(start) => mark.starts_with(start),
        }
    }
}

/// The processes of this user with such a mark, this one excepted. One that has ended has none.
pub(super) fn find(whose: &Whose) -> Vec<u32> {
    let own = std::process::id();
    let Ok(list) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = list.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| *pid != own && has(*pid, whose)).collect()
}

fn has(pid: u32, whose: &Whose) -> bool {
    let folder = format!("/proc/{pid}");
    if !std::fs::metadata(&folder).is_ok_and(|about| about.uid() == getuid().as_raw()) {
        return false;
    }
    variable(pid, MARK).is_some_and(|mark| whose.fits(&mark))
}

/// A variable that a process was started with.
pub(super) fn variable(pid: u32, name: &str) -> Option<String> {
    let file = std::fs::File::open(format!("/proc/{pid}/environ")).ok()?;
    let mut variables = Vec::new();
    // A process that ends meanwhile has none.
    let _ = file.take(MOST).read_to_end(&mut variables);
    let value = variables.split(|byte| *byte == 0).find_map(|one| one.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    String::from_utf8(value.to_vec()).ok()
}

/// Those of a mark that were executed with these words behind the program's name.
pub(super) fn executed(whose: &Whose, words: &[&str]) -> Vec<u32> {
    let is = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut said = line.split(|byte| *byte == 0).skip(1);
        words.iter().all(|word| said.next() == Some(word.as_bytes()))
    };
    find(whose).into_iter().filter(is).collect()
}

/// Sends a signal to all that have the mark; how many there were.
pub(super) fn signal(whose: &Whose, signal: Signal) -> usize {
    find(whose).into_iter().filter(|pid| send(*pid, whose, signal)).count()
}

/// Sends a signal to one that still has the mark: its number may belong to another process by now.
pub(super) fn send(pid: u32, whose: &Whose, signal: Signal) -> bool {
    let Some(fd) = i32::try_from(pid).ok().and_then(Pid::from_raw).and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) else {
        return false;
    };
    has(pid, whose) && pidfd_send_signal(&fd, signal).is_ok()
}

/// Kills all that have the mark, and whatever they start meanwhile; whether none was left in time.
pub(super) fn kill(whose: &Whose, within: Duration) -> bool {
    let until = Instant::now() + within;
    loop {
        if signal(whose, Signal::KILL) == 0 && find(whose).is_empty() {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn what_has_the_mark_is_killed_with_all_that_it_started_and_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let sleeper = |mark: &str| {
            let mut shell = Command::new("sh");
            shell.args(["-c", "setsid sleep 1000 & exec sleep 1000"]).env(MARK, super::super::layout::mark(dir.path(), mark));
            shell.spawn().unwrap()
        };
        let (mut one, mut other) = (sleeper("north1"), sleeper("north11"));
        let whose = Whose::Of(super::super::layout::mark(dir.path(), "north1"));
        let began = Instant::now();
        while executed(&whose, &["1000"]).len() < 2 {
            assert!(began.elapsed() < Duration::from_secs(10), "both sleep");
        }
        assert!(kill(&whose, Duration::from_secs(10)));
        one.wait().unwrap();
        assert!(find(&whose).is_empty() && other.try_wait().unwrap().is_none());
        assert!(kill(&Whose::all(dir.path()), Duration::from_secs(10)));
        other.wait().unwrap();
        assert_eq!(signal(&Whose::all(dir.path()), Signal::KILL), 0);
    }
}
