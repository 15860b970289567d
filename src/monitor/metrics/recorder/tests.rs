use super::*;
use crate::core::command::{Command, Reason};
use crate::core::model::Side;
use crate::core::record::Actor;
use crate::core::run::Outcome;
use crate::core::trigger::LastFailover;
use crate::wire::testing::{decided, note, run_records, shop_plan, shop_status, situation};
use std::collections::BTreeSet;

/// The value of a series, as it stands in a page.
fn value(page: &str, series: &str) -> Option<f64> {
    let mut lines = page.lines().filter_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok());
    let value = lines.next();
    assert_eq!(lines.next(), None, "{series} stands there once");
    value
}

/// The names that have samples, and those that have words.
fn names(page: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let samples = page.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let sampled = samples.map(|line| line.split(['{', ' ']).next().unwrap());
    (sampled.collect(), page.lines().filter_map(|line| line.strip_prefix("# HELP ")?.split(' ').next()).collect())
}

#[test]
fn a_cluster_that_is_well_is_told_in_numbers() {
    let status = shop_status();
    let page = page(&status, 3);
    for (series, expected) in [
        (format!("switchtower_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION")), 1.0),
        ("switchtower_verdict{verdict=\"ok\"}".into(), 1.0),
        ("switchtower_verdict{verdict=\"down\"}".into(), 0.0),
        ("switchtower_site_active{site=\"north\"}".into(), 1.0),
        ("switchtower_site_active{site=\"south\"}".into(), 0.0),
        ("switchtower_host_reachable{host=\"a1\"}".into(), 1.0),
        ("switchtower_host_answer_age_seconds{host=\"a1\"}".into(), 1.2),
        ("switchtower_lease_term".into(), 14.0),
        ("switchtower_acting".into(), 0.0),
        ("switchtower_mode{mode=\"observe-only\"}".into(), 1.0),
        ("switchtower_mode{mode=\"automatic\"}".into(), 0.0),
        ("switchtower_journal_writable".into(), 1.0),
        ("switchtower_journal_index".into(), 4.0),
        ("switchtower_event_queue_length".into(), 3.0),
        ("switchtower_troubles".into(), 0.0),
        ("switchtower_open_runs".into(), 0.0),
    ] {
        assert_eq!(value(&page, &series), Some(expected), "{series}\n{page}");
    }
    for component in &status.components {
        for of in &component.placements {
            let labels = format!("{{component=\"{}\",site=\"{}\",host=\"{}\"}}", component.name, of.site, of.host);
            let is = |name: &str| value(&page, &format!("switchtower_component_{name}{labels}"));
            assert_eq!(
                (is("wanted"), is("observed"), is("as_wanted")),
                (Some(mode(of.wanted)), Some(mode(of.observed)), Some(1.0)),
                "{page}"
            );
            assert_eq!(is("fact_age_seconds"), Some(1.2));
        }
    }
    assert_eq!(value(&page, "switchtower_last_failover_age_seconds"), None);
}

#[test]
fn what_is_wrong_or_not_known_is_told_and_never_as_good() {
    let mut status = shop_status();
    status.verdict = Verdict::Down;
    status.lease.journal = Err("no space".into());
    status.stance = Stance::Automatic;
    status.last_failover = Some(LastFailover { run: RunId(9), age_ms: 61_500, acknowledged: false });
    status.hosts[0].answers = Some(false);
    status.hosts[1].answers = None;
    status.hosts[1].age_ms = None;
    let of = &mut status.components[0].placements[0];
    (of.wanted, of.observed, of.agrees, of.age_ms) = (Some(Mode::Active), None, false, None);
    let labels = format!("{{component=\"{}\",site=\"{}\",host=\"{}\"}}", status.components[0].name, "north", "a1");
    let page = page(&status, 0);
    let is = |series: &str| value(&page, series);
    assert_eq!((is("switchtower_verdict{verdict=\"down\"}"), is("switchtower_verdict{verdict=\"ok\"}")), (Some(1.0), Some(0.0)));
    assert_eq!((is("switchtower_journal_writable"), is("switchtower_acting")), (Some(0.0), Some(0.0)));
    assert_eq!((is("switchtower_last_failover_age_seconds"), is("switchtower_last_failover_acknowledged")), (Some(61.5), Some(0.0)));
    let (first, second) = (&status.hosts[0].name, &status.hosts[1].name);
    assert_eq!(is(&format!("switchtower_host_reachable{{host=\"{first}\"}}")), Some(0.0));
    assert_eq!(is(&format!("switchtower_host_reachable{{host=\"{second}\"}}")), Some(-1.0));
    assert_eq!(is(&format!("switchtower_host_answer_age_seconds{{host=\"{second}\"}}")), None);
    assert_eq!(is(&format!("switchtower_component_observed{labels}")), Some(-1.0));
    assert_eq!(is(&format!("switchtower_component_as_wanted{labels}")), Some(0.0));
    assert_eq!(is(&format!("switchtower_component_fact_age_seconds{labels}")), None);

    status.lease.journal = Ok(());
    assert_eq!(value(&super::page(&status, 0), "switchtower_acting"), Some(1.0));
    let paused = Stance::Paused {
        who: Actor { user: "a".into(), uid: 1, pid: None },
        reason: "x".into(),
        until: None,
        then: crate::core::model::Initiative::Automatic,
    };
    status.stance = paused;
    let page = super::page(&status, 0);
    assert_eq!((value(&page, "switchtower_mode{mode=\"paused\"}"), value(&page, "switchtower_acting")), (Some(1.0), Some(0.0)));
}

