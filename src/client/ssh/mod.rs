//! Reaching a monitor on another machine: its Unix sockets, through SSH and any number of jumps.
//!
//! The way is for looking unless somebody said that it is to operate. What may be done is decided on the far side all the
//! same: by the mode of the socket there for the account that logs in, and by the monitor.

mod dial;
mod hops;
mod refused;

pub use dial::Far;
pub use hops::{Hops, Rights, Via};
