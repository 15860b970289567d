//! The configuration file of a host service: which cluster may take the host, and what it may run.
//!
//! Called by the host service when it starts. Read, checked and told like the cluster's own file, from which it differs in its
//! keys only (`keys.rs`). Nothing here looks whether a program exists.

mod environment;
mod keys;
mod ready;
#[cfg(test)]
mod tests;

use super::problem::{self, Problems};
use super::read::{At, Read, Section};
use super::report::Report;
use super::settings::HostFile;
use super::{file, schema, whole_or_defect};
use crate::core::model::ProcessSpec;
use keys::{ProcessKeys, Root};
use serde_json::Value;
use std::path::Path;

/// Reads and checks the configuration file of a host service at `path`. Blocks.
///
/// # Errors
/// Every problem that there is, as for the cluster's file.
pub fn load_host(path: &Path) -> Result<HostFile, Problems> {
    let origin = problem::whole(path);
    match file::read(path, file::Owners::trusted()) {
        Ok(text) => parse_host(&text, &origin),
        Err(list) => Err(Problems { origin, list }),
    }
}

/// Checks `text`, which comes from `origin`, usually a path; `origin` is shown as it is.
///
/// # Errors
/// Every problem that there is; a text that is not TOML is not checked further.
pub fn parse_host(text: &str, origin: &str) -> Result<HostFile, Problems> {
    let mut report = Report::new(text);
    let root = super::syntax(text, &mut report).map(|table| Root::from_table(table.get_ref(), ("", None), &mut report));
    let made = root.and_then(|root| host_file(&root));
    whole_or_defect(made, report, origin).map(|(mut file, warnings)| {
        file.warnings = warnings;
        file
    })
}

/// The JSON schema (draft 2020-12) of the configuration file of a host service.
#[must_use]
pub fn host_schema() -> Value {
    schema::titled(Root::schema(), "Switchtower host service configuration")
}

/// What the file says; `None` where a part of it could not be read.
fn host_file(root: &Root) -> Option<HostFile> {
    let host = &root.host.as_ref()?.value;
    let processes = root.processes.as_ref()?.value.0.iter();
    Some(HostFile {
        cluster: host.cluster.as_ref()?.value.clone(),
        socket: host.socket.as_ref()?.value.0.clone(),
        state_dir: host.state_dir.as_ref()?.value.0.clone(),
        group: host.group.as_ref().map(|group| group.value.0.clone()),
        processes: processes.map(|(name, at)| Some((name.clone(), process(at)?))).collect::<Option<_>>()?,
        warnings: Vec::new(),
    })
}

fn process(at: &At<ProcessKeys>) -> Option<ProcessSpec> {
    let keys = &at.value;
    Some(ProcessSpec {
        command: keys.command.as_ref()?.value.0.clone(),
        directory: keys.directory.as_ref().map(|path| path.value.0.clone()),
        environment: keys.environment.as_ref()?.value.0.clone(),
        ready: keys.ready.as_ref()?.value.0,
        stop_timeout: keys.stop_timeout.as_ref()?.value.duration(),
    })
}
