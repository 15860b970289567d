//! The cluster in lines: header, "will it act?", wanted against observed, hosts, runs, troubles.

use super::{Cell, columns, width};
use crate::cli::text::{Line, Tone, age, count, span};
use crate::core::fact::State;
use crate::core::model::SiteName;
use crate::core::plan::Wanted;
use crate::core::run::StepState;
use crate::wire::{ComponentView, HostView, PlacementView, RunView, StatusView, Trouble, Verdict};

/// Everything, for a terminal of `room` columns; with `plain`, one fact a line.
pub(super) fn lines(status: &StatusView, plain: bool, room: Option<usize>) -> Vec<Line> {
    let mut lines = vec![header(status, plain), acts(status)];
    if status.allow_loopback {
        lines.push(Line::of(Tone::Warn, "loopback addresses are allowed: hosts of both sites may be this very machine"));
    }
    if plain {
        lines.extend(status.components.iter().flat_map(plain_component));
        lines.extend(status.hosts.iter().map(plain_host));
    } else {
        lines.push(Line::empty());
        lines.extend(components(status, room));
        lines.push(Line::empty());
        lines.extend(columns(&host_rows(&status.hosts)));
    }
    let mut more: Vec<Line> = status.open_runs.iter().flat_map(run).collect();
    more.extend(status.troubles.iter().flat_map(|t| trouble(t, plain)));
    if !plain && !more.is_empty() {
        lines.push(Line::empty());
    }
    lines.extend(more);
    lines
}

fn header(status: &StatusView, plain: bool) -> Line {
    let label = status.label.as_ref().map_or(String::new(), |label| format!(" ({label})"));
    let gap = if plain { ", " } else { "  " };
    let mut line = Line::of(Tone::Strong, format!("{}{label}", status.cluster));
    line = line.and(Tone::Plain, gap).and(verdict_tone(status.verdict), status.verdict.word());
    for site in &status.sites {
        line = line.and(Tone::Plain, format!("{gap}{site} {}", role(status, site)));
    }
    line.and(Tone::Plain, format!("{gap}term {}", status.lease.term))
}

/// What a site is to do, in a word.
pub(in crate::cli) fn role(status: &StatusView, site: &SiteName) -> &'static str {
    match (status.wanted, &status.active) {
        (_, Some(active)) if active == site => "ACTIVE",
        (_, Some(_)) => "STANDBY",
        (Wanted::Stopped, None) => "STOPPED",
        (_, None) => "UNDECIDED",
    }
}

fn verdict_tone(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Ok => Tone::Good,
        Verdict::Moving | Verdict::Unknown => Tone::Warn,
        Verdict::Degraded | Verdict::Down => Tone::Bad,
    }
}

fn acts(status: &StatusView) -> Line {
    let line = Line::from(format!("will it act? {}", status.acts));
    match &status.lease.journal {
        Ok(()) => line,
        Err(why) => line.and(Tone::Bad, format!("  journal: {why}")),
    }
}

/// Side by side where there is room for it, else one site below the other.
fn components(status: &StatusView, room: Option<usize>) -> Vec<Line> {
    if status.components.is_empty() {
        return vec![Line::from("no components are configured")];
    }
    let beside = beside(status);
    let mut lines = if room.is_none_or(|room| width(&beside) <= room) {
        columns(&beside)
    } else {
        let tables = status.sites.iter().map(|site| columns(&of_site(status, site)));
        tables.collect::<Vec<_>>().join(&Line::empty())
    };
    lines.extend(placements(status).filter(|(_, p)| !p.agrees).map(|(component, placement)| {
        let tone = mark(placement).0;
        Line::of(tone, format!("{} {} on {}: {}", mark(placement).1, component.name, placement.host, placement.detail))
    }));
    lines
}

fn placements(status: &StatusView) -> impl Iterator<Item = (&ComponentView, &PlacementView)> {
    status.components.iter().flat_map(|c| c.placements.iter().map(move |p| (c, p)))
}

fn head(words: impl IntoIterator<Item = String>) -> Vec<Cell> {
    words.into_iter().map(|word| (Tone::Faint, word)).collect()
}

fn beside(status: &StatusView) -> Vec<Vec<Cell>> {
    let heads = status.sites.iter().flat_map(|site| [site.to_string(), "want".into(), "is".into(), "age".into()]);
    let mut rows = vec![head(std::iter::once("component".to_owned()).chain(heads))];
    rows.extend(status.components.iter().map(|component| {
        let cells = component.placements.iter().flat_map(|p| cells(p, p.host.to_string()));
        std::iter::once((Tone::Plain, component.name.to_string())).chain(cells).collect()
    }));
    rows
}

fn of_site(status: &StatusView, site: &SiteName) -> Vec<Vec<Cell>> {
    let mut rows = vec![head([format!("{site} {}", role(status, site)), "host".into(), "want".into(), "is".into(), "age".into()])];
    rows.extend(placements(status).filter(|(_, p)| &p.site == site).map(|(component, p)| {
        let name = (Tone::Plain, component.name.to_string());
        std::iter::once(name).chain(cells(p, p.host.to_string())).collect()
    }));
    rows
}

