//! One process from its start to the proof of its end, as a machine of states. Pure: events in, effects out.
//!
//! Its owner (`owner`) carries the effects out, and brings back what came of them. What is said of a process is made here,
//! so that nothing is called stopped while one of its processes is left.

use super::clock::{millis, words};
use super::exit::Exit;
use crate::core::fact::State;
use crate::core::model::ProcessMode;
use crate::core::model::Ready;
use std::time::Duration;

/// Between two looks at what is left of a process that ends, in milliseconds: at first, and at most.
const LOOKS: (u64, u64) = (10, 100);
/// So many looks one after the other have to find nothing: a process that forks while it is looked for may be missed once.
const NOTHING: u32 = 2;
/// The most pids that are told.
const MOST_PIDS: usize = 5;

/// Why a process goes down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Somebody said so.
    Asked,
    /// Its start took longer than this, in milliseconds.
    NotReady(u64),
    /// It ended by itself.
    Ended(Exit),
    /// No monitor was heard for so many milliseconds.
    Unheard(u64),
    /// The host service ends.
    Service,
    /// An earlier life of the host service left it.
    Earlier,
}

/// What happens to a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// It is to run.
    Start {
        /// In this mode.
        mode: ProcessMode,
        /// The identifier of this start.
        invocation: String,
    },
    /// Its first process runs.
    Launched(u32),
    /// It could not be executed.
    NotLaunched(String),
    /// It said that it is ready.
    Ready,
    /// Its first process ended.
    Exited(Exit),
    /// These are left of it.
    Left(Vec<u32>),
    /// What is left of it cannot be seen.
    Unseen(String),
    /// It is to end.
    Stop(Why),
    /// Time went by.
    Tick,
}

