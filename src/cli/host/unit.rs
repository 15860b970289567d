//! `host start --unit` and `host stop --unit`: a person acts on a unit of the host that they are on, while no monitor is left.
//! What is done is done by [`Units`], which the program's wiring brings.

use crate::cli::act::{Key, pass};
use crate::cli::args::HandArgs;
use crate::cli::end::{self, Ended};
use crate::cli::out::Out;
use crate::cli::person::Person;
use crate::core::by_hand::{DeedDone, Ground, Taken, UnitDeed};
use crate::core::command::{Exit, Reason};
use crate::core::model::{ClusterName, UnitName};
use crate::core::plan::Action;
use crate::words::{Line, Tone, quoted};
use serde::Serialize;
use std::pin::Pin;
use std::time::Duration;

/// What is on the host, or why that is not known.
pub type GroundResult = Pin<Box<dyn Future<Output = Result<Ground, (Exit, Reason)>> + Send>>;
/// What came of an act, or why there was none.
pub type DeedResult = Pin<Box<dyn Future<Output = Result<DeedDone, (Exit, Reason)>> + Send>>;

/// What acting on units of this host needs from outside.
pub trait Units: Sync {
    /// Looks, and changes nothing.
    fn ground(&self, unit: &UnitName) -> GroundResult;

    /// Raises the term, records who does what and why, and does it.
    fn act(&self, deed: UnitDeed) -> DeedResult;
}

/// The document that these verbs end with under `--json`.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    ended: Ended<'a>,
    /// Whose record of terms it is.
    cluster: &'a ClusterName,
    /// What would be done, or was.
    what: &'a str,
    /// What came of it.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    done: Option<&'a DeedDone>,
}

/// Carries it out, or shows what it would do.
pub(super) async fn carry_out(
    units: &dyn Units,
    action: Action,
    (hand, unit): (&HandArgs, &UnitName),
    person: &mut dyn Person,
    out: &mut Out,
) -> Exit {
    let ground = match units.ground(unit).await {
        Ok(ground) => ground,
        Err((exit, reason)) => return end::reasons(exit, vec![reason], out),
    };
    let taken = match chosen(&ground, hand, unit) {
        Ok(taken) => taken,
        Err(reason) => return end::reasons(Exit::Refused, vec![reason], out),
    };
    let (cluster, verb) = (&taken.cluster, action.word());
    let what = format!("{verb} {} by hand", unit.as_str());
    out.say(Line::of(Tone::Strong, format!("{cluster}: {what}; it is {} now", ground.state)));
    out.say_all(warnings(taken));
    if hand.confirm.dry_run {
        out.say("dry run: nothing was done");
        document(Exit::Done, "planned", cluster, &what, None, out);
        return Exit::Done;
    }
    let again = again(hand, verb, (unit, cluster));
    if let Err(reason) = pass(&Key::Word(unit.as_str().to_owned()), hand.confirm.confirm.as_deref(), &again, person).await {
        return end::reasons(Exit::Refused, vec![reason], out);
    }
    let deed = UnitDeed {
        cluster: cluster.clone(),
        unit: unit.clone(),
        action,
        reason: hand.reason.clone(),
        limit: Duration::from_secs(hand.wait),
        despite_monitor: hand.despite_monitor,
    };
    match units.act(deed).await {
        Ok(done) => ended(cluster, &what, &done, out),
        Err((exit, reason)) => end::reasons(exit, vec![reason], out),
    }
}

/// The record that is raised, where there is exactly one that can be meant, and nobody is in the way.
fn chosen<'a>(ground: &'a Ground, hand: &HandArgs, unit: &UnitName) -> Result<&'a Taken, Reason> {
    let all: Vec<&Taken> = ground.records.iter().filter(|taken| hand.cluster.as_ref().is_none_or(|name| *name == taken.cluster)).collect();
    let names = |records: &[Taken]| records.iter().map(|taken| taken.cluster.to_string()).collect::<Vec<_>>().join(", ");
    let taken = match (all.as_slice(), hand.cluster.as_ref()) {
        ([taken], _) => *taken,
        ([], Some(cluster)) if !ground.records.is_empty() => {
            return Err(Reason::new(format!("no monitor of cluster {cluster} has acted on this host"), names(&ground.records) + " has"));
        }
        ([], _) => {
            let what = "no monitor has ever acted on units of this host, so there is no term to raise";
            return Err(Reason::new(what, format!("use systemctl: a monitor that comes finds {} as it is", unit.as_str())));
        }
        _ => {
            let what = format!("several clusters have acted on this host: {}", names(&ground.records));
            return Err(Reason::new(what, "say of which one it is with --cluster"));
        }
    };
    if ground.load != "loaded" && ground.load != "masked" {
        let what = format!("systemd knows no unit {} here: {}", unit.as_str(), ground.load);
        return Err(Reason::new(what, "look with `systemctl list-unit-files`"));
    }
    if taken.held && !hand.despite_monitor {
        return Err(held(taken));
    }
    Ok(taken)
}

/// Why nothing is done while a monitor's guard runs.
fn held(taken: &Taken) -> Reason {
    let what = format!("a monitor of {} is connected: its guard runs on this host under term {}", taken.cluster, taken.term);
    Reason::new(what, "use `switchtower start`, `stop` or `switchover` there; if it cannot act any more, say --despite-monitor")
}

/// What somebody has to know before it is confirmed.
fn warnings(taken: &Taken) -> Vec<Line> {
    let mut lines = vec![
        Line::from(
            "This is for when no monitor is left. Nobody sees to it that it does not run elsewhere too: see to that yourself first.",
        ),
        Line::from(format!(
            "The term of this host, {}, is raised: monitors that come back find that, journal who did what and why, and pause.",
            taken.term
        )),
    ];
    if taken.held {
        lines.push(Line::of(Tone::Bad, "A monitor's guard runs here, and is ended. The monitor may act elsewhere at the same time."));
    }
    lines
}

fn again(hand: &HandArgs, verb: &str, (unit, cluster): (&UnitName, &ClusterName)) -> String {
    let HandArgs { reason, despite_monitor, .. } = hand;
    let (despite, unit) = (if *despite_monitor { " --despite-monitor" } else { "" }, quoted(unit.as_str()));
    format!("switchtower host {verb} --unit {unit} --cluster {cluster} --reason {}{despite} --confirm {unit}", quoted(reason))
}

fn ended(cluster: &ClusterName, what: &str, done: &DeedDone, out: &mut Out) -> Exit {
    // The term was raised, so something changed.
    let (exit, tone, head) = if done.done { (Exit::Done, Tone::Good, "done") } else { (Exit::Partly, Tone::Bad, "failed") };
    let line = Line::of(tone, format!("{head}: {}", done.detail));
    if exit == Exit::Done {
        out.say(line)
    } else {
        out.complain(line)
    }
    out.say(format!("the term of this host is {} now", done.term));
    if !done.recorded {
        out.complain(Line::of(Tone::Warn, "how it ended could not be recorded on this host; that it was begun is"));
    }
    document(exit, end::word(exit), cluster, what, Some(done), out);
    exit
}

fn document(exit: Exit, outcome: &'static str, cluster: &ClusterName, what: &str, done: Option<&DeedDone>, out: &mut Out) {
    if out.look().json {
        out.document(&Document { ended: Ended { outcome, ..Ended::with(exit) }, cluster, what, done });
    }
}

#[cfg(test)]
mod tests;
