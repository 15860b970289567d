use super::*;
use crate::core::model::{Mark, Upkeep, Upkept};
use crate::core::plan::{Ground, Plan, plan};
use crate::core::record::Actor;

fn who() -> Actor {
    Actor { user: "anna".into(), uid: 7, pid: None }
}

fn mark(s: &mut Situation, what: Upkept, kind: Upkeep) {
    let until = Some(jiff::Timestamp::from_second(1_800_000_000).unwrap());
    s.maintenance.set(what, Mark { kind, who: who(), reason: "by hand".into(), since: jiff::Timestamp::UNIX_EPOCH, until });
}

fn unmanaged(s: &mut Situation, component: &str) {
    mark(s, Upkept::Component(name(component)), Upkeep::Unmanaged);
}

fn planned(c: &Cluster, s: &Situation, command: &Command, overrides: &[&str]) -> Result<Plan, String> {
    let overrides: Vec<String> = overrides.iter().map(|name| (*name).to_owned()).collect();
    let ground = Ground {
        cluster: c,
        wanted: s.wanted,
        picture: &s.picture,
        config: "",
        unguarded: &s.unguarded,
        overrides: &overrides,
        maintenance: &s.maintenance,
    };
    plan(&ground, command).map_err(|refusal| refusal.reasons.iter().map(|r| format!("{} | {}\n", r.what, r.remedy)).collect())
}

fn touches(plan: &Plan, component: &str) -> bool {
    plan.objects().contains(&name(component))
}

#[test]
fn what_is_unmanaged_is_neither_rescued_nor_moved_for_and_it_is_said_who_has_it() {
    let c = shop();
    for component in ["db", "app", "web"] {
        let mut s = well(&c);
        set(&c, &mut s, component, Side::Primary, State::Failed);
        assert!(acts(&decide(&c, s.clone())).is_some(), "{component} is rescued without a mark");
        unmanaged(&mut s, component);
        for tries in [0, 9] {
            s.tries.insert(name(component), tries);
            let said = holds(&decide(&c, s.clone()));
            assert!(
                said.contains(&format!("{component} does not run and is left alone, since component {component} is unmanaged until")),
                "{said}"
            );
            assert!(said.contains("by anna (uid 7) (by hand)") && said.contains("maintenance clear --component"), "{said}");
        }
    }
    let mut s = well(&c);
    set(&c, &mut s, "web", Side::Primary, State::Failed);
    mark(&mut s, Upkept::Host(host("a1")), Upkeep::Unmanaged);
    assert!(holds(&decide(&c, s)).contains("since host a1 is unmanaged"));
}

#[test]
fn a_broken_component_that_is_unmanaged_does_not_hold_the_failover_of_the_others_back() {
    let c = shop();
    let mut s = well(&c);
    unmanaged(&mut s, "web");
    set(&c, &mut s, "web", Side::Primary, State::Failed);
    set(&c, &mut s, "app", Side::Primary, State::Failed);
    s.tries.insert(name("app"), 9);
    assert_eq!(acts(&decide(&c, s.clone())), Some(&failover()));
    let plan = planned(&c, &s, &failover(), &[]).unwrap();
    assert!(!touches(&plan, "web") && touches(&plan, "app"), "{plan:?}");
    assert!(plan.summary.contains("web is unmanaged until"), "{}", plan.summary);
}

#[test]
fn what_needs_an_unmanaged_component_is_not_moved_by_itself_to_where_that_does_not_run() {
    let c = shop();
    let mut s = well(&c);
    unmanaged(&mut s, "db");
    set(&c, &mut s, "app", Side::Primary, State::Failed);
    s.tries.insert(name("app"), 9);
    let said = holds(&decide(&c, s.clone()));
    assert!(said.contains("app has db on b1") && said.contains("needs:app/db"), "{said}");
    set(&c, &mut s, "db", Side::Secondary, State::Active);
    assert_eq!(acts(&decide(&c, s)), Some(&failover()), "it runs there too: whoever works on it has seen to that");
}

#[test]
fn what_is_unmanaged_on_the_wrong_side_is_alarmed_about_and_never_stopped() {
    let c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "app", Side::Secondary, State::Active);
    assert!(matches!(acts(&decide(&c, s.clone())), Some(Command::Guard { .. })));
    unmanaged(&mut s, "app");
    let said = holds(&decide(&c, s.clone()));
    assert!(said.contains("app is active on south") && said.contains("left alone: component app is unmanaged"), "{said}");
    s.maintenance.clear(&Upkept::Component(name("app")));
    assert!(matches!(acts(&decide(&c, s)), Some(Command::Guard { .. })), "the guard's own conditions hold again");
}

