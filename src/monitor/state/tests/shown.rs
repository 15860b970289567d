//! Pictures of what is new: they do not grow with the cluster, and what is decided is not decided once for each host.

use super::*;
use crate::core::testing::{cluster, component};
use crate::monitor::event::{Show, Shown};
use crate::wire::{ChangesView, Known};

/// A monitor of so many components that has heard both hosts, with all of them running on north.
fn of(components: usize) -> Bench {
    let mut bench = unheard(components);
    bench.look();
    bench.pass(1_000);
    bench
}

/// The same, which has heard nothing yet.
fn unheard(components: usize) -> Bench {
    let names: Vec<String> = (0..components).map(|n| format!("c{n:05}")).collect();
    let mut cluster = cluster(names.iter().map(|name| component(name, &[])).collect());
    cluster.policy.initiative = Initiative::ObserveOnly;
    let running = wanted(&cluster, Some(Side::Primary));
    Bench::of(setup_of(cluster), running)
}

impl Bench {
    fn changes(&mut self, known: Option<Known>) -> ChangesView {
        let (reply, mut answer) = oneshot::channel();
        self.apply(Event::Show(Show::Changes { known, fresh: false }, reply));
        match answer.try_recv().unwrap() {
            Shown::Changes(changes) => *changes,
            Shown::Status(_) => panic!("not what was asked for"),
        }
    }

    /// The whole picture, and what names it.
    fn whole(&mut self) -> (StatusView, Known) {
        let first = self.changes(None);
        let (mut status, mut known) = (first.status, first.known);
        while known.from.is_some() {
            let more = self.changes(Some(known));
            known = more.known;
            more.apply(&mut status);
        }
        (status, known)
    }

    /// Time goes by, with looks and ticks.
    fn pass(&mut self, ms: u64) {
        self.later += Duration::from_millis(ms);
        self.look();
        self.apply(Event::Tick);
    }

    /// What a console that is told of changes has, against what one is told that asks anew.
    fn assert_same(&mut self, mine: &StatusView) {
        let timeless = |view: &StatusView| {
            let mut view = view.clone();
            view.at = jiff::Timestamp::UNIX_EPOCH;
            view.readiness.iter_mut().for_each(|readiness| readiness.age_ms = None);
            view.hosts.iter_mut().for_each(|host| (host.age_ms, host.since_ms) = (None, None));
            view.components.iter_mut().flat_map(|c| &mut c.placements).for_each(|p| (p.age_ms, p.since_ms) = (None, None));
            view
        };
        let now = self.whole().0;
        assert_eq!(timeless(mine), timeless(&now));
    }
}

#[test]
fn a_picture_of_a_quiet_cluster_does_not_grow_with_the_cluster() {
    let mut sizes = Vec::new();
    for components in [20, 1_200] {
        let mut bench = of(components);
        let (mut mine, known) = bench.whole();
        assert_eq!(mine.components.len(), components);
        bench.pass(2_000);
        let news = bench.changes(Some(known));
        assert!(!news.whole && news.status.hosts.is_empty() && news.status.components.is_empty(), "{news:?}");
        sizes.push(crate::wire::encode(&news).len());
        news.apply(&mut mine);
        bench.assert_same(&mine);
    }
    let [small, large] = sizes[..] else { panic!() };
    assert!(large < small + 100, "{small} bytes grew to {large}");
}

#[test]
fn one_that_changes_is_told_alone_and_makes_the_same_picture() {
    let mut bench = of(1_200);
    let (mut mine, known) = bench.whole();
    let gone = bench.running.iter().next().unwrap().clone();
    bench.running.remove(&gone);
    bench.pass(2_000);
    let news = bench.changes(Some(known));
    let names: Vec<String> = news.status.components.iter().map(|c| c.name.to_string()).collect();
    assert_eq!(names, ["c00000"]);
    let known = news.known;
    news.apply(&mut mine);
    bench.assert_same(&mine);
    bench.gone.push(HostName::new("b1").unwrap());
    bench.pass(20_000);
    let news = bench.changes(Some(known));
    assert_eq!(news.status.components.len(), 1_200, "all of them are late");
    news.apply(&mut mine);
    bench.assert_same(&mine);
}

