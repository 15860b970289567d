//! The rows of Health: made again when the picture, the filter or the order changes, and not when something is drawn.

use crate::console::state::{Condition, Object, Picture, Row, SortBy, State};
use crate::words::{observed, role};

/// Makes the rows again; what is selected stays selected, and where it is gone, its neighbour is.
pub(in crate::console) fn make(state: &mut State) {
    let Some(picture) = state.shown() else { return };
    let mut rows = picture.rows();
    let total = rows.len();
    let health = &state.health;
    rows.retain(|row| {
        (!health.problems || row.condition != Condition::Good || picture.silent(row))
            && (health.filter.is_empty() || health.filter.lets(&text(picture, row)))
    });
    rows.sort_by_cached_key(|row| order(picture, health.sort, row));
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
    state.health.widths = crate::console::ui::natural_widths(state);
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

/// What rows are put in order by: what is sorted by, then the cluster before components before hosts, then the name.
fn order(picture: &Picture, by: SortBy, row: &Row) -> (First, u8, String) {
    let kind = match row.object {
        Object::Cluster => 0,
        Object::Host(_) => 2,
        Object::Component(_) | Object::Run(_) | Object::Entry(_) => 1,
    };
    let first = match by {
        SortBy::Danger => First::Number(u64::from(row.condition as u8) * 2 + u64::from(!picture.silent(row))),
        SortBy::Name => First::Number(0),
        SortBy::Want | SortBy::Is => First::Text(crate::console::ui::cell_text(picture, row, by)),
        SortBy::Age => First::Number(u64::MAX - ages(picture, row).0),
        SortBy::Since => First::Number(ages(picture, row).1),
    };
    let kind = if by == SortBy::Danger { kind } else { 0 };
    (first, kind, row.object.to_string())
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum First {
    Number(u64),
    Text(String),
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
