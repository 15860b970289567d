//! `host start` and `host stop`: a person acts on the host while no monitor is left.

use super::link::{Link, LinkError, odd};
use crate::cli::act::{Key, pass};
use crate::cli::args::HandArgs;
use crate::cli::end::{self, Ended};
use crate::cli::out::Out;
use crate::cli::person::Person;
use crate::core::command::Exit;
use crate::core::fact::State;
use crate::core::model::{Process, ProcessMode, ProcessName};
use crate::core::plan::Action;
use crate::wire::host::{HostAnswer, HostAsk, HostByHand, HostOutcome, HostStatus};
use crate::words::{Line, Tone, quoted};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;

/// What is to be done.
pub(super) struct Hand {
    pub(super) action: Action,
    /// In which mode it is started; what is stopped is what runs.
    pub(super) mode: Option<ProcessMode>,
    pub(super) args: HandArgs,
}

/// The document that these verbs end with under `--json`.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    ended: Ended<'a>,
    /// What would be done, or was.
    what: &'a str,
    /// The term that was raised for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    term: Option<u64>,
    /// What the host service says of the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

/// Carries it out at the service behind `socket`.
pub(super) async fn carry_out(socket: &Path, hand: Hand, person: &mut dyn Person, out: &mut Out) -> Exit {
    let (mut link, status) = match look(socket).await {
        Ok(found) => found,
        Err(error) => return end::reasons(error.exit(true), vec![error.reason()], out),
    };
    let Some(known) = status.processes.iter().find(|known| Some(&known.name) == hand.args.name.as_ref()) else {
        let names: Vec<&str> = status.processes.iter().map(|known| known.name.as_str()).collect();
        let name = hand.args.name.as_ref().map_or("", ProcessName::as_str);
        let what = format!("no process {name} stands in the file of this host service");
        return end::reason(Exit::Refused, what, format!("there are: {}", names.join(", ")), out);
    };
    let process = Process { name: known.name.clone(), mode: hand.mode.unwrap_or(known.process.mode) };
    let verb = if hand.action == Action::Start { "start" } else { "stop" };
    let what = format!("{verb} {process} by hand");
    out.say(Line::of(Tone::Strong, format!("{}: {what}", status.cluster)));
    out.say_all(warnings(&status, &hand, &process, known.fact.state, &known.process));
    if hand.args.confirm.dry_run {
        out.say("dry run: nothing was done");
        document(Exit::Done, "planned", &what, None, None, out);
        return Exit::Done;
    }
    let again = again(&hand, verb, &process.name);
    if let Err(reason) = pass(&Key::Word(process.name.to_string()), hand.args.confirm.confirm.as_deref(), &again, person).await {
        return end::reasons(Exit::Refused, vec![reason], out);
    }
    let wait = Duration::from_secs(hand.args.wait);
    let ask = HostByHand {
        process,
        action: hand.action,
        reason: hand.args.reason.clone(),
        timeout_ms: hand.args.wait.saturating_mul(1000),
        despite_monitor: hand.args.despite_monitor,
    };
    match link.ask(HostAsk::ByHand(ask), wait).await {
        Ok(HostAnswer::ByHand { term, outcome }) => ended(&what, term.0, &outcome, out),
        Ok(_) => end::reasons(Exit::Unknown, vec![odd().reason()], out),
        Err(error) => end::reasons(error.exit(false), vec![error.reason()], out),
    }
}

async fn look(socket: &Path) -> Result<(Link, HostStatus), LinkError> {
    let mut link = Link::open(socket).await?;
    match link.ask(HostAsk::Status, Duration::ZERO).await? {
        HostAnswer::Status(status) => Ok((link, status)),
        _ => Err(odd()),
    }
}

/// What somebody has to know before it is confirmed.
fn warnings(status: &HostStatus, hand: &Hand, process: &Process, state: State, runs: &Process) -> Vec<Line> {
    let mut lines = vec![
        Line::from(
            "This is for when no monitor is left. Nobody sees to it that it does not run elsewhere too: see to that yourself first.",
        ),
        Line::from("The term of this host is raised: monitors that come back will find a newer term, and look and decide anew."),
    ];
    if let Some(ago) = status.heard_ms.filter(|_| hand.args.despite_monitor) {
        lines.push(Line::of(Tone::Bad, format!("A monitor was heard {} s ago, and may act at the same time.", ago / 1000)));
    }
    if let Some(length) = status.lease_ms {
        let words = "This host stops what is active by itself once it has heard no monitor for";
        let then = "what you start before that is stopped too, and what you start after it goes on";
        lines.push(Line::of(Tone::Warn, format!("{words} {} s: {then}.", length.div_ceil(1000))));
    }
    if hand.action == Action::Start && runs.mode != process.mode && state.runs() == Some(true) {
        lines.push(Line::of(Tone::Warn, format!("It runs as the {} one: that is stopped first.", runs.mode.word())));
    }
    lines
}

fn again(hand: &Hand, verb: &str, name: &ProcessName) -> String {
    let HandArgs { reason, despite_monitor, file, .. } = &hand.args;
    let mode = match hand.mode {
        Some(ProcessMode::Standby) => " --mode standby",
        _ => "",
    };
    let despite = if *despite_monitor { " --despite-monitor" } else { "" };
    let file = quoted(&file.file.to_string_lossy());
    format!("switchtower host {verb} {name}{mode} --file {file} --reason {}{despite} --confirm {name}", quoted(reason))
}

fn ended(what: &str, term: u64, outcome: &HostOutcome, out: &mut Out) -> Exit {
    let (exit, tone, head, detail) = match outcome {
        HostOutcome::Done { detail } => (Exit::Done, Tone::Good, "done", detail),
        // The term was raised, so something changed.
        HostOutcome::Failed { detail } => (Exit::Partly, Tone::Bad, "failed", detail),
    };
    let line = Line::of(tone, format!("{head}: {detail}"));
    if exit == Exit::Done {
        out.say(line)
    } else {
        out.complain(line)
    }
    out.say(format!("the term of this host is {term} now"));
    document(exit, end::word(exit), what, Some(term), Some(detail), out);
    exit
}

fn document(exit: Exit, outcome: &'static str, what: &str, term: Option<u64>, detail: Option<&str>, out: &mut Out) {
    if out.look().json {
        out.document(&Document { ended: Ended { outcome, ..Ended::with(exit) }, what, term, detail });
    }
}
