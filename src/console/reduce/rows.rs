//! The rows of Health: made again when the picture, the filter or the order changes, and not when something is drawn.

use crate::console::state::{Condition, Object, Picture, Row, SortBy, State};
use crate::words::{observed, role};
use std::cmp::Ordering;

/// Makes the rows again; what is selected stays selected, and where it is gone, its neighbour is.
pub(in crate::console) fn make(state: &mut State) {
    let Some(picture) = state.shown() else { return };
    let mut rows = picture.rows();
    let total = rows.len();
    let health = &state.health;
    rows.retain(|row| {
        (!health.problems || row.condition != Condition::Good || picture.silent(row)) && health.filter.lets(&text(picture, row))
    });
    rows.sort_by(|a, b| order(picture, health.sort, a, b));
    if health.reverse {
        rows.reverse();
    }
    let before = state.rows();
    let gone = health.selected.as_ref().filter(|object| !rows.iter().any(|row| row.object == **object));
    let beside = gone.map(|object| before.iter().position(|row| row.object == *object).unwrap_or(0));
    let selected = match (&health.selected, beside) {
        (_, Some(at)) => rows.get(at.min(rows.len().saturating_sub(1))).map(|row| row.object.clone()),
        (None, _) => rows.first().map(|row| row.object.clone()),
        (kept, None) => kept.clone(),
    };
    super::nav::select(state, selected);
    state.health.total = total;
    match &mut state.frozen {
        Some(frozen) => frozen.rows = rows,
        None => state.health.rows = rows,
    }
}

/// Everything that a row says, for the filter.
fn text(picture: &Picture, row: &Row) -> String {
    let status = &picture.status;
    let condition = match row.condition {
        Condition::Bad => "bad",
        Condition::Unknown => "unknown",
        Condition::Moving => "moving",
        Condition::Good => "good",
    };
    if let Some(component) = picture.component(row) {
        let kind = component.kind.as_deref().unwrap_or_default();
        let placements = component.placements.iter().map(|p| format!("{} {} {} {}", p.host, p.site, observed(p), p.detail));
        return format!("{} {kind} component {condition} {}", component.name, placements.collect::<Vec<_>>().join(" "));
    }
    let Some(host) = picture.host(row) else {
        let troubles = status.troubles.iter().map(|trouble| trouble.key.as_str()).collect::<Vec<_>>().join(" ");
        return format!("{} cluster {condition} {} {troubles}", status.cluster, status.verdict.word());
    };
    let site = host.site.as_ref().map_or(String::new(), |site| format!("{site} {}", role(status, site)));
    format!("{} host {condition} {site} {} {}", host.name, host.health.health.word(), host.why.as_deref().unwrap_or_default())
}

fn order(picture: &Picture, by: SortBy, a: &Row, b: &Row) -> Ordering {
    let first = match by {
        SortBy::Danger => a.condition.cmp(&b.condition).then_with(|| picture.silent(b).cmp(&picture.silent(a))),
        SortBy::Name => Ordering::Equal,
        SortBy::Want | SortBy::Is => {
            let key = |row: &Row| crate::console::ui::cell_text(picture, row, by);
            key(a).cmp(&key(b))
        }
        SortBy::Age => ages(picture, b).0.cmp(&ages(picture, a).0),
        SortBy::Since => ages(picture, a).1.cmp(&ages(picture, b).1),
    };
    let kind = |row: &Row| match row.object {
        Object::Cluster => 0,
        Object::Host(_) => 2,
        Object::Component(_) | Object::Run(_) | Object::Entry(_) => 1,
    };
    let kinds = if by == SortBy::Danger { kind(a).cmp(&kind(b)) } else { Ordering::Equal };
    first.then(kinds).then_with(|| a.object.to_string().cmp(&b.object.to_string())).then_with(|| kind(a).cmp(&kind(b)))
}

/// The age of the oldest fact, never seen being the oldest of all; and how long ago the last change was.
fn ages(picture: &Picture, row: &Row) -> (u64, u64) {
    match (picture.component(row), picture.host(row)) {
        (Some(component), _) => {
            let age = component.placements.iter().map(|p| p.age_ms.unwrap_or(u64::MAX)).max();
            let since = component.placements.iter().map(|p| p.since_ms.unwrap_or(u64::MAX)).min();
            (age.unwrap_or(u64::MAX), since.unwrap_or(u64::MAX))
        }
        (None, Some(host)) => (host.age_ms.unwrap_or(u64::MAX), host.since_ms.unwrap_or(u64::MAX)),
        (None, None) => (u64::MAX, u64::MAX),
    }
}
