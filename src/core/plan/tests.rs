use super::*;
use crate::core::command::{Command, Refusal};
use crate::core::fact::{Picture, Reach, State};
use crate::core::model::{Cluster, ComponentName, HostName, Instance, Mode, Side, SiteName};
use crate::core::readiness::Verdict;
use crate::core::testing::{cluster, component, fact, picture, plan, shop, wanted};
use std::collections::BTreeSet;

const NORTH: Wanted = Wanted::Active(Side::Primary);

fn switchover() -> Command {
    Command::Switchover { to: None }
}

fn healthy(c: &Cluster) -> Picture {
    picture(c, &wanted(c, Some(Side::Primary)))
}

fn lines(plan: &Plan) -> Vec<String> {
    let numbers = |ids: &StepSet| ids.iter().map(|id| id.to_string()).collect::<Vec<_>>().join(",");
    plan.steps.iter().map(|s| format!("{} {}@{} after [{}]", s.id, s.command, s.host, numbers(&s.after))).collect()
}

fn instance(c: &Cluster, name: &str, side: Side, mode: Mode) -> Instance {
    c.components[&ComponentName::new(name).unwrap()].instance(side, mode).unwrap()
}

fn reasons(result: Result<Plan, Refusal>) -> String {
    result.expect_err("it was not refused").reasons.iter().map(|r| format!("{} | {}\n", r.what, r.remedy)).collect()
}

#[test]
fn a_switchover_stops_in_reverse_order_then_starts_in_order() {
    let c = shop();
    let plan = plan(&c, NORTH, &healthy(&c), &switchover(), "cfg").unwrap();
    assert_eq!(
        lines(&plan),
        [
            "1 systemctl stop web.service@a1 after []",
            "2 systemctl stop sync@active.service@a1 after []",
            "3 systemctl stop app.service@a1 after [1]",
            "4 systemctl stop db.service@a1 after [2,3]",
            "5 systemctl stop sync@standby.service@b1 after [4]",
            "6 systemctl start db.service@b1 after [4]",
            "7 systemctl start app.service@b1 after [6]",
            "8 systemctl start sync@active.service@b1 after [5,6]",
            "9 systemctl start web.service@b1 after [7]",
            "10 systemctl start sync@standby.service@a1 after [8,9]",
        ]
    );
    assert_eq!(plan.confirm.as_str(), "south");
    assert_eq!(plan.no_return, NoReturn::After { steps: [StepId(8), StepId(9)].into() });
    assert_eq!(plan.afterwards, Wanted::Active(Side::Secondary));
    let undo = |id: u16| plan.step(StepId(id)).unwrap().undo.clone().unwrap().after;
    assert_eq!(undo(6), [StepId(7), StepId(8)].into(), "db stops on b1 after what depends on it");
    let started = [6, 7, 8, 9, 10].map(StepId);
    assert_eq!(undo(4), started.into(), "db returns to a1 when nothing of the cluster runs on b1 any more");
    assert_eq!(undo(3), started.into_iter().chain([StepId(4)]).collect(), "app returns after db");
    assert_eq!(undo(5), started.into(), "the standby of b1 returns when nothing is active there");
    let rivals = |id: u16| plan.step(StepId(id)).unwrap().rivals.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(rivals(6), ["db.service on a1"]);
    assert_eq!(rivals(8), ["sync@standby.service on b1", "sync@active.service on a1"]);
    assert_eq!(rivals(10), ["sync@active.service on a1"]);
}

#[test]
fn the_point_of_no_return_is_where_the_configuration_marks_it() {
    let c = cluster(vec![component("db!", &[]), component("app", &["db"])]);
    let plan = plan(&c, NORTH, &healthy(&c), &switchover(), "").unwrap();
    assert_eq!(plan.no_return, NoReturn::After { steps: [StepId(3)].into() });
}

#[test]
fn what_is_stopped_already_is_made_sure_of_and_has_no_way_back() {
    let c = shop();
    let mut p = healthy(&c);
    p.put(&instance(&c, "app", Side::Primary, Mode::Active), fact(State::Failed));
    let plan = plan(&c, NORTH, &p, &switchover(), "").unwrap();
    let app = plan.steps.iter().find(|s| s.command == "systemctl stop app.service").unwrap();
    assert_eq!(app.undo, None);
    assert_eq!(plan.impact.interrupted.iter().map(ComponentName::as_str).collect::<Vec<_>>(), ["db", "sync", "web"]);
}

