//! From what the configuration says of hosts to what the SSH client needs to reach them.

use super::state::PairSetup;
use crate::config::{HostAccess, Loaded, Monitors};
use crate::core::model::{Hook, HostName, Moving, Service, Side};
use crate::driver::{Agents, Carries, Served};
use crate::ssh::{Options, Passphrase, PassphraseSource, Target};
use std::collections::BTreeMap;

/// How every host of `loaded` is reached.
#[must_use]
pub fn targets(loaded: &Loaded) -> BTreeMap<HostName, Target> {
    loaded.hosts.iter().map(|(name, access)| (name.clone(), target(loaded, name, access))).collect()
}

/// How the host service of every host is reached that has one, and whether it stops its processes by itself.
#[must_use]
pub fn served(loaded: &Loaded) -> BTreeMap<HostName, Served> {
    let served = |(name, access): (&HostName, &HostAccess)| {
        let (socket, self_stop) = (access.host_service.clone()?, access.self_stop);
        Some((name.clone(), Served { target: target(loaded, name, access), socket, self_stop }))
    };
    loaded.hosts.iter().filter_map(served).collect()
}

/// How every host is reached on which agents are called or hooks run, and what the agents are.
#[must_use]
pub fn agents(loaded: &Loaded) -> BTreeMap<HostName, Agents> {
    let agents = |(name, access): (&HostName, &HostAccess)| {
        let hooks = loaded.cluster.hooks.values().any(|hook| hook.host == *name);
        let agents = loaded.agents.get(name).cloned().or(hooks.then(BTreeMap::new))?;
        Some((name.clone(), Agents { target: target(loaded, name, access), agents }))
    };
    loaded.hosts.iter().filter_map(agents).collect()
}

/// What every host has: units to be managed, a host service, agents, or several of them.
#[must_use]
pub fn carries(loaded: &Loaded) -> BTreeMap<HostName, Carries> {
    let of = |access: &HostAccess| Carries { service: access.host_service.is_some(), ..Carries::default() };
    let mut carries: BTreeMap<HostName, Carries> = loaded.hosts.iter().map(|(name, access)| (name.clone(), of(access))).collect();
    for (_, _, _, instance) in loaded.cluster.instances() {
        let carried = carries.entry(instance.host).or_default();
        match instance.service {
            Service::Systemd(_) => carried.units = true,
            Service::Agent(_) => carried.agents = true,
            Service::Process(_) | Service::Power | Service::Hook(_) => {}
        }
    }
    for hook in loaded.cluster.hooks.values() {
        carries.entry(hook.host.clone()).or_default().hooks = true;
    }
    carries
}

/// `hook` as what its host has to have for it.
#[must_use]
pub fn hook_service(loaded: &Loaded, hook: &Hook) -> Service {
    let (from, to) = (loaded.cluster.site(Side::Primary).clone(), loaded.cluster.site(Side::Secondary).clone());
    Service::Hook(Box::new(hook.call(Moving::Switchover, from, to)))
}

