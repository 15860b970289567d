//! Attempts to act that are refused: who tried what, and why nothing came of it, is in the journal before it is answered.
//!
//! Only looking leaves nothing. Attempts of those who have no right to act are bounded, so that nobody who may only look
//! can fill the journal: one entry a second for each user and verb. The others are counted, for the monitor's own log.

use super::requests::kept;
use super::{Effect, Now, State};
use crate::core::command::{Command, Reason, Refusal};
use crate::core::record::{Actor, Body};
use crate::monitor::event::Reply;
use crate::wire::{Failure, FailureKind, ModeAsk, Request};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Time between two entries about attempts of one user with one verb.
const APART: Duration = Duration::from_secs(1);
/// Users and verbs that are remembered at the same time; attempts beyond them are not journaled.
const MOST: usize = 64;

/// What those without the right to act have tried within the last second.
#[derive(Debug, Default)]
pub(super) struct Attempts(BTreeMap<(u32, &'static str), Lately>);

#[derive(Debug)]
struct Lately {
    /// When the one was tried that is journaled.
    since: Instant,
    /// How many more came after it.
    more: u64,
}

impl Attempts {
    /// Whether this attempt is to be journaled; one that is not is counted.
    fn journaled(&mut self, uid: u32, verb: &'static str, now: Instant) -> bool {
        self.settle(now);
        if let Some(lately) = self.0.get_mut(&(uid, verb)) {
            lately.more = lately.more.saturating_add(1);
            return false;
        }
        let room = self.0.len() < MOST;
        if room {
            self.0.insert((uid, verb), Lately { since: now, more: 0 });
        }
        room
    }

    /// Forgets what is older than a second, and tells of what was only counted.
    pub(super) fn settle(&mut self, now: Instant) {
        self.0.retain(|(uid, verb), lately| {
            let over = now.saturating_duration_since(lately.since) >= APART;
            if over && lately.more > 0 {
                tracing::warn!(uid, verb, more = lately.more, "refused as well, and not journaled one by one");
            }
            !over
        });
    }
}

impl State {
    /// Refuses what this connection has no right to.
    pub(super) fn turned_away(&mut self, request: Request, who: Actor, reason: Reason, reply: Reply, now: Now) -> Vec<Effect> {
        if !self.attempts.journaled(who.uid, verb(&request), now.steady) {
            return vec![Effect::Reply(reply, Err(Failure::new(FailureKind::Refused, vec![reason])))];
        }
        tracing::warn!(%who, verb = verb(&request), why = reason.what, "refused");
        match request {
            Request::Submit(submit) => self.refuse(bounded(submit.command), who, Refusal { reasons: vec![reason] }, reply, now),
            Request::Abort { run, .. } => self.refuse(Command::Abort { run }, who, Refusal { reasons: vec![reason] }, reply, now),
            other => self.refuse_words(words(&other), &who, vec![reason], reply, now),
        }
    }

    /// Journals a refusal and answers with it.
    pub(super) fn refuse(&mut self, command: Command, who: Actor, refusal: Refusal, reply: Reply, now: Now) -> Vec<Effect> {
        let answer = Err(Failure::new(FailureKind::Refused, refusal.reasons.clone()));
        self.refused_by(Body::Refused { who, command, reasons: refusal.reasons }, answer, reply, now)
    }

    /// The same for what is no command; `what` says in words what was asked for.
    pub(super) fn refuse_words(&mut self, what: &str, who: &Actor, reasons: Vec<Reason>, reply: Reply, now: Now) -> Vec<Effect> {
        let why = reasons.iter().map(|reason| reason.what.as_str()).collect::<Vec<_>>().join("; ");
        let text = kept(&format!("refused {what} to {who}: {why}"));
        self.refused_by(Body::Note { text }, Err(Failure::new(FailureKind::Refused, reasons)), reply, now)
    }

    fn refused_by(&mut self, body: Body, answer: Result<serde_json::Value, Failure>, reply: Reply, now: Now) -> Vec<Effect> {
        let answer = Effect::Reply(reply, answer);
        // Who may not act may not write into the journal either, and one that is broken takes nothing.
        if self.closed().is_some() { vec![answer] } else { self.record(vec![body], vec![answer], now) }
    }
}

/// The word that people type for a request that acts.
fn verb(request: &Request) -> &'static str {
    match request {
        Request::Submit(submit) => submit.command.verb(),
        Request::Abort { .. } => "abort",
        Request::Mode { .. } => "mode",
        Request::Acknowledge { .. } => "acknowledge",
        Request::Reload(_) => "reload",
        _ => "a request",
    }
}

/// What a request that is no command asks for.
fn words(request: &Request) -> &'static str {
    match request {
        Request::Mode { mode: ModeAsk::Automatic, .. } => "mode automatic",
        Request::Mode { mode: ModeAsk::ObserveOnly, .. } => "mode observe-only",
        Request::Mode { mode: ModeAsk::Pause { .. }, .. } => PAUSE,
        Request::Acknowledge { .. } => ACKNOWLEDGE,
        Request::Reload(_) => RELOAD,
        other => verb(other),
    }
}

pub(super) const PAUSE: &str = "a pause";
pub(super) const ACKNOWLEDGE: &str = "an acknowledgement";
pub(super) const RELOAD: &str = "a reload of the configuration";

/// A command without the lists in it, which can be as long as a whole request.
fn bounded(command: Command) -> Command {
    match command {
        Command::Adopt { site, .. } => Command::Adopt { site, without: Vec::new() },
        Command::Rescue { cold, .. } => Command::Rescue { components: Vec::new(), cold },
        other => other,
    }
}
