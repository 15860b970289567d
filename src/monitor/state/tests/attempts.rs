//! What is refused, and what the journal has of it.

use super::*;
use crate::wire::{ModeAsk, ReloadAsk, Request};

/// What the journal says of refusals from its entry `from` on.
fn said(bench: &Bench, from: usize) -> Vec<String> {
    let of = |record: &Record| match &record.body {
        Body::Refused { who, command, reasons } => format!("refused {} to {who}: {}", command.verb(), reasons[0].what),
        Body::Note { text } => text.clone(),
        other => panic!("{other:?}"),
    };
    bench.journal[from..].iter().map(of).collect()
}

/// Everything that acts.
fn acts() -> Vec<Request> {
    let submit = |command| Request::Submit(Submit { command, plan: "0".into(), confirm: "x".into(), reason: None, overrides: Vec::new() });
    vec![
        submit(Command::Stop),
        Request::Abort { run: RunId(3), reason: None },
        Request::Mode { mode: ModeAsk::Automatic, reason: None },
        Request::Acknowledge { reason: None },
        Request::Reload(ReloadAsk::default()),
    ]
}

#[test]
fn who_may_only_look_and_tries_to_act_is_in_the_journal_with_what_and_why() {
    let mut bench = Bench::new();
    let from = bench.journal.len();
    for request in acts() {
        assert!(refused(&mut bench.ask(request, false)).contains("may only look"));
    }
    let expected = ["stop", "abort", "mode automatic", "an acknowledgement", "a reload of the configuration"]
        .map(|what| format!("refused {what} to alice (uid 1000): this connection may only look"));
    assert_eq!(said(&bench, from), expected);
    assert!(bench.loads.is_empty() && bench.orders.is_empty());
}

#[test]
fn somebody_without_the_right_cannot_fill_the_journal() {
    let mut bench = Bench::new();
    let from = bench.journal.len();
    for _ in 0..50 {
        for request in acts() {
            assert!(refused(&mut bench.ask(request, false)).contains("may only look"), "he is told so each time");
        }
    }
    assert_eq!(bench.journal.len() - from, acts().len());
    bench.later += Duration::from_millis(1_500);
    bench.ask(acts().remove(0), false);
    assert_eq!(bench.journal.len() - from, acts().len() + 1, "a second later there is an entry again");
    let many = vec![crate::core::model::ComponentName::new("web").unwrap(); 3_000];
    let command = Command::Rescue { components: many, cold: false };
    bench.ask(Request::Submit(Submit { command, plan: "0".into(), confirm: "x".into(), reason: None, overrides: Vec::new() }), false);
    let last = bench.journal.last().unwrap();
    assert!(matches!(&last.body, Body::Refused { command: Command::Rescue { components, .. }, .. } if components.is_empty()), "{last:?}");
}

#[test]
fn what_an_operator_is_refused_is_in_the_journal_and_what_was_only_looked_at_is_not() {
    let mut bench = Bench::new();
    let from = bench.journal.len();
    let only_for_monitors = Submit {
        command: Command::Failover { to: crate::core::model::SiteName::new("south").unwrap() },
        plan: "0".into(),
        confirm: "south".into(),
        reason: None,
        overrides: Vec::new(),
    };
    assert!(refused(&mut bench.ask(Request::Submit(only_for_monitors), true)).contains("only the monitor itself"));
    refused(&mut bench.ask(Request::Mode { mode: ModeAsk::Pause { for_ms: None }, reason: None }, true));
    refused(&mut bench.ask(Request::Acknowledge { reason: None }, true));
    refused(&mut bench.ask(Request::Abort { run: RunId(999), reason: None }, true));
    let expected = [
        "refused failover to alice (uid 1000): only the monitor itself decides on this",
        "refused a pause to alice (uid 1000): a pause needs a reason",
        "refused an acknowledgement to alice (uid 1000): there is no failover that waits to be acknowledged",
        "refused abort to alice (uid 1000): run r999 is not known",
    ];
    assert_eq!(said(&bench, from), expected);
    let from = bench.journal.len();
    let start = Command::Start { site: None };
    refused(&mut bench.ask(Request::Plan { command: start, overrides: Vec::new() }, true));
    assert_eq!(said(&bench, from), Vec::<String>::new());
}
