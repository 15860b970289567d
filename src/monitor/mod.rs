//! The monitor: the daemon that watches, decides and acts.

pub mod acceptance;
mod api;
mod carrier;
pub mod event;
pub mod gate;
mod hands;
mod kept;
pub mod lease;
mod leave;
mod metrics;
pub mod notify;
mod peer;
mod reread;
mod service;
pub mod state;
mod survey;
mod targets;
mod vantage;
mod watch;

pub use leave::leave;
pub use service::{Ended, MonitorError, run};
pub use survey::survey;
