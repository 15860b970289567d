//! How a service is started, stopped and looked at on a host: systemd over SSH, with the guard for terms; the host's own
//! host service, through a tunnel to its socket; agents, which a shell calls on the host; and fencing. [`Router`] is all of them as one.
//!
//! The monitor's executor acts and settles through [`Hosts`]; the probe room looks and listens. A driver never decides:
//! it does what a [`Permit`] allows, and says what the host says.
//!
//! How an act is kept from being done late or twice: a host is *taken* under a term by a small script (`scripts/guard.sh`)
//! that refuses an older term, and the same term from another monitor, ends the holder before it, and then becomes the bridge to systemd's D-Bus, keeping a lock
//! for as long as it lives. All acts go through that bridge. When an answer does not come, or the channel is lost, nothing
//! is known: the session is dropped, and whoever wants to know takes the host again, which ends the old bridge, before
//! asking. So whatever was sent earlier has either been done by then, or never will be.
//!
//! A host service keeps the same by itself: it refuses older terms, other lives under the same term, what comes after its
//! time by the host's own clock, and acts that a later settling has made void.
//!
//! Agents have a guard of their own (`scripts/agent-guard.sh`), with a record of its own. It stays in the place of the bridge,
//! and carries out what it is told, one line an action; what still runs under it ends with it.
//!
//! Rights: the guard and the acts need root on the host, by login or by `sudo -n /bin/sh` (which amounts to root). Looking
//! needs no rights beyond a login, but for agents, whose monitors are called as root. For a host service the login has to be able to open its socket.

mod act;
mod agent;
mod boots;
mod bus;
mod clock;
mod counted;
mod deeds;
mod doubts;
mod error;
mod fence;
mod guard;
mod hand;
mod leave;
mod look;
mod process;
mod push;
mod router;
mod session;
mod show;
mod survey;
mod systemd;
mod unit;
mod words;

pub use agent::{AgentHosts, AgentProblem, AgentSurvey, Agents};
pub use clock::Clock;
pub use error::{DriverError, Operated};
pub use fence::FenceDevices;
pub use hand::{HandError, by_hand, ground};
pub use process::{ProcessHosts, Served, ServiceSurvey};
pub use push::{Push, Pushes};
pub use router::{Carries, Drivers, Router};
pub use survey::{Neighbour, Survey, UnitSurvey};
pub use systemd::{Options, SystemdHosts};

use crate::core::fact::Fact;
use crate::core::model::{HostName, Instance, Service};
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::record::Term;
use crate::ssh::Knock;
use async_trait::async_trait;
use std::time::Duration;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// To what, and where.
    pub instance: Instance,
    /// Start or stop.
    pub action: Action,
    /// The longest that the answer may take, from the call; taking the host counts.
    pub timeout: Duration,
}

/// What became of an act, with a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The host says that it is as it should be.
    Done {
        /// How.
        detail: String,
    },
    /// It is not: the host says so.
    Failed {
        /// Why.
        detail: String,
    },
    /// Nothing was sent for it: the host cannot be reached, or could not be taken. What it does is as before.
    NotSent {
        /// Why.
        detail: String,
    },
    /// Something was sent, and nothing that can be relied on is known. [`Hosts::settle`] before anything else.
    Unknown {
        /// What was waited for.
        detail: String,
    },
}

impl Outcome {
    /// The sentence.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Done { detail } | Self::Failed { detail } | Self::NotSent { detail } | Self::Unknown { detail } => detail,
        }
    }
}

/// A host that is held under a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Under which.
    pub term: Term,
    /// The boot that it is in.
    pub boot_id: String,
}

/// An act that nothing was sent of yet. Dropping it leaves everything as it is.
#[async_trait]
pub trait Ready: Send {
    /// Does it, as [`Hosts::act`] does. What was asked beforehand is asked again where that was long ago.
    async fn send(self: Box<Self>, permit: Permit) -> Outcome;
}

/// One that nothing was asked for beforehand.
struct Unasked<'a, H: ?Sized> {
    hosts: &'a H,
    act: Act,
}

#[async_trait]
impl<H: Hosts + ?Sized> Ready for Unasked<'_, H> {
    async fn send(self: Box<Self>, permit: Permit) -> Outcome {
        self.hosts.act(permit, &self.act).await
    }
}

/// The hosts of a cluster, as far as acting and looking go.
#[async_trait]
pub trait Hosts: Send + Sync {
    /// Raises the term on a host, ends whoever held it before, and keeps the session for acts. A host that is held under
    /// this very term, and answers, is left as it is.
    ///
    /// # Errors
    /// The host is unknown, silent, or refuses: see [`DriverError`].
    async fn take(&self, host: &HostName, term: Term, deadline: Duration) -> Result<Held, DriverError>;

    /// Starts or stops a service and waits until that has an end: systemd's job, after which the state is asked for once
    /// more, or the host service's word. Takes the host first where that is needed. It returns within `act.timeout`. Dropping the future leaves the act in doubt.
    async fn act(&self, permit: Permit, act: &Act) -> Outcome;

    /// Asks everything that is to be known just before an act, and sends nothing of it: what else has to be known first can
    /// be found out at the same time. Where nothing is asked beforehand, that is all done when it is sent.
    async fn ready<'a>(&'a self, _permit: &Permit, act: Act) -> Box<dyn Ready + 'a> {
        Box::new(Unasked { hosts: self, act })
    }

    /// What a service does, asked under a guard that was taken, or with a number that was drawn, after anything that was
    /// sent for it: what this returns cannot be changed by an act of before. Waits, within the deadline, for what is under
    /// way to end.
    ///
    /// # Errors
    /// Nothing is known: the host is silent, or refuses.
    async fn settle(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, DriverError>;

    /// What services do now, in one look, without a term. A host without the bridge is asked by `systemctl show`. A host
    /// that is to stop its processes by itself gets a sign of life with it, once this life of the monitor has taken it.
    ///
    /// # Errors
    /// The host did not answer in time, or not in a way that can be used.
    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError>;

    /// Whoever takes `host` from now on has the deeds by hand on its units up to the term `deed` on stable storage: a guard that
    /// keeps a newer one refuses, and it is told. Nothing was heard before this.
    fn heard(&self, _host: &HostName, _deed: Option<Term>) {}

    /// Whether a host that this process has taken is held by it no more, though nobody here has let go of it: its guard was
    /// ended, by somebody on the host or by a newer monitor. Only taking it again tells. Known without asking anybody.
    fn untaken(&self, _host: &HostName) -> bool {
        false
    }

    /// Whether the host's kernel says anything to a new connection: asked beside a look that is not answered yet. Who cannot
    /// ask that says so.
    async fn knock(&self, host: &HostName, patience: Duration) -> Knock {
        let why = format!("nobody can ask {host} within {patience:?}");
        Knock::NotTried { why }
    }

    /// Changes of services as the host's systemd, or its host service, tells them, from the return of this call until the session ends.
    ///
    /// # Errors
    /// The host is silent, or has no bridge, or no host service that answers.
    async fn pushed(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Pushes, DriverError>;
}
