//! Why something cannot be asked for now. The monitor looks again; what is refused here was never worth asking.

use super::parse::nothing_to_move;
use super::status;
use crate::console::state::{Link, Order, State};
use crate::core::command::{Class, Command};
use crate::core::health::Health;
use crate::core::model::{HostName, Mode, SiteName};
use crate::core::pair::Part;
use crate::core::plan::Wanted;
use crate::core::readiness::Verdict;
use crate::core::record::{RunId, Stance};
use crate::wire::{HostView, ModeAsk, StatusView};

/// What stands in the way of an order as far as it can be seen from here. That nothing may be changed from this console is no
/// reason: its plan can be looked at all the same.
#[must_use]
pub fn why_not(state: &State, order: &Order) -> Option<String> {
    let status = match status(state) {
        Ok(status) => status,
        Err(why) => return Some(why),
    };
    if order.class() > Class::Look
        && let Some(why) = closed(state)
    {
        return Some(why);
    }
    match order {
        Order::Command { command, .. } => why_not_command(status, command),
        Order::Abort(run) => why_not_abort(status, *run),
        Order::Mode(mode) => why_not_mode(status, mode),
        Order::Resume(_) if !matches!(status.stance, Stance::Paused { .. }) => {
            Some(format!("there is no pause to end: the mode is {}", crate::words::stance_words(&status.stance)))
        }
        Order::Acknowledge if status.last_failover.as_ref().is_none_or(|failover| failover.acknowledged) => {
            Some("there is no failover that waits to be acknowledged".to_owned())
        }
        Order::Resume(_) | Order::Acknowledge | Order::Watch(_) => None,
    }
}

/// Why nothing is decided on what is on the screen.
pub(in crate::console) fn closed(state: &State) -> Option<String> {
    match (&state.link, &state.picture) {
        (Link::Down { why, .. }, _) => Some(format!("the monitor does not answer: {why}")),
        (Link::Connecting { .. }, _) => Some("the monitor was not reached yet".to_owned()),
        (Link::Up, Some(picture)) if state.stale() => {
            Some(format!("what is on the screen is {} old, and nothing newer comes", crate::words::span(state.now.since(picture.received))))
        }
        (Link::Up, _) => None,
    }
}

fn why_not_command(status: &StatusView, command: &Command) -> Option<String> {
    if let Err(why) = &status.lease.journal {
        return Some(format!("nothing can be journaled: {why}"));
    }
    if let Some(why) = why_not_here(status, command) {
        return Some(why);
    }
    if let Command::Fence { host, by_word } = command {
        return why_not_fence(status, host, *by_word);
    }
    // Fencing a host goes on beside everything else.
    if let Some(run) = status.open_runs.iter().find(|run| run.verb != "fence") {
        return Some(format!("{} holds the cluster: run {} by {}; :abort {} turns it back", run.verb, run.run, run.who.user, run.run));
    }
    match command {
        Command::Switchover { to } => why_not_move(status, to.as_ref()),
        Command::Switchback => why_not_move(status, status.sites.first()),
        Command::Start { site } => why_not_start(status, site.as_ref()),
        Command::Stop if status.wanted == Wanted::Stopped && !runs(status) => Some("nothing of the cluster runs".to_owned()),
        Command::Adopt { site, .. } if status.active.as_ref() == Some(site) => Some(format!("{site} is the side that serves already")),
        Command::Adopt { site, .. } if !may_serve(status, site) => Some(format!("nothing of the cluster is active on {site}")),
        Command::Manage { what } if !status.maintenance.iter().any(|view| view.what == *what) => {
            Some(format!("{what} is not in maintenance"))
        }
        _ => None,
    }
}

