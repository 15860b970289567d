//! A plan in lines, in the order in which somebody decides: what, what is true now, checks, steps, outage, way back.

use super::mark::{observed, role};
use super::text::{Line, Tone, count, span};
use crate::core::command::Command;
use crate::core::model::Side;
use crate::core::plan::{NoReturn, Plan, Step, StepId, StepSet, Wanted};
use crate::core::readiness::{Check, Verdict};
use crate::wire::{PlanView, StatusView};

/// How a plan is to be put into lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form {
    /// One fact a line: no rules and no empty lines.
    pub plain: bool,
    /// Only ASCII.
    pub ascii: bool,
    /// For a small screen that shows the cluster beside it: checks that are in order are counted, and a step takes one line.
    pub brief: bool,
}

/// The whole plan.
#[must_use]
pub fn plan_lines(status: &StatusView, view: &PlanView, form: Form) -> Vec<Line> {
    let plan = &view.plan;
    let short = view.hash.get(..12).unwrap_or(&view.hash).to_owned();
    let head = Line::of(Tone::Strong, format!("{} of {}: {}", plan.command.verb(), plan.cluster, plan.summary));
    let sections = [
        ("Now", now(status, form)),
        ("Checks", checks(plan, form)),
        ("Steps", steps(view, form)),
        ("Outage", vec![outage(view)]),
        ("Data at risk", at_risk(plan)),
        ("How to undo it", vec![way_back(status, plan).into()]),
        ("Plan", vec![Line::from(short)]),
    ];
    let mut lines = vec![head];
    lines.extend(by_word(plan));
    // A plan that checks nothing, such as that of `monitor move`, has no title for it either.
    for (title, body) in sections.into_iter().filter(|(_, body)| !body.is_empty()) {
        if !form.plain && !form.brief {
            lines.push(Line::empty());
        }
        lines.push(Line::of(Tone::Strong, title));
        lines.extend(body.into_iter().map(|line| indented(&line)));
    }
    lines
}

/// Where a person vouches for what no device does, that is said before anything else.
fn by_word(plan: &Plan) -> Vec<Line> {
    if let Command::TakeOver { from, by_word: true } = &plan.command {
        return vec![
            Line::of(Tone::Bad, format!("nothing is switched off by this program: no device is asked, and nothing is sent to {from}")),
            Line::of(Tone::Bad, format!("whoever confirms this vouches that the monitor on {from} does not run")),
            Line::of(Tone::Bad, "if it does, two monitors may act at once; hosts that this one reaches refuse the other one from now on"),
        ];
    }
    let Command::Fence { host, by_word: true } = &plan.command else { return Vec::new() };
    vec![
        Line::of(Tone::Bad, format!("nothing is switched off by this program: no device is asked, and nothing is sent to {host}")),
        Line::of(Tone::Bad, format!("whoever confirms this vouches that {host} is off, and stays off until it is looked after")),
        Line::of(Tone::Bad, format!("if {host} still runs, both sites may serve at once, and data may be lost")),
    ]
}

fn indented(line: &Line) -> Line {
    line.spans().fold(Line::from("  "), |all, (tone, text)| all.and(tone, text))
}

fn now(status: &StatusView, form: Form) -> Vec<Line> {
    let roles = status.sites.each_ref().map(|site| format!("{site} is {}", role(status, site)));
    let all: Vec<_> = status.components.iter().flat_map(|c| c.placements.iter().map(move |p| (c, p))).collect();
    let agree = all.iter().filter(|(_, p)| p.agrees).count();
    let oldest = all.iter().map(|(_, p)| p.age_ms).max_by_key(|age| age.unwrap_or(u64::MAX)).flatten();
    let age = oldest.map_or_else(|| "not everything was seen yet".to_owned(), |ms| format!("nothing is older than {}", span(ms)));
    let mut lines = vec![
        Line::from(format!("{}; {}; term {}", status.verdict.word(), roles.join("; "), status.lease.term)),
        Line::from(format!("{agree} of {} are as wanted; {age}", count(all.len(), "placement"))),
    ];
    lines.extend(all.iter().filter(|(_, p)| !p.agrees).map(|(c, p)| {
        let wanted = p.wanted.map_or_else(|| "nothing yet".to_owned(), |mode| mode.to_string());
        Line::of(Tone::Warn, format!("{} on {}: wanted {wanted}, is {}", c.name, p.host, observed(p)))
    }));
    if !form.brief {
        lines.push(Line::from(format!("will it act? {}", status.acts)));
    }
    lines.extend(
        status.open_runs.iter().map(|run| Line::of(Tone::Warn, format!("run {} by {} is open: {}", run.run, run.who, run.summary))),
    );
    lines
}

