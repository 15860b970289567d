//! Clients that break the rules hurt nobody but themselves.

use std::io::ErrorKind;

use switchtower::core::fact::State;
use switchtower::wire::host::*;

use super::talk::{Host, LONG, Talk, active};
use crate::support::wait;

/// What is said before the connection ends.
fn last_words(talk: &mut Talk) -> Vec<HostOutgoing> {
    std::iter::from_fn(|| talk.line()).collect()
}

fn bad(said: &[HostOutgoing]) -> bool {
    matches!(said, [HostOutgoing::Refused { refusal, .. }] if refusal.kind == HostRefusalKind::BadRequest && !refusal.message.is_empty())
}

#[test]
fn garbage_gets_an_answer_in_words_and_the_end() {
    let host = Host::shell("exec sleep 1000");
    for garbage in [&b"x\n"[..], b"\n", b"{}\n", b"\xff\xfe\n", b"{\"id\":1,\"ask\":\"status\"}\n", b"[[[[\n"] {
        let mut talk = Talk::connect(&host.socket());
        talk.write(garbage).unwrap();
        let said = last_words(&mut talk);
        assert!(bad(&said), "{garbage:?}: {said:?}");
        let mut welcome = host.monitor();
        welcome.write(b"{\"id\":9,\"ask\":\"dance\"}\n").unwrap();
        let said = last_words(&mut welcome);
        assert!(bad(&said) && matches!(said[0], HostOutgoing::Refused { id: Some(9), .. }), "{said:?}");
    }
    let mut old = Talk::connect(&host.socket());
    let hello = HostHello { protocol: 99, cluster: None, client: "x".into() };
    assert_eq!(old.ask(HostAsk::Hello(hello)).unwrap_err().kind, HostRefusalKind::Protocol);
    assert_eq!(host.monitor().becomes(State::Inactive).state, State::Inactive);
}

#[test]
fn a_line_without_an_end_is_not_kept() {
    let host = Host::shell("exec sleep 1000");
    let mut talk = Talk::connect(&host.socket());
    let piece = vec![b'a'; 256 * 1024];
    // It is cut off before it has written all that.
    let written = (0..64).take_while(|_| talk.write(&piece).is_ok()).count();
    assert!(written < 64, "16 MB were taken");
    host.monitor().becomes(State::Inactive);
}

#[test]
fn there_is_place_for_many_and_one_more_is_told_so() {
    let host = Host::shell("exec sleep 1000");
    let mut silent: Vec<Talk> = (0..64).map(|_| host.monitor()).collect();
    let mut more: Vec<Talk> = (0..36).map(|_| Talk::connect(&host.socket())).collect();
    let said = more[0].line();
    assert!(matches!(&said, Some(HostOutgoing::Refused { refusal, .. }) if refusal.kind == HostRefusalKind::Busy), "{said:?}");
    assert_eq!(silent[63].becomes(State::Inactive).state, State::Inactive, "those who are in are served");
    drop((more, silent));
    wait::until("a place", LONG, || Talk::is_welcome(&host.socket()));
}

#[test]
fn too_many_open_questions_are_refused_and_a_client_that_does_not_read_is_cut_off() {
    let host = Host::shell("trap '' TERM; while :; do sleep 1; done");
    let mut talk = host.keeper(1);
    talk.started();
    let mut greedy = host.monitor();
    let settle = |number| {
        let claim = super::talk::claim(1, super::talk::LIFE);
        HostAsk::Settle(HostSettle { claim, number, process: active(), wait_ms: 0 })
    };
    let asked: Vec<u64> = (0..200).map(|_| greedy.begin(settle(0))).collect();
    assert!(asked.into_iter().all(|id| greedy.answer(id).map_or_else(|refusal| refusal.kind == HostRefusalKind::Busy, |_| true)));
    // Ask for much, and read nothing: the writing to it stops, and nobody else notices.
    let mut deaf = host.monitor();
    let line = format!("{}\n", serde_json::to_string(&HostIncoming { id: 1, ask: HostAsk::Status }).unwrap());
    let error = wait::until_some("the deaf client is cut off", LONG, || (0..100).find_map(|_| deaf.write(line.as_bytes()).err()));
    assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
    assert_eq!(talk.fact().state, State::Active);
}
