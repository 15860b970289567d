//! Makes the sockets, with their rights in place before anybody can connect.

use crate::wire::local::{Unbound, bind};
use std::io;
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// Why a socket cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The system refuses.
    #[error("socket {path}: cannot {what}: {source}; look at the folder's rights, or set `run_dir` under [monitor]")]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A group that does not exist.
    #[error("group {0:?} does not exist on this host: make it, or correct the key under [monitor]")]
    NoGroup(String),
}

/// The sockets.
#[derive(Debug)]
pub struct Sockets {
    pub(super) operate: UnixListener,
    pub(super) observe: UnixListener,
    pub(super) peer: Option<UnixListener>,
}

impl Sockets {
    /// Makes them in `dir`, that for another monitor only where there is one (`peer`), replacing what an earlier life left; whoever calls this holds the journal's lock. Without a
    /// group only the monitor's own user may connect. Blocks on the disk for a moment.
    ///
    /// # Errors
    /// When the folder or a socket cannot be made, or a group does not exist.
    pub fn make(dir: &Path, operators: Option<&str>, observers: Option<&str>, peer: bool) -> Result<Self, ApiError> {
        let make = |name: &str, group| {
            let path = dir.join(name);
            bind(&path, group).map_err(|why| match why {
                Unbound::NoGroup(group) => ApiError::NoGroup(group),
                Unbound::Io(what, source) => ApiError::Io { path, what, source },
            })
        };
        let peer = if peer { Some(make("peer.sock", None)?) } else { None };
        Ok(Self { operate: make("operate.sock", operators)?, observe: make("observe.sock", observers)?, peer })
    }
}
