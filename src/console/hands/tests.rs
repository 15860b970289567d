use super::*;
use crate::client::{ClientError, Fake, Submitted};
use crate::console::event::{Answer, LinkEvent};
use crate::core::command::{Command, End};
use crate::core::model::Side;
use crate::core::record::{Body, Record};
use crate::core::run::Outcome;
use crate::wire::{Failure, FailureKind, Submit};
use crate::words::testing::{note, run_records, shop_plan};

fn begin(fake: &Fake, read_only: bool) -> (Hands, mpsc::Receiver<Event>) {
    let (out, events) = mpsc::channel(256);
    (Hands::new(Arc::new(fake.clone()), read_only, out), events)
}

async fn until<T>(events: &mut mpsc::Receiver<Event>, what: &str, mut found: impl FnMut(Event) -> Option<T>) -> T {
    for _ in 0..500 {
        let event = tokio::time::timeout(Duration::from_secs(120), events.recv()).await;
        let event = event.unwrap_or_else(|_| panic!("nothing came: {what}")).unwrap();
        if let Some(found) = found(event) {
            return found;
        }
    }
    panic!("it did not come: {what}");
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_is_not_there_is_tried_for_ever_with_pauses_that_end_at_five_seconds() {
    let fake = Fake::with_records([note(1)]);
    fake.with(|books| books.dead = true);
    let (_hands, mut events) = begin(&fake, false);
    let mut pauses = Vec::new();
    while pauses.len() < 8 {
        pauses.push(
            until(&mut events, "down", |event| match event {
                Event::Link(LinkEvent::Down { retry_ms, why, remedy }) => {
                    assert!(why.contains("no monitor answers") && !remedy.is_empty(), "{why}: {remedy}");
                    Some(retry_ms)
                }
                _ => None,
            })
            .await,
        );
    }
    assert_eq!(pauses, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    fake.with(|books| books.dead = false);
    until(&mut events, "a picture", |event| matches!(event, Event::Link(LinkEvent::Picture(_))).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_may_only_look_looks_and_a_read_only_console_asks_for_no_more() {
    let role = |event: Event| match event {
        Event::Link(LinkEvent::Up(welcome)) => Some(welcome.role),
        _ => None,
    };
    for (refuses, read_only, expected) in
        [(None, false, Role::Operator), (Some(Role::Operator), false, Role::Observer), (None, true, Role::Observer)]
    {
        let fake = Fake::with_records([note(1)]);
        fake.with(|books| books.refuses_role = refuses);
        let (_hands, mut events) = begin(&fake, read_only);
        assert_eq!(until(&mut events, "up", role).await, expected, "{refuses:?} {read_only}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_entries_come_first_and_then_each_as_it_is_written() {
    let fake = Fake::with_records((1..=400).map(note));
    fake.event(note(401));
    let (_hands, mut events) = begin(&fake, false);
    let mut seen = Vec::new();
    while seen.last() != Some(&401) {
        seen.extend(
            until(&mut events, "entries", |event| match event {
                Event::Link(LinkEvent::Entries(records)) => Some(records.into_iter().map(|r| r.index).collect::<Vec<_>>()),
                _ => None,
            })
            .await,
        );
    }
    assert_eq!(seen, (101..=401).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_submission_without_an_answer_is_looked_for_until_it_is_known_and_never_sent_twice() {
    let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
    let fake = Fake::with_records([note(1)]);
    fake.with(|books| books.submit = Some(Err(ClientError::Lost("cut".into()))));
    let (mut hands, mut events) = begin(&fake, false);
    let submit = Submit {
        command: plan.command.clone(),
        plan: plan.hash().as_str().into(),
        confirm: "south".into(),
        reason: None,
        overrides: vec![],
    };
    let ticket = Ticket(7);
    hands.ask(ticket, Question::Submit { submit, sequence: 1 });
    let unknown = |event: Event| match event {
        Event::Answer(t, Answer::StillUnknown(why)) if t == ticket => Some(why),
        _ => None,
    };
    let why = until(&mut events, "unknown", unknown).await;
    assert!(why.contains("not known whether the run was opened"), "{why}");
    run_records(2, &plan, |_| Outcome::Done, End::Done).into_iter().for_each(|record| fake.add(record));
    let known = until(&mut events, "known", |event| match event {
        Event::Answer(t, Answer::Submitted(Submitted::As(run))) if t == ticket => Some(run),
        _ => None,
    });
    assert_eq!(known.await.0, 2);
    assert_eq!(fake.with(|books| books.submitted.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn what_could_not_even_be_sent_was_not_taken() {
    let fake = Fake::with_records([note(1)]);
    fake.with(|books| books.refuses_role = Some(Role::Operator));
    let (mut hands, mut events) = begin(&fake, true);
    let submit = Submit { command: Command::Stop, plan: "x".into(), confirm: "north".into(), reason: None, overrides: vec![] };
    hands.ask(Ticket(1), Question::Submit { submit, sequence: 1 });
    let refused = until(&mut events, "refused", |event| match event {
        Event::Answer(_, Answer::Submitted(Submitted::Refused(error))) => Some(error),
        _ => None,
    });
    assert!(matches!(refused.await, ClientError::Denied { .. }));
}

fn stop(plan: &str) -> Submit {
    Submit { command: Command::Stop, plan: plan.into(), confirm: "north".into(), reason: None, overrides: vec![] }
}

/// The first that is heard of a submission.
async fn came(events: &mut mpsc::Receiver<Event>) -> Answer {
    until(events, "an answer", |event| match event {
        Event::Answer(_, answer @ (Answer::Submitted(_) | Answer::StillUnknown(_))) => Some(answer),
        _ => None,
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_cannot_say_what_became_of_a_submission_has_not_refused_it() {
    let fake = Fake::with_records([note(1)]);
    let ending = Failure::one(FailureKind::Unknown, "the monitor is ending", "ask again once it is back");
    fake.with(|books| books.submit = Some(Err(ending.into())));
    let (mut hands, mut events) = begin(&fake, false);
    hands.ask(Ticket(1), Question::Submit { submit: stop("x"), sequence: 1 });
    let answer = came(&mut events).await;
    assert!(matches!(answer, Answer::StillUnknown(_)), "{answer:?}");
}

#[tokio::test(start_paused = true)]
async fn a_life_of_the_monitor_that_began_before_a_submission_says_nothing_of_it() {
    let site = |name: &str| crate::core::model::SiteName::new(name).unwrap();
    let cluster = crate::core::model::ClusterName::new("c").unwrap();
    let home = crate::core::record::Home { cluster, primary: site("north"), secondary: site("south") };
    let taken = Record { body: Body::TermTaken { holder: "m1".into(), version: "1".into(), config: "c".into(), home }, ..note(2) };
    let fake = Fake::with_records([note(1), taken]);
    fake.with(|books| books.submit = Some(Err(ClientError::Lost("cut".into()))));
    let (mut hands, mut events) = begin(&fake, false);
    hands.ask(Ticket(1), Question::Submit { submit: stop("x"), sequence: 1 });
    let answer = came(&mut events).await;
    assert!(matches!(answer, Answer::StillUnknown(_)), "its run may be opened by now: {answer:?}");
}

#[tokio::test(start_paused = true)]
async fn one_nudge_is_one_picture() {
    let nudge = Arc::new(Nudge::default());
    let waits = nudge.clone();
    let waiter = tokio::spawn(async move { waits.notify.notified().await });
    tokio::task::yield_now().await;
    nudge.soon();
    waiter.await.unwrap();
    let again = tokio::time::timeout(Duration::from_secs(1), nudge.notify.notified()).await;
    assert!(again.is_err(), "nothing is left over that would take another one");
}

#[tokio::test(start_paused = true)]
async fn who_only_looks_has_no_picture_taken_for_it() {
    let fake = Fake::with_records([note(1)]);
    fake.with(|books| books.plan = Some(Err(Failure::one(FailureKind::Refused, "no", "wait"))));
    let (mut hands, mut events) = begin(&fake, false);
    until(&mut events, "a picture", |event| matches!(event, Event::Link(LinkEvent::Picture(_))).then_some(())).await;
    // The journal's first entry has one taken.
    let _ = tokio::time::timeout(Duration::from_millis(500), async { while events.recv().await.is_some() {} }).await;
    hands.ask(Ticket(1), Question::Plan { command: Command::Stop, overrides: Vec::new() });
    let begun = tokio::time::Instant::now();
    until(&mut events, "a picture", |event| matches!(event, Event::Link(LinkEvent::Picture(_))).then_some(())).await;
    assert!(begun.elapsed() > Duration::from_millis(300), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_decisions_rest_on_is_not_asked_for_where_there_are_many_components() {
    let many = || {
        let mut status = crate::words::testing::shop_status();
        let one = status.components[0].clone();
        let name = |n: usize| crate::core::model::ComponentName::new(format!("zc{n:05}")).unwrap();
        status.components.extend((0..MANY).map(|n| crate::wire::ComponentView { name: name(n), ..one.clone() }));
        status
    };
    for (status, never, briefs) in [(None, false, 0), (Some(many()), false, 2), (Some(many()), true, 0)] {
        let fake = Fake::with_records((1..=3).map(note));
        fake.with(|books| (books.status, books.never_brief) = (status, never));
        let (_hands, mut events) = begin(&fake, false);
        until(&mut events, "the last entry", |event| match event {
            Event::Link(LinkEvent::Entries(records)) => records.iter().any(|record| record.index == 3).then_some(()),
            _ => None,
        })
        .await;
        assert_eq!(fake.with(|books| books.briefs), briefs, "one to find where to begin, and the one that follows");
    }
}
