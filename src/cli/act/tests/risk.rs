//! What puts service or data at risk, and what is overridden by name.

use super::{monitor, planned, submitted, switchover};
use crate::cli::Look;
use crate::cli::act::{Order, carry_out};
use crate::cli::args::{ActArgs, Confirm};
use crate::cli::testing::{Caught, Somebody, caught};
use crate::client::Fake;
use crate::core::command::{Command, End, Exit};
use crate::core::model::{HostName, SiteName};
use crate::core::plan::Plan;

fn fence(by_word: bool) -> Plan {
    let command = Command::Fence { host: HostName::new("a1").unwrap(), by_word };
    Plan { command, summary: "make a1 stop for certain".into(), confirm: "shop".into(), ..switchover() }
}

/// A monitor that plans this.
fn planning(plan: &Plan) -> Fake {
    let fake = monitor(End::Done);
    fake.with(|books| books.plan = Some(Ok(planned(plan))));
    fake
}

fn order(command: Command, confirm: Option<&str>, reason: Option<&str>, plan: Option<&str>, overrides: &[&str]) -> Order {
    let args = ActArgs {
        confirm: Confirm { confirm: confirm.map(String::from), dry_run: false },
        reason: reason.map(String::from),
        plan: plan.map(String::from),
        overrides: overrides.iter().map(ToString::to_string).collect(),
        ..ActArgs::default()
    };
    Order { command, args, again: String::new() }
}

struct Got {
    exit: Exit,
    text: String,
    said: String,
    asked: Vec<String>,
}

async fn given(fake: &Fake, order: Order, answers: Option<Vec<&'static str>>) -> Got {
    let Caught { mut out, stdout, stderr } = caught(Look::PIPE);
    let mut person = Somebody { answers, ..Somebody::default() };
    let exit = carry_out(fake, order, &mut person, &mut out).await;
    Got { exit, text: stdout.text(), said: stderr.text(), asked: person.asked }
}

#[tokio::test]
async fn at_a_terminal_a_fence_asks_for_the_clusters_name_and_for_a_reason() {
    for (answers, exit, taken) in [
        (vec!["shop\n", "cable pulled\n"], Exit::Done, 1),
        (vec!["south\n", "cable pulled\n"], Exit::Refused, 0),
        (vec!["shop\n", "\n"], Exit::Refused, 0),
        (vec!["shop\n"], Exit::Refused, 0),
        (vec!["y\n"], Exit::Refused, 0),
    ] {
        let fake = planning(&fence(false));
        let got = given(&fake, order(fence(false).command, None, None, None, &[]), Some(answers.clone())).await;
        assert_eq!((got.exit, submitted(&fake)), (exit, taken), "{answers:?}: {}", got.said);
        assert_eq!(got.asked[0], "Type shop to go on, anything else to leave everything as it is: ");
        if exit == Exit::Done {
            let submit = fake.with(|books| books.submitted[0].clone());
            assert_eq!((submit.confirm.as_str(), submit.reason.as_deref()), ("shop", Some("cable pulled")));
            assert_eq!(got.asked.len(), 2);
        }
    }
}

#[tokio::test]
async fn a_script_that_fences_gives_word_reason_and_plan_or_is_told_the_line() {
    let plan = fence(true);
    let hash = plan.hash().short().to_owned();
    let all = (Some("shop"), Some("it's off"), Some(hash.as_str()));
    for (confirm, reason, hash_given, missing) in [
        (None, None, None, "--confirm, --reason, --plan is missing"),
        (all.0, None, None, "--reason, --plan is missing"),
        (all.0, all.1, None, "; --plan is missing"),
        (all.0, None, all.2, "; --reason is missing"),
        (None, all.1, all.2, "; --confirm is missing"),
    ] {
        // Whoever gives the word on the command line is not asked, at a terminal neither.
        for answers in [None, Some(vec!["shop\n", "x\n"])] {
            if answers.is_some() && confirm.is_none() {
                continue;
            }
            let fake = planning(&plan);
            let got = given(&fake, order(plan.command.clone(), confirm, reason, hash_given, &[]), answers).await;
            assert_eq!((got.exit, submitted(&fake), got.asked.len()), (Exit::Refused, 0, 0));
            let reason = if reason.is_some() { r"'it'\''s off'" } else { "''" };
            let line = format!("run{}: switchtower fence a1 --by-word --confirm shop --plan {hash} --reason {reason}", {
                if reason == "''" { ", with your reason between the quotes" } else { "" }
            });
            assert!(got.said.contains(missing) && got.said.contains(&line), "{missing}: {line}\n{}", got.said);
        }
    }
    let fake = planning(&plan);
    let got = given(&fake, order(plan.command.clone(), all.0, all.1, all.2, &[]), None).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::Done, 1), "{}", got.said);
    let fake = planning(&plan);
    let got = given(&fake, order(plan.command.clone(), Some("south"), all.1, all.2, &[]), None).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::Refused, 0), "the name of a site is not that of the cluster");
}

#[tokio::test]
async fn a_fence_by_word_says_first_that_nothing_is_switched_off() {
    let shown = async |by_word| {
        let fake = planning(&fence(by_word));
        given(&fake, order(fence(by_word).command, None, None, None, &[]), None).await.text
    };
    let text = shown(true).await;
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("nothing is switched off by this program") && lines[2].contains("vouches that a1 is off"), "{text}");
    assert!(!shown(false).await.contains("nothing is switched off"));
}

#[tokio::test]
async fn overrides_are_planned_and_submitted_and_stand_in_the_line_to_run() {
    let (names, command) = (["enabled:app@a1", "odd name"], Command::Switchover { to: None });
    let fake = monitor(End::Done);
    let got = given(&fake, order(command.clone(), None, None, None, &names), None).await;
    assert!(got.said.contains("switchover --override enabled:app@a1 --override 'odd name' --confirm south --plan "), "{}", got.said);
    let got = given(&fake, order(command, Some("south"), None, None, &names), None).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    let (planned, submit) = fake.with(|books| (books.planned_with.clone(), books.submitted[0].clone()));
    assert_eq!((planned, submit.overrides), (vec![names.map(String::from).to_vec(); 2], names.map(String::from).to_vec()));
}

#[tokio::test]
async fn an_adoption_types_the_sites_name_and_says_that_nothing_is_started() {
    let site = SiteName::new("south").unwrap();
    let plan = Plan { command: Command::Adopt { site: site.clone(), without: Vec::new() }, steps: Vec::new(), ..switchover() };
    let fake = planning(&plan);
    let got = given(&fake, order(Command::Adopt { site: site.clone(), without: Vec::new() }, None, None, None, &[]), None).await;
    assert!(got.text.contains("Steps\n  none: nothing is started or stopped\n"), "{}", got.text);
    assert!(got.text.contains("How to undo it\n  switchtower adopt --site north\n"), "{}", got.text);
    assert!(got.said.contains("switchtower adopt --site south --confirm south --plan "), "{}", got.said);
    let got = given(&fake, order(Command::Adopt { site, without: Vec::new() }, None, None, None, &[]), Some(vec!["south\n"])).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::Done, 1), "{}", got.said);
}
