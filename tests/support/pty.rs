//! A terminal that a test holds in its hand: a program runs in a real pseudo-terminal, what it draws is kept as cells, and
//! the test types, resizes and hangs up. It answers no question that the program asks, as the worst terminals do not.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::num::NonZeroU16;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetpgrp, tcgetsid, tcsetwinsize};

use super::wait;

mod keys;
mod seen;

use seen::Seen;

/// A deadline for what a program draws, on a machine that is busy.
const SOON: Duration = Duration::from_secs(20);

/// A program in a terminal. Dropped, the terminal hangs up and the program's process group is killed.
pub struct Pty {
    child: Child,
    ended: Option<ExitStatus>,
    line: Option<Line>,
    seen: Arc<Mutex<Seen>>,
    mark: usize,
}

/// The test's end of the terminal: closing it is the hang-up.
struct Line {
    master: Arc<File>,
    wake: UnixStream,
    mute: Arc<AtomicBool>,
    reader: JoinHandle<()>,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What stands in it; empty for nothing.
    pub text: String,
    /// Its colours.
    pub fg: vt100::Color,
    pub bg: vt100::Color,
    /// Its attributes.
    pub bold: bool,
    pub dim: bool,
    pub underline: bool,
    pub inverse: bool,
}

/// Printed as it looks, for failed tests.
struct Look(String);

impl Pty {
    /// Starts a program in a new terminal of this size, as the leader of a session of its own. The environment is that of
    /// the test, without what tells of the test's own terminal, with `TERM=xterm-256color`, and then with `env`.
    #[track_caller]
    pub fn spawn(program: impl AsRef<Path>, args: &[&str], env: &[(&str, &str)], cols: u16, rows: u16) -> Self {
        let mut command = Command::new(program.as_ref());
        for name in ["TMUX", "STY", "COLORTERM", "NO_COLOR", "CLICOLOR_FORCE", "LINES", "COLUMNS", "TERM_PROGRAM", "SSH_TTY"] {
            command.env_remove(name);
        }
        command.args(args).env("TERM", "xterm-256color").env("LANG", "C.UTF-8").envs(env.iter().copied());
        Self::spawn_command(&command, cols, rows)
    }

