//! One act through a session that has just answered: which actions of the agent it takes, one after the other, and what the
//! monitor says after them, which counts. Nothing is sent a second time.

use super::request::{Action, Bounds, Request, other_mode, told_mode};
use super::verdict::{Ended, How, called, is_promoted, seen, told};
use super::{Guarded, Hidden, Unanswered};
use crate::core::fact::State;
use crate::core::model::{Agent, AgentSpec, Instance, ProcessMode};
use crate::core::plan::Action as Wish;
use crate::driver::Outcome;
use crate::driver::session::nonce;
use std::time::Duration;
use tokio::time::Instant;

/// Why neither mode is believed.
pub(super) const BOTH: &str = "its monitor says of both modes that it runs in them; it has to end with 7 for the other one";

/// An act on its way, with what it needs at every turn.
pub(super) struct Work<'a> {
    pub instance: &'a Instance,
    pub agent: &'a Agent,
    pub spec: &'a AgentSpec,
    pub hidden: &'a Hidden,
    pub session: &'a Guarded,
    pub interval: Duration,
    /// It was seen to run in this boot, before anything was done here.
    pub ran: bool,
    pub began: Instant,
    pub deadline: Instant,
    /// What is kept of the time for ending an action and for the monitor after it.
    pub reserve: Duration,
}

/// An action of the agent, and whether the act fails with it.
type Step = (Action, Must);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Must {
    Succeed,
    /// Something may be left of it or not: what comes after it decides.
    Try,
}

/// What an agent's service does, by its monitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Nothing,
    /// It runs in this mode.
    Runs(ProcessMode),
    /// It is not in order, and something of it may run.
    Faulty,
}

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// Nothing, and why.
    Needless(&'static str),
    Steps(Vec<Step>),
}

