//! How the lease changes hands: given by the one that holds it, or taken by a person in its place.

use super::{Effect, Now, Part, Standing, State};
use crate::core::command::{Command, Reason, Refusal};
use crate::core::pair::Tail;
use crate::core::record::{Actor, Body};
use crate::monitor::event::Reply;
use crate::monitor::state::requests::kept;
use crate::wire::Submit;
use std::time::{Duration, Instant};

/// The other one has so long to take the last entry; then this life ends all the same, and the next one looks who acts.
const FAREWELL: Duration = Duration::from_secs(5);

/// This life gives the lease up.
#[derive(Debug, Clone, Copy)]
pub(in crate::monitor::state) struct Leaving {
    since: Instant,
    /// The entry that gives it to the other one.
    index: u64,
    /// The life is ending.
    told: bool,
}

impl State {
    /// Takes the lease, as the one whose turn it is.
    pub(super) fn lead(&mut self, bodies: Vec<Body>, now: Now) -> Vec<Effect> {
        let Some(pair) = &mut self.pair else { return Vec::new() };
        let heard = pair.heard.as_ref().map(|(_, other)| other.tail);
        let same = heard == Some(Tail { term: self.ledger.term(), index: self.durable });
        // What the other one has ended its journal with came from there, so that it has all before it.
        let mine = self.ledger.holder_of_lease() == Some(pair.setup.me.as_str());
        let own = self.ledger.open_runs().filter(|(_, log)| log.decision.is_some() && mine && !same);
        pair.unsure = own.map(|(id, _)| id).collect();
        pair.part = Part::Acting;
        pair.given = None;
        pair.acked = if same { self.durable } else { 0 };
        pair.away = pair.lost.is_some() || pair.fresh(now).is_none();
        pair.behind = None;
        pair.outbox.clear();
        let notes = std::mem::take(&mut pair.notes).into_iter().map(|text| Body::Note { text });
        let bodies = bodies.into_iter().chain(notes).collect();
        let known = self.ledger.term().max(heard.map_or(self.ledger.term(), |tail| tail.term));
        tracing::info!(%known, "this monitor acts");
        match self.take_term(known, bodies, now) {
            Ok(mut effects) => {
                if let Some(pair) = &mut self.pair {
                    pair.led = self.ledger.last();
                }
                self.note_failover();
                // What was seen before is as true as it was, and was not decided on yet.
                effects.extend(self.adopt(now));
                effects.extend(self.decide(now));
                effects
            }
            Err(why) => {
                tracing::error!(%why, "the lease cannot be taken");
                self.gate.hold(None);
                if let Some(pair) = &mut self.pair {
                    pair.part = Part::Waiting;
                }
                Vec::new()
            }
        }
    }

    /// A person has had the other one take over: this one does nothing more, and the next life follows.
    pub(super) fn give_way(&mut self, other: &Standing, now: Now) -> Vec<Effect> {
        tracing::error!(other = %other.monitor, term = %other.tail.term, "the other monitor has taken over under a newer term; this one stops acting");
        self.stop_acting(self.durable, now);
        vec![Effect::Restart]
    }

    /// The journal was opened again: what this life took the lease with is not in it, or it was giving the lease up. Then it
    /// ends, since nobody knows of its lease.
    pub(in crate::monitor::state) fn end_unjournaled(&mut self, now: Now) -> Option<Vec<Effect>> {
        let pair = self.pair.as_ref()?;
        let leaves = pair.leaving.is_some();
        if pair.part != Part::Acting || (!leaves && pair.led <= self.ledger.last()) {
            return None;
        }
        self.stop_acting(self.durable, now);
        Some(vec![Effect::Restart])
    }

    /// Why this monitor cannot take the lease now, whoever asks for it.
    pub(super) fn cannot_lead(&self) -> Option<String> {
        let pair = self.pair.as_ref()?;
        if let Some(why) = self.gate.broken() {
            return Some(format!("the journal cannot be written: {why}"));
        }
        if pair.cut.is_some() {
            return Some("the journal is being opened".to_owned());
        }
        if let Some(why) = self.ledger.home().and_then(|home| home.differs_from(&self.home())) {
            return Some(why);
        }
        pair.leaving.is_some().then(|| self.not_acting()).flatten()
    }

    /// Nothing is dispatched from here on.
    fn stop_acting(&mut self, index: u64, now: Now) {
        self.gate.hold(None);
        for (_, held) in &mut self.held {
            held.retain(|effect| !matches!(effect, Effect::Carry(_) | Effect::Take(..)));
        }
        if let Some(pair) = &mut self.pair {
            pair.leaving = Some(Leaving { since: now.steady, index, told: false });
        }
    }

