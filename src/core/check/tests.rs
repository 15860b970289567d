use super::model::{OLDER, TWO_ACTIVE};
use super::world::{Budget, Setup, Wish, seen};
use crate::core::model::{Component, Device, Fence, Host, HostName, Mode, Side};
use crate::core::testing::{cluster, component};
use stateright::{Checker, Model};

const SWITCHOVER: &[Wish] = &[Wish::Switchover];

/// A configuration in which nothing goes wrong yet.
fn setup(components: Vec<Component>, wishes: &[Wish], budget: Budget) -> Setup {
    let mut cluster = cluster(components);
    let fence = || Some(Fence { device: Device::Command { argv: vec!["/bin/power".into()] }, timeout_ms: 100 });
    for (name, side) in [("m1", Side::Primary), ("m2", Side::Secondary)] {
        let name = HostName::new(name).unwrap();
        cluster.hosts.insert(name.clone(), Host { name, side: Some(side), fence: None });
    }
    cluster.hosts.values_mut().for_each(|host| host.fence = fence());
    let on = |side| cluster.instances().filter(move |(_, at, _, _)| *at == side).map(|(_, _, _, i)| i).collect::<Vec<_>>();
    let slots = [on(Side::Primary), on(Side::Secondary)];
    Setup {
        slots,
        cluster,
        apart: true,
        auto: false,
        wishes: wishes.to_vec(),
        budget,
        guard: true,
        silence_stops: false,
        lies: false,
        reaches: 0,
    }
}

fn db() -> Vec<Component> {
    vec![component("db", &[])]
}

/// Tries everything out: what must hold holds, what must be possible is, and at least `floor` states were seen.
fn holds(name: &str, setup: Setup, floor: usize) {
    let since = std::time::Instant::now();
    let checked = setup.checker().spawn_bfs().join();
    println!(
        "{name}: {} states, {} transitions, depth {}, {:?}",
        checked.unique_state_count(),
        checked.state_count(),
        checked.max_depth(),
        since.elapsed()
    );
    checked.assert_properties();
    assert!(checked.is_done(), "something was cut off");
    assert!(checked.unique_state_count() >= floor, "{} states only", checked.unique_state_count());
}

#[test]
fn a_switchover_with_a_crash_and_a_loss_keeps_everything_whole() {
    let budget = Budget { wishes: 1, crashes: 1, losses: 1, lates: 1, ..Budget::default() };
    let reaches = seen::SWITCHED | seen::RESUMED;
    holds("switchover", Setup { reaches, ..setup(db(), SWITCHOVER, budget) }, 1_000);
}

#[test]
fn zz_experiment() {
    let v = |n: &str| std::env::var(n).ok().and_then(|x| x.parse::<u8>().ok()).unwrap_or(0);
    let budget = Budget { wishes: v("W"), crashes: v("C"), losses: v("L"), lates: v("T"), failures: v("F"), outages: v("O"), cuts: v("X") };
    let mut wishes = Vec::new();
    let k = std::env::var("K").unwrap_or_default();
    if k.contains('s') {
        wishes.push(Wish::Switchover);
    }
    if k.contains('m') {
        wishes.push(Wish::Move);
    }
    if k.contains('w') {
        wishes.push(Wish::TakeOver { by_word: true });
    }
    if k.contains('f') {
        wishes.push(Wish::TakeOver { by_word: false });
    }
    let mut comps = db();
    if k.contains('2') {
        comps = vec![component("db", &[]), component("app", &["db"])];
    }
    if k.contains('*') {
        comps = vec![component("db*", &[])];
    }
    let mut s = setup(comps, &wishes, budget);
    s.auto = k.contains('a');
    s.apart = !k.contains('t');
    s.guard = !k.contains('G');
    s.silence_stops = k.contains('S');
    s.lies = k.contains('l');
    s.reaches = seen::SWITCHED | seen::RESUMED | seen::FAILED_OVER | seen::SETTLED | seen::REFUSED | seen::MOVED | seen::TURNED_BACK;
    let since = std::time::Instant::now();
    let checked = s.checker().timeout(std::time::Duration::from_secs(20)).spawn_bfs().join();
    println!(
        "{k} {budget:?}: {} states, {} transitions, depth {}, {:?} done {}",
        checked.unique_state_count(),
        checked.state_count(),
        checked.max_depth(),
        since.elapsed(),
        checked.is_done()
    );
    let found = checked.discoveries();
    let mut names: Vec<_> = found.iter().map(|(n, p)| (*n, p.clone().into_actions().len())).collect();
    names.sort();
    println!("{names:#?}");
    for (n, p) in found {
        if n.starts_with("no") {
            println!("{n}: {:#?}", p.into_actions());
        }
    }
}
