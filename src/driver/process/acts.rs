//! Taking a host, starting, stopping and settling through its host service.
//!
//! Nothing is sent for an act before the connection has answered a question, so a kept one that is dead is replaced first.
//! An act is sent once. It is sent again only after the service has refused it for not being taken, or for a sign of life that
//! it needs first, which did nothing.

use super::link::{Clocked, Failed, Link, Unanswered};
use super::looks::clean;
use super::{Greeted, ProcessHosts, Side};
use crate::core::fact::{Fact, Source};
use crate::core::model::{Instance, Process, ProcessMode, Service};
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::record::Term;
use crate::driver::counted::Counted;
use crate::driver::error::DriverError;
use crate::driver::words::tidy;
use crate::driver::{Act, Held, Outcome};
use crate::wire::host::{
    Claim, HostAct, HostAnswer, HostAsk, HostClock, HostOutcome, HostRefusal, HostRefusalKind, HostSettle, HostTake, Keeper, NotAfter,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// So long before our own end the service is to have come to its: a unit of work that is slow, and a host that hangs, are
/// told apart by it. A quarter of the time where that is less.
const LAST_WORD: Duration = Duration::from_secs(1);

/// How long a host that was started anew is waited for until a look has brought it a sign of life, and how often it is asked.
const SIGN: Duration = Duration::from_secs(5);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

const TAKING: &str = "taking it";
const ASKING: &str = "asking who has taken it";

/// A connection that has just answered, to a host that is held under the term of the act.
struct Ready {
    link: Arc<Link>,
    clock: Clocked,
}

/// Whether whoever asks passes on what a person did by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deeds {
    /// It does: the host is taken.
    Told,
    /// It does not.
    Kept,
}

impl ProcessHosts {
    fn claim(&self, term: Term) -> Claim {
        Claim { term, identity: self.identity.clone() }
    }

    /// Larger than all before it.
    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Takes a host under `term`, unless it says that it is held under it by us.
    pub(super) async fn raise(&self, side: &Side, term: Term, deadline: Instant) -> Result<Held, DriverError> {
        let Ready { clock, .. } = self.ready(side, term, Deeds::Told, deadline).await?;
        Ok(Held { term, boot_id: clock.clock.boot_id })
    }

    /// A connection that has just answered, to a host that is held under `term` by us. The first question changes nothing,
    /// so when the kept connection turns out to be dead it is asked again on a new one.
    ///
    /// What a person did by hand there is an error, however new our term is, until whoever takes the host has heard of it
    /// and comes with a newer term for it: nobody acts there before.
    async fn ready(&self, side: &Side, term: Term, deeds: Deeds, deadline: Instant) -> Result<Ready, DriverError> {
        let mut dead = None;
        loop {
            let Greeted { link, .. } = self.greeted(side, &side.acts, dead, deadline).await?;
            match self.status(side, &link, dead.is_none(), deadline).await {
                Ok((clock, keeper)) => {
                    self.deed(side, term, keeper.as_ref(), deeds)?;
                    let ours = keeper.as_ref().is_some_and(|k| k.term == term && k.identity == self.identity && k.by_hand.is_none());
                    // Of this one whoever takes the host has heard; of one that is done meanwhile it has not.
                    let deed = keeper.filter(|keeper| keeper.by_hand.is_some()).map(|keeper| keeper.term);
                    let clock = if ours { clock } else { self.take_on(side, &link, (term, deed), &clock, deadline).await? };
                    side.hold(term);
                    return Ok(Ready { link, clock });
                }
                Err((true, _)) if dead.is_none() => dead = Some(link.number),
                Err((_, error)) => return Err(error),
            }
        }
    }

    fn deed(&self, side: &Side, term: Term, keeper: Option<&Keeper>, deeds: Deeds) -> Result<(), DriverError> {
        let told = |kept: Term| side.deed().is_some_and(|(deed, asked)| deed == kept && asked < term);
        let Some(keeper) = keeper.filter(|keeper| keeper.by_hand.is_some() && !told(keeper.term)) else { return Ok(()) };
        if deeds == Deeds::Told && side.deed().is_none_or(|(deed, _)| deed != keeper.term) {
            side.set_deed(keeper.term, term);
        }
        if let Some(held) = side.held() {
            side.lose(held);
        }
        let mut about = self.about(side, TAKING);
        about.term = Some(term);
        let kind = HostRefusalKind::Term { keeper: keeper.clone() };
        Err(about.refused(HostRefusal { kind, message: "somebody acted there by hand".to_owned() }))
    }

