//! What hosts say, with the time it was heard.

use super::views::millis;
use super::{Effect, Now, State};
use crate::core::fact::{Fact, Miss, MissKind, Picture, Reach, Source, State as ServiceState};
use crate::core::health::{Health, HostSignals, Own, SecondLook, Sight, has_self_stopped, is_off, judge_host};
use crate::core::model::{Component, HostName, Instance, Mode, Side};
use crate::core::plan::Wanted;
use crate::core::record::{Body, Fencing};
use crate::core::run::Mark;
use crate::monitor::event::Seen;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A banner that another host saw longer ago than this before the silence does not show any more that it knows the way.
const BANNER: Duration = Duration::from_secs(120);

/// The last word of a host.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// When the last look that it answered began.
    pub(super) answered: Option<Instant>,
    /// When its last word was taken in here: an answer to a look, or something that it told by itself, which proves less.
    taken: Option<Instant>,
    /// What came of the last look; `None` while it answers.
    pub(super) missed: Option<Missed>,
    /// When it began to answer, or ceased to; `None` before the first look.
    turned: Option<Instant>,
    pub(super) boot_id: Option<String>,
    /// What other hosts have seen of it, the last look through each.
    second: BTreeMap<HostName, Second>,
}

/// Looks that went without an answer.
#[derive(Debug, Clone)]
pub(super) struct Missed {
    /// How many in a row.
    pub(super) times: u32,
    /// When the first of them began.
    pub(super) since: Instant,
    /// When the last of them began.
    pub(super) at: Instant,
    pub(super) last: Miss,
}

#[derive(Debug, Clone)]
struct Second {
    asked: Instant,
    sight: Sight,
    /// When it last saw the host's banner, and has not failed to see it since while we heard the host.
    banner: Option<Instant>,
    /// It did not see the banner while nothing was amiss here: if the host answers a look that began later, it has gone blind.
    doubted: bool,
}

impl Second {
    /// We heard the host, in a look that began at `at`, and this one did not: its seeing nothing says nothing.
    fn answered(&mut self, at: Instant) {
        if self.doubted && at >= self.asked {
            (self.banner, self.doubted) = (None, false);
        }
    }
}

impl Known {
    /// Nothing shows that the service has changed between this and `fact`.
    fn goes_on_in(&self, fact: &Fact) -> bool {
        // Not every way of asking tells of the start.
        let starts = self.fact.invocation.as_ref().zip(fact.invocation.as_ref());
        (self.fact.state, &self.fact.boot_id) == (fact.state, &fact.boot_id) && starts.is_none_or(|(before, now)| before == now)
    }

    /// When it was last known to be active, now that `fact`, seen at `at`, follows on this: a host tells of an end at once.
    fn ended_by(&self, fact: &Fact, at: Instant) -> Option<Instant> {
        match (self.fact.state, fact.state) {
            (_, ServiceState::Active) => None,
            (ServiceState::Active, _) if fact.source == Source::Pushed => Some(at),
            (ServiceState::Active, _) => Some(self.at),
            _ => self.ended,
        }
    }
}

impl Heard {
    const NOTHING: Self = Self { answered: None, taken: None, missed: None, turned: None, boot_id: None, second: BTreeMap::new() };
}

/// The last fact of a service.
#[derive(Debug)]
struct Known {
    fact: Fact,
    /// When it was seen.
    at: Instant,
    /// When it was first seen in this state and in this start of it.
    since: Instant,
    /// Where it has been seen active and is not any more: when it was last known to be.
    ended: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Facts {
    services: BTreeMap<Instance, Known>,
    hosts: BTreeMap<HostName, Heard>,
    /// When something was last done to a service: what was seen before that says nothing any more.
    touched: BTreeMap<Instance, Instant>,
    /// The latest of the moments at which the looks that were taken in began.
    horizon: Option<Instant>,
}

impl Facts {
    pub(super) fn host(&self, host: &HostName) -> Option<&Heard> {
        self.hosts.get(host)
    }

