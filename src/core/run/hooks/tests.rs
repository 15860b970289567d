use crate::core::command::{Command, End};
use crate::core::fact::{Reach, State};
use crate::core::model::{Cluster, Hook, Mode, Side, SiteName, Veto, Wanted, When};
use crate::core::plan::{NoReturn, Plan, StepId};
use crate::core::run::world::pump;
use crate::core::run::{Effect, Found, Outcome, Run, RunEvent, StepState, Way};
use crate::core::testing::{cluster, component, fact, hook, picture, plan, wanted, with_hooks};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn shop(hooks: Vec<Hook>) -> Cluster {
    with_hooks(cluster(vec![component("db", &[])]), hooks)
}

/// The hooks before, 1 stop db, 2 start db (the point of no return), and the hooks after.
fn switchover(hooks: Vec<Hook>) -> Plan {
    let c = shop(hooks);
    plan(&c, Wanted::Active(Side::Primary), &picture(&c, &wanted(&c, Some(Side::Primary))), &Command::Switchover { to: None }, "").unwrap()
}

/// A failover that only goes forward: the primary's host has been switched off before.
fn forward(hooks: Vec<Hook>) -> Plan {
    let c = shop(hooks);
    let mut known = picture(&c, &wanted(&c, Some(Side::Primary)));
    let a1 = c.hosts.keys().next().unwrap().clone();
    known.put(&c.components.values().next().unwrap().instance(Side::Primary, Mode::Active).unwrap(), fact(State::Inactive));
    known.set_reach(a1, Reach::Fenced { how: "off".into(), device: false });
    let command = Command::Failover { to: SiteName::new("south").unwrap() };
    let plan = plan(&c, Wanted::Active(Side::Primary), &known, &command, "").unwrap();
    assert_eq!(plan.no_return, NoReturn::FromTheStart);
    plan
}

fn before(veto: Veto) -> Hook {
    hook("ask", When::Before, veto)
}

fn after() -> Hook {
    hook("dns", When::After, Veto::Planned)
}

fn with_status(hook: Hook) -> Hook {
    Hook { status: Some(vec!["/is".into()]), ..hook }
}

fn without_undo(hook: Hook) -> Hook {
    Hook { undo: None, ..hook }
}

/// Goes on until nothing follows: every act has the outcome that `acts` has for it, every look finds what `looks` has; what
/// has none is done. Tells all acts in their order, a minus before one that takes back.
fn live(plan: Plan, acts: &[(&str, Outcome)], looks: &[(&str, Found)]) -> (Run, Vec<String>) {
    let (mut run, mut open, mut told) = (Run::open(plan), Vec::new(), Vec::new());
    let mut looks: Vec<(&str, Found)> = looks.to_vec();
    for _ in 0..50 {
        open.extend(pump(&mut run, &mut Vec::new()));
        let Some(effect) = open.pop() else { break };
        let (Effect::Act { step, way, .. } | Effect::Settle { step, way, .. }) = effect;
        let name = format!("{}{step}", if way == Way::Back { "-" } else { "" });
        let detail = format!("words of {name}");
        let event = match effect {
            Effect::Act { .. } => {
                told.push(name.clone());
                let outcome = acts.iter().find(|(of, _)| *of == name).map_or(Outcome::Done, |(_, outcome)| *outcome);
                RunEvent::Answered { step, way, outcome, detail, took_ms: 1 }
            }
            Effect::Settle { .. } => {
                let at = looks.iter().position(|(of, _)| *of == name).unwrap_or_else(|| panic!("a look at {name}"));
                RunEvent::Settled { step, way, found: looks.remove(at).1, detail }
            }
        };
        open.extend(run.apply(&event).unwrap());
    }
    (run, told)
}

fn end(run: &Run) -> String {
    match run.end().expect("the run came to no end") {
        End::Partly { why, left } => format!("partly: {why} | {}", left.join(" | ")),
        other => other.to_string(),
    }
}

#[test]
fn a_veto_ends_the_run_before_anything_else_begins_and_takes_back_what_has_something_that_does() {
    let hooks = || vec![hook("a", When::Before, Veto::Planned), hook("b", When::Before, Veto::Planned), after()];
    let (run, told) = live(switchover(hooks()), &[("2", Outcome::Failed)], &[]);
    assert_eq!(told, ["1", "2", "-2", "-1"]);
    assert_eq!(end(&run), "failed (nothing changed): step 2, /hooks/b run on b1: words of 2");
    assert_eq!(run.wanted(), Wanted::Active(Side::Primary));
    let bare = hooks().into_iter().map(without_undo).collect();
    let (run, told) = live(switchover(bare), &[("2", Outcome::Failed)], &[]);
    assert_eq!(told, ["1", "2"]);
    assert!(end(&run).ends_with("words of 2; not taken back, having no undo: hook a"), "{}", end(&run));
}

