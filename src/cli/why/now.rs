//! What is known now about the cluster, a component, a host or a site, in sentences. Pure.

use super::about::{Subject, decided, mentions};
use crate::core::command::Reason;
use crate::core::health::{Health, SecondLook, Sight};
use crate::core::readiness::Check;
use crate::core::trigger::Choice;
use crate::wire::{ComponentView, DecisionView, HostView, MaintenanceView, PlacementView, StatusView};
use crate::words::{self, Line, Tone, marked, observed, role, span, time};

/// What is known, the worst first, then what stands in the way.
pub(super) fn lines(subject: &Subject, status: &StatusView) -> Vec<Line> {
    let placements = |of: &dyn Fn(&ComponentView, &PlacementView) -> bool| -> Vec<Line> {
        let all = status.components.iter().flat_map(|c| c.placements.iter().map(move |p| (c, p)));
        let mut chosen: Vec<_> = all.filter(|(c, p)| of(c, p)).collect();
        chosen.sort_by_key(|(_, p)| std::cmp::Reverse(badness(p)));
        chosen.into_iter().flat_map(|(c, p)| placement(c, p)).collect()
    };
    let hosts = |of: &dyn Fn(&HostView) -> bool| -> Vec<Line> { status.hosts.iter().filter(|h| of(h)).flat_map(host).collect() };
    let mut lines = Vec::new();
    match subject {
        Subject::Component(name) => {
            let own = |p: &PlacementView| status.components.iter().any(|c| c.name == *name && c.placements.contains(p));
            lines.extend(placements(&|c, _| c.name == *name));
            let unwell = |h: &HostView| h.health.health != Health::Up;
            let used = |h: &HostView| status.components.iter().flat_map(|c| &c.placements).any(|p| p.host == h.name && own(p));
            lines.extend(hosts(&|h| unwell(h) && used(h)));
        }
        Subject::Host(name) => {
            lines.extend(hosts(&|h| h.name == *name));
            lines.extend(placements(&|_, p| p.host == *name));
        }
        Subject::Site(name) => {
            lines.push(Line::of(Tone::Strong, format!("{name} is {}; term {}", role(status, name), status.lease.term)));
            lines.extend(hosts(&|h| h.site.as_ref() == Some(name)));
            lines.extend(placements(&|_, p| p.site == *name));
        }
        Subject::Cluster | Subject::Decision(_) | Subject::Run(_) => {
            let roles: Vec<String> = status.sites.iter().map(|site| format!("{site} is {}", role(status, site))).collect();
            lines.push(Line::of(Tone::Strong, format!("{} is {}; {}", status.cluster, status.verdict.word(), roles.join("; "))));
            lines.extend(hosts(&|h| h.health.health != Health::Up));
            lines.extend(placements(&|_, p| badness(p) > 0));
        }
    }
    lines.extend(standing(subject, status));
    lines
}

/// How bad it is, as far as this placement is concerned.
fn badness(placement: &PlacementView) -> u8 {
    match (placement.health.as_ref().map(|judged| judged.health), placement.agrees, placement.observed) {
        (Some(Health::Down), ..) => 5,
        (_, false, Some(_)) => 4,
        (Some(Health::Degraded), ..) => 3,
        (Some(Health::ProbeBroken | Health::Unknown), ..) => 2,
        (_, false, None) => 1,
        _ => 0,
    }
}

fn placement(component: &ComponentView, p: &PlacementView) -> Vec<Line> {
    let tone = match badness(p) {
        0 => Tone::Good,
        1 | 2 => Tone::Warn,
        _ => Tone::Bad,
    };
    let wanted = p.wanted.map_or_else(|| "nothing yet".to_owned(), |mode| mode.to_string());
    let seen = p.age_ms.map_or_else(|| "never seen".to_owned(), |ms| format!("seen {} ago", span(ms)));
    let what = format!("{} on {} ({}): wanted {wanted}, is {}, {seen}: {}", component.name, p.host, p.site, observed(p), p.detail);
    let mut lines = vec![Line::of(tone, what)];
    lines.extend(p.health.as_ref().map(|judged| Line::from(format!("  {}: {}", judged.health.word(), judged.why))));
    lines.extend(component.held_by.map(|run| Line::from(format!("  held by run {run}: nothing else is done with it meanwhile"))));
    lines
}

