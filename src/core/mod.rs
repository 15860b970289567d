//! The pure core: what a cluster is, what a command would do, and how a run goes on.
//!
//! Everything here is values in, values out: no clock, no sockets, no files, no runtime. Time comes in with the value
//! that needs it. The monitor, the command line and the tests all drive the same functions.
//!
//! - [`model`]: cluster, site, host, component, service: ids and static facts.
//! - [`fact`]: what was observed of a service, and what that proves.
//! - [`health`]: what the evidence of hosts and components amounts to.
//! - [`readiness`]: whether a role could change now.
//! - [`trigger`]: what the monitor decides by itself, and why.
//! - [`command`]: what may be asked for, its danger, who may ask, and how it ends.
//! - [`plan`]: from command and picture to a numbered plan, or to a refusal with reasons.
//! - [`run`]: the run machine: which step next, what to undo, when it is over.
//! - [`pair`]: which of two monitors acts.
//! - [`leaving`]: what is found on hosts when Switchtower is taken off them.
//! - [`by_hand`]: what a person asks of a unit on the very host, and what comes of it.
//! - [`record`]: what the journal holds, and the state that follows from it.

pub mod by_hand;
#[cfg(test)]
mod check;
pub mod command;
pub mod fact;
pub mod health;
pub mod leaving;
pub mod model;
pub mod pair;
pub mod permit;
pub mod plan;
pub mod readiness;
pub mod record;
pub mod run;
#[cfg(test)]
pub mod testing;
pub mod trigger;
