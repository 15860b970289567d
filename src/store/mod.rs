//! The journal: append-only files of checksummed JSON lines, one cluster a folder.
//!
//! [`Journal`] is the file; [`Scribe`] owns one on a thread of its own, so that nobody waits for a disk on an
//! asynchronous thread. What the entries mean is the core's business.

mod aside;
mod error;
mod journal;
mod line;
mod lock;
mod merged;
mod room;
mod scribe;
mod segment;

pub use aside::open_cut;
pub use error::StoreError;
pub use journal::{Journal, Limits, Opened, Torn, hold, read_from};
pub use line::MAX_RECORD;
pub use lock::{NoLock, lock};
pub use merged::{MOST_JOURNALS, merged};
pub use scribe::{Scribe, Written};

#[cfg(test)]
mod tests;
