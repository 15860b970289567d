//! Maintenance in words: what is marked, a line each, and the mark beside what it is on.

use super::text::{Line, Tone, count, span};
use crate::core::model::{HostName, Upkeep, Upkept};
use crate::wire::{ComponentView, MaintenanceView, StatusView};

/// What is in maintenance, a line each.
#[must_use]
pub fn maintenance_lines(status: &StatusView) -> Vec<Line> {
    status.maintenance.iter().map(|view| Line::of(Tone::Warn, "maintenance ").and(Tone::Plain, marked(view))).collect()
}

/// One of them, such as `host a1 is in standby until … by anna (…)`.
#[must_use]
pub fn marked(view: &MaintenanceView) -> String {
    format!("{} is {}", view.what, view.mark)
}

/// The marks that are on a component, or on a host that it is placed on.
pub fn of_component<'a>(status: &'a StatusView, component: &'a ComponentView) -> impl Iterator<Item = &'a MaintenanceView> {
    status.maintenance.iter().filter(move |view| match &view.what {
        Upkept::Component(of) => *of == component.name,
        Upkept::Host(of) => view.mark.kind == Upkeep::Unmanaged && component.placements.iter().any(|p| p.host == *of),
    })
}

/// The mark on a host.
#[must_use]
pub fn of_host<'a>(status: &'a StatusView, name: &HostName) -> Option<&'a MaintenanceView> {
    status.maintenance.iter().find(|view| matches!(&view.what, Upkept::Host(of) if of == name))
}

/// How much is in maintenance; nothing where nothing is.
#[must_use]
pub fn how_much(status: &StatusView) -> Option<String> {
    let objects = status.maintenance.len();
    (objects > 0).then(|| format!("{} in maintenance", count(objects, "object")))
}

/// What is asked for: the object, the kind and the time as they stand on a command line.
pub(super) fn on_a_line(what: &Upkept, kind: Upkeep, for_ms: Option<u64>) -> String {
    let time = for_ms.map_or_else(String::new, |ms| format!(" --for {}s", ms.div_ceil(1000)));
    format!(" --{} {} {}{time}", what.sort(), what.name(), kind.word())
}

/// The same in a sentence.
pub(super) fn in_a_sentence(what: &Upkept, kind: Upkeep, for_ms: Option<u64>) -> String {
    let time = for_ms.map_or_else(String::new, |ms| format!(" for {}", span(ms)));
    match kind {
        Upkeep::Drain => format!("drain of {what}{time}"),
        Upkeep::Unmanaged | Upkeep::Standby => format!("maintenance ({}) of {what}{time}", kind.word()),
    }
}
