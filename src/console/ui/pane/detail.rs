//! The detail: everything that is known of what is selected, with where it comes from and how old it is.

mod cluster;

use super::super::glyph::Sign;
use super::super::layout::Place;
use super::super::paint::{Brush, Piece, clean, glyphs, mark, seconds, slot, wrapped};
use super::journal::severity;
use crate::console::state::{Condition, Freshness, Object, Pane, Picture, State};
use crate::console::theme::Slot;
use crate::core::health::{Judged, Sight};
use crate::core::model::HostName;
use crate::wire::{ComponentView, HostView, MaintenanceView, PlacementView};
use crate::words::{self, Tone, condition, role};
use ratatui::Frame;
use ratatui::layout::Rect;

/// How far names of values reach.
const LABEL: usize = 9;

/// What the detail is of.
#[must_use]
pub fn object(state: &State) -> Option<Object> {
    let of_entry = match state.focus {
        Pane::Journal => true,
        Pane::Health => false,
        Pane::Detail => state.log.opened,
    };
    if of_entry { state.log.selected.map(Object::Entry) } else { state.health.selected.clone() }
}

/// Paints the pane.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, place: &Place) {
    let list = place.list();
    let lines = lines(state, usize::from(list.width));
    let top = state.detail_scroll.min(lines.len().saturating_sub(usize::from(list.height)));
    for (y, line) in (list.y..list.bottom()).zip(lines.iter().skip(top)) {
        brush.line(frame, Rect { y, height: 1, ..list }, line);
    }
}

/// The title, with where in it one is.
pub fn title(state: &State, list: Rect) -> Vec<String> {
    let what = match object(state) {
        Some(Object::Cluster) => "Detail of the cluster".to_owned(),
        Some(Object::Component(name)) => format!("Detail of {name}"),
        Some(Object::Host(name)) => format!("Detail of host {name}"),
        Some(Object::Entry(index)) => format!("Detail of entry {index}"),
        Some(Object::Run(run)) => format!("Detail of {run}"),
        None => "Detail".to_owned(),
    };
    let (all, height) = (lines(state, usize::from(list.width)).len(), usize::from(list.height));
    let top = state.detail_scroll.min(all.saturating_sub(height));
    let place = (all > height && height > 0).then(|| format!("lines {}-{} of {all}", top + 1, (top + height).min(all)));
    std::iter::once(clean(state, &what)).chain(place).collect()
}

/// How many lines it has in this width.
#[must_use]
pub fn length(state: &State, width: usize) -> usize {
    lines(state, width).len()
}

fn lines(state: &State, width: usize) -> Vec<Vec<Piece>> {
    let whole = match (object(state), state.shown()) {
        (None, _) => vec![vec![(Slot::Text, "nothing is selected".to_owned())]],
        (Some(Object::Entry(index)), _) => entry(state, index),
        (Some(Object::Run(run)), _) => vec![vec![(Slot::Text, run.to_string())]],
        (Some(_), None) => vec![vec![(Slot::Text, "nothing is known yet".to_owned())]],
        (Some(Object::Cluster), Some(picture)) => cluster::lines(state, picture),
        (Some(object @ Object::Component(_)), Some(picture)) => {
            let found = picture.status.components.iter().find(|c| matches!(&object, Object::Component(name) if *name == c.name));
            found.map_or_else(gone, |found| component(state, picture, found, &object))
        }
        (Some(object @ Object::Host(_)), Some(picture)) => {
            let found = picture.status.hosts.iter().find(|h| matches!(&object, Object::Host(name) if *name == h.name));
            found.map_or_else(gone, |found| host(state, picture, found, &object))
        }
    };
    whole.iter().flat_map(|line| wrapped(line, width, if is_field(line) { LABEL + 3 } else { 2 })).collect()
}

fn is_field(line: &[Piece]) -> bool {
    line.first().is_some_and(|(slot, text)| *slot == Slot::Faint && text.starts_with("  "))
}

fn gone() -> Vec<Vec<Piece>> {
    vec![vec![(Slot::Unknown, "it is in no picture any more".to_owned())]]
}

fn field(state: &State, label: &str, slot: Slot, value: &str) -> Vec<Piece> {
    vec![(Slot::Faint, format!("  {label:LABEL$} ")), (slot, clean(state, value))]
}

