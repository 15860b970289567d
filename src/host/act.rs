//! One act on its way: what is to be done next for it, by what its process does. Pure.

use super::clock::words;
use super::machine::{Machine, Why};
use crate::core::model::ProcessMode;
use crate::core::plan::Action;
use crate::wire::host::HostOutcome;

/// An act that has begun.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) action: Action,
    pub(super) mode: ProcessMode,
    /// By the steady clock, in milliseconds.
    pub(super) deadline: u64,
    /// How long it was given, in milliseconds.
    pub(super) limit: u64,
    /// A start stops what runs in the other mode first.
    pub(super) by_hand: bool,
    /// It has told its process to start, or to stop.
    told: bool,
}

/// What is to be done for an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing; something has to happen first.
    Wait,
    /// Start the process.
    Start,
    /// Stop it.
    Stop(Why),
    /// It has an end.
    End(HostOutcome),
    /// It has an end, and the process is to be stopped.
    GiveUp(Why, HostOutcome),
}

impl Act {
    pub(super) fn new(action: Action, mode: ProcessMode, deadline: u64, limit: u64, by_hand: bool) -> Self {
        Self { action, mode, deadline, limit, by_hand, told: false }
    }

    /// What is to be done now.
    pub(super) fn next(&mut self, machine: &Machine, now: u64) -> Next {
        let late = now >= self.deadline;
        match (self.action, self.told) {
            (Action::Start, true) => self.started(machine, late),
            (Action::Start, false) => self.start(machine, late),
            (Action::Stop, _) => self.stop(machine, late),
        }
    }

    fn start(&mut self, machine: &Machine, late: bool) -> Next {
        if machine.idle() && late {
            return failed("not started: no time was left");
        }
        if machine.idle() {
            self.told = true;
            return Next::Start;
        }
        let up = machine.running() || machine.starting();
        if machine.running() && machine.mode() == self.mode {
            return done(format!("was running already{}", pid(machine)));
        }
        if up && machine.mode() != self.mode {
            if self.by_hand && !late {
                return Next::Stop(Why::Asked);
            }
            return failed(format!("not started: it runs as the {} one; stop that first", machine.mode().word()));
        }
        if late { failed(format!("not started: what ran before has not ended ({})", machine.detail())) } else { Next::Wait }
    }

    fn started(&self, machine: &Machine, late: bool) -> Next {
        if machine.running() {
            return done(machine.detail());
        }
        if machine.idle() {
            return failed(machine.detail());
        }
        match (late, machine.starting()) {
            (false, _) => Next::Wait,
            (true, true) => {
                let detail = format!("not ready within {}: it is stopped again", words(self.limit));
                Next::GiveUp(Why::NotReady(self.limit), HostOutcome::Failed { detail })
            }
            (true, false) => failed(machine.detail()),
        }
    }

    fn stop(&mut self, machine: &Machine, late: bool) -> Next {
        if machine.idle() {
            return done(if self.told { machine.detail() } else { "was not running".to_owned() });
        }
        if machine.mode() != self.mode {
            return done("was not running in this mode");
        }
        if machine.running() || machine.starting() {
            self.told = true;
            return Next::Stop(Why::Asked);
        }
        // What is on its way down already is waited for.
        self.told = true;
        if late { failed(format!("has not ended within {}: {}", words(self.limit), machine.detail())) } else { Next::Wait }
    }
}

fn done(detail: impl Into<String>) -> Next {
    Next::End(HostOutcome::Done { detail: detail.into() })
}

fn failed(detail: impl Into<String>) -> Next {
    Next::End(HostOutcome::Failed { detail: detail.into() })
}

fn pid(machine: &Machine) -> String {
    machine.pid().map_or(String::new(), |pid| format!(", pid {pid}"))
}

#[cfg(test)]
mod tests;