    /// Starts a command in a new terminal; its environment and folder are taken over.
    #[track_caller]
    pub fn spawn_command(command: &Command, cols: u16, rows: u16) -> Self {
        let (master, slave) = open(cols, rows);
        // Makes the session and its terminal, and becomes the program: the pid stays.
        let mut starter = Command::new("setsid");
        starter.arg("--ctty").arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => starter.env(name, value),
                None => starter.env_remove(name),
            };
        }
        starter.current_dir(command.get_current_dir().unwrap_or(Path::new(".")));
        starter.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
        let child = starter.spawn().unwrap_or_else(|e| panic!("setsid {:?}: {e}", command.get_program()));
        // The starter holds the program's end open, and so would keep the test from seeing its end.
        drop(starter);
        let (rows, cols) = (NonZeroU16::new(rows).unwrap(), NonZeroU16::new(cols).unwrap());
        let seen = Arc::new(Mutex::new(Seen::new(rows, cols)));
        Self { child, ended: None, line: Some(Line::read_into(master, &seen)), seen, mark: 0 }
    }

    /// The program's pid.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Types this text, byte by byte as it is.
    #[track_caller]
    pub fn send(&self, text: &str) {
        let line = self.line.as_ref().expect("the terminal hung up");
        let mut left = text.as_bytes();
        wait::until("the terminal takes what is typed", SOON, || {
            match (&*line.master).write(left) {
                Ok(count) => left = &left[count..],
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                Err(e) => panic!("typing: {e}"),
            }
            left.is_empty()
        });
    }

    /// Presses keys by name: a character, or `enter`, `esc`, `ctrl-c`, `alt-x`, `shift-tab`, `up`, `f1` and so on.
    #[track_caller]
    pub fn keys(&self, names: &[&str]) {
        for name in names {
            self.send(&keys::key(name));
        }
    }

    /// Pastes a text, in brackets if the program wants them.
    #[track_caller]
    pub fn paste(&self, text: &str) {
        let bracketed = self.seen().screen().bracketed_paste();
        self.send(&if bracketed { format!("\x1b[200~{text}\x1b[201~") } else { text.to_owned() });
    }

    /// Waits until the screen is as wanted; a failure shows what was on it.
    #[track_caller]
    pub fn wait_for(&self, what: &str, good: impl FnMut(&vt100::Screen) -> bool) {
        self.wait_within(what, SOON, good);
    }

    /// As [`Pty::wait_for`], with a deadline.
    #[track_caller]
    pub fn wait_within(&self, what: &str, within: Duration, mut good: impl FnMut(&vt100::Screen) -> bool) {
        let look = || {
            let seen = self.seen();
            let screen = seen.screen();
            (good(screen), Look(text(screen)))
        };
        wait::until_value(what, within, look, |(good, _)| *good);
    }

    /// Waits until this text is somewhere on the screen, within one row.
    #[track_caller]
    pub fn wait_text(&self, wanted: &str) {
        self.wait_for(&format!("{wanted:?} on the screen"), |screen| text(screen).contains(wanted));
    }

    /// The screen: a line a row, without the blanks at their ends.
    pub fn text(&self) -> String {
        text(self.seen().screen())
    }

    /// One row, from 0, without the blanks at its end.
    pub fn row(&self, row: u16) -> String {
        self.text().lines().nth(row.into()).unwrap_or_default().to_owned()
    }

    /// True when this text is on the screen, within one row.
    pub fn contains(&self, wanted: &str) -> bool {
        self.text().contains(wanted)
    }

    /// The row and column of the first place where this text stands.
    pub fn find(&self, wanted: &str) -> Option<(u16, u16)> {
        let text = self.text();
        let (row, line) = text.lines().enumerate().find(|(_, line)| line.contains(wanted))?;
        let column = line.split(wanted).next()?.chars().count();
        Some((u16::try_from(row).ok()?, u16::try_from(column).ok()?))
    }

    /// One cell, by row and column from 0.
    #[track_caller]
    pub fn cell(&self, row: u16, column: u16) -> Cell {
        let seen = self.seen();
        let cell = seen.screen().cell(row, column).unwrap_or_else(|| panic!("there is no cell {row},{column}"));
        Cell {
            text: cell.contents().to_owned(),
            fg: cell.fgcolor(),
            bg: cell.bgcolor(),
            bold: cell.bold(),
            dim: cell.dim(),
            underline: cell.underline(),
            inverse: cell.inverse(),
        }
    }

    /// Looks at the terminal itself: which screen, cursor, modes.
    pub fn screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.seen().screen())
    }

    /// True while what is typed is shown and edited by the system: the program does not have the terminal in raw mode.
    pub fn is_cooked(&self) -> bool {
        let line = self.line.as_ref().expect("the terminal hung up");
        let modes = rustix::termios::tcgetattr(&*line.master).unwrap();
        modes.local_modes.contains(rustix::termios::LocalModes::ICANON)
    }

    /// From here on [`Pty::bytes_since_mark`] counts.
    pub fn mark(&mut self) {
        let mark = self.seen().bytes().len();
        self.mark = mark;
    }

    /// The bytes that the program wrote since the mark, as the terminal got them.
    pub fn bytes_since_mark(&self) -> Vec<u8> {
        self.seen().bytes()[self.mark..].to_vec()
    }

    /// The window gets another size, which the program is told.
    #[track_caller]
    pub fn resize(&self, cols: u16, rows: u16) {
        let (height, width) = (NonZeroU16::new(rows).unwrap(), NonZeroU16::new(cols).unwrap());
        // The cells first: the program may draw before this returns.
        self.seen().resize(height, width);
        let line = self.line.as_ref().expect("the terminal hung up");
        tcsetwinsize(&*line.master, size(cols, rows)).unwrap();
    }

    /// The window says that it has no cell at all, as some do while they are made.
    pub fn resize_to_nothing(&self) {
        let line = self.line.as_ref().expect("the terminal hung up");
        tcsetwinsize(&*line.master, size(0, 0)).unwrap();
    }

    /// Nothing is read from the program any more, as when a link stalls, until it is `false` again.
    pub fn stall(&mut self, stalled: bool) {
        let line = self.line.as_mut().expect("the terminal hung up");
        line.mute.store(stalled, Ordering::SeqCst);
        line.wake.write_all(&[1]).unwrap();
    }

    /// The window is closed, or the connection lost.
    pub fn hang_up(&mut self) {
        if let Some(line) = self.line.take() {
            drop(line.wake);
            line.reader.join().unwrap();
            // The last one that holds the master.
            assert_eq!(Arc::strong_count(&line.master), 1);
        }
    }

    /// Sends a signal to the program itself.
    #[track_caller]
    pub fn signal(&mut self, signal: Signal) {
        if self.status().is_none() {
            kill_process(self.group(), signal).unwrap();
        }
    }

    /// How the program ended, when it has.
    pub fn status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().unwrap();
        }
        self.ended
    }

    /// Waits for it to end by itself.
    #[track_caller]
    pub fn wait_exit(&mut self, within: Duration) -> ExitStatus {
        wait::until_some("the end of the program in the terminal", within, || self.status())
    }

    /// The state of the process as the kernel calls it: `S` sleeps, `T` is stopped, `R` runs.
    pub fn state(&self) -> char {
        self.stat().chars().next().unwrap_or('X')
    }

    /// How much processor time it has used so far, in ticks of 10 ms.
    pub fn cpu_ticks(&self) -> u64 {
        self.stat().split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
    }

    /// How often its threads have gone to sleep so far, which is how often they were woken up.
    pub fn sleeps(&self) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).into_iter().flatten().flatten();
        let status = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok());
        let count = |text: String| text.lines().find_map(|l| l.strip_prefix("voluntary_ctxt_switches:")?.trim().parse::<u64>().ok());
        status.filter_map(count).sum()
    }

    /// The fields of its line in /proc from the state on.
    fn stat(&self) -> String {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        stat.rsplit_once(") ").map(|(_, fields)| fields.to_owned()).unwrap_or_default()
    }

    fn group(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // A shell puts each job into a group of its own; the one in front is ours when the session is.
        let front = self.line.as_ref().and_then(|line| {
            let ours = tcgetsid(&*line.master).ok() == Some(self.group());
            ours.then(|| tcgetpgrp(&*line.master).ok()).flatten()
        });
        if self.ended.is_none() {
            for group in front.into_iter().chain([self.group()]) {
                kill_process_group(group, Signal::KILL).ok();
            }
            self.child.wait().ok();
        }
        if std::thread::panicking() {
            eprintln!("--- the terminal of pid {}\n{}", self.pid(), self.text());
        }
        self.hang_up();
    }
}

