use super::{Order, carry_out};
use crate::cli::Look;
use crate::cli::args::{ActArgs, Confirm, Watch};
use crate::cli::testing::{Caught, Somebody, caught};
use crate::client::{ClientError, Fake};
use crate::core::command::{Command, End, Exit, Reason, Role};
use crate::core::model::Side;
use crate::core::plan::Plan;
use crate::core::record::{Body, Expected};
use crate::core::run::Outcome;
use crate::wire::testing::{record, run_records, shop_plan};
use crate::wire::{Failure, FailureKind, PlanView};
use serde_json::Value;

fn switchover() -> Plan {
    shop_plan(&Command::Switchover { to: None }, Some(Side::Primary))
}

fn planned(plan: &Plan) -> PlanView {
    PlanView { hash: plan.hash().as_str().into(), plan: plan.clone(), expected: Expected::default() }
}

/// A monitor that plans a switchover, and whose run of it ends in `end`.
fn monitor(end: End) -> Fake {
    let plan = switchover();
    let fake = Fake::default();
    fake.with(|books| {
        books.plan = Some(Ok(planned(&plan)));
        let outcome = if end == End::Done { Outcome::Done } else { Outcome::Failed };
        books.submit = Some(Ok(run_records(5, &plan, |_| outcome, end)));
    });
    fake
}

/// What a command line leads to.
#[derive(Default)]
struct Try {
    dry_run: bool,
    confirm: Option<&'static str>,
    plan: Option<String>,
    answers: Option<&'static str>,
    impatient: bool,
    json: bool,
    wait: u64,
}

struct Got {
    exit: Exit,
    text: String,
    said: String,
    asked: Vec<String>,
}

impl Try {
    async fn on(self, fake: &Fake) -> Got {
        let confirm = Confirm { confirm: self.confirm.map(String::from), dry_run: self.dry_run };
        let watch = Watch { wait: self.wait };
        let args = ActArgs { confirm, reason: Some("a drill".into()), watch, plan: self.plan, overrides: Vec::new() };
        let order = Order { command: Command::Switchover { to: None }, args, again: " --run-dir /run/x".into() };
        let Caught { mut out, stdout, stderr } = caught(Look { json: self.json, ..Look::PIPE });
        let catching = fake.with(|books| books.catching.clone());
        let mut person = Somebody { impatient: self.impatient, catching, ..Somebody::who(self.answers) };
        let exit = carry_out(fake, order, &mut person, &mut out).await;
        Got { exit, text: stdout.text(), said: stderr.text(), asked: person.asked }
    }
}

fn submitted(fake: &Fake) -> usize {
    fake.with(|books| books.submitted.len())
}

#[tokio::test]
async fn a_dry_run_shows_the_plan_needs_no_right_to_act_and_does_nothing() {
    let fake = monitor(End::Done);
    fake.with(|books| books.refuses_role = Some(Role::Operator));
    let got = Try { dry_run: true, ..Try::default() }.on(&fake).await;
    assert_eq!(got.exit, Exit::Done);
    assert!(got.text.contains("make south active") && got.text.ends_with("dry run: nothing was done\n"), "{}", got.text);
    let got = Try { dry_run: true, json: true, ..Try::default() }.on(&fake).await;
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["outcome"], &said["exit"]), (&"planned".into(), &0.into()));
    assert_eq!(serde_json::from_value::<PlanView>(said["plan"].clone()).unwrap(), planned(&switchover()));
    assert_eq!(submitted(&fake), 0);
}

#[tokio::test]
async fn a_refused_plan_shows_every_reason_and_exits_with_three() {
    let fake = Fake::default();
    let reasons = vec![Reason::new("host a1 is silent", "bring it back"), Reason::new("db is unknown", "wait")];
    fake.with(|books| books.plan = Some(Err(Failure::new(FailureKind::Refused, reasons))));
    let got = Try { dry_run: true, ..Try::default() }.on(&fake).await;
    assert_eq!(got.exit, Exit::Refused);
    assert_eq!(got.said, "refused; nothing was tried\n  host a1 is silent\n    do: bring it back\n  db is unknown\n    do: wait\n");
}

