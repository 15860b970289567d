//! Hooks around moves, on real hosts: a command on a host of the cluster asks whether a move may be, or tells others of it.

mod clients;
mod killed;
mod moves;

use crate::support::cluster::{Cluster, Settings};
use crate::support::host::Host;

/// Says what it is called with and for in `/var/log/order`, with the time. `/etc/hook.fails.WORD` makes it fail when that is
/// its first argument, `/etc/hook.waits.WORD` makes it wait for as long as that file is there.
const HOOK: &str = r#"#!/bin/sh
echo "$(date +%s%N) $1 $SWITCHTOWER_HOOK $SWITCHTOWER_COMMAND $SWITCHTOWER_FROM $SWITCHTOWER_TO $SWITCHTOWER_CLUSTER $SWITCHTOWER_RUN" >>/var/log/order
[ ! -e "/etc/hook.fails.$1" ] || { printf 'no capacity \033[31mleft\nand more\n' >&2; exit 3; }
while [ -e "/etc/hook.waits.$1" ]; do sleep 0.1; done
"#;

/// A unit that says when it is started and stopped, in the same file.
const UNIT: &str = r#"[Service]
ExecStartPre=/bin/sh -c 'echo "$$(date +%%s%%N) start app" >>/var/log/order'
ExecStart=/bin/sleep infinity
ExecStopPost=/bin/sh -c 'echo "$$(date +%%s%%N) stop app" >>/var/log/order'
"#;

const APP: &str = "[components.app]\nrescue_attempts = 0\nstart_timeout = \"8s\"\nstop_timeout = \"8s\"\n\
                   primary = { host = \"a1\", unit = \"app.service\" }\nsecondary = { host = \"b1\", unit = \"app.service\" }\n";

/// A hook whose commands are called with its name behind `run-`, `undo-` and `is-`.
fn hook(name: &str, on: &str, when: &str, keys: &str) -> String {
    let undo = if when == "before" { format!("undo = [\"/usr/local/bin/hook\", \"undo-{name}\"]\n") } else { String::new() };
    format!(
        "[hooks.{name}]\non = {on:?}\nwhen = {when:?}\nrun = [\"/usr/local/bin/hook\", \"run-{name}\"]\n{undo}timeout = \"8s\"\n{keys}\n"
    )
}

/// Has `host` what the hooks call.
#[track_caller]
fn install_hook(host: &Host) {
    host.write("/usr/local/bin/hook", HOOK.as_bytes());
    host.sh("chmod 755 /usr/local/bin/hook; : >/var/log/order");
}

/// Both hosts have `app`, which runs on a1, and the hooks' program; so has every host of `more`.
#[track_caller]
fn install(cluster: &Cluster, more: &[&str]) {
    for name in ["a1", "b1"] {
        cluster.host(name).write("/etc/systemd/system/app.service", UNIT.as_bytes());
        cluster.host(name).sh("systemctl daemon-reload");
    }
    for name in ["a1", "b1"].iter().chain(more) {
        install_hook(cluster.host(name));
    }
    cluster.host("a1").sh("systemctl start app.service; : >/var/log/order");
}

/// What was done on these hosts, in the order of time, without the times and without what the environment said.
#[track_caller]
fn order(cluster: &Cluster, hosts: &[&str]) -> Vec<String> {
    let mut all: Vec<(u128, String)> = Vec::new();
    for host in hosts {
        for line in cluster.host(host).sh("cat /var/log/order").lines() {
            let mut words = line.split(' ');
            let at = words.next().unwrap().parse().unwrap();
            all.push((at, words.next().unwrap().to_owned()));
        }
    }
    all.sort();
    all.into_iter().map(|(_, what)| what).collect()
}

/// The cluster acts by itself, with these tables.
fn configure_automatic(cluster: &Cluster, tables: &str) {
    cluster.configure_all(&Settings { components: tables, ..Settings::default() });
}
