//! Hosts that stop by themselves when they hear no monitor: when that is proven, and what follows.

use super::*;
use crate::core::fact::{Fact, Reach};
use crate::core::health::Sight;
use crate::core::model::{Instance, Mode};
use crate::core::run::StepState;
use crate::core::testing::processes;

/// What each host says: it has everything stopped within 30 s.
const SELF_STOP_MS: u64 = 30_000;

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

/// A shop of processes whose hosts have said that they stop by themselves, and which acts by itself.
fn bench() -> Bench {
    let cluster = processes(shop());
    let running = wanted(&cluster, Some(Side::Primary));
    let mut bench = Bench::of(setup_of(cluster), running);
    bench.self_stop_ms = Some(SELF_STOP_MS);
    bench.look();
    bench
}

fn active(bench: &Bench, name: &str, side: Side) -> Instance {
    let component = bench.state.setup.cluster.components.values().find(|c| c.name.as_str() == name).unwrap();
    component.instance(side, Mode::Active).unwrap()
}

/// a1 misses a look that begins now.
fn miss(bench: &mut Bench, kind: MissKind) {
    let at = bench.now().steady;
    bench.apply(Event::Seen(Seen { host: host("a1"), at, facts: Err(Miss { kind, why: "no answer".into() }) }));
}

/// So much later a1 misses a look, and b1 answers one.
fn later(bench: &mut Bench, ms: u64) {
    if !bench.gone.contains(&host("a1")) {
        bench.gone.push(host("a1"));
    }
    bench.later += Duration::from_millis(ms);
    miss(bench, MissKind::Silent);
    bench.look();
}

fn proven(bench: &Bench) -> bool {
    bench.state.self_stopped(&host("a1")).is_some()
}

fn verbs(bench: &Bench) -> Vec<&'static str> {
    bench.state.ledger.runs().map(|(_, log)| log.run.plan().command.verb()).collect()
}

#[test]
fn what_a_silent_host_has_stopped_by_itself_starts_elsewhere_without_a_fence_and_not_before() {
    let mut bench = bench();
    assert!(bench.status().acts.contains("every host stops by itself when it hears no monitor"), "{}", bench.status().acts);
    for _ in 0..16 {
        later(&mut bench, 2_000);
        assert!(bench.orders.is_empty() && !proven(&bench), "its lease goes on after {:?}", bench.later);
    }
    // 30 s, one hundredth more, and two seconds.
    later(&mut bench, 290);
    assert!(!proven(&bench) && bench.orders.is_empty());
    later(&mut bench, 50);
    assert!(proven(&bench));
    assert_eq!(verbs(&bench), ["failover"]);
    let status = bench.status();
    let a1 = &status.hosts[0];
    assert_eq!(a1.health.health.word(), "down");
    assert!(a1.health.why.contains("within 30 s of its last answer"), "{}", a1.health.why);
    let db = &status.components.iter().find(|c| c.name.as_str() == "db").unwrap().placements[0];
    assert_eq!(db.observed, Some(Mode::Stopped));
    assert!(db.detail.contains("stopped by its host itself, last seen active"), "{}", db.detail);
    while !bench.orders.is_empty() {
        assert!(bench.orders.iter().all(|o| o.instance.host == host("b1") && o.rivals.iter().all(|r| r.host == host("b1"))));
        bench.step();
    }
    assert_eq!(bench.status().active.unwrap().as_str(), "south");

    // It comes back with what it has stopped, and nothing else is needed.
    bench.running.retain(|i| i.host != host("a1"));
    bench.gone.clear();
    bench.later += Duration::from_secs(60);
    bench.look();
    bench.apply(Event::Tick);
    assert!(!proven(&bench) && bench.orders.is_empty());
    assert_eq!(bench.status().verdict, Verdict::Ok);
}

