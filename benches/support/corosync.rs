//! The peer's configuration as text: Corosync's file, and the resources in Pacemaker's own XML.

use super::host::Host;
use std::fmt::Write as _;

/// A cluster of these hosts with Corosync's default times, and a quorum that two nodes need not have.
pub fn corosync(hosts: &[&Host]) -> String {
    let mut text =
        "totem {\n version: 2\n cluster_name: bench\n transport: knet\n crypto_cipher: aes256\n crypto_hash: sha256\n}\nnodelist {\n"
            .to_owned();
    for (number, host) in (1..).zip(hosts) {
        write!(text, " node {{\n  ring0_addr: {}\n  name: {}\n  nodeid: {number}\n }}\n", host.ip(), host.name()).unwrap();
    }
    text += "}\nquorum {\n provider: corosync_votequorum\n";
    if hosts.len() == 2 {
        text += " two_node: 1\n wait_for_all: 0\n";
    }
    text + "}\nlogging {\n to_syslog: yes\n}\n"
}

/// The resources, each with its class and type as `kind`; all in one ordered group, or each for itself.
pub fn resources(names: &[String], kind: impl Fn(usize) -> String, interval: &str, grouped: bool) -> String {
    let mut text = "<resources>".to_owned();
    if grouped {
        text += "<group id=\"group\">";
    }
    for (number, name) in names.iter().enumerate() {
        write!(text, "<primitive id=\"{name}\" {}><operations>", kind(number)).unwrap();
        for (operation, every) in [("monitor", interval), ("start", "0"), ("stop", "0")] {
            write!(text, "<op id=\"{name}-{operation}\" name=\"{operation}\" interval=\"{every}\" timeout=\"20s\"/>").unwrap();
        }
        text += "</operations></primitive>";
    }
    if grouped {
        text += "</group>";
    }
    text + "</resources>"
}
