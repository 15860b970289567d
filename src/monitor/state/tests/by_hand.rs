//! Somebody has operated a host by hand while no monitor was left.

mod units;

use super::*;
use crate::core::model::{Instance, Mode};
use crate::core::record::{Keeps, Stance};
use crate::core::testing::processes;
use crate::driver::Operated;
use crate::monitor::event::TakeRefused;
use crate::wire::host::ByHand;
use crate::wire::{ModeAsk, Request};

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn bench() -> Bench {
    let cluster = processes(shop());
    let running = wanted(&cluster, Some(Side::Primary));
    let mut bench = Bench::of(setup_of(cluster), running);
    bench.look();
    bench.takes.clear();
    bench
}

fn active(bench: &Bench, name: &str, side: Side) -> Instance {
    let component = bench.state.setup.cluster.components.values().find(|c| c.name.as_str() == name).unwrap();
    component.instance(side, Mode::Active).unwrap()
}

/// `on` refuses the term, since root has acted on it under `under`.
fn refuses(bench: &mut Bench, on: &str, under: u64) {
    let deed = ByHand {
        who: "root (user 0)".into(),
        reason: "the monitor is dead".into(),
        what: "stop web.process".into(),
        at: jiff::Timestamp::UNIX_EPOCH,
    };
    let by_hand = vec![Operated { kept_by: Keeps::Service, under: Term(under), deed }];
    let refused = TakeRefused { why: format!("{on}: taken by hand"), by_hand };
    bench.apply(Event::Taken { host: host(on), result: Err(refused) });
}

fn resume(bench: &mut Bench) {
    bench.ask(Request::Mode { mode: ModeAsk::Automatic, reason: None }, true).try_recv().unwrap().unwrap();
}

fn kinds(bench: &Bench, from: usize) -> Vec<String> {
    let kind = |record: &Record| serde_json::to_value(record).unwrap()["kind"].as_str().unwrap().to_owned();
    bench.journal[from..].iter().map(kind).collect()
}

#[test]
fn it_is_journaled_once_and_pauses_the_monitor_which_then_takes_a_newer_term() {
    let mut bench = bench();
    let before = bench.journal.len();
    refuses(&mut bench, "a1", 7);
    assert_eq!(kinds(&bench, before), ["stance-set", "by-hand", "term-taken"]);
    let terms: Vec<u64> = bench.journal[before..].iter().map(|r| r.term.0).collect();
    assert_eq!(terms, [1, 1, 8], "what happened is in the journal before the term is raised");
    assert_eq!(bench.takes, [(host("a1"), Term(8)), (host("b1"), Term(8))]);
    let status = bench.status();
    assert_eq!(status.lease.term, Term(8));
    assert!(status.acts.starts_with("PAUSED by root (uid 0) until somebody resumes it"), "{}", status.acts);
    assert!(status.acts.contains("operated by hand on a1: stop web.process (the monitor is dead)"), "{}", status.acts);
    assert!(bench.state.headline(bench.now()).line.contains("PAUSED by root"));
    let trouble = status.troubles.iter().find(|t| t.what.contains("operated by hand under term 7")).unwrap();
    assert!(trouble.remedy.contains("switchtower adopt") && trouble.remedy.contains("switchtower resume"), "{}", trouble.remedy);
    let Stance::Paused { until: None, then, .. } = status.stance else { panic!("{:?}", status.stance) };
    assert_eq!(then, Initiative::Automatic);

    // The same once more is no news, and an older one of another host is told; either is answered with a newer term.
    let before = bench.journal.len();
    refuses(&mut bench, "a1", 7);
    assert_eq!(kinds(&bench, before), ["term-taken"]);
    let before = bench.journal.len();
    refuses(&mut bench, "b1", 3);
    assert_eq!(kinds(&bench, before), ["by-hand", "term-taken"]);
    assert_eq!((bench.takes.len(), bench.status().lease.term), (6, Term(10)));
    for on in ["a1", "b1"] {
        bench.apply(Event::Taken { host: host(on), result: Ok(()) });
    }
    resume(&mut bench);
    assert_eq!(bench.status().stance, Stance::Automatic);
    assert!(bench.status().troubles.is_empty(), "{:?}", bench.status().troubles);
    refuses(&mut bench, "a1", 11);
    assert_eq!(bench.status().lease.term, Term(12), "somebody has acted again");
    assert!(bench.status().acts.starts_with("PAUSED"));
}

