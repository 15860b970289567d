//! Taking the terminal and giving it back: raw mode, the second screen, pasting in brackets, no cursor, the window's title.
//! Taken by `screen`; given back by whoever comes first of its end, a panic, the watchdog and a suspension. Giving back waits
//! a moment for a terminal that takes nothing, and never longer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use super::TermError;
use super::tty::Tty;

/// How long a terminal may take to accept what enters it, and what leaves it.
const ENTER: Duration = Duration::from_secs(1);
const LEAVE: Duration = Duration::from_millis(200);

const TITLE: u8 = 1;
const SCREEN: u8 = 2;
const PASTE: u8 = 4;
const CURSOR: u8 = 8;
const MOUSE: u8 = 16;
/// How each is done and undone; undone from the last to the first.
const STEPS: [(u8, &str, &str); 4] = [
    (TITLE, "\x1b[22;0t", "\x1b[23;0t"),
    (SCREEN, "\x1b[?1049h", "\x1b[?1049l"),
    (PASTE, "\x1b[?2004h", "\x1b[?2004l"),
    (CURSOR, "\x1b[?25l", "\x1b[?25h"),
];
/// Presses and the wheel only: reports of every motion would wake the console up for nothing.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
/// Ends a frame that is shown at once, whether or not one is open.
const FRAME_END: &str = "\x1b[?2026l";
/// Ends a sequence of which the terminal has a part only.
const CANCEL: &str = "\x18";

/// What was done to the terminal of this process, and so has to be undone.
struct Held {
    tty: Option<Tty>,
    /// Its modes as they were found.
    before: Option<Termios>,
    steps: u8,
}

static HELD: Mutex<Held> = Mutex::new(Held { tty: None, before: None, steps: 0 });
/// The terminal has a part of a frame.
static UNFINISHED: AtomicBool = AtomicBool::new(false);

/// The terminal is taken while this lives; dropped, it is given back.
#[derive(Debug)]
pub struct Guard {
    title: bool,
}

impl Guard {
    /// Takes the terminal. `title` says that the window's title will be changed, so that it is kept and put back.
    ///
    /// # Errors
    /// When its modes cannot be changed or it takes no bytes; whatever was done is undone then.
    pub fn enter(tty: &Tty, title: bool) -> Result<Self, TermError> {
        let mut held = held();
        if held.is_taken() {
            return Err(TermError::Taken);
        }
        held.tty = Some(tty.clone());
        held.enter(title)?;
        Ok(Self { title })
    }

    /// Takes it once more, after it was given back for a while or after somebody else may have changed it.
    pub(super) fn enter_again(&self) -> Result<(), TermError> {
        held().enter(self.title)
    }

    /// True until it is given back.
    pub(super) fn is_taken(&self) -> bool {
        held().is_taken()
    }

    /// The sequence that turns the mouse on or off, which giving back then undoes.
    pub(super) fn mouse(&self, on: bool) -> &'static str {
        let mut held = held();
        held.steps = if on { held.steps | MOUSE } else { held.steps & !MOUSE };
        if on { MOUSE_ON } else { MOUSE_OFF }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

impl Held {
    fn is_taken(&self) -> bool {
        self.before.is_some()
    }

    fn enter(&mut self, title: bool) -> Result<(), TermError> {
        let done = self.try_enter(title);
        if done.is_err() {
            self.leave();
        }
        done
    }

    fn try_enter(&mut self, title: bool) -> Result<(), TermError> {
        let tty = self.tty.clone().ok_or(TermError::Left)?;
        let modes = tcgetattr(&tty).map_err(|e| TermError::Modes(e.into()))?;
        let mut raw = modes.clone();
        // Found raw by a process that was stopped and went on, it is not what the operator had.
        self.before.get_or_insert(modes);
        raw.make_raw();
        tcsetattr(&tty, OptionalActions::Now, &raw).map_err(|e| TermError::Modes(e.into()))?;
        let mut text = String::new();
        for (step, on, _) in STEPS {
            // A title that is pushed twice needs two pops.
            let wanted = step != TITLE || (title && self.steps & TITLE == 0);
            if wanted {
                text.push_str(on);
                self.steps |= step;
            }
        }
        tty.write_all(text.as_bytes(), ENTER).map_err(TermError::Write)
    }

    /// Undoes everything, as far as the terminal lets it.
    fn leave(&mut self) {
        let steps = std::mem::take(&mut self.steps);
        let before = self.before.take();
        let Some(tty) = &self.tty else { return };
        if steps != 0 {
            let text = leaving(steps, UNFINISHED.swap(false, Ordering::SeqCst));
            tty.write_all(text.as_bytes(), LEAVE).ok();
        }
        if let Some(before) = before {
            tcsetattr(tty, OptionalActions::Now, &before).ok();
        }
    }
}

/// What undoes these steps.
fn leaving(steps: u8, unfinished: bool) -> String {
    let mut text = String::new();
    if unfinished {
        text.push_str(CANCEL);
    }
    text.push_str(FRAME_END);
    if steps & MOUSE != 0 {
        text.push_str(MOUSE_OFF);
    }
    for (_, _, off) in STEPS.iter().rev().filter(|(step, ..)| steps & step != 0) {
        text.push_str(off);
    }
    text
}

/// Gives the terminal back: no mouse, no brackets around what is pasted, the first screen, the cursor, the old title, the
/// modes as they were found. From any thread, any number of times; without a terminal taken it does nothing.
pub fn restore() {
    held().leave();
}

/// From now on a panic gives the terminal back, and keeps the last minutes of the session, before the hook that is installed now tells of it. Install that one (a report
/// for people) first.
pub fn install_panic_hook() {
    let next = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        restore();
        crate::console::record::at_panic();
        next(panic);
    }));
}

/// Remembers whether the terminal has a part of a frame, for the one who gives it back.
pub(super) fn set_unfinished(unfinished: bool) {
    UNFINISHED.store(unfinished, Ordering::SeqCst);
}

fn held() -> MutexGuard<'static, Held> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