#[tokio::test]
async fn the_targets_name_at_the_terminal_moves_the_cluster() {
    let fake = monitor(End::Done);
    let got = Try { answers: Some("south\n"), ..Try::default() }.on(&fake).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert_eq!(got.asked, ["Type south to go on, anything else to leave everything as it is: "]);
    let told: Vec<&str> = got.text.lines().filter(|l| l.contains("Z  ")).collect();
    assert_eq!(told.len(), 1 + 2 * switchover().steps.len(), "{told:#?}");
    assert_eq!(told[2], "08:00:07.000Z  step 1 of 10 (stop web on a1) done after 1.5 s");
    assert!(got.text.ends_with("\ndone (run r5 in 21 s; measured outage 17 s)\n"), "{}", got.text);
    assert_eq!(fake.with(|books| books.caught_at_submit.clone()), [true], "ctrl-c is caught before the run is there to be left alone");
    let submit = fake.with(|books| books.submitted[0].clone());
    assert_eq!((submit.plan.as_str(), submit.confirm.as_str()), (switchover().hash().as_str(), "south"));
    assert_eq!(submit.reason.as_deref(), Some("a drill"));
}

#[tokio::test]
async fn any_other_word_changes_nothing() {
    for answer in ["north\n", "\n", "y\n", ""] {
        let fake = monitor(End::Done);
        let got = Try { answers: Some(answer), ..Try::default() }.on(&fake).await;
        assert_eq!((got.exit, submitted(&fake)), (Exit::Refused, 0), "{answer:?}");
    }
}

#[tokio::test]
async fn without_a_terminal_it_is_refused_with_the_line_to_use() {
    let fake = monitor(End::Done);
    let got = Try::default().on(&fake).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::Refused, 0));
    let hash = switchover().hash();
    let line = format!("switchtower --run-dir /run/x switchover --confirm south --plan {} --reason 'a drill'", hash.short());
    assert!(got.said.contains(&line), "{}", got.said);
    let got = Try { confirm: Some("south"), plan: Some(hash.short().into()), ..Try::default() }.on(&fake).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::Done, 1), "{}", got.said);
}

#[tokio::test]
async fn a_stale_or_unreadable_plan_is_refused_before_anybody_is_asked() {
    let fake = monitor(End::Done);
    let got = Try { answers: Some("south"), plan: Some("0123456789ab".into()), ..Try::default() }.on(&fake).await;
    assert_eq!((got.exit, got.asked.len()), (Exit::Refused, 0));
    assert!(got.said.contains("the plan is stale"), "{}", got.said);
    fake.with(|books| books.plan = Some(Ok(PlanView { hash: "f".repeat(64), plan: switchover(), expected: Expected::default() })));
    let got = Try { answers: Some("south"), ..Try::default() }.on(&fake).await;
    assert_eq!((got.exit, got.asked.len(), submitted(&fake)), (Exit::Refused, 0, 0));
    assert!(got.said.contains("does not understand everything"), "{}", got.said);
}

#[tokio::test]
async fn each_end_has_its_words_and_its_exit_code() {
    let why = || "step 1: no".to_owned();
    let left = vec!["step 1, systemctl stop web.service on a1: failed".to_owned()];
    for (end, exit, words) in [
        (End::NothingChanged { why: why() }, Exit::NothingChanged, "failed (nothing changed): step 1: no"),
        (End::Partly { why: why(), left }, Exit::Partly, "\n  left: step 1, systemctl stop web.service on a1: failed\n"),
    ] {
        let got = Try { confirm: Some("south"), ..Try::default() }.on(&monitor(end.clone())).await;
        assert_eq!(got.exit, exit);
        assert!(got.text.contains(words), "{}", got.text);
        let got = Try { confirm: Some("south"), json: true, ..Try::default() }.on(&monitor(end)).await;
        let said: Value = serde_json::from_str(&got.text).unwrap();
        assert_eq!((&said["exit"], &said["run"]["run"]), (&Value::from(exit as u8), &"r5".into()));
        assert!(got.said.contains("step 1 of 10"), "progress stands beside the document: {}", got.said);
    }
}

