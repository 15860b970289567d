//! Entries of the journal as sentences. `log`, `events`, `report` and whoever watches a run use the same words.

use crate::core::command::{Command, End};
use crate::core::model::{Mark, Side};
use crate::core::plan::{Action, Plan, Step, StepId};
use crate::core::record::{Body, Deed, Record, RunId, Stance};
use crate::core::run::{Found, Outcome, RunEvent, Way};
use crate::core::trigger::{Acts, Choice, DecisionId};
use crate::words::maintenance::in_a_sentence;
use crate::words::text::{Line, Tone, count, span, time};
use std::collections::BTreeMap;

/// How many plans are remembered, to name a step by what it does.
const PLANS: usize = 16;

/// Tells of entries, in the order of the journal.
#[derive(Debug, Clone, Default)]
pub struct Narrator {
    plans: BTreeMap<RunId, Plan>,
}

impl Narrator {
    /// A narrator that knows what `run` is about.
    pub fn of_run(run: RunId, plan: Plan) -> Self {
        Self { plans: BTreeMap::from([(run, plan)]) }
    }

    /// One entry, with its index, time and term.
    pub fn entry(&mut self, record: &Record) -> Line {
        let (tone, said) = self.sentence(record);
        Line::of(Tone::Faint, format!("{} {} term {}  ", record.index, time(record.at), record.term)).and(tone, said)
    }

    /// What an entry says.
    pub fn sentence(&mut self, record: &Record) -> (Tone, String) {
        match &record.body {
            Body::Summary { summary } => (Tone::Faint, format!("everything before is summed up: term {}", summary.term)),
            Body::TermTaken { holder, version, .. } => (Tone::Strong, format!("monitor {version} on {holder} took term {}", record.term)),
            Body::Adopted { side, evidence, .. } => {
                (Tone::Plain, format!("adopted the {} side as the one that serves: {evidence}", side_word(*side)))
            }
            Body::Refused { who, command, reasons } => {
                let why = reasons.iter().map(|r| r.what.as_str()).collect::<Vec<_>>().join("; ");
                (Tone::Warn, format!("refused {} to {who}: {why}", asked(command)))
            }
            Body::RunOpened { who, reason, hash, plan, decision, .. } => {
                let run = RunId(record.index);
                self.remember(run, plan);
                let why = match (decision, reason) {
                    // The decision stands in the entry before, with its reasons.
                    (Some(decision), _) => format!(" by decision {decision}"),
                    (None, Some(reason)) => format!(", because: {reason}"),
                    (None, None) => String::new(),
                };
                let hash = hash.get(..12).unwrap_or(hash);
                let steps = count(plan.steps.len(), "step");
                (Tone::Strong, format!("run {run} opened by {who}{why}: {} ({steps}, plan {hash})", plan.summary))
            }
            Body::Run { run, event } => {
                let (tone, said) = self.event(*run, event);
                (tone, format!("run {run}: {said}"))
            }
            Body::Decided { decision } => decided(DecisionId(record.index), &decision.choice, decision.acts, &decision.why),
            Body::StanceSet { who, reason, stance } => {
                let who = who.as_ref().map_or_else(|| "its end has come".to_owned(), |who| format!("set by {who}"));
                let why = reason.as_ref().map_or(String::new(), |reason| format!(", because: {reason}"));
                (Tone::Strong, format!("mode: {} ({who}{why})", stance_words(stance)))
            }
            Body::Acknowledged { who, reason, run } => {
                let why = reason.as_ref().map_or(String::new(), |reason| format!(", because: {reason}"));
                (Tone::Plain, format!("failover {run} acknowledged by {who}{why}"))
            }
            Body::Returned { host, boot_id } => (Tone::Plain, format!("{host} answers again after it was fenced (boot {boot_id})")),
            Body::Serving { run, after_ms, failing } if failing.is_empty() => {
                (Tone::Good, format!("run {run}: serving, {} after its end", span(*after_ms)))
            }
            Body::Serving { run, after_ms, failing } => {
                (Tone::Bad, format!("run {run}: switched, and not serving {} after its end: {}", span(*after_ms), failing.join("; ")))
            }
            Body::ByHand { host, under, deed, .. } => {
                let Deed { who, reason, what, done } = deed;
                let said = format!("{host} was operated by hand under term {under}: {what} by {who} at {}, because: {reason}", time(*done));
                (Tone::Warn, said)
            }
            Body::HandedOver { to, why } => (Tone::Strong, format!("the monitor on {to} is to act from here on: {why}")),
            Body::TakenOver { from } => (Tone::Strong, format!("took over from the monitor on {from}, which is not heard")),
            Body::Yielded { monitor, aside: 0 } => {
                (Tone::Plain, format!("the monitor on {monitor} follows; what it has is in this journal"))
            }
            Body::Yielded { monitor, aside } => {
                let entries = if *aside == 1 { "an entry".to_owned() } else { format!("{aside} entries") };
                (
                    Tone::Warn,
                    format!("the monitor on {monitor} follows; it had {entries} of its own, which are kept beside its journal there"),
                )
            }
            Body::MaintenanceOver { what, mark, gone: true } => {
                (Tone::Warn, format!("{what} is no longer {}: the configuration has no such {}", mark.word(), what.sort()))
            }
            Body::MaintenanceOver { what, mark, gone: false } => {
                let Mark { who, reason, .. } = mark;
                let said = format!("{what} is no longer {}: its end has come (set by {who}, because: {reason})", mark.word());
                (Tone::Strong, said)
            }
            Body::Note { text } => (Tone::Plain, text.clone()),
        }
    }