/// What is to be done for a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Execute it.
    Launch,
    /// Look which processes of it are left.
    Look,
    /// The same, and tell each to end.
    Terminate,
    /// The same, and kill each.
    Kill,
    /// Nothing of it is left: its pid may be given away.
    Release,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Idle { state: State, detail: String },
    Launching { stop: Option<Why> },
    Starting { pid: u32, since: u64 },
    Running { pid: u32 },
    Stopping(Stopping),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Stopping {
    why: Why,
    /// The first process, until it has ended.
    pid: Option<u32>,
    since: u64,
    kill_at: u64,
    killed: bool,
    look_at: Option<u64>,
    pause: u64,
    left: Vec<u32>,
    /// Something was found.
    found: bool,
    /// Looks since something was found.
    empty: u32,
    unseen: Option<String>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Machine {
    ready: Ready,
    stop_timeout: u64,
    phase: Phase,
    mode: ProcessMode,
    invocation: Option<String>,
}

impl Machine {
    /// One that has not run, as far as is known: what an earlier life of the service left is looked for first.
    pub(super) fn new(ready: Ready, stop_timeout: Duration, now: u64) -> (Self, Vec<Effect>) {
        let idle = Phase::Idle { state: State::Inactive, detail: "not started since the host service began".to_owned() };
        let mut machine = Self { ready, stop_timeout: millis(stop_timeout), phase: idle, mode: ProcessMode::Active, invocation: None };
        machine.go_down(Why::Earlier, None, now);
        (machine, vec![Effect::Terminate])
    }

    /// The mode that it runs in, or ran in last.
    pub(super) fn mode(&self) -> ProcessMode {
        self.mode
    }

    /// The identifier of its last start.
    pub(super) fn invocation(&self) -> Option<&String> {
        self.invocation.as_ref()
    }

    /// Its first process, while that has not ended.
    pub(super) fn pid(&self) -> Option<u32> {
        match &self.phase {
            Phase::Starting { pid, .. } | Phase::Running { pid } => Some(*pid),
            Phase::Stopping(stopping) => stopping.pid,
            Phase::Idle { .. } | Phase::Launching { .. } => None,
        }
    }

    /// Nothing of it runs.
    pub(super) fn idle(&self) -> bool {
        matches!(self.phase, Phase::Idle { .. })
    }

    /// It is ready.
    pub(super) fn running(&self) -> bool {
        matches!(self.phase, Phase::Running { .. })
    }

    /// It is on its way up.
    pub(super) fn starting(&self) -> bool {
        matches!(self.phase, Phase::Starting { .. } | Phase::Launching { stop: None })
    }

    /// What is said of it, in its mode.
    pub(super) fn state(&self) -> State {
        match &self.phase {
            Phase::Idle { state, .. } => *state,
            Phase::Launching { stop: None } | Phase::Starting { .. } => State::Starting,
            Phase::Running { .. } => State::Active,
            Phase::Launching { stop: Some(_) } | Phase::Stopping(_) => State::Stopping,
        }
    }

    /// In words.
    pub(super) fn detail(&self) -> String {
        match &self.phase {
            Phase::Idle { detail, .. } => detail.clone(),
            Phase::Launching { stop: None } => "starting".to_owned(),
            Phase::Launching { stop: Some(_) } => "stopping".to_owned(),
            Phase::Starting { pid, .. } => format!("starting, pid {pid}"),
            Phase::Running { pid } => format!("running, pid {pid}"),
            Phase::Stopping(stopping) => stopping.words(),
        }
    }

    /// When [`Event::Tick`] is due.
    pub(super) fn due(&self) -> Option<u64> {
        match &self.phase {
            Phase::Starting { since, .. } => match self.ready {
                Ready::Lives(length) => Some(since.saturating_add(millis(length))),
                Ready::Notify => None,
            },
            // While a look is under way nothing is due: its answer says how it goes on.
            Phase::Stopping(stopping) => stopping.look_at,
            Phase::Idle { .. } | Phase::Launching { .. } | Phase::Running { .. } => None,
        }
    }

    /// Takes an event; one that does not fit to the state changes nothing.
    pub(super) fn apply(&mut self, event: Event, now: u64) -> Vec<Effect> {
        match event {
            Event::Start { mode, invocation } if self.idle() => {
                (self.mode, self.invocation) = (mode, Some(invocation));
                self.phase = Phase::Launching { stop: None };
                vec![Effect::Launch]
            }
            Event::Launched(pid) => self.launched(pid, now),
            Event::NotLaunched(why) if matches!(self.phase, Phase::Launching { .. }) => {
                self.phase = Phase::Idle { state: State::Failed, detail: why };
                Vec::new()
            }
            Event::Ready => self.is_ready(),
            Event::Exited(exit) => self.exited(exit, now),
            Event::Left(pids) => self.left(pids, now),
            Event::Unseen(why) => self.unseen(why, now),
            Event::Stop(why) => self.stop(why, now),
            Event::Tick => self.tick(now),
            Event::Start { .. } | Event::NotLaunched(_) => Vec::new(),
        }
    }

    fn launched(&mut self, pid: u32, now: u64) -> Vec<Effect> {
        match self.phase {
            Phase::Launching { stop: None } => {
                self.phase = Phase::Starting { pid, since: now };
                Vec::new()
            }
            Phase::Launching { stop: Some(why) } => {
                self.go_down(why, Some(pid), now);
                vec![Effect::Terminate]
            }
            _ => Vec::new(),
        }
    }

    fn is_ready(&mut self) -> Vec<Effect> {
        if let Phase::Starting { pid, .. } = self.phase {
            self.phase = Phase::Running { pid };
        }
        Vec::new()
    }

    fn exited(&mut self, exit: Exit, now: u64) -> Vec<Effect> {
        match &mut self.phase {
            Phase::Starting { .. } | Phase::Running { .. } => {
                self.go_down(Why::Ended(exit), None, now);
                // What it leaves behind is of no use without it, and must not keep the other side from starting.
                vec![Effect::Terminate]
            }
            Phase::Stopping(stopping) => {
                stopping.pid = None;
                // Looked at once: most often nothing is left.
                stopping.look_at = stopping.look_at.map(|at| at.min(now));
                Vec::new()
            }
            Phase::Idle { .. } | Phase::Launching { .. } => Vec::new(),
        }
    }

    fn stop(&mut self, why: Why, now: u64) -> Vec<Effect> {
        match &mut self.phase {
            Phase::Starting { pid, .. } | Phase::Running { pid } => {
                let pid = *pid;
                self.go_down(why, Some(pid), now);
                vec![Effect::Terminate]
            }
            Phase::Launching { stop } => {
                stop.get_or_insert(why);
                Vec::new()
            }
            Phase::Idle { .. } | Phase::Stopping(_) => Vec::new(),
        }
    }

    fn go_down(&mut self, why: Why, pid: Option<u32>, now: u64) {
        let kill_at = now.saturating_add(self.stop_timeout);
        let (left, pause) = (Vec::new(), LOOKS.0);
        let stopping =
            Stopping { why, pid, since: now, kill_at, killed: false, look_at: None, pause, left, found: false, empty: 0, unseen: None };
        self.phase = Phase::Stopping(stopping);
    }

    fn tick(&mut self, now: u64) -> Vec<Effect> {
        if self.due().is_none_or(|due| now < due) {
            return Vec::new();
        }
        match &mut self.phase {
            Phase::Starting { .. } => self.is_ready(),
            Phase::Stopping(stopping) => {
                stopping.look_at = None;
                let kill = now >= stopping.kill_at;
                stopping.killed |= kill && (stopping.pid.is_some() || !stopping.left.is_empty());
                vec![if kill { Effect::Kill } else { Effect::Look }]
            }
            Phase::Idle { .. } | Phase::Launching { .. } | Phase::Running { .. } => Vec::new(),
        }
    }

    fn left(&mut self, pids: Vec<u32>, now: u64) -> Vec<Effect> {
        let Phase::Stopping(stopping) = &mut self.phase else { return Vec::new() };
        stopping.empty = if pids.is_empty() { stopping.empty.saturating_add(1) } else { 0 };
        stopping.found |= !pids.is_empty();
        (stopping.left, stopping.unseen) = (pids, None);
        if stopping.pid.is_none() && stopping.empty >= NOTHING {
            let (state, detail) = stopping.end();
            self.phase = Phase::Idle { state, detail };
            return vec![Effect::Release];
        }
        stopping.look_again(now);
        Vec::new()
    }

    fn unseen(&mut self, why: String, now: u64) -> Vec<Effect> {
        if let Phase::Stopping(stopping) = &mut self.phase {
            (stopping.unseen, stopping.empty) = (Some(why), 0);
            stopping.look_again(now);
        }
        Vec::new()
    }
}

impl Stopping {
    fn look_again(&mut self, now: u64) {
        // Where nothing was found the second look follows at once.
        let at = if self.empty > 0 && self.pid.is_none() { now } else { now.saturating_add(self.pause) };
        self.pause = (self.pause * 2).min(LOOKS.1);
        self.look_at = Some(if now < self.kill_at { at.min(self.kill_at) } else { at });
    }

    fn words(&self) -> String {
        if let Some(why) = &self.unseen {
            return format!("stopping; what is left of it cannot be seen: {why}");
        }
        let killed = if self.killed { ", killed" } else { "" };
        match (&self.why, self.pid) {
            (_, Some(pid)) => format!("stopping, pid {pid}{killed}"),
            (Why::Earlier, None) if self.left.is_empty() => "looking for what an earlier life of the host service left".to_owned(),
            (Why::Ended(exit), None) if self.left.is_empty() => format!("ended: {exit}"),
            (_, None) if self.left.is_empty() => format!("stopping{killed}"),
            (Why::Earlier, None) => format!("left by an earlier life of the host service: {}{killed}", self.pids()),
            (_, None) => format!("ended, but {}{killed}", self.pids()),
        }
    }

    fn pids(&self) -> String {
        let pids: Vec<String> = self.left.iter().take(MOST_PIDS).map(u32::to_string).collect();
        let more = if self.left.len() > MOST_PIDS { ", …" } else { "" };
        let run = if self.left.len() == 1 { "runs" } else { "run" };
        format!("{} of its processes still {run} (pid {}{more})", self.left.len(), pids.join(", "))
    }

    fn end(&self) -> (State, String) {
        let after = if self.killed { format!("; killed after {}", words(self.kill_at.saturating_sub(self.since))) } else { String::new() };
        match self.why {
            Why::Asked => (State::Inactive, format!("stopped{after}")),
            Why::NotReady(limit) => (State::Failed, format!("not ready within {}{after}", words(limit))),
            Why::Ended(Exit::Code(0)) => (State::Inactive, "ended by itself, with exit code 0".to_owned()),
            Why::Ended(exit) => (State::Failed, exit.to_string()),
            Why::Unheard(length) => (State::Inactive, format!("stopped by its host: no monitor heard for {}{after}", words(length))),
            Why::Service => (State::Inactive, "stopped, since the host service ends".to_owned()),
            Why::Earlier if !self.found => (State::Inactive, "not started since the host service began".to_owned()),
            Why::Earlier => (State::Inactive, format!("stopped: an earlier life of the host service had left it{after}")),
        }
    }
}

#[cfg(test)]
mod tests;
