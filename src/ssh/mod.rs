//! Kept SSH connections to hosts: a pool, bounded commands, streams and tunnels. Called by `driver`, `probe`,
//! `client` and whoever reaches a host.
//!
//! It reads `~/.ssh/config` through `ssh -G`, checks host keys strictly, logs in with keys, certificates and agents
//! only, and goes through any number of jumps. It must never prompt, never accept an unknown host key, never wait
//! without a deadline, and never let a word that a user typed reach a shell unquoted. The SSH library stays inside. The
//! other side, for hosts of a demo, is `server`.

mod agent;
mod auth;
mod command;
mod connection;
mod dial;
mod error;
mod exec;
mod gate;
mod heard;
mod janitor;
mod keys;
mod knock;
mod known_hosts;
mod life;
mod pool;
mod refusals;
pub mod server;
mod session;
mod settings;
mod ssh_config;
mod stream;
mod target;

pub use command::CommandLine;
pub use connection::Connection;
pub use error::{Sign, SshError, short};
pub use exec::{ExitStatus, Limits, Output};
pub use knock::Knock;
pub use pool::{Pool, Way};
pub use stream::{ExecStream, Tunnel};
pub use target::{Options, Passphrase, PassphraseSource, Target};
