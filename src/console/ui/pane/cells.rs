//! What stands in the columns of Health: what is wanted, what is, how old that is, in the words that the rest uses too.

use crate::console::state::{Condition, Freshness, Object, Picture, Row, SortBy, State};
use crate::core::fact;
use crate::core::health::Health;
use crate::core::model::{Mode, Upkeep};
use crate::core::plan::Wanted;
use crate::wire::{ComponentView, HostView, PlacementView, StatusView};
use crate::words::{condition, count, of_component, of_host, role};

/// What stands in a column, for sorting.
#[must_use]
pub fn cell_text(picture: &Picture, row: &Row, by: SortBy) -> String {
    match by {
        SortBy::Name => row.object.to_string(),
        SortBy::Want => want(picture, row),
        SortBy::Is => is(picture, row, |_| false),
        SortBy::Danger | SortBy::Age | SortBy::Since => String::new(),
    }
}

/// A mark of its own behind the name of what somebody works on: `[u]` is unmanaged, `[s]` in standby.
pub(super) fn maintained(picture: &Picture, row: &Row) -> &'static str {
    let view = match (picture.component(row), picture.host(row)) {
        (Some(component), _) => of_component(&picture.status, component).next(),
        (None, Some(host)) => of_host(&picture.status, &host.name),
        (None, None) => None,
    };
    match view.map(|view| view.mark.kind) {
        None => "",
        Some(Upkeep::Unmanaged) => " [u]",
        Some(Upkeep::Standby | Upkeep::Drain) => " [s]",
    }
}

/// What is to be: the host that is to be active, or what a host's site is to do.
pub(super) fn want(picture: &Picture, row: &Row) -> String {
    if let Some(component) = picture.component(row) {
        return want_component(component);
    }
    if row.object == Object::Cluster {
        return want_cluster(&picture.status);
    }
    let site = picture.host(row).and_then(|host| host.site.as_ref());
    site.map_or_else(|| "--".to_owned(), |site| role(&picture.status, site).to_owned())
}

/// The site that is to serve.
fn want_cluster(status: &StatusView) -> String {
    match (&status.active, status.wanted) {
        (Some(site), _) => site.to_string(),
        (None, Wanted::Stopped) => "stopped".to_owned(),
        (None, _) => "--".to_owned(),
    }
}

fn want_component(component: &ComponentView) -> String {
    let placements = &component.placements;
    let active = hosts(placements.iter().filter(|p| p.wanted == Some(Mode::Active)));
    match () {
        () if !active.is_empty() => active,
        () if placements.is_empty() || placements.iter().any(|p| p.wanted.is_none()) => "--".to_owned(),
        () if placements.iter().any(|p| p.wanted == Some(Mode::Standby)) => "standby".to_owned(),
        () => "stopped".to_owned(),
    }
}

fn hosts<'a>(placements: impl Iterator<Item = &'a PlacementView>) -> String {
    placements.map(|p| p.host.to_string()).collect::<Vec<_>>().join("+")
}

/// What is: the host that is active, and whatever is not as wanted, with its host. What `lost` says is from before.
pub(super) fn is(picture: &Picture, row: &Row, lost: impl Fn(&PlacementView) -> bool) -> String {
    match (picture.component(row), picture.host(row)) {
        (Some(component), _) => is_component(component, lost),
        (None, Some(host)) => is_host(host).to_owned(),
        (None, None) => is_cluster(&picture.status),
    }
}

/// The verdict, and how much is wrong.
fn is_cluster(status: &StatusView) -> String {
    match status.troubles.len() {
        0 => status.verdict.word().to_owned(),
        n => format!("{}, {}", status.verdict.word(), count(n, "trouble")),
    }
}

fn is_component(component: &ComponentView, lost: impl Fn(&PlacementView) -> bool) -> String {
    let placements = &component.placements;
    let active: Vec<&PlacementView> = placements.iter().filter(serves).collect();
    let mut parts = Vec::new();
    if !active.is_empty() {
        let before = if active.iter().any(|p| lost(p)) { "~" } else { "" };
        let wrong = match () {
            () if active.len() > 1 => " BOTH",
            () if active.iter().any(|p| p.wanted.is_some_and(|wanted| wanted != Mode::Active)) => " WRONG",
            () => "",
        };
        parts.push(format!("{before}{}{wrong}", hosts(active.iter().copied())));
    }
    for p in placements.iter().filter(|p| !serves(p) && stands_out(p)) {
        let word = condition(p);
        let loud = if Condition::of_placement(p) == Condition::Bad { word.to_uppercase() } else { word };
        parts.push(format!("{}{loud} on {}", if lost(p) { "~" } else { "" }, p.host));
    }
    if parts.is_empty() { rest(component, lost) } else { parts.join(", ") }
}

