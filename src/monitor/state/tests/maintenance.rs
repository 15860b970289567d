//! Maintenance in the monitor: set, ended by its time, by a restart's configuration, and shown.

use super::*;
use crate::core::model::{ComponentName, Mode, Upkeep, Upkept};
use crate::wire::Request;

fn component(name: &str) -> Upkept {
    Upkept::Component(ComponentName::new(name).unwrap())
}

fn a1() -> Upkept {
    Upkept::Host(HostName::new("a1").unwrap())
}

/// Asks for `command` as a person does: looks at its plan, and confirms it.
fn give(bench: &mut Bench, command: Command, reason: Option<&str>) -> Result<Value, Failure> {
    let mut answer = bench.ask(Request::Plan { command: command.clone(), overrides: Vec::new() }, false);
    let shown: PlanView = serde_json::from_value(answer.try_recv().unwrap()?).unwrap();
    let (plan, confirm) = (shown.hash, shown.plan.confirm);
    let submit = Submit { command, plan, confirm, reason: reason.map(str::to_owned), overrides: Vec::new() };
    bench.ask(Request::Submit(submit), true).try_recv().unwrap()
}

fn maintain(what: Upkept, kind: Upkeep, for_ms: Option<u64>) -> Command {
    Command::Maintain { what, kind, for_ms }
}

/// A monitor that acts by itself.
fn bench() -> Bench {
    let mut bench = Bench::of(setup_of(shop()), wanted(&shop(), Some(Side::Primary)));
    bench.look();
    bench
}

fn kill(bench: &mut Bench, name: &str) {
    let c = &bench.state.setup.cluster.components[&ComponentName::new(name).unwrap()];
    let instance = c.instance(Side::Primary, Mode::Active).unwrap();
    bench.running.remove(&instance);
    bench.look();
}

#[test]
fn an_unmanaged_component_is_left_lying_and_rescued_as_soon_as_the_mark_is_cleared() {
    let mut bench = bench();
    give(&mut bench, maintain(component("web"), Upkeep::Unmanaged, None), Some("by hand")).unwrap();
    let status = bench.status();
    assert_eq!((status.maintenance.len(), &status.maintenance[0].what), (1, &component("web")));
    assert!(status.acts.contains(" | 1 in maintenance | ") && !status.acts.contains("web"), "{}", status.acts);
    assert!(status.open_runs.is_empty() && bench.orders.is_empty());
    kill(&mut bench, "web");
    bench.apply(Event::Tick);
    assert!(bench.orders.is_empty(), "{:?}", bench.orders);
    assert!(format!("{:?}", bench.status().decision).contains("web does not run and is left alone"));
    give(&mut bench, Command::Manage { what: component("web") }, None).unwrap();
    bench.look();
    bench.apply(Event::Tick);
    assert_eq!(
        bench.orders.iter().map(|o| (o.action, o.instance.to_string())).collect::<Vec<_>>(),
        [(Action::Start, "web.service on a1".to_owned())]
    );
}

#[test]
fn a_maintenance_without_a_reason_is_refused_and_sets_nothing() {
    let mut bench = bench();
    for reason in [None, Some("  ")] {
        let refused = give(&mut bench, maintain(a1(), Upkeep::Standby, None), reason).unwrap_err();
        assert!(refused.message.contains("needs a reason"), "{refused:?}");
    }
    assert!(bench.status().maintenance.is_empty());
}

