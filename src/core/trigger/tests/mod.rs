mod maintenance;
mod plans;
mod stopped;

use super::*;
use crate::core::command::Command;
use crate::core::fact::{Fact, Miss, MissKind, Picture, Reach, State};
use crate::core::health::{HostSignals, Own, SecondLook, Sight};
use crate::core::model::{Cluster, Component, ComponentName, Device, Fence, GroupName, HostName, Mode, Side, SiteName, Trigger, Wanted};
use crate::core::record::{Actor, Fencing, RunId, Stance};
use crate::core::testing::{cluster, component, fact, picture, processes, shop, wanted};

const NORTH: Wanted = Wanted::Active(Side::Primary);

fn name(text: &str) -> ComponentName {
    ComponentName::new(text).unwrap()
}

fn host(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

fn south() -> SiteName {
    SiteName::new("south").unwrap()
}

/// North serves, everything runs as it should, every host answers.
fn well(c: &Cluster) -> Situation {
    Situation {
        config: "cafe".into(),
        wanted: NORTH,
        stance: Stance::Automatic,
        closed: None,
        uncopied: None,
        picture: picture(c, &wanted(c, Some(Side::Primary))),
        hosts: c.hosts.keys().map(|h| (h.clone(), answers())).collect(),
        unguarded: Default::default(),
        excused: Default::default(),
        tries: Default::default(),
        rebooted: Default::default(),
        held: Default::default(),
        doubts: Default::default(),
        confirmed: c.components.keys().cloned().collect(),
        fenced_in_vain: Default::default(),
        guarded: Default::default(),
        last_failover: None,
        maintenance: Default::default(),
    }
}

fn answers() -> HostSignals {
    HostSignals { own: Own::Answers { age_ms: 100 }, second: Vec::new(), fenced: None, self_stopped: None }
}

fn set(c: &Cluster, s: &mut Situation, component: &str, side: Side, state: State) {
    let instance = c.components[&name(component)].instance(side, Mode::Active).unwrap();
    s.picture.put(&instance, fact(state));
}

/// a1 is silent, and b1 sees as much of it as `sight` says.
fn silent(c: &Cluster, s: &mut Situation, sight: Option<Sight>) {
    let last = Miss { kind: MissKind::Silent, why: "no answer within 1 s".into() };
    let second = sight.map(|sight| SecondLook { through: host("b1"), age_ms: 500, sight, knows_the_way: true });
    let own = Own::Missed { misses: 3, since_ms: 3_000, last };
    let signals = HostSignals { own, second: second.into_iter().collect(), fenced: None, self_stopped: None };
    let judged = crate::core::health::judge_host(&signals);
    s.hosts.insert(host("a1"), signals);
    let mut seen = Picture::default();
    for (_, _, _, instance) in c.instances().filter(|(_, side, _, _)| *side == Side::Secondary) {
        seen.put(&instance, s.picture.fact(&instance).cloned().unwrap());
    }
    seen.set_reach(host("b1"), Reach::Answers);
    seen.set_reach(
        host("a1"),
        match judged.health {
            crate::core::health::Health::Down => Reach::Dead(judged.why),
            crate::core::health::Health::ProbeBroken => Reach::Broken(judged.why),
            _ => Reach::Silent(judged.why),
        },
    );
    s.picture = seen;
}

fn nothing() -> Option<Sight> {
    Some(Sight::Nothing { why: "timed out".into() })
}

fn fenced(mut c: Cluster) -> Cluster {
    let device = Device::Command { argv: vec!["/bin/power".into()] };
    c.hosts.get_mut(&host("a1")).unwrap().fence = Some(Fence { device, timeout_ms: 1_000 });
    c
}

fn acts(decision: &Decision) -> Option<&Command> {
    match &decision.choice {
        Choice::Act { command, .. } => Some(command),
        _ => None,
    }
}

fn holds(decision: &Decision) -> String {
    match &decision.choice {
        Choice::Hold { reasons, .. } => reasons.iter().map(|r| format!("{} | {}\n", r.what, r.remedy)).collect(),
        other => panic!("it does not hold: {other:?}"),
    }
}

fn rescue(names: &[&str]) -> Command {
    Command::Rescue { components: names.iter().map(|n| name(n)).collect(), cold: false }
}

fn failover() -> Command {
    Command::Failover { to: south() }
}

#[test]
fn a_cluster_that_is_well_needs_nothing() {
    let c = shop();
    assert_eq!(decide(&c, well(&c)).choice, Choice::Quiet);
}

#[test]
fn what_is_lost_is_rescued_first_in_order_and_moved_when_the_attempts_are_used_up() {
    let c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "app", Side::Primary, State::Failed);
    set(&c, &mut s, "db", Side::Primary, State::Inactive);
    let first = decide(&c, s.clone());
    assert_eq!(acts(&first), Some(&rescue(&["db", "app"])), "what others need comes first");
    assert_eq!(first.acts, Acts::Does);
    assert!(first.why.iter().any(|why| why.contains("app is lost") && why.contains("attempt 1 of 1")), "{:?}", first.why);
    s.tries.insert(name("db"), 1);
    let moved = decide(&c, s.clone());
    assert_eq!(acts(&moved), Some(&failover()), "db cannot be rescued any more, and its loss alone counts");
    assert!(moved.why.iter().any(|why| why.contains("rescued 1 of 1 times within 60 s")), "{:?}", moved.why);
}

