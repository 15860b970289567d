//! Starting, stopping and settling through the guard of agents: an act gets its session here, and its doubt is kept; `work`
//! does the rest.

use super::looks::fact;
use super::request::Action;
use super::verdict::{Ended, How};
use super::work::{BOTH, Work};
use super::{AgentHosts, Guarded, Hidden, Side, Unanswered};
use crate::core::fact::{Fact, State};
use crate::core::model::{Agent, AgentSpec, Instance};
use crate::core::permit::Permit;
use crate::driver::counted::Counted;
use crate::driver::error::DriverError;
use crate::driver::{Act, Outcome};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const STAGE: &str = "asking an agent's monitor";

/// So long before our own end an action is to have come to its, so that one that is slow, and a host that hangs, can be told
/// apart; a quarter of the time where that is less.
const LAST_WORD: Duration = Duration::from_secs(5);

impl AgentHosts {
    /// Carries out one act.
    pub(super) async fn carry_out(&self, permit: &Permit, act: &Act) -> Outcome {
        let began = Instant::now();
        let deadline = began + act.timeout;
        let unsent = |error: &DriverError| Outcome::NotSent {
            detail: format!("{}: {} was not asked for, nothing was sent: {error}", act.instance, act.action.word()),
        };
        let side = match self.side(&act.instance.host) {
            Ok(side) => side,
            Err(error) => return unsent(&error),
        };
        let _counted = Counted::new(&side.acts);
        let (agent, spec) = match side.agent(&act.instance.service) {
            Ok(of) => of,
            Err(error) => return unsent(&error),
        };
        let hidden = match side.hidden(spec).await {
            Ok(hidden) => hidden,
            Err(error) => return unsent(&error),
        };
        let reserve = LAST_WORD.min(act.timeout / 4);
        let of = Of { side, agent, spec, hidden: &hidden, instance: &act.instance };
        let (session, before) = match self.ready(permit, &of, deadline, reserve).await {
            Ok(ready) => ready,
            Err(error) => return unsent(&error),
        };
        // From here on, until its end is known, the act is in doubt; also when the future is dropped.
        side.doubts.set(&agent.name, Some(session.number));
        side.keep_words(&agent.name, None);
        side.board.forget(&agent.name);
        tracing::info!(host = %side.name, %agent, action = act.action.word(), term = permit.term().0, purpose = permit.purpose(), "act");
        // What was seen of it is forgotten by now, and the question before has it.
        let work = Work { ran: before.ran, ..self.work(&of, &session, deadline, reserve) };
        let outcome = work.carry_out(act.action, &before).await;
        tracing::info!(host = %side.name, %agent, ?outcome, "act ended");
        side.board.forget(&agent.name);
        if let Outcome::Unknown { detail } = &outcome {
            side.keep_words(&agent.name, Some(detail));
            session.link.close("an act on it had no answer");
        } else {
            side.doubts.set(&agent.name, None);
        }
        outcome
    }

    fn work<'a>(&self, of: &Of<'a>, session: &'a Guarded, deadline: Instant, reserve: Duration) -> Work<'a> {
        let Of { agent, spec, hidden, instance, .. } = *of;
        let ran = of.side.board.ran(agent, spec, &session.boot_id);
        Work { ran, instance, agent, spec, hidden, session, interval: self.interval, began: Instant::now(), deadline, reserve }
    }

    /// A session that has just answered, and what the monitor said through it. Nothing has been sent yet, so a kept session
    /// that turns out to be dead is replaced.
    async fn ready(
        &self,
        permit: &Permit,
        of: &Of<'_>,
        deadline: Instant,
        reserve: Duration,
    ) -> Result<(Arc<Guarded>, Ended), DriverError> {
        let (side, began) = (of.side, Instant::now());
        let mut newer_than = side.doubts.of(&of.agent.name);
        let mut retried = false;
        loop {
            let session = self.guarded(side, permit.term(), newer_than, deadline).await?;
            let work = self.work(of, &session, deadline, reserve);
            // A monitor that hangs must leave time to tell so, and a session that is dead, to open another one.
            let until = Instant::now() + deadline.saturating_duration_since(Instant::now()) / 2;
            match work.ask(Action::Probe, of.agent, until).await {
                Ok(Ended { how: How::Late, .. }) => return Err(DriverError::TooLate { host: side.name.clone() }),
                Ok(before) => return Ok((session, before)),
                Err(why) if !retried && Instant::now() < deadline => {
                    retried = true;
                    newer_than = Some(session.number);
                    session.link.close(&format!("a question on it had no answer: {why:?}"));
                }
                Err(why) => return Err(side.unanswered(STAGE, began.elapsed(), why)),
            }
        }
    }

    /// Asks the monitor under a guard newer than anything sent for the agent.
    pub(super) async fn find_out(&self, permit: &Permit, instance: &Instance, deadline: Instant) -> Result<Fact, DriverError> {
        let (side, began) = (self.side(&instance.host)?, Instant::now());
        let _counted = Counted::new(&side.acts);
        let (agent, spec) = side.agent(&instance.service)?;
        let hidden = side.hidden(spec).await?;
        let doubt = side.doubts.of(&agent.name);
        let session = self.guarded(side, permit.term(), doubt, deadline).await?;
        let of = Of { side, agent, spec, hidden: &hidden, instance };
        let reserve = deadline.saturating_duration_since(began) / 8;
        let work = self.work(&of, &session, deadline, reserve);
        let (until, mut both) = (deadline - reserve, false);
        let mut asked = work.ask(Action::Probe, agent, until).await;
        if let Ok(ended) = &asked
            && fact(agent, spec, ended, &session.boot_id).state == State::Active
        {
            match work.also_other(until).await {
                Ok(other) => both = other,
                Err(why) => asked = Err(why),
            }
        }
        match asked {
            Ok(Ended { how: How::Late, .. }) => Err(DriverError::TooLate { host: side.name.clone() }),
            Ok(ended) => {
                side.doubts.set(&agent.name, None);
                let found = fact(agent, spec, &ended, &session.boot_id);
                let found = if both { Fact { state: State::Faulty, detail: BOTH.to_owned(), ..found } } else { found };
                Ok(side.with_words(&agent.name, found))
            }
            Err(why) => {
                session.link.close("a question on it had no answer");
                if !matches!(why, Unanswered::Late) {
                    tracing::info!(host = %side.name, %agent, ?why, "settling goes on with another session");
                }
                Err(side.unanswered(STAGE, began.elapsed(), why))
            }
        }
    }
}

/// What an act or a question is about.
struct Of<'a> {
    side: &'a Side,
    agent: &'a Agent,
    spec: &'a AgentSpec,
    hidden: &'a Hidden,
    instance: &'a Instance,
}
