//! Whether a hook can run on its host, and what it means for a move that it cannot. The planner of hooks asks.

use super::{Check, Verdict};
use crate::core::fact::{Picture, Reach};
use crate::core::model::{Hook, HostName, Maintenance, Moving, Upkeep, Upkept, typed};
use std::collections::BTreeMap;

/// Why nothing can be run on a host now.
#[derive(Debug)]
pub(in crate::core) struct Hindrance {
    /// In a few words, the same ones for as long as it lasts: a plan that says so stays the plan that was shown.
    pub(in crate::core) what: String,
    /// What was seen.
    why: String,
}

/// Why nothing can be run on the host of `hook` now; `None` where it can.
pub(in crate::core) fn hindrance(
    hook: &Hook,
    picture: &Picture,
    unguarded: &BTreeMap<HostName, String>,
    maintenance: &Maintenance,
) -> Option<Hindrance> {
    let host = &hook.host;
    if let Some(mark) = maintenance.mark(&Upkept::Host(host.clone())).filter(|mark| mark.kind == Upkeep::Unmanaged) {
        let why = format!("{mark}; `switchtower maintenance clear --host {host}` ends that");
        return Some(Hindrance { what: format!("{host} is unmanaged, so nothing is run there"), why });
    }
    let silent = format!("{host} does not answer");
    let (what, why) = match picture.reach(host) {
        Some(Reach::Answers) => (format!("{host} takes no acts of this monitor"), unguarded.get(host)?.clone()),
        Some(Reach::Fenced { how, .. }) => (format!("{host} is fenced"), how.clone()),
        Some(Reach::SelfStopped(how)) => (silent, format!("it has stopped by itself: {how}")),
        Some(Reach::Silent(why) | Reach::Dead(why)) => (silent, why.clone()),
        Some(Reach::Broken(why)) => (format!("{host} lives, and cannot be used"), why.clone()),
        None => (format!("{host} has not been looked at yet"), "wait for the first look, a few seconds".to_owned()),
    };
    Some(Hindrance { what, why })
}

/// The check of `hook` for a move of the kind `moving`, with what `hindrance` found.
pub(in crate::core) fn can_run(hook: &Hook, moving: Moving, hindrance: Option<&Hindrance>) -> Check {
    let (id, name) = (format!("hook:{}", hook.name), format!("hook {} can run on {}", hook.name, hook.host));
    let Some(Hindrance { what, why }) = hindrance else { return Check::ok(id, name, "its host answers") };
    let mend = format!("bring {} back or mend the way to it, and ask again", hook.host);
    if hook.veto.stops(moving) {
        let held = if moving == Moving::Failover { "; by its veto = \"always\" no failover goes on without it" } else { "" };
        return Check::bad(id, name, Verdict::HardVeto, format!("{what}: {why}{held}"), mend);
    }
    if moving == Moving::Failover {
        // Nobody is there who could override it, and a failover does not wait for it: it is told.
        let by_hand = format!("once {} is back, run it there by hand: {}", hook.host, typed(&hook.run));
        let left_out = Check::bad(id, name, Verdict::SoftVeto, format!("it is left out of this plan: {what}"), by_hand);
        return Check { overridden: true, ..left_out };
    }
    Check::bad(id, name, Verdict::SoftVeto, what, mend)
}
