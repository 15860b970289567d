//! What can be selected, by what names it for ever: never by where it stands on the screen.

use crate::core::model::{ComponentName, HostName};
use crate::core::record::RunId;

/// Something that can be selected, opened or acted on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Object {
    /// The cluster as a whole.
    Cluster,
    /// A component.
    Component(ComponentName),
    /// A host.
    Host(HostName),
    /// A run.
    Run(RunId),
    /// An entry of the journal, by its index.
    Entry(u64),
}

impl std::fmt::Display for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster"),
            Self::Component(name) => name.fmt(f),
            Self::Host(name) => name.fmt(f),
            Self::Run(run) => run.fmt(f),
            Self::Entry(index) => index.fmt(f),
        }
    }
}
