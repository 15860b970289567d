//! What the monitor does by itself.

mod doubt;
mod told;

use super::*;
use crate::core::command::{Command, End};
use crate::core::fact::{Fact, Source};
use crate::core::health::Sight;
use crate::core::model::{Device, Fence, Instance, Mode};
use crate::core::plan::StepId;
use crate::core::record::Stance;
use crate::core::run::{Found, Way};
use crate::core::trigger::{Acts, Choice, Decision, decide};
use crate::wire::{ModeAsk, Request};

fn fenced_shop() -> Cluster {
    let mut cluster = shop();
    let device = Device::Command { argv: vec!["/bin/power".into()] };
    cluster.hosts.get_mut(&host("a1")).unwrap().fence = Some(Fence { device, timeout_ms: 1_000 });
    cluster
}

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn bench(cluster: Cluster) -> Bench {
    let running = wanted(&cluster, Some(Side::Primary));
    let mut bench = Bench::of(setup_of(cluster), running);
    bench.look();
    bench
}

fn active(bench: &Bench, name: &str, side: Side) -> Instance {
    let component = bench.state.setup.cluster.components.values().find(|c| c.name.as_str() == name).unwrap();
    component.instance(side, Mode::Active).unwrap()
}

/// A component dies, and its host says so by itself.
fn kill(bench: &mut Bench, name: &str) {
    let instance = active(bench, name, Side::Primary);
    bench.running.remove(&instance);
    let told = Fact { source: Source::Pushed, ..fact(ServiceState::Failed) };
    let at = bench.now().steady;
    bench.apply(Event::Seen(Seen { host: instance.host, at, facts: Ok(vec![(instance.service, told)]) }));
}

/// a1 does not answer any more, and b1 says what it sees of it.
fn silence(bench: &mut Bench, sight: Sight) {
    silence_of(bench, "a1", "b1", sight);
}

/// `gone` does not answer any more, and `through` says what it sees of it.
fn silence_of(bench: &mut Bench, gone: &str, through: &str, sight: Sight) {
    let asked = bench.now().steady;
    bench.apply(Event::Second { host: host(gone), through: host(through), asked, sight: Sight::Banner });
    for _ in 0..2 {
        bench.later += Duration::from_millis(500);
        let miss = Miss { kind: MissKind::Silent, why: "no answer".into() };
        let at = bench.now().steady;
        bench.apply(Event::Seen(Seen { host: host(gone), at, facts: Err(miss) }));
    }
    let asked = bench.now().steady;
    bench.apply(Event::Second { host: host(gone), through: host(through), asked, sight });
}

/// Carries out everything that is ordered.
fn finish(bench: &mut Bench) {
    while !bench.orders.is_empty() {
        bench.step();
    }
}

fn decisions(bench: &Bench) -> Vec<(u64, &Decision)> {
    let decided = |r: &Record| matches!(&r.body, Body::Decided { .. });
    let all = bench.journal.iter().filter(|r| decided(r));
    all.map(|r| if let Body::Decided { decision } = &r.body { (r.index, &**decision) } else { unreachable!() }).collect()
}

fn verbs(bench: &Bench) -> Vec<&'static str> {
    bench.state.ledger.runs().map(|(_, log)| log.run.plan().command.verb()).collect()
}