    /// The service's clock and who took it last. `true` with an error: another connection may do better.
    async fn status(
        &self,
        side: &Side,
        link: &Link,
        first: bool,
        deadline: Instant,
    ) -> Result<(Clocked, Option<Keeper>), (bool, DriverError)> {
        let about = self.about(side, ASKING);
        let left = deadline.saturating_duration_since(Instant::now());
        // A kept connection may be dead without anybody having noticed.
        let until = if first { Instant::now() + left / 2 } else { deadline };
        match link.ask(until, || HostAsk::Status).await {
            Ok(HostAnswer::Status(status)) => {
                let clock = self.clocked(side, link, status.clock, ASKING).map_err(|error| (false, error))?;
                Ok((clock, status.keeper))
            }
            Ok(_) => Err((false, self.distrusted(link, about.nonsense("it did not say who took it")))),
            Err(why) => Err((!matches!(why, Unanswered::Refused(_)), about.unanswered(why))),
        }
    }

    /// Raises the term. Whatever a monitor with an older one, or another life with this one, has under way is then refused
    /// by the service.
    async fn take_on(
        &self,
        side: &Side,
        link: &Link,
        (term, deed): (Term, Option<Term>),
        clock: &Clocked,
        deadline: Instant,
    ) -> Result<Clocked, DriverError> {
        let mut about = self.about(side, TAKING);
        about.term = Some(term);
        if let Some(kept) = side.held().filter(|held| *held > term) {
            let keeper = Keeper { term: kept, identity: self.identity.clone(), by_hand: None };
            return Err(about.refused(HostRefusal { kind: HostRefusalKind::Term { keeper }, message: "taken since".to_owned() }));
        }
        let take = HostTake { claim: self.claim(term), deed, not_after: clock.until(deadline) };
        match link.ask(deadline, || HostAsk::Take(take)).await {
            Ok(HostAnswer::Taken { clock }) => self.clocked(side, link, clock, TAKING),
            Ok(_) => Err(self.distrusted(link, about.nonsense("it did not say that it was taken"))),
            Err(why) => {
                side.hear(&why, term);
                Err(about.unanswered(why))
            }
        }
    }

    /// Carries out one act.
    pub(super) async fn carry_out(&self, permit: &Permit, act: &Act) -> Outcome {
        let deadline = Instant::now() + act.timeout;
        let unsent = |error: &DriverError| Outcome::NotSent {
            detail: format!("{}: {} was not asked for, nothing was sent: {error}", act.instance, act.action.word()),
        };
        let (side, process) = match self.of(&act.instance) {
            Ok(of) => of,
            Err(error) => return unsent(&error),
        };
        let _counted = Counted::new(&side.acting);
        tracing::info!(host = %side.name, %process, action = act.action.word(), term = permit.term().0, purpose = permit.purpose(), "act");
        let (mut again, patient) = (false, Instant::now() + SIGN);
        let outcome = loop {
            let ready = match self.ready(side, permit.term(), Deeds::Kept, deadline).await {
                Ok(ready) => ready,
                Err(error) => break unsent(&error),
            };
            let lease_ms = if starts_active(process, act) { side.lease(|lease| lease.promised()) } else { None };
            match self.send(&ready, permit.term(), (process, lease_ms), act, deadline).await {
                Ok(outcome) => break said(&act.instance, outcome),
                // The service has lost its record, or was changed for another one.
                Err(Unanswered::Refused(HostRefusal { kind: HostRefusalKind::NotTaken, .. })) if !again => {
                    again = true;
                    side.lose(permit.term());
                }
                // A look brings the sign of life that is missing, most likely soon.
                Err(Unanswered::Refused(HostRefusal { kind: HostRefusalKind::NoLease, .. })) if Instant::now() < patient.min(deadline) => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Err(why) => break self.undone(side, permit.term(), act, why),
            }
        };
        tracing::info!(host = %side.name, %process, ?outcome, "act ended");
        outcome
    }

    /// Hands the act over, and waits for its end.
    async fn send(
        &self,
        ready: &Ready,
        term: Term,
        (process, lease_ms): (&Process, Option<u64>),
        act: &Act,
        deadline: Instant,
    ) -> Result<HostOutcome, Unanswered> {
        let left = deadline.saturating_duration_since(Instant::now());
        let its_own = left.saturating_sub(LAST_WORD.min(left / 4));
        let (claim, process, not_after) = (self.claim(term), process.clone(), ready.clock.until(deadline));
        // The number is drawn when the act has its place in the order of what goes out: one that is settled later on this
        // connection has a smaller one and is before it.
        let ask = || {
            let (number, action) = (self.number(), act.action);
            HostAsk::Act(HostAct { claim, number, process, action, timeout_ms: millis(its_own), lease_ms, not_after })
        };
        match ready.link.ask(deadline, ask).await? {
            HostAnswer::Acted(outcome) => Ok(outcome),
            _ => {
                ready.link.distrust("it did not say what became of an act");
                Err(Unanswered::Sent(Failed::Over(ready.link.end())))
            }
        }
    }

