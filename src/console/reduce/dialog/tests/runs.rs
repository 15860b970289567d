use crate::client::{ClientError, Submitted};
use crate::console::act::kit::{Desk, act_ticket, acting, entries, plan_ticket, run};
use crate::console::effect::{Effect, Question};
use crate::console::event::Event;
use crate::console::event::{Answer, LinkEvent};
use crate::console::state::{Progress, Stage};
use crate::core::command::{End, Reason};
use crate::core::record::RunId;
use crate::wire::{Failure, FailureKind};

fn progress(desk: &Desk) -> &Progress {
    &desk.state.tasks.all().next().unwrap().progress
}

fn run_tickets(effects: &[Effect]) -> Vec<crate::console::event::Ticket> {
    effects
        .iter()
        .filter_map(|e| match e {
            Effect::Ask(ticket, Question::Run(_)) => Some(*ticket),
            _ => None,
        })
        .collect()
}

#[test]
fn a_submission_without_an_answer_is_unknown_until_it_is_found() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    let sent = desk.key("enter");
    let ticket = act_ticket(&sent);
    desk.answer(ticket, Answer::StillUnknown("the connection to the monitor was lost".into()));
    assert!(matches!(progress(&desk), Progress::Unknown(_)));
    assert!(desk.notices().iter().any(|(text, stays)| text.contains("not known") && *stays));
    desk.silence(600_000);
    assert!(matches!(progress(&desk), Progress::Unknown(_)), "no silence makes it a failure");
    desk.answer(ticket, Answer::Submitted(Submitted::As(RunId(5))));
    assert_eq!(progress(&desk), &Progress::Open);
}

#[test]
fn a_submission_without_an_answer_is_found_in_the_journal() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    let sent = desk.key("enter");
    desk.answer(act_ticket(&sent), Answer::StillUnknown("lost".into()));
    desk.entries(&entries(End::Done)[..1]);
    assert_eq!(desk.state.tasks.all().next().unwrap().run, Some(RunId(5)));
}

#[test]
fn a_submission_that_was_not_taken_is_refused_and_never_sent_again() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    let sent = desk.key("enter");
    let failure = Failure::one(FailureKind::Refused, "the plan that was shown is stale", "look again");
    desk.answer(act_ticket(&sent), Answer::Submitted(Submitted::Refused(failure.into())));
    assert!(matches!(progress(&desk), Progress::NotTaken(why) if why.contains("stale") && why.contains("do: look again")));
    assert!(acting(&desk.key("enter")).is_empty() && acting(&desk.types("south")).is_empty() && acting(&desk.key("enter")).is_empty());
    assert!(desk.notices().iter().any(|(_, stays)| *stays));
}

#[test]
fn a_run_that_fails_partly_stays_on_the_screen_until_it_was_seen() {
    let mut desk = Desk::new();
    desk.under_way();
    let end = End::Partly { why: "step 3 failed".into(), left: vec!["step 3 is not undone".into()] };
    desk.entries(&entries(end.clone()));
    assert_eq!(progress(&desk), &Progress::Over(end));
    desk.silence(60_000);
    assert!(desk.notices().iter().any(|(text, stays)| text.contains("failed (partly)") && *stays), "{:?}", desk.notices());
}

#[test]
fn closing_the_dialog_cancels_nothing_and_the_end_is_told_all_the_same() {
    for key in ["esc", "ctrl-c", "q"] {
        let mut desk = Desk::new();
        desk.under_way();
        assert_eq!(desk.key(key), Vec::new(), "{key}");
        assert_eq!(desk.top(), "nothing");
        assert_eq!(desk.state.tasks.all().count(), 1);
        desk.entries(&entries(End::Done));
        assert!(desk.notices().iter().any(|(text, _)| text.contains("done")));
    }
}

#[test]
fn a_link_that_is_lost_in_the_middle_of_a_run_and_comes_back_ends_nothing() {
    let mut desk = Desk::new();
    desk.under_way();
    let records = entries(End::Done);
    desk.picture(|status| status.open_runs = vec![run(&records, 6)]);
    desk.down();
    let asked = desk.silence(90_000);
    desk.answer(run_tickets(&asked)[0], Answer::Run(RunId(5), Err(ClientError::Lost("gone".into()))));
    assert_eq!(progress(&desk), &Progress::Open);
    assert!(matches!(desk.stage(), Stage::Sent(_)));
    desk.picture(|status| status.open_runs.clear());
    let asked = desk.silence(1_000);
    let ticket = run_tickets(&asked);
    desk.answer(ticket[0], Answer::Run(RunId(5), Ok(Box::new(run(&records, records.len())))));
    assert_eq!(progress(&desk), &Progress::Over(End::Done));
}

#[test]
fn steps_are_shown_as_they_stood_at_the_end_when_the_journal_has_told_it_first() {
    let mut desk = Desk::new();
    desk.under_way();
    let records = entries(End::Done);
    desk.entries(&records);
    assert_eq!(progress(&desk), &Progress::Over(End::Done));
    assert!(run_tickets(&desk.silence(2_000)).is_empty(), "the last word on it was heard");
    let view = desk.state.tasks.all().next().unwrap().view.clone().unwrap().1;
    assert!(view.steps.iter().all(|step| step.state.word() == "done"));
}

