//! Hosts that stop by themselves when they hear no monitor, and whatever else may be known of hosts: nothing is started for
//! a placement that is not proven stopped.

use super::*;
use crate::core::plan::{Action, Plan, Step};
use crate::core::testing::{plan, processes};
use proptest::prelude::*;
use std::collections::BTreeSet;

const HOW: &str = "no answer for longer than the 32 s";

/// a1 is silent, b1 sees as much of it as `sight` says, and its lease is over.
fn stopped(c: &Cluster, s: &mut Situation, sight: Option<Sight>) {
    silent(c, s, sight);
    s.hosts.get_mut(&host("a1")).unwrap().self_stopped = Some(HOW.to_owned());
    s.picture.set_reach(host("a1"), Reach::SelfStopped(HOW.to_owned()));
}

#[test]
fn what_has_stopped_by_itself_starts_elsewhere_without_a_fence_whoever_sees_the_host() {
    let c = processes(shop());
    for sight in [None, nothing(), Some(Sight::Banner), Some(Sight::Refused { why: "refused".into() })] {
        let mut s = well(&c);
        silent(&c, &mut s, sight.clone());
        assert!(acts(&decide(&c, s.clone())).is_none(), "unfenced means hold while its lease goes on: {sight:?}");
        stopped(&c, &mut s, sight.clone());
        let decision = decide(&c, s.clone());
        assert_eq!(acts(&decision), Some(&failover()), "{sight:?}: {decision:?}");
        assert!(decision.why.iter().any(|why| why.contains("has stopped by itself")), "{:?}", decision.why);
        let plan = plan(&c, NORTH, &s.picture, &failover(), "").unwrap();
        assert!(plan.summary.ends_with("; a1 has stopped by itself"), "{}", plan.summary);
        assert!(plan.steps.iter().all(|step| step.host == host("b1")), "nothing is sent to a1: {plan:?}");
        let db = plan.steps.iter().find(|step| step.command == "switchtower host start db").unwrap();
        assert_eq!((db.in_place, db.rivals[0].to_string().as_str()), (true, "db.process on a1"));
        assert_eq!(plan.no_return, crate::core::plan::NoReturn::FromTheStart, "there is nothing to go back to");
    }
}

#[test]
fn units_on_such_a_host_are_not_proven_to_be_stopped() {
    let c = shop();
    let mut s = well(&c);
    stopped(&c, &mut s, nothing());
    let text = holds(&decide(&c, s));
    assert!(text.contains("db.service on a1: its state is not known"), "{text}");
}

#[test]
fn nothing_starts_on_a_host_that_has_stopped_by_itself_before_it_answers() {
    let c = processes(shop());
    let mut s = well(&c);
    stopped(&c, &mut s, None);
    for (wanted, command) in [
        (Wanted::Stopped, Command::Start { site: None }),
        (Wanted::Active(Side::Secondary), Command::Switchback),
        (NORTH, Command::Rescue { components: vec![name("db")], cold: false }),
    ] {
        let refused = plan(&c, wanted, &s.picture, &command, "").unwrap_err();
        let said = |r: &crate::core::command::Reason| r.what.contains("host a1 answers: it does not, and has stopped by itself");
        assert!(refused.reasons.iter().any(said), "{command:?}: {refused:?}");
    }
    // The other side may start, and a planned move away from it is possible too.
    let start = Command::Start { site: Some(south()) };
    let mut other = s.picture.clone();
    for (_, _, _, i) in c.instances().filter(|(_, side, _, _)| *side == Side::Secondary) {
        other.put(&i, fact(State::Inactive));
    }
    let started = plan(&c, Wanted::Stopped, &other, &start, "").unwrap();
    assert!(started.steps.iter().all(|step| step.host == host("b1")), "{started:?}");
    let moved = plan(&c, NORTH, &s.picture, &Command::Switchover { to: None }, "").unwrap();
    assert!(moved.steps.iter().all(|step| step.host == host("b1")) && moved.summary.contains("a1 has stopped by itself"), "{moved:?}");
    // What is standby on it may go on: nobody can say that everything is stopped.
    let refused = plan(&c, NORTH, &s.picture, &Command::Stop, "").unwrap_err();
    assert!(refused.reasons[0].what.contains("sync@standby.process on a1"), "{refused:?}");
}

#[test]
fn that_it_stops_by_itself_fences_no_host_that_lives() {
    let c = fenced(processes(shop()));
    let mut s = well(&c);
    stopped(&c, &mut s, Some(Sight::Banner));
    s.held = c.components.keys().map(|n| (n.clone(), RunId(5))).collect();
    s.doubts.insert(host("a1"), RunId(5));
    assert!(holds(&decide(&c, s.clone())).contains("probe broken"));
    stopped(&c, &mut s, nothing());
    assert_eq!(acts(&decide(&c, s)), Some(&Command::Fence { host: host("a1"), by_word: false }), "two signals still do");
}