#[test]
fn an_order_holds_across_a_component_without_a_step() {
    let c = shop();
    let mut p = healthy(&c);
    p.put(&instance(&c, "app", Side::Primary, Mode::Active), fact(State::Failed));
    let plan = plan(&c, NORTH, &p, &Command::Stop, "").unwrap();
    let text = lines(&plan).join("\n");
    assert!(!text.contains("stop app.service"), "{text}");
    let db = plan.steps.iter().find(|s| s.command == "systemctl stop db.service").unwrap();
    let web = plan.steps.iter().find(|s| s.command == "systemctl stop web.service").unwrap();
    assert!(db.after.contains(&web.id), "db waits for web although app between them is down:\n{text}");
}

#[test]
fn an_undo_has_the_time_of_what_it_does() {
    let c = shop();
    let plan = plan(&c, NORTH, &healthy(&c), &switchover(), "").unwrap();
    let stop = plan.step(StepId(1)).unwrap();
    assert_eq!((stop.timeout_ms, stop.undo.as_ref().unwrap().timeout_ms), (500, 1000));
}

#[test]
fn a_placement_that_runs_in_both_modes_is_put_right_by_a_start() {
    let c = shop();
    let mut p = healthy(&c);
    p.put(&instance(&c, "sync", Side::Primary, Mode::Standby), fact(State::Active));
    let plan = plan(&c, NORTH, &p, &Command::Start { site: None }, "").unwrap();
    assert_eq!(lines(&plan), ["1 systemctl stop sync@standby.service@a1 after []"]);
}

