//! From what the configuration says of hosts to what the SSH client needs to reach them.

use crate::config::{HostAccess, Loaded};
use crate::core::model::HostName;
use crate::ssh::{Options, Passphrase, PassphraseSource, Target};
use std::collections::BTreeMap;

/// How every host of `loaded` is reached.
#[must_use]
pub fn targets(loaded: &Loaded) -> BTreeMap<HostName, Target> {
    loaded.hosts.iter().map(|(name, access)| (name.clone(), target(loaded, name, access))).collect()
}

/// What holds for every connection.
#[must_use]
pub fn options(loaded: &Loaded) -> Options {
    let ssh = &loaded.ssh;
    let file = |path: &std::path::PathBuf| Passphrase { key: None, source: PassphraseSource::File(path.clone()) };
    Options {
        config_file: ssh.config.clone(),
        connect_timeout: ssh.connect_timeout,
        keepalive_interval: ssh.keepalive,
        keepalive_max: usize::try_from(ssh.keepalive_max).unwrap_or(usize::MAX),
        use_agent: ssh.agent,
        passphrases: ssh.passphrase_file.iter().map(file).collect(),
    }
}

fn target(loaded: &Loaded, name: &HostName, access: &HostAccess) -> Target {
    let or_general = |own: &Vec<std::path::PathBuf>, general: &Vec<std::path::PathBuf>| {
        if own.is_empty() { general.clone() } else { own.clone() }
    };
    Target {
        host: name.to_string(),
        user: access.user.clone(),
        port: access.port,
        address: access.address.clone(),
        identity_files: or_general(&access.identities, &loaded.ssh.identities),
        known_hosts: or_general(&access.known_hosts, &loaded.ssh.known_hosts),
        jumps: access.jump.iter().flat_map(|jump| hop(loaded, jump)).collect(),
    }
}

/// A jump host: one of the configuration with the way to it, or a name for SSH's own configuration.
fn hop(loaded: &Loaded, jump: &str) -> Vec<String> {
    let known = HostName::new(jump).ok().and_then(|name| loaded.hosts.get(&name));
    let Some(access) = known else { return vec![jump.to_owned()] };
    let mut way: Vec<String> = access.jump.iter().flat_map(|next| hop(loaded, next)).collect();
    let address = access.address.clone().unwrap_or_else(|| jump.to_owned());
    let host = if address.contains(':') { format!("[{address}]") } else { address };
    let user = access.user.as_ref().map(|u| format!("{u}@")).unwrap_or_default();
    let port = access.port.map(|p| format!(":{p}")).unwrap_or_default();
    way.push(format!("{user}{host}{port}"));
    way
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLUSTER: &str = r#"
        [cluster]
        name = "c"
        primary = "north"
        secondary = "south"
        [ssh]
        identities = ["/etc/switchtower/key"]
        [hosts.outer]
        address = "192.0.2.1"
        user = "gate"
        [hosts.inner]
        address = "2001:db8::1"
        port = 2222
        jump = ["outer"]
        [hosts.a1]
        site = "north"
        jump = ["inner", "elsewhere"]
        identity = ["/etc/switchtower/a1"]
        [hosts.b1]
        site = "south"
        address = "192.0.2.9"
        [components.db]
        primary = { host = "a1", unit = "db.service" }
        secondary = { host = "b1", unit = "db.service" }
    "#;

    #[test]
    fn the_way_through_jump_hosts_is_spelled_out() {
        let loaded = crate::config::parse(CLUSTER, "test").unwrap();
        let all = targets(&loaded);
        let a1 = &all[&HostName::new("a1").unwrap()];
        assert_eq!(a1.jumps, ["gate@192.0.2.1", "[2001:db8::1]:2222", "elsewhere"]);
        assert_eq!(a1.identity_files, [std::path::PathBuf::from("/etc/switchtower/a1")]);
        let b1 = &all[&HostName::new("b1").unwrap()];
        assert_eq!(b1.identity_files, [std::path::PathBuf::from("/etc/switchtower/key")]);
        assert_eq!(b1.address.as_deref(), Some("192.0.2.9"));
    }
}