fn host(h: &HostView) -> Vec<Line> {
    let tone = match h.health.health {
        Health::Up => Tone::Good,
        Health::Down => Tone::Bad,
        Health::Degraded | Health::ProbeBroken | Health::Unknown => Tone::Warn,
    };
    let site = h.site.as_ref().map_or(String::new(), |site| format!(" ({site})"));
    let heard = h.age_ms.map_or_else(|| "never heard".to_owned(), |ms| format!("heard {} ago", span(ms)));
    let mut lines = vec![Line::of(tone, format!("{}{site}: {}, {heard}: {}", h.name, h.health.health.word(), h.health.why))];
    lines.extend(h.seen_by.iter().map(|look| Line::from(format!("  {}", second_look(look)))));
    lines.push(Line::from(match &h.fence {
        Some(fence) => format!("  fence device: {fence}"),
        None => format!("  no fence device: while it is silent, nothing of it counts as stopped until somebody vouches with `switchtower fence {} --by-word`", h.name),
    }));
    lines
}

/// What another host saw, in a sentence.
pub(super) fn second_look(look: &SecondLook) -> String {
    let (through, ago) = (&look.through, span(look.age_ms));
    let never = if look.knows_the_way { "" } else { ", but it has never seen it before either, so that proves nothing" };
    match &look.sight {
        Sight::Banner => format!("{through} saw its SSH server {ago} ago"),
        Sight::Refused { why } => format!("{through} was refused by it {ago} ago: {why}"),
        Sight::Nothing { why } => format!("{through} saw nothing of it {ago} ago{never}: {why}"),
        Sight::NotAsked { why } => format!("{through} could not be asked {ago} ago: {why}"),
    }
}

/// What the monitor would do, what it decided last, and what stands in the way.
fn standing(subject: &Subject, status: &StatusView) -> Vec<Line> {
    let whole = *subject == Subject::Cluster;
    let mut lines = vec![Line::from(format!("will it act? {}", status.acts))];
    if let Err(why) = &status.lease.journal {
        lines.push(Line::of(Tone::Bad, format!("the journal cannot be written, so nothing is done: {why}")));
    }
    let about = |view: &&MaintenanceView| whole || mentions(&marked(view), subject);
    lines.extend(status.maintenance.iter().filter(about).map(|view| Line::of(Tone::Warn, marked(view))));
    lines.extend(status.protection_off.iter().map(|off| Line::of(Tone::Warn, off.clone())));
    lines.extend(
        status.open_runs.iter().map(|run| Line::of(Tone::Warn, format!("run {} by {} is open: {}", run.run, run.who, run.summary))),
    );
    match &status.decision {
        Some(d) if whole || decided(&d.choice, &d.why, subject) => lines.extend(decision(d)),
        None if whole => lines.push(Line::from("nothing was decided by the monitor itself since it began")),
        _ => {}
    }
    for t in status.troubles.iter().filter(|t| whole || mentions(&t.key, subject) || mentions(&t.what, subject)) {
        lines.push(Line::of(Tone::Bad, format!("{}: {}", t.key, t.what)));
        lines.push(Line::of(Tone::Faint, format!("  do: {}", t.remedy)));
    }
    if let Some(readiness) = &status.readiness {
        let about = |c: &&Check| c.forbids() && (whole || mentions(&c.name, subject) || mentions(&c.evidence, subject));
        for c in readiness.checks.iter().filter(about) {
            let what = format!("in the way of a switchover to {} ({}): {}: {}", readiness.to, c.verdict.word(), c.name, c.evidence);
            lines.push(Line::of(Tone::Warn, what));
            lines.push(Line::of(Tone::Faint, format!("  do: {}", c.remedy)));
        }
    }
    lines
}

fn decision(d: &DecisionView) -> Vec<Line> {
    let (tone, said) = words::decided(d.id, &d.choice, d.acts, &d.why);
    let mut lines = vec![Line::of(tone, format!("{said} ({})", time(d.at)))];
    lines.extend(reasons(&d.choice, &d.why));
    lines.push(Line::of(Tone::Faint, format!("  with everything that it rested on: switchtower why {}", d.id)));
    lines
}

/// Why, and what to do about what stands in the way.
pub(super) fn reasons(choice: &Choice, why: &[String]) -> Vec<Line> {
    let mut lines: Vec<Line> = why.iter().map(|why| Line::from(format!("  because {why}"))).collect();
    if let Choice::Hold { reasons, .. } = choice {
        for Reason { what, remedy } in reasons {
            lines.push(Line::of(Tone::Warn, format!("  in the way: {what}")));
            if !remedy.is_empty() {
                lines.push(Line::of(Tone::Faint, format!("    do: {remedy}")));
            }
        }
    }
    lines
}