fn component(state: &State, picture: &Picture, component: &ComponentView, object: &Object) -> Vec<Vec<Piece>> {
    let kind = component.kind.as_ref().map_or(String::new(), |kind| format!(", {kind}"));
    let mut lines = vec![vec![(Slot::Strong, clean(state, &format!("component {}{kind}", component.name)))]];
    if let Some(run) = component.held_by {
        lines.push(vec![(Slot::Moving, format!("{} held by run {run}", glyphs(state).sign(Sign::Moving)))]);
    }
    lines.extend(words::of_component(&picture.status, component).map(|view| maintained(state, view)));
    for p in &component.placements {
        lines.extend(placement(state, picture, p, picture.longer(object)));
    }
    lines.extend(changes(state, object));
    lines.extend(decision(state, picture));
    lines
}

/// Who works on it, why, and until when.
fn maintained(state: &State, view: &MaintenanceView) -> Vec<Piece> {
    field(state, "upkeep", Slot::Warn, &words::marked(view))
}

fn placement(state: &State, picture: &Picture, p: &PlacementView, longer: u64) -> Vec<Vec<Piece>> {
    let fresh = state.freshness(picture, &p.host, p.age_ms);
    let (slot, sign) = mark(Condition::of_placement(p), fresh);
    let site = format!(" {} at {} ({})", p.host, p.site, role(&picture.status, &p.site));
    let wanted = p.wanted.map_or_else(|| "--, nobody has said".to_owned(), |mode| mode.to_string());
    let before = if matches!(fresh, Freshness::Lost(_)) { "~" } else { "" };
    let mut lines = vec![
        vec![(slot, glyphs(state).sign(sign).to_owned()), (Slot::Strong, clean(state, &site))],
        field(state, "wanted", Slot::Text, &wanted),
        field(state, "is", if slot == Slot::Good { Slot::Text } else { slot }, &format!("{before}{}", condition(p))),
        field(state, "service", Slot::Text, &format!("{before}{}, state {}", p.detail, p.state)),
    ];
    lines.extend(p.health.as_ref().map(|judged| field(state, "health", Slot::Text, &judgement(judged))));
    let source = p.source.map_or_else(String::new, |source| format!(", {source}"));
    lines.push(age(state, fresh, &source));
    lines.push(since(state, picture, p.since_ms, longer));
    lines
}

fn judgement(judged: &Judged) -> String {
    format!("{}: {}", judged.health.word(), judged.why)
}

fn age(state: &State, fresh: Freshness, source: &str) -> Vec<Piece> {
    let (slot, said) = match fresh {
        Freshness::Live(ms) => (Slot::Text, format!("live, {} old", seconds(ms))),
        Freshness::Late(ms) => (Slot::Late, format!("LATE, {} old", seconds(ms))),
        Freshness::Lost(ms) => (Slot::Lost, format!("LOST, {} old", seconds(ms))),
        Freshness::Never => (Slot::Unknown, "-- never seen".to_owned()),
    };
    field(state, "age", slot, &format!("{said}{source}"))
}

fn since(state: &State, picture: &Picture, since_ms: Option<u64>, longer: u64) -> Vec<Piece> {
    let said = since_ms.map(|ms| seconds(ms.saturating_add(longer).saturating_add(state.elapsed(picture))));
    field(state, "since", Slot::Text, said.as_deref().unwrap_or("--"))
}

fn changes(state: &State, object: &Object) -> Vec<Vec<Piece>> {
    let mut lines = vec![vec![], vec![(Slot::Title, "last changes seen here".to_owned())]];
    let before = lines.len();
    for change in state.changes.of(object) {
        let at = change.at.to_zoned(state.settings.zone.clone()).strftime("%m-%d %H:%M:%S ").to_string();
        lines.push(vec![(Slot::Faint, at), (Slot::Text, clean(state, &change.what))]);
    }
    if lines.len() == before {
        lines.push(vec![(Slot::Faint, "none since the console was started".to_owned())]);
    }
    lines
}

/// What the monitor decided last by itself.
fn decision(state: &State, picture: &Picture) -> Vec<Vec<Piece>> {
    let Some(decision) = &picture.status.decision else { return Vec::new() };
    let (tone, said) = words::decided(decision.id, &decision.choice, decision.acts, &decision.why);
    vec![vec![], vec![(Slot::Title, "last decision of the monitor".to_owned())], vec![(slot(tone), clean(state, &said))]]
}

