//! What processes do, asked without a term; with each look goes the sign of life that keeps a host from stopping them by
//! itself.

use super::link::{Clocked, Link, Unanswered};
use super::tells::Processes;
use super::{Greeted, ProcessHosts, Side};
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{Process, Service};
use crate::core::record::Term;
use crate::driver::error::DriverError;
use crate::driver::words::tidy;
use crate::wire::host::{Claim, HostAnswer, HostAsk, HostLease, HostLook, HostRefusal, HostRefusalKind};
use tokio::time::Instant;

const STAGE: &str = "looking at its processes";

impl ProcessHosts {
    pub(super) async fn look_at(&self, side: &Side, services: &[Service], deadline: Instant) -> Result<Vec<(Service, Fact)>, DriverError> {
        let processes = side.processes(services)?;
        let greeted = self.greeted(side, &side.watch, None, deadline).await?;
        let looking = Looking { hosts: self, side, greeted: &greeted, deadline };
        let Looked { facts, clock, signed } = looking.look(&processes).await?;
        // From here on our caller knows that the host was heard: the next sign of life may hold from this clock.
        side.lease(|lease| lease.tell(clock.clock, signed));
        let facts = facts.into_iter().map(|fact| agreed(fact, signed));
        Ok(services.iter().cloned().zip(facts).collect())
    }

    pub(super) async fn follow(&self, side: &Side, services: &[Service], deadline: Instant) -> Result<Processes, DriverError> {
        let about = self.about(side, "asking to be told of changes");
        let processes = side.processes(services)?;
        let Greeted { link, welcome } = self.greeted(side, &side.watch, None, deadline).await?;
        let told = link.told();
        let asked = processes.clone();
        match link.ask(deadline, || HostAsk::Follow { processes: asked }).await {
            Ok(HostAnswer::Following) => {
                Ok(Processes::new(side.name.clone(), processes, welcome.clock.boot_id, link, told, side.lease.clone()))
            }
            Ok(_) => Err(self.distrusted(&link, about.nonsense("it did not say that it tells"))),
            Err(why) => Err(about.unanswered(why)),
        }
    }
}

/// A look that is under way.
struct Looking<'a> {
    hosts: &'a ProcessHosts,
    side: &'a Side,
    greeted: &'a Greeted,
    deadline: Instant,
}