#[test]
fn that_it_is_waited_for_is_said_while_a_failover_is_held_back() {
    let mut bench = bench();
    let asked = bench.now().steady;
    bench.apply(Event::Second { host: host("a1"), through: host("b1"), asked, sight: Sight::Banner });
    for _ in 0..3 {
        later(&mut bench, 1_000);
        let asked = bench.now().steady;
        bench.apply(Event::Second { host: host("a1"), through: host("b1"), asked, sight: Sight::Nothing { why: "timed out".into() } });
    }
    let held = serde_json::to_string(&bench.status().decision.unwrap().choice).unwrap();
    assert!(held.contains("has no fence device"), "{held}");
    assert!(held.contains("until it has stopped by itself, 30 s after its last answer"), "{held}");
    assert!(bench.orders.is_empty());
}

#[test]
fn it_does_not_matter_who_else_sees_the_host_or_how_its_looks_fail() {
    let mut bench = bench();
    later(&mut bench, 33_000);
    bench.later += Duration::from_millis(10);
    miss(&mut bench, MissKind::Broken);
    let asked = bench.now().steady;
    bench.apply(Event::Second { host: host("a1"), through: host("b1"), asked, sight: Sight::Banner });
    let now = bench.now();
    assert!(matches!(bench.state.picture(now.steady, now).reach(&host("a1")), Some(Reach::SelfStopped(_))));
}

#[test]
fn time_alone_proves_nothing_while_an_answer_may_be_on_its_way() {
    let mut bench = bench();
    later(&mut bench, 1_000);
    bench.later += Duration::from_secs(600);
    bench.apply(Event::Tick);
    assert!(!proven(&bench), "no look that began since was taken in: an answer of before may still come");
    // A look at another host that began in the meantime, and with it everything that was handed on before.
    bench.look();
    assert!(proven(&bench));
}

#[test]
fn the_time_begins_when_an_answer_is_taken_in_and_not_when_it_was_asked_for() {
    let mut bench = bench();
    let asked = bench.now().steady;
    bench.later += Duration::from_secs(20);
    let facts: Vec<(crate::core::model::Service, Fact)> = (bench.state.setup.cluster.instances())
        .filter(|(_, _, _, i)| i.host == host("a1"))
        .map(|(_, _, _, i)| (i.service.clone(), Fact { self_stop_ms: Some(SELF_STOP_MS), ..fact(ServiceState::Active) }))
        .collect();
    bench.apply(Event::Seen(Seen { host: host("a1"), at: asked, facts: Ok(facts) }));
    later(&mut bench, 15_000);
    assert!(!proven(&bench), "35 s after the question, 15 s after the answer came here");
    later(&mut bench, 17_400);
    assert!(proven(&bench));
}

#[test]
fn nothing_is_proven_without_the_evidence_of_every_active_placement() {
    for tamper in 0..3 {
        let mut bench = bench();
        let db = active(&bench, "db", Side::Primary);
        let state = if tamper == 0 { ServiceState::Active } else { ServiceState::Inactive };
        let at = bench.now().steady;
        if tamper == 2 {
            bench.state.facts.touch(db.clone(), at + Duration::from_millis(1));
        }
        bench.apply(Event::Seen(Seen { host: host("a1"), at, facts: Ok(vec![(db.service, fact(state))]) }));
        bench.orders.clear();
        later(&mut bench, 60_000);
        // One that its host has seen stopped, and that nobody has touched since, needs none.
        let rescued = verbs(&bench).contains(&"rescue");
        assert_eq!(proven(&bench), tamper == 1 && !rescued, "{tamper}: {:?}", verbs(&bench));
    }
    let cluster = shop();
    let mut units = Bench::of(setup_of(cluster.clone()), wanted(&cluster, Some(Side::Primary)));
    units.self_stop_ms = Some(SELF_STOP_MS);
    units.look();
    later(&mut units, 60_000);
    assert!(!proven(&units), "units go on without a monitor");
}