/// The checks; in brief what stands out first, and how many are in order.
fn checks(plan: &Plan, form: Form) -> Vec<Line> {
    if !form.brief || plan.checks.is_empty() {
        return plan.checks.iter().flat_map(check).collect();
    }
    let well = plan.checks.iter().filter(|check| check.verdict == Verdict::Ok).count();
    let mut lines: Vec<Line> = plan.checks.iter().filter(|check| check.verdict != Verdict::Ok).flat_map(check).collect();
    lines.push(Line::of(Tone::Good, "ok   ").and(Tone::Plain, format!("{} in order", count(well, "check"))));
    lines
}

fn check(check: &Check) -> Vec<Line> {
    let (tone, word) = match check.verdict {
        Verdict::Ok => (Tone::Good, "ok  "),
        Verdict::SoftVeto if check.overridden => (Tone::Warn, "soft, overridden "),
        Verdict::SoftVeto => (Tone::Warn, "soft"),
        Verdict::Unknown => (Tone::Warn, "unknown"),
        Verdict::HardVeto => (Tone::Bad, "block"),
    };
    let mut lines = vec![Line::of(tone, format!("{word} ")).and(Tone::Plain, format!("{}: {}", check.name, check.evidence))];
    if !check.remedy.is_empty() {
        lines.push(Line::of(Tone::Faint, format!("       do: {}", check.remedy)));
    }
    lines
}

/// The steps, with the point of no return between the one that passes it and the next.
fn steps(view: &PlanView, form: Form) -> Vec<Line> {
    let PlanView { plan, expected, .. } = view;
    let mut lines = Vec::new();
    if plan.steps.is_empty() {
        return vec![Line::from("none: nothing is started or stopped")];
    }
    // Hooks that come before what moves do not pass it: one of them may stop it all.
    let first = plan.steps.iter().find(|step| step.service.hook().is_none()).map(|step| step.id);
    if form.brief && plan.steps.iter().any(|step| step.undo.is_some()) {
        lines.push(Line::of(Tone::Faint, "a failure takes back what was done, up to the point of no return"));
    }
    let passed = first_passing(plan);
    for step in &plan.steps {
        if plan.no_return == NoReturn::FromTheStart && first == Some(step.id) {
            lines.push(rule("no way back from here: a failure leaves what was done so far", form));
        }
        let takes = takes(expected.steps.get(&step.id).copied(), step.timeout_ms);
        lines.extend(if form.brief { vec![step_line(step, &takes)] } else { step_lines(step, &takes).into() });
        if passed == Some(step.id) {
            let NoReturn::After { steps } = &plan.no_return else { continue };
            let which = steps.iter().map(|id| format!("step {id}")).collect::<Vec<_>>().join(" or ");
            lines.push(rule(&format!("point of no return, passed once {which} is done"), form));
        }
    }
    lines
}

/// The first step in the list that passes the point of no return.
fn first_passing(plan: &Plan) -> Option<StepId> {
    match &plan.no_return {
        NoReturn::FromTheStart => None,
        NoReturn::After { steps } => plan.steps.iter().map(|s| s.id).find(|id| steps.contains(id)),
    }
}

fn rule(text: &str, form: Form) -> Line {
    let dash = if form.ascii { "---" } else { "\u{2500}\u{2500}\u{2500}" };
    Line::of(Tone::Warn, if form.plain { text.to_owned() } else { format!("{dash} {text} {dash}") })
}

fn step_lines(step: &Step, takes: &str) -> [Line; 2] {
    let what = format!("{:>2}. on {}: ", step.id.0, step.host);
    let undo = match (&step.undo, step.service.hook()) {
        (Some(undo), _) => format!("on failure: {}", undo.command),
        (None, Some(_)) => "on failure: not taken back".to_owned(),
        (None, None) => "on failure: not undone".to_owned(),
    };
    let after = if step.after.is_empty() { String::new() } else { format!("; after {}", ids(&step.after)) };
    [
        Line::from(what).and(Tone::Strong, step.command.clone()),
        Line::of(Tone::Faint, format!("      {}; {takes}{after}; {undo}", subject(step))),
    ]
}

