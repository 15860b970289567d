use super::view::lines;
use crate::cli::testing::{Caught, caught};
use crate::cli::{Look, args::StatusArgs};
use crate::client::Fake;
use crate::core::command::Exit;
use crate::core::command::Reason;
use crate::core::fact::State;
use crate::core::health::{Health, Judged};
use crate::core::model::Mode;
use crate::core::readiness::{Check, Verdict as CheckVerdict};
use crate::core::trigger::{Acts, Choice, DecisionId};
use crate::wire::testing::{at, shop_status};
use crate::wire::{DecisionView, ReadinessView, StatusView, Trouble, Verdict};
use crate::words::joined;

fn troubled() -> StatusView {
    let mut status = shop_status();
    status.verdict = Verdict::Degraded;
    status.label = Some("production".into());
    let db = &mut status.components[1].placements[0];
    (db.observed, db.state, db.agrees, db.age_ms) = (Some(Mode::Stopped), State::Failed, false, Some(7_000));
    db.detail = "db.service failed (exit-code)".into();
    db.health = Some(Judged { health: Health::Down, why: "its host says that it is failed".into() });
    let web = &mut status.components[3].placements[1];
    (web.observed, web.agrees, web.age_ms) = (None, false, None);
    web.detail = "nothing was heard".into();
    let b1 = &mut status.hosts[1];
    (b1.answers, b1.why, b1.age_ms) = (Some(false), Some("no route to host".into()), Some(41_000));
    b1.health = Judged { health: Health::Unknown, why: "silent to us, and nobody else could say: no route to host".into() };
    let (key, what, remedy) = ("components.db.primary", "db failed on a1", "look at its journal on a1");
    status.troubles.push(Trouble { key: key.into(), what: what.into(), remedy: remedy.into() });
    status
}

#[test]
fn with_room_both_sites_stand_beside_each_other() {
    let text = joined(&lines(&troubled(), false, Some(100)));
    let expected = "\
c (production)  DEGRADED  north ACTIVE  south STANDBY  term 14
will it act? it acts on request only
mode: observe-only

component  north  want    is        age      south  want     is         age
app        a1     active  active    1s       b1     stopped  stopped    LOST 1s
db         a1     active  failed !  LATE 7s  b1     stopped  stopped    LOST 1s
sync       a1     active  active    1s       b1     standby  standby    LOST 1s
web        a1     active  active    1s       b1     stopped  unknown ?  --
! db on a1: down: its host says that it is failed; db.service failed (exit-code)
? web on b1: nothing was heard

host  site   is        health     age
a1    north  answers   up         1s
b1    south  silent !  unknown ?  LOST 41s
? b1: silent to us, and nobody else could say: no route to host

! components.db.primary: db failed on a1
  do: look at its journal on a1
";
    let trimmed: String = text.lines().map(|l| l.trim_end().to_owned() + "\n").collect();
    assert_eq!(trimmed, expected);
}

#[test]
fn without_room_one_site_stands_below_the_other_and_nothing_is_cut() {
    let text = joined(&lines(&troubled(), false, Some(50)));
    assert!(text.contains("north ACTIVE  host  want    is        age"), "{text}");
    assert!(text.contains("south STANDBY  host  want     is         age"), "{text}");
    for line in text.lines().skip_while(|l| !l.starts_with("north")).take(10) {
        assert!(line.trim_end().len() <= 50, "{line:?}");
    }
}

#[test]
fn plain_is_one_fact_a_line_and_says_every_mark_in_words() {
    let text = joined(&lines(&troubled(), true, Some(40)));
    let all = [
        "c (production), DEGRADED, north ACTIVE, south STANDBY, term 14",
        "component db on a1 at north: not as wanted, wanted active, is failed, seen 7 s ago (late), \
         down: its host says that it is failed; db.service failed (exit-code)",
        "component web on b1 at south: not known to be as wanted, wanted stopped, is unknown, never seen, nothing was heard",
        "trouble components.db.primary: db failed on a1; do: look at its journal on a1",
        "host b1 at south: silent, heard 41 s ago (lost), unknown: silent to us, and nobody else could say: no route to host",
    ];
    for line in all {
        assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
    }
    assert!(!text.contains("\n\n") && !text.contains("  component"), "{text}");
}

