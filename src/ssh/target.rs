//! What callers say about a host, and the options that hold for a whole pool. Plain values, no I/O.

use std::path::PathBuf;
use std::time::Duration;

/// A host to connect to. What is unset is taken from the SSH client configuration, then from OpenSSH's defaults.
///
/// Two equal targets share one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Target {
    /// Name as in the SSH configuration, or an address.
    pub host: String,
    /// Remote user.
    pub user: Option<String>,
    /// TCP port.
    pub port: Option<u16>,
    /// Connect here instead. The host key is looked up under `host` first and, if nothing is recorded there, under this.
    pub address: Option<String>,
    /// Private keys, offered before those of the configuration. If there are any, the agent's other keys are left out, and what it
    /// holds of these and of the configured ones is offered from it.
    pub identity_files: Vec<PathBuf>,
    /// known_hosts files to read besides the configured ones. Jump hosts inherit them.
    pub known_hosts: Vec<PathBuf>,
    /// Jump hosts from near to far, each `[user@]host[:port]`; `["none"]` means: directly, whatever is configured.
    pub jumps: Vec<String>,
}

impl Target {
    /// A target with everything unset but the name.
    pub fn new(host: impl Into<String>) -> Self {
        Self { host: host.into(), ..Self::default() }
    }
}

/// What holds for every connection of a pool.
#[derive(Clone, Debug)]
pub struct Options {
    /// SSH client configuration to read instead of the user's and the system's (`ssh -F`); `none` reads nothing.
    pub config_file: Option<PathBuf>,
    /// Longest time from the first packet to a logged-in connection, for each hop.
    pub connect_timeout: Duration,
    /// A connection that is silent for this long is asked whether it lives.
    pub keepalive_interval: Duration,
    /// After this many unanswered questions it is given up.
    pub keepalive_max: usize,
    /// Whether the agent of `SSH_AUTH_SOCK` (or `IdentityAgent`) is asked.
    pub use_agent: bool,
    /// Where passphrases of encrypted key files come from. Nobody is ever asked.
    pub passphrases: Vec<Passphrase>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            config_file: None,
            connect_timeout: Duration::from_secs(10),
            keepalive_interval: Duration::from_secs(10),
            keepalive_max: 3,
            use_agent: true,
            passphrases: Vec::new(),
        }
    }
}

/// Where the passphrase of a key file comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passphrase {
    /// The key file; `None` for every encrypted one that has no entry of its own.
    pub key: Option<PathBuf>,
    /// Where to read it.
    pub source: PassphraseSource,
}

/// A place that a passphrase is read from each time it is needed; it is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseSource {
    /// The first line of a file that only its owner may read.
    File(PathBuf),
    /// An environment variable.
    Env(String),
}