/// What the pair of monitors has to say.
fn why_not_here(status: &StatusView, command: &Command) -> Option<String> {
    let pair = status.lease.pair.as_ref()?;
    let other = &pair.other;
    match (command, pair.part) {
        (Command::TakeOver { .. }, Part::Acting) if !pair.rival => Some("this monitor acts already".to_owned()),
        (Command::TakeOver { .. }, Part::Waiting | Part::Standby) if pair.lost.is_none() && pair.heard_ms.is_some() => {
            Some(format!("the monitor on {other} is heard"))
        }
        (Command::TakeOver { .. }, _) => None,
        (_, Part::Standby) => Some(format!("this monitor is the standby: the one on {other} acts")),
        (_, Part::Waiting) => Some(format!("this monitor waits for the one on {other}")),
        (Command::MonitorMove { .. }, Part::Acting) => match (&pair.lost, pair.behind) {
            (Some(why), _) => Some(format!("the monitor on {other} is not heard: {why}")),
            (None, Some(0)) => None,
            (None, _) => Some(format!("the monitor on {other} does not have the whole journal yet")),
        },
        (Command::Fence { .. }, Part::Acting) => None,
        (_, Part::Acting) => {
            pair.rival.then(|| format!("the monitor on {other} was taken over from and may still act: :take-over settles it"))
        }
    }
}

fn why_not_move(status: &StatusView, to: Option<&SiteName>) -> Option<String> {
    match (&status.active, to) {
        (None, _) => Some(nothing_to_move(status)),
        (Some(active), Some(to)) if active == to => Some(format!("{to} serves already")),
        _ => None,
    }
}

fn why_not_start(status: &StatusView, site: Option<&SiteName>) -> Option<String> {
    let (active, site) = (status.active.as_ref()?, site?);
    if active != site {
        return Some(format!("{active} is the side that serves: :switchover {site} moves it"));
    }
    let all = status.components.iter().flat_map(|component| &component.placements);
    all.into_iter().all(|placement| placement.agrees).then(|| "everything that is to run runs already".to_owned())
}

/// Something runs, or may run.
fn runs(status: &StatusView) -> bool {
    status.components.iter().flat_map(|component| &component.placements).any(|placement| placement.observed != Some(Mode::Stopped))
}

/// Something is active there, or may be.
fn may_serve(status: &StatusView, site: &SiteName) -> bool {
    let mut there = status.components.iter().flat_map(|component| &component.placements).filter(|placement| placement.site == *site);
    there.any(|placement| matches!(placement.observed, Some(Mode::Active) | None))
}

fn why_not_abort(status: &StatusView, run: RunId) -> Option<String> {
    let Some(view) = status.open_runs.iter().find(|view| view.run == run) else { return Some(format!("run {run} is not open")) };
    crate::words::why_not(view).map(|reason| reason.what)
}

fn why_not_mode(status: &StatusView, mode: &ModeAsk) -> Option<String> {
    match (mode, &status.stance) {
        (ModeAsk::Automatic, Stance::Automatic) => Some("the monitor acts by itself already".to_owned()),
        (ModeAsk::ObserveOnly, Stance::ObserveOnly) => Some("the monitor only observes already".to_owned()),
        _ => None,
    }
}

fn why_not_fence(status: &StatusView, name: &HostName, by_word: bool) -> Option<String> {
    let Some(host) = status.hosts.iter().find(|host| host.name == *name) else {
        return Some(format!("{name} is no host of this cluster"));
    };
    if host.site.is_none() {
        return Some(format!("{name} belongs to no site: nothing of the cluster runs on it"));
    }
    if let Some(way) = safer(status, host) {
        return Some(way);
    }
    if by_word && host.answers == Some(true) {
        return Some(format!("{name} answers: it is not off"));
    }
    let silent = host.fence.is_none() && !by_word;
    silent.then(|| format!("{name} has no fence device; make sure that it is off and say so with :fence {name} by-word"))
}

/// The way that puts nothing at risk, where there is one: this console does not take the other one then.
#[must_use]
pub fn safer(status: &StatusView, host: &HostView) -> Option<String> {
    if host.answers != Some(true) || host.health.health != Health::Up {
        return None;
    }
    let name = &host.name;
    let here = format!("the command line has the override: switchtower fence {name}");
    let site = host.site.as_ref()?;
    if status.active.as_ref() != Some(site) {
        return Some(format!("{name} answers, and {site} does not serve: shut it down by itself instead; {here}"));
    }
    let ready = status.readiness.as_ref().filter(|readiness| matches!(readiness.verdict, Verdict::Ok | Verdict::SoftVeto))?;
    Some(format!("{name} answers, and everything can be moved away from it: :switchover {}; {here}", ready.to))
}
