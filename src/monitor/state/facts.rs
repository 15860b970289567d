//! What hosts say, with the time it was heard.

use super::{Effect, Now, State};
use crate::core::fact::{Fact, Picture, Reach, State as ServiceState};
use crate::core::model::{HostName, Instance, Mode, Side};
use crate::core::plan::Wanted;
use crate::core::record::Body;
use crate::core::run::Mark;
use crate::monitor::event::Seen;
use std::collections::BTreeMap;
use std::time::Instant;

/// The last word of a host.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// When it last answered.
    pub(super) answered: Option<Instant>,
    /// When it was last given up, and why; `None` while it answers.
    pub(super) silent: Option<(Instant, String)>,
    pub(super) boot_id: Option<String>,
}

#[derive(Debug, Default)]
pub(super) struct Facts {
    services: BTreeMap<Instance, (Fact, Instant)>,
    hosts: BTreeMap<HostName, Heard>,
    /// When something was last done to a service: what was seen before that says nothing any more.
    touched: BTreeMap<Instance, Instant>,
}

impl Facts {
    pub(super) fn host(&self, host: &HostName) -> Option<&Heard> {
        self.hosts.get(host)
    }

    /// The last fact of a service, and whether it still counts: seen since `since`, after the last act, by a host that answers.
    pub(super) fn fact(&self, instance: &Instance, since: Instant) -> Option<(&Fact, Instant, bool)> {
        let (fact, at) = self.services.get(instance)?;
        let silent = self.hosts.get(&instance.host).is_none_or(|h| h.silent.is_some());
        let acted = self.touched.get(instance).is_some_and(|touched| touched >= at);
        Some((fact, *at, *at >= since && !silent && !acted))
    }

    /// Which start of a service was seen last.
    pub(super) fn mark(&self, instance: &Instance) -> Option<Mark> {
        let (fact, _) = self.services.get(instance)?;
        Some(Mark { boot_id: fact.boot_id.clone(), invocation: fact.invocation.clone() })
    }

    /// Something was done to `instance` until `now`.
    pub(super) fn touch(&mut self, instance: Instance, now: Instant) {
        self.touched.insert(instance, now);
    }

    /// Takes an observation in. One that is older than what is known changes nothing.
    fn take(&mut self, seen: Seen) {
        let heard = self.hosts.entry(seen.host.clone()).or_insert(Heard { answered: None, silent: None, boot_id: None });
        match seen.facts {
            Err(why) => heard.silent = Some((seen.at, why)),
            Ok(facts) => {
                if heard.silent.as_ref().is_some_and(|(at, _)| *at <= seen.at) {
                    heard.silent = None;
                }
                heard.answered = heard.answered.max(Some(seen.at));
                for (service, fact) in facts {
                    heard.boot_id = Some(fact.boot_id.clone());
                    let instance = Instance { host: seen.host.clone(), service };
                    let newer = self.services.get(&instance).is_none_or(|(_, at)| *at <= seen.at);
                    if newer {
                        self.services.insert(instance, (fact, seen.at));
                    }
                }
            }
        }
    }

    /// What was heard since `since`; everything else is unknown in it.
    pub(super) fn picture(&self, since: Instant) -> Picture {
        let mut picture = Picture::default();
        for (host, heard) in &self.hosts {
            let answers = heard.answered.is_some_and(|at| at >= since);
            match &heard.silent {
                Some((_, why)) => picture.set_reach(host.clone(), Reach::Silent(why.clone())),
                None if answers => picture.set_reach(host.clone(), Reach::Answers),
                None => picture.set_reach(host.clone(), Reach::Silent("it has not answered since it was asked".to_owned())),
            }
        }
        for instance in self.services.keys() {
            if let Some((fact, _, true)) = self.fact(instance, since) {
                picture.put(instance, fact.clone());
            }
        }
        picture
    }
}

impl State {
    pub(super) fn seen(&mut self, observation: Seen, now: Now) -> Vec<Effect> {
        // A host that refused the term, or was away when it was raised, is asked again as soon as it answers.
        let refused = self.unguarded.get_mut(&observation.host).filter(|refusal| observation.facts.is_ok() && !refusal.asked_again);
        let take = refused.zip(self.gate.term()).map(|(refusal, term)| {
            refusal.asked_again = true;
            Effect::Take(observation.host.clone(), term)
        });
        self.facts.take(observation);
        self.adopt(now).into_iter().chain(take).collect()
    }

    /// The facts that are fresh enough to show as known: no older than two intervals and a second.
    pub(super) fn fresh_since(&self, now: Now) -> Instant {
        let age = self.setup.interval.saturating_mul(2).saturating_add(std::time::Duration::from_secs(1));
        now.steady.checked_sub(age).unwrap_or(now.steady)
    }

    /// Where nobody has said which side is to serve, and what runs is all on one side, that side is taken as wanted.
    /// Nothing is started or stopped for it.
    fn adopt(&mut self, now: Now) -> Vec<Effect> {
        if self.ledger.wanted() != Wanted::Unset || self.gate.closed().is_some() || self.ledger.open_runs().next().is_some() {
            return Vec::new();
        }
        let picture = self.facts.picture(self.fresh_since(now));
        let active = |side: Side| -> Option<Vec<ServiceState>> {
            let instances = self.setup.cluster.components.values().filter_map(|c| c.instance(side, Mode::Active));
            let states: Vec<ServiceState> = instances.map(|i| picture.state(&i)).collect();
            (!states.contains(&ServiceState::Unknown)).then_some(states)
        };
        let (Some(primary), Some(secondary)) = (active(Side::Primary), active(Side::Secondary)) else { return Vec::new() };
        let some = |states: &[ServiceState]| states.contains(&ServiceState::Active);
        let none = |states: &[ServiceState]| states.iter().all(|s| s.proven_stopped());
        let side = if some(&primary) && none(&secondary) {
            Side::Primary
        } else if some(&secondary) && none(&primary) {
            Side::Secondary
        } else {
            return Vec::new();
        };
        let site = self.setup.cluster.site(side);
        let running = if side == Side::Primary { &primary } else { &secondary };
        let count = running.iter().filter(|s| **s == ServiceState::Active).count();
        let evidence = format!("{count} of {} components run on {site}, none on the other side", running.len());
        self.record(vec![Body::Adopted { side, evidence }], Vec::new(), now)
    }
}
