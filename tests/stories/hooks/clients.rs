//! The clients' way: whoever has the address of the old side in its cache reaches the new one after a move.

use super::*;
use crate::support::cluster::SOON;
use crate::support::wait;

const IP: &str = "10.45.0.200";

/// Tells whoever connects to port 8080 the name of its host.
const WEB: &str = "[Service]\nExecStart=/usr/bin/systemd-socket-activate --accept --inetd -l 8080 /bin/cat /etc/web.name\n";

fn mac(host: &Host) -> String {
    let link = host.sh("ip -o link show eth0");
    link.split(' ').skip_while(|word| *word != "link/ether").nth(1).unwrap_or_default().to_owned()
}

/// The hardware address that the client has for the virtual one.
fn cached(client: &Host) -> String {
    client.sh(&format!("ip neigh show {IP}")).split(' ').skip_while(|word| *word != "lladdr").nth(1).unwrap_or_default().to_owned()
}

/// Who answers the client at the virtual address.
fn answers(client: &Host) -> String {
    let ask = format!("timeout 3 bash -c 'exec 3<>/dev/tcp/{IP}/8080; cat <&3' || echo nobody");
    client.sh(&ask)
}

#[test]
fn a_client_that_has_the_old_sides_address_in_its_cache_reaches_the_service_after_a_move_that_a_hook_held_up_at_first() {
    let cluster = Cluster::bare_beside(&["client"], &["web"]);
    let (a1, b1, client) = (cluster.host("a1"), cluster.host("b1"), cluster.host("client"));
    for host in [a1, b1] {
        host.write("/etc/systemd/system/web.service", WEB.as_bytes());
        host.write("/etc/web.name", host.name().as_bytes());
        host.sh("systemctl daemon-reload");
        install_hook(host);
    }
    a1.sh(&format!("ip addr add {IP}/24 dev $(ip -o -4 addr show | awk '/10.45/ {{ print $2; exit }}'); systemctl start web.service"));
    let place =
        |host: &str| format!("{{ host = {host:?}, ocf = \"ocf:heartbeat:IPaddr2\", options = {{ ip = {IP:?}, cidr_netmask = \"24\" }} }}");
    let vip = format!("[components.vip]\nprimary = {}\nsecondary = {}\n", place("a1"), place("b1"));
    let unit = |host: &str| format!("{{ host = {host:?}, unit = \"web.service\" }}");
    let web = format!("[components.web]\nafter = [\"vip\"]\nprimary = {}\nsecondary = {}\n", unit("a1"), unit("b1"));
    let hooks = hook("ask", "b1", "before", "") + &hook("dns", "b1", "after", "");
    cluster.configure("", &(vip + &web + &hooks));
    let _monitor = cluster.monitor();
    cluster.wait_for("the address is seen", |status| status["verdict"] == "ok");
    assert_eq!((answers(client).as_str(), cached(client)), ("a1", mac(a1)));

    b1.sh("touch /etc/hook.fails.run-ask");
    cluster.expect(4, &["switchover", "--confirm", "south"]);
    assert_eq!((answers(client).as_str(), cached(client)), ("a1", mac(a1)), "a veto leaves the clients where they are");

    b1.sh("rm /etc/hook.fails.run-ask");
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    // It sends nothing meanwhile, so that it cannot find out by itself: it has to be told.
    wait::until("the client has heard of the new address", SOON, || cached(client) == mac(b1));
    assert_eq!(answers(client), "b1");
    let last = order(&cluster, &["b1"]);
    assert_eq!(last.last().map(String::as_str), Some("run-dns"), "{last:?}");
}
