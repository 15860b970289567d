//! Hosts that stop by themselves what is active on them when they hear no monitor: since when that has happened for certain.
//!
//! Why that is safe. A host service stops its active processes once its lease is over, and tells with each of them how long
//! after the clock in an answer it has them stopped at the latest (`Fact::self_stop_ms`). A sign of life extends the lease to
//! that clock plus the lease's length, and not by the time of its own arrival (`wire::host::HostLease::until`), so that one
//! that was under way for long extends nothing. The clock is that of an answer which the driver was given and has handed on,
//! and nothing else extends the lease: no push, no act, no answer that came after its look was given up. So the lease ends
//! at most its length after the *last answer that was handed on* was sent.
//!
//! That answer was sent before it was taken in here, so the time is counted from then (`Heard::taken`; a push counts as well,
//! which only makes it later). Is it the last one
//! that was handed on? A later one may be on its way to this task. But a host is looked at by one task, which hands an answer
//! on before it sends the next sign of life, and everything comes here in the order in which it was handed on. So once a look
//! was taken in, of whatever host, that began at a moment (`Facts::horizon`), every answer that was handed on before
//! that moment was taken in too; and an answer that was handed on later can only have extended the lease after that moment.
//! Therefore the time runs to the horizon and not to now: at the horizon the host had everything stopped, and a lease that is
//! extended after that starts nothing again.
//!
//! What could still start something there: an act that was sent earlier. It has a time after which it does not begin, so that
//! the proof waits until a start that is under way is answered, or was in doubt for its own time. Another life of the monitor
//! knows no answers, so it proves nothing before it has heard the host itself. The host's clock has to run: a margin is for
//! one that runs slower than this one; for a virtual machine that is paused as a whole and goes on later no margin would do,
//! which needs a fence. So does a person who starts something by hand on a host that is cut off.

use super::State;
use crate::core::model::{Cluster, HostName, Instance, Mode};
use crate::core::plan::Action;
use crate::core::run::StepState;
use crate::run::action_of;
use std::collections::BTreeMap;
use std::time::Duration;

/// Beyond what the host says, for whatever takes a moment.
const MARGIN: Duration = Duration::from_secs(2);
/// One hundredth more, since two clocks never run alike.
const DRIFT: u32 = 100;

/// What is active, or may be, on each host.
pub(super) fn actives(cluster: &Cluster) -> BTreeMap<HostName, Vec<Instance>> {
    let mut found = BTreeMap::<HostName, Vec<Instance>>::new();
    for (_, _, _, instance) in cluster.instances().filter(|(_, _, mode, _)| *mode == Mode::Active) {
        found.entry(instance.host.clone()).or_default().push(instance);
    }
    found
}

impl State {
    /// How it is known that `host`, which does not answer, has stopped by itself what is active there; the same words for as
    /// long as it is silent.
    pub(super) fn self_stopped(&self, host: &HostName) -> Option<String> {
        let unheard = self.facts.unheard_for(host)?;
        let within = self.stops_within(host)?;
        let enough = within.saturating_add(within / DRIFT).saturating_add(MARGIN);
        (unheard >= enough && !self.start_is_open(host)).then(|| {
            let seconds = within.as_millis().div_ceil(1000);
            format!("its host service has everything active stopped within {seconds} s of its last answer, and more has passed")
        })
    }

    /// `why` nothing is known of `host`, and that it will stop by itself what is active there, where it will.
    pub(super) fn and_stops(&self, host: &HostName, why: String) -> String {
        match self.stops_within(host) {
            Some(within) => format!("{why}; it is waited for until it has stopped by itself, {} s after its last answer", within.as_secs()),
            None => why,
        }
    }

    /// How long after its last answer `host` has everything stopped that may be active there; `None` where it does not stop
    /// everything by itself, or nobody knows.
    pub(super) fn stops_within(&self, host: &HostName) -> Option<Duration> {
        let mut within = None;
        for instance in self.actives.get(host)? {
            let fact = self.facts.last(instance).filter(|_| instance.service.stops_by_itself())?;
            match fact.self_stop_ms {
                Some(ms) => within = within.max(Some(Duration::from_millis(ms))),
                // It did not run, nobody has started it since, and it starts by nobody else.
                None if fact.state.proven_stopped() && !self.facts.touched_since(instance) && !self.is_touched(instance) => {}
                None => return None,
            }
        }
        within
    }

    /// A step of an open run is under way or in doubt that may have started something active on `host`, and may yet: one that
    /// was in doubt for its own time comes too late by now.
    fn start_is_open(&self, host: &HostName) -> bool {
        self.ledger.open_runs().any(|(_, log)| {
            log.run.plan().steps.iter().filter(|step| step.host == *host && step.service.stops_by_itself()).any(|step| {
                let way = match log.run.steps().get(&step.id).map(|at| &at.state) {
                    Some(StepState::Running { way }) => *way,
                    Some(StepState::Doubtful { way, unclear: false, unsent: false, .. }) => *way,
                    _ => return false,
                };
                action_of(step.action, way) == Action::Start
            })
        })
    }

    /// A step of an open run about `instance` is under way or in doubt.
    fn is_touched(&self, instance: &Instance) -> bool {
        self.ledger.open_runs().any(|(_, log)| {
            log.run.plan().steps.iter().filter(|step| step.host == instance.host && step.service == instance.service).any(|step| {
                let state = log.run.steps().get(&step.id).map(|at| &at.state);
                matches!(state, Some(StepState::Running { .. } | StepState::Doubtful { .. }))
            })
        })
    }
}
