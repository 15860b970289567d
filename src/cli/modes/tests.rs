use super::{Ask, carry_out};
use crate::cli::Look;
use crate::cli::args::{Confirm, ModeVerb, NudgeArgs, PauseArgs};
use crate::cli::testing::{Caught, Somebody, caught};
use crate::client::{ClientError, Fake};
use crate::core::command::{Exit, Role};
use crate::core::model::Initiative;
use crate::core::record::Stance;
use crate::wire::testing::{alice, shop_status};
use crate::wire::{Failure, FailureKind, ModeAsk};
use serde_json::Value;

struct Got {
    exit: Exit,
    text: String,
    said: String,
    asked: Vec<String>,
}

async fn asked(fake: &Fake, ask: Ask, answers: Option<&'static str>, json: bool) -> Got {
    let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
    let mut person = Somebody::who(answers);
    let exit = carry_out(fake, ask, " --run-dir /run/x", &mut person, &mut out).await;
    Got { exit, text: stdout.text(), said: stderr.text(), asked: person.asked }
}

fn confirm(word: Option<&str>) -> Confirm {
    Confirm { confirm: word.map(String::from), dry_run: false }
}

fn nudge(word: Option<&str>, reason: Option<&str>) -> NudgeArgs {
    NudgeArgs { confirm: confirm(word), reason: reason.map(String::from) }
}

fn pause(for_ms: Option<u64>, word: Option<&str>) -> Ask {
    Ask::pause(PauseArgs { for_ms, reason: "it's a drill".into(), confirm: confirm(word) })
}

fn moded(fake: &Fake) -> Vec<(ModeAsk, Option<String>)> {
    fake.with(|books| books.moded.clone())
}

fn paused(then: Initiative) -> Fake {
    let fake = Fake::default();
    let mut status = shop_status();
    status.stance = Stance::Paused { who: alice(), reason: "drill".into(), until: None, then };
    status.acts = "PAUSED by alice".into();
    fake.with(|books| books.status = Some(status));
    fake
}

#[tokio::test]
async fn a_pause_is_confirmed_with_yes_and_enter_alone_does_nothing() {
    for (answer, exit, taken) in [("y\n", Exit::Done, 1), ("\n", Exit::Refused, 0), ("n\n", Exit::Refused, 0), ("", Exit::Refused, 0)] {
        let fake = Fake::default();
        let got = asked(&fake, pause(Some(7_200_000), None), Some(answer), false).await;
        assert_eq!((got.exit, moded(&fake).len()), (exit, taken), "{answer:?}: {}", got.said);
        assert_eq!(got.asked, ["Go on? y/N "]);
        assert!(
            got.text.starts_with("c: paused for 2 h: the monitor does nothing by itself meanwhile\nnow: observe-only; "),
            "{}",
            got.text
        );
    }
}

#[tokio::test]
async fn without_a_terminal_the_line_to_use_is_shown_and_does_it() {
    let fake = Fake::default();
    let got = asked(&fake, pause(Some(5_400_000), None), None, false).await;
    assert_eq!((got.exit, moded(&fake).len()), (Exit::Refused, 0));
    let line = r"run: switchtower --run-dir /run/x pause --for 5400s --confirm yes --reason 'it'\''s a drill'";
    assert!(got.said.contains(line), "{}", got.said);
    let got = asked(&fake, pause(Some(5_400_000), Some("yes")), None, false).await;
    assert_eq!(got.exit, Exit::Done);
    assert_eq!(moded(&fake), [(ModeAsk::Pause { for_ms: Some(5_400_000) }, Some("it's a drill".into()))]);
    assert!(got.text.ends_with("done\nmode: observe-only\nwill it act? it acts on request only\n"), "{}", got.text);
}

#[tokio::test]
async fn resume_brings_back_what_held_before_and_nothing_more() {
    for (then, mode) in [(Initiative::Automatic, ModeAsk::Automatic), (Initiative::ObserveOnly, ModeAsk::ObserveOnly)] {
        let fake = paused(then);
        let got = asked(&fake, Ask::Resume(nudge(Some("yes"), None)), None, false).await;
        assert_eq!(got.exit, Exit::Done, "{}", got.said);
        assert_eq!(moded(&fake), [(mode, None)]);
    }
    let fake = Fake::default();
    let got = asked(&fake, Ask::Resume(nudge(Some("yes"), None)), None, false).await;
    assert_eq!((got.exit, moded(&fake).len()), (Exit::Refused, 0));
    assert!(got.said.contains("no pause to end: the mode is observe-only") && got.said.contains("mode automatic"), "{}", got.said);
}

#[tokio::test]
async fn mode_alone_shows_what_holds_and_needs_no_right_to_act() {
    let fake = paused(Initiative::Automatic);
    fake.with(|books| books.refuses_role = Some(Role::Operator));
    let got = asked(&fake, Ask::of(None), None, false).await;
    assert_eq!((got.exit, got.text.as_str()), (Exit::Done, "mode: paused until somebody resumes it\nwill it act? PAUSED by alice\n"));
    let got = asked(&fake, Ask::of(None), None, true).await;
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["stance"]["mode"], &said["acts"]), (&"paused".into(), &"PAUSED by alice".into()));
}

#[tokio::test]
async fn a_dry_run_changes_no_mode() {
    let fake = Fake::default();
    fake.with(|books| books.refuses_role = Some(Role::Operator));
    let args = NudgeArgs { confirm: Confirm { confirm: None, dry_run: true }, reason: None };
    let got = asked(&fake, Ask::of(Some(ModeVerb::Automatic(args.clone()))), None, false).await;
    assert!(got.exit == Exit::Done && got.text.ends_with("dry run: nothing was done\n"), "{}{}", got.text, got.said);
    let got = asked(&fake, Ask::of(Some(ModeVerb::Automatic(args))), None, true).await;
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["outcome"], moded(&fake).len()), (&"planned".into(), 0));
}

#[tokio::test]
async fn an_acknowledgement_names_the_failover() {
    let fake = Fake::default();
    let got = asked(&fake, Ask::Acknowledge(nudge(Some("yes"), Some("seen"))), None, false).await;
    assert!(got.exit == Exit::Done && got.text.contains("done: failover r7 is acknowledged\n"), "{}", got.text);
    assert_eq!(fake.with(|books| books.acknowledged.clone()), [Some("seen".to_owned())]);
    let got = asked(&fake, Ask::Acknowledge(nudge(Some("yes"), None)), None, true).await;
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["outcome"], &said["exit"], &said["acknowledged"]), (&"done".into(), &0.into(), &"r7".into()));
}

#[tokio::test]
async fn a_refusal_is_one_and_silence_is_unknown() {
    for (error, exit, words) in [
        (
            ClientError::Failure(Failure::one(FailureKind::Refused, "there is no failover", "nothing")),
            Exit::Refused,
            "there is no failover",
        ),
        (ClientError::Lost("cut".into()), Exit::Unknown, "it is not known whether this was taken"),
    ] {
        let fake = Fake::default();
        fake.with(|books| books.nudge = Some(Err(error)));
        let got = asked(&fake, Ask::observe_only(nudge(Some("yes"), None)), None, false).await;
        assert!(got.exit == exit && got.said.contains(words), "{}", got.said);
    }
}
