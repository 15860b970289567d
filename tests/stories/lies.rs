//! Silence that is looked at from a second vantage point: what another host sees of it, and what is made of that.

use crate::support::cluster::Cluster;
use crate::support::sshd::Sshd;
use crate::support::wait;
use rustix::net::{AddressFamily, SocketType, bind, listen, socket};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};
use switchtower::core::health::Sight;
use switchtower::core::model::{HostName, Side};
use switchtower::probe::{Lookout, SecondSeen, Vantage, VantageOptions};
use switchtower::ssh::{Options, Pool, Target};
use tokio::sync::mpsc::Receiver;

/// Looks of themselves come twice a minute.
const PATIENCE: Duration = Duration::from_secs(60);

fn target(sshd: &Sshd) -> Target {
    Target {
        user: Some("root".to_owned()),
        identity_files: vec![sshd.path("id")],
        known_hosts: vec![sshd.path("known_hosts")],
        ..at(sshd.port)
    }
}

fn at(port: u16) -> Target {
    Target { port: Some(port), ..Target::new("127.0.0.1") }
}

/// Looks at what listens at `port` from `through`.
fn looks(through: &Sshd, port: u16) -> (Vantage, Receiver<SecondSeen>) {
    let pool = Pool::new(Options { config_file: Some("none".into()), use_agent: false, ..Options::default() });
    let name = |name| HostName::new(name).unwrap();
    let a1 = Lookout { target: at(port), side: Some(Side::Primary) };
    let b1 = Lookout { target: target(through), side: Some(Side::Secondary) };
    let hosts = BTreeMap::from([(name("a1"), a1), (name("b1"), b1)]);
    Vantage::start(&Arc::new(pool), hosts, &VantageOptions::default())
}

/// The next thing that is seen of `a1` and is `good`.
async fn sees(seen: &mut Receiver<SecondSeen>, what: &str, good: impl Fn(&Sight) -> bool) {
    let mut last = None;
    let found = async {
        while let Some(one) = seen.recv().await {
            if one.host.as_str() == "a1" && one.through.as_str() == "b1" {
                if good(&one.sight) {
                    return;
                }
                last = Some(one.sight);
            }
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(20), found).await;
    assert!(found.is_ok(), "waited in vain for {what}; last seen: {last:?}");
}

fn refused(sight: &Sight, with: &str) -> bool {
    matches!(sight, Sight::Refused { why } if why.contains(with))
}

fn not_asked(sight: &Sight, with: &str) -> bool {
    matches!(sight, Sight::NotAsked { why } if why.contains(with))
}

/// A listener whose queue is full: to whoever connects, it is as silent as a dead host.
fn deaf() -> (OwnedFd, Vec<TcpStream>, u16) {
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&listener, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).unwrap();
    listen(&listener, 0).unwrap();
    let listener = TcpListener::from(listener);
    let address = listener.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok();
    let waiting = std::iter::repeat_with(connect).map_while(|stream| stream).take(16).collect();
    (OwnedFd::from(listener), waiting, address.port())
}

#[tokio::test]
async fn another_host_sees_a_banner_a_refusal_or_nothing() {
    let (b1, a1) = (Sshd::start(""), Sshd::start(""));
    let (_vantage, mut seen) = looks(&b1, a1.port);
    sees(&mut seen, "a banner", |sight| *sight == Sight::Banner).await;

    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let (_vantage, mut seen) = looks(&b1, mute.local_addr().unwrap().port());
    sees(&mut seen, "a listener that says nothing", |sight| refused(sight, "says nothing")).await;

    let port = mute.local_addr().unwrap().port();
    drop(mute);
    let (_vantage, mut seen) = looks(&b1, port);
    sees(&mut seen, "a closed port", |sight| refused(sight, "Connection refused")).await;

    let (_listener, _waiting, port) = deaf();
    let (_vantage, mut seen) = looks(&b1, port);
    sees(&mut seen, "silence", |sight| matches!(sight, Sight::Nothing { why } if why.contains("no answer within"))).await;
}

#[tokio::test]
async fn a_host_that_cannot_look_says_why_and_is_asked_again_when_told() {
    let forbids = Sshd::start("AllowTcpForwarding no");
    let (_vantage, mut seen) = looks(&forbids, forbids.port + 1);
    sees(&mut seen, "a refused look", |sight| not_asked(sight, "AllowTcpForwarding")).await;

    let (b1, a1) = (Sshd::start(""), Sshd::start(""));
    let (vantage, mut seen) = looks(&b1, a1.port);
    sees(&mut seen, "a banner", |sight| *sight == Sight::Banner).await;
    b1.freeze(true);
    let began = Instant::now();
    vantage.ask(&HostName::new("a1").unwrap());
    sees(&mut seen, "b1 is silent itself", |sight| not_asked(sight, "b1")).await;
    let took = began.elapsed();
    assert!(took < Duration::from_secs(3), "asked for, it comes at once: {took:?}");
    b1.freeze(false);
    for _ in 0..50 {
        vantage.ask(&HostName::new("a1").unwrap());
    }
    sees(&mut seen, "a banner again", |sight| *sight == Sight::Banner).await;
    vantage.stop().await;
}

fn of<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["hosts"].as_array().and_then(|hosts| hosts.iter().find(|h| h["name"] == name)).unwrap_or(&Value::Null)
}

/// Waits until `a1` is judged so, for a reason with this in it.
#[track_caller]
fn judged(cluster: &Cluster, health: &str, why: &str) {
    let good = |status: &Value| {
        let judged = &of(status, "a1")["health"];
        judged["health"] == health && judged["why"].as_str().is_some_and(|said| said.contains(why))
    };
    wait::until_value(&format!("a1 is {health}: {why}"), PATIENCE, || cluster.status(), good);
}

#[test]
fn a_host_that_only_we_cannot_reach_is_a_broken_probe_and_one_that_nobody_reaches_is_down() {
    let cluster = Cluster::boot(&[("db", &[])]);
    let _monitor = cluster.monitor();
    let a1 = cluster.host("a1");
    let known = |status: &Value| of(status, "a1")["seen_by"][0]["knows_the_way"] == true;
    wait::until_value("b1 sees a1", PATIENCE, || cluster.status(), known);
    judged(&cluster, "up", "");

    a1.hide();
    judged(&cluster, "probe-broken", "b1 sees its SSH server");
    a1.cut();
    judged(&cluster, "down", "two signals");
    a1.heal();
    judged(&cluster, "probe-broken", "b1 sees its SSH server");
    a1.show();
    judged(&cluster, "up", "");

    // Its SSH server is gone, with all its sessions; its kernel lives.
    a1.sh("systemctl stop ssh.socket ssh.service; pkill sshd || true");
    judged(&cluster, "probe-broken", "refused");
    a1.sh("systemctl start ssh.service");
    judged(&cluster, "up", "");

    a1.power_off();
    judged(&cluster, "down", "two signals");
}
