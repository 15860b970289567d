//! What is typed behind `maintenance`: which host or component, how, for how long and why; and what it can be completed to.

use super::parse::{Asked, reason, time};
use crate::console::state::Order;
use crate::core::command::Command;
use crate::core::model::{ComponentName, HostName, Upkeep, Upkept};
use crate::wire::StatusView;
use crate::words::clean;

const WRITTEN: &str = "it is written maintenance set NAME unmanaged|standby|drain [TIME] REASON, or maintenance clear NAME";

/// What `set NAME KIND [TIME] REASON` means.
pub(super) fn set(status: &StatusView, rest: &[&str]) -> Result<Asked, String> {
    let [name, kind, after @ ..] = rest else { return Err(WRITTEN.to_owned()) };
    let what = named(status, name)?;
    let kind = Upkeep::named(kind).ok_or_else(|| format!("{} is no kind of maintenance: {WRITTEN}", clean(kind, false)))?;
    if let (Upkept::Component(name), Upkeep::Standby | Upkeep::Drain) = (&what, kind) {
        return Err(format!("{name} is a component, and {} is for hosts", kind.word()));
    }
    let (for_ms, after) = match after.split_first() {
        Some((first, after)) if first.starts_with(|c: char| c.is_ascii_digit()) => (Some(time(first)?), after),
        _ => (None, after),
    };
    Ok(Asked { order: order(Command::Maintain { what, kind, for_ms }), reason: reason(after)? })
}

/// What `clear NAME` means.
pub(super) fn clear(status: &StatusView, rest: &[&str]) -> Result<Asked, String> {
    let [name] = rest else { return Err(WRITTEN.to_owned()) };
    Ok(Asked { order: order(Command::Manage { what: named(status, name)? }), reason: String::new() })
}

fn order(command: Command) -> Order {
    Order::Command { command, overrides: Vec::new() }
}

/// The host or the component of this name; `host:NAME` and `component:NAME` where both have it.
fn named(status: &StatusView, name: &str) -> Result<Upkept, String> {
    let host = |name: &str| HostName::new(name).ok().filter(|name| status.hosts.iter().any(|h| h.name == *name)).map(Upkept::Host);
    let component =
        |name: &str| ComponentName::new(name).ok().filter(|name| status.components.iter().any(|c| c.name == *name)).map(Upkept::Component);
    let found = match name.split_once(':') {
        Some(("host", name)) => host(name),
        Some(("component", name)) => component(name),
        Some(_) => None,
        None if host(name).is_some() && component(name).is_some() => {
            return Err(format!("{name} is a host and a component: name host:{name} or component:{name}"));
        }
        None => host(name).or_else(|| component(name)),
    };
    found.ok_or_else(|| format!("{} is no host and no component of this cluster", clean(name, false)))
}

/// As it is typed.
pub(super) fn typed(what: &Upkept) -> String {
    what.name().to_owned()
}

/// What can stand behind the words after `maintenance`.
pub(super) fn candidates(status: &StatusView, clears: bool, rest: &[&str]) -> Vec<String> {
    let word = if clears { "clear" } else { "set" };
    match (rest, clears) {
        ([], true) => status.maintenance.iter().map(|view| format!("{word} {}", typed(&view.what))).collect(),
        (["clear"], true) => status.maintenance.iter().map(|view| typed(&view.what)).collect(),
        ([], false) => names(status).map(|name| format!("{word} {name}")).collect(),
        (["set"], false) => names(status).collect(),
        (["set", _], false) => Upkeep::ALL.iter().map(|kind| kind.word().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn names(status: &StatusView) -> impl Iterator<Item = String> {
    let hosts = status.hosts.iter().filter(|host| host.site.is_some()).map(|host| host.name.to_string());
    hosts.chain(status.components.iter().map(|component| component.name.to_string()))
}