#[test]
fn runs_and_decisions_are_counted_and_runs_have_a_duration() {
    let counted = Counted::new();
    let is = |series: &str| value(&counted.page(), series);
    assert_eq!(is("switchtower_runs_total{verb=\"switchover\",end=\"done\"}"), Some(0.0), "\n{}", counted.page());
    let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
    let records = run_records(10, &plan, |_| Outcome::Done, End::Done);
    let took = u32::try_from(records.len() - 1).unwrap();
    records.iter().for_each(|record| counted.take(record));
    run_records(100, &plan, |_| Outcome::Failed, End::NothingChanged { why: "x".into() }).iter().for_each(|record| counted.take(record));
    counted.take(&note(200));
    assert_eq!(is("switchtower_runs_total{verb=\"switchover\",end=\"done\"}"), Some(1.0));
    assert_eq!(is("switchtower_runs_total{verb=\"switchover\",end=\"nothing-changed\"}"), Some(1.0));
    assert_eq!(is("switchtower_run_duration_seconds_count{verb=\"switchover\"}"), Some(2.0));
    assert_eq!(is("switchtower_run_duration_seconds_bucket{verb=\"switchover\",le=\"+Inf\"}"), Some(2.0));
    assert_eq!(is("switchtower_run_duration_seconds_bucket{verb=\"switchover\",le=\"0.5\"}"), Some(0.0));
    assert!(is("switchtower_run_duration_seconds_sum{verb=\"switchover\"}").unwrap() >= f64::from(took));

    let hold = || Choice::Hold { wants: None, reasons: vec![Reason::new("x", "y")] };
    counted.take(&decided(201, hold(), Acts::Nothing, "x", situation("cafe")));
    counted.take(&decided(202, Choice::Act { command: Command::Stop, plan: "x".into() }, Acts::Would, "x", situation("cafe")));
    assert_eq!(is("switchtower_decisions_total{choice=\"hold\",acts=\"nothing\"}"), Some(1.0));
    assert_eq!(is("switchtower_decisions_total{choice=\"act\",acts=\"would\"}"), Some(1.0));
    assert_eq!(is("switchtower_decisions_total{choice=\"act\",acts=\"does\"}"), Some(0.0));
    counted.missed(7);
    assert_eq!(is("switchtower_missed_entries_total"), Some(7.0));
}

#[test]
fn a_run_that_an_earlier_life_opened_is_counted_with_its_verb() {
    let counted = Counted::new();
    let plan = shop_plan(&Command::Switchover { to: None }, Some(Side::Primary));
    let records = run_records(10, &plan, |_| Outcome::Done, End::Done);
    counted.resumed(&crate::wire::testing::run_view(&records[..1]).unwrap());
    counted.take(records.last().unwrap());
    let page = counted.page();
    assert_eq!(value(&page, "switchtower_runs_total{verb=\"switchover\",end=\"done\"}"), Some(1.0));
    counted.take(records.last().unwrap());
    assert_eq!(
        value(&counted.page(), "switchtower_runs_total{verb=\"unknown\",end=\"done\"}"),
        Some(1.0),
        "what cannot be known is counted all the same"
    );
}

#[test]
fn every_figure_has_its_words_and_a_type() {
    let mut status = shop_status();
    status.last_failover = Some(LastFailover { run: RunId(9), age_ms: 1, acknowledged: true });
    status.lease.pair = Some(crate::wire::testing::pair(crate::core::pair::Part::Acting));
    status.maintenance = vec![crate::wire::testing::maintained()];
    let page = page(&status, 0);
    let (sampled, described) = names(&page);
    assert_eq!(sampled, described, "\n{page}");
    assert_eq!(sampled, GAUGES.iter().map(|(name, _)| *name).collect());
    assert_eq!(value(&page, "switchtower_maintenance{object=\"host\",name=\"a1\",kind=\"standby\"}"), Some(1.0), "{page}");
    for name in sampled {
        assert!(page.contains(&format!("# TYPE {name} gauge\n")), "{name}\n{page}");
    }
    let counted = Counted::new();
    counted.over(&End::Done, Some(("stop".into(), jiff::Timestamp::UNIX_EPOCH)), jiff::Timestamp::UNIX_EPOCH);
    counted.take(&decided(1, Choice::Quiet, Acts::Nothing, "x", situation("cafe")));
    let page = counted.page();
    for (name, kind) in [
        ("switchtower_runs_total", "counter"),
        ("switchtower_decisions_total", "counter"),
        ("switchtower_missed_entries_total", "counter"),
        ("switchtower_run_duration_seconds", "histogram"),
    ] {
        assert!(page.contains(&format!("# HELP {name} ")) && page.contains(&format!("# TYPE {name} {kind}\n")), "{name}\n{page}");
    }
}
