use super::model::{OLDER, REPEATED, TWO_ACTIVE, UNPROVEN};
use super::world::{Budget, Setup, Wish, seen};
use crate::core::model::{Component, Device, Fence, Host, HostName, Side};
use crate::core::testing::{cluster, component};
use stateright::{Checker, Model};

/// What a person asks for in most configurations.
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

/// Tries everything out: what must hold holds, what must be possible is, and no fewer than `floor` states were seen.
fn holds(setup: Setup, floor: usize) {
    let checked = setup.checker().spawn_bfs().join();
    let states = checked.unique_state_count();
    println!("{states} states, {} transitions, {} deep", checked.state_count(), checked.max_depth());
    checked.assert_properties();
    assert!(checked.is_done() && states >= floor, "something was cut off: {states} states only");
}

/// Tries everything out in a world in which one rule is switched off, and finds what must not be.
fn breaks(setup: Setup, what: &[&'static str]) {
    let checked = setup.checker().spawn_bfs().join();
    println!("{} states", checked.unique_state_count());
    for name in what {
        let way = checked.assert_any_discovery(name).into_actions();
        println!("{name}: {way:?}");
        assert!(way.len() > 3, "it takes more than a few steps");
    }
}

#[test]
fn a_switchover_stays_whole_through_a_crash_a_lost_act_and_a_late_one_in_every_order() {
    let budget = Budget { wishes: 1, crashes: 1, losses: 1, lates: 1, ..Budget::default() };
    let reaches = seen::SWITCHED | seen::RESUMED | seen::REFUSED | seen::TURNED_BACK;
    holds(Setup { reaches, ..setup(db(), SWITCHOVER, budget) }, 15_000);
}

#[test]
fn two_components_that_depend_on_each_other_move_whole_through_a_crash_and_a_late_act() {
    let budget = Budget { wishes: 1, crashes: 1, lates: 1, ..Budget::default() };
    let two = vec![component("db", &[]), component("app", &["db"])];
    let reaches = seen::SWITCHED | seen::RESUMED | seen::REFUSED;
    holds(Setup { reaches, ..setup(two, SWITCHOVER, budget) }, 7_000);
}

#[test]
fn a_component_in_active_and_standby_moves_whole_through_a_crash() {
    let budget = Budget { wishes: 1, crashes: 1, ..Budget::default() };
    let reaches = seen::SWITCHED | seen::RESUMED | seen::REFUSED;
    holds(Setup { reaches, ..setup(vec![component("db*", &[])], SWITCHOVER, budget) }, 450);
}

#[test]
fn a_switchover_stays_whole_when_an_act_fails_a_monitor_crashes_and_an_act_is_late() {
    let budget = Budget { wishes: 1, crashes: 1, failures: 1, lates: 1, ..Budget::default() };
    let reaches = seen::SWITCHED | seen::RESUMED | seen::TURNED_BACK;
    holds(Setup { reaches, ..setup(db(), SWITCHOVER, budget) }, 7_000);
}

#[test]
fn a_switchover_stays_whole_when_a_site_loses_power_and_its_monitor_with_it() {
    let budget = Budget { wishes: 1, crashes: 1, outages: 1, ..Budget::default() };
    let reaches = seen::SWITCHED | seen::RESUMED | seen::REFUSED | seen::TURNED_BACK;
    holds(Setup { apart: false, reaches, ..setup(db(), SWITCHOVER, budget) }, 6_000);
}

#[test]
fn a_monitor_that_decides_by_itself_fails_over_through_the_fence_only() {
    let budget = Budget { crashes: 1, outages: 1, ..Budget::default() };
    let reaches = seen::FAILED_OVER | seen::REFUSED | seen::TURNED_BACK;
    holds(Setup { auto: true, reaches, ..setup(db(), &[], budget) }, 4_000);
}

#[test]
fn the_lease_moves_and_is_taken_in_the_middle_of_a_switchover_and_never_do_both_act() {
    let wishes = [Wish::Switchover, Wish::Move, Wish::TakeOver { by_word: true }];
    let budget = Budget { wishes: 2, crashes: 1, lates: 1, ..Budget::default() };
    let reaches = seen::SWITCHED | seen::RESUMED | seen::MOVED | seen::SETTLED | seen::REFUSED;
    holds(Setup { reaches, ..setup(db(), &wishes, budget) }, 25_000);
}

#[test]
fn a_take_over_settles_an_open_run_when_the_sites_are_cut_off_or_the_monitor_has_died() {
    let wishes = [Wish::Switchover, Wish::TakeOver { by_word: true }, Wish::TakeOver { by_word: false }];
    let reaches = seen::SWITCHED | seen::SETTLED | seen::REFUSED;
    let crash = Budget { wishes: 2, crashes: 1, ..Budget::default() };
    holds(Setup { reaches: reaches | seen::RESUMED, ..setup(db(), &wishes, crash) }, 4_000);
    let cut = Budget { wishes: 2, cuts: 1, ..Budget::default() };
    holds(Setup { reaches: reaches | seen::TURNED_BACK, ..setup(db(), &wishes, cut) }, 20_000);
}

#[test]
fn a_word_that_is_a_lie_makes_two_monitors_act_and_still_nothing_is_active_twice() {
    let wishes = [Wish::Switchover, Wish::TakeOver { by_word: true }];
    let budget = Budget { wishes: 2, cuts: 1, ..Budget::default() };
    holds(Setup { lies: true, reaches: seen::SETTLED | seen::REFUSED, ..setup(db(), &wishes, budget) }, 2_500);
}

#[test]
fn without_the_guard_on_hosts_an_older_term_is_executed_and_the_model_finds_it() {
    let budget = Budget { wishes: 1, crashes: 1, lates: 1, ..Budget::default() };
    breaks(Setup { guard: false, ..setup(db(), SWITCHOVER, budget) }, &[OLDER, REPEATED]);
}

#[test]
fn with_silence_taken_as_stopped_both_sides_serve_and_the_model_finds_it() {
    let budget = Budget { wishes: 2, cuts: 1, ..Budget::default() };
    breaks(Setup { silence_stops: true, ..setup(db(), SWITCHOVER, budget) }, &[TWO_ACTIVE, UNPROVEN]);
}