#[test]
fn a_failure_after_the_hooks_takes_them_back_last() {
    let (run, told) = live(switchover(vec![before(Veto::Planned), after()]), &[("2", Outcome::Failed)], &[]);
    assert_eq!(told, ["1", "2", "-2", "-1"]);
    assert!(end(&run).starts_with("failed (nothing changed)"), "{}", end(&run));
    let (run, told) = live(switchover(vec![before(Veto::Planned)]), &[("2", Outcome::Failed), ("-1", Outcome::Failed)], &[]);
    assert_eq!(told, ["1", "2", "-2", "-1"]);
    assert!(end(&run).contains("step 1 is not undone, /hooks/ask undo on b1: words of -1"), "{}", end(&run));
}

#[test]
fn a_hook_that_may_not_veto_fails_and_the_run_goes_on_and_says_so_at_its_end() {
    let (run, told) = live(switchover(vec![before(Veto::Never), after()]), &[("1", Outcome::Failed), ("4", Outcome::Failed)], &[]);
    assert_eq!(told, ["1", "2", "3", "4"]);
    let words = end(&run);
    assert!(words.contains("/hooks/ask run on b1: words of 1 |") && words.contains("/hooks/dns run on b1: words of 4"), "{words}");
    assert!(run.has_moved());
    assert_eq!(run.wanted(), Wanted::Active(Side::Secondary));
    for outcome in [Outcome::Failed, Outcome::NotSent] {
        let (run, told) = live(switchover(vec![after()]), &[("3", outcome)], &[]);
        assert_eq!(told, ["1", "2", "3"], "nothing is taken back");
        assert!(end(&run).starts_with("partly: step 3") && run.crossed() && run.has_moved(), "{}", end(&run));
    }
    let (run, _) = live(switchover(vec![after()]), &[], &[]);
    assert_eq!(run.end(), Some(&End::Done));
    let (run, _) = live(switchover(vec![before(Veto::Planned)]), &[("1", Outcome::Failed)], &[]);
    assert!(!run.has_moved());
}

#[test]
fn a_veto_of_a_failover_that_only_goes_forward_leaves_everything_as_it_is() {
    let (run, told) = live(forward(vec![before(Veto::Always)]), &[("1", Outcome::Failed)], &[]);
    assert_eq!(told, ["1", "-1"]);
    assert!(end(&run).starts_with("failed (nothing changed)"), "{}", end(&run));
    assert_eq!(run.wanted(), Wanted::Active(Side::Primary), "else the new side would be started by other ways");
    // Once it has begun to move there is no way back, and what the hook did stays.
    let (run, told) = live(forward(vec![before(Veto::Always)]), &[("2", Outcome::Failed)], &[]);
    assert_eq!(told, ["1", "2"]);
    assert!(run.crossed() && matches!(run.end(), Some(End::Partly { .. })), "{}", end(&run));
}

#[test]
fn a_hook_whose_answer_was_lost_is_settled_by_its_status_and_never_repeated_without_one() {
    let lost = [("1", Outcome::Unknown)];
    let (run, told) = live(switchover(vec![with_status(before(Veto::Planned))]), &lost, &[("1", Found::Done)]);
    assert_eq!((run.end(), told.len()), (Some(&End::Done), 3));
    let again = [("1", Found::NotDone), ("1", Found::NotDone), ("1", Found::NotDone)];
    let (run, told) = live(switchover(vec![with_status(before(Veto::Planned))]), &lost, &again);
    assert_eq!(told, ["1", "1", "1", "-1"], "a few times, as its status says that nothing of it is there");
    assert!(end(&run).starts_with("failed (nothing changed)"), "{}", end(&run));

    for found in [Found::Ended, Found::NotDone, Found::Unclear] {
        let (run, told) = live(switchover(vec![before(Veto::Planned)]), &lost, &[("1", found)]);
        assert_eq!(told, ["1", "-1"], "one that can veto counts as failed: {found:?}");
        assert!(end(&run).contains("hook ask: unknown whether it ran"), "{}", end(&run));
        let (run, told) =
            live(switchover(vec![before(Veto::Never), after()]), &[lost[0], ("4", Outcome::Unknown)], &[("1", found), ("4", found)]);
        assert_eq!(told, ["1", "2", "3", "4"], "one that cannot is told: {found:?}");
        assert!(end(&run).contains("hook ask: unknown whether it ran") && end(&run).contains("hook dns: unknown whether it ran"));
    }
}

#[test]
fn an_undo_that_nobody_can_ask_about_is_listed_and_the_run_comes_to_its_end() {
    let acts = [("1", Outcome::Failed), ("-1", Outcome::Unknown)];
    for found in [Found::NotDone, Found::Unclear] {
        let (run, told) = live(switchover(vec![before(Veto::Planned)]), &acts, &[("-1", found)]);
        assert_eq!(told, ["1", "-1"]);
        assert!(end(&run).contains("unknown whether its undo ran"), "{}", end(&run));
    }
    // Not sent at all, and its host stays silent: the run does not wait for it for ever.
    let acts = [("1", Outcome::Failed), ("-1", Outcome::NotSent)];
    let (run, told) = live(switchover(vec![before(Veto::Planned)]), &acts, &[("-1", Found::NotDone), ("-1", Found::Unclear)]);
    assert_eq!(told, ["1", "-1", "-1"], "it is tried again while its host answers");
    assert!(end(&run).contains("step 1 is not undone"), "{}", end(&run));
}

