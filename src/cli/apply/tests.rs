use super::apply;
use crate::cli::args::{ActArgs, Confirm, Globals, Watch};
use crate::cli::testing::{Caught, Somebody, caught};
use crate::cli::{Look, Place};
use crate::client::{ClientError, Dial, Fake};
use crate::config::parse;
use crate::core::command::{Command, Exit};
use crate::core::model::{Mode, Side};
use crate::core::plan::Wanted;
use crate::core::record::Term;
use crate::wire::testing::{shop_plan, shop_status};
use crate::wire::{ConfigView, Failure, FailureKind, PlanView, StatusView};
use serde_json::Value;

const MINIMAL: &str = include_str!("../../../config/minimal.toml");

/// A file that says something else than what the monitor of a shop runs by.
struct Bench {
    dir: tempfile::TempDir,
    fake: Fake,
    person: Somebody,
    /// The hash of the file.
    hash: String,
}

struct Got {
    exit: Exit,
    text: String,
    said: String,
}

/// The minimal cluster, as it should be; `next` says how it is in the next life.
fn bench(text: &str) -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let running = parse(MINIMAL, "").unwrap();
    let hash = parse(text, "").map_or_else(|_| String::new(), |loaded| loaded.hash);
    let fake = Fake::default();
    let mut status = shop_status();
    let app = status.components.iter().find(|c| c.name.as_str() == "app").cloned();
    status.components = app.into_iter().collect();
    status.config.clone_from(&running.hash);
    fake.with(|books| {
        books.config = Some(ConfigView { hash: running.hash, path, content: running.content });
        books.reload = Some(Ok(hash.clone()));
        books.next_life = Some(StatusView {
            config: hash.clone(),
            lease: crate::wire::LeaseView { term: Term(15), ..status.lease.clone() },
            ..status.clone()
        });
        books.status = Some(status);
    });
    Bench { dir, fake, person: Somebody::default(), hash }
}

fn args(confirm: Option<&str>, dry_run: bool) -> ActArgs {
    let confirm = Confirm { confirm: confirm.map(str::to_owned), dry_run };
    ActArgs { confirm, watch: Watch { wait: 1 }, ..ActArgs::default() }
}

impl Bench {
    async fn apply(&mut self, args: ActArgs, json: bool) -> Got {
        let config = Some(self.dir.path().join("c.toml"));
        let globals = Globals { config, json, ..Globals::default() };
        let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
        let fake = self.fake.clone();
        let reach = move |_: Place| Box::new(fake.clone()) as Box<dyn Dial>;
        let world = crate::cli::testing::world(&mut out, &mut self.person, &reach);
        let exit = apply(&globals, args, world).await;
        Got { exit, text: stdout.text(), said: stderr.text() }
    }

    /// How often the monitor was really told to reload.
    fn reloads(&self) -> usize {
        self.fake.with(|books| books.reloads.iter().filter(|ask| !ask.dry_run).count())
    }
}

fn slower() -> String {
    format!("[monitor]\ninterval = \"7s\"\n{MINIMAL}")
}

#[tokio::test]
async fn a_dry_run_shows_the_difference_and_what_does_not_run_and_changes_nothing() {
    let text = slower()
        + "\n[components.cache]\nprimary = { host = \"a1\", unit = \"cache.service\" }\nsecondary = { host = \"b1\", unit = \"cache.service\" }\n";
    let mut bench = bench(&text);
    let got = bench.apply(args(None, true), false).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    for part in
        ["monitor.interval: \"2s\" -> \"7s\"", "components.cache", "cache on a1 as active, cache.service: is not watched yet", "dry run"]
    {
        assert!(got.text.contains(part), "{part} is missing in\n{}", got.text);
    }
    let got = bench.apply(args(None, true), true).await;
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["outcome"], &said["configuration"]["after"]), (&"planned".into(), &Value::from(bench.hash.clone())));
    assert_eq!(said["configuration"]["to_start"][0]["component"], "cache");
    assert_eq!(bench.reloads(), 0);
}

#[tokio::test]
async fn nothing_different_and_nothing_to_start_is_done_without_a_question() {
    let mut bench = bench(&format!("# a comment\n{MINIMAL}"));
    let got = bench.apply(args(None, false), false).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert!(got.text.contains("nothing differs") && got.text.contains("nothing is to be started"), "{}", got.text);
    assert_eq!(bench.reloads(), 0);
}

