//! Whether the monitor acts by itself: mode, pause, acknowledgement, and the one line that says it.

use super::attempts::{ACKNOWLEDGE, PAUSE};
use super::requests::{cannot_act, kept, value};
use super::views::millis;
use super::{Effect, Now, State};
use crate::core::command::{Command, Reason};
use crate::core::health::{Health, judge_host};
use crate::core::model::{Component, Initiative, Sharing, Trigger};
use crate::core::plan::Wanted;
use crate::core::record::{Actor, Body, RunId, Stance};
use crate::core::trigger::{Choice, LastFailover};
use crate::monitor::event::Reply;
use crate::wire::ModeAsk;
use std::collections::BTreeSet;
use std::time::Duration;

/// A failover that moved nothing is not tried again before this time, in milliseconds.
const AGAIN_MS: u64 = 60_000;
/// So long it is remembered when something has ended.
const KEPT: Duration = Duration::from_secs(3_600);
/// The longest pause that is given an end.
const LONGEST_PAUSE: Duration = Duration::from_secs(365 * 86_400);

impl State {
    /// Whether it acts by itself: what was said last, else what the configuration has.
    pub(super) fn stance(&self) -> Stance {
        self.ledger.stance().cloned().unwrap_or_else(|| self.setup.cluster.policy.initiative.into())
    }

    pub(super) fn set_mode(&mut self, mode: ModeAsk, reason: Option<String>, who: Actor, reply: Reply, now: Now) -> Vec<Effect> {
        if let Some(why) = self.closed() {
            return vec![Effect::Reply(reply, Err(cannot_act(&why)))];
        }
        let reason = reason.map(|reason| kept(&reason)).filter(|reason| !reason.is_empty());
        let stance = match mode {
            ModeAsk::Automatic => Stance::Automatic,
            ModeAsk::ObserveOnly => Stance::ObserveOnly,
            ModeAsk::Pause { for_ms } => {
                let Some(reason) = reason.clone() else {
                    let why = Reason::new("a pause needs a reason", "say why with --reason");
                    return self.refuse_words(PAUSE, &who, vec![why], reply, now);
                };
                let time = for_ms.map(|ms| Duration::from_millis(ms).min(LONGEST_PAUSE));
                let until = time.and_then(|time| now.wall.checked_add(time).ok());
                Stance::Paused { who: who.clone(), reason, until, then: self.after_pause() }
            }
        };
        let body = Body::StanceSet { who: Some(who), reason, stance };
        let mut effects = self.record(vec![body], vec![Effect::Reply(reply, value(&()))], now);
        effects.extend(self.advance_runs(now));
        effects.extend(self.decide(now));
        effects
    }

    /// What holds after a pause: what held before it.
    pub(super) fn after_pause(&self) -> Initiative {
        match self.stance() {
            Stance::Automatic => Initiative::Automatic,
            Stance::ObserveOnly => Initiative::ObserveOnly,
            Stance::Paused { then, .. } => then,
        }
    }

    /// Whether what ends at `until` is over. It is as long as it was meant to be from when this life of the monitor first
    /// knew of it, whatever happens to the wall clock.
    pub(super) fn is_over(&mut self, until: jiff::Timestamp, now: Now) -> bool {
        let left = || Duration::try_from(until.duration_since(now.wall)).unwrap_or_default();
        let end = *self.ends.entry(until).or_insert_with(|| now.steady + left());
        self.ends.retain(|_, end| *end + KEPT > now.steady);
        end <= now.steady
    }

