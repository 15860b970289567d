//! What the monitor would do by itself, what it holds back, and whether a switchover could be done: a line each.

use super::maintenance::maintenance_lines;
use super::narrate::{decided, stance_words};
use super::pair::pair_line;
use super::text::{Line, Tone, count};
use crate::core::readiness::Verdict;
use crate::core::trigger::{Acts, Choice};
use crate::wire::{DecisionView, ReadinessView, StatusView};

/// How many of the checks that stand in the way are named.
const NAMED: usize = 2;

/// All of it.
#[must_use]
pub fn standing_lines(status: &StatusView) -> Vec<Line> {
    let mut lines = vec![acts(status), Line::from(format!("mode: {}", stance_words(&status.stance)))];
    lines.extend(status.lease.pair.as_ref().map(|pair| Line::from(format!("monitors: {}", pair_line(pair)))));
    lines.extend(maintenance_lines(status));
    lines.extend(status.protection_off.iter().map(|off| Line::of(Tone::Warn, off.clone())));
    lines.extend(status.decision.as_ref().and_then(decision));
    lines.extend(status.readiness.as_ref().map(readiness));
    if status.allow_loopback {
        lines.push(Line::of(Tone::Warn, "loopback addresses are allowed: hosts of both sites may be this very machine"));
    }
    lines
}

fn acts(status: &StatusView) -> Line {
    let line = Line::from(format!("will it act? {}", status.acts));
    match &status.lease.journal {
        Ok(()) => line,
        Err(why) => line.and(Tone::Bad, format!("  journal: {why}")),
    }
}

/// The last decision, where something is wrong and nothing is done about it.
fn decision(decision: &DecisionView) -> Option<Line> {
    let held = match &decision.choice {
        Choice::Hold { .. } => true,
        Choice::Act { .. } => decision.acts == Acts::Would,
        Choice::Quiet => false,
    };
    held.then(|| {
        let (tone, said) = decided(decision.id, &decision.choice, decision.acts, &decision.why);
        Line::of(tone, format!("{said} (switchtower why {})", decision.id))
    })
}

fn readiness(readiness: &ReadinessView) -> Line {
    let to = format!("switchover to {}: ", readiness.to);
    if readiness.verdict == Verdict::Ok {
        return Line::from(to).and(Tone::Good, "ready");
    }
    let vetoes: Vec<_> = readiness.checks.iter().filter(|check| check.forbids()).collect();
    let named = vetoes.iter().take(NAMED).map(|c| format!("{} ({}): {}", c.id, c.verdict.word(), c.evidence));
    let more = vetoes.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; {more} more") } else { String::new() };
    let soft = if readiness.verdict == Verdict::SoftVeto { "; it can be overridden by name" } else { "" };
    let named = named.collect::<Vec<_>>().join("; ");
    Line::from(to)
        .and(Tone::Warn, "not ready")
        .and(Tone::Plain, format!(", {} in the way: {named}{more}{soft}", count(vetoes.len(), "check")))
}