#[tokio::test]
async fn only_the_name_of_the_primary_site_confirms() {
    let mut bench = bench(&slower());
    let got = bench.apply(args(None, false), false).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.said.contains(&format!("config apply --confirm north --plan {}", &bench.hash[..12])), "{}", got.said);
    assert_eq!(bench.apply(args(Some("south"), false), false).await.exit, Exit::Refused);
    let stale = ActArgs { plan: Some("0123456789ab".into()), ..args(Some("north"), false) };
    assert_eq!(bench.apply(stale, false).await.exit, Exit::Refused);
    assert_eq!(bench.reloads(), 0);
    let got = bench.apply(args(Some("north"), false), false).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert!(got.text.contains("the configuration holds") && got.text.contains("nothing was started or restarted"), "{}", got.text);
    assert_eq!(bench.reloads(), 1);
}

#[tokio::test]
async fn what_stands_in_the_way_is_told_all_at_once_before_anybody_is_asked() {
    let mut bench = bench(&slower());
    bench.fake.with(|books| {
        books.status.as_mut().unwrap().wanted = Wanted::Limited(Side::Secondary);
        books.reload = Some(Err(ClientError::Failure(Failure::one(FailureKind::Refused, "run r9 is open", "wait"))));
    });
    let got = bench.apply(args(Some("north"), false), false).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.said.contains("switchtower switchback") && got.said.contains("run r9 is open"), "{}", got.said);
    bench.fake.with(|books| books.config.as_mut().unwrap().path = "/etc/hostname".into());
    let got = bench.apply(args(Some("north"), false), false).await;
    assert!(got.exit == Exit::Refused && got.said.contains("the monitor runs by /etc/hostname"), "{}", got.said);
    assert_eq!(bench.reloads(), 0);
}

#[tokio::test]
async fn a_monitor_that_does_not_come_back_leaves_it_unknown() {
    let mut bench = bench(&slower());
    bench.fake.with(|books| books.next_life = books.status.clone());
    let got = bench.apply(args(Some("north"), false), false).await;
    assert_eq!(got.exit, Exit::Unknown, "{}", got.text);
}

#[tokio::test]
async fn a_start_that_is_refused_after_the_reload_is_an_end_in_part_with_the_plans_own_reasons() {
    let mut bench = bench(&slower());
    bench.fake.with(|books| {
        let placement = &mut books.next_life.as_mut().unwrap().components[0].placements[0];
        (placement.observed, placement.agrees) = (Some(Mode::Stopped), false);
        books.plan = Some(Err(Failure::one(FailureKind::Refused, "app runs on b1", "stop it")));
    });
    let got = bench.apply(args(Some("north"), false), true).await;
    assert_eq!(got.exit, Exit::Partly, "{}", got.said);
    let said: Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&said["outcome"], &said["exit"], &said["reasons"][0]["remedy"]), (&"failed-partly".into(), &5.into(), &"stop it".into()));
}

#[tokio::test]
async fn what_is_missing_after_the_reload_is_started_by_a_plan_that_is_asked_about_too() {
    let mut bench = bench(&slower());
    let plan = shop_plan(&Command::Start { site: None }, None);
    bench.fake.with(|books| {
        let placement = &mut books.next_life.as_mut().unwrap().components[0].placements[0];
        (placement.observed, placement.agrees) = (Some(Mode::Stopped), false);
        books.plan = Some(Ok(PlanView { hash: plan.hash().as_str().to_owned(), plan, expected: Default::default() }));
    });
    bench.person = Somebody { answers: Some(vec!["north", "no"]), ..Somebody::default() };
    let got = bench.apply(args(None, false), false).await;
    assert_eq!(bench.person.asked.len(), 2, "{:?}", bench.person.asked);
    assert_eq!(got.exit, Exit::Partly, "the configuration holds, and nothing was started: {}", got.said);
    assert!(bench.fake.with(|books| books.submitted.is_empty()));
}

#[tokio::test]
async fn a_file_with_errors_reaches_no_monitor() {
    let mut bench = bench(&MINIMAL.replacen("site =", "sight =", 1));
    bench.fake.with(|books| books.dead = true);
    let got = bench.apply(args(Some("north"), false), false).await;
    assert_eq!(got.exit, Exit::Refused);
    assert!(got.said.contains("hosts.a1") && !got.said.contains("no monitor answers"), "{}", got.said);
}
