//! News of the monitor: pictures, entries, a connection that came or went; and the second that passes.

use super::{dialog, nav, news, rows};
use crate::console::effect::Effect;
use crate::console::event::{Answer, LinkEvent, Ticket};
use crate::console::settings::Notify;
use crate::console::state::{Journal, Link, Picture, State};
use crate::core::record::Record;
use crate::wire::{ChangesView, StatusView, Verdict};
use crate::words::{Tone, clean, role};

/// Takes in news of the monitor.
pub fn link(state: &mut State, event: LinkEvent) -> Vec<Effect> {
    match event {
        LinkEvent::Up(welcome) => {
            if matches!(state.link, Link::Down { .. }) {
                state.notices.say(state.clock, Tone::Good, "the monitor answers again");
            }
            state.link = Link::Up;
            let same = state.welcome.replace(welcome).map(|before| before.cluster);
            cluster(state, same.as_deref())
        }
        LinkEvent::Picture(status) => picture(state, *status),
        LinkEvent::Changed(changes) => changed(state, *changes),
        LinkEvent::Opened(records) => {
            records.iter().for_each(|record| state.journal.hear(record));
            Vec::new()
        }
        LinkEvent::Entries(records) => entries(state, &records),
        LinkEvent::Gap(to) => {
            state.journal.gap = Some(to);
            Vec::new()
        }
        LinkEvent::Anew => {
            anew(state);
            Vec::new()
        }
        LinkEvent::Down { why, remedy, retry_ms } => {
            let (since, lost) = match &state.link {
                Link::Down { since, .. } => (*since, false),
                Link::Connecting { since } => (*since, false),
                Link::Up => (state.now, true),
            };
            state.link = Link::Down { since, why, remedy, retry: state.now.plus(retry_ms) };
            if !lost {
                return Vec::new();
            }
            let name = state.welcome.as_ref().map_or("", |welcome| welcome.cluster.as_str());
            let mut effects = entitle(state, &format!("{name}: the monitor does not answer"));
            effects.extend(told(state, "the monitor does not answer"));
            effects
        }
    }
}

/// What the settings say of a cluster holds as soon as it is known which one this is, and again where it is another one.
pub(super) fn cluster(state: &mut State, before: Option<&str>) -> Vec<Effect> {
    let Some(welcome) = state.welcome.as_ref().filter(|welcome| Some(welcome.cluster.as_str()) != before) else { return Vec::new() };
    let of = state.settings.clusters.get(&welcome.cluster).cloned().unwrap_or_default();
    // Never the other way: what was read-only stays so.
    state.settings.read_only |= of.read_only;
    state.settings.label = of.label;
    if before.is_none() && of.theme.is_none() && of.accent.is_none() {
        return Vec::new();
    }
    vec![Effect::Theme { name: of.theme, accent: of.accent }]
}

/// Nothing of what was seen in the old journal is in this one: its numbers mean other things.
fn anew(state: &mut State) {
    state.journal = Journal::default();
    state.journal.began = state.picture.as_ref().map(|picture| picture.status.sequence);
    (state.log.selected, state.raw_entry) = (None, None);
    for task in state.tasks.all_mut().filter(|task| !task.is_over()) {
        task.lose("the monitor's journal is another one than before, and says nothing of it");
    }
    state.notices.keep(
        state.clock,
        Tone::Warn,
        "the monitor's journal is another one than before: what was known of it is no longer shown",
    );
}

fn picture(state: &mut State, status: StatusView) -> Vec<Effect> {
    state.link = Link::Up;
    let now = Picture::new(status, state.now, state.wall);
    state.journal.began.get_or_insert(now.status.sequence);
    let before = state.picture.take();
    if let Some(before) = &before {
        state.changes.heard(&before.status, &now.status);
    }
    let (verdict, name) = (now.status.verdict, clean(&now.status.cluster, false));
    state.picture = Some(now);
    if state.frozen.is_none() {
        rows::make(state);
    }
    let mut effects = dialog::picture(state);
    if before.is_some_and(|before| worse(before.status.verdict, verdict)) {
        effects.extend(told(state, &format!("{name} is {}", verdict.word())));
    }
    effects.extend(title(state));
    effects
}

