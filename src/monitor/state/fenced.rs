//! Hosts that were fenced, or have stopped by themselves: what was in doubt there is not any more, and one that answers again
//! is fenced no longer.

use super::{Effect, Now, State};
use crate::core::plan::{Action, Step};
use crate::core::record::{Body, RunId};
use crate::core::run::{Found, RunEvent, StepState};
use crate::monitor::event::Seen;
use crate::run::action_of;

impl State {
    /// Ends the doubt about steps on hosts that are fenced, and about what is active on hosts that have stopped by themselves:
    /// what was to stop there is stopped; what was to start may have run, and runs no more.
    pub(super) fn settle_fenced(&mut self, now: Now) -> Vec<Effect> {
        let fenced = self.ledger.fenced();
        for host in fenced.keys() {
            self.fenced_since.entry(host.clone()).or_insert(now.steady);
        }
        self.fenced_since.retain(|host, _| fenced.contains_key(host));
        let mut effects = Vec::new();
        // Settling one step may bring another one on the same host into doubt, so it is looked again until none is left.
        while let Some((run, event)) = self.doubt_on_fenced(now) {
            let before = self.ledger.last();
            effects.extend(self.drive(run, vec![event], now));
            if self.ledger.last() == before {
                break;
            }
        }
        effects
    }

    fn doubt_on_fenced(&self, now: Now) -> Option<(RunId, RunEvent)> {
        let open = self.ledger.open_runs().filter(|(_, log)| log.run.plan().says_what_is_wanted());
        for (id, log) in open {
            for step in &log.run.plan().steps {
                let Some(StepState::Doubtful { way, .. }) = log.run.steps().get(&step.id).map(|at| &at.state) else { continue };
                let Some(how) = self.gone(step, now) else { continue };
                let found = match action_of(step.action, *way) {
                    Action::Stop => Found::Done,
                    Action::Start => Found::Ended,
                };
                let detail = format!("{} {how}", step.host);
                return Some((id, RunEvent::Settled { step: step.id, way: *way, found, detail }));
            }
        }
        None
    }

    /// Why nothing of what `step` is about runs on its host, though nobody can ask it.
    fn gone(&self, step: &Step, now: Now) -> Option<String> {
        if let Some(fencing) = self.ledger.fenced().get(&step.host).filter(|_| self.off(&step.host, now)) {
            return Some(format!("is fenced: {fencing}"));
        }
        let stopped = if step.service.stops_by_itself() { self.self_stopped(&step.host) } else { None };
        stopped.map(|how| format!("has stopped by itself: {how}"))
    }

    /// A host that answers a question that was asked after it was fenced is fenced no longer.
    pub(super) fn returned(&mut self, seen: &Seen, now: Now) -> Vec<Effect> {
        let Ok(facts) = &seen.facts else { return Vec::new() };
        if !self.ledger.fenced().contains_key(&seen.host) {
            return Vec::new();
        }
        let since = *self.fenced_since.entry(seen.host.clone()).or_insert(now.steady);
        if seen.at <= since {
            return Vec::new();
        }
        let boot_id = facts.first().map(|(_, fact)| fact.boot_id.clone()).unwrap_or_default();
        self.fenced_since.remove(&seen.host);
        self.record(vec![Body::Returned { host: seen.host.clone(), boot_id }], Vec::new(), now)
    }
}
