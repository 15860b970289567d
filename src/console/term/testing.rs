//! Terminals for the tests of this room: a real one whose other end the test holds. It belongs to no session, so a hang-up
//! ends no process.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Action, LocalModes, Winsize, tcflow, tcgetattr, tcsetwinsize};

use super::Tty;

/// How long something may take that takes a moment.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A terminal. Dropped, it hangs up.
pub(crate) struct Line {
    /// The other end: what is written is typed, what is read was drawn.
    pub(crate) master: File,
    pub(crate) tty: Tty,
}

impl Line {
    pub(crate) fn new(cols: u16, rows: u16) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let flags = (OFlags::NOCTTY | OFlags::NONBLOCK).bits().cast_signed();
        let slave = OpenOptions::new().read(true).write(true).custom_flags(flags).open(name).unwrap();
        let line = Self { master: File::from(master), tty: Tty::from_file(slave) };
        line.resize(cols, rows);
        line
    }

    pub(crate) fn resize(&self, ws_col: u16, ws_row: u16) {
        tcsetwinsize(&self.master, Winsize { ws_col, ws_row, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    }

    /// The terminal takes nothing any more, until it is `false` again.
    pub(crate) fn stall(&self, stalled: bool) {
        tcflow(&self.tty, if stalled { Action::OOff } else { Action::OOn }).unwrap();
    }

    pub(crate) fn type_in(&self, text: &str) {
        (&self.master).write_all(text.as_bytes()).unwrap();
    }

    /// Everything that was written since the last call. What a write put there is readable a moment later only.
    pub(crate) fn take(&self) -> String {
        let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
        loop {
            match (&self.master).read(&mut chunk) {
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return String::from_utf8_lossy(&bytes).into_owned(),
                Err(e) => panic!("{e}"),
            }
        }
    }

    /// What was written, when it ends like this.
    pub(crate) fn take_until(&self, end: &str) -> String {
        let mut text = String::new();
        until(end, || {
            text += &self.take();
            text.ends_with(end)
        });
        text
    }

    pub(crate) fn is_cooked(&self) -> bool {
        tcgetattr(&self.tty).unwrap().local_modes.contains(LocalModes::ICANON)
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < SOON, "waited in vain for: {what:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}
