//! What a client may ask.

use super::{Known, PeerAsk};
use crate::core::command::{Command, Role};
use crate::core::record::RunId;
use serde::{Deserialize, Serialize};

/// A request. The method is the tag, the parameters stand in `params`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "method", content = "params")]
pub enum Request {
    /// Settles the version. Answered with [`Welcome`].
    Hello(Hello),
    /// Asks for everything that is known now. Answered with [`super::StatusView`].
    Status {
        /// Look at every host first, instead of telling what the last look said.
        fresh: bool,
    },
    /// Asks for what is new since a picture that the client has. Answered with [`super::ChangesView`].
    Changes {
        /// Which one; a whole picture is answered to those who have none, or one that nobody knows any more.
        known: Option<Known>,
        /// Look at every host first.
        #[serde(default)]
        fresh: bool,
    },
    /// Asks what a command would do. Answered with [`super::PlanView`]; nothing is changed.
    Plan {
        /// The command.
        command: Command,
        /// Soft vetoes that are to be overridden, by the names of their checks.
        #[serde(default)]
        overrides: Vec<String>,
    },
    /// Asks for a command to be carried out. Answered with the [`RunId`] once its opening is on stable storage.
    Submit(Submit),
    /// Asks for an open run to be turned back. Answered with [`super::RunView`].
    Abort {
        /// Which.
        run: RunId,
        /// Why.
        reason: Option<String>,
    },
    /// Says whether the monitor is to act by itself. Answered with nothing once that is on stable storage.
    Mode {
        /// What is to hold.
        mode: ModeAsk,
        /// Why.
        reason: Option<String>,
    },
    /// Acknowledges the last automatic failover. Answered with its [`RunId`] once that is on stable storage.
    Acknowledge {
        /// What for.
        reason: Option<String>,
    },
    /// Asks which configuration the monitor runs by. Answered with [`super::ConfigView`].
    Config,
    /// Has the monitor read its configuration file again and begin a new life by it, in the same process. Answered with the
    /// hash of that configuration just before, or refused with every problem of the file.
    Reload(ReloadAsk),
    /// Asks where a run stands. Answered with [`super::RunView`].
    Run {
        /// Which; the last one unless named.
        run: Option<RunId>,
        /// Answer only when it is over, or after this many milliseconds (at most 60,000).
        wait_ms: u64,
    },
    /// Asks for entries of the journal. Answered with [`super::LogView`].
    Log {
        /// From this index on; 0 means the last `limit` entries.
        from: u64,
        /// At most so many, at most 1,000.
        limit: u32,
    },
    /// From now on this connection is told entries without what decisions rest on, which takes megabytes where there are many
    /// components. Answered with nothing.
    Brief,
    /// Asks for every new entry of the journal as it is written, as `event` notifications. Answered with the index of
    /// the last entry before the first notification. A client that does not read is cut off.
    Follow,
    /// What only the other monitor of a pair may ask, on the socket that is for it.
    Peer(PeerAsk),
}

/// The first words of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol that it speaks.
    pub protocol: u32,
    /// Its name and version, for the log.
    pub client: String,
}

/// The monitor's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The protocol that it speaks.
    pub protocol: u32,
    /// Version of the monitor.
    pub version: String,
    /// Which cluster.
    pub cluster: String,
    /// What this connection may do.
    pub role: Role,
}

/// Whether the monitor is to act by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "mode")]
pub enum ModeAsk {
    /// It acts. Ends a pause too.
    Automatic,
    /// It journals what it would have done.
    ObserveOnly,
    /// It does not act for a while. Needs a reason.
    Pause {
        /// For so many milliseconds; without it until somebody says so.
        for_ms: Option<u64>,
    },
}

/// How a configuration is to be reloaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadAsk {
    /// Say only whether it would be done, and do nothing. Those who may only look may ask this too.
    #[serde(default)]
    pub dry_run: bool,
    /// The hash of the configuration that was shown: with another one in the file the reload is refused.
    pub hash: Option<String>,
    /// Why, for the journal.
    pub reason: Option<String>,
}

/// A command to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submit {
    /// The command.
    pub command: Command,
    /// The hash of the plan that was shown, whole or its first twelve digits. The plan is made again; if it differs now,
    /// the submission is refused as stale.
    pub plan: String,
    /// The word that was typed.
    pub confirm: String,
    /// Why, for the journal.
    pub reason: Option<String>,
    /// Soft vetoes that are to be overridden, by the names of their checks; part of the plan.
    #[serde(default)]
    pub overrides: Vec<String>,
}
