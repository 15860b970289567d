//! One host of the demo, as a process: its host service, and its SSH server behind the network card. Started by the main
//! process; everything that it is told stands in the layout.

use super::component::Kind;
use super::error::DemoError;
use super::layout::{CLUSTER, HostSpec, Layout, MARK};
use super::net::{Card, card};
use crate::core::model::{ClusterName, ProcessName};
use crate::core::model::{ProcessSpec, Ready};
use crate::host::Settings;
use crate::ssh::server::{self, KeyPair, Server};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Connections of the SSH server at a time.
const CONNECTIONS: usize = 128;
/// How long a component may take to end.
const STOP: Duration = Duration::from_secs(3);
/// After a connection could not be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// Is the host `name` of the demo in `dir`, until it is killed.
///
/// # Errors
/// Why it cannot be.
pub async fn host(dir: &Path, name: &str) -> Result<(), DemoError> {
    let layout = Layout::load(dir)?;
    let spec = layout.host(name).cloned();
    let spec = spec.ok_or_else(|| DemoError::NoDemo { path: dir.to_owned(), why: format!("it has no host {name:?}") })?;
    let listener = listener(&layout, name)?;
    let serving = serve(listener, ssh_server(&layout, name)?);
    tokio::select! {
        never = serving => match never {},
        ended = crate::host::run(settings(&layout, &spec)?, CancellationToken::new()) => Ok(ended?),
    }
}

/// The network card, anew in each life.
fn listener(layout: &Layout, name: &str) -> Result<UnixListener, DemoError> {
    let path = card(&layout.dir, name);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(DemoError::file("remove", &path)(error)),
        _ => {}
    }
    UnixListener::bind(&path).map_err(DemoError::file("listen at", &path))
}

async fn serve(listener: UnixListener, server: Server) -> std::convert::Infallible {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = room.clone().acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let server = server.clone();
                tokio::spawn(async move {
                    server.serve(stream, CancellationToken::new()).await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn ssh_server(layout: &Layout, name: &str) -> Result<Server, DemoError> {
    let authorized = vec![KeyPair::read(&layout.client_key())?.public_line()?];
    let environment = BTreeMap::from([(MARK.to_owned(), layout.mark(name))]);
    let forward = Arc::new(Card::new(&layout.dir, name, layout.fronts()));
    let host_key = KeyPair::read(&layout.host_key(name))?;
    Ok(Server::new(server::Settings { host_key, authorized, directory: layout.dir.join(name), environment, forward })?)
}

/// What its host service runs; a host without a site carries nothing, and has one to be asked all the same.
fn settings(layout: &Layout, spec: &HostSpec) -> Result<Settings, DemoError> {
    let bad = |why: String| DemoError::NoDemo { path: layout.dir.clone(), why };
    let mut processes = BTreeMap::new();
    for (kind, site) in Kind::ALL.into_iter().zip(spec.site.iter().cycle()) {
        let name = ProcessName::new(kind.name()).map_err(|error| bad(error.to_string()))?;
        processes.insert(name, process(layout, spec, site, kind));
    }
    Ok(Settings {
        cluster: ClusterName::new(CLUSTER).map_err(|error| bad(error.to_string()))?,
        socket: layout.host_service(&spec.name),
        state_dir: layout.dir.join(&spec.name).join("state"),
        group: None,
        processes,
        boot_id: Some(boot_id()),
        program: layout.program.clone(),
    })
}

fn process(layout: &Layout, spec: &HostSpec, site: &str, kind: Kind) -> ProcessSpec {
    // The ledger is on a disk that both sides reach; what the sync service keeps is its host's own.
    let dir = if kind == Kind::Sync { layout.dir.join(&spec.name).join("sync") } else { layout.dir.join("shared") };
    let mut command = vec![layout.program.display().to_string()];
    command.extend(["demo", "component", kind.name(), "--host", &spec.name, "--site", site].map(str::to_owned));
    command.extend(["--at".to_owned(), layout.at(kind).to_string(), "--dir".to_owned(), dir.display().to_string()]);
    let asked = match kind {
        Kind::App => Some(Kind::Db),
        Kind::Web => Some(Kind::App),
        Kind::Db | Kind::Sync => None,
    };
    command.extend(asked.into_iter().flat_map(|from| ["--from".to_owned(), layout.at(from).to_string()]));
    let environment = BTreeMap::from([(MARK.to_owned(), layout.mark(&spec.name))]);
    ProcessSpec { command, directory: None, environment, ready: Ready::Notify, stop_timeout: STOP }
}

/// The boot of this life, as the kernel writes one.
fn boot_id() -> String {
    let [a, b]: [u64; 2] = rand::random();
    format!("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff, b >> 52, b & 0xffff_ffff_ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_life_has_a_boot_of_its_own_in_the_kernels_shape() {
        let (one, other) = (boot_id(), boot_id());
        assert_ne!(one, other);
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12], "{one}");
        assert!(one.chars().all(|c| c == '-' || c.is_ascii_hexdigit()), "{one}");
    }
}
