//! The first line: cluster, rights, verdict, role of each site, what is under way, and how old all of it is. Always there.

mod replay;

use super::fmt;
use super::glyph::Sign;
use super::paint::{Brush, Piece, clean, cut, glyphs, key, wide};
use crate::console::action::Action;
use crate::console::state::{Link, Progress, State};
use crate::console::theme::Slot;
use crate::core::model::SiteName;
use crate::core::run::StepState;
use crate::wire::{RunView, StatusView, Verdict};
use crate::words::{self, role};
use ratatui::Frame;
use ratatui::layout::Rect;

/// How much each part may take.
#[derive(Debug, Clone, Copy)]
struct Room {
    name: usize,
    label: usize,
    site: usize,
    role: usize,
    run: Run,
    rights: &'static str,
    /// With all words, blanks and signs.
    full: bool,
    sign: bool,
}

/// How much is said of what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    Who,
    Verb,
    Steps,
    Nothing,
}

const ALL: Room = Room { name: 40, label: 40, site: 24, role: 9, run: Run::Who, rights: "READ-ONLY", full: true, sign: true };

/// From all of it to what must stay; the first that fits is taken.
const LADDER: [Room; 9] = [
    ALL,
    Room { run: Run::Verb, ..ALL },
    Room { run: Run::Verb, name: 20, label: 14, site: 14, ..ALL },
    Room { run: Run::Verb, name: 16, label: 8, site: 10, ..ALL },
    Room { run: Run::Verb, name: 12, label: 0, site: 8, full: false, ..ALL },
    Room { run: Run::Steps, name: 8, label: 0, site: 6, full: false, ..ALL },
    Room { run: Run::Steps, name: 6, label: 0, site: 5, role: 3, rights: "RO", full: false, ..ALL },
    Room { run: Run::Steps, name: 5, label: 0, site: 3, role: 3, rights: "RO", full: false, ..ALL },
    Room { run: Run::Nothing, name: 3, label: 0, site: 3, role: 3, rights: "RO", full: false, sign: false },
];

/// Paints it.
pub fn draw(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect) {
    frame.buffer_mut().set_style(area, brush.style(Slot::Header));
    brush.line(frame, area, &pieces(state, usize::from(area.width)));
}

/// As much of it as `width` cells hold, the age at the right.
fn pieces(state: &State, width: usize) -> Vec<Piece> {
    let (mut line, mut end) = (Vec::new(), (Slot::Text, String::new()));
    for room in LADDER {
        line = left(state, room);
        end = replay::stands(state, room.full).unwrap_or_else(|| age(state, room.full));
        if wide(&line) + 1 + fmt::width(&end.1) <= width {
            break;
        }
    }
    let left = width.saturating_sub(fmt::width(&end.1) + 1);
    line = cut(&line, left);
    line.push((Slot::Header, " ".repeat(left.saturating_sub(wide(&line)) + 1)));
    line.push(end);
    line
}

fn left(state: &State, room: Room) -> Vec<Piece> {
    let ascii = state.settings.ascii;
    let gap = || (Slot::Header, if room.full { "  " } else { " " }.to_owned());
    let short = |text: &str, most: usize| fmt::middle(&clean(state, text), most, ascii);
    let status = state.shown().map(|picture| &picture.status);
    let mut line = vec![(Slot::Accent, short(&name(state), room.name))];
    if let Some(label) = label(state).filter(|_| room.label > 0) {
        line.push((Slot::Accent, format!(" ({})", short(&label, room.label))));
    }
    if state.replay.is_some() {
        line.extend([gap(), (Slot::Frozen, "REPLAY".to_owned())]);
    } else if state.read_only().is_some() {
        line.extend([gap(), (Slot::ReadOnly, room.rights.to_owned())]);
    }
    if state.recording {
        line.extend([gap(), (Slot::Warn, "REC".to_owned())]);
    }
    let Some(status) = status else { return line };
    // A run that is over is not under way, whatever an older picture says; what follows is not known yet.
    let over = status.verdict == Verdict::Moving && !status.open_runs.is_empty() && open_runs(state, status).next().is_none();
    line.extend([gap(), verdict(state, if over { Verdict::Unknown } else { status.verdict }, room.sign)]);
    let moves = moving(state, status);
    if let Some((from, to)) = moves {
        let way = if ascii { "->" } else { "\u{2192}" };
        let said = format!("{}{way}{}", short(&from.to_string(), room.site), short(&to.to_string(), room.site));
        line.extend([gap(), (Slot::Strong, said)]);
    }
    for site in status.sites.iter().filter(|_| moves.is_none()) {
        let role: String = role(status, site).chars().take(room.role).collect();
        let style = if status.active.as_ref() == Some(site) { Slot::Strong } else { Slot::Header };
        line.extend([gap(), (style, format!("{} {role}", short(&site.to_string(), room.site)))]);
    }
    if let Some(said) = under_way(state, status, room.run) {
        line.extend([gap(), (Slot::Moving, said)]);
    }
    line
}

fn name(state: &State) -> String {
    let shown = state.shown().map(|picture| picture.status.cluster.clone());
    shown.or_else(|| state.welcome.as_ref().map(|welcome| welcome.cluster.clone())).unwrap_or_else(|| "switchtower".to_owned())
}

fn label(state: &State) -> Option<String> {
    state.settings.label.clone().or_else(|| state.shown()?.status.label.clone())
}

