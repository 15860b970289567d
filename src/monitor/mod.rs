//! The monitor: the daemon that watches, decides and acts.

pub mod api;
pub mod event;
pub mod gate;
pub mod lease;
pub mod state;
mod hands;
mod service;
mod targets;
mod watch;

pub use service::{MonitorError, run};
