//! What a line of the palette can be completed to: only what can be done.

use super::parse::order;
use super::table::{Row, TABLE, Takes, Verb};
use super::upkeep;
use crate::console::action;
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::core::command::Class;

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The whole line then; with a space at its end where something is to follow.
    pub line: String,
    /// The same as it is shown, with what is to follow.
    pub shown: String,
    /// One line about it.
    pub doc: &'static str,
    /// Why it cannot be done now: it is shown all the same, so that nobody looks for it.
    pub why_not: Option<String>,
}

/// Every way to go on from `line`, what acts first.
#[must_use]
pub fn completions(state: &State, line: &str) -> Vec<Completion> {
    let line = line.trim_start();
    match line.rsplit_once(' ') {
        None => names(state, line),
        Some((before, last)) => arguments(state, before.trim_end(), last),
    }
}

fn names(state: &State, typed: &str) -> Vec<Completion> {
    let (mut begin, mut within) = (Vec::new(), Vec::new());
    let rows = TABLE.iter().map(|row| of_row(state, row));
    let (workbench, replay) = (state.breakages.is_some(), state.replay.is_some());
    let looks = action::TABLE.iter().filter(|entry| !entry.action.is_idle(workbench, replay)).map(|entry| Completion {
        line: entry.name.to_owned(),
        shown: entry.name.to_owned(),
        doc: entry.doc,
        why_not: None,
    });
    for completion in rows.chain(looks) {
        if completion.shown.starts_with(typed) {
            begin.push(completion);
        } else if completion.shown.split(' ').next().is_some_and(|name| name.contains(typed)) {
            within.push(completion);
        }
    }
    begin.append(&mut within);
    begin
}

fn of_row(state: &State, row: &'static Row) -> Completion {
    let more = !matches!(row.takes, Takes::Nothing);
    let shown = format!("{} {}", row.name, row.takes.usage()).trim_end().to_owned();
    let upkeep = matches!(row.takes, Takes::Upkeep | Takes::Cleared);
    let needs = upkeep || matches!(row.takes, Takes::OneSite | Takes::Host | Takes::HostByWord | Takes::Theme);
    // What needs an object is looked at once there is one.
    let why_not = match row.verb {
        Verb::Theme => None,
        Verb::Dump => super::read(state, row.name).err(),
        _ if needs && state.replay.is_none() => None,
        _ => order(state, &[row.name]).err(),
    };
    Completion { line: if more { format!("{} ", row.name) } else { row.name.to_owned() }, shown, doc: row.doc, why_not }
}

/// What can stand behind the words before; a candidate that does not fit is left out.
fn arguments(state: &State, before: &str, typed: &str) -> Vec<Completion> {
    let words: Vec<&str> = before.split_whitespace().collect();
    let Some((name, rest)) = words.split_first() else { return Vec::new() };
    let mut all = Vec::new();
    for row in TABLE.iter().filter(|row| row.name == *name) {
        for candidate in candidates(state, row, rest) {
            let line = format!("{before} {candidate}");
            let all_words: Vec<&str> = line.split_whitespace().collect();
            // A maintenance is not whole before it says how.
            let begun = row.takes == Takes::Upkeep && all_words.len() < 4;
            let fits = row.class == Class::Look || begun || order(state, &all_words).is_ok();
            if candidate.starts_with(typed) && fits && !all.iter().any(|c: &Completion| c.line == line) {
                all.push(Completion { shown: line.clone(), line, doc: row.doc, why_not: None });
            }
        }
    }
    all
}

fn candidates(state: &State, row: &Row, rest: &[&str]) -> Vec<String> {
    let Some(picture) = &state.picture else { return Vec::new() };
    let status = &picture.status;
    let first = rest.is_empty();
    match row.takes {
        Takes::Site | Takes::OneSite if first => status.sites.iter().map(ToString::to_string).collect(),
        Takes::Run if first => status.open_runs.iter().map(|run| run.run.to_string()).collect(),
        Takes::Host if first => status.hosts.iter().filter(|host| host.site.is_some()).map(|host| host.name.to_string()).collect(),
        Takes::HostByWord if first => {
            status.hosts.iter().filter(|host| host.site.is_some()).map(|host| format!("{} by-word", host.name)).collect()
        }
        Takes::HostByWord if rest.len() == 1 => vec!["by-word".to_owned()],
        Takes::Upkeep | Takes::Cleared => upkeep::candidates(status, row.takes == Takes::Cleared, rest),
        Takes::Theme if first => Theme::names().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