/// The one word for the whole, with its sign.
fn verdict(state: &State, verdict: Verdict, sign: bool) -> Piece {
    // What was well when the monitor was last heard is not well while nobody hears it.
    if state.frozen.is_none() && state.stale() {
        let mark = if sign { format!("{} ", glyphs(state).sign(Sign::Lost)) } else { String::new() };
        return (Slot::Lost, format!("{mark}~{}", verdict.word()));
    }
    let (slot, mark) = match verdict {
        Verdict::Ok => (Slot::Good, Sign::Good),
        Verdict::Moving => (Slot::Moving, Sign::Moving),
        Verdict::Unknown => (Slot::Unknown, Sign::Unknown),
        Verdict::Degraded | Verdict::Down => (Slot::Bad, Sign::Bad),
    };
    let mark = if sign { format!("{} ", glyphs(state).sign(mark)) } else { String::new() };
    (slot, format!("{mark}{}", verdict.word()))
}

/// From where to where the service is on its way: which side serves is true again once the run is over.
fn moving<'a>(state: &'a State, status: &'a StatusView) -> Option<(&'a SiteName, &'a SiteName)> {
    let moves = |run: &RunView| matches!(run.verb.as_str(), "switchover" | "switchback" | "failover") && run.turned_back.is_none();
    open_runs(state, status).find(|run| moves(run))?;
    let to = status.active.as_ref()?;
    let from = status.sites.iter().find(|site| *site != to)?;
    Some((from, to))
}

/// The runs that are open, without those of which the end was heard since.
fn open_runs<'a>(state: &'a State, status: &'a StatusView) -> impl Iterator<Item = &'a RunView> {
    let over = |run: &RunView| state.tasks.all().any(|task| task.run == Some(run.run) && matches!(task.progress, Progress::Over(_)));
    let held = state.frozen.is_some();
    status.open_runs.iter().filter(move |run| held || !over(run))
}

/// The run that is open, and how many more are.
fn under_way(state: &State, status: &StatusView, said: Run) -> Option<String> {
    let run = open_runs(state, status).next()?;
    let others = open_runs(state, status).count() - 1;
    let more = if others > 0 { format!(" +{others}") } else { String::new() };
    let sign = glyphs(state).sign(Sign::Moving);
    let (verb, who, steps) = (clean(state, &run.verb), clean(state, &run.who.user), steps(run));
    match said {
        Run::Who => Some(format!("{sign} {verb} by {who} {steps}{more}")),
        Run::Verb => Some(format!("{sign} {verb} {steps}{more}")),
        Run::Steps => Some(format!("{sign} {steps}{more}")),
        Run::Nothing => None,
    }
}

/// How far a run is: `3/6`.
#[must_use]
pub fn steps(run: &RunView) -> String {
    let through = |state: &StepState| matches!(state, StepState::Done { .. } | StepState::Undone { .. });
    let done = run.steps.iter().filter(|step| through(&step.state)).count();
    let way = match (&run.doubt, &run.turned_back) {
        (Some(_), _) => " UNKNOWN",
        (None, Some(_)) => " back",
        (None, None) => "",
    };
    format!("{done}/{}{way}", run.steps.len())
}

/// How old the picture is, in a word where that is too old.
fn age(state: &State, full: bool) -> Piece {
    if state.frozen.is_some() {
        let age = words::age(state.data_age().or(Some(0)));
        return (Slot::Frozen, format!("FROZEN {age}"));
    }
    match (state.data_age(), &state.link) {
        (None, Link::Connecting { since } | Link::Down { since, .. }) => {
            (Slot::Unknown, format!("connecting {}", words::age(Some(state.now.since(*since)))))
        }
        (None, Link::Up) => (Slot::Unknown, "no data yet".to_owned()),
        (Some(ms), link) => {
            let age = words::age(Some(ms));
            let data = if full { "data " } else { "" };
            match link {
                Link::Up if !state.stale() && full => (Slot::Faint, format!("data {age} ago")),
                Link::Up if !state.stale() => (Slot::Faint, age),
                Link::Up if ms < 10_000 => (Slot::Late, format!("{data}LATE {age}")),
                _ => (Slot::Lost, format!("{data}LOST {age}")),
            }
        }
    }
}

/// All that there is room for on a screen that is too small for anything.
pub fn line(state: &State, brush: &Brush<'_>, frame: &mut Frame<'_>, area: Rect) {
    let said = match state.shown() {
        Some(picture) => verdict(state, picture.status.verdict, true),
        None => (Slot::Unknown, "connecting".to_owned()),
    };
    let name = fmt::middle(&clean(state, &name(state)), 12, state.settings.ascii);
    let age = replay::stands(state, false).unwrap_or_else(|| age(state, false));
    let quit = key(state, Action::Quit);
    let need = format!("need 40x6, have {}x{}; {quit} quits", area.width, area.height);
    let space = || (Slot::Text, " ".to_owned());
    brush.line(frame, area, &[said, space(), age, space(), (Slot::Accent, name)]);
    let rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    for (at, text) in fmt::wrap(&need, usize::from(area.width)).into_iter().enumerate().take(usize::from(rest.height)) {
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        brush.line(frame, Rect { y: rest.y.saturating_add(at), height: 1, ..rest }, &[(Slot::Text, text)]);
    }
}
