//! Starting, stopping and settling through a guarded session.
//!
//! An act asks first, sends once, waits for the end of systemd's job, and asks again. It never sends a second time.

use super::bus::{BusError, Event};
use super::error::DriverError;
use super::session::{Guarded, from_bus};
use super::systemd::{Side, SystemdHosts};
use super::unit::{self, Extra, Sighting, remaining};
use super::{Act, Outcome};
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{Instance, Service};
use crate::core::permit::Permit;
use crate::core::plan::Action;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until, timeout_at};

mod why;

/// An act on its way, with what it needs at every turn.
struct Work<'a> {
    instance: &'a Instance,
    unit: &'a str,
    action: Action,
    session: &'a Guarded,
    began: Instant,
    deadline: Instant,
    last_word: Instant,
    ask_every: std::time::Duration,
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

/// Counts an act while it is under way.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(acts: &'a AtomicUsize) -> Self {
        acts.fetch_add(1, Ordering::Relaxed);
        Self(acts)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SystemdHosts {
    /// Carries out one act.
    pub(super) async fn carry_out(&self, permit: &Permit, act: &Act) -> Outcome {
        let began = Instant::now();
        let deadline = began + act.timeout;
        let unsent = |error: &DriverError| Outcome::Failed {
            detail: format!("{}: {} was not asked for, nothing was sent: {error}", act.instance, act.action.word()),
        };
        let side = match self.side(&act.instance.host) {
            Ok(side) => side,
            Err(error) => return unsent(&error),
        };
        let _counted = Counted::new(&side.acts);
        let (session, before) = match self.ready(side, permit, act, deadline).await {
            Ok(ready) => ready,
            Err(error) => return unsent(&error),
        };
        let Service::Systemd(unit) = &act.instance.service;
        let work = Work {
            instance: &act.instance,
            unit: unit.as_str(),
            action: act.action,
            session: &session,
            began,
            deadline,
            last_word: deadline - self.options.last_word.min(act.timeout / 3),
            ask_every: self.options.ask_every,
        };
        match work.needless(&before).await {
            Ok(Some(outcome)) => return outcome,
            Ok(None) => {}
            Err(error) => return unsent(&from_bus(&act.instance.host, "asking for its state", error)),
        }
        // From here on, until its end is known, the act is in doubt; also when the future is dropped.
        side.set_doubt(&act.instance.service, Some(session.number));
        let outcome = work.send_and_wait().await;
        if matches!(outcome, Outcome::Unknown { .. }) {
            session.bus.close("an act on it had no answer");
        } else {
            side.set_doubt(&act.instance.service, None);
        }
        outcome
    }

    /// A session that has just answered, and what it said of the unit. Nothing has been sent yet, so a kept session that
    /// turns out to be dead is replaced.
    async fn ready(&self, side: &Side, permit: &Permit, act: &Act, deadline: Instant) -> Result<(Arc<Guarded>, Sighting), DriverError> {
        let Service::Systemd(unit) = &act.instance.service;
        let mut newer_than = side.doubt(&act.instance.service);
        let mut retried = false;
        loop {
            let session = self.guarded(side, permit.term(), newer_than, deadline).await?;
            let asked = async {
                session.bus.follow(unit.as_str(), deadline).await?;
                session.bus.list_one(unit.as_str(), deadline).await
            };
            match asked.await {
                Ok(before) => return Ok((session, before)),
                Err(BusError::Lost(_)) if !retried => {
                    retried = true;
                    newer_than = Some(session.number);
                }
                Err(error) => return Err(from_bus(&side.name, "asking for its state", error)),
            }
        }
    }

    /// Looks at a service under a guard newer than anything sent for it.
    pub(super) async fn find_out(&self, permit: &Permit, instance: &Instance, deadline: Instant) -> Result<Fact, DriverError> {
        let side = self.side(&instance.host)?;
        let Service::Systemd(unit) = &instance.service;
        let doubt = side.doubt(&instance.service);
        let session = self.guarded(side, permit.term(), doubt, deadline).await?;
        let fact = session.settled(unit.as_str(), deadline, self.options.ask_every).await;
        let fact = fact.map_err(|error| from_bus(&instance.host, "asking for its state", error))?;
        // Another act may have gone out meanwhile, through this session.
        if side.doubt(&instance.service) == doubt {
            side.set_doubt(&instance.service, None);
        }
        Ok(fact)
    }
}

impl Guarded {
    /// Waits until nothing is queued for the unit, or as long as there is time to ask once more, and says what it does.
    async fn settled(&self, unit: &str, deadline: Instant, ask_every: std::time::Duration) -> Result<Fact, BusError> {
        let last = deadline - (deadline.saturating_duration_since(Instant::now()) / 5);
        let mut events = self.bus.events();
        self.bus.follow(unit, deadline).await?;
        loop {
            let sighting = self.bus.list_one(unit, deadline).await?;
            if !sighting.has_job() || Instant::now() >= last {
                let extra = self.extra(unit, &sighting, deadline).await?;
                return Ok(unit::fact(&sighting, &extra, Source::Asked, &self.boot_id));
            }
            let next = (Instant::now() + ask_every).min(last);
            // Whatever is said is only a reason to ask again.
            let _ = timeout_at(next, events.recv()).await;
        }
    }

    async fn extra(&self, unit: &str, sighting: &Sighting, deadline: Instant) -> Result<Extra, BusError> {
        let stopped = sighting.state().proven_stopped() && sighting.state() != State::Missing;
        let left = async { if stopped { self.bus.processes(unit, deadline).await.map(Some) } else { Ok(None) } };
        let (invocation, result, left) = tokio::join!(self.bus.invocation(unit, deadline), self.bus.result(unit, deadline), left);
        Ok(Extra { invocation: invocation.unwrap_or_default(), enablement: String::new(), result: result.unwrap_or_default(), left: left? })
    }
}

impl Work<'_> {
    /// Says so when nothing is to be done, or nothing can be.
    async fn needless(&self, before: &Sighting) -> Result<Option<Outcome>, BusError> {
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

    async fn send_and_wait(&self) -> Outcome {
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
                let (after, left) = tokio::join!(bus.list_one(self.unit, self.deadline), bus.processes(self.unit, self.deadline));
                let (after, left) = (after?, left?);
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
        if let Event::Changed { unit, change } = event
            && *unit == self.unit
        {
            self.went_up |= matches!(change.active.as_str(), "activating" | "active");
            self.down = matches!(change.active.as_str(), "failed" | "inactive" | "deactivating") || change.sub == "auto-restart";
        }
    }
}