#[test]
fn with_no_attempts_allowed_it_is_moved_at_once() {
    let mut c = shop();
    c.components.get_mut(&name("web")).unwrap().rescue.attempts = 0;
    let mut s = well(&c);
    set(&c, &mut s, "web", Side::Primary, State::Failed);
    assert_eq!(acts(&decide(&c, s)), Some(&failover()));
}

#[test]
fn rules_by_group_and_by_number_count_what_cannot_be_rescued() {
    let agents = |rule: Trigger| {
        let agent = |n: &str| {
            let mut agent: Component = component(n, &[]);
            agent.group = Some(GroupName::new("agents").unwrap());
            agent.trigger = rule.clone();
            agent.rescue.attempts = 0;
            agent
        };
        cluster(vec![agent("a"), agent("b"), agent("c")])
    };
    let group = GroupName::new("agents").unwrap();
    let all = Trigger::AllOf { group: group.clone() };
    let two = Trigger::AtLeast { lost: 2, group };
    for (rule, lost, moves) in [
        (all.clone(), vec!["a"], false),
        (all.clone(), vec!["a", "b"], false),
        (all, vec!["a", "b", "c"], true),
        (two.clone(), vec!["b"], false),
        (two, vec!["b", "c"], true),
        (Trigger::Watch, vec!["a", "b", "c"], false),
        (Trigger::Any, vec!["c"], true),
    ] {
        let c = agents(rule.clone());
        let mut s = well(&c);
        for one in &lost {
            set(&c, &mut s, one, Side::Primary, State::Failed);
        }
        let decision = decide(&c, s);
        assert_eq!(acts(&decision) == Some(&failover()), moves, "{rule:?} {lost:?}: {decision:?}");
        if !moves {
            assert!(holds(&decision).contains("which moves nothing"), "{decision:?}");
            let processes = processes(c);
            let mut s = well(&processes);
            for one in &lost {
                set(&processes, &mut s, one, Side::Primary, State::Failed);
            }
            let decision = decide(&processes, s);
            assert!(format!("{decision:?}").contains("look why in the log of the host service on a1"), "{decision:?}");
        }
    }
}

#[test]
fn silence_alone_moves_nothing_and_says_why() {
    let c = fenced(shop());
    for (sight, words) in [
        (None, "nobody else could say"),
        (Some(Sight::NotAsked { why: "forbidden".into() }), "nobody else could say"),
        (Some(Sight::Banner), "b1 sees its SSH server"),
        (Some(Sight::Refused { why: "refused".into() }), "it lives"),
    ] {
        let mut s = well(&c);
        silent(&c, &mut s, sight.clone());
        let text = holds(&decide(&c, s));
        assert!(text.contains(words), "{sight:?}: {text}");
    }
    let mut s = well(&c);
    silent(&c, &mut s, nothing());
    s.hosts.get_mut(&host("a1")).unwrap().second[0].knows_the_way = false;
    s.picture.set_reach(host("a1"), Reach::Silent("no answer".into()));
    assert!(holds(&decide(&c, s)).contains("a1 is unknown"), "whoever never saw it says nothing by not seeing it");
}

