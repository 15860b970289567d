//! A monitor of some dozens of simulated hosts: the real program, with the real protocols on the way.

use crate::support::cluster::{PROGRAM, SOON};
use crate::support::wait;
use std::time::{Duration, Instant};

#[path = "../../benches/support/fleet.rs"]
mod fleet;

use fleet::{Fleet, Shape, sim};
use switchtower::ssh::server::KeyPair;

const HOSTS: usize = 40;
const INTERVAL: Duration = Duration::from_secs(1);

#[test]
fn forty_hosts_are_looked_at_once_an_interval_each_at_its_own_time() {
    let shape = Shape { hosts: HOSTS, components: 5, interval: INTERVAL };
    let fleet = Fleet::new(shape);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let hosts = shape.hosts();
    let dir = fleet.dir.path();
    let (server, client) = (KeyPair::read(&dir.join("host")).unwrap(), KeyPair::read(&dir.join("client")).unwrap());
    runtime.block_on(sim::listen(fleet.net, &hosts, &server, &client.public_line().unwrap(), dir)).unwrap();
    let monitor = fleet.monitor(PROGRAM);
    wait::until("every host answers", SOON, || fleet.figures().is_ok_and(|page| page.count("switchtower_host_reachable{", 1.0) == HOSTS));

    // A whole number of intervals after all have begun to beat.
    let (began, before) = (Instant::now(), hosts.iter().map(|host| host.asked()).collect::<Vec<u64>>());
    let each = 6;
    wait::until("each was looked at some more times", SOON, || hosts.iter().zip(&before).all(|(host, n)| host.asked() >= n + each));
    let gone = u64::try_from(began.elapsed().as_millis().div_ceil(INTERVAL.as_millis())).unwrap();
    for (n, (host, before)) in hosts.iter().zip(&before).enumerate() {
        let looks = host.asked() - before;
        assert!(looks <= gone + 1, "host {n} was looked at {looks} times within {gone} intervals");
    }
    // They are spread: no tenth of the interval has a third of all looks.
    let mut tenths = [0; 10];
    let first = hosts[0].looks()[0];
    for host in &hosts {
        for at in host.looks().iter().skip(2) {
            tenths[usize::try_from((at.saturating_sub(first) % 1000) / 100).unwrap()] += 1;
        }
    }
    let all: usize = tenths.iter().sum();
    assert!(tenths.iter().all(|n| *n < all / 3), "{tenths:?}");

    let page = fleet.figures().unwrap();
    let looks = page.buckets("switchtower_look_late_seconds").last().map(|(_, n)| *n);
    assert!(looks.is_some_and(|n| n >= f64::from(u32::try_from(HOSTS).unwrap()) * 6.0), "{looks:?}");
    assert!(page.is("switchtower_looks_overdue_total").is_some());
    drop(monitor);
}
