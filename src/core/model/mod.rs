//! What a cluster is: two sites, their hosts, and components with a placement on each site.
//!
//! Made by the configuration, read by everything else. Values of these types are valid by construction: names are
//! checked, every placement names a host that exists, dependencies have no cycle.

mod agent;
mod circle;
mod cluster;
mod component;
mod fence;
mod hook;
mod id;
mod maintenance;
mod policy;
mod process;
mod service;
mod wanted;

pub use agent::{Agent, AgentCall, AgentSpec, COMPONENT_VARIABLE, ExecAgent, OcfAgent};
pub use circle::{Waits, circles};
pub use cluster::{Cluster, Defect, Host, PerSide, Side};
pub use component::{Arrangement, Component, Mode, Modes, Placement, Sharing, Timeouts};
pub use fence::{Device, Fence};
pub use hook::{HOOK_VARIABLES, Hook, HookCall, Moving, Veto, When, typed};
pub use id::{BadName, ClusterName, ComponentName, GroupName, HookName, HostName, MAX_NAME, ProcessName, SiteName};
pub use maintenance::{Maintenance, Mark, Upkeep, Upkept};
pub use policy::{Acceptance, AcceptanceProbe, AfterFailover, Initiative, Policy, Rescue, Trigger};
pub use process::{MODE_VARIABLE, Process, ProcessMode, ProcessSpec, Ready};
pub use service::{BadUnit, Instance, Service, UnitName};
pub use wanted::Wanted;