#[test]
fn two_signals_of_silence_move_it_through_a_fence_and_hold_without_one() {
    let c = fenced(shop());
    let mut s = well(&c);
    silent(&c, &mut s, nothing());
    assert_eq!(acts(&decide(&c, s.clone())), Some(&failover()));

    let bare = shop();
    let text = holds(&decide(&bare, s.clone()));
    assert!(text.contains("no fence device") && text.contains("switchtower fence a1 --by-word"), "{text}");

    let by_word = Some(Actor { user: "alice".into(), uid: 7, pid: None });
    s.hosts.get_mut(&host("a1")).unwrap().fenced = Some(Fencing { run: RunId(3), by_word });
    s.picture.set_reach(host("a1"), Reach::Fenced { how: "alice says so".into(), device: false });
    assert_eq!(acts(&decide(&bare, s)), Some(&failover()), "once somebody has made sure that it is off, it goes on");
}

#[test]
fn when_neither_side_can_be_reached_nothing_is_done_and_that_is_said_loudly() {
    let c = fenced(shop());
    let mut s = well(&c);
    silent(&c, &mut s, None);
    let lost = s.hosts[&host("a1")].clone();
    s.hosts.insert(host("b1"), lost);
    s.picture = Picture::default();
    assert!(holds(&decide(&c, s)).contains("NEITHER SITE CAN BE REACHED"));
}

#[test]
fn it_only_says_what_it_would_do_while_it_observes_or_is_paused() {
    let c = shop();
    let who = Actor { user: "alice".into(), uid: 7, pid: None };
    let paused = Stance::Paused { who, reason: "work".into(), until: None, then: Default::default() };
    for stance in [Stance::ObserveOnly, paused] {
        let mut s = well(&c);
        s.stance = stance;
        set(&c, &mut s, "db", Side::Primary, State::Failed);
        let decision = decide(&c, s);
        assert_eq!((decision.acts, acts(&decision)), (Acts::Would, Some(&rescue(&["db"]))));
    }
}

#[test]
fn no_second_failover_while_it_is_quiet_or_limited() {
    let c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "db", Side::Primary, State::Failed);
    s.tries.insert(name("db"), 1);
    let quiet = c.policy.quiet_ms;
    for (age_ms, acknowledged, moves) in [(5_000, false, false), (5_000, true, true), (quiet, false, true)] {
        s.last_failover = Some(LastFailover { run: RunId(9), age_ms, acknowledged });
        let decision = decide(&c, s.clone());
        assert_eq!(acts(&decision).is_some(), moves, "{age_ms} {acknowledged}");
        if !moves {
            assert!(holds(&decision).contains("switchtower acknowledge"));
        }
    }
    s.last_failover = None;
    s.wanted = Wanted::Limited(Side::Primary);
    assert!(holds(&decide(&c, s)).contains("switchback"));
}

#[test]
fn what_holds_a_failover_back_does_not_keep_the_rest_from_being_rescued() {
    let c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "web", Side::Primary, State::Failed);
    set(&c, &mut s, "sync", Side::Primary, State::Failed);
    s.tries.insert(name("web"), 1);
    s.last_failover = Some(LastFailover { run: RunId(9), age_ms: 5_000, acknowledged: false });
    assert_eq!(acts(&decide(&c, s)), Some(&rescue(&["sync"])));
}

#[test]
fn what_was_not_running_at_the_adoption_is_not_lost_and_what_a_run_holds_is_left_to_it() {
    let c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "db", Side::Primary, State::Inactive);
    let mut excused = s.clone();
    excused.excused.insert(name("db"));
    assert_eq!(decide(&c, excused).choice, Choice::Quiet);
    s.held.insert(name("db"), RunId(4));
    assert_eq!(decide(&c, s).choice, Choice::Quiet);
}