fn serves(p: &&PlacementView) -> bool {
    p.observed == Some(Mode::Active) && plain(p)
}

/// It is named beside what is active. What is stopped because it is to be active is said by the word for all of it.
fn stands_out(p: &PlacementView) -> bool {
    !plain(p) || p.observed.is_none() || (p.wanted.is_some_and(|wanted| Some(wanted) != p.observed && wanted != Mode::Active))
}

/// The mode alone says how a placement is.
fn plain(p: &PlacementView) -> bool {
    let between =
        [fact::State::Failed, fact::State::Faulty, fact::State::Missing, fact::State::Starting, fact::State::Stopping].contains(&p.state);
    !between && !p.health.as_ref().is_some_and(|judged| matches!(judged.health, Health::Degraded | Health::ProbeBroken))
}

/// Nothing is active, and nothing stands out.
fn rest(component: &ComponentView, lost: impl Fn(&PlacementView) -> bool) -> String {
    let placements = &component.placements;
    let word = match () {
        () if placements.is_empty() => "--",
        () if placements.iter().any(|p| p.wanted == Some(Mode::Active)) => "NONE",
        () if placements.iter().any(|p| p.observed == Some(Mode::Standby)) => "standby",
        () => "stopped",
    };
    format!("{}{word}", if placements.iter().any(lost) { "~" } else { "" })
}

/// How a host is, in a word.
pub(super) fn is_host(host: &HostView) -> &'static str {
    match (host.health.health, host.answers) {
        (Health::Up, None) => "not asked yet",
        (Health::Up, Some(false)) => "silent",
        (health, _) => health.word(),
    }
}

/// What a host is for its site. One that lives and only cannot be looked at is not silent.
fn heard(host: &HostView) -> &'static str {
    match (host.answers, host.health.health) {
        (Some(true), _) => "answers",
        (Some(false), broken @ (Health::ProbeBroken | Health::Degraded)) => broken.word(),
        (Some(false), _) => "silent",
        (None, _) => "not asked yet",
    }
}

/// How old the oldest of it is; what is lost before what is late.
pub(super) fn fresh(state: &State, picture: &Picture, row: &Row) -> Freshness {
    let of = |p: &PlacementView| state.freshness(picture, &p.host, p.age_ms);
    match (picture.component(row), picture.host(row)) {
        (Some(component), _) => component.placements.iter().map(of).max_by_key(order).unwrap_or(Freshness::Never),
        (None, Some(host)) => state.freshness(picture, &host.name, host.age_ms),
        (None, None) => state.freshness_of_all(picture),
    }
}

fn order(fresh: &Freshness) -> (u8, u64) {
    match fresh {
        Freshness::Live(age) => (0, *age),
        Freshness::Never => (1, 0),
        Freshness::Late(age) => (2, *age),
        Freshness::Lost(age) => (3, *age),
    }
}

/// What stands for one site.
pub(super) fn at_site(picture: &Picture, row: &Row, site: usize, lost: impl Fn(&PlacementView) -> bool) -> String {
    let Some(site) = picture.status.sites.get(site) else { return String::new() };
    let placement = picture.component(row).and_then(|component| component.placements.iter().find(|p| p.site == *site));
    if let Some(p) = placement {
        return format!("{}{} {}", if lost(p) { "~" } else { "" }, p.host, condition(p));
    }
    if row.object == Object::Cluster {
        return role(&picture.status, site).to_lowercase();
    }
    picture.host(row).filter(|host| host.site.as_ref() == Some(site)).map_or_else(String::new, |host| heard(host).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::ui::testing::well;

    #[test]
    fn a_host_that_lives_and_cannot_be_looked_at_is_not_called_silent() {
        let mut status = well();
        let b1 = status.hosts.iter_mut().find(|host| host.name.to_string() == "b1").unwrap();
        b1.answers = Some(false);
        b1.health.health = Health::ProbeBroken;
        assert_eq!(heard(b1), "probe broken");
        b1.health.health = Health::Unknown;
        assert_eq!(heard(b1), "silent");
    }
}
