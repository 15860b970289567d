//! The network of the demo: a front for each host, between the monitor (and everybody else) and the host's own network
//! card, a Unix socket. A front can be frozen: then nothing moves on it, and new connections get no answer at all.

mod forward;
mod front;
mod pump;

pub use forward::Card;
pub use front::Front;

use std::path::{Path, PathBuf};

/// How a front stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wire {
    /// Whether anything moves.
    pub open: bool,
    /// Grows whenever all connections of before are void: they are reset once the wire is open.
    pub life: u64,
}

/// The host's network card: where its SSH server takes connections.
#[must_use]
pub fn card(dir: &Path, host: &str) -> PathBuf {
    dir.join(host).join("wire.sock")
}

/// A file that is there while a host, switched off or hung, answers nobody.
#[must_use]
pub fn silent(dir: &Path, host: &str) -> PathBuf {
    dir.join("net").join(format!("{host}.off"))
}

/// A file that is there while a host's answers are lies.
#[must_use]
pub fn lies(dir: &Path, host: &str) -> PathBuf {
    dir.join("net").join(format!("{host}.lies"))
}

#[cfg(test)]
mod tests;
