//! What a host service runs by. Plain values, made from its configuration file by `app`.

use crate::core::model::{ClusterName, ProcessName};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Everything that a host service has to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The cluster whose monitors may take this host.
    pub cluster: ClusterName,
    /// Where it answers.
    pub socket: PathBuf,
    /// Folder of its record of terms.
    pub state_dir: PathBuf,
    /// Group whose members may reach the socket, besides root and this account.
    pub group: Option<String>,
    /// What it may run.
    pub processes: BTreeMap<ProcessName, ProcessSpec>,
    /// The boot that the host is in; `None` for the kernel's own word.
    pub boot_id: Option<String>,
    /// This very program: it is executed as `PROGRAM host child ...` around each process.
    pub program: PathBuf,
}

/// How one process is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessSpec {
    /// A program by its absolute path, and its arguments; no shell reads it.
    pub command: Vec<String>,
    /// Its working folder; `/` unless said.
    pub directory: Option<PathBuf>,
    /// Variables beside those that every process gets.
    pub environment: BTreeMap<String, String>,
    /// When a start counts as done.
    pub ready: Ready,
    /// From being told to end to having ended; then it is killed.
    pub stop_timeout: Duration,
}

/// When the start of a process counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// It has lived for so long.
    Lives(Duration),
    /// It has said `READY=1` on the socket of `NOTIFY_SOCKET`.
    Notify,
}