#[test]
fn a_host_that_has_booted_starts_nothing_before_the_other_side_is_heard() {
    let c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "db", Side::Primary, State::Inactive);
    let b1 = host("b1");
    let gone = HostSignals {
        own: Own::Missed { misses: 4, since_ms: 9_000, last: Miss { kind: MissKind::Silent, why: "no answer".into() } },
        second: Vec::new(),
        fenced: None,
        self_stopped: None,
    };
    let mut without_b1 = Picture::default();
    for (_, _, _, i) in c.instances().filter(|(_, side, _, _)| *side == Side::Primary) {
        without_b1.put(&i, s.picture.fact(&i).cloned().unwrap());
    }
    without_b1.set_reach(host("a1"), Reach::Answers);
    without_b1.set_reach(b1.clone(), Reach::Silent("no answer".into()));
    s.picture = without_b1;
    s.hosts.insert(b1, gone);
    assert_eq!(acts(&decide(&c, s.clone())), Some(&rescue(&["db"])), "what crashed in place starts again in place");
    s.rebooted.insert(name("db"));
    let decision = decide(&c, s);
    assert!(acts(&decision).is_none() && holds(&decision).contains("db does not run as db.service on b1"), "{decision:?}");
}

#[test]
fn what_runs_on_the_wrong_side_too_is_stopped_there_only_once_it_is_certain() {
    let c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "db", Side::Secondary, State::Active);
    let guard = Command::Guard { component: name("db"), site: south() };
    assert_eq!(acts(&decide(&c, s.clone())), Some(&guard));

    let mut unconfirmed = s.clone();
    unconfirmed.confirmed.clear();
    assert!(acts(&decide(&c, unconfirmed)).is_none(), "an observation from before the last change proves nothing");

    let mut again = s.clone();
    again.guarded.insert(name("db"), 2_000);
    assert!(holds(&decide(&c, again)).contains("db is active on south"), "what comes back at once is not fought with, it is said");

    set(&c, &mut s, "db", Side::Primary, State::Inactive);
    let text = holds(&decide(&c, s));
    assert!(text.contains("switchtower adopt --site south"), "after a move by hand nothing is stopped: {text}");
}

#[test]
fn a_run_that_waits_for_a_dead_host_is_ended_by_a_fence() {
    let c = fenced(shop());
    let mut s = well(&c);
    silent(&c, &mut s, nothing());
    s.held = c.components.keys().map(|n| (n.clone(), RunId(5))).collect();
    s.doubts.insert(host("a1"), RunId(5));
    let fence = Command::Fence { host: host("a1"), by_word: false };
    assert_eq!(acts(&decide(&c, s.clone())), Some(&fence));
    s.fenced_in_vain.insert(host("a1"), 1_000);
    assert!(holds(&decide(&c, s.clone())).contains("run r5 waits for a1"));
    s.fenced_in_vain.clear();
    silent(&c, &mut s, Some(Sight::Banner));
    assert!(holds(&decide(&c, s)).contains("probe broken"), "what lives is not fenced by itself");
}

#[test]
fn the_same_situation_gives_the_same_decision_after_it_was_written_down() {
    let c = fenced(shop());
    let mut s = well(&c);
    silent(&c, &mut s, nothing());
    let decision = decide(&c, s);
    let text = serde_json::to_string(&decision).unwrap();
    let read: Decision = serde_json::from_str(&text).unwrap();
    assert_eq!(decide(&c, read.situation.clone()), decision);
}

#[test]
fn facts_that_are_not_in_the_picture_are_nothing_to_act_on() {
    let c = shop();
    let mut s = well(&c);
    let mut seen = Picture::default();
    for host in c.hosts.keys() {
        seen.set_reach(host.clone(), Reach::Answers);
    }
    let lost = c.components[&name("db")].instance(Side::Primary, Mode::Active).unwrap();
    for (_, _, _, i) in c.instances().filter(|(_, _, _, i)| *i != lost) {
        let known: Fact = s.picture.fact(&i).cloned().unwrap();
        seen.put(&i, known);
    }
    s.picture = seen;
    assert_eq!(decide(&c, s).choice, Choice::Quiet, "nothing was heard of db, so nothing is known of it");
}
