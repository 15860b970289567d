use super::view::lines;
use crate::cli::testing::{Caught, Fake, caught, shop_status};
use crate::cli::text::joined;
use crate::cli::{Look, args::StatusArgs};
use crate::core::command::Exit;
use crate::core::fact::State;
use crate::core::model::Mode;
use crate::wire::{StatusView, Trouble, Verdict};

fn troubled() -> StatusView {
    let mut status = shop_status();
    status.verdict = Verdict::Degraded;
    status.label = Some("production".into());
    let db = &mut status.components[1].placements[0];
    (db.observed, db.state, db.agrees, db.age_ms) = (Some(Mode::Stopped), State::Failed, false, Some(7_000));
    db.detail = "db.service failed (exit-code)".into();
    let web = &mut status.components[3].placements[1];
    (web.observed, web.agrees, web.age_ms) = (None, false, None);
    web.detail = "nothing was heard".into();
    (status.hosts[1].answers, status.hosts[1].why) = (Some(false), Some("no route to host".into()));
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

component  north  want    is        age  south  want     is         age
app        a1     active  active    1s   b1     stopped  stopped    1s
db         a1     active  failed !  7s   b1     stopped  stopped    1s
sync       a1     active  active    1s   b1     standby  standby    1s
web        a1     active  active    1s   b1     stopped  unknown ?  --
! db on a1: db.service failed (exit-code)
? web on b1: nothing was heard

host  site   is        age  why
a1    north  answers   1s
b1    south  silent !  1s   no route to host

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
        "component db on a1 at north: not as wanted, wanted active, is failed, seen 7 s ago, db.service failed (exit-code)",
        "component web on b1 at south: not known to be as wanted, wanted stopped, is unknown, never seen, nothing was heard",
        "trouble components.db.primary: db failed on a1; do: look at its journal on a1",
        "host b1 at south: silent, heard 1.2 s ago, no route to host",
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
    assert!(stdout.text().contains("! db on a1: [2Jgotcha") && !stdout.text().contains(['\u{1b}', '\r']));
}
