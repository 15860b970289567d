//! From what the monitor shows to issues, each with the state that it is worth. Pure.

use super::State;
use crate::cli::args::{HealthArgs, Level};
use crate::core::health::Health;
use crate::core::model::{HostName, Mode};
use crate::core::plan::Wanted;
use crate::core::readiness::Verdict as CheckVerdict;
use crate::core::record::Stance;
use crate::core::trigger::{Acts, Choice};
use crate::wire::{ComponentView, HostView, PlacementView, StatusView, Verdict};
use crate::words::{decided, role, stance_words};
use serde::Serialize;

/// Something that is wrong, or that somebody wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Issue {
    /// What it is worth.
    pub(super) state: State,
    /// In words.
    pub(super) what: String,
}

/// Everything that is wrong, the worst first.
pub(super) fn judge(status: &StatusView, args: &HealthArgs) -> Vec<Issue> {
    let mut issues = Vec::new();
    let mut add = |state: State, what: String| {
        if state > State::Ok {
            issues.push(Issue { state, what });
        }
    };
    if let Err(why) = &status.lease.journal {
        add(State::Critical, format!("the journal cannot be written, nothing is done: {why}"));
    }
    for run in &status.open_runs {
        add(State::Warning, format!("run {} is under way: {}", run.run, run.summary));
        if let Some(doubt) = &run.doubt {
            add(State::Warning, format!("run {} is in doubt: {doubt}", run.run));
        }
    }
    for host in &status.hosts {
        let (state, what) = of_host(host);
        add(state, what);
    }
    for (component, placement) in placements(status) {
        if let Some((state, what)) = of_placement(status, component, placement) {
            add(state, what);
        }
    }
    let (state, what) = of_wanted(status, args);
    add(state, what);
    let (state, what) = of_stance(&status.stance, args);
    add(state, what);
    if let Some(off) = &status.protection_off {
        add(State::Warning, off.clone());
    }
    if let Some(last) = status.last_failover.as_ref().filter(|last| !last.acknowledged) {
        add(State::Warning, format!("failover {} is not acknowledged", last.run));
    }
    if let Some(decision) = &status.decision
        && holds_back(&decision.choice, decision.acts)
    {
        add(State::Warning, decided(decision.id, &decision.choice, decision.acts, &decision.why).1);
    }
    if let Some(what) = not_ready(status) {
        add(level(args.not_ready), what);
    }
    rest(status, &mut issues);
    issues.sort_by_key(|issue| std::cmp::Reverse(issue.state));
    issues
}

/// What the monitor complains about, or its one word for the whole, where nothing above says it.
fn rest(status: &StatusView, issues: &mut Vec<Issue>) {
    if issues.is_empty() {
        issues.extend(status.troubles.iter().map(|t| Issue { state: State::Warning, what: format!("{}: {}", t.key, t.what) }));
    }
    let least = match status.verdict {
        Verdict::Down => State::Critical,
        Verdict::Degraded => State::Warning,
        // A host that is known to be down is no riddle, though what was on it is not seen any more.
        Verdict::Unknown if unknown_only_on_lost_hosts(status) => State::Warning,
        Verdict::Unknown => State::Unknown,
        Verdict::Ok | Verdict::Moving => State::Ok,
    };
    if least > State::Ok && issues.iter().all(|issue| issue.state < least) {
        issues.push(Issue { state: least, what: format!("the monitor says {}", status.verdict.word()) });
    }
}

fn unknown_only_on_lost_hosts(status: &StatusView) -> bool {
    let mut unknown = placements(status).filter(|(_, p)| p.observed.is_none()).map(|(_, p)| lost(status, &p.host)).peekable();
    unknown.peek().is_some() && unknown.all(|lost| lost)
}

fn lost(status: &StatusView, host: &HostName) -> bool {
    status.hosts.iter().any(|h| h.name == *host && h.health.health == Health::Down)
}

fn of_host(host: &HostView) -> (State, String) {
    let what = format!("{}: {}, {}", host.name, host.health.health.word(), host.health.why);
    match (host.health.health, host.answers) {
        (Health::Up, Some(true)) => (State::Ok, what),
        (Health::Down | Health::ProbeBroken | Health::Degraded, _) => (State::Warning, what),
        (Health::Up, _) | (Health::Unknown, _) => (State::Unknown, what),
    }
}