fn host(state: &State, picture: &Picture, host: &HostView, object: &Object) -> Vec<Vec<Piece>> {
    let fresh = state.freshness(picture, &host.name, host.age_ms);
    let (slot, sign) = mark(Condition::of_host(host), fresh);
    let site = host.site.as_ref().map_or_else(String::new, |site| format!(" at {site} ({})", role(&picture.status, site)));
    let (tone, answers) = words::answers(host);
    let why = host.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
    let answers = answers.trim_end_matches([' ', '!', '?']);
    let mut lines = vec![
        vec![(slot, glyphs(state).sign(sign).to_owned()), (Slot::Strong, clean(state, &format!(" host {}{site}", host.name)))],
        field(state, "last look", super::super::paint::slot(tone), &format!("{answers}{why}")),
        field(state, "health", if slot == Slot::Good { Slot::Text } else { slot }, &judgement(&host.health)),
        age(state, fresh, ""),
        since(state, picture, host.since_ms, picture.longer(object)),
        field(state, "boot", Slot::Text, host.boot_id.as_deref().unwrap_or("--")),
        field(state, "fence", Slot::Text, host.fence.as_deref().unwrap_or("none: it cannot be switched off from here")),
    ];
    lines.extend(words::of_host(&picture.status, &host.name).map(|view| maintained(state, view)));
    for look in &host.seen_by {
        let ago = seconds(look.age_ms.saturating_add(state.elapsed(picture)));
        lines.push(field(state, "seen by", Slot::Text, &format!("{}: {}, {ago} ago", look.through, sight(&look.sight))));
    }
    lines.extend(placed(state, picture, &host.name));
    lines.extend(changes(state, object));
    lines
}

fn sight(sight: &Sight) -> String {
    match sight {
        Sight::Banner => "it answers there".to_owned(),
        Sight::Refused { why } => format!("its kernel lives: {why}"),
        Sight::Nothing { why } => format!("silent there too: {why}"),
        Sight::NotAsked { why } => format!("could not be asked: {why}"),
    }
}

/// What is placed on a host.
fn placed(state: &State, picture: &Picture, host: &HostName) -> Vec<Vec<Piece>> {
    let all = picture.status.components.iter().flat_map(|c| c.placements.iter().map(move |p| (c, p)));
    let mut lines = vec![vec![], vec![(Slot::Title, "placed on it".to_owned())]];
    for (component, p) in all.filter(|(_, p)| p.host == *host) {
        let fresh = state.freshness(picture, &p.host, p.age_ms);
        let (slot, sign) = mark(Condition::of_placement(p), fresh);
        let wanted = p.wanted.map_or_else(|| "--".to_owned(), |mode| mode.to_string());
        let said = format!(" {}: wanted {wanted}, is {}", component.name, condition(p));
        lines.push(vec![(slot, glyphs(state).sign(sign).to_owned()), (Slot::Text, clean(state, &said))]);
    }
    if lines.len() == 2 {
        lines.push(vec![(Slot::Faint, "nothing".to_owned())]);
    }
    lines
}

fn entry(state: &State, index: u64) -> Vec<Vec<Piece>> {
    let Some(line) = state.journal.line(index) else { return gone() };
    let at = line.at.to_zoned(state.settings.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string();
    let severity = match severity(line.tone) {
        "E" => (Tone::Bad, "E error"),
        "W" => (Tone::Warn, "W warning"),
        _ => (Tone::Plain, "I information"),
    };
    let mut lines = vec![field(state, "time", Slot::Text, &at), field(state, "severity", slot(severity.0), severity.1)];
    lines.extend(line.run.map(|run| field(state, "run", Slot::Text, &run.to_string())));
    lines.extend([vec![], vec![(Slot::Text, clean(state, &line.text))], vec![], vec![(Slot::Title, "as it is kept".to_owned())]]);
    match state.raw_entry.as_ref().filter(|(of, _)| *of == index) {
        None => lines.push(vec![(Slot::Faint, "being asked for".to_owned())]),
        Some((_, Err(why))) => lines.push(vec![(Slot::Warn, clean(state, why))]),
        Some((_, Ok(raw))) => lines.extend(raw.lines().map(|line| vec![(Slot::Text, clean(state, line))])),
    }
    lines
}
