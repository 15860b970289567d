use super::*;
use crate::cli::testing::{Caught, NoUnits, Somebody, caught};
use crate::cli::{Look, Survey};
use crate::client::Fake;
use crate::core::leaving::Kept;
use crate::core::model::HostName;
use std::sync::Mutex;

const MINIMAL: &str = include_str!("../../../config/minimal.toml");
const NAME: &str = "shop";

/// Hosts that answer so to a look, and so to a removal.
struct Hosts {
    look: Vec<AtHost>,
    remove: Vec<AtHost>,
    asked: Mutex<Vec<Leaving>>,
    held: bool,
}

impl Leave for Hosts {
    fn hosts(&self, _: &Loaded, leaving: Leaving) -> AtHosts {
        self.asked.lock().unwrap().push(leaving);
        let said = if leaving.remove { self.remove.clone() } else { self.look.clone() };
        Box::pin(async move { said })
    }
    fn alone(&self, _: &Path) -> Result<Box<dyn Any + Send>, String> {
        if self.held { Err("it is in use, as process 7".to_owned()) } else { Ok(Box::new(())) }
    }
}

fn at(host: &str, found: Found) -> AtHost {
    AtHost { host: HostName::new(host).unwrap(), found, processes: Vec::new(), service: None }
}

fn records() -> Vec<Kept> {
    vec![Kept { folder: "/var/lib/switchtower-guard/ops".into(), term: Term(4) }]
}

fn silent_host(host: &str) -> AtHost {
    at(host, Found::Left { reason: Reason::new(format!("{host}: no answer"), "run it again"), unknown: true })
}

/// Both hosts have a record, and it can be removed.
fn hosts() -> Hosts {
    let both = |found: fn(Vec<Kept>) -> Found| vec![at("a1", found(records())), at("b1", found(records()))];
    let look = both(|records| Found::Records { records });
    Hosts { look, remove: both(|records| Found::Removed { records }), asked: Mutex::default(), held: false }
}

struct Got {
    exit: Exit,
    text: String,
    said: String,
    asked: Vec<Leaving>,
}

struct Asked<'a> {
    hosts: Hosts,
    confirm: Option<&'a str>,
    dry_run: bool,
    json: bool,
    /// A monitor answers.
    runs: bool,
}

fn asked(hosts: Hosts) -> Asked<'static> {
    Asked { hosts, confirm: None, dry_run: false, json: false, runs: false }
}

async fn left(asked: Asked<'_>) -> Got {
    let Asked { hosts, confirm, dry_run, json, runs } = asked;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("c.toml");
    std::fs::write(&path, MINIMAL).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let globals = Globals { config: Some(path), json, ..Globals::default() };
    let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
    let mut person = Somebody::default();
    let reach = |_: Place| {
        let fake = Fake::default();
        fake.with(|books| books.dead = !runs);
        Box::new(fake) as Box<dyn Dial>
    };
    let survey = |_: &Loaded| Box::pin(async { Vec::new() }) as Survey;
    let journals = |_: &[std::path::PathBuf]| {
        let note = |index, term| Record { index, term: Term(term), at: jiff::Timestamp::UNIX_EPOCH, body: Body::Note { text: "x".into() } };
        Ok(vec![note(1, 3), note(2, 5)])
    };
    let world =
        World { out: &mut out, person: &mut person, survey: &survey, journals: &journals, leaving: &hosts, units: &NoUnits, reach: &reach };
    let confirm = Confirm { confirm: confirm.map(str::to_owned), dry_run };
    let exit = leave(&globals, &confirm, world).await;
    Got { exit, text: stdout.text(), said: stderr.text(), asked: hosts.asked.into_inner().unwrap() }
}

