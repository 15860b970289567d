//! The monitor as a service of a real systemd, in the sandbox of the unit that is shipped.

use crate::support::cluster::{Cluster, PROGRAM, SOON};
use crate::support::host::Host;
use crate::support::wait;

const SHOP: [(&str, &[&str]); 2] = [("db", &[]), ("app", &["db"])];

/// Installs the program, the unit, the configuration and what it needs on a host of the cluster itself.
fn install(cluster: &Cluster, host: &Host) {
    host.write("/usr/bin/switchtower", &std::fs::read(PROGRAM).unwrap());
    host.write("/etc/systemd/system/switchtower.service", include_bytes!("../../config/switchtower.service"));
    let (known, key) = (cluster.lab.known_hosts(), cluster.lab.ssh_key());
    host.write("/etc/switchtower/known_hosts", &std::fs::read(&known).unwrap());
    host.write("/etc/switchtower/id", &std::fs::read(&key).unwrap());
    let work = cluster.lab.dir().display().to_string();
    let text = std::fs::read_to_string(cluster.config()).unwrap();
    let text = text
        .replace(&format!("{work}/state"), "/var/lib/switchtower")
        .replace(&format!("{work}/run"), "/run/switchtower")
        .replace(known.to_str().unwrap(), "/etc/switchtower/known_hosts")
        .replace(key.to_str().unwrap(), "/etc/switchtower/id");
    host.write("/etc/switchtower/switchtower.toml", text.as_bytes());
    host.sh("chmod 755 /usr/bin/switchtower; chmod 600 /etc/switchtower/id; chmod 644 /etc/switchtower/switchtower.toml; systemctl daemon-reload");
}

#[test]
fn the_monitor_runs_in_the_sandbox_of_its_unit_and_reloads_and_ends_as_a_service_does() {
    let cluster = Cluster::boot(&SHOP);
    let host = cluster.host("b1");
    install(&cluster, host);
    host.sh("systemctl start switchtower.service");
    let told = || host.unit_property("switchtower.service", "StatusText");
    wait::until_value("systemd is told how the cluster is", SOON, told, |text| text.contains("OK"));
    let shown = || host.sh("switchtower status 2>&1 || true");
    wait::until_value("the cluster is served by north", SOON, shown, |text| text.contains("OK  north ACTIVE"));
    host.sh("switchtower switchover --confirm south");
    cluster.assert_serves("b1");

    let pid = host.unit_property("switchtower.service", "MainPID");
    host.sh("systemctl reload switchtower.service");
    let log = || host.sh("switchtower log 2>&1 || true");
    wait::until_value("the next life has begun", SOON, log, |text| text.contains("took term 2"));
    wait::until_value("it is ready", SOON, || host.unit_property("switchtower.service", "ActiveState"), |state| state == "active");
    assert_eq!(host.unit_property("switchtower.service", "MainPID"), pid);
    assert_eq!(host.unit_property("switchtower.service", "NRestarts"), "0");

    host.sh("systemctl stop switchtower.service");
    assert_eq!(host.unit_property("switchtower.service", "Result"), "success");
    cluster.assert_serves("b1");
}
