//! The host service: supervises processes on a host, and answers monitors under the rule of terms.
//!
//! A monitor reaches its Unix socket through SSH; nothing of it listens on a network. It decides nothing but this: an older
//! term is refused, and where a monitor has asked for that, active processes are stopped once no holder of the lease has been heard.

mod act;
mod api;
mod child;
mod clock;
mod desk;
mod error;
mod exit;
mod folder;
mod launch;
mod machine;
mod members;
mod notify;
mod orphans;
mod owner;
mod ready;
mod rules;
mod service;
mod settings;
mod shared;

pub use child::child;
pub use error::HostError;
pub use service::{run, run_until_told};
pub use settings::Settings;