#[test]
fn a_host_in_standby_is_no_target_of_anything_that_starts() {
    let c = shop();
    let mut s = well(&c);
    mark(&mut s, Upkept::Host(host("b1")), Upkeep::Standby);
    for command in [Command::Switchover { to: None }, failover()] {
        let said = planned(&c, &s, &command, &[]).unwrap_err();
        assert!(said.contains("b1 is in standby until 2027-01-15T08:00:00Z by anna (uid 7) (by hand)"), "{said}");
        assert!(said.contains("maintenance clear --host b1") && !said.contains("--override"), "{said}");
    }
    set(&c, &mut s, "app", Side::Primary, State::Failed);
    s.tries.insert(name("app"), 9);
    let decision = decide(&c, s.clone());
    assert!(holds(&decision).contains("b1 is in standby until"), "{decision:?}");
    assert!(matches!(&decision.choice, Choice::Hold { wants: Some(Command::Failover { .. }), .. }), "{decision:?}");

    let mut s = well(&c);
    mark(&mut s, Upkept::Host(host("a1")), Upkeep::Standby);
    set(&c, &mut s, "app", Side::Primary, State::Failed);
    assert!(planned(&c, &s, &rescue(&["app"]), &[]).unwrap_err().contains("nothing is started there"));
    assert_eq!(acts(&decide(&c, s.clone())), Some(&failover()), "what cannot be started there again is moved");
    let plan = planned(&c, &s, &Command::Switchover { to: None }, &[]).unwrap();
    assert!(plan.steps.iter().all(|step| step.host != host("a1") || step.action == crate::core::plan::Action::Stop), "{plan:?}");
    let adopt = Command::Adopt { site: c.site(Side::Primary).clone(), without: Vec::new() };
    s.wanted = Wanted::Active(Side::Secondary);
    assert!(planned(&c, &s, &adopt, &[]).unwrap_err().contains("a1 is in standby"));
}

#[test]
fn a_switchover_leaves_what_is_unmanaged_where_it_is_and_wants_that_overridden_by_name() {
    let c = shop();
    let mut s = well(&c);
    unmanaged(&mut s, "web");
    let command = Command::Switchover { to: None };
    let said = planned(&c, &s, &command, &[]).unwrap_err();
    assert!(said.contains("web is unmanaged until 2027-01-15T08:00:00Z by anna (uid 7) (by hand): left alone at a1"), "{said}");
    let plan = planned(&c, &s, &command, &["unmanaged:web"]).unwrap();
    assert!(!touches(&plan, "web") && touches(&plan, "db") && plan.summary.contains("left alone at a1"), "{plan:?}");
    let stop = planned(&c, &s, &Command::Stop, &[]).unwrap();
    assert!(!touches(&stop, "web") && touches(&stop, "app"));
    unmanaged(&mut s, "db");
    let said = planned(&c, &s, &command, &["unmanaged:web", "unmanaged:db"]).unwrap_err();
    assert!(said.contains("--override needs:app/db") && !said.contains("needs:web"), "{said}");
    for component in ["app", "sync"] {
        unmanaged(&mut s, component);
    }
    assert!(planned(&c, &s, &command, &[]).unwrap_err().contains("every component is unmanaged"));
}

#[test]
fn a_drain_moves_everything_away_and_starts_nothing_on_the_host_that_is_drained() {
    let c = shop();
    let mut s = well(&c);
    let drain = |name: &str| Command::Maintain { what: Upkept::Host(host(name)), kind: Upkeep::Drain, for_ms: Some(1_000) };
    let plan = planned(&c, &s, &drain("a1"), &[]).unwrap();
    assert_eq!((plan.confirm.as_str(), plan.afterwards), ("a1", Wanted::Active(Side::Secondary)));
    assert!(plan.steps.iter().all(|step| step.host != host("a1") || step.action == crate::core::plan::Action::Stop), "{plan:?}");
    assert!(plan.steps.iter().any(|step| step.undo.is_some()), "it is undone as any switchover");
    let other = planned(&c, &s, &drain("b1"), &[]).unwrap();
    let commands: Vec<&str> = other.steps.iter().map(|step| step.command.as_str()).collect();
    assert_eq!((commands, other.afterwards), (vec!["systemctl stop sync@standby.service"], NORTH));
    mark(&mut s, Upkept::Host(host("b1")), Upkeep::Standby);
    assert!(planned(&c, &s, &drain("a1"), &[]).unwrap_err().contains("b1 is in standby"), "the other side is not ready");
    let component = Command::Maintain { what: Upkept::Component(name("db")), kind: Upkeep::Drain, for_ms: None };
    assert!(planned(&c, &s, &component, &[]).unwrap_err().contains("drain is for hosts"));
    assert!(planned(&c, &s, &Command::Manage { what: Upkept::Host(host("a1")) }, &[]).unwrap_err().contains("not in maintenance"));
}

#[test]
fn a_host_that_is_unmanaged_is_fenced_by_nobody_but_a_person_who_insists() {
    let c = fenced(shop());
    let mut s = well(&c);
    mark(&mut s, Upkept::Host(host("a1")), Upkeep::Unmanaged);
    silent(&c, &mut s, nothing());
    assert_eq!(acts(&decide(&c, s.clone())), None, "nothing of it is moved, so that nothing is fenced for it");
    s.doubts.insert(host("a1"), RunId(3));
    assert!(holds(&decide(&c, s.clone())).contains("unmanaged"), "not even to end a doubt");
    let fence = Command::Fence { host: host("a1"), by_word: false };
    assert!(planned(&c, &s, &fence, &[]).unwrap_err().contains("--override unmanaged:a1"));
    assert!(planned(&c, &s, &fence, &["unmanaged:a1"]).is_ok());
}