#[test]
fn nothing_that_was_done_by_hand_is_undone_before_somebody_resumes() {
    let mut bench = bench();
    let web = active(&bench, "web", Side::Primary);
    refuses(&mut bench, "a1", 7);
    bench.running.remove(&web);
    for _ in 0..5 {
        bench.later += Duration::from_secs(1);
        bench.look();
        bench.apply(Event::Tick);
    }
    assert!(bench.orders.is_empty(), "what somebody has stopped is not rescued");
    bench.apply(Event::Taken { host: host("a1"), result: Ok(()) });
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty(), "nor is it once a1 has taken the newer term");
    resume(&mut bench);
    assert_eq!(bench.orders.len(), 1, "now it is");
    assert_eq!(bench.orders[0].permit.term(), Term(8));
}

#[test]
fn a_pause_that_is_over_does_not_end_what_only_somebody_may_end() {
    let mut bench = bench();
    refuses(&mut bench, "a1", 7);
    let pause = Request::Mode { mode: ModeAsk::Pause { for_ms: Some(60_000) }, reason: Some("lunch".into()) };
    bench.ask(pause, true).try_recv().unwrap().unwrap();
    bench.later += Duration::from_secs(61);
    bench.apply(Event::Tick);
    assert!(matches!(bench.status().stance, Stance::Paused { until: None, .. }), "{:?}", bench.status().stance);
    resume(&mut bench);
    assert_eq!(bench.status().stance, Stance::Automatic);
}

#[test]
fn after_a_move_by_hand_the_old_rules_hold_and_it_can_be_adopted_in_the_pause() {
    let mut bench = bench();
    refuses(&mut bench, "b1", 2);
    for host in ["a1", "b1"] {
        bench.apply(Event::Taken { host: HostName::new(host).unwrap(), result: Ok(()) });
    }
    bench.running = wanted(&bench.state.setup.cluster, Some(Side::Secondary));
    bench.later += Duration::from_secs(1);
    bench.look();
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty());
    let decision = bench.status().decision.unwrap();
    let said = serde_json::to_string(&decision.choice).unwrap();
    assert!(said.contains("switchtower adopt --site south"), "{said}");
    let command = Command::Adopt { site: bench.state.setup.cluster.sites.secondary.clone(), without: Vec::new() };
    let mut answer = bench.ask(Request::Plan { command: command.clone(), overrides: Vec::new() }, true);
    let shown: PlanView = serde_json::from_value(answer.try_recv().unwrap().unwrap()).unwrap();
    let submit = Submit { command, plan: shown.hash, confirm: shown.plan.confirm, reason: Some("as it is".into()), overrides: vec![] };
    bench.ask(Request::Submit(submit), true).try_recv().unwrap().unwrap();
    resume(&mut bench);
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty(), "it is as it should be");
    assert_eq!(bench.status().active.unwrap().as_str(), "south");
}

#[test]
fn a_pause_without_an_end_is_left_as_it_is_and_one_with_an_end_is_not() {
    for (for_ms, who) in [(None, "alice"), (Some(60_000), "root")] {
        let mut bench = bench();
        let pause = Request::Mode { mode: ModeAsk::Pause { for_ms }, reason: Some("work".into()) };
        bench.ask(pause, true).try_recv().unwrap().unwrap();
        refuses(&mut bench, "a1", 7);
        let Stance::Paused { who: by, until: None, then: Initiative::Automatic, .. } = bench.status().stance else { panic!() };
        assert_eq!(by.user, who);
        assert!(bench.state.ledger.by_hand().contains_key(&host("a1")));
    }
}

