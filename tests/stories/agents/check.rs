//! An admin checks a configuration with agents before running by it.

use super::*;

/// The check runs where the monitor will: beside the hosts.
fn checked(cluster: &Cluster) -> crate::support::cluster::Said {
    let mut command = cluster.lab.ctl_command(crate::support::cluster::PROGRAM);
    command.arg("--config").arg(cluster.config()).args(["config", "check"]);
    crate::support::proc::run(&mut command, std::time::Duration::from_secs(60)).into()
}

#[test]
fn a_check_finds_agents_that_are_missing_or_do_not_fit_and_what_is_wrong_with_their_options() {
    let ip = |options: &str| format!("ocf = \"ocf:heartbeat:IPaddr2\", options = {{ {options} }}");
    let wrong = [
        sides("vip", "", &ip("cidr_netmask = \"24\""), &ip("ip = \"10.45.0.200\", cidr_netmsak = \"24\", arp_count = \"many\"")),
        component("ghost", "", "ocf = \"ocf:heartbeat:NoSuchAgent\""),
        component("pair", "sharing = \"active-standby\"", "ocf = \"ocf:heartbeat:Dummy\""),
        component("app", "", EXEC),
    ];
    let cluster = cluster(&wrong.concat());
    install_app_on(cluster.host("a1"));
    let said = checked(&cluster);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    for part in [
        "components.vip.primary.options",
        "IPaddr2 needs the parameter \"ip\"",
        "components.vip.secondary.options",
        "did you mean \"cidr_netmask\"",
        "a whole number for \"arp_count\"",
        "components.ghost.primary.ocf",
        "/usr/lib/ocf/resource.d/heartbeat/NoSuchAgent",
        "components.pair.secondary.ocf",
        "Dummy cannot be promoted",
        "components.app.secondary.exec",
        "b1 has no program /usr/local/bin/app",
    ] {
        assert!(said.out.contains(part), "{part} is missing in\n{}{}", said.out, said.err);
    }
    assert!(!said.out.contains("components.app.primary"), "{}", said.out);

    install_app_on(cluster.host("b1"));
    let stateful = component("pair", "sharing = \"active-standby\"", "ocf = \"ocf:heartbeat:Stateful\"");
    cluster.configure("", &(component("vip", "", &ip("ip = \"10.45.0.200\"")) + &stateful + &component("app", "", EXEC)));
    let said = checked(&cluster);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    cluster.host("b1").sh("rmdir /run/resource-agents");
    let said = checked(&cluster);
    assert!((said.out.clone() + &said.err).contains("systemd-tmpfiles --create"), "{}{}", said.out, said.err);
    for host in ["a1", "b1"] {
        assert!(!cluster.host(host).exec(&["test", "-e", "/var/lib/switchtower-guard"]).status.success(), "a check writes nothing");
    }
}
