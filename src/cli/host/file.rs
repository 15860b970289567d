//! Reading the file of a host service. Called by its verbs, and by whoever runs it.

use crate::config::{self, HostFile, Problems};
use std::path::Path;

/// Reads and checks the file at `path`. Blocks.
///
/// # Errors
/// Every problem that there is.
pub fn load(path: &Path) -> Result<HostFile, Problems> {
    config::load_host(path)
}
