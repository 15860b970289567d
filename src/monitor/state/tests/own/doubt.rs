//! Doubts that only a fence ends.

use super::*;
use crate::core::run::StepState;

/// Reports what came of an order.
fn report(bench: &mut Bench, order: Order, outcome: Outcome) {
    let (step, way) = match order.effect {
        run::Effect::Act { step, way, .. } | run::Effect::Settle { step, way, .. } => (step, way),
    };
    let event = match order.effect {
        run::Effect::Act { .. } => RunEvent::Answered { step, way, outcome, detail: "made up".into(), took_ms: 1 },
        run::Effect::Settle { .. } => RunEvent::Settled { step, way, found: Found::NotDone, detail: "made up".into() },
    };
    bench.apply(Event::Reported(Report { run: order.run, effect: order.effect, event }));
}

/// Takes the order about this instance out of those that wait.
fn take(bench: &mut Bench, instance: &Instance) -> Option<Order> {
    let at = bench.orders.iter().position(|order| order.instance == *instance)?;
    Some(bench.orders.remove(at))
}

#[test]
fn a_way_back_that_waits_for_a_dead_rival_goes_on_once_that_is_fenced() {
    let mut cluster = shop();
    let device = Device::Command { argv: vec!["/bin/power".into()] };
    cluster.hosts.get_mut(&host("b1")).unwrap().fence = Some(Fence { device, timeout_ms: 1_000 });
    let mut bench = bench(cluster);
    let hash = bench.plan().hash;
    assert!(bench.submit(&hash, "south", true).try_recv().unwrap().is_ok());
    let (new, old) = (active(&bench, "db", Side::Secondary), active(&bench, "db", Side::Primary));
    let refused = loop {
        match take(&mut bench, &new) {
            Some(order) => break order,
            None => bench.step(),
        }
    };
    let run = refused.run;
    report(&mut bench, refused, Outcome::Failed);
    // db does not start on b1, so everything goes back; what is stopped on b1 is, and then nobody hears b1 any more.
    let back = loop {
        match take(&mut bench, &old) {
            Some(order) => break order,
            None => bench.step(),
        }
    };
    let mut again = Some(back);
    for turn in 0..3 {
        let order = again.take().unwrap_or_else(|| panic!("it is not tried again after turn {turn}"));
        assert!(order.rivals.iter().any(|rival| rival.host == host("b1")), "{order:?}");
        report(&mut bench, order, Outcome::NotSent);
        let look = take(&mut bench, &old).expect("it is looked at");
        report(&mut bench, look, Outcome::Done);
        again = take(&mut bench, &old);
    }
    let pause = again.as_ref().unwrap().pause;
    assert!(pause >= Duration::from_secs(1), "it is not tried in a hot loop: {pause:?}");

    bench.gone.push(host("b1"));
    silence_of(&mut bench, "b1", "a1", Sight::Nothing { why: "timed out".into() });
    let power = Instance { host: host("b1"), service: crate::core::model::Service::Power };
    let fence = take(&mut bench, &power).expect("b1 is fenced, since the way back waits for it");
    report(&mut bench, fence, Outcome::Done);
    report(&mut bench, again.take().unwrap(), Outcome::NotSent);
    let look = take(&mut bench, &old).expect("it is looked at");
    report(&mut bench, look, Outcome::Done);
    let freed = take(&mut bench, &old).expect("it is tried again");
    assert!(
        freed.rivals.iter().all(|rival| rival.host != host("b1") || *rival == power),
        "b1 is off: its power is asked instead: {freed:?}"
    );
    bench.running.insert(old);
    report(&mut bench, freed, Outcome::Done);
    let state = &bench.state.ledger.run(run).unwrap().run;
    assert!(state.steps().values().any(|step| matches!(step.state, StepState::Undone { .. })), "{state:?}");
}

/// One look at a1 goes without an answer.
fn miss(bench: &mut Bench, kind: MissKind) {
    bench.later += Duration::from_millis(500);
    let at = bench.now().steady;
    bench.apply(Event::Seen(Seen { host: host("a1"), at, facts: Err(Miss { kind, why: "no answer".into() }) }));
}

/// b1 is asked what it sees of a1.
fn sees(bench: &mut Bench, sight: Sight) {
    let asked = bench.now().steady;
    bench.apply(Event::Second { host: host("a1"), through: host("b1"), asked, sight });
}

fn nothing() -> Sight {
    Sight::Nothing { why: "timed out".into() }
}

