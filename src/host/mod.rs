//! The host service: supervises processes on a host, and answers monitors under the rule of terms.
//!
//! A monitor reaches its Unix socket through SSH; nothing of it listens on a network. It decides nothing but this: an older
//! term is refused, and where a monitor has asked for that, active processes are stopped once no holder of the lease has been heard.

mod settings;

pub use settings::{ProcessSpec, Ready, Settings};