/// Takes in what is new in the picture; what is not is not looked at again.
fn changed(state: &mut State, changes: ChangesView) -> Vec<Effect> {
    state.link = Link::Up;
    let Some(mut picture) = state.picture.take() else { return Vec::new() };
    state.changes.heard(&picture.status, &changes.status);
    let before = picture.status.verdict;
    let news = picture.change(changes, state.now, state.wall);
    let (verdict, name) = (picture.status.verdict, clean(&picture.status.cluster, false));
    state.picture = Some(picture);
    if state.frozen.is_none() {
        rows::renew(state, &news);
    }
    let mut effects = dialog::picture(state);
    if worse(before, verdict) {
        effects.extend(told(state, &format!("{name} is {}", verdict.word())));
    }
    effects.extend(title(state));
    effects
}

/// A change that somebody is told about who does not look: from well to not well, and back.
fn worse(before: Verdict, now: Verdict) -> bool {
    let well = |verdict| matches!(verdict, Verdict::Ok | Verdict::Moving);
    before != now && (well(before) != well(now) || now == Verdict::Down)
}

/// The most bytes of an entry that are shown.
const MOST_OF_ENTRY: usize = 256 * 1024;

/// Between two times that somebody is told, in milliseconds: what comes and goes does not ring all the time.
const QUIET_MS: u64 = 5_000;

/// Tells somebody who does not look.
pub(super) fn told(state: &mut State, text: &str) -> Vec<Effect> {
    if state.told.is_some_and(|at| state.now.since(at) < QUIET_MS) {
        return Vec::new();
    }
    state.told = Some(state.now);
    match state.settings.notify {
        Notify::Off => Vec::new(),
        Notify::Bell => vec![Effect::Bell],
        Notify::Osc => vec![Effect::Bell, Effect::Notify(text.to_owned())],
    }
}

pub(super) fn title(state: &mut State) -> Vec<Effect> {
    let Some(picture) = &state.picture else { return Vec::new() };
    let status = &picture.status;
    let roles = status.sites.each_ref().map(|site| format!("{site} {}", role(status, site).to_lowercase()));
    let title = format!("{}: {}, {}", status.cluster, roles.join(", "), status.verdict.word());
    entitle(state, &title)
}

fn entitle(state: &mut State, title: &str) -> Vec<Effect> {
    let of_record = if state.replay.is_some() { "REPLAY " } else { "" };
    let title = clean(&format!("{of_record}{title}"), false);
    if !state.settings.title {
        return Vec::new();
    }
    if title == state.titled {
        return Vec::new();
    }
    state.titled.clone_from(&title);
    vec![Effect::Title(title)]
}

fn entries(state: &mut State, records: &[Record]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for record in records {
        if state.journal.add(record) {
            effects.extend(dialog::heard(state, record));
            effects.extend(news::news(state, record));
        }
    }
    if state.log.follow && state.log.selected.is_some() && state.frozen.is_none() {
        nav::to_newest(state);
        effects.extend(nav::entry_opened(state));
    }
    effects
}

/// Takes in an answer.
pub fn answer(state: &mut State, ticket: Ticket, answer: Answer) -> Vec<Effect> {
    match answer {
        // One that comes late is not what is looked at.
        Answer::Entry(index, _) if state.log.selected != Some(index) => Vec::new(),
        Answer::Entry(index, record) => {
            let text = match record {
                Ok(Some(record)) => serde_json::to_string_pretty(&record).map(bounded).map_err(|error| error.to_string()),
                Ok(None) => Err("this entry is no longer kept".to_owned()),
                Err(error) => Err(error.to_string()),
            };
            state.raw_entry = Some((index, text));
            Vec::new()
        }
        other => dialog::answer(state, ticket, other),
    }
}

/// An entry as it is shown. A decision of a large cluster takes megabytes, which nobody reads here.
fn bounded(mut text: String) -> String {
    let all = text.len();
    if all > MOST_OF_ENTRY {
        text.truncate((0..=MOST_OF_ENTRY).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
        text.push_str(&format!("\n... {} of {all} bytes are shown; `switchtower log --json` has all of it", text.len()));
    }
    text
}

/// A second has passed.
pub fn tick(state: &mut State) -> Vec<Effect> {
    dialog::tick(state)
}