#[test]
fn a_component_that_dies_is_rescued_and_then_moved_and_every_run_names_its_decision() {
    let mut bench = bench(shop());
    assert!(bench.status().acts.starts_with("AUTO acts on: app, db, sync, web | no fence"), "{}", bench.status().acts);
    kill(&mut bench, "db");
    assert_eq!(bench.orders.len(), 1);
    assert_eq!(bench.orders[0].instance, active(&bench, "db", Side::Primary));
    assert!(bench.orders[0].in_place);
    finish(&mut bench);
    bench.later += Duration::from_millis(10);
    bench.look();
    assert!(bench.orders.is_empty(), "it is well again");
    kill(&mut bench, "db");
    finish(&mut bench);
    bench.later += Duration::from_millis(10);
    bench.look();
    assert_eq!(verbs(&bench), ["rescue", "failover"]);
    let status = bench.status();
    assert_eq!((status.active.unwrap().as_str(), status.wanted), ("south", Wanted::Limited(Side::Secondary)));
    assert!(status.protection_off.unwrap().contains("switchtower switchback"));
    assert!(status.acts.contains("LIMITED"), "{}", status.acts);
    for (id, log) in bench.state.ledger.runs() {
        let behind = log.decision.expect("a run of the monitor names its decision");
        assert_eq!(behind.0 + 1, id.0);
        let (_, decision) = decisions(&bench).into_iter().find(|(index, _)| *index == behind.0).unwrap();
        let Choice::Act { plan, .. } = &decision.choice else { panic!("{decision:?}") };
        assert_eq!(plan, &log.hash);
        assert_eq!(&decide(&bench.state.setup.cluster, decision.situation.clone()), decision, "it can be replayed");
        assert_eq!(log.who.to_string(), "the monitor itself");
    }
    kill_on_south_holds(&mut bench);
}

/// While it is limited nothing moves by itself any more.
fn kill_on_south_holds(bench: &mut Bench) {
    let db = active(bench, "db", Side::Secondary);
    for _ in 0..2 {
        bench.running.remove(&db);
        bench.later += Duration::from_millis(10);
        bench.look();
        finish(bench);
    }
    bench.running.remove(&db);
    bench.later += Duration::from_millis(10);
    bench.look();
    assert!(bench.orders.is_empty());
    let decision = bench.status().decision.unwrap();
    assert!(matches!(&decision.choice, Choice::Hold { reasons, .. } if reasons[0].what.contains("limited")), "{decision:?}");
}

#[test]
fn attempts_are_forgotten_after_the_hold_down_time() {
    let mut bench = bench(shop());
    for _ in 0..3 {
        kill(&mut bench, "web");
        finish(&mut bench);
        bench.later += Duration::from_secs(61);
        bench.look();
    }
    assert_eq!(verbs(&bench), ["rescue", "rescue", "rescue"]);
}

#[test]
fn what_it_would_do_is_journaled_once_and_not_done() {
    let mut bench = Bench::new();
    kill(&mut bench, "db");
    for _ in 0..5 {
        bench.later += Duration::from_millis(300);
        bench.apply(Event::Tick);
        bench.look();
    }
    assert!(bench.orders.is_empty());
    let would: Vec<_> = decisions(&bench).into_iter().filter(|(_, d)| d.acts == Acts::Would).collect();
    assert_eq!(would.len(), 1, "{would:?}");
    assert!(bench.status().acts.starts_with("OBSERVES ONLY"));
}

#[test]
fn a_pause_needs_a_reason_and_ends_by_itself() {
    let mut bench = bench(shop());
    let pause = |reason: Option<&str>| Request::Mode { mode: ModeAsk::Pause { for_ms: Some(5_000) }, reason: reason.map(str::to_owned) };
    assert!(refused(&mut bench.ask(pause(None), true)).contains("needs a reason"));
    assert!(refused(&mut bench.ask(pause(Some("work")), false)).contains("only look"));
    bench.ask(pause(Some("work")), true).try_recv().unwrap().unwrap();
    assert!(bench.status().acts.starts_with("PAUSED by alice"), "{}", bench.status().acts);
    kill(&mut bench, "web");
    assert!(bench.orders.is_empty());
    bench.later += Duration::from_secs(6);
    bench.look();
    bench.apply(Event::Tick);
    assert_eq!(bench.status().stance, Stance::Automatic);
    assert_eq!(bench.orders.len(), 1, "what was lost meanwhile is rescued now");
}