    /// An event of a run, without the run's name.
    pub fn event(&self, run: RunId, event: &RunEvent) -> (Tone, String) {
        let plan = self.plans.get(&run);
        match event {
            RunEvent::Dispatched { step, way, attempt, .. } => {
                let again = if *attempt > 1 { format!(" (attempt {attempt})") } else { String::new() };
                let limit = plan.and_then(|p| p.step(*step)).map_or(String::new(), |s| {
                    format!(", at most {}", span(if *way == Way::Back { s.undo_timeout_ms() } else { s.timeout_ms }))
                });
                (Tone::Plain, format!("{}{limit}{again}", doing(plan, *step, *way)))
            }
            RunEvent::Answered { step, way, outcome, detail, took_ms } => {
                let (tone, word) = outcome_word(*outcome, *way);
                // A driver's words name unit, host and time; without them the step's own do.
                let said = match detail.as_str() {
                    "" => format!("{} {word} after {}", named(plan, *step), span(*took_ms)),
                    detail => format!("{} {word}: {detail}", numbered(plan, *step)),
                };
                (tone, said)
            }
            RunEvent::Settled { step, way, found, detail } => {
                let (tone, word) = found_word(*found, *way);
                (tone, format!("{} {word}{}", named(plan, *step), because(detail)))
            }
            RunEvent::TurnedBack { why } => (Tone::Warn, format!("turned back, everything is undone from here on: {why}")),
            RunEvent::Resumed => (Tone::Warn, "taken up again by the monitor; what was under way is looked at".to_owned()),
            RunEvent::Closed { end } => (end_tone(end), end.to_string()),
        }
    }

    /// The plan of this run is known, so that its steps can be named.
    pub fn knows(&self, run: RunId) -> bool {
        self.plans.contains_key(&run)
    }

    /// Takes in what a run is about from its opening, without telling it.
    pub fn hear(&mut self, record: &Record) {
        if let Body::RunOpened { plan, .. } = &record.body {
            self.remember(RunId(record.index), plan);
        }
    }

    fn remember(&mut self, run: RunId, plan: &Plan) {
        // Its checks are most of it where there are many components, and no step is named by them.
        self.plans.insert(run, Plan { checks: Vec::new(), ..plan.clone() });
        while self.plans.len() > PLANS {
            self.plans.pop_first();
        }
    }
}

/// The tone of an end.
pub fn end_tone(end: &End) -> Tone {
    match end {
        End::Done => Tone::Good,
        End::NothingChanged { .. } => Tone::Warn,
        End::Partly { .. } => Tone::Bad,
    }
}

/// What a step acts on, in words: `start app on b1`.
fn deed(plan: &Plan, step: &Step) -> String {
    if let Some(hook) = step.service.hook() {
        return format!("hook {} on {}", hook.name, step.host);
    }
    match (&step.component, &plan.command) {
        (Some(component), _) => format!("{} {component} on {}", step.action.word(), step.host),
        (None, Command::Fence { by_word: true, .. }) => format!("take {} as switched off", step.host),
        (None, _) => format!("switch off {}", step.host),
    }
}

/// A decision in a sentence.
pub fn decided(id: DecisionId, choice: &Choice, acts: Acts, why: &[String]) -> (Tone, String) {
    let why = why.join("; ");
    match (choice, acts) {
        (Choice::Quiet, _) => (Tone::Good, format!("decision {id}: nothing is to be done")),
        (Choice::Hold { wants, reasons }, _) => {
            let reasons = reasons.iter().map(|r| r.what.as_str()).collect::<Vec<_>>().join("; ");
            let back = wants.as_ref().map_or(String::new(), |wants| format!(" {} back", asked(wants)));
            (Tone::Warn, format!("decision {id}: holds{back}: {reasons}"))
        }
        (Choice::Act { command, .. }, Acts::Would) => (Tone::Warn, format!("decision {id}: would do {}: {why}", asked(command))),
        // Nobody has asked for this: it must be seen.
        (Choice::Act { command, .. }, _) => (Tone::Warn, format!("decision {id}: {}: {why}", asked(command))),
    }
}

