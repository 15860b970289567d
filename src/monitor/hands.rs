//! The executor's hands: the drivers of the cluster's hosts.

use crate::core::fact::Fact;
use crate::core::model::Instance;
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::core::run::Outcome;
use crate::driver::{self, Act, Hosts};
use crate::run::{Hands, Ready};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;

/// Acts and looks through a driver.
pub struct DriverHands {
    hosts: Arc<dyn Hosts>,
}

impl DriverHands {
    /// Hands on these hosts.
    pub fn new(hosts: Arc<dyn Hosts>) -> Self {
        Self { hosts }
    }
}

#[async_trait]
impl Hands for DriverHands {
    async fn act(&self, permit: Permit, instance: &Instance, action: Action, timeout: Duration) -> (Outcome, String) {
        said(self.hosts.act(permit, &Act { instance: instance.clone(), action, timeout }).await)
    }

    async fn ready<'a>(&'a self, permit: &Permit, instance: &'a Instance, action: Action, timeout: Duration) -> Box<dyn Ready + 'a> {
        Box::new(Asked(self.hosts.ready(permit, Act { instance: instance.clone(), action, timeout }).await))
    }

    async fn look(&self, permit: &Permit, instance: &Instance, deadline: Duration) -> Result<Fact, String> {
        self.hosts.settle(permit, instance, deadline).await.map_err(|error| error.to_string())
    }
}

/// An act of the driver's that nothing was sent of yet.
struct Asked<'a>(Box<dyn driver::Ready + 'a>);

#[async_trait]
impl Ready for Asked<'_> {
    async fn send(self: Box<Self>, permit: Permit) -> (Outcome, String) {
        said(self.0.send(permit).await)
    }
}

/// What the driver says, for the run.
fn said(outcome: driver::Outcome) -> (Outcome, String) {
    match outcome {
        driver::Outcome::Done { detail } => (Outcome::Done, detail),
        driver::Outcome::Failed { detail } => (Outcome::Failed, detail),
        driver::Outcome::NotSent { detail } => (Outcome::NotSent, detail),
        driver::Outcome::Unknown { detail } => (Outcome::Unknown, detail),
    }
}
