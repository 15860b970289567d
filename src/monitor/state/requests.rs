//! What clients ask: who may ask it, and what is answered at once.

use super::{Ask, Effect, Now, State, Waiter};
use crate::core::command::{Reason, Refusal, Role};
use crate::core::record::{Actor, RunId};
use crate::monitor::event::{Reload, Reply, Show};
use crate::wire::{Failure, FailureKind, Request};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// Requests that wait for a fresh picture at the same time; more are told to come back.
const MOST_ASKS: usize = 64;
/// Clients that wait for runs at the same time.
const MOST_WAITERS: usize = 256;
/// Time for what is on its way to the disk to get there.
const DURABLE: Duration = Duration::from_secs(5);
/// The longest reason that is kept, in characters.
const MAX_REASON: usize = 500;
/// The longest that a client may wait in one request.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl State {
    pub(super) fn asked(&mut self, request: Request, who: Actor, operator: bool, reply: Reply, now: Now) -> Vec<Effect> {
        let needs = match &request {
            Request::Submit(submit) => submit.command.needs(),
            Request::Abort { .. } | Request::Mode { .. } | Request::Acknowledge { .. } => Role::Operator,
            Request::Reload(ask) if !ask.dry_run => Role::Operator,
            _ => Role::Observer,
        };
        let away = match needs {
            Role::Monitor => Some(Reason::new(
                "only the monitor itself decides on this",
                "move the cluster with `switchtower switchover`, or start what is stopped with `switchtower start`",
            )),
            Role::Operator if !operator => {
                Some(Reason::new("this connection may only look", "connect to operate.sock; its file mode and group say who may"))
            }
            _ => None,
        };
        if let Some(reason) = away {
            return self.turned_away(request, who, reason, reply, now);
        }
        match request {
            Request::Status { fresh: false } => {
                let view = self.status(now);
                vec![Effect::Reply(reply, value(&view))]
            }
            Request::Status { fresh: true } => self.ask(Ask::Status(reply), now),
            Request::Plan { command, overrides } => self.ask(Ask::Plan(command, overrides, reply), now),
            Request::Submit(submit) => self.ask(Ask::Submit(Box::new((submit, who)), reply), now),
            Request::Mode { mode, reason } => self.set_mode(mode, reason, who, reply, now),
            Request::Acknowledge { reason } => self.acknowledge(reason, who, reply, now),
            Request::Abort { run, reason } => self.abort(run, reason, who, reply, now),
            Request::Config => vec![Effect::Reply(reply, value(&self.config()))],
            Request::Reload(ask) => self.reload(Reload::Asked(ask, who, reply), now),
            Request::Run { run, wait_ms } => self.wait_for(run, Duration::from_millis(wait_ms), reply, now),
            Request::Peer(_) => {
                let failure = Failure::one(FailureKind::Refused, "only the other monitor may ask this", "it has a socket of its own");
                vec![Effect::Reply(reply, Err(failure))]
            }
            Request::Hello(_) | Request::Brief | Request::Follow | Request::Log { .. } | Request::Changes { .. } => {
                let failure = Failure::one(FailureKind::Internal, "this request is answered by its connection", "report this defect");
                vec![Effect::Reply(reply, Err(failure))]
            }
        }
    }

    /// Has every host looked at, and goes on with `ask` when they have answered or their time is up.
    pub(super) fn ask(&mut self, ask: Ask, now: Now) -> Vec<Effect> {
        if self.asks.len() >= MOST_ASKS {
            return self.too_many(ask, now);
        }
        self.next_ask = self.next_ask.wrapping_add(1);
        self.asks.insert(self.next_ask, (now.steady, ask));
        vec![Effect::Refresh(self.next_ask)]
    }

    fn too_many(&mut self, ask: Ask, now: Now) -> Vec<Effect> {
        let reason = Reason::new("too many requests wait for an answer", "ask again in a few seconds");
        match ask {
            Ask::Submit(submit, reply) => self.refuse(submit.0.command, submit.1, Refusal { reasons: vec![reason] }, reply, now),
            // The next picture is soon enough.
            Ask::Show(known, reply) => self.show(Show::Changes { known, fresh: false }, reply, now),
            Ask::Status(reply) | Ask::Plan(_, _, reply) => {
                vec![Effect::Reply(reply, Err(Failure::new(FailureKind::Unknown, vec![reason])))]
            }
        }
    }

    pub(super) fn refreshed(&mut self, ask: u64, now: Now) -> Vec<Effect> {
        let Some((since, ask)) = self.asks.remove(&ask) else { return Vec::new() };
        match ask {
            Ask::Status(reply) => {
                let view = self.status(now);
                vec![Effect::Reply(reply, value(&view))]
            }
            Ask::Show(known, reply) => self.show(Show::Changes { known, fresh: false }, reply, now),
            Ask::Plan(command, overrides, reply) => {
                let answer = self.plan(&command, &overrides, since, now);
                vec![Effect::Reply(reply, answer)]
            }
            Ask::Submit(submit, reply) => self.submit(submit.0, submit.1, since, reply, now),
        }
    }

    fn wait_for(&mut self, run: Option<RunId>, wait: Duration, reply: Reply, now: Now) -> Vec<Effect> {
        let Some(id) = run.or_else(|| self.ledger.runs().next_back().map(|(id, _)| id)) else {
            let failure = Failure::one(FailureKind::Refused, "there has been no run yet", "`switchtower switchover` makes one");
            return vec![Effect::Reply(reply, Err(failure))];
        };
        let open = self.ledger.run(id).is_some_and(|log| log.run.end().is_none()) || !self.held.is_empty();
        if let Some(why) = self.gate.broken() {
            let what = format!("the journal cannot be written, so nobody can say how run {id} stands: {why}");
            let failure = Failure::one(FailureKind::Unknown, what, "make room for the journal or mend its disk, then ask again");
            return vec![Effect::Reply(reply, Err(failure))];
        }
        if (wait.is_zero() && self.held.is_empty()) || !open || self.waiters.len() >= MOST_WAITERS {
            return vec![self.answer_run(id, reply)];
        }
        // What is on its way to the disk is told once it is there.
        let until = now.steady + if wait.is_zero() { DURABLE } else { wait.min(LONGEST_WAIT) };
        self.waiters.push(Waiter { run: id, until, reply });
        Vec::new()
    }

    pub(super) fn answer_run(&self, run: RunId, reply: Reply) -> Effect {
        let answer = match self.run_view(run) {
            Some(view) => value(&view),
            None => Err(Failure::one(
                FailureKind::Refused,
                format!("run {run} is not known, or is over for so long that only the journal has it"),
                format!("look with `switchtower report {run}` or `switchtower log`"),
            )),
        };
        Effect::Reply(reply, answer)
    }

    fn abort(&mut self, run: RunId, reason: Option<String>, who: Actor, reply: Reply, now: Now) -> Vec<Effect> {
        let why = format!("aborted by {who}{}", reason.map(|r| format!(": {}", kept(&r))).unwrap_or_default());
        let event = match self.ledger.run(run) {
            None => Err(Refusal::one(format!("run {run} is not known"), "`switchtower status` shows the runs that are open")),
            Some(log) => log.run.abort(&why),
        };
        let event = match (event, self.closed()) {
            (Ok(event), None) => event,
            (Ok(_), Some(why)) => return vec![Effect::Reply(reply, Err(cannot_act(&why)))],
            (Err(refusal), _) => {
                let command = crate::core::command::Command::Abort { run };
                return self.refuse(command, who, refusal, reply, now);
            }
        };
        self.is_sure(run);
        let mut effects = self.drive(run, vec![event], now);
        if let Some((_, held)) = self.held.back_mut() {
            let view = self.ledger.run(run).map(|log| crate::wire::RunView::of(run, log));
            held.push(Effect::Reply(reply, value(&view)));
        } else {
            effects.push(self.answer_run(run, reply));
        }
        effects
    }
}

/// An answer from a view.
pub(super) fn value<T: Serialize>(view: &T) -> Result<Value, Failure> {
    serde_json::to_value(view)
        .map_err(|e| Failure::one(FailureKind::Internal, format!("the answer cannot be written: {e}"), "report this defect"))
}

/// Why nothing is done at the moment.
pub(super) fn cannot_act(why: &str) -> Failure {
    Failure::one(
        FailureKind::Refused,
        format!("this monitor does not act now: {why}"),
        "mend that; `switchtower status` says when it is mended",
    )
}

/// What is said to those whose request was decided on, but could not be journaled.
pub(super) fn unjournaled(why: &str) -> Failure {
    Failure::one(
        FailureKind::Unknown,
        format!("the journal could not be written: {why}; whether this request is in it is not known"),
        "make room for the journal or mend its disk, then look at `switchtower status` before you ask again",
    )
}

/// A reason as it is kept: without control characters, and not longer than anybody reads.
pub(super) fn kept(reason: &str) -> String {
    reason.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect()
}