#[tokio::test]
async fn while_a_monitor_runs_or_holds_the_journal_no_host_is_asked() {
    let runs = left(Asked { runs: true, confirm: Some(NAME), ..asked(hosts()) }).await;
    assert_eq!((runs.exit, runs.asked.len()), (Exit::Refused, 0));
    assert!(runs.said.contains("the monitor of this cluster runs") && runs.said.contains("disable --now"), "{}", runs.said);
    let held = left(Asked { confirm: Some(NAME), ..asked(Hosts { held: true, ..hosts() }) }).await;
    assert_eq!((held.exit, held.asked.len()), (Exit::Refused, 0));
    assert!(held.said.contains("as process 7"), "{}", held.said);
}

#[tokio::test]
async fn nothing_is_removed_without_the_name_of_the_cluster() {
    for confirm in [None, Some("yes"), Some("north")] {
        let got = left(Asked { confirm, ..asked(hosts()) }).await;
        assert_eq!(got.exit, Exit::Refused, "{confirm:?}");
        assert!(got.asked.iter().all(|leaving| !leaving.remove), "{confirm:?}");
        assert!(got.text.contains("a1: removes /var/lib/switchtower-guard/ops"), "{}", got.text);
    }
    let dry = left(Asked { dry_run: true, json: true, ..asked(hosts()) }).await;
    assert_eq!(dry.exit, Exit::Done);
    assert!(dry.asked.iter().all(|leaving| !leaving.remove));
    let said: serde_json::Value = serde_json::from_str(&dry.text).unwrap();
    assert_eq!((&said["outcome"], &said["hosts"][0]["found"]), (&"planned".into(), &"records".into()), "{said}");
}

#[tokio::test]
async fn what_is_confirmed_is_removed_up_to_the_newest_term_of_the_journal_and_what_stays_is_told() {
    let got = left(Asked { confirm: Some(NAME), ..asked(hosts()) }).await;
    assert_eq!(got.exit, Exit::Done, "{}", got.said);
    assert_eq!(got.asked.last(), Some(&Leaving { newest: Term(5), remove: true }));
    for part in ["a1: removed", "authorized_keys", "sudoers", "the journal in", "done: "] {
        assert!(got.text.contains(part), "{part}: {}", got.text);
    }
}

#[tokio::test]
async fn hosts_that_stay_behind_are_listed_and_decide_the_exit_code() {
    let gone = || at("a1", Found::Removed { records: records() });
    let refused = || at("b1", Found::Left { reason: Reason::new("b1: a guard runs there", "stop it"), unknown: false });
    let nothing = || at("a1", Found::Nothing);
    for (remove, exit) in [
        (vec![gone(), silent_host("b1")], Exit::Partly),
        (vec![gone(), refused()], Exit::Partly),
        (vec![silent_host("a1"), refused()], Exit::Unknown),
        (vec![nothing(), refused()], Exit::NothingChanged),
        (vec![nothing(), gone()], Exit::Done),
    ] {
        let got = left(Asked { confirm: Some(NAME), ..asked(Hosts { remove: remove.clone(), ..hosts() }) }).await;
        assert_eq!(got.exit, exit, "{remove:?}");
        let behind = remove.iter().filter(|at| !at.is_clear()).count();
        assert_eq!(got.text.matches("left as it is: ").count(), behind, "{}", got.text);
    }
}

#[tokio::test]
async fn where_nothing_is_left_to_remove_nobody_is_asked_to_confirm_it() {
    let nothing = vec![at("a1", Found::Nothing), at("b1", Found::Nothing)];
    let got = left(asked(Hosts { look: nothing, ..hosts() })).await;
    assert_eq!((got.exit, got.asked.len()), (Exit::Done, 1), "{}", got.said);
}

#[tokio::test]
async fn processes_of_a_host_service_are_named_with_what_they_depend_on() {
    let mut hosts = hosts();
    hosts.look[0].processes = vec![crate::core::model::ProcessName::new("app").unwrap()];
    let got = left(Asked { dry_run: true, ..asked(hosts) }).await;
    assert!(got.text.contains("runs app as children of its host service") && got.text.contains("end with it"), "{}", got.text);
}
