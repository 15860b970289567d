//! The detail of the cluster as a whole: what is wrong and what to do about it, whether it could be moved now, who may act.

use super::{decision, field};
use crate::console::state::{Picture, State};
use crate::console::theme::Slot;
use crate::console::ui::paint::{Piece, clean, seconds, slot};
use crate::core::readiness::{Check, Verdict};
use crate::wire::{ReadinessView, StatusView};
use crate::words::{count, pair_line, role, stance_words, verdict_tone};

pub(super) fn lines(state: &State, picture: &Picture) -> Vec<Vec<Piece>> {
    let status = &picture.status;
    let label = status.label.as_ref().map_or(String::new(), |label| format!(" ({label})"));
    let roles = status.sites.each_ref().map(|site| format!("{site} is {}", role(status, site)));
    let mut lines = vec![
        vec![(Slot::Strong, clean(state, &format!("cluster {}{label}", status.cluster)))],
        field(state, "verdict", slot(verdict_tone(status.verdict)), status.verdict.word()),
        field(state, "roles", Slot::Text, &roles.join(", ")),
        field(state, "acts", Slot::Text, &status.acts),
        field(state, "mode", Slot::Text, &stance_words(&status.stance)),
    ];
    lines.extend(status.maintenance.iter().map(|view| super::maintained(state, view)));
    lines.extend(status.protection_off.iter().map(|off| field(state, "off", Slot::Warn, off)));
    lines.extend(last_failover(state, picture));
    lines.extend(who(state, status));
    lines.extend(troubles(state, status));
    lines.extend(status.readiness.as_ref().map(|readiness| ready(state, picture, readiness)).into_iter().flatten());
    lines.extend(decision(state, picture));
    lines
}

fn last_failover(state: &State, picture: &Picture) -> Option<Vec<Piece>> {
    let last = picture.status.last_failover.as_ref()?;
    let ago = seconds(last.age_ms.saturating_add(state.elapsed(picture)));
    let seen = if last.acknowledged { "acknowledged" } else { "not acknowledged: no second one happens by itself for a while" };
    Some(field(state, "failover", if last.acknowledged { Slot::Text } else { Slot::Warn }, &format!("{}, {ago} ago, {seen}", last.run)))
}

fn who(state: &State, status: &StatusView) -> Vec<Vec<Piece>> {
    let lease = &status.lease;
    let mut lines = vec![
        field(state, "lease", Slot::Text, &format!("{} held by {} under term {}", lease.kind, lease.holder, lease.term)),
        field(state, "config", Slot::Text, status.config.get(..12).unwrap_or(&status.config)),
        field(state, "looks", Slot::Text, &format!("every {}", crate::words::span(status.interval_ms))),
    ];
    lines.extend(lease.pair.as_ref().map(|pair| field(state, "monitors", Slot::Text, &pair_line(pair))));
    lines.push(match &lease.journal {
        Ok(()) => field(state, "journal", Slot::Text, &format!("written, last entry {}", status.sequence)),
        Err(why) => field(state, "journal", Slot::Bad, &format!("cannot be written, so nothing is done: {why}")),
    });
    if status.allow_loopback {
        lines.push(field(state, "loopback", Slot::Warn, "allowed: hosts of both sites may be this very machine"));
    }
    lines
}

fn troubles(state: &State, status: &StatusView) -> Vec<Vec<Piece>> {
    let mut lines = vec![vec![], vec![(Slot::Title, "what is wrong".to_owned())]];
    for trouble in &status.troubles {
        lines.push(vec![(Slot::Bad, clean(state, &format!("! {}: ", trouble.key))), (Slot::Text, clean(state, &trouble.what))]);
        lines.push(vec![(Slot::Faint, clean(state, &format!("  do: {}", trouble.remedy)))]);
    }
    if status.troubles.is_empty() {
        lines.push(vec![(Slot::Faint, "nothing that the monitor knows of".to_owned())]);
    }
    lines
}

/// Whether a switchover could be done now, and what stands in its way.
fn ready(state: &State, picture: &Picture, readiness: &ReadinessView) -> Vec<Vec<Piece>> {
    let age = readiness.age_ms.map_or_else(
        || "not everything was heard yet".to_owned(),
        |ms| format!("nothing older than {}", seconds(ms.saturating_add(state.elapsed(picture)))),
    );
    let (word, tone) = if readiness.verdict == Verdict::Ok { ("ready", Slot::Good) } else { ("not ready", Slot::Warn) };
    let mut lines = vec![
        vec![],
        vec![
            (Slot::Title, clean(state, &format!("switchover to {}: ", readiness.to))),
            (tone, word.to_owned()),
            (Slot::Faint, format!(", {age}")),
        ],
    ];
    for check in readiness.in_the_way() {
        lines.extend(in_the_way(state, check));
    }
    lines.push(vec![(Slot::Faint, format!("  {} in order", count(readiness.in_order(), "check")))]);
    lines
}

fn in_the_way(state: &State, check: &Check) -> Vec<Vec<Piece>> {
    let tone = if check.verdict == Verdict::HardVeto { Slot::Bad } else { Slot::Warn };
    let said = format!(" {}: {}", check.name, check.evidence);
    vec![
        vec![(tone, format!("  {}", check.verdict.word())), (Slot::Text, clean(state, &said))],
        vec![(Slot::Faint, clean(state, &format!("    {} ({})", check.remedy, check.id)))],
    ]
}
