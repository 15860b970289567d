use crate::console::act::kit::{Desk, acting, entries, fence_plan, plan, plan_ticket, view};
use crate::console::effect::{Effect, Question};
use crate::console::event::Answer;
use crate::console::state::{Object, Progress, Stage};
use crate::core::command::{Command, End, Reason};
use crate::core::health::Health;
use crate::core::model::{HostName, Mode};
use crate::core::record::RunId;
use crate::wire::{ModeAsk, PlanView};

#[test]
fn a_switchover_is_planned_typed_handed_in_and_followed_to_its_end() {
    let mut desk = Desk::new();
    let asked = desk.line("switchover");
    let Some(Effect::Ask(_, Question::Plan { command: Command::Switchover { to: Some(to) }, .. })) = asked.last() else {
        panic!("{asked:?}")
    };
    assert_eq!(to.as_str(), "south", "the other site is named, never left out");
    let plan = plan();
    desk.planned(&asked, &plan);
    assert_eq!(acting(&desk.types("south")), Vec::<&Question>::new());
    let sent = desk.key("enter");
    let [Question::Submit { submit, sequence }] = acting(&sent)[..] else { panic!("{sent:?}") };
    assert_eq!((submit.plan.as_str(), submit.confirm.as_str(), *sequence), (plan.hash().as_str(), "south", 4));
    desk.opened(&sent, 5);
    let records = entries(End::Done);
    desk.entries(&records);
    let task = desk.state.tasks.all().next().unwrap();
    assert_eq!((task.run, &task.progress), (Some(RunId(5)), &Progress::Over(End::Done)));
    assert!(
        desk.notices()
            .iter()
            .any(|(text, stays)| text.contains("switchover to south: done (run r5") && text.contains("measured outage") && !stays),
        "{:?}",
        desk.notices()
    );
}

#[test]
fn a_word_that_is_not_the_sites_name_does_nothing_and_says_so() {
    for word in ["sout", "southh", "South", "north", "c", "y", "yes", ""] {
        let mut desk = Desk::new();
        desk.switchover();
        let mut effects = desk.types(word);
        effects.extend(desk.key("enter"));
        assert!(acting(&effects).is_empty(), "{word}");
        assert!(desk.dialog().said.as_ref().is_some_and(|said| said.contains("south")), "{word}: {:?}", desk.dialog().said);
        assert!(matches!(desk.stage(), Stage::Asking(Some(_))));
    }
}

#[test]
fn whatever_changes_while_it_is_typed_voids_it_and_is_told() {
    type Change = fn(&mut crate::wire::StatusView);
    let changes: [(&str, Change); 5] = [
        ("it was", |s| s.components[0].placements[0].observed = Some(Mode::Stopped)),
        ("b1 is down", |s| s.hosts[1].health.health = Health::Down),
        ("term 15", |s| s.lease.term = crate::core::record::Term(15)),
        ("configuration", |s| s.config = "beef".into()),
        ("a1 does not answer", |s| s.hosts[0].answers = Some(false)),
    ];
    for (told, change) in changes {
        let mut desk = Desk::new();
        let plan = desk.switchover();
        desk.types("sout");
        let again = desk.picture(change);
        plan_ticket(&again);
        assert!(desk.dialog().changed.iter().any(|line| line.contains(told)), "{told}: {:?}", desk.dialog().changed);
        desk.planned(&again, &plan);
        assert!(acting(&desk.types("h")).is_empty() && acting(&desk.key("enter")).is_empty(), "the rest of the word is not the word");
        assert_eq!(desk.dialog().word.value(), "h");
    }
}

#[test]
fn a_picture_in_which_nothing_changed_leaves_what_was_typed() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("sou");
    assert_eq!(desk.picture(|status| status.hosts[0].age_ms = Some(7)).len(), 0);
    desk.types("th");
    assert_eq!(acting(&desk.key("enter")).len(), 1);
}

#[test]
fn an_answer_to_a_plan_that_is_no_longer_asked_for_changes_nothing() {
    let mut desk = Desk::new();
    let first = desk.line("switchover");
    desk.key("esc");
    let second = desk.line("stop");
    desk.planned(&first, &plan());
    assert!(matches!(desk.stage(), Stage::Planning(_)));
    assert_ne!(plan_ticket(&first), plan_ticket(&second));
}

#[test]
fn a_selection_that_moves_does_not_move_the_act() {
    let mut desk = Desk::new();
    desk.state.health.selected = Some(Object::Host(HostName::new("a1").unwrap()));
    desk.switchover();
    desk.state.health.selected = Some(Object::Host(HostName::new("b1").unwrap()));
    desk.types("south");
    let sent = desk.key("enter");
    assert!(matches!(acting(&sent)[..], [Question::Submit { submit, .. }] if submit.command.verb() == "switchover"));
}

#[test]
fn a_soft_veto_is_overridden_by_its_name_and_a_hard_one_is_not() {
    let mut desk = Desk::new();
    let asked = desk.line("switchover south");
    let soft = Reason::new("db starts by itself", "disable it; or go on regardless with `--override enabled:db@a1`");
    desk.refused(&asked, vec![Reason::new("b1 does not answer", "start it"), soft]);
    assert!(acting(&desk.types("south")).is_empty() && desk.key("enter").is_empty(), "there is nothing to type into");
    assert!(desk.key("o").is_empty() && desk.dialog().said.is_some());
    desk.key("down");
    let again = desk.key("o");
    let Some(Effect::Ask(_, Question::Plan { overrides, .. })) = again.last() else { panic!("{again:?}") };
    assert_eq!(overrides, &["enabled:db@a1".to_owned()]);
    desk.planned(&again, &plan());
    desk.types("south");
    let sent = desk.key("enter");
    assert!(matches!(acting(&sent)[..], [Question::Submit { submit, .. }] if submit.overrides == ["enabled:db@a1"]));
}