    /// The last fact of a service, and whether it still counts: seen since `since`, after the last act, by a host that answers.
    pub(super) fn fact(&self, instance: &Instance, since: Instant) -> Option<(&Fact, Instant, bool)> {
        let Known { fact, at, .. } = self.services.get(instance)?;
        let silent = self.hosts.get(&instance.host).is_none_or(|h| h.missed.is_some());
        let acted = self.touched.get(instance).is_some_and(|touched| touched >= at);
        Some((fact, *at, *at >= since && !silent && !acted))
    }

    /// How many services were heard of.
    pub(super) fn count(&self) -> usize {
        self.services.len()
    }

    /// The last fact of a service, however old.
    pub(super) fn last(&self, instance: &Instance) -> Option<&Fact> {
        self.services.get(instance).map(|known| &known.fact)
    }

    /// Since when a service is in the state in which it was seen last, as far as it was looked at: another start of it is
    /// another state.
    pub(super) fn same_since(&self, instance: &Instance) -> Option<Instant> {
        self.services.get(instance).map(|known| known.since)
    }

    /// When `instance`, which is not seen active any more, was last known to be.
    pub(super) fn active_until(&self, instance: &Instance) -> Option<Instant> {
        let Known { fact, ended, .. } = self.services.get(instance)?;
        let silent = self.hosts.get(&instance.host).filter(|heard| heard.missed.is_some());
        if fact.state == ServiceState::Active { silent.and_then(|heard| heard.taken) } else { *ended }
    }

    /// Which start of a service was seen last.
    pub(super) fn mark(&self, instance: &Instance) -> Option<Mark> {
        let Known { fact, .. } = self.services.get(instance)?;
        Some(Mark { boot_id: fact.boot_id.clone(), invocation: fact.invocation.clone() })
    }

    /// Something was done to `instance` until `now`.
    pub(super) fn touch(&mut self, instance: Instance, now: Instant) {
        self.touched.insert(instance, now);
    }

    /// Takes an observation in. One that is older than what is known changes nothing; an answer that is older than `fresh`
    /// no longer shows that a host answers. Whether anything is new but ages.
    fn take(&mut self, seen: Seen, fresh: Duration, now: Instant) -> bool {
        let mut news = false;
        self.horizon = self.horizon.max(Some(seen.at));
        let heard = self.hosts.entry(seen.host.clone()).or_insert(Heard::NOTHING);
        match seen.facts {
            Err(last) => {
                news = true;
                if heard.missed.is_none() {
                    let stale = heard.answered.map(|at| at + fresh).filter(|stale| *stale < seen.at);
                    heard.turned = stale.or(Some(seen.at));
                }
                // Silence is counted from its own beginning: a host that was heard, if only badly, was alive then.
                let same = heard.missed.as_ref().filter(|missed| missed.last.kind == last.kind);
                let (times, since) = same.map_or((0, seen.at), |missed| (missed.times, missed.since));
                match last.kind {
                    MissKind::Silent => heard.second.values_mut().for_each(|second| second.doubted = false),
                    // It was heard, if only badly, by us and not by that one.
                    MissKind::Broken => heard.second.values_mut().for_each(|second| second.answered(seen.at)),
                }
                heard.missed = Some(Missed { times: times.saturating_add(1), since, at: seen.at, last });
            }
            Ok(facts) => {
                if heard.missed.as_ref().is_some_and(|missed| missed.at <= seen.at) {
                    heard.missed = None;
                    heard.turned = Some(seen.at);
                    news = true;
                }
                if heard.missed.is_none() && heard.answered.is_none_or(|at| at + fresh < seen.at) {
                    heard.turned = Some(seen.at);
                }
                heard.second.values_mut().for_each(|second| second.answered(seen.at));
                news |= heard.answered.is_none();
                heard.answered = heard.answered.max(Some(seen.at));
                heard.taken = Some(now);
                for (service, fact) in facts {
                    heard.boot_id = Some(fact.boot_id.clone());
                    let instance = Instance { host: seen.host.clone(), service };
                    let known = self.services.get(&instance);
                    if known.is_none_or(|known| known.at <= seen.at) {
                        let (state, boot_id, source) = (fact.state, &fact.boot_id, fact.source);
                        news |=
                            known.is_none_or(|Known { fact: was, .. }| (was.state, &was.boot_id, was.source) != (state, boot_id, source));
                        let since = known.filter(|known| known.goes_on_in(&fact)).map_or(seen.at, |known| known.since);
                        let ended = known.and_then(|known| known.ended_by(&fact, seen.at));
                        self.services.insert(instance, Known { fact, at: seen.at, since, ended });
                    }
                }
            }
        }
        news
    }

