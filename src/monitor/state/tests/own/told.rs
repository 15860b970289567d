//! What is told of hosts, of time and of what was lost.

use super::*;
use jiff::SignedDuration;

fn misses(bench: &mut Bench, name: &str, times: u32) {
    for _ in 0..times {
        bench.later += Duration::from_millis(500);
        let at = bench.now().steady;
        let miss = Miss { kind: MissKind::Silent, why: "no answer".into() };
        bench.apply(Event::Seen(Seen { host: host(name), at, facts: Err(miss) }));
    }
}

fn notes(bench: &Bench) -> Vec<&str> {
    fn text(body: &Body) -> Option<&str> {
        match body {
            Body::Note { text } if text.starts_with("not heard") || text.starts_with("answers again") => Some(text.as_str()),
            _ => None,
        }
    }
    bench.journal.iter().filter_map(|r| text(&r.body)).collect()
}

/// How long the first of what the last run brings back had not been known to serve.
fn unserved(bench: &Bench) -> Option<u64> {
    let of = |body: &Body| match body {
        Body::RunOpened { unserved_ms, .. } => Some(*unserved_ms),
        _ => None,
    };
    bench.journal.iter().rev().find_map(|r| of(&r.body)).unwrap()
}

#[test]
fn a_clock_that_is_set_back_prolongs_no_pause() {
    let mut bench = bench(shop());
    let pause = Request::Mode { mode: ModeAsk::Pause { for_ms: Some(5_000) }, reason: Some("work".into()) };
    bench.ask(pause, true).try_recv().unwrap().unwrap();
    bench.apply(Event::Tick);
    bench.began.wall -= SignedDuration::from_hours(24);
    bench.later += Duration::from_secs(4);
    bench.apply(Event::Tick);
    assert!(bench.status().acts.starts_with("PAUSED"), "{}", bench.status().acts);
    bench.later += Duration::from_secs(2);
    bench.apply(Event::Tick);
    assert_eq!(bench.status().stance, Stance::Automatic);
}

#[test]
fn nothing_is_done_while_two_hosts_are_the_same_machine() {
    let mut bench = bench(shop());
    bench.state.setup.allow_loopback = false;
    kill(&mut bench, "web");
    assert!(bench.orders.is_empty());
    let acts = bench.status().acts;
    assert!(acts.starts_with("ACTS ON NOTHING: a1 and b1 are the same machine"), "{acts}");
    let asked = Request::Plan { command: Command::Switchover { to: None }, overrides: Vec::new() };
    assert!(refused(&mut bench.ask(asked, false)).contains("a1 and b1 are the same machine"));
}

#[test]
fn a_host_that_falls_silent_and_comes_back_is_told_once_each() {
    let mut bench = bench(shop());
    misses(&mut bench, "b1", 1);
    bench.apply(Event::Tick);
    assert!(notes(&bench).is_empty(), "one look is none");
    misses(&mut bench, "b1", 3);
    bench.apply(Event::Tick);
    bench.apply(Event::Tick);
    assert_eq!(notes(&bench), ["not heard any more: b1"]);
    bench.look();
    bench.apply(Event::Tick);
    assert_eq!(notes(&bench).len(), 1, "one that comes and goes fills nothing");
    bench.later += Duration::from_secs(10);
    bench.look();
    bench.apply(Event::Tick);
    assert_eq!(notes(&bench), ["not heard any more: b1", "answers again: b1"]);
}

#[test]
fn the_one_line_says_that_nothing_can_move_to_a_side_that_is_not_heard() {
    let mut bench = bench(shop());
    assert!(bench.status().acts.starts_with("AUTO acts on:"), "{}", bench.status().acts);
    misses(&mut bench, "b1", 3);
    let acts = bench.status().acts;
    assert!(acts.starts_with("AUTO, but nothing can move to south (b1 is unknown): it rescues in place | "), "{acts}");
    misses(&mut bench, "a1", 3);
    let acts = bench.status().acts;
    assert!(acts.starts_with("AUTO, HOLDS: NEITHER SITE CAN BE REACHED"), "{acts}");
}

#[test]
fn a_run_says_since_when_what_it_brings_back_has_not_served() {
    let mut told = bench(shop());
    told.later += Duration::from_millis(700);
    kill(&mut told, "web");
    assert_eq!(unserved(&told), Some(0), "its host told of its end at once");

    let mut seen = bench(shop());
    let web = active(&seen, "web", Side::Primary);
    seen.running.remove(&web);
    seen.later += Duration::from_millis(1_500);
    seen.look();
    let age = unserved(&seen).unwrap();
    assert!((1_500..1_600).contains(&age), "since the last look that saw it: {age} ms");

    let mut silent = bench(fenced_shop());
    silent.later += Duration::from_millis(300);
    silence(&mut silent, Sight::Nothing { why: "timed out".into() });
    let age = unserved(&silent).unwrap();
    assert!((1_000..2_000).contains(&age), "since the last word of its host: {age} ms");

    let mut asked = bench(shop());
    let hash = asked.plan().hash;
    asked.submit(&hash, "south", true).try_recv().unwrap().unwrap();
    assert_eq!(unserved(&asked), None);
}