#[test]
fn a_plan_with_another_hash_than_its_own_cannot_be_confirmed() {
    let mut desk = Desk::new();
    let asked = desk.line("switchover");
    let other = Box::new(PlanView { hash: "ab".repeat(32), plan: plan(), expected: Default::default() });
    desk.answer(plan_ticket(&asked), Answer::Planned(Ok(other)));
    assert!(matches!(desk.stage(), Stage::Blocked(_)));
    desk.types("south");
    assert!(acting(&desk.key("enter")).is_empty());
}

#[test]
fn a_nudge_takes_a_yes_and_enter_alone_does_nothing() {
    let mut desk = Desk::new();
    desk.line("automatic");
    assert!(desk.key("enter").is_empty() && desk.dialog().said.is_some());
    let sent = desk.key("y");
    assert!(matches!(acting(&sent)[..], [Question::Mode { mode: ModeAsk::Automatic, .. }]));
    let mut desk = Desk::new();
    desk.line("automatic");
    assert!(desk.key("n").is_empty());
    assert_eq!(desk.top(), "nothing");
}

#[test]
fn a_pause_needs_a_reason_in_which_y_is_a_letter() {
    let mut desk = Desk::new();
    desk.line("pause 2h");
    assert!(acting(&desk.types("y")).is_empty());
    assert_eq!(desk.dialog().reason.value(), "y");
    desk.types("early");
    assert!(acting(&desk.key("enter")).is_empty());
    let sent = desk.key("y");
    let [Question::Mode { mode: ModeAsk::Pause { for_ms: Some(7_200_000) }, reason: Some(reason) }] = acting(&sent)[..] else {
        panic!("{sent:?}")
    };
    assert_eq!(reason, "yearly");
    let mut desk = Desk::new();
    desk.line("pause 2h 'kernel update'");
    assert!(matches!(acting(&desk.key("y"))[..], [Question::Mode { reason: Some(reason), .. }] if reason == "kernel update"));
}

/// A fence of which everything is typed.
fn fenced(desk: &mut Desk) -> Vec<Effect> {
    desk.picture(|status| {
        status.hosts[0].answers = Some(false);
        status.hosts[0].health.health = Health::Unknown;
    });
    let asked = desk.line("fence a1 by-word");
    desk.planned(&asked, &fence_plan());
    desk.types("c");
    assert!(acting(&desk.key("enter")).is_empty(), "the reason is missing");
    desk.key("tab");
    desk.types("cable pulled");
    desk.key("enter")
}

#[test]
fn a_fence_wants_a_name_a_reason_and_a_second_look() {
    let mut desk = Desk::new();
    let look = fenced(&mut desk);
    assert!(acting(&look).is_empty() && matches!(desk.stage(), Stage::SecondLook { .. }));
    desk.planned(&look, &fence_plan());
    assert!(acting(&desk.key("enter")).is_empty(), "too early");
    assert!(acting(&desk.pass(3_000)).is_empty(), "never by itself");
    let sent = desk.key("enter");
    let [Question::Submit { submit, .. }] = acting(&sent)[..] else { panic!("{sent:?} {:?}", desk.stage()) };
    assert_eq!((submit.confirm.as_str(), submit.reason.as_deref()), ("c", Some("cable pulled")));
}

#[test]
fn a_second_look_that_finds_another_plan_begins_anew() {
    let mut desk = Desk::new();
    let look = fenced(&mut desk);
    let mut other = fence_plan();
    other.summary.push_str(", and more");
    desk.answer(plan_ticket(&look), Answer::Planned(Ok(view(&other))));
    desk.pass(4_000);
    assert!(acting(&desk.key("enter")).is_empty());
    assert!(matches!(desk.stage(), Stage::Asking(Some(_))) && desk.dialog().word.value().is_empty());
}

#[test]
fn a_second_look_without_its_answer_confirms_nothing() {
    let mut desk = Desk::new();
    fenced(&mut desk);
    desk.pass(4_000);
    assert!(acting(&desk.key("enter")).is_empty());
}

#[test]
fn a_host_that_answers_is_not_fenced_from_here() {
    let mut desk = Desk::new();
    assert!(desk.line("fence b1 by-word").is_empty());
    assert_eq!(desk.top(), "palette", "the error is said in place");
}

#[test]
fn a_letter_meant_for_the_word_overrides_nothing_when_the_plan_is_refused_under_it() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("s");
    let again = desk.picture(|status| status.components[0].placements[0].observed = Some(Mode::Stopped));
    let soft = Reason::new("db starts by itself", "disable it; or go on regardless with `--override enabled:db@a1`");
    desk.refused(&again, vec![soft]);
    assert!(desk.types("outh").is_empty(), "the rest of the word");
    assert!(matches!(desk.stage(), Stage::Blocked(_)));
    desk.pass(1_000);
    assert_eq!(desk.key("o").len(), 1);
}

#[test]
fn a_yes_on_its_way_while_the_question_changes_is_no_answer() {
    let mut desk = Desk::new();
    desk.line("automatic");
    desk.picture(|status| {
        let who = crate::wire::testing::alice();
        status.stance =
            crate::core::record::Stance::Paused { who, reason: "x".into(), until: None, then: crate::core::model::Initiative::ObserveOnly };
    });
    assert!(desk.key("y").is_empty() && desk.dialog().said.is_some());
    desk.pass(1_000);
    assert_eq!(acting(&desk.key("y")).len(), 1);
}