#[test]
fn a_maintenance_ends_by_itself_when_its_time_has_come_and_not_before() {
    let mut bench = bench();
    give(&mut bench, maintain(a1(), Upkeep::Standby, Some(3_600_000)), Some("new disk")).unwrap();
    give(&mut bench, maintain(component("web"), Upkeep::Unmanaged, None), Some("by hand")).unwrap();
    bench.later += Duration::from_secs(3_599);
    bench.apply(Event::Tick);
    assert_eq!(bench.status().maintenance.len(), 2);
    bench.later += Duration::from_secs(2);
    bench.apply(Event::Tick);
    let over = bench.journal.iter().filter(|r| matches!(&r.body, Body::MaintenanceOver { what, gone: false, .. } if *what == a1()));
    assert_eq!(over.count(), 1, "it is journaled once");
    bench.apply(Event::Tick);
    let left = bench.status().maintenance;
    assert_eq!(left.iter().map(|view| view.what.clone()).collect::<Vec<_>>(), [component("web")], "what has no end goes on");
}

/// The next life of the monitor, after this journal, with this cluster.
fn next_life(bench: &Bench, cluster: Cluster) -> (State, Vec<Effect>) {
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        let line = serde_json::to_string(record).unwrap();
        ledger.apply(&serde_json::from_str(&line).unwrap()).unwrap();
    }
    let mut state = State::new(setup_of(cluster), Box::new(Single::new("m1")), ledger);
    let first = state.begin(Vec::new(), bench.now()).unwrap();
    (state, first)
}

#[test]
fn a_maintenance_outlives_the_monitor_and_not_what_the_configuration_has_dropped() {
    let mut bench = bench();
    give(&mut bench, maintain(a1(), Upkeep::Standby, Some(3_600_000)), Some("new disk")).unwrap();
    give(&mut bench, maintain(component("web"), Upkeep::Unmanaged, None), Some("by hand")).unwrap();
    let before = bench.status().maintenance;
    let (state, _) = next_life(&bench, shop());
    assert_eq!(state.status(bench.now()).maintenance, before, "owner, reason and end are what they were");
    let summary = state.ledger.summary().unwrap();
    assert_eq!(summary.maintenance.all().count(), 2, "a rotated journal begins with them");
    let mut smaller = shop();
    smaller.components.retain(|name, _| name.as_str() != "web");
    let (state, first) = next_life(&bench, smaller);
    let left: Vec<Upkept> = state.ledger.maintenance().all().map(|(what, _)| what).collect();
    assert_eq!(left, [a1()]);
    let said = first.iter().any(|effect| matches!(effect, Effect::Append(records) if records.iter().any(|r| matches!(&r.body, Body::MaintenanceOver { gone: true, .. }))));
    assert!(said, "its end is in the journal");
}

#[test]
fn a_drained_host_is_in_standby_only_once_everything_has_moved_and_may_rest() {
    let mut bench = bench();
    give(&mut bench, maintain(a1(), Upkeep::Drain, None), Some("new board")).unwrap();
    assert!(bench.status().maintenance.is_empty() && !bench.orders.is_empty(), "it is on its way");
    while !bench.orders.is_empty() {
        assert!(bench.status().maintenance.is_empty());
        bench.step();
    }
    bench.look();
    let status = bench.status();
    assert_eq!(status.active.as_ref().map(ToString::to_string).as_deref(), Some("south"));
    assert_eq!(status.maintenance.iter().map(|v| (v.what.clone(), v.mark.kind)).collect::<Vec<_>>(), [(a1(), Upkeep::Standby)]);
    assert!(bench.running.iter().all(|i| i.host.as_str() == "b1"), "{:?}", bench.running);
    assert_eq!(status.verdict, Verdict::Ok, "what is standby on it is to lie still: {:?}", status.troubles);
    let refused = give(&mut bench, Command::Switchback, Some("back")).unwrap_err();
    assert!(refused.message.contains("a1 is in standby"), "{refused:?}");
    give(&mut bench, Command::Manage { what: a1() }, None).unwrap();
    assert!(give(&mut bench, Command::Switchback, Some("back")).is_ok());
}

