//! For how long things have been as they are.

use super::*;
use crate::core::fact::{Fact, Source};
use crate::core::model::{Instance, Mode};
use crate::wire::{HostView, PlacementView};

fn db() -> Instance {
    shop().components.values().find(|c| c.name.as_str() == "db").unwrap().instance(Side::Primary, Mode::Active).unwrap()
}

/// The host of db says `fact` of it.
fn tell(bench: &mut Bench, fact: Fact) {
    let (instance, at) = (db(), bench.now().steady);
    bench.apply(Event::Seen(Seen { host: instance.host, at, facts: Ok(vec![(instance.service, fact)]) }));
}

fn miss(bench: &mut Bench, kind: MissKind) {
    let (host, at) = (db().host, bench.now().steady);
    bench.apply(Event::Seen(Seen { host, at, facts: Err(Miss { kind, why: "no answer".into() }) }));
}

fn wait(bench: &mut Bench, seconds: u64) {
    bench.later += Duration::from_secs(seconds);
}

fn placement(bench: &mut Bench) -> PlacementView {
    bench.status().components.into_iter().find(|c| c.name.as_str() == "db").unwrap().placements.remove(0)
}

fn host(bench: &mut Bench) -> HostView {
    bench.status().hosts.into_iter().find(|h| h.name == db().host).unwrap()
}

/// In whole seconds: between two steps of a test a few milliseconds pass.
fn seconds(ms: Option<u64>) -> Option<u64> {
    ms.map(|ms| ms / 1000)
}

fn run(invocation: &str) -> Fact {
    Fact { invocation: Some(invocation.into()), ..fact(ServiceState::Active) }
}

#[test]
fn the_state_of_a_service_is_as_old_as_its_last_change_and_a_restart_is_one() {
    let mut bench = Bench::new();
    tell(&mut bench, run("first"));
    wait(&mut bench, 4);
    tell(&mut bench, Fact { source: Source::Pushed, ..run("first") });
    let seen = placement(&mut bench);
    assert_eq!((seconds(seen.since_ms), seen.source, seen.state), (Some(4), Some(Source::Pushed), ServiceState::Active));
    tell(&mut bench, fact(ServiceState::Active));
    assert_eq!(seconds(placement(&mut bench).since_ms), Some(4), "an answer without the start shows no restart");
    tell(&mut bench, run("first"));
    tell(&mut bench, run("second"));
    assert_eq!(seconds(placement(&mut bench).since_ms), Some(0));
    wait(&mut bench, 3);
    tell(&mut bench, fact(ServiceState::Failed));
    assert_eq!(seconds(placement(&mut bench).since_ms), Some(0));
}

#[test]
fn nothing_is_said_of_a_state_that_is_not_known() {
    let mut bench = Bench::of(setup(), wanted(&shop(), Some(Side::Primary)));
    let never = placement(&mut bench);
    assert_eq!((never.since_ms, never.source), (None, None));
    assert_eq!(host(&mut bench).since_ms, None);
    tell(&mut bench, run("first"));
    miss(&mut bench, MissKind::Silent);
    let silent = placement(&mut bench);
    assert_eq!((silent.since_ms, silent.source), (None, Some(Source::Asked)));
}

#[test]
fn a_host_answers_or_is_silent_since_it_began_to() {
    let mut bench = Bench::of(setup(), wanted(&shop(), Some(Side::Primary)));
    tell(&mut bench, run("first"));
    wait(&mut bench, 4);
    tell(&mut bench, run("first"));
    assert_eq!(seconds(host(&mut bench).since_ms), Some(4));
    for (kind, since) in [(MissKind::Silent, 0), (MissKind::Silent, 3), (MissKind::Broken, 6)] {
        miss(&mut bench, kind);
        let seen = host(&mut bench);
        assert_eq!((seen.answers, seconds(seen.since_ms)), (Some(false), Some(since)));
        wait(&mut bench, 3);
    }
    tell(&mut bench, run("first"));
    let back = host(&mut bench);
    assert_eq!((back.answers, seconds(back.since_ms)), (Some(true), Some(0)));
}

#[test]
fn a_host_whose_look_never_comes_back_ceases_to_answer_when_the_last_one_is_too_old() {
    let mut bench = Bench::new();
    wait(&mut bench, 9);
    let stale = host(&mut bench);
    assert_eq!((stale.answers, seconds(stale.since_ms)), (Some(false), Some(4)), "five seconds count as fresh");
    miss(&mut bench, MissKind::Silent);
    assert_eq!(seconds(host(&mut bench).since_ms), Some(4));
    let (answered, wall) = (bench.status().at, bench.now().wall);
    assert!(wall.duration_since(answered).as_secs() == 0, "{answered} is not {wall}");
}