impl Looking<'_> {
    async fn look(&self, processes: &[Process]) -> Result<Looked, DriverError> {
        let sign = self.sign();
        let disarm = self.disarm();
        match self.ask(processes, sign.clone(), disarm).await {
            Err(Unlooked::Refused(refusal)) => self.without(processes, sign, refusal).await,
            Ok((facts, clock)) => Ok(Looked { facts, clock, signed: sign.is_some() }),
            Err(why) => Err(self.error(why)),
        }
    }

    /// The claim of this life, where the host is not to stop by itself: a life of before may have wanted it.
    fn disarm(&self) -> Option<Claim> {
        let off = self.side.lease(|lease| lease.is_off());
        let term = self.side.held().filter(|_| off)?;
        Some(Claim { term, identity: self.hosts.identity.clone() })
    }

    /// A look that was refused says something all the same, when it is asked in another way.
    async fn without(&self, processes: &[Process], sign: Option<HostLease>, refusal: HostRefusal) -> Result<Looked, DriverError> {
        match (&refusal.kind, &sign) {
            // One name that it does not know spoils the answer for all: ask one by one.
            (HostRefusalKind::NoProcess, _) => self.one_by_one(processes, sign).await,
            // The sign of life is not taken. Anybody may look, so the look goes on without it.
            (HostRefusalKind::Term { .. } | HostRefusalKind::NotTaken, _) if self.side.held().is_some() => {
                tracing::warn!(host = %self.side.name, why = %tidy(&refusal.message), "it takes no sign of life from this monitor");
                if let Some(term) = self.side.held() {
                    self.side.lose(term);
                }
                self.unsigned(processes).await
            }
            (HostRefusalKind::OtherBoot | HostRefusalKind::Late, Some(_)) => {
                self.side.lease(super::lease::Lease::forget);
                self.unsigned(processes).await
            }
            _ => Err(self.error(Unlooked::Refused(refusal))),
        }
    }

    /// A process that the service does not know may still run, started under a name of before: nothing is known of it.
    async fn one_by_one(&self, processes: &[Process], sign: Option<HostLease>) -> Result<Looked, DriverError> {
        let signed = sign.is_some();
        let (_, mut clock) = self.ask(&[], sign, self.disarm()).await.map_err(|why| self.error(why))?;
        let mut facts = Vec::with_capacity(processes.len());
        for process in processes {
            match self.ask(std::slice::from_ref(process), None, None).await {
                Ok((fact, later)) => {
                    facts.extend(fact);
                    clock = later;
                }
                Err(Unlooked::Refused(refusal)) if refusal.kind == HostRefusalKind::NoProcess => {
                    facts.push(not_known(process, &clock));
                }
                Err(why) => return Err(self.error(why)),
            }
        }
        Ok(Looked { facts, clock, signed })
    }

    /// A look that changes nothing of what was agreed.
    async fn unsigned(&self, processes: &[Process]) -> Result<Looked, DriverError> {
        let (facts, clock) = self.ask(processes, None, None).await.map_err(|why| self.error(why))?;
        Ok(Looked { facts, clock, signed: false })
    }

    /// The sign of life for this look, where the host wants one and this life of the monitor may give it.
    fn sign(&self) -> Option<HostLease> {
        let (held, identity, now) = (self.side.held(), &self.hosts.identity, &self.greeted.welcome.clock);
        self.side.lease(|lease| lease.sign(held, identity, now))
    }

    async fn ask(&self, processes: &[Process], lease: Option<HostLease>, disarm: Option<Claim>) -> Result<(Vec<Fact>, Clocked), Unlooked> {
        let about = self.hosts.about(self.side, STAGE);
        let link: &Link = &self.greeted.link;
        let look = HostLook { processes: processes.to_vec(), lease, disarm };
        let (facts, clock) = match link.ask(self.deadline, || HostAsk::Look(look)).await {
            Ok(HostAnswer::Looked { deed: Some(keeper), .. }) => {
                // Whoever looks at it takes it next, and hears of that; nothing is decided on what a person may have done.
                let mut about = about;
                about.term = Some(self.side.held().unwrap_or(Term(0)));
                let kind = HostRefusalKind::Term { keeper: *keeper };
                let refusal = HostRefusal { kind, message: "somebody acted there by hand".to_owned() };
                return Err(Unlooked::Failed(about.refused(refusal)));
            }
            Ok(HostAnswer::Looked { facts, clock, deed: None }) => (facts, clock),
            Ok(_) => return Err(Unlooked::Failed(self.hosts.distrusted(link, about.nonsense("it did not say what its processes do")))),
            Err(Unanswered::Refused(refusal)) => return Err(Unlooked::Refused(refusal)),
            Err(why) => return Err(Unlooked::Failed(about.unanswered(why))),
        };
        let clock = self.hosts.clocked(self.side, link, clock, STAGE).map_err(Unlooked::Failed)?;
        let here = |fact: &Fact| fact.boot_id == clock.clock.boot_id;
        if facts.len() != processes.len() || !facts.iter().all(here) {
            let reason = format!("{} facts for {} processes, or of another boot than its clock", facts.len(), processes.len());
            return Err(Unlooked::Failed(self.hosts.distrusted(link, about.nonsense(&reason))));
        }
        Ok((facts.into_iter().map(|fact| clean(fact, Source::Supervisor)).collect(), clock))
    }

    fn error(&self, why: Unlooked) -> DriverError {
        match why {
            Unlooked::Failed(error) => error,
            Unlooked::Refused(refusal) => self.hosts.about(self.side, STAGE).refused(refusal),
        }
    }
}

/// What a look has shown.
struct Looked {
    facts: Vec<Fact>,
    clock: Clocked,
    /// It carried a sign of life, which was taken.
    signed: bool,
}

/// A fact whose word about stopping by itself is kept only where that was agreed with this life of the monitor: a life of
/// before may have agreed on another length.
pub(super) fn agreed(fact: Fact, agreed: bool) -> Fact {
    Fact { self_stop_ms: fact.self_stop_ms.filter(|_| agreed), ..fact }
}

/// Why one question of a look has shown nothing.
enum Unlooked {
    Failed(DriverError),
    Refused(HostRefusal),
}

fn not_known(process: &Process, clock: &Clocked) -> Fact {
    Fact {
        state: State::Unknown,
        invocation: None,
        detail: format!("the host service knows no process {}: add [processes.{}] to its host.toml", process.name, process.name),
        enablement: String::new(),
        source: Source::Supervisor,
        boot_id: clock.clock.boot_id.clone(),
        self_stop_ms: None,
    }
}

/// A fact with words that are fit for a screen, and the way that it really came.
pub(super) fn clean(fact: Fact, source: Source) -> Fact {
    let Fact { state, invocation, detail, enablement, boot_id, self_stop_ms, .. } = fact;
    let invocation = invocation.map(|id| tidy(&id)).filter(|id| !id.is_empty());
    Fact { state, invocation, detail: tidy(&detail), enablement: tidy(&enablement), source, boot_id, self_stop_ms }
}