#[test]
fn a_host_that_two_see_nothing_of_is_fenced_and_its_services_start_elsewhere() {
    let mut bench = bench(fenced_shop());
    silence(&mut bench, Sight::Nothing { why: "timed out".into() });
    assert!(bench.second_looks.iter().all(|h| *h == host("a1")) && bench.second_looks.len() == 2);
    assert_eq!(bench.orders.len(), 1, "nothing else begins before the fence is proven");
    assert_eq!(bench.orders[0].instance.to_string(), "power on a1");
    bench.step();
    assert!(bench.state.ledger.fenced().contains_key(&host("a1")));
    let db = bench.orders.iter().find(|o| o.instance == active(&bench, "db", Side::Secondary)).unwrap();
    assert_eq!(db.rivals.iter().map(ToString::to_string).collect::<Vec<_>>(), ["power on a1"]);
    finish(&mut bench);
    assert_eq!(bench.status().active.unwrap().as_str(), "south");

    bench.running.retain(|i| i.host != host("a1"));
    bench.later += Duration::from_secs(30);
    bench.look();
    assert!(bench.state.ledger.fenced().is_empty(), "it answers again, so it is fenced no longer");
    assert!(bench.journal.iter().any(|r| matches!(&r.body, Body::Returned { .. })));
}

#[test]
fn a_host_that_lives_for_somebody_else_is_left_alone() {
    let mut bench = bench(fenced_shop());
    silence(&mut bench, Sight::Banner);
    assert!(bench.orders.is_empty());
    let status = bench.status();
    let a1 = status.hosts.iter().find(|h| h.name == host("a1")).unwrap();
    assert_eq!(a1.health.health.word(), "probe broken");
    assert!(status.decision.unwrap().why[0].contains("probe broken"));
}

#[test]
fn a_run_in_doubt_on_a_dead_host_ends_once_somebody_vouches_for_it() {
    let mut bench = bench(shop());
    let hash = bench.plan().hash;
    assert!(bench.submit(&hash, "south", true).try_recv().unwrap().is_ok());
    let order = bench.orders.remove(0);
    let (run, step) = (order.run, StepId(1));
    let event = RunEvent::Answered { step, way: Way::Forth, outcome: Outcome::Unknown, detail: "cut off".into(), took_ms: 1 };
    bench.apply(Event::Reported(Report { run, effect: order.effect, event }));
    silence(&mut bench, Sight::Nothing { why: "timed out".into() });
    let plan = Request::Plan { command: Command::Fence { host: host("a1"), by_word: true }, overrides: Vec::new() };
    // A fresh look would find a1 alive in this made-up world, so the monitor is asked without one.
    let shown = {
        let command = Command::Fence { host: host("a1"), by_word: true };
        let now = bench.now();
        let value = bench.state.plan(&command, &[], now.steady, now).unwrap();
        serde_json::from_value::<PlanView>(value).unwrap()
    };
    assert_eq!((shown.plan.confirm.as_str(), shown.plan.steps.len()), ("c", 0));
    assert!(matches!(plan, Request::Plan { .. }));
    let submit = Submit {
        command: Command::Fence { host: host("a1"), by_word: true },
        plan: shown.hash,
        confirm: "c".into(),
        reason: Some("the rack is dark".into()),
        overrides: Vec::new(),
    };
    let (reply, _answer) = oneshot::channel();
    let who = Actor { user: "alice".into(), uid: 1000, pid: None };
    let now = bench.now();
    let effects = bench.state.submit(submit, who, now.steady, reply, now);
    bench.take(effects);
    let fencing = bench.state.ledger.fenced().get(&host("a1")).cloned().expect("it counts as fenced");
    assert_eq!(fencing.by_word.unwrap().user, "alice");
    let doubtful = bench.state.ledger.run(run).unwrap().run.doubt().is_some();
    assert!(!doubtful, "what was to be stopped on a1 is stopped");
}

