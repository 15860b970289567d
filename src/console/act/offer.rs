//! What the menu shows: every act as the line that does it, and why it is not to be had now.

use super::parse::order;
use super::table::{Row, TABLE, Verb};
use crate::console::state::{Object, State};
use crate::core::command::Class;
use crate::core::model::{Upkeep, Upkept};
use crate::core::record::Stance;
use crate::wire::StatusView;

/// A row of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The line that does it; also what tells this row from the others.
    pub line: String,
    /// One line about it.
    pub doc: &'static str,
    /// How dangerous it is.
    pub class: Class,
    /// Why it cannot be done now; `None` where it can.
    pub why_not: Option<String>,
}

/// What can be done with `object` and with the cluster, in the order of the table; what is about runs that are open first.
#[must_use]
pub fn offers(state: &State, object: Option<&Object>) -> Vec<Offer> {
    let Some(picture) = &state.picture else { return Vec::new() };
    let status = &picture.status;
    let mut all: Vec<Offer> = Vec::new();
    for run in &status.open_runs {
        all.extend([Verb::Watch, Verb::Abort].iter().filter_map(|verb| offer(state, *verb, &run.run.to_string())));
    }
    for row in TABLE {
        match row.verb {
            Verb::Watch | Verb::Theme | Verb::Dump | Verb::FenceByWord => {}
            Verb::Abort if !status.open_runs.is_empty() => {}
            Verb::Fence => all.push(fence(state, row, object)),
            Verb::Maintain | Verb::Manage => all.extend(upkeep(state, row.verb, object)),
            Verb::MonitorMove | Verb::TakeOver if status.lease.pair.is_none() => {}
            Verb::Resume if !matches!(status.stance, Stance::Paused { .. }) => {}
            verb => all.extend(offer(state, verb, &target(status, verb))),
        }
    }
    all
}

/// What stands behind a verb unless somebody says otherwise, so that the row names it.
fn target(status: &StatusView, verb: Verb) -> String {
    let other = || status.sites.iter().find(|site| status.active.as_ref().is_some_and(|active| active != *site));
    match verb {
        Verb::Switchover | Verb::Adopt => other().unwrap_or(&status.sites[1]).to_string(),
        Verb::Start => status.active.as_ref().unwrap_or(&status.sites[0]).to_string(),
        _ => String::new(),
    }
}

fn offer(state: &State, verb: Verb, behind: &str) -> Option<Offer> {
    let row = super::row(verb)?;
    let line = format!("{} {behind}", row.name).trim_end().to_owned();
    let words: Vec<&str> = line.split_whitespace().collect();
    let why_not = order(state, &words).err();
    Some(Offer { line, doc: row.doc, class: row.class, why_not })
}

/// What can be done with the host or the component that is selected: what has a mark is cleared, the rest is taken out.
fn upkeep(state: &State, verb: Verb, object: Option<&Object>) -> Vec<Offer> {
    let (what, kinds) = match object {
        Some(Object::Host(name)) => (Upkept::Host(name.clone()), &Upkeep::ALL[..]),
        Some(Object::Component(name)) => (Upkept::Component(name.clone()), &[Upkeep::Unmanaged][..]),
        _ => return Vec::new(),
    };
    let marked = state.picture.as_ref().is_some_and(|picture| picture.status.maintenance.iter().any(|view| view.what == what));
    let name = super::upkeep::typed(&what);
    match (verb, marked) {
        (Verb::Manage, true) => offer(state, verb, &format!("clear {name}")).into_iter().collect(),
        (Verb::Maintain, false) => kinds.iter().filter_map(|kind| offer(state, verb, &format!("set {name} {}", kind.word()))).collect(),
        _ => Vec::new(),
    }
}

/// A fence stands in the menu so that nobody looks for it, and is typed.
fn fence(state: &State, row: &Row, object: Option<&Object>) -> Offer {
    let host = match object {
        Some(Object::Host(host)) => host.to_string(),
        _ => row.takes.usage().to_owned(),
    };
    let line = format!("{} {host}", row.name);
    let known = !matches!(object, Some(Object::Host(_)));
    let refused = if known { None } else { order(state, &[row.name, &host]).err() };
    let why_not = Some(refused.unwrap_or_else(|| format!("only by :{line}")));
    Offer { line, doc: row.doc, class: row.class, why_not }
}