/// Whether the monitor acts by itself, in words.
pub fn stance_words(stance: &Stance) -> String {
    match stance {
        Stance::Automatic => "automatic".to_owned(),
        Stance::ObserveOnly => "observe-only".to_owned(),
        Stance::Paused { until: Some(until), .. } => format!("paused until {until:.0}"),
        Stance::Paused { until: None, .. } => "paused until somebody resumes it".to_owned(),
    }
}

fn numbered(plan: Option<&Plan>, id: StepId) -> String {
    plan.map_or_else(|| format!("step {id}"), |plan| format!("step {id} of {}", plan.steps.len()))
}

fn named(plan: Option<&Plan>, id: StepId) -> String {
    let deed = plan.and_then(|plan| Some(format!(" ({})", deed(plan, plan.step(id)?))));
    format!("{}{}", numbered(plan, id), deed.unwrap_or_default())
}

fn doing(plan: Option<&Plan>, id: StepId, way: Way) -> String {
    let Some((plan, step)) = plan.and_then(|plan| Some((plan, plan.step(id)?))) else {
        return format!("step {id} {}", if way == Way::Forth { "begins" } else { "is being undone" });
    };
    let total = plan.steps.len();
    match (way, &step.undo) {
        (Way::Back, Some(undo)) => format!("step {id} of {total} is being undone: {} on {}", undo.command, step.host),
        _ => format!("step {id} of {total}: {} on {}", step.command, step.host),
    }
}

fn because(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {detail}") }
}

fn outcome_word(outcome: Outcome, way: Way) -> (Tone, &'static str) {
    match (outcome, way) {
        (Outcome::Done, Way::Forth) => (Tone::Good, "done"),
        (Outcome::Done, Way::Back) => (Tone::Good, "undone"),
        (Outcome::Failed, Way::Forth) => (Tone::Bad, "failed"),
        (Outcome::Failed, Way::Back) => (Tone::Bad, "could not be undone"),
        (Outcome::NotSent, Way::Forth) => (Tone::Bad, "failed, nothing was sent"),
        (Outcome::NotSent, Way::Back) => (Tone::Warn, "could not be undone yet, it is tried again"),
        (Outcome::Unknown, _) => (Tone::Warn, "unknown, it is looked at"),
    }
}

fn found_word(found: Found, way: Way) -> (Tone, &'static str) {
    match (found, way) {
        (Found::Done, Way::Forth) => (Tone::Good, "was done, as a look has shown"),
        (Found::Done, Way::Back) => (Tone::Good, "was undone, as a look has shown"),
        (Found::NotDone, Way::Forth) => (Tone::Warn, "was not done, as a look has shown"),
        (Found::NotDone, Way::Back) => (Tone::Warn, "was not undone, as a look has shown"),
        (Found::Ended, _) => (Tone::Bad, "ran for a while and runs no more, or nobody can say that it did not"),
        (Found::Unclear, _) => (Tone::Warn, "is still unknown, it is looked at again"),
    }
}

fn side_word(side: Side) -> &'static str {
    match side {
        Side::Primary => "primary",
        Side::Secondary => "secondary",
    }
}

/// What a command asks for, in words.
pub fn asked(command: &Command) -> String {
    match command {
        Command::Start { site: Some(site) } => format!("start on {site}"),
        Command::Switchover { to: Some(site) } => format!("switchover to {site}"),
        Command::Abort { run } => format!("abort of {run}"),
        Command::Failover { to } => format!("failover to {to}"),
        Command::Adopt { site, .. } => format!("adoption of {site}"),
        Command::Fence { host, .. } => format!("fencing of {host}"),
        Command::MonitorMove { to } => format!("move of the lease to the monitor on {to}"),
        Command::TakeOver { from, .. } => format!("take-over from the monitor on {from}"),
        Command::Maintain { what, kind, for_ms } => in_a_sentence(what, *kind, *for_ms),
        Command::Manage { what } => format!("end of the maintenance of {what}"),
        Command::Guard { component, site } => format!("stop of {component} on {site}"),
        Command::Rescue { components, .. } => {
            format!("rescue of {}", components.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
        }
        other => other.verb().to_owned(),
    }
}

/// What makes the service of a step run: the start itself, or taking back its stop.
pub fn starts(step: &Step, way: Way) -> bool {
    match way {
        _ if step.service.hook().is_some() => false,
        Way::Forth => step.action == Action::Start,
        Way::Back => step.action == Action::Stop,
    }
}

#[cfg(test)]
mod tests;