    /// How long `host`, which does not answer, is known not to have answered: from the moment when its last word was taken
    /// in, to the latest one up to which no other answer can have been used by anybody (see `stopped.rs`).
    pub(super) fn unheard_for(&self, host: &HostName) -> Option<Duration> {
        let heard = self.hosts.get(host)?;
        heard.missed.as_ref()?;
        self.horizon?.checked_duration_since(heard.taken?)
    }

    /// Whether something was done to `instance` since it was last seen.
    pub(super) fn touched_since(&self, instance: &Instance) -> bool {
        let seen = self.services.get(instance).map(|known| known.at);
        self.touched.get(instance).is_some_and(|touched| seen.is_none_or(|at| *touched >= at))
    }

    /// What `through` has seen of `host`, asked at `asked`.
    pub(super) fn take_second(&mut self, host: HostName, through: HostName, asked: Instant, sight: Sight) {
        let heard = self.hosts.entry(host).or_insert(Heard::NOTHING);
        let before = heard.second.get(&through).and_then(|second| second.banner);
        let fails = matches!(sight, Sight::Nothing { .. } | Sight::Refused { .. });
        // It may have been asked because a look is late, which may yet be missed: the next answer tells.
        let banner = if matches!(sight, Sight::Banner) { Some(asked) } else { before };
        let mut second = Second { asked, sight, banner, doubted: fails && heard.missed.is_none() };
        if let Some(answered) = heard.answered {
            second.answered(answered);
        }
        heard.second.insert(through, second);
    }

    /// All evidence of `host` at `now`.
    pub(super) fn signals(&self, host: &HostName, fenced: Option<Fencing>, now: Instant) -> HostSignals {
        let Some(heard) = self.hosts.get(host) else {
            return HostSignals { own: Own::NotYet, second: Vec::new(), fenced, self_stopped: None };
        };
        let own = match (&heard.missed, heard.answered) {
            (Some(missed), _) => Own::Missed { misses: missed.times, since_ms: millis(now, missed.since), last: missed.last.clone() },
            (None, Some(at)) => Own::Answers { age_ms: millis(now, at) },
            (None, None) => Own::NotYet,
        };
        let silence = heard.missed.as_ref().map(|missed| missed.since);
        let look = |(through, second): (&HostName, &Second)| SecondLook {
            through: through.clone(),
            age_ms: millis(now, second.asked),
            sight: second.sight.clone(),
            knows_the_way: second.banner.is_some_and(|at| silence.is_none_or(|since| at + BANNER >= since)),
        };
        HostSignals { own, second: heard.second.iter().map(look).collect(), fenced, self_stopped: None }
    }

