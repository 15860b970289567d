use super::*;
use crate::cli::Look;
use crate::cli::args::{Cli, HostVerb, Verb, command};
use crate::cli::testing::{Caught, Somebody, caught};
use crate::core::record::Term;
use clap::FromArgMatches;
use std::sync::Mutex;

/// A host with these records and a unit that runs; what is done to it ends so.
struct Host {
    records: Vec<Taken>,
    load: &'static str,
    ends: Result<DeedDone, (Exit, Reason)>,
    asked: Mutex<Vec<UnitDeed>>,
}

impl Units for Host {
    fn ground(&self, _: &UnitName) -> GroundResult {
        let ground = Ground { records: self.records.clone(), load: self.load.to_owned(), state: "active (running)".to_owned() };
        Box::pin(async move { Ok(ground) })
    }
    fn act(&self, deed: UnitDeed) -> DeedResult {
        self.asked.lock().unwrap().push(deed);
        let ends = self.ends.clone();
        Box::pin(async move { ends })
    }
}

fn taken(cluster: &str, held: bool) -> Taken {
    Taken { cluster: ClusterName::new(cluster).unwrap(), term: Term(4), held }
}

fn host(records: Vec<Taken>) -> Host {
    let ends = Ok(DeedDone { term: Term(5), done: true, detail: "is inactive (dead)".into(), recorded: true });
    Host { records, load: "loaded", ends, asked: Mutex::default() }
}

struct Got {
    exit: Exit,
    text: String,
    said: String,
    asked: Vec<UnitDeed>,
}

async fn act(host: Host, words: &str, answer: Option<&'static str>, json: bool) -> Got {
    let words = ["switchtower", "host"].into_iter().chain(words.split(' '));
    let cli = Cli::from_arg_matches(&command().try_get_matches_from(words).unwrap()).unwrap();
    let (action, hand) = match cli.verb {
        Some(Verb::Host(HostVerb::Start { hand, .. })) => (Action::Start, hand),
        Some(Verb::Host(HostVerb::Stop { hand })) => (Action::Stop, hand),
        other => panic!("{other:?}"),
    };
    let Caught { mut out, stdout, stderr } = caught(Look { json, ..Look::PIPE });
    let mut person = Somebody::who(answer);
    let exit = carry_out(&host, action, (&hand, hand.unit.as_ref().unwrap()), &mut person, &mut out).await;
    Got { exit, text: stdout.text(), said: stderr.text(), asked: host.asked.into_inner().unwrap() }
}

#[tokio::test]
async fn an_act_on_a_unit_asks_for_its_name_and_says_what_it_means() {
    for (answer, exit) in [("app.service\n", Exit::Done), ("app\n", Exit::Refused), ("\n", Exit::Refused)] {
        let got = act(host(vec![taken("shop", false)]), "stop --unit app.service --reason fire", Some(answer), false).await;
        assert_eq!(got.exit, exit, "{}", got.said);
        for words in ["shop: stop app.service by hand; it is active (running) now", "no monitor is left", "term of this host, 4, is raised"]
        {
            assert!(got.text.contains(words), "{words}: {}", got.text);
        }
        let expected = UnitDeed {
            cluster: ClusterName::new("shop").unwrap(),
            unit: UnitName::new("app.service").unwrap(),
            action: Action::Stop,
            reason: "fire".into(),
            limit: Duration::from_secs(60),
            despite_monitor: false,
        };
        assert_eq!(got.asked, if exit == Exit::Done { vec![expected] } else { Vec::new() });
        assert_eq!(got.text.ends_with("done: is inactive (dead)\nthe term of this host is 5 now\n"), exit == Exit::Done, "{}", got.text);
    }
}

