//! The cluster in lines: header, "will it act?", wanted against observed, hosts, runs, troubles.

use super::{Cell, columns, width};
use crate::core::health::Health;
use crate::core::model::{HostName, SiteName};
use crate::core::run::StepState;
use crate::wire::{ComponentView, HostView, PlacementView, RunView, StatusView, Trouble};
use crate::words::{self, Line, Tone, answers, condition, count, freshness, health, mark, role, span, standing_lines, verdict_tone};

/// Everything, for a terminal of `room` columns; with `plain`, one fact a line.
pub(super) fn lines(status: &StatusView, plain: bool, room: Option<usize>) -> Vec<Line> {
    // A line of words goes on in the next one, where somebody counts the columns; a table lines up and is not wrapped.
    let fit = |lines: Vec<Line>| match room.filter(|_| !plain) {
        Some(room) => lines.iter().flat_map(|line| line.wrapped(room)).collect(),
        None => lines,
    };
    let mut lines = vec![header(status, plain)];
    lines.extend(fit(standing_lines(status)));
    if plain {
        lines.extend(status.components.iter().flat_map(|component| plain_component(status, component)));
        lines.extend(status.hosts.iter().map(|host| plain_host(status, host)));
    } else {
        lines.push(Line::empty());
        lines.extend(components(status, room));
        lines.extend(fit(unwell_placements(status)));
        lines.push(Line::empty());
        lines.extend(columns(&host_rows(status)));
        lines.extend(fit(unwell_hosts(&status.hosts)));
    }
    let mut more: Vec<Line> = status.open_runs.iter().flat_map(run).collect();
    more.extend(status.troubles.iter().flat_map(|t| trouble(t, plain)));
    if !plain && !more.is_empty() {
        lines.push(Line::empty());
    }
    lines.extend(fit(more));
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

/// Side by side where there is room for it, else one site below the other.
fn components(status: &StatusView, room: Option<usize>) -> Vec<Line> {
    if status.components.is_empty() {
        return vec![Line::from("no components are configured")];
    }
    let beside = beside(status);
    if room.is_none_or(|room| width(&beside) <= room) {
        columns(&beside)
    } else {
        let tables = status.sites.iter().map(|site| columns(&of_site(status, site)));
        tables.collect::<Vec<_>>().join(&Line::empty())
    }
}

fn unwell_placements(status: &StatusView) -> Vec<Line> {
    let line = |(component, placement): (&ComponentView, &PlacementView)| {
        let (tone, sign) = mark(placement);
        Some(Line::of(tone, format!("{sign} {} on {}: {}", component.name, placement.host, words::trouble(placement)?)))
    };
    placements(status).filter_map(line).collect()
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
        let cells = component.placements.iter().flat_map(|p| cells(status, p));
        std::iter::once((Tone::Plain, component.name.to_string())).chain(cells).collect()
    }));
    rows
}

fn of_site(status: &StatusView, site: &SiteName) -> Vec<Vec<Cell>> {
    let mut rows = vec![head([format!("{site} {}", role(status, site)), "host".into(), "want".into(), "is".into(), "age".into()])];
    rows.extend(placements(status).filter(|(_, p)| &p.site == site).map(|(component, p)| {
        let name = (Tone::Plain, component.name.to_string());
        std::iter::once(name).chain(cells(status, p)).collect()
    }));
    rows
}

fn cells(status: &StatusView, placement: &PlacementView) -> [Cell; 4] {
    let (tone, sign) = mark(placement);
    let is = format!("{} {sign}", condition(placement)).trim_end().to_owned();
    let host = (Tone::Plain, placement.host.to_string());
    [host, (Tone::Plain, wanted(placement)), (tone, is), freshness(status, &placement.host, placement.age_ms)]
}

fn wanted(placement: &PlacementView) -> String {
    placement.wanted.map_or_else(|| "--".to_owned(), |mode| mode.to_string())
}

/// How old something is, and whether that is too old, in words.
fn plain_age(status: &StatusView, host: &HostName, age_ms: Option<u64>, (seen, never): (&str, &str)) -> String {
    let Some(ms) = age_ms else { return never.to_owned() };
    let (_, word) = freshness(status, host, age_ms);
    let word = word.split_once(' ').map_or(String::new(), |(word, _)| format!(" ({})", word.to_lowercase()));
    format!("{seen} {} ago{word}", span(ms))
}

fn plain_component(status: &StatusView, component: &ComponentView) -> Vec<Line> {
    let held = component.held_by.map_or(String::new(), |run| format!(", held by run {run}"));
    let line = |p: &PlacementView| {
        let (tone, sign) = mark(p);
        let verdict = match sign {
            "" => "as wanted",
            "?" => "not known to be as wanted",
            _ => "not as wanted",
        };
        let age = plain_age(status, &p.host, p.age_ms, ("seen", "never seen"));
        let what = format!("component {} on {} at {}: ", component.name, p.host, p.site);
        let detail = words::trouble(p).unwrap_or_else(|| p.detail.clone());
        let facts = format!("wanted {}, is {}, {age}, {detail}{held}", wanted(p), condition(p));
        Line::from(what).and(tone, verdict).and(Tone::Plain, format!(", {facts}"))
    };
    component.placements.iter().map(line).collect()
}

fn host_rows(status: &StatusView) -> Vec<Vec<Cell>> {
    let mut rows = vec![head(["host", "site", "is", "health", "age"].map(String::from))];
    rows.extend(status.hosts.iter().map(|host| {
        let (tone, word) = answers(host);
        let site = host.site.as_ref().map_or_else(|| "--".to_owned(), ToString::to_string);
        let name = (Tone::Plain, host.name.to_string());
        vec![name, (Tone::Plain, site), (tone, word.to_owned()), health(host), freshness(status, &host.name, host.age_ms)]
    }));
    rows
}

fn unwell_hosts(hosts: &[HostView]) -> Vec<Line> {
    let unwell = hosts.iter().filter(|host| host.health.health != Health::Up || host.answers == Some(false));
    let line = |host: &HostView| {
        let (tone, word) = health(host);
        let sign = if word.ends_with('!') { "!" } else { "?" };
        Line::of(tone, format!("{sign} {}: {}", host.name, why(host)))
    };
    unwell.map(line).collect()
}

/// Why a host is judged as it is; where it is judged by more than the last look, that too.
fn why(host: &HostView) -> String {
    match &host.why {
        Some(missed) if !host.health.why.contains(missed.as_str()) => format!("{}; {missed}", host.health.why),
        _ => host.health.why.clone(),
    }
}

fn plain_host(status: &StatusView, host: &HostView) -> Line {
    let (tone, word) = answers(host);
    let site = host.site.as_ref().map_or(String::new(), |site| format!(" at {site}"));
    let heard = plain_age(status, &host.name, host.age_ms, ("heard", "never heard"));
    let well = host.health.health == Health::Up && host.answers == Some(true);
    let health = if well { String::new() } else { format!(", {}: {}", host.health.health.word(), why(host)) };
    Line::from(format!("host {}{site}: ", host.name))
        .and(tone, word.trim_end_matches([' ', '!', '?']))
        .and(Tone::Plain, format!(", {heard}{health}"))
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