#[test]
fn a_placement_that_was_seen_stopped_needs_no_evidence_of_its_own() {
    let mut bench = bench();
    bench.ask(crate::wire::Request::Mode { mode: crate::wire::ModeAsk::ObserveOnly, reason: None }, true).try_recv().unwrap().unwrap();
    let db = active(&bench, "db", Side::Primary);
    let at = bench.now().steady;
    bench.apply(Event::Seen(Seen { host: host("a1"), at, facts: Ok(vec![(db.service, fact(ServiceState::Failed))]) }));
    later(&mut bench, 33_000);
    assert!(proven(&bench));
}

#[test]
fn another_life_of_the_monitor_proves_nothing_before_it_has_heard_the_host() {
    let bench = bench();
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    let mut next = Bench::new();
    next.state = State::new(setup_of(processes(shop())), Box::new(Single::new("m1")), ledger);
    let now = next.now();
    let first = next.state.begin(Vec::new(), now).unwrap();
    next.take(first);
    for _ in 0..10 {
        later(&mut next, 60_000);
    }
    assert!(!proven(&next) && next.orders.is_empty());
}

/// A switchover of which the first step, a stop on a1, or the last, a start there, nobody has answered.
fn cut_off(bench: &mut Bench, action: Action) -> RunId {
    let hash = bench.plan().hash;
    assert!(bench.submit(&hash, "south", true).try_recv().unwrap().is_ok());
    if action == Action::Start {
        // db does not start on b1, so that everything goes back, and db on a1 first.
        let db = active(bench, "db", Side::Secondary);
        while bench.orders[0].instance != db {
            bench.step();
        }
        answer(bench, Outcome::Failed);
        let db = active(bench, "db", Side::Primary);
        while bench.orders[0].instance != db {
            bench.step();
        }
    }
    bench.orders[0].run
}

/// Reports the oldest order with this outcome.
fn answer(bench: &mut Bench, outcome: Outcome) {
    let order = bench.orders.remove(0);
    let run::Effect::Act { step, way, .. } = order.effect else { panic!("{order:?}") };
    let event = RunEvent::Answered { step, way, outcome, detail: "made up".into(), took_ms: 1 };
    bench.apply(Event::Reported(Report { run: order.run, effect: order.effect, event }));
}

#[test]
fn a_stop_in_doubt_is_done_once_the_host_has_stopped_by_itself() {
    let mut bench = bench();
    let run = cut_off(&mut bench, Action::Stop);
    answer(&mut bench, Outcome::Unknown);
    later(&mut bench, 20_000);
    bench.apply(Event::Tick);
    assert!(bench.state.ledger.run(run).unwrap().run.doubt().is_some());
    later(&mut bench, 13_000);
    bench.apply(Event::Tick);
    let first = &bench.state.ledger.run(run).unwrap().run.steps()[&crate::core::plan::StepId(1)].state;
    assert!(matches!(first, StepState::Done { detail } if detail.contains("a1 has stopped by itself")), "{first:?}");
}

#[test]
fn nothing_is_proven_while_a_start_on_the_host_may_still_work() {
    let mut bench = bench();
    let run = cut_off(&mut bench, Action::Start);
    later(&mut bench, 60_000);
    assert!(!proven(&bench), "the start is under way");
    answer(&mut bench, Outcome::Unknown);
    later(&mut bench, 60_000);
    assert!(!proven(&bench), "the start is in doubt");
    let at = bench.orders.iter().position(|o| matches!(o.effect, run::Effect::Settle { .. })).unwrap();
    let order = bench.orders.remove(at);
    let run::Effect::Settle { step, way, .. } = order.effect else { panic!("{order:?}") };
    let event = RunEvent::Settled { step, way, found: run::Found::Unclear, detail: "silent".into() };
    bench.apply(Event::Reported(Report { run, effect: order.effect, event }));
    bench.apply(Event::Tick);
    assert!(proven(&bench), "it would come too late by now");
    let state = &bench.state.ledger.run(run).unwrap().run.steps()[&step].state;
    assert!(matches!(state, StepState::NotUndone { .. }), "what was to start there runs no more: {state:?}");
}
