use super::{State, health};
use crate::cli::Look;
use crate::cli::args::{HealthArgs, Level};
use crate::cli::testing::{Caught, caught};
use crate::client::Fake;
use crate::core::command::Reason;
use crate::core::health::{Health, Judged};
use crate::core::model::{Initiative, Mode};
use crate::core::plan::Wanted;
use crate::core::readiness::{Check, Verdict as CheckVerdict};
use crate::core::record::{RunId, Stance};
use crate::core::trigger::{Acts, Choice, DecisionId, LastFailover};
use crate::wire::testing::{alice, at, shop_status};
use crate::wire::{DecisionView, ReadinessView, StatusView, Trouble, Verdict};

const DEFAULT: HealthArgs =
    HealthArgs { paused: Level::Warning, observe_only: Level::Ok, stopped: Level::Warning, not_ready: Level::Warning, timeout: 8 };

async fn told(status: StatusView, args: &HealthArgs) -> (State, String) {
    let fake = Fake::default();
    fake.with(|books| books.status = Some(status));
    let Caught { mut out, stdout, stderr } = caught(Look::PIPE);
    let state = health(&fake, args, &mut out).await;
    assert_eq!((stdout.text().lines().count(), stderr.text().as_str()), (1, ""), "a plugin says one line, and nothing else");
    (state, stdout.text())
}

fn with(change: impl FnOnce(&mut StatusView)) -> StatusView {
    let mut status = shop_status();
    change(&mut status);
    status
}

fn judged(health: Health, why: &str) -> Judged {
    Judged { health, why: why.into() }
}

/// `db` on a1 is not what it should be.
fn db(health: Health) -> StatusView {
    with(|status| {
        let db = &mut status.components[1].placements[0];
        db.health = Some(judged(health, "its host says so"));
        if health != Health::Degraded {
            db.agrees = false;
            db.observed = (health == Health::Down).then_some(Mode::Stopped);
        }
    })
}

#[tokio::test]
async fn as_wanted_is_ok_in_one_line_with_its_counts() {
    let (state, line) = told(shop_status(), &DEFAULT).await;
    assert_eq!(state.code(), 0);
    assert_eq!(
        line,
        "SWITCHTOWER OK - c: north is active, south is standby, observe-only, term 14 | components_down=0;;;0 components_degraded=0;;;0 \
         components_unknown=0;;;0 placements_not_as_wanted=0;;;0 hosts_silent=0;;;0 runs_open=0;;;0\n"
    );
}

#[tokio::test]
async fn each_circumstance_has_its_state_and_its_words() {
    let silent = |health: Health, on: usize| {
        with(|status| {
            status.hosts[on].answers = Some(false);
            status.hosts[on].health = judged(health, "nothing comes");
            status.verdict = Verdict::Unknown;
            for component in &mut status.components {
                let placement = &mut component.placements[on];
                (placement.observed, placement.agrees) = (None, false);
                placement.health = Some(judged(health, "its host is down"));
            }
        })
    };
    let cases = [
        (db(Health::Down), 2, "CRITICAL - c: north is active, south is standby, observe-only, term 14; db is down on a1: its host says so"),
        (db(Health::Degraded), 1, "db is degraded on a1"),
        (db(Health::Unknown), 3, "db is not known to run on a1"),
        (db(Health::ProbeBroken), 3, "db is not known to run on a1"),
        (with(|s| s.lease.journal = Err("disk full".into())), 2, "the journal cannot be written, nothing is done: disk full"),
        (silent(Health::Down, 1), 1, "b1: down, nothing comes"),
        (silent(Health::Unknown, 1), 3, "b1: unknown, nothing comes"),
        (silent(Health::Down, 0), 2, "db is down on a1"),
        (with(|s| s.wanted = Wanted::Unset), 3, "which site is to serve"),
        (with(|s| s.protection_off = Some("LIMITED since failover r7".into())), 1, "LIMITED since failover r7"),
        (
            with(|s| s.last_failover = Some(LastFailover { run: RunId(7), age_ms: 5, acknowledged: false })),
            1,
            "failover r7 is not acknowledged",
        ),
        (with(|s| s.verdict = Verdict::Down), 2, "the monitor says DOWN"),
        (with(|s| s.verdict = Verdict::Unknown), 3, "the monitor says UNKNOWN"),
        (with(|s| s.verdict = Verdict::Degraded), 1, "the monitor says DEGRADED"),
        (
            with(|s| s.troubles.push(Trouble { key: "hosts.b1".into(), what: "b1 has no term protection".into(), remedy: String::new() })),
            1,
            "hosts.b1: b1 has no term protection",
        ),
    ];
    for (status, code, words) in cases {
        let (state, line) = told(status, &DEFAULT).await;
        assert!(state.code() == code && line.contains(words), "{words}: {line}");
    }
}

