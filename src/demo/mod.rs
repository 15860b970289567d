//! The demo: a whole cluster of real parts on one machine, and what can be broken in it. Called by `app`.
//!
//! One main process owns fronts (the network), the power switch and the monitor; each host is a process of its own, with its
//! host service and its SSH server; components are processes of those. It needs no rights and nothing installed, and leaves
//! nothing behind. Nothing in it is a mock: the same monitor, drivers and core as everywhere.

mod breakage;
mod cluster;
pub mod component;
mod error;
mod folder;
mod host;
mod keeper;
mod layout;
mod machine;
mod marked;
mod net;
mod power;
mod start;

pub use cluster::Demo;
pub use error::DemoError;
pub use host::host;
pub use keeper::keep;
pub use layout::{HostSpec, Layout};
pub use power::{Switch, apply, offers, power};