    /// What an act without an end is worth.
    ///
    /// Before it was handed to the connection, or when the service refused it, nothing was done. After that nothing is
    /// known, and nothing has to be: it may begin until its not-after at most, in this boot, under this term; and whoever
    /// wants to know settles, with a larger number. The service then refuses the act if it comes after the settling, and has
    /// waited for its end if it came before. So what a settling tells is not changed by it any more.
    fn undone(&self, side: &Side, term: Term, act: &Act, why: Unanswered) -> Outcome {
        let (instance, word) = (&act.instance, act.action.word());
        let mut about = self.about(side, "waiting for the act's end");
        about.term = Some(term);
        if let Service::Process(process) = &instance.service {
            about.process = Some(process);
        }
        side.hear(&why, term);
        match why {
            Unanswered::Unsent(failed) => {
                let detail = format!("{instance}: {word} was not asked for, nothing was sent: {}", about.failed(failed));
                Outcome::NotSent { detail }
            }
            Unanswered::Refused(refusal) => {
                Outcome::NotSent { detail: format!("{instance}: {word} was refused, nothing was done: {}", about.refused(refusal)) }
            }
            Unanswered::Sent(failed) => {
                let detail = format!("{instance}: {word} was sent, and what became of it is not known: {}", about.failed(failed));
                Outcome::Unknown { detail }
            }
        }
    }

    /// What a process does, once nothing that was sent for it before can change it.
    pub(super) async fn find_out(&self, permit: &Permit, instance: &Instance, deadline: Instant) -> Result<Fact, DriverError> {
        const STAGE: &str = "settling what was sent";
        let (side, process) = self.of(instance)?;
        let _counted = Counted::new(&side.acting);
        let mut about = self.about(side, STAGE);
        (about.term, about.process) = (Some(permit.term()), Some(process));
        let mut again = false;
        loop {
            let ready = self.ready(side, permit.term(), Deeds::Kept, deadline).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            let wait_ms = millis(left.saturating_sub(LAST_WORD.min(left / 4)));
            let (claim, asked) = (self.claim(permit.term()), process.clone());
            let ask = || HostAsk::Settle(HostSettle { claim, number: self.number(), process: asked, wait_ms });
            match ready.link.ask(deadline, ask).await {
                Ok(HostAnswer::Settled { fact }) if fact.boot_id == ready.clock.clock.boot_id => {
                    return Ok(clean(fact, Source::Supervisor));
                }
                Ok(_) => return Err(self.distrusted(&ready.link, about.nonsense("it did not say what the process does"))),
                Err(Unanswered::Refused(HostRefusal { kind: HostRefusalKind::NotTaken, .. })) if !again => {
                    again = true;
                    side.lose(permit.term());
                }
                Err(why) => {
                    side.hear(&why, permit.term());
                    return Err(about.unanswered(why));
                }
            }
        }
    }

    fn of<'a>(&'a self, instance: &'a Instance) -> Result<(&'a Side, &'a Process), DriverError> {
        let side = self.side(&instance.host)?;
        match &instance.service {
            Service::Process(process) => Ok((side, process)),
            Service::Systemd(_) | Service::Agent(_) | Service::Hook(_) | Service::Power => {
                Err(DriverError::NotSupervised { host: side.name.clone() })
            }
        }
    }

    /// A clock that just came, if it can be true.
    pub(super) fn clocked(&self, side: &Side, link: &Link, clock: HostClock, stage: &'static str) -> Result<Clocked, DriverError> {
        let clocked = Clocked::now(clock);
        side.believe(&clocked.clock.boot_id, stage).map_err(|error| self.distrusted(link, error))?;
        Ok(clocked)
    }

    /// Ends a connection on which something came that was not agreed.
    pub(super) fn distrusted(&self, link: &Link, error: DriverError) -> DriverError {
        link.distrust(&error.to_string());
        error
    }
}

impl Side {
    /// What a refusal says of who has the host.
    pub(super) fn hear(&self, why: &Unanswered, term: Term) {
        if let Unanswered::Refused(HostRefusal { kind: HostRefusalKind::Term { .. } | HostRefusalKind::NotTaken, .. }) = why {
            self.lose(term);
        }
    }
}

impl Clocked {
    /// `deadline` by the host's clock, or earlier: whenever the host read its clock, it was not after the answer was heard,
    /// so by its own clock it is past this time when we have given up.
    fn until(&self, deadline: Instant) -> NotAfter {
        let left = deadline.saturating_duration_since(self.heard);
        NotAfter { boot_id: self.clock.boot_id.clone(), boot_ms: self.clock.boot_ms.saturating_add(millis(left)) }
    }
}

/// Whether something runs after `act` that must run on one side only.
fn starts_active(process: &Process, act: &Act) -> bool {
    act.action == Action::Start && process.mode == ProcessMode::Active
}

/// The service's own words, with what they are about.
fn said(instance: &Instance, outcome: HostOutcome) -> Outcome {
    let about = |detail: &str| {
        let detail = tidy(detail);
        if detail.starts_with(&instance.to_string()) { detail } else { format!("{instance}: {detail}") }
    };
    match outcome {
        HostOutcome::Done { detail } => Outcome::Done { detail: about(&detail) },
        HostOutcome::Failed { detail } => Outcome::Failed { detail: about(&detail) },
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
