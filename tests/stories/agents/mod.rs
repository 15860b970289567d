//! What agents run: OCF resource agents as Debian ships them, and commands, on real hosts.

mod check;
mod exec;
mod guard;
mod ocf;
mod trouble;

use crate::support::cluster::{Cluster, Settings};
use crate::support::host::Host;

/// Hosts `a1` and `b1` with these components, as TOML; no monitor runs, and the cluster does nothing by itself.
#[track_caller]
fn cluster(components: &str) -> Cluster {
    let cluster = Cluster::bare(&[]);
    cluster.configure("", components);
    cluster
}

/// The same, and it acts by itself.
#[track_caller]
fn configure_automatic(cluster: &Cluster, components: &str) {
    cluster.configure_all(&Settings { components, ..Settings::default() });
}

/// A component whose placements on both hosts have these keys, beside the host.
fn component(name: &str, keys: &str, placement: &str) -> String {
    sides(name, keys, placement, placement)
}

fn sides(name: &str, keys: &str, primary: &str, secondary: &str) -> String {
    format!(
        "[components.{name}]\nstart_timeout = \"8s\"\nstop_timeout = \"8s\"\n{keys}\n\
         primary = {{ host = \"a1\", {primary} }}\nsecondary = {{ host = \"b1\", {secondary} }}\n"
    )
}

/// Something that says what it is told to, in `/var/log/app`, and can be made to fail (`/etc/app.fails`) or to hang
/// (`/etc/app.hangs`) when it starts, or to hang when it is looked at (`/etc/app.mute`).
const APP: &str = r#"#!/bin/sh
echo "$1 $SWITCHTOWER_MODE $SWITCHTOWER_COMPONENT" >>/var/log/app
case $1 in
start)
  [ ! -e /etc/app.fails ] || { echo "there is no disk for it" >&2; exit 1; }
  if [ -e /etc/app.hangs ]; then
    sh -c 'trap "" TERM; while :; do sleep 471; done' &
    sleep 472
  fi
  sleep 1000 >/dev/null 2>&1 &
  echo "$SWITCHTOWER_MODE $!" >/run/app ;;
stop)
  [ ! -e /run/app ] || { read -r _ pid </run/app; kill "$pid" 2>/dev/null; rm /run/app; } ;;
monitor)
  [ ! -e /etc/app.mute ] || sleep 473
  read -r mode pid 2>/dev/null </run/app || exit 7
  [ "$mode" = "$SWITCHTOWER_MODE" ] && kill -0 "$pid" 2>/dev/null || exit 7 ;;
esac
"#;

const EXEC: &str = "exec = { start = [\"/usr/local/bin/app\", \"start\"], stop = [\"/usr/local/bin/app\", \"stop\"], monitor = [\"/usr/local/bin/app\", \"monitor\"] }";

/// Installs [`APP`] on both hosts.
#[track_caller]
fn install_app(cluster: &Cluster) {
    for name in ["a1", "b1"] {
        install_app_on(cluster.host(name));
    }
}

#[track_caller]
fn install_app_on(host: &Host) {
    host.write("/usr/local/bin/app", APP.as_bytes());
    host.sh("chmod 755 /usr/local/bin/app; : >/var/log/app");
}

/// Starts it as an administrator would, in this mode.
#[track_caller]
fn start_app(host: &Host, mode: &str) {
    let unit = "systemd-run --quiet --unit=by-hand -p Type=oneshot -p RemainAfterExit=yes";
    host.sh(&format!("{unit} -E SWITCHTOWER_MODE={mode} -E SWITCHTOWER_COMPONENT=app /usr/local/bin/app start; : >/var/log/app"));
}

/// How often it was told to do this.
#[track_caller]
fn told(host: &Host, what: &str) -> usize {
    host.sh("cat /var/log/app").lines().filter(|line| line.starts_with(what)).count()
}

/// Whether it runs, by its own process.
fn runs(host: &Host) -> bool {
    host.exec(&["sh", "-c", "read -r _ pid </run/app && kill -0 $pid"]).status.success()
}

/// Whether a process with these words lives there.
fn lives(host: &Host, words: &str) -> bool {
    host.exec(&["pgrep", "-f", words]).status.success()
}
