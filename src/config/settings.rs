//! What a checked configuration says, for the rest of the program.
//!
//! Made by `parse` only. Everything in it is in bounds; paths are absolute but were not looked at.

use super::problem::Problem;
use crate::core::model::{AgentSpec, Cluster, ClusterName, ComponentName, HostName, ProcessName, ProcessSpec, Side, SiteName};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A whole configuration without an error.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The cluster.
    pub cluster: Cluster,
    /// Words to show beside the cluster's name, such as `production`.
    pub label: Option<String>,
    /// Whether hosts of a site may be this very machine; to be shown wherever the cluster is.
    pub allow_loopback: bool,
    /// How the monitor watches.
    pub monitor: MonitorSettings,
    /// How hosts are reached in general.
    pub ssh: SshSettings,
    /// How each host is reached; has exactly the hosts of `cluster`.
    pub hosts: BTreeMap<HostName, HostAccess>,
    /// What the agents of each host are, by the component that each is of; hosts without any are not in it. Its `Debug` has no
    /// value of an option in it, `content` has.
    pub agents: BTreeMap<HostName, BTreeMap<ComponentName, AgentSpec>>,
    /// SHA-256 of `content` in hexadecimal: the same for files that differ in comments, order, layout or spelled-out defaults only.
    pub hash: String,
    /// All keys with their values, defaults filled in, in one spelling: what `hash` and `diff` are made from.
    pub content: serde_json::Value,
    /// The text that all of this was read from.
    pub source: Source,
    /// What somebody should look at, though the configuration can be used.
    pub warnings: Vec<Problem>,
}

/// The text of a file as it was read. Its `Debug` has nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Source(Arc<str>);

impl Source {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Source {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({} bytes)", self.0.len())
    }
}

/// How the monitor watches, and where it keeps what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitorSettings {
    /// The two monitors, where there are two.
    pub monitors: Option<Monitors>,
    /// Time between two looks at a host.
    pub interval: Duration,
    /// How long a host says nothing before it counts as silent.
    pub silence: Duration,
    /// Folder of the journal.
    pub state_dir: PathBuf,
    /// Folder of the sockets; at most 80 bytes, so that a socket's path fits.
    pub run_dir: PathBuf,
    /// Where the monitor's own host stands, if that was said: a site of the cluster, or any other place.
    pub site: Option<SiteName>,
    /// Group whose members may operate.
    pub operators: Option<String>,
    /// Group whose members may look.
    pub observers: Option<String>,
    /// Where figures for Prometheus are served, without a login; `None` for nowhere. The port is not 0.
    pub metrics: Option<SocketAddr>,
    /// Size in bytes at which the journal goes on in a new file.
    pub journal_segment: u64,
    /// How many files of the journal are kept, at least 2.
    pub journal_segments: u32,
}

/// Two monitors of one cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitors {
    /// The hosts that they run on; the first one acts on an ordinary day.
    pub hosts: [HostName; 2],
    /// The side that the first one stands at; the other one stands at the other side.
    pub first_side: Side,
    /// Whether the one at the side that serves after a failover is to act from then on.
    pub moves: bool,
}

/// How hosts are reached, unless a host says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSettings {
    /// Configuration file of SSH; `None` for the one of the account that the program runs as.
    pub config: Option<PathBuf>,
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// Time between two signs of life on a silent connection.
    pub keepalive: Duration,
    /// How many of them may stay unanswered in a row.
    pub keepalive_max: u32,
    /// Whether the agent may be asked for keys.
    pub agent: bool,
    /// Files with hosts' keys, besides those of SSH's own configuration.
    pub known_hosts: Vec<PathBuf>,
    /// Files with private keys, tried before those of SSH's own configuration.
    pub identities: Vec<PathBuf>,
    /// File with the passphrase of the private keys.
    pub passphrase_file: Option<PathBuf>,
}

/// How one host is reached; whatever is `None` or empty comes from [`SshSettings`] or SSH's own configuration, and the files that the
/// latter names count beside those here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HostAccess {
    /// IP address (IPv6 without brackets, a zone is possible) or name. Never starts with a dash.
    pub address: Option<String>,
    /// The account to log in as. Never starts with a dash.
    pub user: Option<String>,
    /// The port, not 0.
    pub port: Option<u16>,
    /// Files with private keys.
    pub identities: Vec<PathBuf>,
    /// Files with its keys.
    pub known_hosts: Vec<PathBuf>,
    /// Hosts to go through, nearest to the monitor first: hosts of this configuration (whose own access then counts, their
    /// jumps included) or names for SSH's own configuration. Free of circles.
    pub jump: Vec<String>,
    /// The socket of its host service; `None` where it has none, and all that it runs are systemd units.
    pub host_service: Option<PathBuf>,
    /// Its host service stops its active processes once it has heard no holder of the lease for so long.
    pub self_stop: Option<Duration>,
}

/// The configuration file of a host service, without an error.
#[derive(Debug, Clone)]
pub struct HostFile {
    /// The cluster whose monitors may take this host.
    pub cluster: ClusterName,
    /// Where it answers; at most 100 bytes.
    pub socket: PathBuf,
    /// Folder of its record of terms. It has to outlive a restart of the machine.
    pub state_dir: PathBuf,
    /// Group of the system whose members may reach the socket, besides root and the service's own account.
    pub group: Option<String>,
    /// What it may run, by name.
    pub processes: BTreeMap<ProcessName, ProcessSpec>,
    /// What somebody should look at, though the file can be used.
    pub warnings: Vec<Problem>,
}
