use crate::core::command::{Command, Refusal};
use crate::core::fact::{Picture, Reach, State};
use crate::core::model::{Cluster, Hook, Host, HostName, Mode, Moving, Side, SiteName, Veto, Wanted, When};
use crate::core::plan::{Action, Ground, NoReturn, Plan, StepId, StepSet, plan as make, switch_checks};
use crate::core::readiness::Verdict;
use crate::core::testing::{cluster, component, fact, hook, picture, wanted, with_hooks};
use std::collections::BTreeMap;

const NORTH: Wanted = Wanted::Active(Side::Primary);

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

/// db <- app, a host lb that carries nothing, and these hooks on it.
fn shop(hooks: Vec<Hook>) -> Cluster {
    let mut c = cluster(vec![component("db", &[]), component("app", &["db"])]);
    c.hosts.insert(host("lb"), Host { name: host("lb"), side: None, fence: None });
    with_hooks(c, hooks.into_iter().map(|hook| Hook { host: host("lb"), ..hook }).collect())
}

fn healthy(c: &Cluster) -> Picture {
    picture(c, &wanted(c, Some(Side::Primary)))
}

fn planned(c: &Cluster, picture: &Picture, command: &Command, unguarded: &[(&str, &str)], overrides: &[&str]) -> Result<Plan, Refusal> {
    let unguarded: BTreeMap<_, _> = unguarded.iter().map(|(name, why)| (host(name), (*why).to_owned())).collect();
    let overrides: Vec<String> = overrides.iter().map(|name| (*name).to_owned()).collect();
    make(
        &Ground {
            cluster: c,
            wanted: NORTH,
            picture,
            config: "cfg",
            unguarded: &unguarded,
            overrides: &overrides,
            maintenance: &Default::default(),
        },
        command,
    )
}

fn switchover() -> Command {
    Command::Switchover { to: None }
}

fn failover() -> Command {
    Command::Failover { to: SiteName::new("south").unwrap() }
}

/// The primary site has lost app, and its host answers.
fn lost(c: &Cluster) -> Picture {
    let mut picture = healthy(c);
    let app = c.components.values().next().unwrap().instance(Side::Primary, Mode::Active).unwrap();
    picture.put(&app, fact(State::Failed));
    picture
}

fn lines(plan: &Plan) -> Vec<String> {
    let numbers = |ids: &StepSet| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    let undo =
        |s: &crate::core::plan::Step| s.undo.as_ref().map_or(String::new(), |undo| format!(" undo after [{}]", numbers(&undo.after)));
    plan.steps.iter().map(|s| format!("{} {}@{} after [{}]{}", s.id, s.command, s.host, numbers(&s.after), undo(s))).collect()
}

fn both() -> Vec<Hook> {
    vec![
        hook("b-drain", When::Before, Veto::Planned),
        hook("a-ask", When::Before, Veto::Always),
        hook("z-dns", When::After, Veto::Planned),
        hook("c-tell", When::After, Veto::Never),
    ]
}

#[test]
fn hooks_stand_around_all_other_steps_in_the_order_of_their_names_and_are_undone_last() {
    let c = shop(both());
    let plan = planned(&c, &healthy(&c), &switchover(), &[], &[]).unwrap();
    assert_eq!(
        lines(&plan),
        [
            "1 /hooks/a-ask run@lb after [] undo after [2,3,4,5,6]",
            "2 /hooks/b-drain run@lb after [1] undo after [3,4,5,6]",
            "3 systemctl stop app.service@a1 after [2] undo after [4,5,6]",
            "4 systemctl stop db.service@a1 after [3] undo after [5,6]",
            "5 systemctl start db.service@b1 after [4] undo after [6]",
            "6 systemctl start app.service@b1 after [5] undo after []",
            "7 /hooks/c-tell run@lb after [6]",
            "8 /hooks/z-dns run@lb after [7]",
        ]
    );
    assert_eq!(plan.no_return, NoReturn::After { steps: [StepId(6)].into() }, "hooks do not move it");
    let undo = plan.steps[1].undo.clone().unwrap();
    assert_eq!((undo.action, undo.command.as_str(), undo.timeout_ms), (Action::Stop, "/hooks/b-drain undo", 2000));
    let call = plan.steps[0].service.hook().unwrap();
    assert_eq!((call.of, call.from.as_str(), call.to.as_str()), (Moving::Switchover, "north", "south"));
    let vetoes: Vec<bool> = plan.steps.iter().filter_map(|s| s.service.hook()).map(|hook| hook.vetoes).collect();
    assert_eq!(vetoes, [true, true, false, false], "what comes after stops nothing");
    assert_eq!(plan.objects().len(), 2, "a hook is no component");
    assert_eq!(plan.impact.interrupted.len(), 2);
    let plain = planned(&shop(Vec::new()), &healthy(&c), &switchover(), &[], &[]).unwrap();
    assert_ne!(plain.hash(), plan.hash(), "they are part of what is confirmed");
}