#[test]
fn every_reason_against_a_switchover_is_given_at_once() {
    let c = shop();
    let mut p = healthy(&c);
    p.set_reach(HostName::new("b1").unwrap(), Reach::Silent("no answer for 7 s".into()));
    p.put(&instance(&c, "db", Side::Secondary, Mode::Active), fact(State::Active));
    p.put(&instance(&c, "web", Side::Secondary, Mode::Active), fact(State::Missing));
    p.put(&instance(&c, "app", Side::Primary, Mode::Active), fact(State::Unknown));
    let text = reasons(plan(&c, NORTH, &p, &switchover(), ""));
    for part in [
        "b1 answers: it does not: no answer for 7 s",
        "db does not run as db.service on b1: it is active",
        "b1 does not know this unit",
        "app.service on a1: its state is not known",
    ] {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn nothing_is_planned_on_a_picture_that_is_empty() {
    let c = shop();
    let text = reasons(plan(&c, NORTH, &Picture::default(), &switchover(), ""));
    assert!(text.contains("has not been looked at yet"), "{text}");
}

#[test]
fn a_command_that_does_not_fit_the_wanted_side_is_refused_with_a_way_on() {
    let c = shop();
    let p = healthy(&c);
    let to = |site: &str| Command::Switchover { to: Some(SiteName::new(site).unwrap()) };
    let start = |site: &str| Command::Start { site: Some(SiteName::new(site).unwrap()) };
    for (wanted, command, part) in [
        (NORTH, to("north"), "north serves already"),
        (NORTH, to("east"), "east is no site"),
        (NORTH, Command::Switchback, "north serves already"),
        (Wanted::Stopped, switchover(), "switchtower start"),
        (Wanted::Unset, switchover(), "not known which side"),
        (NORTH, start("south"), "switchtower switchover --to south"),
        (NORTH, start("south"), "start what does not run there with `switchtower start --site north`"),
        (NORTH, start("north"), "runs already"),
    ] {
        let text = reasons(plan(&c, wanted, &p, &command, ""));
        assert!(text.contains(part), "{command:?}: {part} is missing in\n{text}");
    }
}

#[test]
fn a_start_without_a_site_starts_what_does_not_run_of_the_side_that_serves() {
    let c = shop();
    let running = wanted(&c, Some(Side::Secondary)).into_iter().filter(|i| i.host.as_str() == "b1").collect();
    let plan = plan(&c, Wanted::Active(Side::Secondary), &picture(&c, &running), &Command::Start { site: None }, "").unwrap();
    assert_eq!(lines(&plan), ["1 systemctl start sync@standby.service@a1 after []"]);
    assert_eq!(plan.command, Command::Start { site: Some(SiteName::new("south").unwrap()) });
}

#[test]
fn a_start_does_not_say_that_everything_runs_while_the_host_of_a_standby_is_out() {
    let c = shop();
    let mut p = healthy(&c);
    p.set_reach(HostName::new("b1").unwrap(), Reach::SelfStopped("its time is over".into()));
    let text = reasons(plan(&c, NORTH, &p, &Command::Start { site: None }, ""));
    assert!(text.contains("what does not run is on b1, which does not answer") && text.contains("bring b1 back"), "{text}");
}

#[test]
fn start_refuses_while_something_runs_on_the_other_side() {
    let c = shop();
    let p = healthy(&c);
    let command = Command::Start { site: Some(SiteName::new("south").unwrap()) };
    let text = reasons(plan(&c, Wanted::Unset, &p, &command, ""));
    assert!(text.contains("db does not run as db.service on a1: it is active"), "{text}");
}

#[test]
fn start_and_stop_only_go_forward_and_cover_both_sides() {
    let c = shop();
    let stopped = picture(&c, &BTreeSet::new());
    let up = plan(&c, Wanted::Stopped, &stopped, &Command::Start { site: None }, "").unwrap();
    assert_eq!(up.no_return, NoReturn::FromTheStart);
    assert_eq!(lines(&up).last().unwrap(), "5 systemctl start sync@standby.service@b1 after [3,4]");
    assert!(up.steps.iter().all(|s| s.undo.is_none()));
    let down = plan(&c, NORTH, &healthy(&c), &Command::Stop, "").unwrap();
    assert_eq!(down.afterwards, Wanted::Stopped);
    assert_eq!(down.confirm.as_str(), "north");
    assert_eq!(down.steps.len(), 5, "{:?}", lines(&down));
}

#[test]
fn the_hash_follows_what_the_plan_says() {
    let c = shop();
    let one = plan(&c, NORTH, &healthy(&c), &switchover(), "cfg").unwrap();
    assert_eq!(one.hash(), plan(&c, NORTH, &healthy(&c), &switchover(), "cfg").unwrap().hash());
    assert_ne!(one.hash(), plan(&c, NORTH, &healthy(&c), &switchover(), "other").unwrap().hash());
    let named = Command::Switchover { to: Some(SiteName::new("south").unwrap()) };
    assert_eq!(one.hash(), plan(&c, NORTH, &healthy(&c), &named, "cfg").unwrap().hash(), "naming the site or not is the same plan");
    let mut p = healthy(&c);
    p.put(&instance(&c, "web", Side::Primary, Mode::Active), fact(State::Failed));
    assert_ne!(one.hash(), plan(&c, NORTH, &p, &switchover(), "cfg").unwrap().hash());
    assert!(one.hash().answers_to(one.hash().short()));
    assert!(!one.hash().answers_to("abc"));
}

#[test]
fn a_unit_that_starts_at_boot_forbids_until_somebody_overrides_it_by_name() {
    let c = shop();
    let mut p = healthy(&c);
    let db = instance(&c, "db", Side::Primary, Mode::Active);
    p.put(&db, crate::core::fact::Fact { enablement: "enabled".into(), ..fact(State::Active) });
    let text = reasons(plan(&c, NORTH, &p, &switchover(), ""));
    assert!(text.contains("systemctl disable db.service") && text.contains("--override enabled:db@a1"), "{text}");
    let unguarded = std::collections::BTreeMap::new();
    let with = |overrides: &[&str]| {
        let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
        let ground = Ground {
            cluster: &c,
            wanted: NORTH,
            picture: &p,
            config: "",
            unguarded: &unguarded,
            overrides: &overrides,
            maintenance: &Default::default(),
        };
        super::plan(&ground, &switchover())
    };
    let plan = with(&["enabled:db@a1"]).unwrap();
    assert!(plan.checks.iter().any(|c| c.id == "enabled:db@a1" && c.verdict == Verdict::SoftVeto && c.overridden));
    assert!(reasons(with(&["enabled:db@a1", "host:a1"])).contains("only a soft veto can"));
    assert!(reasons(with(&["enabled:db@a1", "host:zz"])).contains("no check called host:zz"));
}

/// So many components in a plan of a move, and what of it is said.
fn sizes(count: usize, after: impl Fn(usize) -> Vec<String>) -> (usize, usize) {
    let name = |n: usize| format!("c{n:05}");
    let all = (0..count).map(|n| {
        let after = after(n);
        component(&name(n), &after.iter().map(String::as_str).collect::<Vec<_>>())
    });
    let c = cluster(all.collect());
    let plan = plan(&c, NORTH, &healthy(&c), &switchover(), "cfg").unwrap();
    assert_eq!(plan.steps.len(), 2 * count);
    let runs = |s: &Step| s.after.runs().len() + s.undo.as_ref().map_or(0, |undo| undo.after.runs().len());
    (plan.steps.iter().map(runs).sum(), serde_json::to_string(&plan).unwrap().len())
}

#[test]
fn what_the_steps_of_a_plan_wait_for_grows_as_the_cluster_does() {
    let apart = |_: usize| Vec::new();
    let chained = |n: usize| if n.is_multiple_of(20) { Vec::new() } else { vec![format!("c{:05}", n - 1)] };
    for (what, small, large) in [
        ("nothing waits for anything", sizes(100, apart), sizes(1000, apart)),
        ("each twenty stand in a row", sizes(100, chained), sizes(1000, chained)),
    ] {
        assert!(large.0 < 12 * small.0, "{what}: {} and {} runs of steps", small.0, large.0);
        assert!(large.1 < 12 * small.1, "{what}: {} and {} bytes", small.1, large.1);
    }
}