impl Line {
    fn read_into(master: File, seen: &Arc<Mutex<Seen>>) -> Self {
        let (wake, woken) = UnixStream::pair().unwrap();
        let (master, mute, seen) = (Arc::new(master), Arc::new(AtomicBool::new(false)), seen.clone());
        let (from, muted) = (master.clone(), mute.clone());
        let reader = std::thread::spawn(move || read(&from, woken, &muted, &seen));
        Self { master, wake, mute, reader }
    }
}

/// Reads what the program writes until the other end of `woken` is closed.
fn read(master: &File, mut woken: UnixStream, mute: &AtomicBool, seen: &Mutex<Seen>) {
    let mut chunk = [0; 16 * 1024];
    let mut open = true;
    loop {
        let mut files = vec![PollFd::new(&woken, PollFlags::IN)];
        if open && !mute.load(Ordering::SeqCst) {
            files.push(PollFd::from_borrowed_fd(master.as_fd(), PollFlags::IN));
        }
        poll(&mut files, None).ok();
        let (woke, wrote) = (!files[0].revents().is_empty(), files.get(1).is_some_and(|file| !file.revents().is_empty()));
        if woke && woken.read(&mut [0]).unwrap_or(0) == 0 {
            return;
        }
        // Asked again: it may have become so while this waited.
        if wrote && !mute.load(Ordering::SeqCst) {
            match (&*master).read(&mut chunk) {
                Ok(count) if count > 0 => {
                    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                    seen.take(&chunk[..count]);
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => {}
                // Nobody has the other end open any more, and nobody will.
                _ => open = false,
            }
        }
    }
}

fn open(cols: u16, rows: u16) -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK).unwrap();
    tcsetwinsize(&master, size(cols, rows)).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    let noctty = OFlags::NOCTTY.bits().cast_signed();
    let slave = OpenOptions::new().read(true).write(true).custom_flags(noctty).open(name).unwrap();
    (File::from(master), slave)
}

fn size(cols: u16, rows: u16) -> Winsize {
    Winsize { ws_col: cols, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 }
}

fn text(screen: &vt100::Screen) -> String {
    let (_, cols) = screen.size();
    screen.rows(0, cols.get()).map(|row| row.trim_end().to_owned() + "\n").collect()
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{}", self.0)
    }
}
