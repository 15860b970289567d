//! What happens to a running monitor when its file has changed.

use super::*;
use crate::config::{Loaded, Problems, parse};
use crate::monitor::event::Reload;
use crate::wire::{ConfigView, ReloadAsk, Request};

const FILE: &str = include_str!("../../../../config/minimal.toml");

/// A monitor that runs by `config/minimal.toml`.
fn bench() -> Bench {
    let loaded = parse(FILE, "c.toml").unwrap();
    let setup = Setup { content: loaded.content.to_string().into(), config: loaded.hash, ..setup_of(loaded.cluster) };
    Bench::of(setup, BTreeSet::new())
}

/// Asks for a reload, and lets the file say `text`.
fn reload(bench: &mut Bench, ask: ReloadAsk, text: &str) -> Result<Value, Failure> {
    let mut answer = bench.ask(Request::Reload(ask), true);
    let asked = bench.loads.pop().expect("the file is read");
    bench.apply(Event::Loaded(asked, parsed(text)));
    answer.try_recv().expect("an answer")
}

fn parsed(text: &str) -> Result<Box<Loaded>, Problems> {
    parse(text, "c.toml").map(Box::new)
}

fn reasons(answer: Result<Value, Failure>) -> String {
    answer.unwrap_err().data.reasons.into_iter().map(|r| format!("{} | {}\n", r.what, r.remedy)).collect()
}

#[test]
fn anybody_may_see_the_configuration_and_only_an_operator_may_have_it_reloaded() {
    let mut bench = bench();
    let mut answer = bench.ask(Request::Config, false);
    let view: ConfigView = serde_json::from_value(answer.try_recv().unwrap().unwrap()).unwrap();
    assert_eq!((view.hash, view.content), (bench.state.setup.config.clone(), parse(FILE, "").unwrap().content));
    let mut answer = bench.ask(Request::Reload(ReloadAsk::default()), false);
    assert!(reasons(answer.try_recv().unwrap()).contains("may only look"));
    assert!(bench.loads.is_empty());
    bench.ask(Request::Reload(ReloadAsk { dry_run: true, ..ReloadAsk::default() }), false);
    assert_eq!(bench.loads.len(), 1, "whether it could be done may be asked by anybody");
}

#[test]
fn a_file_in_order_ends_this_life_once_the_journal_has_it_and_a_question_does_not() {
    let mut bench = bench();
    let text = FILE.replace("[cluster]", "[monitor]\ninterval = \"7s\"\n[cluster]");
    let hash = Value::from(parse(&text, "").unwrap().hash);
    let ask = ReloadAsk { dry_run: true, ..ReloadAsk::default() };
    assert_eq!(reload(&mut bench, ask, &text).unwrap(), hash);
    assert_eq!(bench.restarts, 0);
    let ask = ReloadAsk { reason: Some("slower looks".into()), ..ReloadAsk::default() };
    assert_eq!(reload(&mut bench, ask, &text).unwrap(), hash);
    assert_eq!(bench.restarts, 1);
    let Body::Note { text } = &bench.journal.last().unwrap().body else { panic!("{:?}", bench.journal) };
    assert!(text.contains("alice") && text.contains("(slower looks)"), "{text}");

    bench.durable = false;
    bench.apply(Event::Hangup);
    let asked = bench.loads.pop().unwrap();
    bench.apply(Event::Loaded(asked, parsed(FILE)));
    assert_eq!(bench.restarts, 1, "not before it is journaled");
}

#[test]
fn every_problem_of_a_broken_file_is_told_and_nothing_happens() {
    let mut bench = bench();
    let text = FILE.replacen("site", "sight", 2);
    let said = reasons(reload(&mut bench, ReloadAsk::default(), &text));
    assert!(said.lines().count() >= 2 && said.contains("sight"), "{said}");
    let Body::Note { text: kept } = &bench.journal.last().unwrap().body else { panic!("{:?}", bench.journal) };
    assert!(kept.starts_with("refused a reload of the configuration to alice (uid 1000): ") && kept.contains("sight"), "{kept}");
    let entries = bench.journal.len();
    reload(&mut bench, ReloadAsk { dry_run: true, ..ReloadAsk::default() }, &text).unwrap_err();
    assert_eq!(bench.journal.len(), entries, "asking is free");
    bench.apply(Event::Hangup);
    assert!(matches!(bench.loads.last(), Some(Reload::Signal)));
    let asked = bench.loads.pop().unwrap();
    bench.apply(Event::Loaded(asked, parsed(&text)));
    assert_eq!(bench.restarts, 0);
}

#[test]
fn what_the_next_life_would_refuse_to_run_by_is_refused_now() {
    let mut bench = bench();
    let cluster = bench.state.setup.cluster.clone();
    let (name, primary) = (cluster.name.to_string(), cluster.sites.primary.to_string());
    let said = reasons(reload(&mut bench, ReloadAsk::default(), &FILE.replace(&format!("{name:?}"), "\"elsewhere\"")));
    assert!(said.contains("elsewhere"), "{said}");
    let said = reasons(reload(&mut bench, ReloadAsk::default(), &FILE.replace(&format!("{primary:?}"), "\"atlantis\"")));
    assert!(said.contains("atlantis"), "{said}");
    let moved = FILE.replace("[cluster]", "[monitor]\nstate_dir = \"/srv/a\"\nrun_dir = \"/srv/b\"\n[cluster]");
    let said = reasons(reload(&mut bench, ReloadAsk::default(), &moved));
    assert!(said.contains("monitor.state_dir") && said.contains("monitor.run_dir"), "{said}");
    let other = ReloadAsk { hash: Some("0123456789abcdef".into()), ..ReloadAsk::default() };
    assert!(reasons(reload(&mut bench, other, FILE)).contains("changed since it was shown"));
    assert_eq!(bench.restarts, 0);
}

#[test]
fn nothing_is_reloaded_while_a_run_is_open_or_the_file_is_being_read() {
    let mut bench = Bench::new();
    let plan = bench.plan();
    bench.submit(&plan.hash, &plan.plan.confirm, true);
    let answer = reload(&mut bench, ReloadAsk::default(), FILE);
    assert!(reasons(answer).contains("is open"));
    bench.apply(Event::Hangup);
    let mut second = bench.ask(Request::Reload(ReloadAsk::default()), true);
    assert!(reasons(second.try_recv().unwrap()).contains("being read already"));
    assert_eq!((bench.loads.len(), bench.restarts), (1, 0));
}

#[test]
fn a_journal_of_another_cluster_is_not_gone_on_with() {
    let bench = Bench::new();
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    let mut other = setup();
    let mut cluster = (*other.cluster).clone();
    std::mem::swap(&mut cluster.sites.primary, &mut cluster.sites.secondary);
    other.cluster = Arc::new(cluster);
    let mut state = State::new(other, Box::new(Single::new("m1")), ledger);
    assert!(state.begin(Vec::new(), Now::take()).unwrap_err().contains("north is the primary site"));
}
