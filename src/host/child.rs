//! The moment between the service and a process: executed as `PROGRAM host child --parent PID -- ARGV...`, it ties itself to
//! the life of the service, leaves its session, and becomes the process. No shell, no fork.

use super::members::pid;
use rustix::process::{Signal, getppid, set_parent_process_death_signal, setsid};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Becomes `command`; returns only where that fails, with why in a sentence.
#[must_use]
pub fn child(parent: u32, command: &[OsString]) -> String {
    let Some((program, arguments)) = command.split_first() else { return "there is nothing to execute".to_owned() };
    if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
        return format!("cannot be tied to the life of the host service: {error}");
    }
    // It may have ended before the line above.
    if getppid() != pid(parent) {
        return "the host service has ended meanwhile".to_owned();
    }
    if let Err(error) = setsid() {
        return format!("cannot have a session of its own: {error}");
    }
    let error = Command::new(program).args(arguments).exec();
    format!("{} cannot be executed: {error}", program.display())
}
