//! From a situation to a decision: what is lost, what the rules make of it, and what stands in the way.

use super::loss::{Losses, losses};
use super::{Acts, Choice, Decision, Situation};
use crate::core::command::{Command, Reason};
use crate::core::fact::{Reach, State};
use crate::core::health::{Health, HostSignals, Own, has_self_stopped, judge_host};
use crate::core::model::{Cluster, Component, ComponentName, HostName, Mode, Side, Wanted};
use crate::core::plan::{Ground, plan};
use crate::core::record::{RunId, Stance};

/// What was done by itself and did not help is not done again before this time, in milliseconds.
const AGAIN_MS: u64 = 60_000;

/// The same for what comes back on the wrong side.
const GUARD_AGAIN_MS: u64 = 5_000;

/// What is to be done by itself in `situation`. The same situation gives the same decision again.
#[must_use]
pub fn decide(cluster: &Cluster, situation: Situation) -> Decision {
    let (choice, why) = match (choose(cluster, &situation), &situation.uncopied) {
        ((Choice::Act { command, .. }, _), Some(why)) => {
            let remedy = "bring the other monitor back, or do it yourself: what a person asks for is done all the same";
            hold(Some(command), vec![Reason::new(format!("the other monitor does not have the journal: {why}"), remedy)])
        }
        (chosen, _) => chosen,
    };
    let acts = match (&choice, &situation.stance) {
        (Choice::Quiet | Choice::Hold { .. }, _) => Acts::Nothing,
        (Choice::Act { .. }, Stance::Automatic) => Acts::Does,
        (Choice::Act { .. }, Stance::ObserveOnly | Stance::Paused { .. }) => Acts::Would,
    };
    Decision { choice, acts, why, situation, brief: false }
}

fn choose(cluster: &Cluster, s: &Situation) -> (Choice, Vec<String>) {
    let Some(side) = s.wanted.side() else { return quiet() };
    if let Some(why) = &s.closed {
        let reason = Reason::new(format!("this monitor may not act: {why}"), "mend that; it goes on by itself then");
        return hold(None, vec![reason]);
    }
    if let Some(choice) = doubt(cluster, s) {
        return choice;
    }
    let (guard, alarms) = strays(cluster, s, side);
    if let Some(choice) = guard {
        return choice;
    }
    if !s.held.is_empty() {
        // A run is seeing to it; what is left is decided when it is over.
        return quiet();
    }
    let mut losses = losses(cluster, s, side);
    // What cannot even be planned to be started again is lost like what has used up its attempts.
    let rescue = rescue(cluster, s, &mut losses);
    let moved = (!losses.firing.is_empty()).then(|| failover(cluster, s, side, &losses));
    match (moved, rescue) {
        (Some(moved @ (Choice::Act { .. }, _)), _) => moved,
        // What holds the failover back does not keep the rest from being rescued.
        (_, Some(rescue)) => rescue,
        (Some(_), None) if !alarms.is_empty() => hold(None, alarms),
        (_, None) if !losses.given_up.is_empty() => held_rescue(s, losses),
        (Some(other), None) => other,
        (None, None) => {
            let mut reasons = alarms;
            reasons.extend(losses.reasons);
            reasons.extend(silent_hosts(cluster, s, side));
            if reasons.is_empty() { quiet() } else { hold(None, reasons) }
        }
    }
}

/// What would be started again if nothing stood in the way.
fn held_rescue(s: &Situation, losses: Losses) -> (Choice, Vec<String>) {
    let (components, reasons): (Vec<ComponentName>, Vec<Vec<Reason>>) = losses.given_up.into_iter().unzip();
    let cold = components.iter().any(|name| s.rebooted.contains(name));
    let mut all: Vec<Reason> = Vec::new();
    for reason in reasons.into_iter().flatten() {
        if !all.contains(&reason) {
            all.push(reason);
        }
    }
    (Choice::Hold { wants: Some(Command::Rescue { components, cold }), reasons: all }, losses.why)
}

/// Starts again what can be. A component that it cannot be planned for is counted as lost for good.
fn rescue(cluster: &Cluster, s: &Situation, losses: &mut Losses) -> Option<(Choice, Vec<String>)> {
    let of = |names: &[ComponentName]| {
        let cold = names.iter().any(|name| s.rebooted.contains(name));
        act(cluster, s, Command::Rescue { components: names.to_vec(), cold }, Vec::new())
    };
    let mut can = Vec::new();
    for name in std::mem::take(&mut losses.rescuable) {
        match of(std::slice::from_ref(&name)) {
            (Choice::Act { .. }, _) => can.push(name),
            (Choice::Hold { reasons, .. }, _) => losses.give_up(cluster, s, &name, reasons),
            (Choice::Quiet, _) => {}
        }
    }
    // What needs something that stays lost would not run for long.
    let whole = |name: &ComponentName| {
        let needs = cluster.components.get(name).map(|c| &c.after);
        needs.is_none_or(|needs| !needs.iter().any(|need| losses.lost.contains(need) && !can.contains(need)))
    };
    let can: Vec<ComponentName> = can.iter().filter(|name| whole(name)).cloned().collect();
    if can.is_empty() {
        return None;
    }
    losses.rescuable.clone_from(&can);
    let (choice, _) = of(&can);
    matches!(choice, Choice::Act { .. }).then(|| (choice, losses.why.clone()))
}