/// The same in one line; all that a failure takes back is said once.
fn step_line(step: &Step, takes: &str) -> Line {
    let kept = match (&step.undo, step.service.hook()) {
        (_, Some(hook)) if hook.vetoes => ", may veto",
        (_, Some(_)) => ", may fail",
        (None, None) => ", not undone",
        (Some(_), None) => "",
    };
    let head = Line::from(format!("{:>2}. on {}: ", step.id.0, step.host)).and(Tone::Strong, step.command.clone());
    head.and(Tone::Faint, format!("  {takes}{kept}"))
}

/// What a step is about: a component, a hook and whether it may stop the move, or a whole host.
fn subject(step: &Step) -> String {
    if let Some(hook) = step.service.hook() {
        let may = if hook.vetoes { "if it fails, nothing else is done" } else { "if it fails, the rest goes on" };
        return format!("hook {}: {may}", hook.name);
    }
    step.component.as_ref().map_or_else(|| format!("the whole host {}", step.host), ToString::to_string)
}

fn ids(ids: &StepSet) -> String {
    if ids.len() == 1 { format!("step {ids}") } else { format!("steps {ids}") }
}

fn outage(view: &PlanView) -> Line {
    let PlanView { plan, expected, .. } = view;
    let names = plan.impact.interrupted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if names.is_empty() {
        return Line::from("none: nothing that runs is stopped");
    }
    if plan.afterwards == Wanted::Stopped {
        return Line::of(Tone::Warn, format!("until the cluster is started again: {names}"));
    }
    Line::from(format!("{}: {names}", takes(expected.outage_ms, plan.impact.longest_outage_ms)))
}

/// What something took before, and the longest that it may take.
fn takes(before_ms: Option<u64>, most_ms: u64) -> String {
    let most = format!("at most {}", span(most_ms));
    before_ms.map_or(most.clone(), |ms| format!("about {} as before, {most}", span(ms)))
}

fn at_risk(plan: &Plan) -> Vec<Line> {
    if plan.impact.data_at_risk.is_empty() {
        return vec![Line::from("none is known of")];
    }
    plan.impact.data_at_risk.iter().map(|line| Line::of(Tone::Bad, line.clone())).collect()
}

fn way_back(status: &StatusView, plan: &Plan) -> String {
    let [primary, secondary] = &status.sites;
    let site = |side: Side| if side == Side::Primary { primary } else { secondary };
    let forth =
        if plan.no_return == NoReturn::FromTheStart { "" } else { "before the point of no return: switchtower abort RUN; afterwards: " };
    let afterwards = match (&plan.command, plan.before) {
        (Command::Switchover { .. } | Command::Switchback, Wanted::Active(side)) => format!("switchtower switchover --to {}", site(side)),
        (Command::Stop, Wanted::Active(side)) => format!("switchtower start --site {}", site(side)),
        (Command::Start { .. }, Wanted::Active(_) | Wanted::Limited(_)) => {
            "what it starts is stopped by hand; switchtower stop stops everything".to_owned()
        }
        (Command::Start { .. }, _) => "switchtower stop".to_owned(),
        (Command::Adopt { .. }, Wanted::Active(side)) => return format!("switchtower adopt --site {}", site(side)),
        (Command::Fence { host, by_word: true }, _) => format!("start {host} again: it counts as back once it answers"),
        (Command::Fence { host, .. }, _) => format!("switch {host} on again by hand or by its device: it counts as back once it answers"),
        (Command::MonitorMove { to }, _) => format!("switchtower monitor move, asked at the monitor on {to}"),
        (Command::TakeOver { from, .. }, _) => {
            format!("bring {from} back, where its monitor follows this one; then switchtower monitor move")
        }
        (Command::Maintain { what, .. }, _) => {
            let clear = format!("switchtower maintenance clear --{} {}", what.sort(), what.name());
            let back = match plan.before.side() {
                Some(side) if plan.afterwards != plan.before => format!("; then switchtower switchover --to {}", site(side)),
                _ => String::new(),
            };
            if plan.steps.is_empty() {
                return clear;
            }
            format!("{clear}{back}")
        }
        (Command::Manage { .. }, _) => return "switchtower maintenance set".to_owned(),
        _ => "nothing undoes it by itself".to_owned(),
    };
    format!("{forth}{afterwards}")
}

#[cfg(test)]
mod tests;