    /// What the pair has to say to `command` before it is planned.
    pub(in crate::monitor::state) fn pair_reasons(&self, command: &Command, now: Now) -> Vec<Reason> {
        let reason = |what: &str, remedy: &str| vec![Reason::new(what, remedy)];
        let Some(pair) = &self.pair else {
            return match command {
                Command::MonitorMove { .. } | Command::TakeOver { .. } => {
                    reason("this cluster has one monitor", "a second one is named under monitor.hosts")
                }
                _ => Vec::new(),
            };
        };
        let other = &pair.setup.other;
        match command {
            Command::MonitorMove { to } if to != other => {
                reason(&format!("{to} is not the other monitor"), &format!("the other monitor is on {other}"))
            }
            Command::MonitorMove { .. } if pair.part == Part::Acting => self.hindrances_of_move(now),
            Command::TakeOver { from, .. } if from != other => {
                reason(&format!("{from} is not the other monitor"), &format!("the other monitor is on {other}"))
            }
            Command::TakeOver { .. } if pair.part == Part::Acting && self.ledger.rival().is_none() => {
                reason("this monitor acts already", "nothing is to be done")
            }
            Command::TakeOver { .. } => match pair.fresh(now).filter(|_| pair.part != Part::Acting) {
                Some(standing) if standing.broken => Vec::new(),
                Some(standing) if standing.acts => reason(
                    &format!("the monitor on {other} is heard, and acts"),
                    &format!("have it hand over: `switchtower monitor move` on {other}"),
                ),
                Some(_) => reason(
                    &format!("the monitor on {other} is heard"),
                    "the two settle it in a moment; if they do not, stop the one whose disk hangs",
                ),
                None => Vec::new(),
            },
            _ if pair.part != Part::Acting => {
                let why = self.not_acting().unwrap_or_default();
                reason(&why, &format!("ask the monitor on {other}; if it is lost, there is `switchtower monitor take-over`"))
            }
            Command::Fence { host, .. } if self.ledger.rival().is_none_or(|rival| rival == host) => Vec::new(),
            _ => self.rivalled().map_or_else(Vec::new, |why| {
                reason(&why, &format!("`switchtower monitor take-over` fences {other}; with --by-word you vouch for it"))
            }),
        }
    }

