//! What stands in the way, each in its own words and with what to do.

use super::Way;
use crate::support::cluster::{PROGRAM, Said};
use crate::support::lab::Lab;
use crate::support::proc;
use crate::support::sshd::{keygen, public};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::Duration;

#[test]
fn a_host_key_that_is_unknown_or_has_changed_is_refused_and_nobody_is_asked() {
    let way = Way::to("");
    let known = way.mon.path("known_hosts");
    let keys = std::fs::read_to_string(&known).unwrap();
    std::fs::write(&known, "").unwrap();
    let said = way.expect(3, "mon1", &["status"]);
    assert!(said.err.contains("unknown host key") && said.err.contains("SHA256:"), "{}", said.err);
    keygen(&way.mon.path("other"), &[]);
    std::fs::write(&known, keys.replace(&public(&way.mon.path("host_key")), &public(&way.mon.path("other")))).unwrap();
    for words in [&["status"][..], &["--operate", "switchover", "--confirm", "south"]] {
        let said = way.expect(3, "mon1", words);
        assert!(said.err.contains("the host key has CHANGED") && said.err.contains("nothing was sent there"), "{}", said.err);
    }
}

#[test]
fn a_socket_that_is_not_there_is_no_monitor_and_one_left_behind_may_be_none() {
    let way = Way::to("");
    let said = way.expect(6, "mon1", &["status"]);
    assert!(said.err.contains("no monitor answers at mon1:/mnt/run/observe.sock: there is no such socket"), "{}", said.err);
    assert!(said.err.contains("--run-dir"), "{}", said.err);
    drop(UnixListener::bind(way.mon.path("run/observe.sock")).unwrap());
    let said = way.expect(6, "mon1", &["status"]);
    assert!(said.err.contains("the monitor ended and left it behind"), "{}", said.err);
}

#[test]
fn a_server_that_forwards_to_no_socket_is_named_with_what_to_change() {
    let way = Way::to("AllowStreamLocalForwarding no");
    let _socket = UnixListener::bind(way.mon.path("run/observe.sock")).unwrap();
    let said = way.say("mon1", &["status"]);
    assert!(said.code == 6 && said.err.contains("mon1:/mnt/run/observe.sock is not opened from there"), "{} {}", said.code, said.err);
    assert!(said.err.contains("AllowStreamLocalForwarding in its sshd_config"), "{}", said.err);

    // A key that may do nothing at all: not even say why.
    let keys = std::fs::read_to_string(way.mon.path("authorized_keys")).unwrap();
    std::fs::write(way.mon.path("authorized_keys"), format!("restrict,command=\"/bin/false\" {keys}")).unwrap();
    let said = way.say("mon1", &["status"]);
    assert!(said.code == 6 && said.err.contains("the host does not say why"), "{} {}", said.code, said.err);
}

#[test]
fn an_encrypted_key_without_its_agent_asks_nobody() {
    let way = Way::to("");
    keygen(&way.mon.path("locked"), &["-N", "secret"]);
    std::fs::copy(way.mon.path("locked"), way.mon.path("id")).unwrap();
    std::fs::copy(way.mon.path("locked.pub"), way.mon.path("id.pub")).unwrap();
    std::fs::copy(way.mon.path("locked.pub"), way.mon.path("authorized_keys")).unwrap();
    std::fs::set_permissions(way.mon.path("id"), std::fs::Permissions::from_mode(0o600)).unwrap();
    let said = way.expect(3, "mon1", &["status"]);
    assert!(said.err.contains("login as root refused") && said.err.contains("SSH agent"), "{}", said.err);
}

#[test]
fn where_the_host_shows_that_somebody_listens_the_forbidden_way_is_certain() {
    let lab = Lab::boot(&["m1"]);
    // Anything that listens will do, in the place where a monitor's socket is unless somebody says otherwise.
    lab.host("m1").sh("mkdir /run/switchtower; ln -s /run/dbus/system_bus_socket /run/switchtower/observe.sock");
    let status = || {
        let mut command = lab.ctl_command(PROGRAM);
        command.args(["--via", "m1", "--ssh-config"]).arg(lab.ssh_config()).arg("status");
        Said::from(proc::run(&mut command, Duration::from_secs(60)))
    };
    let said = status();
    assert!(said.code == 6 && said.err.contains("the connection to the monitor was lost"), "it is no monitor: {} {}", said.code, said.err);

    lab.host("m1").sh("sed -i '1i AllowStreamLocalForwarding no' /etc/ssh/sshd_config && systemctl reload ssh");
    let said = status();
    assert!(said.err.contains("m1:/run/switchtower/observe.sock is not opened from there: the monitor listens"), "{}", said.err);
    assert!(said.code == 3 && said.err.contains("`AllowStreamLocalForwarding yes` in sshd_config"), "{} {}", said.code, said.err);
}