impl Work<'_> {
    /// Has the agent do one thing, which is ended at `until`.
    pub(super) async fn ask(&self, action: Action, agent: &Agent, until: Instant) -> Result<Ended, Unanswered> {
        let length = until.saturating_duration_since(Instant::now());
        let bounds = Bounds { end: self.session.uptime_at(until), grace: self.reserve / 2, length };
        let request = Request { agent, spec: self.spec, action, secrets: &self.hidden.options, interval: self.interval };
        let nonce = nonce();
        // Past its end it is killed after the grace; then its answer is on the way.
        let patience = (until + self.reserve).min(self.deadline);
        let asked = self.session.link.ask(nonce.clone(), request.line(&nonce, bounds), patience).await;
        asked.map(|ended| Ended { ran: self.ran, ..self.hidden.hide(ended) })
    }

    /// Brings the agent where `wish` wants it, from where its monitor has just said that it is.
    pub(super) async fn carry_out(&self, wish: Wish, before: &Ended) -> Outcome {
        let Some(does) = self.does(before) else {
            let why = told(self.spec, before);
            return Outcome::Failed { detail: format!("{}: {}, so nothing was done: {why}", self.instance, self.unsure(wish)) };
        };
        match way(does, wish, self.agent.mode, self.spec) {
            Way::Needless(what) => Outcome::Done { detail: format!("{}: {what}", self.instance) },
            Way::Steps(steps) => self.take(wish, &steps).await,
        }
    }

    fn unsure(&self, wish: Wish) -> String {
        format!("nobody can say whether it runs, and it was to {}", wish.word())
    }

    async fn take(&self, wish: Wish, steps: &[Step]) -> Outcome {
        let until = self.deadline - self.reserve;
        let mut begun = false;
        for (action, must) in steps {
            let ended = match self.ask(*action, self.agent, until).await {
                Ok(ended) => ended,
                Err(why) => return self.unknown(wish, why),
            };
            if *must == Must::Succeed && !succeeded(*action, ended.how) {
                let what = format!("{} of {}", action.word(), called(self.spec));
                let why = format!("{what}: {}", told(self.spec, &ended));
                return match end(wish, *action, begun, ended.how) {
                    AtEnd::Failed => self.failed(wish, &why),
                    AtEnd::Unknown => self.unproven(wish, &why),
                    AtEnd::Ask => self.is_stopped(wish, &why).await,
                };
            }
            begun |= matches!(action, Action::Start | Action::Promote);
        }
        self.judge(wish).await
    }

    /// An action that has ended with an error has done nothing only if the monitor says so.
    async fn is_stopped(&self, wish: Wish, why: &str) -> Outcome {
        match self.ask(Action::Probe, self.agent, self.deadline - self.reserve / 4).await {
            Ok(after) if seen(self.agent, self.spec, &after).state.proven_stopped() => self.failed(wish, why),
            Ok(after) => self.unproven(wish, &format!("{why}; after it, {}", told(self.spec, &after))),
            Err(unanswered) => self.unknown_after(wish, unanswered, &format!("; before that, {why}")),
        }
    }

    /// The monitor decides, not what the actions said. What was started and is not seen to run may have run meanwhile.
    async fn judge(&self, wish: Wish) -> Outcome {
        let action = if wish == Wish::Start { Action::Monitor } else { Action::Probe };
        let until = self.deadline - self.reserve / 4;
        let after = match self.ask(action, self.agent, until).await {
            Ok(after) => after,
            Err(why) => return self.unknown(wish, why),
        };
        let state = seen(self.agent, self.spec, &after).state;
        let took = self.began.elapsed().as_millis();
        match wish {
            Wish::Start if state == State::Active => match self.also_other(until).await {
                Ok(false) => Outcome::Done { detail: format!("{}: started in {took} ms", self.instance) },
                Ok(true) => self.unproven(wish, BOTH),
                Err(why) => self.unknown(wish, why),
            },
            Wish::Stop if state.proven_stopped() => Outcome::Done { detail: format!("{}: stopped in {took} ms", self.instance) },
            Wish::Start => self.unproven(wish, &format!("its start was done, but {}", told(self.spec, &after))),
            Wish::Stop => self.failed(wish, &format!("its stop was done, but {}", told(self.spec, &after))),
        }
    }

    /// Whether commands that run it in one mode say that it runs in the other one too.
    pub(super) async fn also_other(&self, until: Instant) -> Result<bool, Unanswered> {
        if !self.spec.both_modes || !told_mode(self.spec) {
            return Ok(false);
        }
        let other = other_mode(self.agent);
        let ended = self.ask(Action::Probe, &other, until).await?;
        Ok(seen(&other, self.spec, &ended).state == State::Active)
    }

    fn failed(&self, wish: Wish, why: &str) -> Outcome {
        Outcome::Failed { detail: format!("{}: {} failed: {why}", self.instance, wish.word()) }
    }

    /// Something was done, and it may have run, or run yet.
    fn unproven(&self, wish: Wish, why: &str) -> Outcome {
        Outcome::Unknown { detail: format!("{}: {} was sent, and may have done its work: {why}", self.instance, wish.word()) }
    }

    fn unknown(&self, wish: Wish, why: Unanswered) -> Outcome {
        self.unknown_after(wish, why, "")
    }

    fn unknown_after(&self, wish: Wish, why: Unanswered, before: &str) -> Outcome {
        let why = match why {
            Unanswered::Unsent(why) | Unanswered::Lost(why) => format!("the channel to the guard of its agents was lost: {why}"),
            Unanswered::Late => "the host does not answer any more".to_owned(),
        };
        Outcome::Unknown {
            detail: format!("{}: {} was sent, and what became of it is not known: {why}{before}", self.instance, wish.word()),
        }
    }

    /// `None` where the monitor did not say.
    fn does(&self, ended: &Ended) -> Option<Does> {
        if told_mode(self.spec) {
            return match seen(self.agent, self.spec, ended).state {
                State::Active => Some(Does::Runs(self.agent.mode)),
                State::Unknown => None,
                state if state.proven_stopped() => Some(Does::Nothing),
                _ => Some(Does::Faulty),
            };
        }
        match ended.how {
            How::Code(5) if ended.may_run() => Some(Does::Faulty),
            How::Code(5 | 7) => Some(Does::Nothing),
            How::Code(code @ (8 | 191)) if is_promoted(code) => Some(Does::Runs(ProcessMode::Active)),
            How::Code(0 | 190) => Some(Does::Runs(ProcessMode::Standby)),
            How::Code(_) => Some(Does::Faulty),
            How::Timeout | How::Late | How::Missing => None,
        }
    }
}