#[test]
fn a_run_is_asked_for_at_most_once_a_second_and_not_while_it_waits_for_an_answer() {
    let mut desk = Desk::new();
    desk.under_way();
    let (mut asked, mut last) = (0, None);
    for _ in 0..10 {
        let effects = desk.silence(500);
        asked += run_tickets(&effects).len();
        last = run_tickets(&effects).first().copied().or(last);
    }
    assert_eq!(asked, 1);
    let lost = Answer::Run(RunId(5), Err(ClientError::Lost("gone".into())));
    desk.answer(last.unwrap(), lost);
    let again: usize = (0..4).map(|_| run_tickets(&desk.silence(500)).len()).sum();
    assert_eq!(again, 1);
}

#[test]
fn a_run_is_turned_back_and_what_was_undone_is_a_success() {
    let mut desk = Desk::new();
    desk.under_way();
    let records = entries(End::Done);
    desk.picture(|status| status.open_runs = vec![run(&records, 4)]);
    desk.key("esc");
    desk.line("abort");
    assert!(matches!(desk.stage(), Stage::Turning(_)));
    assert!(desk.key("enter").is_empty());
    let sent = desk.key("y");
    assert!(matches!(acting(&sent)[..], [Question::Abort { run: RunId(5), .. }]));
    let mut back = run(&records, 4);
    back.turned_back = Some("asked for".into());
    desk.answer(act_ticket(&sent), Answer::Turned(Ok(Box::new(back.clone()))));
    back.end = Some(End::NothingChanged { why: "asked for".into() });
    desk.picture(|status| status.open_runs.clear());
    desk.answer(crate::console::event::Ticket(999), Answer::Run(RunId(5), Ok(Box::new(back))));
    assert!(desk.notices().iter().any(|(text, _)| text.contains("abort of r5: done: everything is undone")), "{:?}", desk.notices());
    assert!(desk.notices().iter().all(|(_, stays)| !stays), "what was asked for is no failure: {:?}", desk.notices());
}

#[test]
fn a_run_past_its_point_of_no_return_is_not_turned_back() {
    let mut desk = Desk::new();
    let records = entries(End::Done);
    let mut view = run(&records, 4);
    desk.picture(|status| status.open_runs = vec![view.clone()]);
    desk.line("abort");
    view.crossed = true;
    desk.picture(|status| status.open_runs = vec![view.clone()]);
    assert!(matches!(desk.stage(), Stage::Blocked(reasons) if reasons[0].what.contains("point of no return")));
    assert!(acting(&desk.key("y")).is_empty());
}

#[test]
fn the_run_of_somebody_else_locks_what_it_holds_and_can_be_watched() {
    let mut desk = Desk::new();
    desk.switchover();
    desk.types("south");
    let records = entries(End::Done);
    desk.picture(|status| status.open_runs = vec![run(&records, 4)]);
    assert!(matches!(desk.stage(), Stage::Blocked(reasons) if reasons[0].what.contains("by alice")), "{:?}", desk.stage());
    assert!(acting(&desk.key("enter")).is_empty());
    desk.key("esc");
    desk.line("watch");
    assert!(matches!(desk.stage(), Stage::Sent(_)));
    assert_eq!(desk.state.tasks.all().count(), 1);
    desk.key("ctrl-c");
    desk.event(Event::Tick);
    assert_eq!(desk.state.tasks.all().count(), 0, "what was only watched leaves nothing behind");
}

#[test]
fn a_block_by_another_run_is_lifted_once_that_is_over() {
    let mut desk = Desk::new();
    desk.switchover();
    let records = entries(End::Done);
    desk.picture(|status| status.open_runs = vec![run(&records, 4)]);
    let again = desk.picture(|status| status.open_runs.clear());
    plan_ticket(&again);
}

#[test]
fn a_nudge_that_is_not_answered_is_unknown_and_found_in_the_journal() {
    use crate::core::record::{Body, Stance};
    let mut desk = Desk::new();
    desk.line("automatic");
    let sent = desk.key("y");
    desk.answer(act_ticket(&sent), Answer::Taken(Err(ClientError::Lost("gone".into()))));
    assert!(matches!(progress(&desk), Progress::Unknown(_)));
    let body = Body::StanceSet { who: Some(crate::wire::testing::alice()), reason: None, stance: Stance::Automatic };
    desk.event(Event::Link(LinkEvent::Entries(vec![crate::wire::testing::record(6, body)])));
    assert_eq!(progress(&desk), &Progress::Over(End::Done));
}

#[test]
fn a_nudge_that_was_refused_says_what_to_do() {
    let mut desk = Desk::new();
    desk.line("automatic");
    let sent = desk.key("y");
    let failure = Failure::new(FailureKind::Refused, vec![Reason::new("it cannot", "do that")]);
    desk.answer(act_ticket(&sent), Answer::Taken(Err(failure.into())));
    assert!(matches!(progress(&desk), Progress::NotTaken(why) if why == "refused: it cannot; do: do that"));
}

#[test]
fn what_is_not_known_is_never_forgotten_for_something_newer() {
    let mut desk = Desk::new();
    let mut handed_in = Vec::new();
    for _ in 0..20 {
        desk.switchover();
        desk.types("south");
        let sent = desk.key("enter");
        if acting(&sent).is_empty() {
            break;
        }
        handed_in.push(act_ticket(&sent));
        desk.answer(act_ticket(&sent), Answer::StillUnknown("cut".into()));
        desk.key("esc");
    }
    assert_eq!(handed_in.len(), 16, "then nothing more leaves: {:?}", desk.dialog().said);
    for ticket in handed_in {
        assert!(matches!(desk.state.tasks.of(ticket).unwrap().progress, Progress::Unknown(_)));
    }
}
