use rustix::process::{Signal as Sent, getpid, kill_process};
use tokio::time::timeout;

use super::*;
use crate::console::term::testing::{Line, SOON};

#[tokio::test]
async fn each_signal_comes_under_its_name() {
    let line = Line::new(80, 24);
    let mut signals = Signals::start(&line.tty).unwrap();
    for (sent, wanted) in
        [(Sent::TERM, Signal::Terminate), (Sent::QUIT, Signal::Terminate), (Sent::INT, Signal::Interrupt), (Sent::CONT, Signal::Continued)]
    {
        kill_process(getpid(), sent).unwrap();
        assert_eq!(timeout(SOON, signals.next()).await, Ok(wanted));
    }
}

// The watchdog ends the process 800 ms after these: each runs in a process of its own, which has ended before.
#[tokio::test]
async fn sighup_is_a_hang_up() {
    let line = Line::new(80, 24);
    let mut signals = Signals::start(&line.tty).unwrap();
    kill_process(getpid(), Sent::HUP).unwrap();
    assert_eq!(timeout(SOON, signals.next()).await, Ok(Signal::Hangup));
}

#[tokio::test]
async fn so_is_a_terminal_that_is_gone() {
    let Line { master, tty } = Line::new(80, 24);
    let mut signals = Signals::start(&tty).unwrap();
    drop(master);
    assert_eq!(timeout(SOON, signals.next()).await, Ok(Signal::Hangup));
}