    /// What was heard since `since`; everything else is unknown in it.
    pub(super) fn picture(&self, since: Instant) -> Picture {
        let mut picture = Picture::default();
        for (host, heard) in &self.hosts {
            let answers = heard.answered.is_some_and(|at| at >= since);
            match &heard.missed {
                Some(missed) => picture.set_reach(host.clone(), Reach::Silent(missed.last.why.clone())),
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
        // So is one that answers and cannot be used: a person may have operated it by hand, which only taking it tells.
        let broken = observation.facts.as_ref().is_err_and(|miss| miss.kind == MissKind::Broken) && self.is_served(&observation.host);
        let heard = observation.facts.is_ok() || broken;
        let term = self.durable_term();
        let refused = self.unguarded.get_mut(&observation.host).filter(|refusal| heard && !refusal.asked_again);
        let take = refused.zip(term).map(|(refusal, term)| {
            refusal.asked_again = true;
            (observation.host.clone(), term)
        });
        let take = take.map(|(host, term)| self.take_host(host, term));
        let host = observation.host.clone();
        let silent = observation.facts.as_ref().is_err_and(|miss| miss.kind == MissKind::Silent);
        let take = take.or_else(|| observation.facts.is_ok().then(|| self.ask_again(&observation.host)).flatten());
        let returned = self.returned(&observation, now);
        let news = self.facts.take(observation, self.fresh_for(), now.steady);
        let mut effects: Vec<Effect> = returned.into_iter().chain(take).collect();
        effects.extend(broken.then(|| self.ask_again(&host)).flatten());
        if silent {
            effects.push(Effect::SecondLook(host));
        }
        if news {
            effects.extend(self.news(now));
        }
        effects
    }

    /// What was heard since `since`, and which hosts are fenced; everything else is unknown in it.
    pub(super) fn picture(&self, since: Instant, now: Now) -> Picture {
        let mut picture = self.facts.picture(since);
        for host in self.setup.cluster.hosts.keys() {
            if matches!(picture.reach(host), None | Some(Reach::Answers)) {
                continue;
            }
            match reach(&self.signals(host, now)) {
                Some(Reach::Dead(why)) => picture.set_reach(host.clone(), Reach::Dead(self.and_stops(host, why))),
                Some(reach) => picture.set_reach(host.clone(), reach),
                None => {}
            }
        }
        picture
    }

    /// Hosts that would not take the term, and why.
    pub(super) fn unguarded(&self) -> BTreeMap<HostName, String> {
        // One that was away, and is just being asked again, has refused nothing.
        let refused = |(_, refusal): &(&HostName, &super::Refusal)| !(refusal.silent && refusal.asked_again);
        self.unguarded.iter().filter(refused).map(|(host, refusal)| (host.clone(), refusal.why.clone())).collect()
    }

    /// The facts that are fresh enough to show as known: no older than two intervals and a second.
    pub(super) fn fresh_since(&self, now: Now) -> Instant {
        now.steady.checked_sub(self.fresh_for()).unwrap_or(now.steady)
    }

    fn fresh_for(&self) -> Duration {
        self.setup.interval.saturating_mul(2).saturating_add(Duration::from_secs(1))
    }

    /// Since when a host answers, or does not.
    pub(super) fn turned(&self, host: &HostName, now: Now) -> Option<Instant> {
        let heard = self.facts.host(host)?;
        // A look that has not come back yet ends what the last one has shown as soon as that is too old.
        let stale = heard.answered.filter(|_| heard.missed.is_none()).map(|at| at + self.fresh_for());
        stale.filter(|stale| *stale < now.steady).or(heard.turned)
    }

    /// Where nobody has said which side is to serve, and what runs is all on one side, that side is taken as wanted.
    /// Nothing is started or stopped for it.
    pub(super) fn adopt(&mut self, now: Now) -> Vec<Effect> {
        if self.ledger.wanted() != Wanted::Unset
            || self.closed().or_else(|| self.rivalled()).is_some()
            || self.ledger.open_runs().next().is_some()
        {
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
        let idle = |c: &&Component| c.instance(side, Mode::Active).is_some_and(|i| picture.state(&i).proven_stopped());
        let without = self.setup.cluster.components.values().filter(idle).map(|c| c.name.clone()).collect();
        self.record(vec![Body::Adopted { side, evidence, without }], Vec::new(), now)
    }
}

/// What the evidence of a host that does not answer adds to its silence.
fn reach(signals: &HostSignals) -> Option<Reach> {
    if let Some(fencing) = signals.fenced.as_ref().filter(|_| is_off(signals)) {
        return Some(Reach::Fenced { how: fencing.to_string(), device: fencing.by_word.is_none() });
    }
    if let Some(how) = has_self_stopped(signals) {
        return Some(Reach::SelfStopped(how.to_owned()));
    }
    let judged = judge_host(signals);
    match judged.health {
        Health::Down => Some(Reach::Dead(judged.why)),
        Health::ProbeBroken => Some(Reach::Broken(judged.why)),
        Health::Up | Health::Degraded | Health::Unknown => None,
    }
}
