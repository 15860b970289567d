//! Which side of a cluster is to serve.

use super::Side;
use serde::{Deserialize, Serialize};

/// Which side is to serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "wanted", content = "side")]
pub enum Wanted {
    /// Nobody has said, and what runs does not say it either.
    #[default]
    Unset,
    /// Nothing is to run.
    Stopped,
    /// This side serves.
    Active(Side),
    /// This side serves after a failover: what follows it stays stopped, and nothing moves by itself any more.
    Limited(Side),
}

impl Wanted {
    /// The side that serves, if one does.
    #[must_use]
    pub fn side(self) -> Option<Side> {
        match self {
            Self::Active(side) | Self::Limited(side) => Some(side),
            Self::Unset | Self::Stopped => None,
        }
    }
}
