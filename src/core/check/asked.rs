//! What people ask of the monitors of the model, and what these decide by themselves: on the real planner and the real rules.

use super::world::{Setup, Wish, World};
use crate::core::command::Command;
use crate::core::fact::Reach;
use crate::core::model::{ComponentName, HostName};
use crate::core::pair::Part;
use crate::core::plan::{Ground, Plan, plan};
use crate::core::record::{Body, RunId, Stance};
use crate::core::run::StepState;
use crate::core::trigger::{Acts, Choice, LastFailover, Situation, decide};
use std::collections::BTreeMap;

/// It has just been tried, in milliseconds ago.
const JUST_NOW: u64 = 0;

impl Setup {
    /// The plan of `command` on what `i` knows now.
    fn plan(&self, w: &World, i: usize, command: &Command, overrides: &[String]) -> Option<Plan> {
        let (mut picture, _) = self.picture(w, i);
        if self.apart {
            picture.set_reach(self.monitor(1 - i), Reach::Silent("no answer".into()));
        }
        let unguarded = self.unguarded(w, i);
        let wanted = w.monitors[i].ledger().wanted();
        let ground = Ground {
            cluster: &self.cluster,
            wanted,
            picture: &picture,
            config: "c",
            unguarded: &unguarded,
            overrides,
            maintenance: w.monitors[i].ledger().maintenance(),
        };
        plan(&ground, command).ok()
    }

    fn unguarded(&self, w: &World, i: usize) -> BTreeMap<HostName, String> {
        let taken = w.monitors[i].taken;
        (0..2).filter(|h| !taken[*h]).map(|h| (self.host(h).clone(), "it has not taken the term".to_owned())).collect()
    }

    /// A person asks `i` for something.
    pub(super) fn wish(&self, w: &mut World, i: usize, wish: Wish) -> Option<()> {
        let m = &w.monitors[i];
        if !m.up || m.leaving {
            return None;
        }
        let locked = m.ledger().open_runs().any(|(_, log)| log.run.plan().says_what_is_wanted());
        match wish {
            Wish::Switchover => {
                if !m.acts() || m.ledger().rival().is_some() || locked {
                    return None;
                }
                let plan = self.plan(w, i, &Command::Switchover { to: None }, &[])?;
                self.open(w, i, plan, false);
            }
            Wish::Move => {
                let open = m.ledger().open_runs().next().is_some();
                if !m.acts() || m.ledger().rival().is_some() || open || self.uncopied(w, i) {
                    return None;
                }
                let plan = self.plan(w, i, &Command::MonitorMove { to: self.monitor(1 - i) }, &[])?;
                self.open(w, i, plan, false);
                self.hand_over(w, i);
            }
            Wish::TakeOver { by_word } => self.take_over(w, i, by_word)?,
        }
        Some(())
    }

    fn take_over(&self, w: &mut World, i: usize, by_word: bool) -> Option<()> {
        let m = &w.monitors[i];
        if w.linked() || (m.part == Part::Acting && m.ledger().rival().is_none()) {
            return None;
        }
        // Whoever gives their word has made sure of it.
        if by_word && w.monitors[1 - i].up && !self.lies {
            return None;
        }
        let from = self.monitor(1 - i);
        let command = Command::TakeOver { from: from.clone(), by_word };
        let answers = !self.apart && w.reaches(i, 1 - i);
        let name = format!("{}:{from}", if by_word { "monitor" } else { "answers" });
        let plan = self.plan(w, i, &command, &if answers { vec![name] } else { Vec::new() })?;
        if !w.monitors[i].acts() {
            self.lead(w, i, vec![Body::TakenOver { from }]);
        }
        self.open(w, i, plan, false);
        self.settle_fenced(w, i);
        self.advance_runs(w, i);
        Some(())
    }

    fn situation(&self, w: &World, i: usize) -> Situation {
        let ledger = w.monitors[i].ledger();
        let (picture, hosts) = self.picture(w, i);
        let open = || ledger.open_runs();
        let held: BTreeMap<ComponentName, RunId> =
            open().flat_map(|(id, log)| log.run.plan().objects().into_iter().map(move |name| (name.clone(), id))).collect();
        let mut doubts = BTreeMap::new();
        for (id, log) in open() {
            for step in &log.run.plan().steps {
                if matches!(log.run.steps().get(&step.id).map(|at| &at.state), Some(StepState::Doubtful { unclear: true, .. })) {
                    doubts.insert(step.host.clone(), id);
                }
            }
        }
        let names = || self.cluster.components.keys().cloned();
        let failed = |log: &crate::core::record::RunLog| {
            let state = |step: &crate::core::plan::Step| log.run.steps().get(&step.id).map(|at| at.state.clone());
            let off = log.run.plan().steps.iter().filter(|step| step.component.is_none());
            off.filter(|step| matches!(state(step), Some(StepState::Failed { .. }))).map(|step| step.host.clone()).collect::<Vec<_>>()
        };
        let rescues = |name: &ComponentName| {
            let of = |log: &crate::core::record::RunLog| matches!(&log.run.plan().command, Command::Rescue { components, .. } if components.contains(name));
            u16::try_from(ledger.runs().filter(|(_, log)| of(log)).count()).unwrap()
        };
        let everywhere = (0..2).all(|h| w.reaches(i, h));
        Situation {
            config: "c".into(),
            wanted: ledger.wanted(),
            stance: Stance::Automatic,
            closed: None,
            uncopied: self.uncopied(w, i).then(|| "it is not heard".to_owned()),
            picture,
            hosts,
            unguarded: self.unguarded(w, i),
            maintenance: ledger.maintenance().clone(),
            excused: ledger.excused().clone(),
            tries: names().map(|name| (name.clone(), rescues(&name))).collect(),
            rebooted: names().filter(|_| w.hosts.iter().any(|host| host.boot > 1)).collect(),
            held,
            doubts,
            confirmed: names().filter(|_| everywhere).collect(),
            fenced_in_vain: ledger.runs().flat_map(|(_, log)| failed(log)).map(|host| (host, JUST_NOW)).collect(),
            guarded: BTreeMap::new(),
            last_failover: ledger.failover().map(|mark| LastFailover { run: mark.run, age_ms: 0, acknowledged: mark.acknowledged }),
        }
    }

    /// `i` decides by itself, if there is anything to be done.
    pub(super) fn decides(&self, w: &mut World, i: usize) -> Option<()> {
        if !self.auto || !w.monitors[i].acts() || w.monitors[i].ledger().rival().is_some() {
            return None;
        }
        let decision = decide(&self.cluster, self.situation(w, i));
        let Choice::Act { command, .. } = decision.choice else { return None };
        if decision.acts != Acts::Does {
            return None;
        }
        let plan = self.plan(w, i, &command, &[])?;
        self.open(w, i, plan, true);
        Some(())
    }

    /// `i` hears a host that was fenced.
    pub(super) fn returned(&self, w: &mut World, i: usize) -> Option<()> {
        let heard = |h: &usize| w.reaches(i, *h) && w.monitors[i].ledger().fenced().contains_key(self.host(*h));
        let h = (0..2).find(heard).filter(|_| w.monitors[i].acts())?;
        let boot_id = w.hosts[h].boot.to_string();
        self.record(w, i, vec![Body::Returned { host: self.host(h).clone(), boot_id }]);
        Some(())
    }
}