    fn hindrances_of_move(&self, now: Now) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if let Some(why) = self.uncopied(now) {
            reasons.push(Reason::new(why, "wait until it has the whole journal"));
        }
        if let Some(why) = self.rivalled() {
            reasons.push(Reason::new(why, "settle that first, with `switchtower monitor take-over`"));
        }
        if self.pair_view(now).is_some_and(|view| view.other_config) {
            reasons.push(Reason::new("the other monitor runs by another configuration", "give both the same file, and have both read it"));
        }
        reasons.extend(self.open_reasons());
        reasons
    }

    /// A person has the lease moved to the other one.
    pub(in crate::monitor::state) fn move_lease(
        &mut self,
        submit: Submit,
        who: Actor,
        since: Instant,
        reply: Reply,
        now: Now,
    ) -> Vec<Effect> {
        match self.accept(&submit, since, now) {
            Err(refusal) => self.refuse(submit.command, who, refusal, reply, now),
            Ok(plan) => {
                let why = format!("{who} has it moved{}", submit.reason.as_ref().map(|r| format!(" ({})", kept(r))).unwrap_or_default());
                let mut effects = self.open_for(plan, who, submit.reason, reply, now);
                effects.extend(self.hand_over(why, now));
                effects
            }
        }
    }

    /// Gives the lease to the other one, which has the whole journal: the entry that says so is the last of this life.
    fn hand_over(&mut self, why: String, now: Now) -> Vec<Effect> {
        let Some(to) = self.pair.as_ref().map(|pair| pair.setup.other.to_string()) else { return Vec::new() };
        tracing::warn!(%to, %why, "the lease is handed over");
        let effects = self.record(vec![Body::HandedOver { to, why }], Vec::new(), now);
        self.stop_acting(self.ledger.last(), now);
        effects
    }

    /// Ends this life once the other one has the entry that gives it the lease.
    pub(in crate::monitor::state) fn leave_when_copied(&mut self, now: Now) -> Vec<Effect> {
        let Some(pair) = &mut self.pair else { return Vec::new() };
        let acked = pair.acked;
        let Some(leaving) = pair.leaving.as_mut().filter(|leaving| !leaving.told) else { return Vec::new() };
        let late = now.steady.saturating_duration_since(leaving.since) >= FAREWELL;
        if acked < leaving.index && !late {
            return Vec::new();
        }
        leaving.told = true;
        vec![Effect::Restart]
    }

    /// A person has this monitor act in the place of the other one, which is not heard.
    pub(in crate::monitor::state) fn take_over(
        &mut self,
        submit: Submit,
        who: Actor,
        since: Instant,
        reply: Reply,
        now: Now,
    ) -> Vec<Effect> {
        if let Some(why) = self.cannot_lead() {
            return vec![Effect::Reply(reply, Err(crate::monitor::state::requests::cannot_act(&why)))];
        }
        let plan = match self.accept(&submit, since, now) {
            Ok(plan) => plan,
            Err(refusal) => return self.refuse(submit.command, who, refusal, reply, now),
        };
        let Command::TakeOver { from, .. } = submit.command.clone() else { return Vec::new() };
        let mut effects = Vec::new();
        if self.gate.term().is_none() {
            effects.extend(self.lead(vec![Body::TakenOver { from }], now));
        }
        if let Some(why) = self.closed() {
            effects.push(Effect::Reply(reply, Err(crate::monitor::state::requests::cannot_act(&why))));
            return effects;
        }
        effects.extend(self.open_for(plan, who, submit.reason, reply, now));
        effects.extend(self.settle_fenced(now));
        effects.extend(self.advance_runs(now));
        effects
    }

    /// The lease was given to this one by the entries that are on stable storage now.
    pub(in crate::monitor::state) fn lead_if_given(&mut self, now: Now) -> Vec<Effect> {
        let last = Tail { term: self.ledger.term(), index: self.durable };
        // One that knows of more has gone on since, and this is the copy of what was.
        let gives = |other: &Standing| other.acts && other.tail <= last;
        let given = self.pair.as_ref().is_some_and(|pair| {
            let heard = pair.heard.as_ref().is_some_and(|(_, other)| gives(other));
            pair.part == Part::Standby && pair.cut.is_none() && heard && pair.given == Some(self.durable)
        });
        if given && self.ledger.last() == self.durable { self.lead(Vec::new(), now) } else { Vec::new() }
    }

    /// A failover is on its way: once it is over, the monitor of the side that serves then may have to act.
    pub(in crate::monitor::state) fn note_failover(&mut self) {
        let open = |mark: &&crate::core::record::FailoverMark| self.ledger.run(mark.run).is_some_and(|log| log.run.end().is_none());
        let run = self.ledger.failover().filter(open).map(|mark| mark.run);
        if let Some(pair) = self.pair.as_mut().filter(|pair| pair.setup.moves) {
            pair.follow = run.or(pair.follow);
        }
    }

    /// Hands over to the monitor of the side that serves since a failover, once nothing stands in the way.
    pub(in crate::monitor::state) fn follow_failover(&mut self, now: Now) -> Vec<Effect> {
        let Some(run) = self.pair.as_ref().filter(|pair| pair.leaving.is_none()).and_then(|pair| pair.follow) else { return Vec::new() };
        let Some(over) = self.ledger.run(run).map(|log| log.run.end().map(|_| log.run.has_moved())) else { return Vec::new() };
        let serving = self.ledger.wanted().side();
        let Some(pair) = &mut self.pair else { return Vec::new() };
        match over {
            None => return Vec::new(),
            Some(true) if pair.part == Part::Acting && serving == Some(pair.setup.side.other()) => {}
            Some(_) => {
                pair.follow = None;
                return Vec::new();
            }
        }
        if self.closed().is_some() || self.switched.is_some() || !self.held.is_empty() || !self.hindrances_of_move(now).is_empty() {
            return Vec::new();
        }
        if let Some(pair) = &mut self.pair {
            pair.follow = None;
        }
        let site = serving.map(|side| self.setup.cluster.site(side).to_string()).unwrap_or_default();
        self.hand_over(format!("a failover has moved everything to {site}, and the monitor there watches it from now on"), now)
    }

    /// A refusal for what the pair has to say, if it has anything to say.
    pub(in crate::monitor::state) fn pair_refusal(&self, command: &Command, now: Now) -> Option<Refusal> {
        let reasons = self.pair_reasons(command, now);
        (!reasons.is_empty()).then_some(Refusal { reasons })
    }
}
