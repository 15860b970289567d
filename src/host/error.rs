//! Why a host service cannot run, in words for operators.

use std::path::PathBuf;

/// Why a host service cannot begin, or has ended other than by being told to.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The operating system refuses.
    #[error("{path}: cannot {what}: {source}; look at its rights and at the room on its disk")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another one lives.
    #[error("{path}: another host service runs on this host with it{holder}; stop that one first")]
    Held {
        /// The lock, or the socket.
        path: PathBuf,
        /// Its process id in words, if known.
        holder: String,
    },
    /// A group that does not exist.
    #[error("group {0:?} does not exist on this host: make it, or correct `group` in the host service's file")]
    NoGroup(String),
    /// The record of terms cannot be understood.
    #[error(
        "{path}: the record of terms cannot be understood ({why}); restore it from a copy; or, once it is certain that only one monitor of this cluster lives, remove it"
    )]
    BadRecord {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A thread or task of it is gone.
    #[error("a part of it has ended: {0}; its processes are ended with it: start it again")]
    Broken(&'static str),
}

impl HostError {
    pub(super) fn io(path: impl Into<PathBuf>, what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, what, source }
    }
}