#[test]
fn a_drain_that_fails_is_undone_and_leaves_no_mark() {
    let mut bench = bench();
    give(&mut bench, maintain(a1(), Upkeep::Drain, None), Some("new board")).unwrap();
    while bench.orders.first().is_some_and(|order| order.action == Action::Stop) {
        bench.step();
    }
    let order = bench.orders.remove(0);
    let run::Effect::Act { step, way, .. } = order.effect else { panic!("{order:?}") };
    let event = RunEvent::Answered { step, way, outcome: Outcome::Failed, detail: "no".into(), took_ms: 3 };
    bench.apply(Event::Reported(Report { run: order.run, effect: order.effect, event }));
    while !bench.orders.is_empty() {
        bench.step();
    }
    let status = bench.status();
    assert!(status.open_runs.is_empty() && status.maintenance.is_empty(), "{:?}", status.maintenance);
    assert_eq!(bench.running, wanted(&shop(), Some(Side::Primary)), "everything is where it was");
}

#[test]
fn a_host_that_is_drained_is_in_standby_whatever_became_of_a_hook_afterwards() {
    use crate::core::model::{Veto, When};
    use crate::core::testing::{hook, with_hooks};
    let hooked = with_hooks(shop(), vec![hook("dns", When::After, Veto::Never)]);
    let mut bench = Bench::of(setup_of(hooked), wanted(&shop(), Some(Side::Primary)));
    bench.look();
    give(&mut bench, maintain(a1(), Upkeep::Drain, None), Some("new board")).unwrap();
    while let Some(order) = bench.orders.first() {
        if order.instance.service.hook().is_none() {
            bench.step();
            continue;
        }
        let order = bench.orders.remove(0);
        let run::Effect::Act { step, way, .. } = order.effect else { panic!("{order:?}") };
        let event = RunEvent::Answered { step, way, outcome: Outcome::Failed, detail: "no".into(), took_ms: 3 };
        bench.apply(Event::Reported(Report { run: order.run, effect: order.effect, event }));
    }
    bench.look();
    let status = bench.status();
    assert!(status.open_runs.is_empty() && bench.running.iter().all(|i| i.host.as_str() == "b1"), "{:?}", bench.running);
    assert_eq!(status.maintenance.iter().map(|v| (v.what.clone(), v.mark.kind)).collect::<Vec<_>>(), [(a1(), Upkeep::Standby)]);
}

#[test]
fn what_was_known_of_a_component_before_its_maintenance_is_no_promise_afterwards() {
    let mut bench = bench();
    let web = component("web");
    let Upkept::Component(name) = &web else { unreachable!() };
    bench.look();
    assert!(bench.state.knows_its_boot(name), "it is known in which boot it ran");
    give(&mut bench, maintain(web.clone(), Upkeep::Unmanaged, None), Some("by hand")).unwrap();
    bench.later += Duration::from_secs(1);
    let before = bench.running.clone();
    kill(&mut bench, "web");
    assert!(!bench.state.knows_its_boot(name), "it may be moved by hand where nobody sees it");
    give(&mut bench, Command::Manage { what: web.clone() }, None).unwrap();
    bench.later += Duration::from_secs(1);
    bench.running = before;
    bench.look();
    assert!(bench.state.knows_its_boot(name), "both sides have said how it is");
}

#[test]
fn the_line_that_says_whether_it_will_act_says_that_a_host_in_standby_holds_every_failover() {
    let mut bench = bench();
    assert!(!bench.status().acts.contains("maintenance"));
    let b1 = Upkept::Host(HostName::new("b1").unwrap());
    give(&mut bench, maintain(b1.clone(), Upkeep::Standby, None), Some("new disks")).unwrap();
    assert!(bench.status().acts.contains(" | 1 in maintenance, no failover to south | "), "{}", bench.status().acts);
    give(&mut bench, Command::Manage { what: b1 }, None).unwrap();
    give(&mut bench, maintain(a1(), Upkeep::Standby, None), Some("new disks")).unwrap();
    assert!(bench.status().acts.contains(" | 1 in maintenance | "), "what runs there may move away: {}", bench.status().acts);
}
