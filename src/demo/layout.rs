//! Where everything of a demo is: its folder, its hosts, its addresses. Written once by the main process, read by all
//! others.

use super::component::Kind;
use super::error::DemoError;
use super::net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// The cluster's name, which the monitor shows.
pub const CLUSTER: &str = "demo";
/// The variable by which every process of a demo is known: its folder and what it is of.
pub(super) const MARK: &str = "SWITCHTOWER_DEMO";

/// The hosts, with the site of each and the last part of its address.
const HOSTS: [(&str, Option<&str>, u8); 3] = [("north1", Some("north"), 11), ("south1", Some("south"), 21), ("office1", None, 31)];
/// The last part of the service's address.
const SERVICE: u8 = 100;
/// The file in the folder.
const FILE: &str = "demo.json";
/// Far longer than any.
const MOST: u64 = 64 * 1024;

/// One host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSpec {
    /// Its name.
    pub name: String,
    /// Its site; a host without one carries nothing.
    pub site: Option<String>,
    /// Its front, where the monitor and people reach it.
    pub front: SocketAddr,
}

/// A demo's places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Its folder.
    pub dir: PathBuf,
    /// This very program.
    pub program: PathBuf,
    /// Its hosts.
    pub hosts: Vec<HostSpec>,
    /// The address that goes with the service, like a virtual one.
    pub service: IpAddr,
    /// Where each component listens on it.
    ports: BTreeMap<String, u16>,
}

/// Addresses of a demo, not in use by another one as far as chance can tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Net(u8, u8);

impl Net {
    pub(super) fn random() -> Self {
        Self(rand::random_range(64..127), rand::random_range(0..=255))
    }

    fn address(self, last: u8) -> IpAddr {
        Ipv4Addr::new(127, self.0, self.1, last).into()
    }

    /// Names, sites and addresses of the hosts.
    pub(super) fn hosts(self) -> impl Iterator<Item = (&'static str, Option<&'static str>, IpAddr)> {
        HOSTS.into_iter().map(move |(name, site, last)| (name, site, self.address(last)))
    }

    pub(super) fn service(self) -> IpAddr {
        self.address(SERVICE)
    }
}

impl Layout {
    pub(super) fn new(dir: PathBuf, program: PathBuf, service: IpAddr, hosts: Vec<HostSpec>, ports: &[(Kind, u16)]) -> Self {
        let ports = ports.iter().map(|(kind, port)| (kind.name().to_owned(), *port)).collect();
        Self { dir, program, hosts, service, ports }
    }

    /// Reads that of the demo in `dir`. Blocks.
    ///
    /// # Errors
    /// When there is none.
    pub fn load(dir: &Path) -> Result<Self, DemoError> {
        let none = |why: String| DemoError::NoDemo { path: dir.to_owned(), why };
        let mut text = String::new();
        let file = std::fs::File::open(dir.join(FILE)).map_err(|error| none(error.to_string()))?;
        std::io::Read::read_to_string(&mut std::io::Read::take(file, MOST), &mut text).map_err(|error| none(error.to_string()))?;
        serde_json::from_str(&text).map_err(|error| none(error.to_string()))
    }

    pub(super) fn save(&self) -> Result<(), DemoError> {
        let path = self.dir.join(FILE);
        let text = serde_json::to_string_pretty(self).map_err(|error| DemoError::file("write", &path)(error.into()))?;
        std::fs::write(&path, text).map_err(DemoError::file("write", &path))
    }

    /// The host of this name.
    #[must_use]
    pub fn host(&self, name: &str) -> Option<&HostSpec> {
        self.hosts.iter().find(|host| host.name == name)
    }

    /// Where a component listens.
    #[must_use]
    pub fn at(&self, kind: Kind) -> SocketAddr {
        SocketAddr::new(self.service, self.ports.get(kind.name()).copied().unwrap_or_default())
    }

    /// The page that people may look at.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/", self.at(Kind::Web))
    }

    /// The configuration file of the cluster.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir.join("cluster.toml")
    }

    /// Where the monitor answers.
    #[must_use]
    pub fn run_dir(&self) -> PathBuf {
        self.dir.join("run")
    }

    /// What people give to `ssh -F`.
    #[must_use]
    pub fn ssh_config(&self) -> PathBuf {
        self.dir.join("ssh_config")
    }

    /// Where the host service of a host answers.
    pub(super) fn host_service(&self, host: &str) -> PathBuf {
        self.dir.join(host).join("host.sock")
    }

    /// A host's key.
    pub(super) fn host_key(&self, host: &str) -> PathBuf {
        self.dir.join("keys").join(host)
    }

    /// The key of everybody who may log in.
    pub(super) fn client_key(&self) -> PathBuf {
        self.dir.join("keys").join("client")
    }

    pub(super) fn known_hosts(&self) -> PathBuf {
        self.dir.join("keys").join("known_hosts")
    }

    pub(super) fn log(&self, of: &str) -> PathBuf {
        self.dir.join(format!("{of}.log"))
    }

    /// Names of hosts by their fronts.
    pub(super) fn fronts(&self) -> BTreeMap<SocketAddr, String> {
        self.hosts.iter().map(|host| (host.front, host.name.clone())).collect()
    }

    /// What stands in [`MARK`] for a process of `what`: a host, or one of the demo's own.
    pub(super) fn mark(&self, what: &str) -> String {
        mark(&self.dir, what)
    }

    /// Whether `host` answers nobody, as a file for the other hosts.
    pub(super) async fn silence(&self, host: &str, silent: bool) -> Result<(), DemoError> {
        set(&net::silent(&self.dir, host), silent).await
    }

    /// Whether `host` lies, as a file for itself.
    pub(super) async fn lie(&self, host: &str, lies: bool) -> Result<(), DemoError> {
        set(&net::lies(&self.dir, host), lies).await
    }
}

/// What stands in [`MARK`] for a process of `what` in the demo at `dir`.
pub(super) fn mark(dir: &Path, what: &str) -> String {
    format!("{}/{what}", dir.display())
}

async fn set(path: &Path, there: bool) -> Result<(), DemoError> {
    let done = if there { tokio::fs::write(path, "").await } else { tokio::fs::remove_file(path).await };
    match done {
        Err(error) if !there && error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(DemoError::file(if there { "write" } else { "remove" }, path)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_read_as_it_was_written_and_a_folder_without_one_is_no_demo() {
        let dir = tempfile::tempdir().unwrap();
        let net = Net(77, 3);
        let hosts =
            net.hosts().map(|(name, site, ip)| HostSpec { name: name.into(), site: site.map(str::to_owned), front: (ip, 4022).into() });
        let layout = Layout::new(dir.path().into(), "/bin/true".into(), net.service(), hosts.collect(), &[(Kind::Web, 8080)]);
        assert!(matches!(Layout::load(dir.path()), Err(DemoError::NoDemo { .. })));
        layout.save().unwrap();
        assert_eq!(Layout::load(dir.path()).unwrap(), layout);
        assert_eq!(layout.url(), "http://127.77.3.100:8080/");
        assert_eq!(layout.fronts().len(), 3);
        assert_eq!(layout.host("office1").unwrap().site, None);
    }
}