/// Everything moves, unless something forbids it.
fn failover(cluster: &Cluster, s: &Situation, side: Side, losses: &Losses) -> (Choice, Vec<String>) {
    let to = cluster.site(side.other()).clone();
    let command = Command::Failover { to };
    if let Wanted::Limited(_) = s.wanted {
        let what = "the cluster is limited after a failover, so it does not fail over again by itself";
        return hold_back(command, losses, Reason::new(what, "mend what is lost, or move it with `switchtower switchback`"));
    }
    let quiet_ms = cluster.policy.quiet_ms;
    if let Some(last) = s.last_failover.as_ref().filter(|last| !last.acknowledged && last.age_ms < quiet_ms) {
        let what = format!("failover {} was less than {} s ago, and nobody has acknowledged it", last.run, quiet_ms / 1000);
        return hold_back(
            command,
            losses,
            Reason::new(what, "look why it is lost again; `switchtower acknowledge` allows another failover"),
        );
    }
    let lately = |host: &&HostName| s.fenced_in_vain.get(*host).is_some_and(|age_ms| *age_ms < AGAIN_MS);
    let dead = |host: &&HostName| matches!(s.picture.reach(host), Some(Reach::Dead(_)));
    if let Some(host) = cluster.components.values().map(|c| c.host(side)).filter(dead).find(lately) {
        let what = format!("{host} was to be fenced less than {} s ago, and nothing came of it", AGAIN_MS / 1000);
        let remedy =
            format!("look at its fence device; or make sure that {host} is off, and say so with `switchtower fence {host} --by-word`");
        return hold_back(command, losses, Reason::new(what, remedy));
    }
    if nobody_answers(cluster, s) {
        let what = "NEITHER SITE CAN BE REACHED: no host answers, so nothing is done";
        return hold_back(command, losses, Reason::new(what, "look at the network of the monitor first; watching goes on"));
    }
    act(cluster, s, command, losses.why.clone())
}

fn hold_back(command: Command, losses: &Losses, reason: Reason) -> (Choice, Vec<String>) {
    (Choice::Hold { wants: Some(command), reasons: vec![reason] }, losses.why.clone())
}

fn nobody_answers(cluster: &Cluster, s: &Situation) -> bool {
    let mut used = cluster.components.values().flat_map(|c| Side::BOTH.map(|side| c.host(side)));
    !used.any(|host| matches!(s.hosts.get(host).map(|signals| &signals.own), Some(Own::Answers { .. })))
}

/// Steps of open runs are in doubt since their hosts are gone: only a fence ends that.
fn doubt(cluster: &Cluster, s: &Situation) -> Option<(Choice, Vec<String>)> {
    let unfenced = |(host, _): &(&HostName, &RunId)| s.hosts.get(*host).is_none_or(|signals| signals.fenced.is_none());
    let mut choices: Vec<_> = s.doubts.iter().filter(unfenced).filter_map(|(host, run)| doubt_on(cluster, s, host, *run)).collect();
    let first = choices.iter().position(|(choice, _)| matches!(choice, Choice::Act { .. })).unwrap_or(0);
    (!choices.is_empty()).then(|| choices.swap_remove(first))
}

fn doubt_on(cluster: &Cluster, s: &Situation, host: &HostName, run: RunId) -> Option<(Choice, Vec<String>)> {
    // What a host stops by itself ends the doubt about that alone, and shows nothing that would allow a fence.
    let judged = s.hosts.get(host).map(|signals| judge_host(&HostSignals { self_stopped: None, ..signals.clone() }))?;
    let why = format!("run {run} waits for {host} to say what became of a step; {host} is {}: {}", judged.health.word(), judged.why);
    let in_vain = s.fenced_in_vain.get(host).is_some_and(|age_ms| *age_ms < AGAIN_MS);
    if judged.health == Health::Down && !in_vain && cluster.hosts.get(host).is_some_and(|h| h.fence.is_some()) {
        return Some(act(cluster, s, Command::Fence { host: host.clone(), by_word: false }, vec![why]));
    }
    let remedy = format!("bring {host} back; or make sure that it is off, and say so with `switchtower fence {host} --by-word`");
    Some(hold(None, vec![Reason::new(why, remedy)]))
}