#[tokio::test]
async fn while_a_guard_runs_it_is_refused_before_anything_is_asked_unless_somebody_insists() {
    let got = act(host(vec![taken("shop", true)]), "stop --unit app.service --reason fire", Some("app.service\n"), false).await;
    assert_eq!((got.exit, got.asked.len()), (Exit::Refused, 0));
    assert!(got.said.contains("its guard runs on this host under term 4") && got.said.contains("--despite-monitor"), "{}", got.said);
    let words = "stop --unit app.service --reason fire --despite-monitor";
    let got = act(host(vec![taken("shop", true)]), words, None, false).await;
    let line = "host stop --unit app.service --cluster shop --reason fire --despite-monitor --confirm app.service";
    assert!(got.exit == Exit::Refused && got.said.contains(line), "{}", got.said);
    let got = act(host(vec![taken("shop", true)]), &format!("{words} --confirm app.service"), None, false).await;
    assert!(got.exit == Exit::Done && got.asked[0].despite_monitor, "{}", got.said);
    assert!(got.text.contains("A monitor's guard runs here, and is ended"), "{}", got.text);
}

#[tokio::test]
async fn the_record_that_is_meant_is_certain_or_nothing_is_done() {
    let two = || vec![taken("shop", false), taken("bank", false)];
    for (records, words, said) in [
        (two(), "", "several clusters have acted on this host: shop, bank"),
        (two(), " --cluster post", "no monitor of cluster post has acted on this host"),
        (Vec::new(), "", "no monitor has ever acted on units of this host"),
        (Vec::new(), " --cluster shop", "use systemctl"),
    ] {
        let got = act(host(records), &format!("stop --unit app.service --reason fire --confirm app.service{words}"), None, false).await;
        assert_eq!((got.exit, got.asked.len()), (Exit::Refused, 0), "{words}");
        assert!(got.said.contains(said), "{}", got.said);
    }
    let got = act(host(two()), "stop --unit app.service --reason fire --confirm app.service --cluster bank", None, false).await;
    assert_eq!((got.exit, got.asked[0].cluster.as_str()), (Exit::Done, "bank"));
    let unknown = Host { load: "not-found", ..host(vec![taken("shop", false)]) };
    let got = act(unknown, "start --unit app.service --reason fire --confirm app.service", None, false).await;
    assert!(got.exit == Exit::Refused && got.said.contains("systemd knows no unit app.service"), "{}", got.said);
}

#[tokio::test]
async fn every_end_has_its_exit_code_and_a_document() {
    let failed = DeedDone { term: Term(5), done: false, detail: "is failed (failed)".into(), recorded: false };
    let host_that_fails = || Host { ends: Ok(failed.clone()), ..host(vec![taken("shop", false)]) };
    let words = "start --unit app.service --reason fire --confirm app.service";
    let got = act(host_that_fails(), words, None, false).await;
    assert_eq!(got.exit, Exit::Partly);
    assert!(got.said.contains("failed: is failed (failed)") && got.said.contains("could not be recorded"), "{}", got.said);
    let got = act(host_that_fails(), words, None, true).await;
    let document: serde_json::Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((&document["done"], &document["term"], &document["recorded"]), (&false.into(), &5.into(), &false.into()), "{document}");
    let got = act(host(vec![taken("shop", false)]), "start --unit app.service --reason fire --dry-run", None, true).await;
    let document: serde_json::Value = serde_json::from_str(&got.text).unwrap();
    assert_eq!((got.exit, &document["outcome"], got.asked.len()), (Exit::Done, &"planned".into(), 0));
    let refused = Host { ends: Err((Exit::Unknown, Reason::new("it is not known", "look"))), ..host(vec![taken("shop", false)]) };
    assert_eq!(act(refused, words, None, false).await.exit, Exit::Unknown);
}

#[test]
fn a_unit_is_named_in_place_of_a_process_and_checked_before_anything() {
    let parse = |words: &str| command().try_get_matches_from(["switchtower", "host"].into_iter().chain(words.split(' '))).map(drop);
    parse("start --unit app.service --reason x").unwrap();
    for bad in [
        "start --reason x",
        "start app --unit app.service --reason x",
        "start --unit app.service --mode standby --reason x",
        "start --unit app.service --file /x --reason x",
        "start --unit app --reason x",
        "start --unit --now.service --reason x",
        "start --unit $(reboot).service --reason x",
        "start app --cluster shop --reason x",
        "start --unit app.service",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}