    /// Ends a pause whose time has come.
    pub(super) fn end_pause(&mut self, now: Now) -> Vec<Effect> {
        match self.stance() {
            Stance::Paused { who, reason, until: Some(until), then } if self.is_over(until, now) => {
                // What was done by hand is left alone until somebody says so, however long a pause was meant to be.
                let stance = match self.ledger.by_hand().values().any(|mark| !mark.resumed) {
                    true => Stance::Paused { who, reason, until: None, then },
                    false => then.into(),
                };
                let mut effects = self.record(vec![Body::StanceSet { who: None, reason: None, stance }], Vec::new(), now);
                effects.extend(self.advance_runs(now));
                effects
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn acknowledge(&mut self, reason: Option<String>, who: Actor, reply: Reply, now: Now) -> Vec<Effect> {
        if let Some(why) = self.closed() {
            return vec![Effect::Reply(reply, Err(cannot_act(&why)))];
        }
        let run = match self.ledger.failover() {
            Some(mark) if !mark.acknowledged => mark.run,
            _ => {
                let reason = Reason::new("there is no failover that waits to be acknowledged", "nothing is to be done");
                return self.refuse_words(ACKNOWLEDGE, &who, vec![reason], reply, now);
            }
        };
        let body = Body::Acknowledged { who, reason: reason.map(|r| kept(&r)), run };
        let mut effects = self.record(vec![body], vec![Effect::Reply(reply, value(&run))], now);
        effects.extend(self.decide(now));
        effects
    }

    /// The last automatic failover. One that moved nothing, since a fence failed, was none.
    pub(super) fn last_failover(&self, now: Now) -> Option<LastFailover> {
        let idle = self.ledger.failover().is_none_or(|mark| mark.idle);
        self.last_tried(now).filter(|_| !idle)
    }

    /// The last automatic failover that was tried, and how long ago, by the steady clock as far as this life of the
    /// monitor goes.
    fn last_tried(&self, now: Now) -> Option<LastFailover> {
        let mark = self.ledger.failover()?;
        let age_ms = match self.failover_seen {
            Some((run, at)) if run == mark.run => millis(now.steady, at),
            _ => 0,
        };
        Some(LastFailover { run: mark.run, age_ms, acknowledged: mark.acknowledged })
    }

    /// The last automatic failover, if it moved nothing, and for how many milliseconds it is not tried again, whatever the
    /// configuration says of a second one.
    pub(super) fn failed_lately(&self, now: Now) -> Option<(RunId, u64)> {
        let last = self.last_tried(now).filter(|last| !last.acknowledged && last.age_ms < AGAIN_MS)?;
        let run = &self.ledger.run(last.run)?.run;
        let moved = run.wanted().side() == run.plan().afterwards.side();
        (run.end().is_some() && !moved).then(|| (last.run, AGAIN_MS.saturating_sub(last.age_ms)))
    }

    /// Will it act? One line, with how much it leaves alone.
    pub(super) fn acts(&self, now: Now) -> String {
        let line = self.acts_on(now);
        let Some(much) = self.maintained() else { return line };
        // Before the rest, which a narrow screen leaves out.
        match line.split_once(" | ") {
            Some((first, rest)) => format!("{first} | {much} | {rest}"),
            None => format!("{line} | {much}"),
        }
    }

    fn acts_on(&self, now: Now) -> String {
        if let Some(why) = self.closed() {
            return self.pair_acts(now).unwrap_or_else(|| format!("ACTS ON NOTHING: {why}"));
        }
        if let Some(why) = self.rivalled().or_else(|| self.same_machine()) {
            return format!("ACTS ON NOTHING: {why}");
        }
        if let Some(why) = self.uncopied(now) {
            return format!("NOTHING BY ITSELF: {why}; what you ask for is done");
        }
        match self.stance() {
            Stance::Paused { who, reason, until, .. } => {
                let until = until.map_or_else(|| "until somebody resumes it".to_owned(), |until| format!("until {until:.0}"));
                return format!("PAUSED by {who} {until}: nothing moves by itself ({reason})");
            }
            Stance::ObserveOnly => return "OBSERVES ONLY: it journals what it would do, and moves nothing by itself".to_owned(),
            Stance::Automatic => {}
        }
        match self.ledger.wanted() {
            Wanted::Unset => return "AUTO, but nobody has said which side is to serve: it acts on nothing".to_owned(),
            Wanted::Stopped => return "AUTO, but the cluster is stopped: it acts on nothing".to_owned(),
            Wanted::Limited(_) => {
                return "AUTO, LIMITED after a failover: it rescues in place, and moves nothing until a switchback".to_owned();
            }
            Wanted::Active(_) => {}
        }
        let term = self.ledger.term();
        let quiet_ms = self.setup.cluster.policy.quiet_ms;
        if let Some(last) = self.last_failover(now).filter(|last| !last.acknowledged && last.age_ms < quiet_ms) {
            let left = Duration::from_millis(quiet_ms.saturating_sub(last.age_ms)).as_secs();
            return format!(
                "AUTO, HELD after failover {}: it moves nothing for another {left} s, unless somebody types `switchtower acknowledge` | term {term}",
                last.run
            );
        }
        if let Some((run, left_ms)) = self.failed_lately(now) {
            return format!(
                "AUTO, HELD after failover {run}, which moved nothing: not tried again for another {} s, unless somebody types `switchtower acknowledge` | term {term}",
                left_ms / 1000
            );
        }
        let rest = format!("{} | term {term}", self.fences());
        if let Some((wants, why)) = self.holding() {
            return match wants {
                Some(command) => format!("AUTO, HOLDS {}: {why} | {rest}", command.verb()),
                None => format!("AUTO, HOLDS: {why} | acts on: {} | {rest}", self.triggers()),
            };
        }
        if let Some(why) = self.cannot_move(now) {
            return format!("AUTO, but {why}: it rescues in place | {rest}");
        }
        format!("AUTO acts on: {} | {rest}", self.triggers())
    }

    /// What is wrong and left as it is, by the last decision, and what would be done about it.
    fn holding(&self) -> Option<(Option<&Command>, &str)> {
        match &self.decided.as_ref()?.choice {
            Choice::Hold { wants, reasons } => Some((wants.as_ref(), &reasons.first()?.what)),
            Choice::Quiet | Choice::Act { .. } => None,
        }
    }

    /// Why nothing can be moved to the other side, as far as its hosts go.
    fn cannot_move(&self, now: Now) -> Option<String> {
        let to = self.ledger.wanted().side()?.other();
        let hosts: BTreeSet<_> = self.setup.cluster.components.values().map(|c| c.host(to)).collect();
        let judged = hosts.into_iter().map(|host| (host, judge_host(&self.signals(host, now)).health));
        let away: Vec<String> =
            judged.filter(|(_, health)| *health != Health::Up).map(|(host, health)| format!("{host} is {}", health.word())).collect();
        let first = away.first()?;
        let more = if away.len() > 1 { format!(" and {} more", away.len() - 1) } else { String::new() };
        Some(format!("nothing can move to {} ({first}{more})", self.setup.cluster.site(to)))
    }

    /// What moves the cluster, in words.
    fn triggers(&self) -> String {
        let mut words = BTreeSet::new();
        let maintenance = self.ledger.maintenance();
        for component in self.setup.cluster.components.values().filter(|c| maintenance.unmoved(c).is_none()) {
            match &component.trigger {
                Trigger::Any => words.insert(component.name.to_string()),
                Trigger::AllOf { group } => words.insert(format!("all {group}")),
                Trigger::AtLeast { lost, group } => words.insert(format!("{lost} of {group}")),
                Trigger::Watch => false,
            };
        }
        if words.is_empty() { "nothing".to_owned() } else { words.into_iter().collect::<Vec<_>>().join(", ") }
    }

    fn fences(&self) -> String {
        let used: BTreeSet<_> = self.setup.cluster.instances().map(|(_, _, _, i)| i.host).collect();
        let unfenced = used.iter().filter(|name| self.setup.cluster.hosts.get(*name).is_some_and(|host| host.fence.is_none()));
        // As far as they have said so: before that, they are as bare as others.
        let (stopping, bare): (Vec<_>, Vec<_>) = unfenced.partition(|name| self.stops_within(name).is_some());
        let bare: Vec<String> = bare.into_iter().map(ToString::to_string).collect();
        match bare.len() {
            0 if stopping.is_empty() => "fence: every host".to_owned(),
            0 if stopping.len() == used.len() => "no fence: every host stops by itself when it hears no monitor".to_owned(),
            0 => "every host is fenced, or stops by itself when it hears no monitor".to_owned(),
            n if n == used.len() => "no fence: it holds when a host is silent".to_owned(),
            _ => format!("no fence: it holds when {} is silent", bare.join(" or ")),
        }
    }

    /// Which protection is off since a failover.
    pub(super) fn protection_off(&self) -> Option<String> {
        let Wanted::Limited(side) = self.ledger.wanted() else { return None };
        if self.ledger.failover().and_then(|mark| self.ledger.run(mark.run)).is_some_and(|log| log.run.end().is_none()) {
            // It is on its way, and may turn back: nothing has been taken over yet.
            return None;
        }
        let cluster = &self.setup.cluster;
        let run = self.ledger.failover().map(|mark| format!(" since failover {}", mark.run)).unwrap_or_default();
        // A component that stops while limited does not run at all; of another in two modes nothing follows.
        let names = |chosen: &dyn Fn(&Component) -> bool| -> String {
            let names = cluster.components.values().filter(|c| chosen(c)).map(|c| c.name.to_string());
            names.collect::<Vec<_>>().join(", ")
        };
        let follows = |c: &Component| !c.stops_when_limited && c.sharing() == Sharing::ActiveStandby;
        let standby = Some(names(&follows)).filter(|n| !n.is_empty()).map(|n| format!(" nothing of {n} follows,")).unwrap_or_default();
        let stopped = names(&|c| c.stops_when_limited);
        let stopped = Some(stopped).filter(|n| !n.is_empty()).map(|n| format!(" {n} does not run,")).unwrap_or_default();
        Some(format!(
            "LIMITED{run}: {} serves alone,{standby}{stopped} and no second failover happens by itself; return with `switchtower switchback`",
            cluster.site(side)
        ))
    }
}