/// a1 falls silent and is to be fenced, which ends so; the run that fences it.
fn fence_ends(bench: &mut Bench, outcome: Outcome) -> RunId {
    silence(bench, Sight::Nothing { why: "timed out".into() });
    let order = bench.orders.remove(0);
    assert_eq!(order.instance.to_string(), "power on a1");
    let event = RunEvent::Answered { step: StepId(1), way: Way::Forth, outcome, detail: "the outlet is stuck".into(), took_ms: 1 };
    bench.apply(Event::Reported(Report { run: order.run, effect: order.effect, event }));
    order.run
}

#[test]
fn a_fence_that_fails_leaves_the_old_side_in_its_role() {
    let mut bench = bench(fenced_shop());
    let run = fence_ends(&mut bench, Outcome::Failed);
    assert!(matches!(bench.state.ledger.run(run).unwrap().run.end(), Some(End::NothingChanged { .. })));
    assert_eq!(bench.state.ledger.wanted(), Wanted::Active(Side::Primary));
    silence(&mut bench, Sight::Nothing { why: "timed out".into() });
    assert!(bench.orders.is_empty(), "nothing starts, and the device is not asked again at once");
    let decision = bench.status().decision.unwrap();
    assert!(matches!(&decision.choice, Choice::Hold { reasons, .. } if reasons[0].what.contains("was to be fenced")), "{decision:?}");
    bench.later += Duration::from_secs(61);
    bench.look();
    silence(&mut bench, Sight::Nothing { why: "timed out".into() });
    assert_eq!(verbs(&bench), ["failover", "failover"], "a failover that moved nothing does not keep the next one for the quiet time");
}

#[test]
fn a_fence_of_which_nobody_can_say_ends_with_that_and_is_not_sent_again_to_a_host_that_came_back() {
    let mut bench = bench(fenced_shop());
    let run = fence_ends(&mut bench, Outcome::Unknown);
    let look = bench.orders.remove(0);
    let unclear = RunEvent::Settled { step: StepId(1), way: Way::Forth, found: Found::Unclear, detail: "no answer".into() };
    bench.apply(Event::Reported(Report { run, effect: look.effect, event: unclear }));
    let end = bench.state.ledger.run(run).unwrap().run.end().cloned();
    assert!(matches!(&end, Some(End::Partly { left, .. }) if left[0].contains("nobody can say whether it is off")), "{end:?}");
    assert_eq!(bench.state.ledger.wanted(), Wanted::Active(Side::Primary), "nobody has taken over");
    assert!(bench.status().protection_off.is_none());
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty());
    bench.later += Duration::from_secs(90);
    bench.look();
    assert!(bench.orders.is_empty(), "it answers again, and is left alone");
    assert_eq!(verbs(&bench), ["failover"]);
}

#[test]
fn without_a_quiet_time_a_failover_that_moved_nothing_is_still_not_repeated_at_once() {
    let mut cluster = fenced_shop();
    cluster.policy.quiet_ms = 0;
    let mut bench = bench(cluster);
    fence_ends(&mut bench, Outcome::Failed);
    // A fresh look finds a1 alive in this made-up world, so it falls silent once more.
    silence(&mut bench, Sight::Nothing { why: "timed out".into() });
    assert_eq!(verbs(&bench), ["failover"]);
    assert!(bench.status().acts.contains("which moved nothing"), "{}", bench.status().acts);
    bench.later += Duration::from_secs(61);
    bench.look();
    silence(&mut bench, Sight::Nothing { why: "timed out".into() });
    assert_eq!(verbs(&bench), ["failover", "failover"]);
}

#[test]
fn the_line_about_a_protection_that_is_off_tells_what_does_not_run_from_what_does_not_follow() {
    let mut cluster = shop();
    for component in cluster.components.values_mut() {
        component.rescue.attempts = 0;
        component.stops_when_limited = component.name.as_str() == "web";
    }
    let mut bench = bench(cluster);
    kill(&mut bench, "db");
    finish(&mut bench);
    let line = bench.status().protection_off.unwrap();
    assert!(line.contains("south serves alone, nothing of sync follows, web does not run, and no second failover"), "{line}");
}
