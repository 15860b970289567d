//! The helpers keep their promises: a wait names what it waited for, a program ends with its guard.

use std::process::Command;
use std::time::Duration;

use rustix::process::Signal;

use crate::support::{proc, wait};

#[test]
fn a_wait_that_runs_out_names_the_condition_and_what_was_seen_last() {
    let mut looks = 0;
    let count = || {
        looks += 1;
        looks.min(3)
    };
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait::until_value("four sheep", Duration::from_millis(30), count, |seen| *seen == 4);
    }));
    let message = *failed.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("in vain for: four sheep; last seen: 3"), "{message}");
}

#[test]
fn a_wait_ends_as_soon_as_the_condition_holds() {
    let mut looks = 0;
    let found = wait::until_some("the third look", Duration::from_secs(5), || {
        looks += 1;
        (looks == 3).then_some(looks)
    });
    assert_eq!(found, 3);
}

#[test]
fn a_program_and_what_it_started_end_with_their_guard() {
    let dir = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "sleep 1000 & echo $!; wait"]);
    let child = proc::Child::spawn("shell", &mut shell, dir.path());
    let sleeper: u32 = wait::until_some("the shell's line", Duration::from_secs(5), || child.stdout().trim().parse().ok());
    assert!(proc::start_time(sleeper).is_some());
    drop(child);
    // Nobody of this test reaps the orphan: it is gone, or waits for that.
    wait::until("the end of the sleeper", Duration::from_secs(5), || {
        std::fs::read_to_string(format!("/proc/{sleeper}/stat")).map_or(true, |stat| stat.contains(") Z "))
    });
}

#[test]
fn the_end_of_a_program_is_told_with_its_cause_and_its_output() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = proc::Child::spawn("cat", Command::new("sh").args(["-c", "echo out; echo err >&2; exec sleep 1000"]), dir.path());
    wait::until("both lines", Duration::from_secs(5), || child.stdout() == "out\n" && child.stderr() == "err\n");
    assert!(child.status().is_none());
    child.signal(Signal::TERM);
    assert!(proc::ended_by(child.ends_within(Duration::from_secs(5)), Signal::TERM));
}
