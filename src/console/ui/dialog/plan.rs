//! What an act would do, as lines: the plan, or why there is none.

use crate::console::reduce::dialog::soft;
use crate::console::state::{Dialog, Order, Progress, Stage, State, Task};
use crate::wire::PlanView;
use crate::words::{Form, Line, Tone, abort_lines, becomes, plan_lines, span, stance_words};

/// Screens with fewer rows show the plan in brief.
const ROOMY: u16 = 45;

/// What changed since the plan was shown.
pub(super) fn changes(state: &State, dialog: &Dialog) -> Vec<Line> {
    if dialog.changed.is_empty() {
        return Vec::new();
    }
    // Where nothing can be typed nothing is void.
    let void = if state.read_only().is_some() { ":" } else { "; what was typed is void:" };
    let mut lines = vec![Line::of(Tone::Warn, format!("changed since the plan was shown{void}"))];
    lines.extend(dialog.changed.iter().map(|change| Line::of(Tone::Warn, format!("  {change}"))));
    lines.push(Line::empty());
    lines
}

/// Everything before it is handed in.
pub(super) fn lines(state: &State, dialog: &Dialog) -> Vec<Line> {
    match &dialog.stage {
        Stage::Planning(_) => vec![Line::from("asking the monitor what this would do")],
        Stage::Unplanned(error) => {
            let mut lines = vec![Line::of(Tone::Bad, format!("there is no plan: {error}"))];
            lines.extend(error.reasons().iter().filter(|r| !r.remedy.is_empty()).map(|r| Line::from(format!("do: {}", r.remedy))));
            if error.passing() {
                lines.push(Line::from("it is asked for again once the monitor answers"));
            }
            lines
        }
        Stage::Blocked(_) => blocked(state, dialog),
        Stage::Asking(Some(view)) | Stage::SecondLook { plan: view, .. } => planned(state, dialog, view),
        Stage::Asking(None) => nudge(state, &dialog.order),
        Stage::Turning(view) => abort_lines(view),
        Stage::Sent(_) => Vec::new(),
    }
}

fn planned(state: &State, dialog: &Dialog, view: &PlanView) -> Vec<Line> {
    let Some(basis) = &dialog.basis else { return Vec::new() };
    let brief = state.size.rows < ROOMY;
    let mut lines: Vec<Line> = state.tasks.all().filter(|task| open_question(task)).map(|task| on_its_way(state, task)).collect();
    lines.extend(plan_lines(basis, view, Form { plain: false, ascii: state.settings.ascii, brief }));
    lines
}

/// It was handed in, and it is not known yet whether it was taken.
fn open_question(task: &Task) -> bool {
    matches!(task.progress, Progress::Sent | Progress::Unknown(_)) && matches!(task.order, Order::Command { .. })
}

/// What somebody must know who gives a command while another may be on its way.
fn on_its_way(state: &State, task: &Task) -> Line {
    let ago = span(state.now.since(task.since));
    Line::of(Tone::Warn, format!("{} was handed in {ago} ago, and it is not known yet whether it was taken", task.what))
}

fn nudge(state: &State, order: &Order) -> Vec<Line> {
    let what = match order {
        Order::Mode(mode) => becomes(mode),
        Order::Resume(mode) => format!("the pause ends; {}", becomes(mode)),
        Order::Acknowledge => "the last automatic failover is acknowledged; another may happen by itself from now on".to_owned(),
        Order::Command { .. } | Order::Abort(_) | Order::Watch(_) => order.words(),
    };
    let mut lines = vec![Line::of(Tone::Strong, what)];
    if let Some(picture) = &state.picture {
        let status = &picture.status;
        lines.push(Line::from(format!("now: {}; will it act? {}", stance_words(&status.stance), status.acts)));
    }
    lines
}

fn blocked(state: &State, dialog: &Dialog) -> Vec<Line> {
    let Stage::Blocked(reasons) = &dialog.stage else { return Vec::new() };
    let mut lines = vec![Line::of(Tone::Bad, format!("{}: this cannot be done now", dialog.order.words()))];
    if let Order::Command { overrides, .. } = &dialog.order
        && !overrides.is_empty()
    {
        lines.push(Line::of(Tone::Warn, format!("overridden already: {}", overrides.join(", "))));
    }
    for (at, reason) in reasons.iter().enumerate() {
        let (mark, tone) = if at == dialog.chosen { ("> ", Tone::Strong) } else { ("  ", Tone::Plain) };
        let weight = if soft(reason).is_some() { "soft" } else { "block" };
        lines.push(Line::of(tone, mark).and(Tone::Bad, format!("{weight} ")).and(tone, reason.what.clone()));
        if !reason.remedy.is_empty() {
            lines.push(Line::of(Tone::Faint, format!("    do: {}", reason.remedy)));
        }
        if let Some(name) = soft(reason).filter(|_| at == dialog.chosen) {
            lines.push(Line::from(format!("    o: go on in spite of {name}")));
        }
    }
    let open = state.picture.iter().flat_map(|picture| &picture.status.open_runs);
    lines.extend(open.map(|run| {
        let at = run.steps.iter().position(|step| matches!(step.state.word(), "running" | "undoing" | "unknown"));
        let at = at.map_or(String::new(), |at| format!(", step {} of {}", at + 1, run.steps.len()));
        Line::of(Tone::Warn, format!("{} by {}{at}: :watch {} shows it, :abort {} turns it back", run.verb, run.who.user, run.run, run.run))
    }));
    lines
}
