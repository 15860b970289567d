//! What can go wrong with a demo, for whoever wanted to see it.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why there is no demo, or no more.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No folder is short enough for the paths of sockets.
    #[error("there is no folder for the demo: {tried}; set TMPDIR to a short path that can be written to, such as /tmp")]
    NoFolder {
        /// What was tried, and why it would not do.
        tried: String,
    },
    /// A file or folder of the demo.
    #[error("the demo cannot {what} {path}: {why}")]
    File {
        /// What was to be done.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// There is no demo at that place.
    #[error("there is no demo in {path}: {why}")]
    NoDemo {
        /// The folder.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// Keys for the hosts could not be made.
    #[error(transparent)]
    Key(#[from] crate::ssh::server::KeyError),
    /// The host service of a host ended.
    #[error(transparent)]
    Host(#[from] crate::host::HostError),
    /// No address of loopback can be listened on.
    #[error("the demo cannot listen on {address}: {why}; it needs the loopback addresses 127.0.0.0/8 of Linux")]
    Listen {
        /// Where.
        address: String,
        /// What the system said.
        why: std::io::Error,
    },
    /// A process could not be started.
    #[error("{what} could not be started: {why}")]
    Start {
        /// Which.
        what: String,
        /// Why.
        why: String,
    },
    /// Something did not come up.
    #[error("waited {} for {what} in vain; its log is {log}: {last}", crate::ssh::short(.after))]
    Late {
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
        /// Where more is written.
        log: PathBuf,
        /// What was heard last.
        last: String,
    },
    /// The demo that was asked does not answer, or says no.
    #[error("asked of the demo in {dir}: {why}")]
    Asked {
        /// Its folder.
        dir: PathBuf,
        /// Why.
        why: String,
    },
}

impl DemoError {
    /// For an error of the system about `path`.
    pub(super) fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |why| Self::File { what, path, why }
    }
}