/// What serves counts most; while a run moves the cluster it says itself what it does.
fn of_placement(status: &StatusView, component: &ComponentView, placement: &PlacementView) -> Option<(State, String)> {
    if component.held_by.is_some() {
        return None;
    }
    let (name, host) = (&component.name, &placement.host);
    let health = placement.health.as_ref();
    let why = health.map_or(placement.detail.as_str(), |judged| judged.why.as_str());
    let known = health.map(|judged| judged.health);
    match (placement.wanted, known) {
        (Some(Mode::Active), Some(Health::Down)) => Some((State::Critical, format!("{name} is down on {host}: {why}"))),
        (Some(Mode::Active), Some(Health::Degraded)) => Some((State::Warning, format!("{name} is degraded on {host}: {why}"))),
        (Some(Mode::Active), Some(Health::ProbeBroken | Health::Unknown)) => {
            Some((State::Unknown, format!("{name} is not known to run on {host}: {why}")))
        }
        (Some(Mode::Active), _) if placement.observed.is_none() => {
            Some((State::Unknown, format!("{name} is not known to run on {host}: {}", placement.detail)))
        }
        (Some(Mode::Active), _) if !placement.agrees => Some((State::Critical, format!("{name} is down on {host}: {}", placement.detail))),
        // What is not seen on a lost host was said with the host.
        (Some(_), _) if placement.observed.is_none() && lost(status, host) => None,
        (Some(_), _) if placement.observed.is_none() => {
            Some((State::Unknown, format!("{name} on {host} is not known: {}", placement.detail)))
        }
        (Some(wanted), _) if !placement.agrees => {
            Some((State::Warning, format!("{name} on {host} should be {wanted}: {}", placement.detail)))
        }
        (Some(_) | None, _) => None,
    }
}

fn of_wanted(status: &StatusView, args: &HealthArgs) -> (State, String) {
    match status.wanted {
        Wanted::Unset => (State::Unknown, "it is not known which site is to serve".to_owned()),
        Wanted::Stopped => (level(args.stopped), "the cluster is stopped".to_owned()),
        Wanted::Limited(_) if status.protection_off.is_none() => (State::Warning, "limited since a failover".to_owned()),
        Wanted::Active(_) | Wanted::Limited(_) => (State::Ok, String::new()),
    }
}

fn of_stance(stance: &Stance, args: &HealthArgs) -> (State, String) {
    let state = match stance {
        Stance::Automatic => State::Ok,
        Stance::ObserveOnly => level(args.observe_only),
        Stance::Paused { .. } => level(args.paused),
    };
    (state, stance_words(stance))
}

/// Something is wrong and nothing is done about it.
fn holds_back(choice: &Choice, acts: Acts) -> bool {
    matches!(choice, Choice::Hold { .. }) || (matches!(choice, Choice::Act { .. }) && acts == Acts::Would)
}

fn not_ready(status: &StatusView) -> Option<String> {
    let readiness = status.readiness.as_ref().filter(|r| r.verdict != CheckVerdict::Ok && status.open_runs.is_empty())?;
    let worst = readiness.checks.iter().find(|check| check.forbids());
    let why = worst.map_or_else(|| readiness.verdict.word().to_owned(), |check| format!("{}: {}", check.name, check.evidence));
    Some(format!("a switchover to {} would be refused: {why}", readiness.to))
}

fn level(level: Level) -> State {
    match level {
        Level::Ok => State::Ok,
        Level::Warning => State::Warning,
        Level::Critical => State::Critical,
    }
}

/// Which site does what, and what the monitor would do by itself.
pub(super) fn roles(status: &StatusView) -> String {
    let roles: Vec<String> = status.sites.iter().map(|site| format!("{site} is {}", role(status, site).to_lowercase())).collect();
    let stance = match status.stance {
        Stance::Automatic => "automatic",
        Stance::ObserveOnly => "observe-only",
        Stance::Paused { .. } => "paused",
    };
    format!("{}, {stance}, term {}", roles.join(", "), status.lease.term)
}

/// What is counted.
pub(super) fn counts(status: &StatusView) -> Vec<(&'static str, u64)> {
    let of = |health: Health| {
        let is = |p: &PlacementView| p.wanted == Some(Mode::Active) && p.health.as_ref().is_some_and(|judged| judged.health == health);
        count(placements(status).filter(|(_, p)| is(p)).count())
    };
    vec![
        ("components_down", of(Health::Down)),
        ("components_degraded", of(Health::Degraded)),
        ("components_unknown", of(Health::Unknown) + of(Health::ProbeBroken)),
        ("placements_not_as_wanted", count(placements(status).filter(|(_, p)| !p.agrees).count())),
        ("hosts_silent", count(status.hosts.iter().filter(|h| h.answers != Some(true)).count())),
        ("runs_open", count(status.open_runs.len())),
    ]
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn placements(status: &StatusView) -> impl Iterator<Item = (&ComponentView, &PlacementView)> {
    status.components.iter().flat_map(|c| c.placements.iter().map(move |p| (c, p)))
}
