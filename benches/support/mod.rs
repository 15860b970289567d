//! What the benchmarks of switching and watching share: options, figures, the hosts as their own cgroups show them, our
//! cluster and the peer's. Labs, hosts and the way to our monitor are those of the stories, see `tests/support`.

// Each benchmark uses a part of this.
#![allow(dead_code)]

#[path = "../../tests/support/cluster.rs"]
pub mod cluster;
#[path = "../../tests/support/host.rs"]
pub mod host;
#[path = "../../tests/support/lab.rs"]
pub mod lab;
#[path = "../../tests/support/proc.rs"]
pub mod proc;
#[path = "../../tests/support/service.rs"]
pub mod service;
#[path = "../../tests/support/wait.rs"]
pub mod wait;

pub mod corosync;
pub mod figures;
pub mod floor;
pub mod ground;
pub mod options;
pub mod ours;
pub mod peer;