#[test]
fn a_host_that_is_heard_again_is_as_it_says() {
    let c = processes(shop());
    let mut s = well(&c);
    s.hosts.get_mut(&host("a1")).unwrap().self_stopped = Some(HOW.to_owned());
    assert_eq!(decide(&c, s).choice, Choice::Quiet, "what it stops without a monitor says nothing while it answers");
}

#[test]
fn a_situation_of_before_hosts_could_stop_by_themselves_is_read() {
    let mut value = serde_json::to_value(well(&shop())).unwrap();
    assert!(!value.to_string().contains("self_stopped"), "and nothing is written where there is nothing to say");
    value["hosts"]["a1"]["self_stopped"] = "x".into();
    let read: Situation = serde_json::from_value(value).unwrap();
    assert_eq!(read.hosts[&host("a1")].self_stopped.as_deref(), Some("x"));
}

/// Everything that `step` waits for, near and far.
fn before<'p>(plan: &'p Plan, step: &Step) -> Vec<&'p Step> {
    let (mut seen, mut open) = (BTreeSet::new(), step.after.iter().collect::<Vec<_>>());
    while let Some(id) = open.pop() {
        if seen.insert(id) {
            open.extend(plan.step(id).unwrap().after.iter());
        }
    }
    seen.into_iter().map(|id| plan.step(id).unwrap()).collect()
}

fn audit(c: &Cluster, picture: &Picture, plan: &Plan) -> Result<(), TestCaseError> {
    for step in &plan.steps {
        prop_assert!(!picture.out(&step.host), "step {} is sent to {}: {plan:?}", step.id, step.host);
        let found = c.instances().find(|(_, _, _, i)| *i == step.instance());
        let Some((component, side, Mode::Active, _)) = found.filter(|_| step.action == Action::Start) else { continue };
        let other = component.instance(side.other(), Mode::Active).unwrap();
        let power = |i: &crate::core::model::Instance| i.host == other.host && i.service == crate::core::model::Service::Power;
        let stops = |s: &&Step| s.action == Action::Stop && (s.instance() == other || power(&s.instance()));
        let proven = picture.state(&other).proven_stopped() || before(plan, step).iter().any(stops);
        // What crashed in place was nobody else's to start.
        let crashed = matches!(plan.command, Command::Rescue { cold: false, .. }) && picture.state(&other).runs() != Some(true);
        prop_assert!(proven || crashed, "{} starts, and {other} is {}: {plan:?}", step.instance(), picture.state(&other));
        prop_assert!(step.rivals.iter().any(|rival| *rival == other || power(rival)), "{other} is no rival: {plan:?}");
        let unasked = step.in_place && !crashed;
        prop_assert!(!unasked || picture.out(&other.host), "nobody asks {other} before {} starts", step.instance());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn no_plan_starts_what_is_not_proven_stopped_elsewhere(
        marks in prop::collection::vec(prop::sample::select(&["", "*", "!"][..]), 1..4),
        reach in prop::collection::vec(0u8..8, 2),
        states in prop::collection::vec(0u8..8, 16),
        units in any::<bool>(),
        device in any::<bool>(),
        wanted in 0usize..5,
        command in 0usize..7,
    ) {
        let components = marks.iter().enumerate().map(|(n, mark)| {
            let needs: Vec<String> = (0..n).map(|n| format!("c{n}")).collect();
            component(&format!("c{n}{mark}"), &needs.iter().map(String::as_str).collect::<Vec<_>>())
        });
        let mut c = cluster(components.collect());
        if !units {
            c = processes(c);
        }
        if device {
            c = fenced(c);
        }
        let mut picture = Picture::default();
        for (name, reach) in c.hosts.keys().zip(&reach) {
            let words = String::new;
            picture.set_reach(name.clone(), match reach {
                0 => Reach::Silent(words()),
                1 => Reach::Dead(words()),
                2 => Reach::Broken(words()),
                3 => Reach::SelfStopped(words()),
                4 | 5 => Reach::Fenced { how: words(), device: *reach == 4 },
                _ => Reach::Answers,
            });
        }
        for ((_, _, _, i), state) in c.instances().zip(&states) {
            if picture.reach(&i.host) == Some(&Reach::Answers) {
                picture.put(&i, fact([State::Active, State::Failed, State::Starting, State::Unknown].get(usize::from(*state)).copied().unwrap_or(State::Inactive)));
            }
        }
        let (north, south) = (c.sites.primary.clone(), c.sites.secondary.clone());
        let wanted = [NORTH, Wanted::Active(Side::Secondary), Wanted::Limited(Side::Secondary), Wanted::Stopped, Wanted::Unset][wanted];
        let all: Vec<ComponentName> = c.components.keys().cloned().collect();
        let command = [
            Command::Switchover { to: None },
            Command::Switchback,
            Command::Start { site: Some(north) },
            Command::Start { site: Some(south.clone()) },
            Command::Failover { to: south },
            Command::Rescue { components: all.clone(), cold: true },
            Command::Rescue { components: all, cold: false },
        ][command].clone();
        if let Ok(plan) = plan(&c, wanted, &picture, &command, "") {
            audit(&c, &picture, &plan)?;
        }
    }
}
