//! Reaching a monitor: one trait for a connection, one for making one, and every way in which that fails.
//!
//! The command line and the console know [`Link`], [`Dial`] and [`ClientError`], and what is made of them here: [`Feed`] and
//! [`submit`]. Which transport stands behind them is chosen in `app`. Nothing here decides what is allowed: the monitor does, per connection.

mod error;
mod feed;
mod link;
pub mod local;
pub mod ssh;
mod submission;
mod talk;
#[cfg(test)]
mod testing;

pub use error::ClientError;
pub use feed::{Feed, Item};
pub use link::{Dial, Link};
pub use ssh::{Hops, Rights, Via};
pub use submission::{Submitted, look_for, submit};
#[cfg(test)]
pub use testing::{Books, Fake};
