//! The truth about the hosts: what has power, what runs, who may act there. Nothing here knows what the monitor believes.

use super::*;

/// Who has brought it about that a service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// An act of the monitor.
    Ours,
    /// Its host, at boot.
    Itself,
    /// A person on the host.
    Hand,
}

/// A change that a host is carrying out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Job {
    pub(super) action: Action,
    /// The order that asked for it.
    pub(super) order: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Unit {
    pub(super) running: bool,
    pub(super) failed: bool,
    pub(super) cause: Cause,
    /// When it last began or ceased to run, in microseconds.
    pub(super) since: u64,
    /// When it last did not run.
    pub(super) down: u64,
    /// When something was last done to it that was no act of the monitor.
    pub(super) disturbed: u64,
    pub(super) starts: u64,
    pub(super) job: Option<Job>,
    /// It starts with its host.
    pub(super) enabled: bool,
    /// So many of its next starts fail.
    pub(super) fragile: u64,
    /// It does not stop when it is asked to.
    pub(super) hangs: bool,
}

/// What a fence device does when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gear {
    Works,
    Fails,
    /// It says nothing, and does nothing.
    Silent,
    /// It works, and its answer is lost.
    Mute,
    /// It says nothing, and works later.
    Late,
}

#[derive(Debug, Clone)]
pub(super) struct Machine {
    pub(super) on: bool,
    pub(super) boot: u64,
    /// The record of its guard: it outlives a boot.
    pub(super) term: Term,
    pub(super) owner: u64,
    /// Sessions of the guard are numbered; what was sent through an older one is not carried out.
    pub(super) session: u64,
    /// The monitor reaches it.
    pub(super) link: bool,
    /// It answers the monitor in a way that nobody can use.
    pub(super) muddled: bool,
    pub(super) gear: Gear,
    /// When it was last off, or nobody could see it from elsewhere.
    pub(super) dark: u64,
    pub(super) units: BTreeMap<Instance, Unit>,
}

impl Unit {
    pub(super) fn new(running: bool, enabled: bool) -> Self {
        Self {
            running,
            failed: false,
            cause: Cause::Ours,
            since: 0,
            down: 0,
            disturbed: 0,
            starts: u64::from(running),
            job: None,
            enabled,
            fragile: 0,
            hangs: false,
        }
    }

    fn state(&self) -> ServiceState {
        match (self.job.map(|job| job.action), self.running) {
            (Some(Action::Start), _) => ServiceState::Starting,
            (Some(Action::Stop), _) => ServiceState::Stopping,
            (None, true) => ServiceState::Active,
            (None, false) if self.failed => ServiceState::Failed,
            (None, false) => ServiceState::Inactive,
        }
    }

    /// It runs from now on, or does not.
    pub(super) fn turn(&mut self, running: bool, cause: Cause, at: u64) {
        if self.running != running {
            self.since = at;
        }
        if running && !self.running {
            self.starts += 1;
            self.cause = cause;
        }
        if !(self.running && running) {
            self.down = at;
        }
        (self.running, self.failed) = (running, false);
    }
}

impl Machine {
    pub(super) fn new() -> Self {
        Self {
            on: true,
            boot: 1,
            term: Term(0),
            owner: 0,
            session: 0,
            link: true,
            muddled: false,
            gear: Gear::Works,
            dark: 0,
            units: BTreeMap::new(),
        }
    }

    /// The monitor gets an answer that it can use.
    pub(super) fn answers(&self) -> bool {
        self.on && self.link && !self.muddled
    }

    /// A guard takes the host under `term` for the monitor's life `owner`, or refuses.
    pub(super) fn take(&mut self, term: Term, owner: u64) -> Result<(), String> {
        if term < self.term || (term == self.term && owner != self.owner) {
            return Err(format!("it has been taken under term {}", self.term));
        }
        if term > self.term {
            self.session += 1;
        }
        (self.term, self.owner) = (term, owner);
        Ok(())
    }

    pub(super) fn fact(&self, instance: &Instance, source: crate::core::fact::Source) -> crate::core::fact::Fact {
        let unit = &self.units[instance];
        crate::core::fact::Fact {
            invocation: (unit.starts > 0).then(|| unit.starts.to_string()),
            enablement: if unit.enabled { "enabled" } else { "disabled" }.into(),
            source,
            boot_id: format!("boot {}", self.boot),
            ..fact(unit.state())
        }
    }

    pub(super) fn facts(&self) -> Vec<(crate::core::model::Service, crate::core::fact::Fact)> {
        self.units.keys().map(|i| (i.service.clone(), self.fact(i, crate::core::fact::Source::Asked))).collect()
    }

    /// Everything that ran is gone at once.
    pub(super) fn off(&mut self, at: u64) {
        self.on = false;
        self.dark = at;
        for unit in self.units.values_mut() {
            unit.job = None;
            unit.disturbed = at;
            unit.turn(false, Cause::Itself, at);
        }
    }

    pub(super) fn boot(&mut self, at: u64) {
        self.on = true;
        self.boot += 1;
        self.session += 1;
        self.dark = at;
        for unit in self.units.values_mut().filter(|unit| unit.enabled) {
            unit.disturbed = at;
            unit.turn(true, Cause::Itself, at);
        }
    }
}