#[tokio::test]
async fn a_run_that_goes_on_is_unknown_and_keeps_its_name() {
    for (impatient, words) in [(false, "run r5 is not over in the time of --wait"), (true, "run r5 goes on and is not cancelled")] {
        let fake = monitor(End::Done);
        fake.with(|books| {
            let records = books.submit.take().unwrap().unwrap();
            books.submit = Some(Ok(records[..4].to_vec()));
        });
        let wait = if impatient { 60 } else { 0 };
        let got = Try { confirm: Some("south"), impatient, wait, ..Try::default() }.on(&fake).await;
        assert_eq!(got.exit, Exit::Unknown);
        assert!(got.said.contains(words) && got.said.contains("switchtower report r5"), "{}", got.said);
    }
}

#[tokio::test]
async fn a_connection_lost_while_watching_is_no_end() {
    let fake = monitor(End::Done);
    fake.with(|books| {
        let records = books.submit.take().unwrap().unwrap();
        let (before, after) = records.split_at(6);
        books.submit = Some(Ok(before.to_vec()));
        books.events.push_back(None);
        books.events.extend(after.iter().cloned().map(Some));
    });
    let got = Try { confirm: Some("south"), wait: 60, ..Try::default() }.on(&fake).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert!(got.said.contains("lost: cut; run r5 goes on, asking again") && got.said.contains("the monitor answers again"), "{}", got.said);
    assert_eq!(got.text.lines().filter(|l| l.contains("step 3 of 10: ")).count(), 1, "{}", got.text);
}

#[tokio::test]
async fn a_submission_without_an_answer_is_looked_for_and_never_made_twice() {
    let lost = || Some(Err(ClientError::Lost("cut".into())));
    let fake = monitor(End::Done);
    fake.with(|books| {
        books.silently = books.submit.take().unwrap().unwrap();
        books.submit = lost();
    });
    let got = Try { confirm: Some("south"), ..Try::default() }.on(&fake).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::Done, 1), "{}", got.said);

    let fake = monitor(End::Done);
    fake.with(|books| books.submit = lost());
    let got = Try { confirm: Some("south"), ..Try::default() }.on(&fake).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::Unknown, 1));
    assert!(got.said.contains("it is not known whether the run was opened"), "{}", got.said);

    let fake = monitor(End::Done);
    fake.with(|books| {
        books.submit = lost();
        books.silently =
            vec![record(5, Body::TermTaken { holder: "m1".into(), version: "0.1.0".into(), config: String::new(), home: home() })];
    });
    let got = Try { confirm: Some("south"), ..Try::default() }.on(&fake).await;
    assert_eq!((got.exit, submitted(&fake)), (Exit::NothingChanged, 1));
}

#[tokio::test]
async fn who_presses_ctrl_c_while_a_submission_is_looked_for_is_let_go() {
    let fake = monitor(End::Done);
    fake.with(|books| books.submit = Some(Err(ClientError::Lost("cut".into()))));
    let tried = Try { confirm: Some("south"), impatient: true, wait: 3600, ..Try::default() };
    let got = tokio::time::timeout(std::time::Duration::from_secs(20), tried.on(&fake)).await.expect("nobody waits for the search");
    assert_eq!((got.exit, submitted(&fake)), (Exit::Unknown, 1));
    assert!(got.said.contains("it is not known whether the run was opened"), "{}", got.said);
}

#[tokio::test]
async fn who_may_not_act_is_told_what_it_takes() {
    let fake = monitor(End::Done);
    fake.with(|books| books.refuses_role = Some(Role::Operator));
    let got = Try { confirm: Some("south"), ..Try::default() }.on(&fake).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.said.contains("a member of the group ops"), "{}", got.said);
}

fn home() -> crate::core::record::Home {
    let site = |name: &str| crate::core::model::SiteName::new(name).unwrap();
    let cluster = crate::core::model::ClusterName::new("shop").unwrap();
    crate::core::record::Home { cluster, primary: site("north"), secondary: site("south") }
}

mod risk;
