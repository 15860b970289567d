//! What the demo's cluster runs: a database of numbers, an application, a web server, a service that follows its other
//! side. Each is a process of its own, started by a host service as `switchtower demo component KIND`. They listen on one
//! address that is the cluster's, so that what is exclusive cannot run twice by mistake.

mod app;
mod ask;
mod db;
mod lines;
mod ready;
mod sync;
mod web;

pub use ask::ask;

use std::net::SocketAddr;
use std::path::PathBuf;

/// Which component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Gives out numbers, each once, and keeps a ledger of them.
    Db,
    /// Asks the database for a number.
    App,
    /// Shows it to people.
    Web,
    /// Counts where it is active, and follows that where it is standby.
    Sync,
}

impl Kind {
    /// All of them, in the order in which they start.
    pub const ALL: [Self; 4] = [Self::Db, Self::App, Self::Web, Self::Sync];

    /// Its name as a component, and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::App => "app",
            Self::Web => "web",
            Self::Sync => "sync",
        }
    }
}

/// What a component is told.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens, or where its active side does.
    pub at: SocketAddr,
    /// Whom it asks, where it asks anybody.
    pub from: Option<SocketAddr>,
    /// Its host.
    pub host: String,
    /// The site of that.
    pub site: String,
    /// A folder that it may keep something in.
    pub dir: PathBuf,
}

/// Why a component ended.
#[derive(Debug, thiserror::Error)]
pub enum ComponentError {
    /// It cannot listen where it should.
    #[error("{kind} cannot listen at {at}: {why}; does it run on another host?")]
    Listen {
        /// Which.
        kind: &'static str,
        /// Where.
        at: SocketAddr,
        /// What the system said.
        why: std::io::Error,
    },
    /// What it keeps cannot be read or written.
    #[error("{kind} cannot use {path}: {why}")]
    Keep {
        /// Which.
        kind: &'static str,
        /// What.
        path: PathBuf,
        /// What the system said.
        why: std::io::Error,
    },
    /// The ledger belongs to another process.
    #[error("the ledger is held by another database: there must never be two; look for it on the other host")]
    Held,
    /// It was not told whom to ask.
    #[error("{kind} was not told whom to ask: give --from")]
    Nobody {
        /// Which.
        kind: &'static str,
    },
    /// The host service could not be told that it is ready.
    #[error("the host service could not be told that this is ready: {0}")]
    Notify(std::io::Error),
}

/// Runs a component until it is killed.
///
/// # Errors
/// Why it cannot go on.
pub async fn run(kind: Kind, options: Options) -> Result<(), ComponentError> {
    match kind {
        Kind::Db => db::run(options).await,
        Kind::App => app::run(options).await,
        Kind::Web => web::run(options).await,
        Kind::Sync => sync::run(options).await,
    }
}

async fn listen(kind: Kind, at: SocketAddr) -> Result<tokio::net::TcpListener, ComponentError> {
    tokio::net::TcpListener::bind(at).await.map_err(|why| ComponentError::Listen { kind: kind.name(), at, why })
}

#[cfg(test)]
mod tests;
