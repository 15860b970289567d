//! Who may act. Kinds of lease stand behind one trait; the gate asks it before every act.

mod single;

pub use single::Single;

use crate::core::record::Term;
use std::time::Duration;

/// A lease that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its term, larger than all before.
    pub term: Term,
    /// By the steady clock that runs through suspend (`CLOCK_BOOTTIME`): no act is dispatched after this. `None` where the
    /// lease does not expire.
    pub good_until: Option<Duration>,
}

/// A kind of lease.
pub trait Lease: Send {
    /// Its word in the configuration and on the screen.
    fn kind(&self) -> &'static str;

    /// Who this monitor is.
    fn holder(&self) -> &str;

    /// Takes the lease under a term larger than `known`, which is the newest in the journal.
    ///
    /// # Errors
    /// In words for operators, when another monitor holds it.
    fn acquire(&mut self, known: Term) -> Result<Holding, String>;
}

/// The time by the steady clock that runs through suspend.
#[must_use]
pub fn boot_time() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}
