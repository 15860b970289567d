//! One act through a session that has just answered: it asks first, sends once, waits for the end of systemd's job, and
//! asks again. It never sends a second time.

use super::super::Outcome;
use super::super::bus::{BusError, Event};
use super::super::session::{Guarded, from_bus};
use super::super::unit::{self, Sighting, remaining};
use super::why;
use crate::core::fact::State;
use crate::core::model::Instance;
use crate::core::plan::Action;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

/// An act on its way, with what it needs at every turn.
pub(super) struct Work<'a> {
    pub instance: &'a Instance,
    pub unit: &'a str,
    pub action: Action,
    pub session: &'a Guarded,
    pub began: Instant,
    pub deadline: Instant,
    pub last_word: Instant,
    pub ask_every: Duration,
}

/// How the wait for a job ended.
enum Waited {
    /// It is over; systemd's word for how, empty where the signal was missed.
    Over(String),
    /// Time is up, and this is what the host said just before.
    Still(Sighting),
    /// Time is up, or the channel is lost, without a word from the host.
    Silent(String),
}

impl Work<'_> {
    /// Says so when nothing is to be done, or nothing can be.
    pub(super) async fn needless(&self, before: &Sighting) -> Result<Option<Outcome>, BusError> {
        let done = |what: &str| Some(Outcome::Done { detail: format!("{}: {what}", self.instance) });
        Ok(match (self.action, before.state()) {
            _ if before.has_job() => None,
            (Action::Start, State::Active) => done("was active already"),
            (Action::Start, State::Missing) => Some(Outcome::Failed { detail: format!("{}: the host knows no such unit", self.instance) }),
            (Action::Stop, State::Missing) => done("the host knows no such unit, so nothing of it runs"),
            (Action::Stop, State::Inactive | State::Failed) => {
                let left = self.session.bus.processes(self.unit, self.deadline).await?;
                if left.is_empty() { done("was stopped already") } else { Some(self.stayed_behind(&left)) }
            }
            _ => None,
        })
    }

    fn stayed_behind(&self, left: &[u32]) -> Outcome {
        let hint = "end them by hand, and look at KillMode= of the unit";
        Outcome::Failed { detail: format!("{}: systemd has stopped it, but {}; {hint}", self.instance, remaining(left)) }
    }

    fn unknown(&self, why: &str) -> Outcome {
        let word = self.action.word();
        Outcome::Unknown { detail: format!("{}: {word} was sent, and what became of it is not known: {why}", self.instance) }
    }

    pub(super) async fn send_and_wait(&self) -> Outcome {
        let mut events = self.session.bus.events();
        let bus = &self.session.bus;
        let sent = match self.action {
            Action::Start => match bus.reset_failed(self.unit, self.deadline).await {
                Ok(()) => bus.start(self.unit, self.deadline).await,
                Err(error) => Err(error),
            },
            Action::Stop => bus.stop(self.unit, self.deadline).await,
        };
        let job = match sent {
            Ok(job) => job,
            Err(BusError::Refused { message, .. }) => {
                let word = self.action.word();
                return Outcome::Failed { detail: format!("{}: systemd refused to {word} it: {message}", self.instance) };
            }
            Err(error) => return self.unknown(&from_bus(&self.instance.host, "sending the act", error).to_string()),
        };
        let mut path = Path::of(self.unit);
        match self.wait(&job, &mut events, &mut path).await {
            Waited::Over(result) => match self.judge(&result, &mut events, &mut path).await {
                Ok(outcome) => outcome,
                Err(error) => self.unknown(&from_bus(&self.instance.host, "asking for its state", error).to_string()),
            },
            Waited::Still(sighting) => self.out_of_time(&sighting),
            Waited::Silent(why) => self.unknown(&why),
        }
    }

    /// Waits for the job's end by its signal. Now and then, and just before time is up, the state is asked for too: a
    /// signal may have been missed, and a host that hangs must not look like a unit that is slow.
    async fn wait(&self, job: &str, events: &mut Receiver<Arc<Event>>, path: &mut Path) -> Waited {
        let mut ask_at = (Instant::now() + self.ask_every).min(self.last_word);
        let mut last: Option<Sighting> = None;
        loop {
            tokio::select! {
                biased;
                event = events.recv() => match event {
                    Ok(event) => match &*event {
                        Event::JobRemoved { job: removed, result } if removed == job => return Waited::Over(result.clone()),
                        event => path.take(event),
                    },
                    Err(RecvError::Lagged(_)) => (ask_at, last) = (Instant::now(), None),
                    Err(RecvError::Closed) => return Waited::Silent(self.session.bus.why()),
                },
                () = self.session.bus.closed() => return Waited::Silent(self.session.bus.why()),
                () = sleep_until(self.deadline) => return last.map_or_else(|| Waited::Silent("no answer in time".to_owned()), Waited::Still),
                () = sleep_until(ask_at), if last.is_none() => {
                    match self.session.bus.list_one(self.unit, self.deadline).await {
                        Ok(sighting) if !sighting.has_job() => return Waited::Over(String::new()),
                        Ok(sighting) => last = (Instant::now() >= self.last_word).then_some(sighting),
                        Err(BusError::Deadline(_)) => return Waited::Silent("the host does not answer any more".to_owned()),
                        Err(error) => return Waited::Silent(from_bus(&self.instance.host, "asking for its state", error).to_string()),
                    }
                    ask_at = (Instant::now() + self.ask_every).min(self.last_word);
                }
            }
        }
    }

    fn out_of_time(&self, sighting: &Sighting) -> Outcome {
        let within = self.deadline - self.began;
        let wanted = match self.action {
            Action::Start => "not started",
            Action::Stop => "not stopped",
        };
        Outcome::Failed { detail: format!("{}: {wanted} within {within:?}, still {}", self.instance, sighting.words()) }
    }

    /// What the job's end means: the state decides, not the job's word.
    async fn judge(&self, result: &str, events: &mut Receiver<Arc<Event>>, path: &mut Path) -> Result<Outcome, BusError> {
        let bus = &self.session.bus;
        match self.action {
            Action::Start => {
                let after = bus.list_one(self.unit, self.deadline).await?;
                while let Ok(event) = events.try_recv() {
                    path.take(&event);
                }
                if after.state() == State::Active && !path.down && matches!(result, "done" | "") {
                    let took = self.began.elapsed();
                    return Ok(Outcome::Done { detail: format!("{}: started in {} ms", self.instance, took.as_millis()) });
                }
                let ending = bus.ending(self.unit, self.deadline).await?;
                Ok(Outcome::Failed { detail: why::not_started(self.instance, result, &after, path.went_up, &ending) })
            }
            Action::Stop => {
                let (after, left) = bus.sight(self.unit, self.deadline).await?;
                let left = left.unwrap_or_default();
                match after.state() {
                    State::Inactive | State::Failed if !left.is_empty() => Ok(self.stayed_behind(&left)),
                    State::Inactive | State::Failed | State::Missing => {
                        let how = if after.state() == State::Failed { ", though it ended as failed" } else { "" };
                        let took = self.began.elapsed().as_millis();
                        Ok(Outcome::Done { detail: format!("{}: stopped in {took} ms{how}", self.instance) })
                    }
                    _ => Ok(Outcome::Failed { detail: why::not_stopped(self.instance, result, &after) }),
                }
            }
        }
    }
}

/// What the unit was told to have gone through since the act was sent.
struct Path {
    unit: String,
    went_up: bool,
    down: bool,
}

impl Path {
    fn of(unit: &str) -> Self {
        Self { unit: unit::path_of(unit), went_up: false, down: false }
    }

    fn take(&mut self, event: &Event) {
        if let Event::Changed { unit, change, .. } = event
            && *unit == self.unit
        {
            self.went_up |= matches!(change.active.as_str(), "activating" | "active");
            self.down = matches!(change.active.as_str(), "failed" | "inactive" | "deactivating") || change.sub == "auto-restart";
        }
    }
}
