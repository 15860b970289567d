//! Whose journal it is: sides in a journal mean the sites that they meant when it was written.

use crate::core::model::{ClusterName, SiteName};
use serde::{Deserialize, Serialize};

/// The cluster of a journal, and its sites by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The cluster.
    pub cluster: ClusterName,
    /// The primary's site.
    pub primary: SiteName,
    /// The secondary's site.
    pub secondary: SiteName,
}

impl Home {
    /// Why a monitor of `other` must not go on with this journal, if it must not.
    #[must_use]
    pub fn differs_from(&self, other: &Self) -> Option<String> {
        if self.cluster != other.cluster {
            let (mine, theirs) = (&self.cluster, &other.cluster);
            return Some(format!(
                "the journal is that of cluster {mine}, the configuration of {theirs}: give each cluster a `state_dir` of its own"
            ));
        }
        if (&self.primary, &self.secondary) != (&other.primary, &other.secondary) {
            let (primary, secondary) = (&self.primary, &self.secondary);
            return Some(format!(
                "in the journal {primary} is the primary site and {secondary} the secondary, in the configuration they are {} and {}: \
                 write them as they were; to move the cluster there is `switchtower switchover`",
                other.primary, other.secondary
            ));
        }
        None
    }
}
