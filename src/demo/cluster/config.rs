//! The demo's configuration files, as texts: the cluster's, and one for OpenSSH. Pure.

use crate::demo::component::Kind;
use crate::demo::layout::{CLUSTER, HostSpec, Layout};
use std::fmt::Write as _;

/// The cluster's file; `ssh` says whether there is an `ssh` program, without which no configuration of SSH can be read.
pub(super) fn cluster(layout: &Layout, ssh: bool) -> String {
    let path = |name: &str| quoted(&layout.dir.join(name).display().to_string());
    let ssh_config = if ssh { path("ssh_config") } else { path("no_ssh_config") };
    let mut text = format!(
        "# The cluster of a demo. It is gone when that ends.\n\n\
         [cluster]\nname = {name}\nprimary = \"north\"\nsecondary = \"south\"\nallow_loopback = true\n\n\
         # After a failover the old side follows the new one, and may be failed over to again.\n\
         [failover]\nmode = \"automatic\"\nafter = \"reversed\"\nquiet = \"30s\"\n\n\
         [monitor]\nsite = \"office\"\ninterval = \"1s\"\nstate_dir = {state}\nrun_dir = {run}\n\n\
         [ssh]\nconfig = {ssh_config}\nagent = false\nidentities = [{key}]\nknown_hosts = [{known}]\nconnect_timeout = \"3s\"\nkeepalive = \"2s\"\n",
        name = quoted(CLUSTER),
        state = path("state"),
        run = quoted(&layout.run_dir().display().to_string()),
        key = quoted(&layout.client_key().display().to_string()),
        known = quoted(&layout.known_hosts().display().to_string()),
    );
    layout.hosts.iter().for_each(|spec| host(&mut text, layout, spec));
    Kind::ALL.into_iter().for_each(|kind| component(&mut text, layout, kind));
    text
}

fn host(text: &mut String, layout: &Layout, spec: &HostSpec) {
    let HostSpec { name, site, front } = spec;
    let socket = quoted(&layout.host_service(name).display().to_string());
    let (ip, port) = (front.ip(), front.port());
    let _ = write!(text, "\n[hosts.{name}]\naddress = \"{ip}\"\nport = {port}\nuser = \"demo\"\nhost_service = {socket}\n");
    if let Some(site) = site {
        let (program, dir) = (quoted(&layout.program.display().to_string()), quoted(&layout.dir.display().to_string()));
        let _ = write!(
            text,
            "site = \"{site}\"\n\
             fence = {{ command = [{program}, \"demo\", \"power\", \"--dir\", {dir}, \"{name}\"], timeout = \"20s\" }}\n"
        );
    }
}

fn component(text: &mut String, layout: &Layout, kind: Kind) {
    let tcp = format!("tcp = \"{}\"", layout.at(kind));
    let (what, more, accept) = match kind {
        Kind::Db => ("database", "point_of_no_return = true\n", tcp),
        Kind::App => ("application", "after = [\"db\"]\n", tcp),
        Kind::Web => {
            let program = quoted(&layout.program.display().to_string());
            ("web server", "after = [\"app\"]\n", format!("command = [{program}, \"demo\", \"ask\", {}]", quoted(&layout.url())))
        }
        Kind::Sync => ("sync service", "sharing = \"active-standby\"\n", tcp),
    };
    let name = kind.name();
    let _ = write!(
        text,
        "\n[components.{name}]\nkind = \"{what}\"\n{more}rescue_attempts = 1\nstart_timeout = \"10s\"\nstop_timeout = \"8s\"\n\
         accept = {{ {accept}, timeout = \"5s\" }}\n"
    );
    for side in ["primary", "secondary"] {
        let site = if side == "primary" { "north" } else { "south" };
        let host = layout.hosts.iter().find(|host| host.site.as_deref() == Some(site)).map_or("", |host| &host.name);
        let _ = writeln!(text, "{side} = {{ host = \"{host}\", process = \"{name}\" }}");
    }
}

/// What people give to `ssh -F` to look into a host.
pub(super) fn ssh(layout: &Layout) -> String {
    let mut text = "# The hosts of a demo, for ssh -F. They run commands, and have no terminals.\n".to_owned();
    for HostSpec { name, front, .. } in &layout.hosts {
        let _ = write!(text, "\nHost {name}\n  HostName {}\n  Port {}\n", front.ip(), front.port());
    }
    let (key, known) = (layout.client_key(), layout.known_hosts());
    let _ = write!(
        text,
        "\nHost *\n  User demo\n  IdentityFile \"{}\"\n  IdentitiesOnly yes\n  UserKnownHostsFile \"{}\"\n  GlobalKnownHostsFile none\n  \
         StrictHostKeyChecking yes\n",
        key.display(),
        known.display()
    );
    text
}

/// A string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
