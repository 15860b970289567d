//! What `switchtower leave` needs of the rooms that the command line does not see: the hosts, and the journal's lock.

use crate::cli::{AtHosts, Leave};
use crate::config::Loaded;
use crate::core::leaving::Leaving;
use crate::{monitor, store};
use std::any::Any;
use std::path::Path;

/// Leaves through the monitor's own ways to its hosts.
pub(super) struct Leaver;

impl Leave for Leaver {
    fn hosts(&self, loaded: &Loaded, leaving: Leaving) -> AtHosts {
        let loaded = loaded.clone();
        Box::pin(async move { monitor::leave(&loaded, leaving).await })
    }

    fn alone(&self, state_dir: &Path) -> Result<Box<dyn Any + Send>, String> {
        match store::hold(state_dir) {
            Ok(lock) => Ok(Box::new(lock)),
            Err(error) => Err(error.to_string()),
        }
    }
}