/// What is active on the side that does not serve: what to stop of it, and what to say of the rest.
fn strays(cluster: &Cluster, s: &Situation, side: Side) -> (Option<(Choice, Vec<String>)>, Vec<Reason>) {
    let site = cluster.site(side.other());
    let runs = |c: &&Component| c.instance(side.other(), Mode::Active).is_some_and(|i| s.picture.state(&i) == State::Active);
    let strays: Vec<&Component> = cluster.components.values().filter(runs).filter(|c| !s.held.contains_key(&c.name)).collect();
    let right = |c: &Component| c.instance(side, Mode::Active).map_or(State::Unknown, |i| s.picture.state(&i));
    // What is unmanaged on either side is somebody else's: it is only said.
    let kept = |c: &Component| s.maintenance.unmoved(c);
    let wanted = |c: &Component| c.mode_when(side, s.wanted) == Some(Mode::Active) && kept(c).is_none();
    let returns = |c: &Component| s.guarded.get(&c.name).is_some_and(|age_ms| *age_ms < GUARD_AGAIN_MS);
    let guarded = |c: &Component| wanted(c) && right(c) == State::Active && !returns(c);
    // Only where the right one is up, and both sides were looked at since what is wanted last changed.
    if let Some(c) = strays.iter().find(|c| guarded(c) && s.confirmed.contains(&c.name)) {
        let why = format!("{} is active on {site} too, where it must not be", c.name);
        let command = Command::Guard { component: c.name.clone(), site: site.clone() };
        return (Some(act(cluster, s, command, vec![why])), Vec::new());
    }
    let alarm = |c: &&Component| {
        let here = cluster.site(side);
        let what = format!("{} is active on {site}, which is not the side that serves; on {here} it is {}", c.name, right(c));
        if let Some((upkept, mark)) = kept(c) {
            let remedy = format!("whoever works on it stops it on {}; `switchtower maintenance list` shows who", c.host(side.other()));
            return Reason::new(format!("{what}; it is left alone: {upkept} is {mark}"), remedy);
        }
        let remedy =
            format!("if it was moved by hand: `switchtower adopt --site {site}`; if not: stop it on {} by hand", c.host(side.other()));
        Reason::new(what, remedy)
    };
    // What is about to be confirmed by the next look is not worth an alarm yet.
    (None, strays.iter().filter(|c| !guarded(c)).map(alarm).collect())
}

/// Hosts that should serve and cannot be looked at, with why nothing is done about them.
fn silent_hosts(cluster: &Cluster, s: &Situation, side: Side) -> Vec<Reason> {
    let mut used: Vec<&HostName> = cluster.components.values().map(|c| c.host(side)).collect();
    used.sort();
    used.dedup();
    let mut reasons = Vec::new();
    if nobody_answers(cluster, s) && used.iter().all(|host| twice_missed(s, host)) {
        let what = "NEITHER SITE CAN BE REACHED: no host answers, so nothing is done";
        reasons.push(Reason::new(what, "look at the network of the monitor first; watching goes on"));
    }
    let silent = used.into_iter().filter(|host| twice_missed(s, host)).filter_map(|host| {
        let signals = s.hosts.get(host)?;
        let judged = judge_host(signals);
        let what = format!("{host} is {}: {}", judged.health.word(), judged.why);
        let remedy = match judged.health {
            _ if has_self_stopped(signals).is_some() => {
                format!("bring {host} or the way to it back; what was active there may be moved with `switchtower switchover`")
            }
            Health::ProbeBroken => format!("mend the way to {host} or its SSH server; what runs there is left alone"),
            _ => format!("nothing is started elsewhere on silence alone: bring {host} back, or fence it with `switchtower fence {host}`"),
        };
        Some(Reason::new(what, remedy))
    });
    reasons.extend(silent);
    reasons
}

fn twice_missed(s: &Situation, host: &HostName) -> bool {
    matches!(s.hosts.get(host).map(|signals| &signals.own), Some(Own::Missed { misses, .. }) if *misses >= 2)
}

/// Gives `command`, or holds with the reasons for which it cannot be planned.
fn act(cluster: &Cluster, s: &Situation, command: Command, why: Vec<String>) -> (Choice, Vec<String>) {
    let ground = Ground {
        cluster,
        wanted: s.wanted,
        picture: &s.picture,
        config: &s.config,
        unguarded: &s.unguarded,
        overrides: &[],
        maintenance: &s.maintenance,
    };
    match plan(&ground, &command) {
        Ok(plan) => (Choice::Act { command: plan.command.clone(), plan: plan.hash().as_str().to_owned() }, why),
        Err(refusal) => (Choice::Hold { wants: Some(command), reasons: refusal.reasons }, why),
    }
}

fn hold(wants: Option<Command>, reasons: Vec<Reason>) -> (Choice, Vec<String>) {
    let why = reasons.iter().map(|r| r.what.clone()).collect();
    (Choice::Hold { wants, reasons }, why)
}

fn quiet() -> (Choice, Vec<String>) {
    (Choice::Quiet, Vec::new())
}
