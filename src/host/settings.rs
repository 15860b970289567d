//! What a host service runs by. Plain values, made from its configuration file by `app`.

use crate::core::model::{ClusterName, ProcessName, ProcessSpec};
use std::collections::BTreeMap;
use std::path::PathBuf;

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