#[test]
fn a_run_that_is_open_stands_still_and_sends_nothing_until_somebody_resumes() {
    let mut bench = bench();
    let hash = bench.plan().hash;
    assert!(bench.submit(&hash, "south", true).try_recv().unwrap().is_ok());
    let run = bench.orders[0].run;
    let sent = bench.orders.len();
    bench.orders.clear();
    refuses(&mut bench, "a1", 7);
    let looks = |bench: &Bench| bench.orders.iter().all(|o| matches!(o.effect, run::Effect::Settle { .. }));
    assert_eq!(bench.orders.len(), sent, "what was under way is looked at");
    assert!(looks(&bench) && bench.orders.iter().all(|o| o.permit.term() == Term(8)), "{:?}", bench.orders);
    assert!(bench.status().troubles.iter().any(|t| t.remedy.contains(&format!("run {run} stands still"))));
    for order in std::mem::take(&mut bench.orders) {
        let run::Effect::Settle { step, way, .. } = order.effect else { panic!() };
        let event = RunEvent::Settled { step, way, found: run::Found::Done, detail: "stopped".into() };
        bench.apply(Event::Reported(Report { run, effect: order.effect, event }));
        bench.running.remove(&order.instance);
    }
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty(), "nothing follows from what was found");
    // Another life of the monitor knows that too.
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    assert!(ledger.stands_still(run));
    let mut next = State::new(setup_of(processes(shop())), Box::new(Single::new("m1")), ledger);
    let effects = next.begin(Vec::new(), Now::take()).unwrap();
    let upto = next.ledger.last();
    let effects: Vec<_> = effects.into_iter().chain(next.apply(Event::Written { upto, result: Ok(()), due: false }, Now::take())).collect();
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Carry(_))), "{effects:?}");

    resume(&mut bench);
    assert!(!bench.orders.is_empty(), "it goes on");
    assert!(bench.orders.iter().all(|o| o.permit.term() == Term(8)));
    while !bench.orders.is_empty() {
        bench.step();
    }
    assert_eq!(bench.state.ledger.run(run).unwrap().run.end(), Some(&End::Done));
}

#[test]
fn what_waits_for_the_disk_when_it_is_heard_is_not_sent() {
    let mut bench = bench();
    let hash = bench.plan().hash;
    bench.durable = false;
    let mut answer = bench.submit(&hash, "south", true);
    refuses(&mut bench, "a1", 7);
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Ok(()), due: false });
    assert!(answer.try_recv().unwrap().is_ok(), "the run is open, and whoever asked is told");
    assert!(!bench.orders.is_empty(), "its steps may have been sent, for all that the journal says");
    for order in &bench.orders {
        assert!(matches!(order.effect, run::Effect::Settle { .. }) && order.permit.term() == Term(8), "{order:?}");
    }
}

#[test]
fn a_monitor_that_cannot_journal_it_asks_again_once_it_can() {
    let mut bench = bench();
    bench.durable = false;
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Err("disk full".into()), due: false });
    refuses(&mut bench, "a1", 7);
    assert!(bench.state.ledger.by_hand().is_empty());
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    bench.durable = true;
    bench.takes.clear();
    bench.apply(Event::Reopened(Box::new(ledger)));
    assert_eq!(bench.takes, [(host("a1"), Term(2)), (host("b1"), Term(2))]);
    refuses(&mut bench, "a1", 7);
    assert_eq!(bench.status().lease.term, Term(8));
}

#[test]
fn a_host_that_was_away_is_asked_before_anything_is_done_about_what_changed_there() {
    let mut bench = bench();
    let web = active(&bench, "web", Side::Primary);
    let at = bench.now().steady;
    bench.apply(Event::Seen(Seen { host: host("a1"), at, facts: Err(Miss { kind: MissKind::Silent, why: "no answer".into() }) }));
    bench.running.remove(&web);
    bench.later += Duration::from_secs(1);
    bench.look();
    assert_eq!(bench.takes, [(host("a1"), Term(1))]);
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty(), "web may have been stopped by hand while a1 was away");
    assert!(bench.status().troubles.iter().all(|t| !t.what.contains("term protection")), "it has refused nothing");
    bench.apply(Event::Taken { host: host("a1"), result: Ok(()) });
    bench.apply(Event::Tick);
    assert_eq!(bench.orders.len(), 1, "nobody has: it is rescued");
}

#[test]
fn the_last_term_there_is_does_not_make_it_go_in_circles() {
    let mut bench = bench();
    let before = bench.journal.len();
    refuses(&mut bench, "a1", u64::MAX);
    assert_eq!(bench.journal.len(), before);
}

#[test]
fn what_does_not_run_is_started_with_start_and_never_looked_for_in_the_journal_of_systemd() {
    let mut bench = bench();
    let remedy = |bench: &mut Bench| bench.status().troubles.iter().find(|t| t.key == "components.sync").unwrap().remedy.clone();
    let sync = bench.state.setup.cluster.components.values().find(|c| c.name.as_str() == "sync").unwrap();
    let standby = sync.instance(Side::Secondary, Mode::Standby).unwrap();
    assert!(bench.running.remove(&standby));
    bench.look();
    assert_eq!(
        remedy(&mut bench),
        "`switchtower start --site north` starts it; the log of the host service on b1 says why it does not run"
    );
    bench.running.insert(standby);
    bench.running.insert(active(&bench, "sync", Side::Secondary));
    bench.look();
    assert_eq!(remedy(&mut bench), "look why in the log of the host service on b1");
}
