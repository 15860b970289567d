//! Reading the file of a host service, off the asynchronous thread.

use crate::config::{HostFile, Problem, Problems, ProcessSettings, Ready, Severity};
use crate::core::model::{ClusterName, ProcessName};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Reads and checks the file at `path`. Blocks.
///
/// # Errors
/// Every problem that there is.
pub fn load(path: &Path) -> Result<HostFile, Problems> {
    placeholder(path).map_err(|why| Problems {
        origin: path.display().to_string(),
        list: vec![Problem {
            severity: Severity::Error,
            line: None,
            key: String::new(),
            found: why,
            why: "the file cannot be used".to_owned(),
            remedy: String::new(),
        }],
    })
}

#[derive(Deserialize)]
struct Root {
    host: Host,
    #[serde(default)]
    processes: BTreeMap<ProcessName, Process>,
}

#[derive(Deserialize)]
struct Host {
    cluster: ClusterName,
    socket: PathBuf,
    state_dir: PathBuf,
    group: Option<String>,
}

#[derive(Deserialize)]
struct Process {
    command: Vec<String>,
    directory: Option<PathBuf>,
    #[serde(default)]
    environment: BTreeMap<String, String>,
    ready: Option<String>,
    stop_timeout: Option<String>,
}

fn time(text: Option<String>, otherwise: u64) -> Option<Duration> {
    let Some(text) = text else { return Some(Duration::from_millis(otherwise)) };
    let number = |text: &str| text.parse().ok();
    text.strip_suffix("ms")
        .and_then(number)
        .map(Duration::from_millis)
        .or_else(|| text.strip_suffix('s').and_then(number).map(Duration::from_secs))
}

fn placeholder(path: &Path) -> Result<HostFile, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let Root { host, processes } = toml::from_str(&text).map_err(|error| error.to_string())?;
    let processes = processes.into_iter().map(|(name, process)| {
        let Process { command, directory, environment, ready, stop_timeout } = process;
        let ready = if ready.as_deref() == Some("notify") { Some(Ready::Notify) } else { time(ready, 200).map(Ready::Lives) };
        let times = ready.zip(time(stop_timeout, 10_000)).ok_or("a time is written as 200ms or 10s")?;
        Ok((name, ProcessSettings { command, directory, environment, ready: times.0, stop_timeout: times.1 }))
    });
    let processes = processes.collect::<Result<_, String>>()?;
    let Host { cluster, socket, state_dir, group } = host;
    Ok(HostFile { cluster, socket, state_dir, group, processes, warnings: Vec::new() })
}
