//! What clients and the monitor say to each other: JSON-RPC 2.0, one JSON value a line, over a Unix socket.
//!
//! The first request is `hello`; it settles the version and tells the client its role. An answer is at
//! most [`MAX_LINE`] bytes long; the monitor takes far shorter requests, and ends the connection of a longer one in words.

mod changes;
mod frame;
pub mod host;
pub mod local;
mod peer;
mod readiness;
mod rebuilt;
mod request;
#[cfg(test)]
pub mod testing;
mod view;

pub use changes::{ChangesView, Known, News, same_component, same_host};
pub use frame::{Details, Failure, FailureKind, Incoming, MAX_LINE, Outgoing, answered, decode, encode};
pub use peer::{PEER_BYTES, PEER_ENTRIES, PeerAsk, PeerMark};
pub use readiness::ReadinessView;
pub use rebuilt::rebuilt;
pub use request::{Hello, ModeAsk, ReloadAsk, Request, Submit, Welcome};
pub use view::{
    ComponentView, ConfigView, DecisionView, HostView, LeaseView, LogView, MaintenanceView, PairView, PlacementView, PlanView, RunView,
    StatusView, StepView, Trouble, Verdict,
};

/// The version of the protocol. A client and a monitor of different versions refuse each other in words.
pub const PROTOCOL: u32 = 1;