fn cells(placement: &PlacementView, host: String) -> [Cell; 4] {
    let (tone, mark) = mark(placement);
    let is = observed(placement);
    let is = if mark.is_empty() { is } else { format!("{is} {mark}") };
    [(Tone::Plain, host), (Tone::Plain, wanted(placement)), (tone, is), (Tone::Faint, age(placement.age_ms))]
}

/// The sign of a placement that is not as wanted, or not known to be.
fn mark(placement: &PlacementView) -> (Tone, &'static str) {
    match (placement.agrees, placement.observed, placement.wanted) {
        (true, ..) => (Tone::Good, ""),
        (false, None, _) | (false, _, None) => (Tone::Warn, "?"),
        (false, Some(_), Some(_)) => (Tone::Bad, "!"),
    }
}

fn wanted(placement: &PlacementView) -> String {
    placement.wanted.map_or_else(|| "--".to_owned(), |mode| mode.to_string())
}

/// What a placement does; where its service is in between or worse, that too.
pub(in crate::cli) fn observed(placement: &PlacementView) -> String {
    let state = placement.state;
    match placement.observed {
        None => "unknown".to_owned(),
        Some(_) if matches!(state, State::Failed | State::Missing | State::Starting | State::Stopping) => state.to_string(),
        Some(mode) => mode.to_string(),
    }
}

fn plain_component(component: &ComponentView) -> Vec<Line> {
    let held = component.held_by.map_or(String::new(), |run| format!(", held by run {run}"));
    let line = |p: &PlacementView| {
        let (tone, mark) = mark(p);
        let verdict = match mark {
            "" => "as wanted",
            "?" => "not known to be as wanted",
            _ => "not as wanted",
        };
        let age = p.age_ms.map_or_else(|| "never seen".to_owned(), |ms| format!("seen {} ago", span(ms)));
        let what = format!("component {} on {} at {}: ", component.name, p.host, p.site);
        let facts = format!("wanted {}, is {}, {age}, {}{held}", wanted(p), observed(p), p.detail);
        Line::from(what).and(tone, verdict).and(Tone::Plain, format!(", {facts}"))
    };
    component.placements.iter().map(line).collect()
}

fn answers(host: &HostView) -> (Tone, &'static str) {
    match host.answers {
        Some(true) => (Tone::Good, "answers"),
        Some(false) => (Tone::Bad, "silent !"),
        None => (Tone::Warn, "not asked yet ?"),
    }
}

fn host_rows(hosts: &[HostView]) -> Vec<Vec<Cell>> {
    let mut rows = vec![head(["host", "site", "is", "age", "why"].map(String::from))];
    rows.extend(hosts.iter().map(|host| {
        let (tone, word) = answers(host);
        let site = host.site.as_ref().map_or_else(|| "--".to_owned(), ToString::to_string);
        let cell = |text: String| (Tone::Plain, text);
        vec![
            cell(host.name.to_string()),
            cell(site),
            (tone, word.to_owned()),
            cell(age(host.age_ms)),
            cell(host.why.clone().unwrap_or_default()),
        ]
    }));
    rows
}

fn plain_host(host: &HostView) -> Line {
    let (tone, word) = answers(host);
    let site = host.site.as_ref().map_or(String::new(), |site| format!(" at {site}"));
    let heard = host.age_ms.map_or_else(|| ", never heard".to_owned(), |ms| format!(", heard {} ago", span(ms)));
    let why = host.why.as_ref().map_or(String::new(), |why| format!(", {why}"));
    Line::from(format!("host {}{site}: ", host.name))
        .and(tone, word.trim_end_matches([' ', '!', '?']))
        .and(Tone::Plain, format!("{heard}{why}"))
}

/// An open run in a line, and what is in doubt of it.
fn run(run: &RunView) -> Vec<Line> {
    let through = |state: &StepState| matches!(state, StepState::Done { .. } | StepState::Undone { .. });
    let done = run.steps.iter().filter(|s| through(&s.state)).count();
    let way = if run.turned_back.is_some() { ", on its way back" } else { "" };
    let steps = format!("{done} of {} done{way}", count(run.steps.len(), "step"));
    let mut lines = vec![Line::of(Tone::Warn, format!("run {} by {}: {}; {steps}", run.run, run.who, run.summary))];
    lines.extend(run.doubt.iter().map(|doubt| Line::of(Tone::Warn, format!("  unknown: {doubt}; it is asked about until it is known"))));
    lines
}

fn trouble(trouble: &Trouble, plain: bool) -> Vec<Line> {
    let Trouble { key, what, remedy } = trouble;
    if plain {
        return vec![Line::of(Tone::Bad, "trouble ").and(Tone::Plain, format!("{key}: {what}; do: {remedy}"))];
    }
    let what = Line::of(Tone::Bad, format!("! {key}")).and(Tone::Plain, format!(": {what}"));
    vec![what, Line::of(Tone::Faint, format!("  do: {remedy}"))]
}