#[test]
fn a_vantage_point_that_has_gone_blind_is_no_second_signal() {
    let mut bench = bench(fenced_shop());
    sees(&mut bench, Sight::Banner);
    bench.later += Duration::from_secs(1);
    sees(&mut bench, nothing());
    bench.later += Duration::from_secs(1);
    bench.look(); // We hear a1 well: it is that one who does not see.
    miss(&mut bench, MissKind::Silent);
    miss(&mut bench, MissKind::Silent);
    sees(&mut bench, nothing());
    assert!(bench.orders.is_empty());
    let status = bench.status();
    assert_eq!(status.hosts[0].health.health.word(), "unknown");
    // One that saw it a long time ago, and was not asked since, proves as little.
    sees(&mut bench, Sight::Banner);
    assert_eq!(bench.status().hosts[0].health.health.word(), "probe broken");
}

#[test]
fn a_vantage_point_that_was_asked_while_a_look_was_late_is_a_second_signal_unless_the_look_is_answered() {
    for answered in [false, true] {
        let mut bench = bench(fenced_shop());
        sees(&mut bench, Sight::Banner);
        bench.later += Duration::from_secs(1);
        let late = bench.now();
        bench.later += Duration::from_millis(400);
        sees(&mut bench, nothing()); // The look that began at `late` has no answer yet.
        if answered {
            let facts = bench.facts_of("a1");
            bench.apply(Event::Seen(Seen { host: host("a1"), at: late.steady, facts: Ok(facts) }));
            bench.later += Duration::from_secs(1);
            bench.look();
        }
        miss(&mut bench, MissKind::Silent);
        miss(&mut bench, MissKind::Silent);
        sees(&mut bench, nothing());
        assert_eq!(bench.orders.len(), usize::from(!answered), "answered: {answered}");
    }
}

#[test]
fn a_witness_that_sees_nothing_of_a_host_which_answers_us_badly_has_gone_blind() {
    let mut bench = bench(fenced_shop());
    sees(&mut bench, Sight::Banner);
    bench.later += Duration::from_secs(1);
    sees(&mut bench, nothing());
    miss(&mut bench, MissKind::Broken);
    miss(&mut bench, MissKind::Silent);
    miss(&mut bench, MissKind::Silent);
    sees(&mut bench, nothing());
    assert!(bench.orders.is_empty());
}

#[test]
fn a_look_that_heard_the_host_badly_is_no_part_of_its_silence() {
    let mut bench = bench(fenced_shop());
    sees(&mut bench, Sight::Banner);
    miss(&mut bench, MissKind::Broken);
    sees(&mut bench, nothing());
    miss(&mut bench, MissKind::Silent);
    assert!(bench.orders.is_empty(), "it was heard a moment ago, and one look alone was missed since");
    miss(&mut bench, MissKind::Silent);
    sees(&mut bench, nothing());
    assert_eq!(bench.orders.len(), 1, "now two looks and another host agree");
}

#[test]
fn what_was_moved_by_hand_is_not_started_again_when_the_other_side_falls_silent() {
    let mut bench = bench(shop());
    let (old, new) = (active(&bench, "db", Side::Primary), active(&bench, "db", Side::Secondary));
    let pause = Request::Mode { mode: ModeAsk::Pause { for_ms: None }, reason: Some("moved by hand".into()) };
    bench.ask(pause, true).try_recv().unwrap().unwrap();
    bench.running.remove(&old);
    bench.running.insert(new);
    bench.later += Duration::from_millis(100);
    bench.look();
    bench.ask(Request::Mode { mode: ModeAsk::Automatic, reason: None }, true).try_recv().unwrap().unwrap();
    bench.gone.push(host("b1"));
    for _ in 0..3 {
        bench.later += Duration::from_secs(1);
        let at = bench.now().steady;
        let miss = Miss { kind: MissKind::Silent, why: "no answer".into() };
        bench.apply(Event::Seen(Seen { host: host("b1"), at, facts: Err(miss) }));
        bench.look();
        bench.apply(Event::Tick);
    }
    assert!(bench.orders.is_empty(), "the last that was heard of b1 is that db runs there: {:?}", bench.orders);
}

#[test]
fn an_attempt_that_never_got_into_the_journal_does_not_count() {
    let mut bench = bench(shop());
    let before = bench.journal.clone();
    bench.durable = false;
    kill(&mut bench, "db");
    assert!(bench.orders.is_empty(), "its entry is not durable");
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Err("No space left on device".into()), due: false });
    let mut ledger = Ledger::default();
    for record in &before {
        ledger.apply(record).unwrap();
    }
    bench.durable = true;
    bench.apply(Event::Reopened(Box::new(ledger)));
    bench.look();
    bench.apply(Event::Tick);
    assert_eq!(verbs(&bench), ["rescue"], "db is rescued, and not moved");
}