/// What an action that did not succeed makes of its act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtEnd {
    Failed,
    /// The monitor says whether anything came of it.
    Ask,
    /// It may have done its work before it was killed, whatever the monitor says now.
    Unknown,
}

/// `begun` where an action before it has started something. What only clears the way for a start starts nothing.
fn end(wish: Wish, action: Action, begun: bool, how: How) -> AtEnd {
    match how {
        _ if wish == Wish::Stop || (action == Action::Stop && !begun) => AtEnd::Failed,
        How::Timeout => AtEnd::Unknown,
        How::Late | How::Missing if !begun => AtEnd::Failed,
        How::Code(_) | How::Late | How::Missing => AtEnd::Ask,
    }
}

/// A stop of what does not run has succeeded by definition.
fn succeeded(action: Action, how: How) -> bool {
    match how {
        How::Code(0) => true,
        How::Code(7) => matches!(action, Action::Stop | Action::Demote),
        _ => false,
    }
}

/// From what it does to what is wished. An OCF agent of a component with one mode runs unpromoted: it is `Runs(Standby)` here.
fn way(does: Does, wish: Wish, mode: ProcessMode, spec: &AgentSpec) -> Way {
    use Must::{Succeed, Try};
    use ProcessMode::{Active, Standby};
    let promotes = spec.both_modes && !told_mode(spec);
    let up: Vec<Step> = if promotes && mode == Active {
        vec![(Action::Start, Succeed), (Action::Promote, Succeed)]
    } else {
        vec![(Action::Start, Succeed)]
    };
    // One that has failed may be promoted or not.
    let clear = || if told_mode(spec) { vec![(Action::Stop, Succeed)] } else { vec![(Action::Demote, Try), (Action::Stop, Succeed)] };
    match (wish, does) {
        (Wish::Start, Does::Nothing) => Way::Steps(up),
        (Wish::Start, Does::Runs(now)) if now == mode || !promotes => Way::Needless("was running already"),
        (Wish::Start, Does::Runs(_)) if mode == Active => Way::Steps(vec![(Action::Promote, Succeed)]),
        (Wish::Start, Does::Runs(_)) => Way::Steps(vec![(Action::Demote, Succeed)]),
        (Wish::Start, Does::Faulty) => Way::Steps(faulty(spec, clear()).into_iter().chain(up).collect()),
        (Wish::Stop, Does::Nothing) => Way::Needless("was stopped already"),
        (Wish::Stop, Does::Runs(now)) if promotes && now != mode => Way::Needless("runs in the other mode, so nothing of this one runs"),
        (Wish::Stop, Does::Runs(Active)) if !told_mode(spec) => Way::Steps(vec![(Action::Demote, Try), (Action::Stop, Succeed)]),
        (Wish::Stop, Does::Runs(Active | Standby)) => Way::Steps(vec![(Action::Stop, Succeed)]),
        (Wish::Stop, Does::Faulty) => Way::Steps(faulty(spec, clear())),
    }
}