#[tokio::test]
async fn the_json_of_a_status_is_the_view_itself() {
    let fake = Fake::default();
    let Caught { mut out, stdout, .. } = caught(Look { json: true, ..Look::PIPE });
    assert_eq!(super::status(&fake, &StatusArgs::default(), &mut out).await, Exit::Done);
    assert_eq!(serde_json::from_str::<StatusView>(&stdout.text()).unwrap(), shop_status());
}

#[tokio::test]
async fn what_a_host_says_cannot_move_the_cursor() {
    let mut status = troubled();
    status.components[1].placements[0].detail = "\u{1b}[2Jgotcha\r\n".into();
    let Caught { mut out, stdout, .. } = caught(Look::PIPE);
    out.say_all(lines(&status, false, None));
    assert!(stdout.text().contains("; [2Jgotcha") && !stdout.text().contains(['\u{1b}', '\r']));
}

#[test]
fn what_the_monitor_holds_back_and_what_stands_in_the_way_of_a_switchover_have_a_line_each() {
    let mut status = shop_status();
    assert!(!joined(&lines(&status, false, None)).contains("decision"));
    let reasons = vec![Reason::new("a1 is silent and has no fence device", "fence it")];
    let choice = Choice::Hold { wants: None, reasons };
    status.decision = Some(DecisionView { id: DecisionId(17), at: at(0), choice, acts: Acts::Nothing, why: Vec::new() });
    status.protection_off = Some("LIMITED since failover r7".into());
    let check = |id: &str, verdict| Check {
        id: id.into(),
        name: id.into(),
        verdict,
        overridden: false,
        evidence: "it is so".into(),
        remedy: String::new(),
    };
    let checks = vec![
        check("host:a1", CheckVerdict::Unknown),
        check("enabled:app@a1", CheckVerdict::SoftVeto),
        check("enabled:app@b1", CheckVerdict::SoftVeto),
        check("host:b1", CheckVerdict::Ok),
    ];
    let to = status.sites[1].clone();
    status.readiness = Some(ReadinessView { to: to.clone(), verdict: CheckVerdict::Unknown, checks, well: 0, age_ms: None });
    for plain in [false, true] {
        let text = joined(&lines(&status, plain, None));
        for line in [
            "LIMITED since failover r7",
            "decision d17: holds: a1 is silent and has no fence device (switchtower why d17)",
            "switchover to south: not ready, 3 checks in the way: host:a1 (unknown): it is so; enabled:app@a1 (soft veto): it is so; 1 more",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
        }
    }
    let soft = vec![check("enabled:app@a1", CheckVerdict::SoftVeto)];
    status.readiness = Some(ReadinessView { to: to.clone(), verdict: CheckVerdict::SoftVeto, checks: soft, well: 0, age_ms: None });
    assert!(joined(&lines(&status, true, None)).contains("(soft veto): it is so; it can be overridden by name\n"));
    status.readiness = Some(ReadinessView { to, verdict: CheckVerdict::Ok, checks: Vec::new(), well: 0, age_ms: None });
    assert!(joined(&lines(&status, true, None)).contains("switchover to south: ready\n"));
}

#[test]
fn a_terminal_of_eighty_columns_is_enough_for_everything() {
    let mut status = troubled();
    status.acts = "AUTO acts on: app, db, sync, web | no fence: it holds when a1 or b1 is silent | term 14".into();
    status.protection_off = Some("LIMITED since failover r7: north serves alone, nothing of sync follows, and no second failover".into());
    let text = joined(&lines(&status, false, Some(80)));
    for line in text.lines() {
        assert!(line.trim_end().chars().count() <= 80, "{line:?}");
    }
    assert!(text.contains("AUTO acts on") && text.contains("    second failover\n"), "{text}");
}

#[test]
fn health_that_the_hosts_word_does_not_tell_is_in_the_table() {
    for (health, word) in [(Health::Degraded, "degraded !"), (Health::ProbeBroken, "probe broken ?")] {
        let mut status = shop_status();
        status.components[0].placements[0].health = Some(Judged { health, why: "no answer".into() });
        let text = joined(&lines(&status, false, None));
        assert!(text.contains(word) && text.contains(": no answer; as the host says"), "{text}");
    }
}
