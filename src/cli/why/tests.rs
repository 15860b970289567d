use super::why;
use crate::cli::Look;
use crate::cli::args::WhyArgs;
use crate::cli::testing::{Caught, caught};
use crate::client::Fake;
use crate::core::command::{Command, End, Exit, Reason};
use crate::core::fact::State;
use crate::core::health::{Health, Judged, SecondLook, Sight};
use crate::core::model::{ComponentName, HostName, Mode, Side, SiteName};
use crate::core::record::{Body, RunId};
use crate::core::run::Outcome;
use crate::core::trigger::{Acts, Choice, DecisionId};
use crate::wire::testing::{alice, at, decided, note, record, run_records, shop_plan, shop_status, situation};
use crate::wire::{DecisionView, StatusView};

async fn asked(fake: &Fake, what: Option<&str>, json: bool) -> (Exit, String, String) {
    let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
    let exit = why(fake, &WhyArgs { what: what.map(String::from) }, "/nowhere/x.toml".into(), &mut out).await;
    (exit, stdout.text(), stderr.text())
}

fn failover() -> Command {
    Command::Failover { to: SiteName::new("south").unwrap() }
}

fn held() -> Choice {
    Choice::Hold { wants: Some(failover()), reasons: vec![Reason::new("a1 is silent and has no fence device", "fence it with your word")] }
}

/// `db` failed on a1, b1 cannot be seen, and the monitor holds a failover back.
fn troubled() -> StatusView {
    let mut status = shop_status();
    let db = &mut status.components[1].placements[0];
    (db.observed, db.state, db.agrees, db.age_ms) = (Some(Mode::Stopped), State::Failed, false, Some(7_000));
    db.detail = "db.service failed (exit-code)".into();
    db.health = Some(Judged { health: Health::Down, why: "its host says that it is failed".into() });
    let host = &mut status.hosts[1];
    host.health = Judged { health: Health::Unknown, why: "silent to us, and nobody else could say: no route".into() };
    let through = HostName::new("a1").unwrap();
    host.seen_by = vec![SecondLook { through, age_ms: 3_000, sight: Sight::Nothing { why: "timed out".into() }, knows_the_way: false }];
    let why = vec!["db is down on a1".to_owned()];
    status.decision = Some(DecisionView { id: DecisionId(17), at: at(17), choice: held(), acts: Acts::Nothing, why });
    status
}

fn fake() -> Fake {
    let rescue = Choice::Act {
        command: Command::Rescue { components: vec![ComponentName::new("db").unwrap()], cold: false },
        plan: "ab".repeat(32),
    };
    let reasons = vec![Reason::new("db can be acted on: its state is not known", "wait")];
    let refused = Body::Refused { who: alice(), command: Command::Stop, reasons };
    let fake = Fake::with_records([
        note(1),
        decided(2, rescue, Acts::Does, "db is down on a1", situation("cafe")),
        record(3, refused),
        decided(4, Choice::Quiet, Acts::Nothing, "all is well", situation("cafe")),
    ]);
    fake.with(|books| books.status = Some(troubled()));
    fake
}

#[tokio::test]
async fn a_component_is_explained_the_worst_first_with_what_was_decided_and_refused() {
    let (exit, text, said) = asked(&fake(), Some("db"), false).await;
    assert_eq!((exit, said.as_str()), (Exit::Done, ""));
    let expected = "\
db on a1 (north): wanted active, is failed, seen 7 s ago: db.service failed (exit-code)
  down: its host says that it is failed
db on b1 (south): wanted stopped, is stopped, seen 1.2 s ago: as the host says
b1 (south): unknown, heard 1.2 s ago: silent to us, and nobody else could say: no route
  a1 saw nothing of it 3 s ago, but it has never seen it before either, so that proves nothing: timed out
  no fence device: while it is silent, nothing of it counts as stopped until somebody vouches with `switchtower fence b1 --by-word`
will it act? it acts on request only
decision d17: holds failover to south back: a1 is silent and has no fence device (2027-01-15T08:00:17.000Z)
  because db is down on a1
  in the way: a1 is silent and has no fence device
    do: fence it with your word
  with everything that it rested on: switchtower why d17
Decided before, the newest first:
  2027-01-15T08:00:02.000Z  decision d2: rescue of db: db is down on a1
Refused, the newest first:
  2027-01-15T08:00:03.000Z  refused stop to alice (uid 1000): db can be acted on: its state is not known
";
    assert_eq!(text, expected);
}