#[test]
fn a_large_cluster_is_told_in_parts_and_one_of_another_life_anew() {
    let mut bench = of(1_200);
    let first = bench.changes(None);
    assert!(first.whole && first.known.from == Some(500) && first.status.components.len() == 500);
    // What is told already changes while the rest is on its way.
    let gone = bench.running.iter().next().unwrap().clone();
    bench.running.remove(&gone);
    bench.pass(2_000);
    let (mut mine, mut known, mut parts) = (first.status, first.known, 1);
    while known.from.is_some() {
        let more = bench.changes(Some(known));
        (known, parts) = (more.known, parts + 1);
        more.apply(&mut mine);
    }
    assert_eq!(parts, 3);
    bench.assert_same(&mine);
    let other = Known { life: known.life + 1, ..known };
    assert!(bench.changes(Some(other)).whole);
}

#[test]
fn many_who_look_at_a_large_cluster_at_once_look_at_one_picture() {
    let mut bench = of(1_200);
    let (_, known) = bench.whole();
    let numbers: BTreeSet<u64> = (0..20).map(|_| bench.changes(Some(known)).known.number).collect();
    assert_eq!(numbers.len(), 1);
    bench.pass(1_000);
    assert!(bench.changes(Some(known)).known.number > known.number);
}

#[test]
fn what_hosts_of_a_large_cluster_say_within_a_moment_is_gone_through_once() {
    let mut bench = of(1_200);
    bench.pass(1_000);
    bench.later += Duration::from_millis(200);
    let before = bench.state.decided_for();
    for _ in 0..50 {
        let gone = bench.running.iter().next().unwrap().clone();
        bench.running.remove(&gone);
        bench.later += Duration::from_millis(1);
        bench.look();
    }
    let at_once = bench.state.decided_for() - before;
    assert!((1..=3).contains(&at_once), "{at_once} times for 50 losses");
    bench.later += Duration::from_millis(200);
    bench.apply(Event::Tick);
    assert!(bench.state.decided_for() > before + at_once, "the last of them is not forgotten");
}

#[test]
fn what_a_large_cluster_has_just_said_is_adopted_also_if_somebody_sets_a_mode_meanwhile() {
    let mut bench = unheard(1_200);
    bench.apply(Event::Tick);
    bench.look();
    assert_eq!(bench.state.ledger.wanted(), Wanted::Unset, "it is gathered");
    let observe = crate::wire::Request::Mode { mode: crate::wire::ModeAsk::ObserveOnly, reason: None };
    bench.ask(observe, true).try_recv().unwrap().unwrap();
    bench.later += Duration::from_millis(200);
    bench.apply(Event::Tick);
    assert_eq!(bench.state.ledger.wanted(), Wanted::Active(Side::Primary));
}

#[test]
fn checks_that_are_in_order_are_counted_and_those_that_are_not_are_told() {
    let mut bench = of(1_200);
    let (mine, known) = bench.whole();
    let told = mine.readiness.as_ref().unwrap();
    assert!(told.checks.is_empty() && told.in_order() > 1_200, "{} listed, {} in order", told.checks.len(), told.in_order());
    let gone = bench.running.iter().next().unwrap().clone();
    bench.running.remove(&gone);
    bench.gone.push(HostName::new("b1").unwrap());
    bench.pass(20_000);
    let news = bench.changes(Some(known));
    let status = bench.state.status(bench.now());
    let (told, all) = (news.status.readiness.unwrap(), status.readiness.unwrap());
    assert!(!news.same_readiness && !told.checks.is_empty());
    assert_eq!(told.checks, all.in_the_way().cloned().collect::<Vec<_>>());
    assert_eq!((told.in_order(), told.verdict), (all.in_order(), all.verdict));
    assert_eq!(told.checks.len() + told.in_order(), all.checks.len());
}