/// An agent that knows no promotion is not asked to demote.
fn faulty(spec: &AgentSpec, clear: Vec<Step>) -> Vec<Step> {
    clear.into_iter().filter(|(action, _)| spec.both_modes || *action != Action::Demote).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{AgentCall, ExecAgent, OcfAgent};

    fn ocf(both_modes: bool) -> AgentSpec {
        let agent = OcfAgent { provider: "heartbeat".into(), kind: "Stateful".into(), options: [].into(), secrets: None };
        AgentSpec { call: AgentCall::Ocf(agent), both_modes }
    }

    fn exec() -> AgentSpec {
        let call = AgentCall::Exec(ExecAgent { start: vec![], stop: vec![], monitor: vec![] });
        AgentSpec { call, both_modes: true }
    }

    fn words(does: Does, wish: Wish, mode: ProcessMode, spec: &AgentSpec) -> String {
        match way(does, wish, mode, spec) {
            Way::Needless(_) => "-".to_owned(),
            Way::Steps(steps) => steps.iter().map(|(action, _)| action.word()).collect::<Vec<_>>().join(" "),
        }
    }

    #[test]
    fn a_promotable_agent_is_promoted_to_be_active_and_demoted_before_it_stops() {
        use ProcessMode::{Active, Standby};
        let table = [
            (Does::Nothing, "start promote", "start", "-", "-"),
            (Does::Runs(Standby), "promote", "-", "-", "stop"),
            (Does::Runs(Active), "-", "demote", "demote stop", "-"),
            (Does::Faulty, "demote stop start promote", "demote stop start", "demote stop", "demote stop"),
        ];
        for (does, active, standby, stop_active, stop_standby) in table {
            let of = |wish, mode| words(does, wish, mode, &ocf(true));
            let all = [of(Wish::Start, Active), of(Wish::Start, Standby), of(Wish::Stop, Active), of(Wish::Stop, Standby)];
            assert_eq!(all, [active, standby, stop_active, stop_standby], "{does:?}");
        }
    }

    #[test]
    fn an_agent_with_one_mode_and_commands_know_no_promotion() {
        use ProcessMode::{Active, Standby};
        for (does, start, stop) in [(Does::Nothing, "start", "-"), (Does::Faulty, "stop start", "stop")] {
            assert_eq!(words(does, Wish::Start, Active, &ocf(false)), start);
            assert_eq!(words(does, Wish::Stop, Active, &ocf(false)), stop);
            assert_eq!(words(does, Wish::Start, Standby, &exec()), start);
            assert_eq!(words(does, Wish::Stop, Standby, &exec()), stop);
        }
        for runs in [Active, Standby] {
            assert_eq!(words(Does::Runs(runs), Wish::Start, Active, &ocf(false)), "-");
        }
        assert_eq!(words(Does::Runs(Standby), Wish::Stop, Active, &ocf(false)), "stop");
        assert_eq!(words(Does::Runs(Active), Wish::Stop, Active, &ocf(false)), "demote stop", "somebody has promoted it");
        assert_eq!(words(Does::Runs(Active), Wish::Stop, Active, &exec()), "stop");
    }

    #[test]
    fn a_start_that_was_killed_may_have_done_its_work_and_one_that_ended_with_an_error_is_looked_at() {
        for (action, begun) in [(Action::Start, false), (Action::Promote, false), (Action::Promote, true), (Action::Demote, false)] {
            assert_eq!(end(Wish::Start, action, begun, How::Timeout), AtEnd::Unknown, "{action:?}");
            assert_eq!(end(Wish::Start, action, begun, How::Code(1)), AtEnd::Ask, "{action:?}");
        }
        for how in [How::Late, How::Missing] {
            assert_eq!(end(Wish::Start, Action::Start, false, how), AtEnd::Failed, "nothing was done");
            assert_eq!(end(Wish::Start, Action::Promote, true, how), AtEnd::Ask, "its start was");
        }
        for how in [How::Timeout, How::Code(1)] {
            assert_eq!(end(Wish::Start, Action::Stop, false, how), AtEnd::Failed, "no start was sent");
            assert_eq!(end(Wish::Stop, Action::Stop, false, how), AtEnd::Failed);
        }
    }

    #[test]
    fn a_stop_of_what_does_not_run_has_succeeded() {
        assert!(succeeded(Action::Stop, How::Code(7)) && succeeded(Action::Stop, How::Code(0)));
        assert!(!succeeded(Action::Start, How::Code(7)) && !succeeded(Action::Stop, How::Code(1)));
        assert!(!succeeded(Action::Stop, How::Timeout) && !succeeded(Action::Start, How::Missing));
    }
}