#[tokio::test]
async fn what_the_monitor_holds_back_is_a_warning() {
    let choice = Choice::Hold { wants: None, reasons: vec![Reason::new("a1 is silent", "fence it")] };
    let held = |choice, acts| with(|s| s.decision = Some(DecisionView { id: DecisionId(17), at: at(0), choice, acts, why: Vec::new() }));
    let (state, line) = told(held(choice, Acts::Nothing), &DEFAULT).await;
    assert!(state == State::Warning && line.contains("decision d17: holds: a1 is silent"), "{line}");
    assert_eq!(told(held(Choice::Quiet, Acts::Nothing), &DEFAULT).await.0, State::Ok);
}

#[tokio::test]
async fn what_not_everybody_finds_bad_is_an_option() {
    let paused = with(|s| s.stance = Stance::Paused { who: alice(), reason: "x".into(), until: None, then: Initiative::Automatic });
    let stopped = with(|s| s.wanted = Wanted::Stopped);
    let check = Check {
        id: "enabled:app@a1".into(),
        name: "app does not start by itself".into(),
        verdict: CheckVerdict::SoftVeto,
        overridden: false,
        evidence: "it is enabled".into(),
        remedy: String::new(),
    };
    let to = shop_status().sites[1].clone();
    let vetoed =
        with(|s| s.readiness = Some(ReadinessView { to, verdict: CheckVerdict::SoftVeto, checks: vec![check], well: 0, age_ms: None }));
    type Set = fn(&mut HealthArgs, Level);
    let cases: [(StatusView, Set, u8); 4] = [
        (paused, |args, level| args.paused = level, 1),
        (shop_status(), |args, level| args.observe_only = level, 0),
        (stopped, |args, level| args.stopped = level, 1),
        (vetoed, |args, level| args.not_ready = level, 1),
    ];
    for (status, set, by_default) in cases {
        assert_eq!(told(status.clone(), &DEFAULT).await.0.code(), by_default);
        for (level, code) in [(Level::Ok, 0), (Level::Warning, 1), (Level::Critical, 2)] {
            let mut args = DEFAULT;
            set(&mut args, level);
            assert_eq!(told(status.clone(), &args).await.0.code(), code);
        }
    }
}

#[tokio::test]
async fn of_several_the_worst_counts_and_stands_first_and_no_bar_is_left_in_the_words() {
    let mut status = db(Health::Down);
    status.components[0].placements[0].health = Some(judged(Health::Degraded, "502 | bad gateway"));
    let (state, line) = told(status, &DEFAULT).await;
    assert_eq!(state, State::Critical);
    assert!(line.find("db is down") < line.find("app is degraded on a1: 502 / bad gateway"), "{line}");
    assert_eq!(line.matches('|').count(), 1, "{line}");
    assert!(line.contains("| components_down=1;;;0 components_degraded=1;;;0"), "{line}");
}

#[tokio::test]
async fn a_monitor_that_does_not_answer_is_unknown() {
    let fake = Fake::default();
    fake.with(|books| books.dead = true);
    for json in [false, true] {
        let Caught { mut out, stdout, .. } = caught(Look { json, ..Look::PIPE });
        assert_eq!(health(&fake, &DEFAULT, &mut out).await.code(), 3);
        if json {
            let said: serde_json::Value = serde_json::from_str(&stdout.text()).unwrap();
            assert_eq!((&said["state"], &said["exit"]), (&"UNKNOWN".into(), &3.into()));
        } else {
            assert!(stdout.text().starts_with("SWITCHTOWER UNKNOWN - no monitor answers at /run/observe.sock"), "{}", stdout.text());
        }
    }
}

#[tokio::test]
async fn json_has_the_state_the_issues_and_the_counts() {
    let fake = Fake::default();
    fake.with(|books| books.status = Some(db(Health::Down)));
    let Caught { mut out, stdout, .. } = caught(Look { json: true, ..Look::PIPE });
    assert_eq!(health(&fake, &DEFAULT, &mut out).await, State::Critical);
    let said: serde_json::Value = serde_json::from_str(&stdout.text()).unwrap();
    assert_eq!((&said["state"], &said["exit"], &said["cluster"]), (&"CRITICAL".into(), &2.into(), &"c".into()));
    assert_eq!(said["issues"][0], serde_json::json!({"state": "CRITICAL", "what": "db is down on a1: its host says so"}));
    assert_eq!(said["counts"][0], serde_json::json!({"label": "components_down", "value": 1}));
}
