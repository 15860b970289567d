//! What can go wrong with the journal, in words for operators.

use crate::core::record::Contradiction;
use std::path::PathBuf;

/// Why the journal cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refuses.
    #[error(
        "journal {path}: cannot {what}: {source}; nothing is done that cannot be journaled: mend it, and the monitor goes on by itself"
    )]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
    /// Another process holds the journal.
    #[error("journal {path}: another monitor of this cluster runs on this host{holder}; stop it first")]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Its process id in words, if known.
        holder: String,
    },
    /// A line in the middle is damaged.
    #[error(
        "journal {path}, line {line}: {why}, and whole lines follow it: the file was damaged or edited; restore it from a copy; or move it away and start the cluster by hand: terms then begin at 1 again, so first see that no other monitor runs, and remove the cluster's folder in /var/lib/switchtower-guard on each host"
    )]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A line that is whole, and that this version does not know.
    #[error(
        "journal {path}, line {line}: written by a newer version of the program ({why}); nothing was changed: run the version that wrote it, or a later one"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is not understood.
        why: String,
    },
    /// The entries contradict each other.
    #[error("journal {path}, line {line}: {source}")]
    Contradiction {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// How.
        source: Contradiction,
    },
    /// An entry that is too long to be written.
    #[error("an entry of {0} bytes is longer than a journal line may be; the plan is too large: split the cluster")]
    TooLong(usize),
    /// A write failed before; the file must be read again first.
    #[error("journal {0}: an earlier write failed, and the file must be read again before the next")]
    Poisoned(PathBuf),
    /// The journal's thread is gone.
    #[error("the journal's thread has ended")]
    Gone,
}

impl StoreError {
    pub(super) fn io(path: impl Into<PathBuf>, what: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, what, source }
    }
}