#[test]
fn a_hook_runs_around_the_moves_that_it_is_for_and_around_no_other_plan() {
    let only = |of: Moving, to: Option<Side>| Hook { of: [of].into(), to, ..hook("h", When::Before, Veto::Planned) };
    let hooks = |hook: Hook, command: &Command| {
        let c = shop(vec![hook]);
        let picture = if matches!(command, Command::Failover { .. }) { lost(&c) } else { healthy(&c) };
        let plan = planned(&c, &picture, command, &[], &[]).unwrap();
        plan.steps.iter().filter(|s| s.service.hook().is_some()).count()
    };
    let south = Some(Side::Secondary);
    for (hook, command, runs) in [
        (only(Moving::Switchover, None), switchover(), 1),
        (only(Moving::Switchover, south), switchover(), 1),
        (only(Moving::Switchover, Some(Side::Primary)), switchover(), 0),
        (only(Moving::Failover, None), switchover(), 0),
        (only(Moving::Failover, south), failover(), 1),
        (only(Moving::Switchover, None), failover(), 0),
        (only(Moving::Switchback, None), switchover(), 0),
        (only(Moving::Switchover, None), Command::Stop, 0),
    ] {
        assert_eq!(hooks(hook.clone(), &command), runs, "{command:?} {hook:?}");
    }
    let c = shop(vec![only(Moving::Switchback, None)]);
    let south = picture(&c, &wanted(&c, Some(Side::Secondary)));
    let ground = Ground {
        cluster: &c,
        wanted: Wanted::Active(Side::Secondary),
        picture: &south,
        config: "",
        unguarded: &BTreeMap::new(),
        overrides: &[],
        maintenance: &Default::default(),
    };
    let back = make(&ground, &Command::Switchback).unwrap();
    assert_eq!(back.steps[0].service.hook().unwrap().of, Moving::Switchback);
    assert!(switch_checks(&ground, Side::Primary).iter().any(|check| check.id == "hook:h"), "it is kept warm");
    assert!(!switch_checks(&ground, Side::Secondary).iter().any(|check| check.id == "hook:h"));
}

#[test]
fn a_planned_move_is_refused_while_a_host_of_a_hook_does_not_answer_unless_the_hook_is_never_needed() {
    for (reach, words) in [
        (Reach::Silent("no route".into()), "lb does not answer: no route"),
        (Reach::Broken("it hangs".into()), "lb lives, and cannot be used: it hangs"),
        (Reach::Fenced { how: "off".into(), device: true }, "lb is fenced"),
    ] {
        for (when, veto) in [(When::Before, Veto::Planned), (When::After, Veto::Planned), (When::Before, Veto::Always)] {
            let c = shop(vec![hook("h", when, veto)]);
            let mut picture = healthy(&c);
            picture.set_reach(host("lb"), reach.clone());
            let refusal = planned(&c, &picture, &switchover(), &[], &[]).unwrap_err();
            let [reason] = refusal.reasons.as_slice() else { panic!("{refusal:?}") };
            assert!(reason.what.contains("hook h can run on lb") && reason.what.contains(words), "{reason:?}");
            assert!(!reason.remedy.contains("--override"), "{reason:?}");
            planned(&c, &picture, &switchover(), &[], &["hook:h"]).expect_err("a hard veto is not overridden");
        }
        let c = shop(vec![hook("h", When::Before, Veto::Never)]);
        let mut picture = healthy(&c);
        picture.set_reach(host("lb"), reach);
        let refusal = planned(&c, &picture, &switchover(), &[], &[]).unwrap_err();
        assert!(refusal.reasons[0].remedy.contains("--override hook:h"), "{refusal:?}");
        let plan = planned(&c, &picture, &switchover(), &[], &["hook:h"]).unwrap();
        assert!(plan.steps.iter().all(|step| step.service.hook().is_none()) && plan.summary.contains("hook h is left out"), "{plan:?}");
        assert_eq!(plan.steps[0].id, StepId(1));
    }
}

