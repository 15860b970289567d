use std::sync::mpsc::{Receiver, channel};

use super::*;
use crate::console::term::testing::{Line, SOON};

/// A watchdog that tells what it does: `hangup`, then `end`.
fn watch(line: &Line, grace: Duration) -> (Watchdog, Receiver<&'static str>) {
    let (tell, told) = channel();
    let (hangup, end) = (tell.clone(), tell);
    let dog = Watchdog::start_with(&line.tty, grace, move || hangup.send("hangup").unwrap(), move || end.send("end").unwrap());
    (dog.unwrap(), told)
}

#[test]
fn a_hang_up_is_told_and_then_ended() {
    let line = Line::new(80, 24);
    let (_dog, told) = watch(&line, Duration::from_millis(20));
    line.type_in("typing is no hang-up\n");
    assert!(told.recv_timeout(Duration::from_millis(50)).is_err());
    drop(line.master);
    assert_eq!([told.recv_timeout(SOON), told.recv_timeout(SOON)], [Ok("hangup"), Ok("end")]);
}

#[test]
fn an_alarm_counts_as_a_hang_up_and_cannot_be_called_off() {
    let line = Line::new(80, 24);
    let (dog, told) = watch(&line, Duration::from_millis(20));
    dog.alarm();
    assert_eq!(told.recv_timeout(SOON), Ok("hangup"));
    dog.alarm();
    drop(dog);
    assert_eq!(told.recv_timeout(SOON), Ok("end"));
}

#[test]
fn a_watchdog_that_is_dropped_ends_nothing() {
    let line = Line::new(80, 24);
    let (dog, told) = watch(&line, Duration::ZERO);
    drop(dog);
    // Its thread is gone without a word: nobody is left who could send one.
    assert_eq!(told.recv_timeout(SOON), Err(std::sync::mpsc::RecvTimeoutError::Disconnected));
}
