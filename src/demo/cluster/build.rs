//! Making a demo's folder: keys, addresses, configuration. Nothing runs yet but the fronts, which are frozen.

use super::config;
use crate::demo::component::Kind;
use crate::demo::error::DemoError;
use crate::demo::layout::{HostSpec, Layout, Net};
use crate::demo::net::{Front, card};
use crate::ssh::server::KeyPair;
use std::fs::DirBuilder;
use std::net::{IpAddr, TcpListener};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where components listen if that is free.
const PORTS: [(Kind, u16); 4] = [(Kind::Db, 5432), (Kind::App, 9000), (Kind::Web, 8080), (Kind::Sync, 7000)];

/// Makes everything in `dir`, and opens the fronts.
pub(super) async fn build(dir: &Path, program: PathBuf) -> Result<(Layout, Vec<(String, Front)>), DemoError> {
    let net = Net::random();
    let (mut hosts, mut fronts) = (Vec::new(), Vec::new());
    for (name, site, ip) in net.hosts() {
        let fail = |why| DemoError::Listen { address: ip.to_string(), why };
        let front = Front::open(ip, card(dir, name)).await.map_err(fail)?;
        hosts.push(HostSpec { name: name.to_owned(), site: site.map(str::to_owned), front: front.address() });
        fronts.push((name.to_owned(), front));
    }
    let service = net.service();
    let ports = PORTS.iter().map(|(kind, wanted)| Ok((*kind, free(service, *wanted)?))).collect::<Result<Vec<_>, DemoError>>()?;
    let layout = Layout::new(dir.to_owned(), program, service, hosts, &ports);
    let made = tokio::task::spawn_blocking(move || write(&layout).map(|()| layout)).await;
    let lost = |_| DemoError::Start { what: "the demo".to_owned(), why: "its files were not written".to_owned() };
    Ok((made.map_err(lost)??, fronts))
}

/// The wanted port, or another one that is free.
fn free(ip: IpAddr, wanted: u16) -> Result<u16, DemoError> {
    let bound = TcpListener::bind((ip, wanted)).or_else(|_| TcpListener::bind((ip, 0)));
    let port = bound.and_then(|listener| listener.local_addr()).map(|address| address.port());
    port.map_err(|why| DemoError::Listen { address: ip.to_string(), why })
}

fn write(layout: &Layout) -> Result<(), DemoError> {
    let names = layout.hosts.iter().map(|host| host.name.as_str());
    for folder in ["keys", "net", "shared"].into_iter().chain(names) {
        let path = layout.dir.join(folder);
        DirBuilder::new().mode(0o700).create(&path).map_err(DemoError::file("make", &path))?;
    }
    let client = KeyPair::generate()?;
    client.write(&layout.client_key())?;
    let mut known = String::new();
    for host in &layout.hosts {
        let key = KeyPair::generate()?;
        key.write(&layout.host_key(&host.name))?;
        let (ip, port) = (host.front.ip(), host.front.port());
        known += &format!("[{}]:{port},[{ip}]:{port} {}\n", host.name, key.public_line()?);
    }
    let files = [
        (layout.known_hosts(), known),
        (layout.ssh_config(), config::ssh(layout)),
        (layout.config(), config::cluster(layout, ssh_there())),
    ];
    for (path, text) in files {
        std::fs::write(&path, text).map_err(DemoError::file("write", &path))?;
    }
    layout.save()
}

/// Whether there is an `ssh` program to read a configuration of SSH.
fn ssh_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join("ssh").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[tokio::test]
    async fn what_is_made_is_a_configuration_without_a_problem_and_keys_for_their_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (layout, fronts) = build(dir.path(), "/usr/bin/switchtower".into()).await.unwrap();
        assert_eq!((fronts.len(), Layout::load(dir.path()).unwrap()), (3, layout.clone()));
        let loaded = config::load(&layout.config()).unwrap();
        assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
        assert!(loaded.allow_loopback && loaded.hosts.len() == 3);
        assert_eq!(loaded.cluster.name.as_str(), "demo");
        let mode = |path: &Path| std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(path).unwrap()) & 0o777;
        assert_eq!((mode(&layout.client_key()), mode(&layout.host_key("north1"))), (0o600, 0o600));
        for ssh in [true, false] {
            let text = super::config::cluster(&layout, ssh);
            assert!(config::parse(&text, "test").is_ok(), "{text}");
        }
    }

    #[test]
    fn a_port_that_is_taken_is_replaced() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = held.local_addr().unwrap().port();
        assert_ne!(free("127.0.0.1".parse().unwrap(), taken).unwrap(), taken);
        assert!(free("192.0.2.1".parse().unwrap(), 0).is_err());
    }
}