#[test]
fn a_failover_goes_on_without_a_hook_whose_host_is_gone_and_says_so_unless_it_is_always_needed() {
    for veto in [Veto::Planned, Veto::Never] {
        let c = shop(vec![hook("ask", When::Before, veto), hook("dns", When::After, veto)]);
        let mut picture = lost(&c);
        let plan = planned(&c, &picture, &failover(), &[], &[]).unwrap();
        assert_eq!(plan.steps.iter().filter_map(|s| s.service.hook()).filter(|hook| hook.vetoes).count(), 0, "{veto:?}");
        assert_eq!(plan.steps.iter().filter(|s| s.service.hook().is_some()).count(), 2);
        picture.set_reach(host("lb"), Reach::Dead("gone for 3 s".into()));
        let plan = planned(&c, &picture, &failover(), &[], &[]).unwrap();
        assert!(plan.steps.iter().all(|step| step.service.hook().is_none()));
        assert!(plan.summary.ends_with("; hook ask is left out: lb does not answer; hook dns is left out: lb does not answer"), "{plan:?}");
        let check = plan.checks.iter().find(|check| check.id == "hook:dns").unwrap();
        assert!(check.verdict == Verdict::SoftVeto && check.overridden && check.remedy.contains("/hooks/dns run"), "{check:?}");
    }
    let c = shop(vec![hook("ask", When::Before, Veto::Always)]);
    let mut picture = lost(&c);
    assert!(planned(&c, &picture, &failover(), &[], &[]).unwrap().steps[0].service.hook().unwrap().vetoes);
    picture.set_reach(host("lb"), Reach::Silent("gone".into()));
    let refusal = planned(&c, &picture, &failover(), &[], &[]).unwrap_err();
    assert!(refusal.reasons[0].what.contains("hook ask") && refusal.reasons[0].what.contains("always"), "{refusal:?}");
}

#[test]
fn a_host_that_has_only_hooks_and_takes_no_acts_is_in_the_way_of_what_needs_them_and_of_nothing_else() {
    let c = shop(vec![hook("ask", When::Before, Veto::Planned)]);
    let refuses = [("lb", "it has no flock")];
    let refusal = planned(&c, &healthy(&c), &switchover(), &refuses, &[]).unwrap_err();
    let [reason] = refusal.reasons.as_slice() else { panic!("{refusal:?}") };
    assert!(reason.what.contains("lb takes no acts of this monitor: it has no flock"), "{reason:?}");
    let plan = planned(&c, &lost(&c), &failover(), &refuses, &[]).unwrap();
    assert!(plan.summary.contains("hook ask is left out: lb takes no acts"), "{}", plan.summary);
    planned(&c, &healthy(&c), &Command::Stop, &refuses, &[]).unwrap();
    // A host with placements that takes no acts is in the way as it was before.
    planned(&c, &healthy(&c), &Command::Stop, &[("a1", "older")], &[]).unwrap_err();
}

#[test]
fn a_fence_waits_for_the_hooks_before_and_stays_the_point_of_no_return() {
    let mut c = shop(vec![hook("ask", When::Before, Veto::Always)]);
    let device = crate::core::model::Device::Command { argv: vec!["/power".into()] };
    c.hosts.get_mut(&host("a1")).unwrap().fence = Some(crate::core::model::Fence { device, timeout_ms: 100 });
    let mut picture = healthy(&c);
    picture.set_reach(host("a1"), Reach::Dead("silent".into()));
    let plan = planned(&c, &picture, &failover(), &[], &[]).unwrap();
    assert_eq!(plan.steps[1].service, crate::core::model::Service::Power);
    assert_eq!(plan.steps[1].after, [StepId(1)].into());
    assert_eq!(plan.no_return, NoReturn::After { steps: [StepId(2)].into() });
}

#[test]
fn nothing_is_run_on_a_host_that_is_unmanaged() {
    use crate::core::model::{Maintenance, Mark, Upkeep, Upkept};
    use crate::core::record::Actor;
    let c = shop(vec![hook("h", When::Before, Veto::Planned)]);
    let who = Actor { user: "anna".into(), uid: 7, pid: None };
    let mark = Mark { kind: Upkeep::Unmanaged, who, reason: "x".into(), since: jiff::Timestamp::UNIX_EPOCH, until: None };
    let mut maintenance = Maintenance::default();
    maintenance.set(Upkept::Host(host("lb")), mark);
    let unguarded = BTreeMap::new();
    let (well, mut lost) = (healthy(&c), healthy(&c));
    let db = c.components.values().next().unwrap().instance(Side::Primary, Mode::Active).unwrap();
    lost.put(&db, fact(State::Failed));
    let ground = |picture| Ground {
        cluster: &c,
        wanted: NORTH,
        picture,
        config: "",
        unguarded: &unguarded,
        overrides: &[],
        maintenance: &maintenance,
    };
    let refused = make(&ground(&well), &Command::Switchover { to: None }).unwrap_err();
    assert!(
        refused.reasons[0].what.contains("lb is unmanaged, so nothing is run there") && refused.reasons[0].what.contains("anna"),
        "{refused:?}"
    );
    let plan = make(&ground(&lost), &Command::Failover { to: SiteName::new("south").unwrap() }).unwrap();
    assert!(plan.steps.iter().all(|step| step.service.hook().is_none()), "{plan:?}");
    assert!(plan.summary.contains("hook h is left out: lb is unmanaged"), "{}", plan.summary);
}
