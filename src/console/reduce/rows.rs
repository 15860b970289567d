//! The rows of Health: made when the filter or the order changes, and not when something is drawn. Of a new picture only those
//! are made again that something is new about.

use crate::console::state::{COLUMNS, Condition, HealthList, Object, Picture, Row, SortBy, State};
use crate::wire::News;
use crate::words::{observed, role};

/// Makes all rows again; what is selected stays selected, and where it is gone, its neighbour is.
pub(in crate::console) fn make(state: &mut State) {
    let Some(picture) = state.shown() else { return };
    let (status, total) = (&picture.status, picture.total());
    let components = (0..status.components.len()).filter_map(|at| picture.component_row(at));
    let hosts = (0..status.hosts.len()).filter_map(|at| picture.host_row(at));
    let rows = made(state, picture, std::iter::once(picture.cluster_row()).chain(components).chain(hosts));
    let before = state.rows();
    let selected = match &state.health.selected {
        None => rows.first().map(|row| row.object.clone()),
        Some(object) if rows.iter().any(|row| row.object == *object) => Some(object.clone()),
        Some(object) => beside(&rows, before.iter().position(|row| row.object == *object).unwrap_or(0)),
    };
    put(state, rows, total, selected);
    state.health.made += total;
}

/// Makes those rows again that something is new about, and puts each where it stands now.
pub(super) fn renew(state: &mut State, news: &News) {
    let known = state.picture.as_ref().is_some_and(|picture| picture.total() == state.health.total);
    if news.anew || state.frozen.is_some() || !known {
        return make(state);
    }
    let mut rows = std::mem::take(&mut state.health.rows);
    let Some(picture) = &state.picture else { return };
    let (hosts, components) = (marks(picture.status.hosts.len(), &news.hosts), marks(picture.status.components.len(), &news.components));
    let is_new = |row: &Row| match row.object {
        Object::Cluster => true,
        Object::Host(_) => hosts.get(row.at).copied().unwrap_or(true),
        _ => components.get(row.at).copied().unwrap_or(true),
    };
    let marked = |marks: &[bool]| marks.iter().enumerate().filter(|(_, new)| **new).map(|(at, _)| at).collect::<Vec<_>>();
    let of_components = marked(&components).into_iter().filter_map(|at| picture.component_row(at));
    let of_hosts = marked(&hosts).into_iter().filter_map(|at| picture.host_row(at));
    let new = made(state, picture, std::iter::once(picture.cluster_row()).chain(of_components).chain(of_hosts));
    let made = 1 + [&components, &hosts].into_iter().flatten().filter(|new| **new).count();
    let (selected, total) = (state.health.selected.clone(), picture.total());
    let was = rows.iter().position(|row| Some(&row.object) == selected.as_ref());
    // Only what something is new about can have come or gone.
    let stays =
        was.and_then(|at| rows.get(at)).is_some_and(|row| !is_new(row)) || new.iter().any(|row| Some(&row.object) == selected.as_ref());
    rows.retain(|row| !is_new(row));
    let rows = merged(picture, &state.health, rows, new);
    let selected = if stays { selected } else { beside(&rows, was.unwrap_or(0)) };
    put(state, rows, total, selected);
    state.health.made += made;
}

/// Which of so many places are among these.
fn marks(len: usize, places: &[usize]) -> Vec<bool> {
    let mut marks = vec![false; len];
    places.iter().for_each(|at| marks.get_mut(*at).into_iter().for_each(|mark| *mark = true));
    marks
}

/// Those of the rows that are to be seen, in their order, with their widths.
fn made(state: &State, picture: &Picture, rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let health = &state.health;
    let seen = |row: &Row| {
        (!health.problems || row.condition != Condition::Good || picture.silent(row))
            && (health.filter.is_empty() || health.filter.lets(&text(picture, row)))
    };
    let mut rows: Vec<Row> = rows.filter(seen).collect();
    rows.sort_by_cached_key(|row| order(picture, health.sort, row));
    if health.reverse {
        rows.reverse();
    }
    for row in &mut rows {
        row.widths = crate::console::ui::natural_widths(state, picture, row);
    }
    rows
}

/// Rows that are in order, and among them others that are.
fn merged(picture: &Picture, health: &HealthList, old: Vec<Row>, new: Vec<Row>) -> Vec<Row> {
    let before = |a: &Row, b: &(First, u8, String, u8)| {
        let a = order(picture, health.sort, a);
        if health.reverse { a > *b } else { a < *b }
    };
    let places: Vec<usize> = new
        .iter()
        .map(|row| {
            let key = order(picture, health.sort, row);
            old.partition_point(|row| before(row, &key))
        })
        .collect();
    let mut rows = Vec::with_capacity(old.len() + new.len());
    let (mut old, mut taken) = (old.into_iter(), 0);
    for (row, place) in new.into_iter().zip(places) {
        rows.extend(old.by_ref().take(place.saturating_sub(taken)));
        taken = taken.max(place);
        rows.push(row);
    }
    rows.extend(old);
    rows
}

/// What stands where something stood that is gone.
fn beside(rows: &[Row], at: usize) -> Option<Object> {
    rows.get(at.min(rows.len().saturating_sub(1))).map(|row| row.object.clone())
}

fn put(state: &mut State, rows: Vec<Row>, total: usize, selected: Option<Object>) {
    super::nav::select(state, selected);
    state.health.total = total;
    let mut widths = [0; COLUMNS];
    for row in &rows {
        widths.iter_mut().zip(row.widths).for_each(|(widest, width)| *widest = width.max(*widest));
    }
    state.health.widths = widths;
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

/// What rows are put in order by: what is sorted by, then the cluster before components before hosts, then the name. No two rows
/// are the same in it.
fn order(picture: &Picture, by: SortBy, row: &Row) -> (First, u8, String, u8) {
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
    (first, if by == SortBy::Danger { kind } else { 0 }, row.object.to_string(), kind)
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum First {
    Number(u64),
    Text(String),
}

/// The age of the oldest fact, never seen being the oldest of all; and how long ago the last change was.
fn ages(picture: &Picture, row: &Row) -> (u64, u64) {
    let age = match (picture.component(row), picture.host(row)) {
        (Some(component), _) => component.placements.iter().map(|p| p.age_ms.unwrap_or(u64::MAX)).max(),
        (None, Some(host)) => host.age_ms,
        (None, None) => None,
    };
    (age.unwrap_or(u64::MAX), picture.since(row).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