#[tokio::test]
async fn what_is_well_says_so_and_tells_nothing_of_others() {
    let (_, text, _) = asked(&fake(), Some("app"), false).await;
    assert!(text.starts_with("app on a1 (north): wanted active, is active"), "{text}");
    assert!(!text.contains("db") && !text.contains("d17"), "{text}");
}

#[tokio::test]
async fn a_host_and_a_site_show_what_is_on_them() {
    let (_, text, _) = asked(&fake(), Some("b1"), false).await;
    assert!(text.starts_with("b1 (south): unknown, heard 1.2 s ago: silent to us") && text.contains("\ndb on b1"), "{text}");
    assert!(!text.contains("db on a1"), "{text}");
    let (_, text, _) = asked(&fake(), Some("north"), false).await;
    assert!(text.starts_with("north is ACTIVE; term 14\na1 (north): up") && text.contains("\ndb on a1"), "{text}");
}

#[tokio::test]
async fn nothing_named_is_the_cluster_with_its_standing_decision() {
    let (_, text, _) = asked(&fake(), None, false).await;
    assert!(text.starts_with("c is OK; north is ACTIVE; south is STANDBY\nb1 (south): unknown"), "{text}");
    for line in ["will it act? it acts on request only", "  in the way: a1 is silent and has no fence device"] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(!text.contains("app on a1"), "what is well is not told: {text}");
    let (_, text, _) = asked(&Fake::default(), None, false).await;
    assert!(text.contains("nothing was decided by the monitor itself since it began"), "{text}");
}

#[tokio::test]
async fn a_decision_is_explained_from_its_own_evidence_and_names_its_run() {
    let plan = shop_plan(&Command::Stop, Some(Side::Primary));
    let choice = Choice::Act { command: Command::Stop, plan: plan.hash().as_str().into() };
    let mut run = run_records(5, &plan, |_| Outcome::Done, End::Done);
    if let Body::RunOpened { decision, .. } = &mut run[0].body {
        *decision = Some(DecisionId(4));
    }
    let fake = Fake::with_records([decided(4, choice, Acts::Does, "db is down on a1", situation("cafe"))].into_iter().chain(run));
    let (exit, text, said) = asked(&fake, Some("d4"), false).await;
    assert_eq!((exit, said.as_str()), (Exit::Done, ""));
    for line in [
        "decision d4: stop: db is down on a1 (2027-01-15T08:00:04.000Z)",
        "run r5 carried it out: see switchtower why r5",
        "It rested on:",
        "  a1: up: it answers (400 ms before)",
        "  wanted: the primary side serves",
        "  mode: automatic",
        "  there had been no automatic failover",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
    }
    let (_, text, _) = asked(&fake, Some("r5"), false).await;
    for line in [
        "the monitor decided on it itself: switchtower why d4",
        "  decision d4: stop: db is down on a1",
        "it ended: done",
        "every step: switchtower report r5",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
    }
}

#[tokio::test]
async fn a_run_that_switched_and_does_not_serve_says_both() {
    let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
    let mut records = run_records(5, &plan, |_| Outcome::Done, End::Done);
    let next = records.last().unwrap().index + 1;
    records.push(record(next, Body::Serving { run: RunId(5), after_ms: 30_000, failing: vec!["db: refused".into()] }));
    let (_, text, _) = asked(&Fake::with_records(records), Some("r5"), false).await;
    assert!(text.contains("it ended: done\nrun r5: switched, and not serving 30 s after its end: db: refused\n"), "{text}");
}

#[tokio::test]
async fn what_nothing_is_called_is_refused_with_the_names_that_there_are() {
    for (what, words) in [
        ("frob", "name one of app, db, sync, web, a1, b1, north, south, a decision such as d17"),
        ("d3", "d3 is no decision: entry 3 of the journal is about something else"),
        ("d99", "d99 is not in the journal"),
        ("r99", "there is no such run"),
    ] {
        let (exit, text, said) = asked(&fake(), Some(what), false).await;
        assert!(exit == Exit::Refused && text.is_empty() && said.contains(words), "{what}: {said}");
    }
}

#[tokio::test]
async fn json_has_the_sentences_and_the_entries_behind_them() {
    let (_, text, _) = asked(&fake(), Some("db"), true).await;
    let said: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&said["what"], &said["kind"]), (&"db".into(), &"component".into()));
    assert!(said["sentences"][0].as_str().unwrap().starts_with("db on a1 (north): wanted active, is failed"));
    let indices: Vec<u64> = said["records"].as_array().unwrap().iter().map(|r| r["index"].as_u64().unwrap()).collect();
    assert_eq!(indices, [2, 3]);
}