/// Which of the two monitors this one is: `name` if somebody says so, else the one that is called like this machine.
///
/// # Errors
/// In words, when that cannot be told.
pub fn pair(loaded: &Loaded, name: Option<&HostName>, hostname: &str) -> Result<Option<PairSetup>, String> {
    let Some(Monitors { hosts: [one, two], first_side, moves }) = &loaded.monitor.monitors else {
        return match name {
            None => Ok(None),
            Some(name) => Err(format!("--as {name}: this cluster has one monitor; two are named under monitor.hosts")),
        };
    };
    let short = hostname.split('.').next().unwrap_or(hostname);
    let is = |host: &HostName| name.map_or_else(|| host.as_str() == hostname || host.as_str() == short, |name| name == host);
    let of = |me: &HostName, other: &HostName, first: bool| PairSetup {
        me: me.clone(),
        other: other.clone(),
        first,
        side: if first { *first_side } else { first_side.other() },
        moves: *moves,
    };
    match (is(one), is(two)) {
        (true, false) => Ok(Some(of(one, two, true))),
        (false, true) => Ok(Some(of(two, one, false))),
        _ => {
            let who = name.map_or_else(|| format!("this machine, {hostname},"), |name| format!("--as {name}"));
            Err(format!(
                "{who} is neither {one} nor {two}, the hosts under monitor.hosts: say which one this is with `switchtower monitor run --as HOST`"
            ))
        }
    }
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
    fn a_host_has_units_or_a_host_service_or_both() {
        let mut loaded = crate::config::parse(CLUSTER, "test").unwrap();
        for name in ["b1", "outer"] {
            let access = loaded.hosts.get_mut(&HostName::new(name).unwrap()).unwrap();
            access.host_service = Some("/run/switchtower-host/socket".into());
            access.self_stop = Some(std::time::Duration::from_secs(10));
        }
        let served = served(&loaded);
        assert_eq!(served.keys().map(HostName::as_str).collect::<Vec<_>>(), ["b1", "outer"]);
        let b1 = &served[&HostName::new("b1").unwrap()];
        assert_eq!(b1.socket, std::path::Path::new("/run/switchtower-host/socket"));
        assert_eq!((b1.self_stop, b1.target.address.as_deref()), (Some(std::time::Duration::from_secs(10)), Some("192.0.2.9")));
        let all: Vec<(String, bool, bool)> = carries(&loaded).into_iter().map(|(h, c)| (h.to_string(), c.units, c.service)).collect();
        let all: Vec<_> = all.iter().map(|(host, units, service)| (host.as_str(), *units, *service)).collect();
        assert_eq!(all, [("a1", true, false), ("b1", true, true), ("inner", false, false), ("outer", false, true)]);
    }

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

    /// The same cluster with two monitors.
    fn two() -> Loaded {
        let text = CLUSTER.replace("[cluster]", "[monitor]\nhosts = [\"b1\", \"a1\"]\nmoves_after_failover = false\n[cluster]");
        crate::config::parse(&text, "test").unwrap()
    }

    fn which(loaded: &Loaded, name: Option<&str>, hostname: &str) -> Result<Option<PairSetup>, String> {
        pair(loaded, name.map(|name| HostName::new(name).unwrap()).as_ref(), hostname)
    }

    #[test]
    fn a_monitor_is_the_one_that_somebody_says_or_the_one_that_is_called_like_its_machine() {
        let loaded = two();
        for (name, hostname) in [(None, "b1"), (None, "b1.example.net"), (Some("b1"), "elsewhere"), (Some("b1"), "a1")] {
            let found = which(&loaded, name, hostname).unwrap().unwrap();
            assert_eq!((found.me.as_str(), found.other.as_str(), found.first), ("b1", "a1", true), "{name:?} on {hostname}");
            assert_eq!((found.side, found.moves), (Side::Secondary, false));
        }
        let found = which(&loaded, None, "a1").unwrap().unwrap();
        assert_eq!((found.me.as_str(), found.other.as_str(), found.first, found.side), ("a1", "b1", false, Side::Primary));
    }

    #[test]
    fn a_monitor_that_is_neither_of_two_does_not_begin() {
        let loaded = two();
        for (name, hostname, who) in [
            (None, "elsewhere", "this machine, elsewhere, is neither"),
            (None, "b10", "this machine, b10, is neither"),
            (Some("outer"), "b1", "--as outer is neither"),
        ] {
            let why = which(&loaded, name, hostname).unwrap_err();
            assert!(why.contains(who) && why.contains("b1 nor a1") && why.contains("monitor run --as HOST"), "{why}");
        }
    }

    #[test]
    fn one_monitor_is_no_pair_and_has_no_name_to_be_given() {
        let loaded = crate::config::parse(CLUSTER, "test").unwrap();
        assert!(which(&loaded, None, "b1").unwrap().is_none());
        assert!(which(&loaded, Some("b1"), "b1").unwrap_err().contains("has one monitor"));
    }
}