#[test]
fn a_run_can_be_turned_back_while_its_hooks_run() {
    for plan in [switchover(vec![before(Veto::Planned)]), forward(vec![before(Veto::Always)])] {
        let mut run = Run::open(plan);
        for event in run.advance() {
            run.apply(&event).unwrap();
        }
        run.apply(&run.clone().abort("somebody").unwrap()).unwrap();
        let done = RunEvent::Answered { step: StepId(1), way: Way::Forth, outcome: Outcome::Done, detail: String::new(), took_ms: 1 };
        run.apply(&done).unwrap();
        let next = run.advance();
        assert!(matches!(next.as_slice(), [RunEvent::Dispatched { step: StepId(1), way: Way::Back, .. }]), "{next:?}");
    }
}

/// What the monitor hears, and whether it dies before it has.
fn lives() -> impl Strategy<Value = Vec<(u8, bool)>> {
    prop::collection::vec((0u8..8, any::<bool>()), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_heard_or_lost_no_hook_without_a_status_is_sent_twice_and_the_order_holds(
        vetoes in prop::collection::vec(prop::sample::select(vec![Veto::Planned, Veto::Always, Veto::Never]), 2),
        status in any::<bool>(),
        one_way in any::<bool>(),
        rolls in lives(),
    ) {
        let of = |hook: Hook| if status { with_status(hook) } else { hook };
        let hooks = vec![of(hook("a", When::Before, vetoes[0])), of(hook("b", When::Before, vetoes[1])), of(after())];
        let plan = if one_way { forward(hooks) } else { switchover(hooks) };
        let is_hook = |step: StepId| plan.step(step).unwrap().service.hook().is_some();
        let others: Vec<StepId> = plan.steps.iter().map(|s| s.id).filter(|id| !is_hook(*id)).collect();
        let (mut run, mut journal, mut open) = (Run::open(plan.clone()), Vec::new(), Vec::new());
        let mut sent: BTreeMap<(StepId, Way), usize> = BTreeMap::new();
        let mut rolls = rolls.into_iter();
        for _ in 0..500 {
            loop {
                let next = run.advance();
                if next.is_empty() {
                    break;
                }
                for event in next {
                    if let RunEvent::Dispatched { step, way, .. } = &event {
                        *sent.entry((*step, *way)).or_default() += 1;
                        let over = |id: StepId| !matches!(run.steps()[&id].state, StepState::Waiting | StepState::Running { .. } | StepState::Doubtful { .. });
                        if *way == Way::Forth {
                            let earlier = if is_hook(*step) { step.0 - 1 } else { 2 };
                            prop_assert!((1..=earlier).all(|id| over(StepId(id))), "{step} begins before the hooks are done");
                        }
                        if *way == Way::Back && is_hook(*step) {
                            let stands = |id: &&StepId| matches!(run.steps()[*id].state, StepState::Done { .. }) && plan.step(**id).unwrap().undo.is_some();
                            prop_assert_eq!(others.iter().find(stands), None, "a hook is taken back before all else");
                        }
                    }
                    open.extend(run.apply(&event).unwrap());
                    journal.push(event);
                }
            }
            let Some(effect) = open.pop() else { break };
            let (roll, dies) = rolls.next().unwrap_or((0, false));
            if dies {
                open.clear();
                let mut again = Run::open(plan.clone());
                for old in &journal {
                    again.apply(old).unwrap();
                }
                prop_assert_eq!(&again, &run, "the journal does not tell the whole story");
                open.extend(run.apply(&RunEvent::Resumed).unwrap());
                journal.push(RunEvent::Resumed);
                continue;
            }
            let (Effect::Act { step, way, .. } | Effect::Settle { step, way, .. }) = effect;
            let detail = "made up".to_owned();
            let event = match effect {
                Effect::Act { .. } => {
                    let outcome = [Outcome::Done, Outcome::Done, Outcome::Done, Outcome::Failed, Outcome::Unknown, Outcome::Unknown, Outcome::Done, Outcome::Failed];
                    RunEvent::Answered { step, way, outcome: outcome[usize::from(roll)], detail, took_ms: 1 }
                }
                Effect::Settle { .. } => {
                    // A look at a hook without a status finds nothing, or its host is silent.
                    let found = match (is_hook(step) && !status, roll) {
                        (true, 0..4) => Found::Ended,
                        (true, 4..6) => Found::NotDone,
                        (true, _) => Found::Unclear,
                        (false, 0..4) => Found::Done,
                        (false, _) => Found::NotDone,
                    };
                    RunEvent::Settled { step, way, found, detail }
                }
            };
            open.extend(run.apply(&event).unwrap());
            journal.push(event);
        }
        prop_assert!(run.end().is_some(), "the run came to no end");
        if !status {
            for ((step, way), times) in &sent {
                prop_assert!(!is_hook(*step) || *times == 1, "{step} {way:?} was sent {times} times");
            }
        }
        let begun = others.iter().any(|id| run.steps()[id].begun());
        if !begun {
            prop_assert_eq!(run.wanted(), plan.before);
        }
    }
}
