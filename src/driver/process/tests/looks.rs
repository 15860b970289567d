//! Looks with their signs of life, and what is told without being asked.

use super::*;
use crate::driver::Push;
use crate::wire::host::{ByHand, NotAfter};

const LENGTH: Duration = Duration::from_secs(10);

/// As if a look at `boot_ms` had been answered.
fn tell(hosts: &ProcessHosts, boot_ms: u64) {
    hosts.side(&name()).unwrap().lease(|lease| lease.tell(clock(boot_ms), false));
}

#[tokio::test(start_paused = true)]
async fn a_look_says_what_each_process_does_in_the_order_asked() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let services = [service("db"), service("app")];
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        let HostIncoming { id, ask: HostAsk::Look(look) } = peer.asked().await else { panic!("no look") };
        assert_eq!(look.processes, [process("db"), process("app")]);
        let facts = vec![fact(State::Failed), fact(State::Active)];
        peer.answer(id, HostAnswer::Looked { facts, clock: clock(2_000), deed: None }).await;
        assert_eq!(peer.look(3_000).await.processes, [], "one that carries nothing is watched all the same");
    };
    let asking = async {
        let facts = hosts.look(&host, &services, SOON).await.unwrap();
        let said: Vec<_> = facts.iter().map(|(s, f)| (s.to_string(), f.state, f.source)).collect();
        let expected = [("db", State::Failed), ("app", State::Active)];
        assert_eq!(said, expected.map(|(name, state)| (format!("{name}.process"), state, Source::Supervisor)));
        assert_eq!(hosts.look(&host, &[], SOON).await.unwrap(), []);
    };
    while_playing(asking, play).await;
}

#[tokio::test(start_paused = true)]
async fn a_sign_of_life_goes_with_looks_once_the_host_is_taken_and_holds_from_what_was_told() {
    let mut bench = bench(Some(LENGTH));
    let (hosts, host) = (bench.hosts.clone(), name());
    let services = [service("app")];
    let look = async |peer: &mut Peer, boot_ms| {
        let (looked, asked) = tokio::join!(hosts.look(&host, &services, SOON), peer.look(boot_ms));
        looked.unwrap();
        asked.lease
    };
    let looking = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        assert_eq!(peer.look(1_500).await.lease, None, "it was not taken by this life");
        peer
    };
    let (looked, mut watch) = tokio::join!(hosts.look(&host, &services, SOON), looking);
    looked.unwrap();
    let _acts = bench.taken(3, 2_000).await;

    let first = look(&mut watch, 4_000).await.unwrap();
    assert_eq!(first.claim, Claim { term: Term(3), identity: hosts.identity.clone() });
    assert_eq!((first.until, first.length_ms), (NotAfter { boot_id: "boot".into(), boot_ms: 11_500 }, 10_000));
    // Time goes by here, and the sign does not hold longer for it.
    tokio::time::advance(Duration::from_secs(5)).await;
    assert_eq!(look(&mut watch, 9_000).await.unwrap().until.boot_ms, 14_000);

    // An answer that nobody got does not make the next sign hold longer.
    let play = async {
        let HostIncoming { id, ask: HostAsk::Look(look) } = watch.asked().await else { panic!("no look") };
        assert_eq!(look.lease.unwrap().until.boot_ms, 19_000);
        tokio::time::sleep(Duration::from_secs(2)).await;
        watch.answer(id, HostAnswer::Looked { facts: vec![fact(State::Active)], clock: clock(10_000), deed: None }).await;
        let mut watch = bench.peer().await;
        watch.greet(12_000).await;
        watch
    };
    let asking = async {
        hosts.look(&host, &services, Duration::from_secs(1)).await.unwrap_err();
        // Waits for the greeting that `play` comes to.
        hosts.greeted(hosts.side(&host).unwrap(), &hosts.side(&host).unwrap().watch, None, Instant::now() + SOON).await.unwrap();
    };
    let ((), mut watch) = tokio::join!(asking, play);
    assert_eq!(look(&mut watch, 13_000).await.unwrap().until.boot_ms, 19_000, "from the last look that was answered");
    assert_eq!(look(&mut watch, 14_000).await.unwrap().until.boot_ms, 23_000);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_was_started_anew_gets_no_sign_that_is_over_already() {
    let mut bench = bench(Some(LENGTH));
    let (hosts, host) = (bench.hosts.clone(), name());
    let _acts = bench.taken(3, 2_000).await;
    tell(&hosts, 2_000);
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(30_000).await;
        assert_eq!(peer.look(30_500).await.lease, None, "it would stop everything at once");
        assert_eq!(peer.look(31_000).await.lease.unwrap().until.boot_ms, 40_500);
    };
    let asking = async {
        for _ in 0..2 {
            hosts.look(&host, &[service("app")], SOON).await.unwrap();
        }
    };
    while_playing(asking, play).await;
}

#[tokio::test(start_paused = true)]
async fn a_monitor_whose_sign_is_not_taken_still_looks() {
    let newer = Keeper { term: Term(9), identity: "other".into(), by_hand: None };
    for (kind, held) in [
        (HostRefusalKind::Term { keeper: newer }, None),
        (HostRefusalKind::NotTaken, None),
        (HostRefusalKind::OtherBoot, Some(Term(3))),
        (HostRefusalKind::Late, Some(Term(3))),
    ] {
        let mut bench = bench(Some(LENGTH));
        let (hosts, host) = (bench.hosts.clone(), name());
        let _acts = bench.taken(3, 2_000).await;
        tell(&hosts, 2_000);
        let play = async {
            let mut peer = bench.peer().await;
            peer.greet(2_000).await;
            let HostIncoming { id, ask: HostAsk::Look(look) } = peer.asked().await else { panic!("no look") };
            assert!(look.lease.is_some());
            peer.refuse(id, kind.clone()).await;
            assert_eq!(peer.look(2_500).await.lease, None);
        };
        let looked = while_playing(hosts.look(&host, &[service("app")], SOON), play).await.unwrap();
        assert_eq!(looked[0].1.state, State::Active);
        assert_eq!(hosts.side(&host).unwrap().held(), held, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_process_that_the_service_does_not_know_nothing_is_known_and_the_others_are_looked_at() {
    let mut bench = bench(Some(LENGTH));
    let (hosts, host) = (bench.hosts.clone(), name());
    let _acts = bench.taken(3, 1_000).await;
    tell(&hosts, 1_000);
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        for _ in 0..4 {
            let HostIncoming { id, ask: HostAsk::Look(look) } = peer.asked().await else { panic!("no look") };
            assert_eq!(look.disarm, None, "a self-stop is wanted");
            if look.processes.contains(&process("gone")) {
                peer.refuse(id, HostRefusalKind::NoProcess).await;
            } else {
                let facts = look.processes.iter().map(|_| fact(State::Active)).collect();
                peer.answer(id, HostAnswer::Looked { facts, clock: clock(2_000), deed: None }).await;
            }
        }
    };
    let looked = while_playing(hosts.look(&host, &[service("gone"), service("app")], SOON), play).await.unwrap();
    assert_eq!(looked.iter().map(|(_, fact)| fact.state).collect::<Vec<_>>(), [State::Unknown, State::Active]);
    assert!(!looked[0].1.state.proven_stopped() && looked[0].1.detail.contains("[processes.gone]"));
}

/// A watch over `app`, and the other end of it.
async fn followed(bench: &mut Bench) -> (Pushes, Peer) {
    let (hosts, host) = (bench.hosts.clone(), name());
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        let HostIncoming { id, ask: HostAsk::Follow { processes } } = peer.asked().await else { panic!("no follow") };
        assert_eq!(processes, [process("app")]);
        peer.answer(id, HostAnswer::Following).await;
        peer
    };
    let services = [service("app")];
    let (pushes, peer) = tokio::join!(hosts.pushed(&host, &services, SOON), play);
    (pushes.unwrap(), peer)
}

fn changed(name: &str, state: State) -> HostOutgoing {
    HostOutgoing::Changed { process: process(name), fact: fact(state) }
}

#[tokio::test(start_paused = true)]
async fn changes_are_told_as_they_come_until_the_service_ends() {
    let mut bench = bench(None);
    let (mut pushes, mut peer) = followed(&mut bench).await;
    peer.say(changed("db", State::Failed)).await;
    peer.say(changed("app", State::Stopping)).await;
    peer.say(changed("app", State::Inactive)).await;
    peer.say(HostOutgoing::Resync).await;
    for state in [State::Stopping, State::Inactive] {
        let Push::Changed { host, service: of, fact, .. } = pushes.next().await else { panic!("no change") };
        assert_eq!((host, of, fact.state, fact.source), (name(), service("app"), state, Source::Pushed));
    }
    assert!(matches!(pushes.next().await, Push::Resync { .. }));
    drop(peer);
    for _ in 0..2 {
        assert!(matches!(pushes.next().await, Push::Ended { why, .. } if why.contains("ended the connection")));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_listens_too_slowly_is_told_to_look() {
    let mut bench = bench(None);
    let (mut pushes, mut peer) = followed(&mut bench).await;
    for _ in 0..300 {
        peer.say(changed("app", State::Active)).await;
    }
    let (hosts, host, services) = (bench.hosts.clone(), name(), [service("app")]);
    let (looked, _) = tokio::join!(hosts.look(&host, &services, SOON), peer.look(1_500));
    looked.expect("a queue that is full holds nobody up");
    assert!(matches!(pushes.next().await, Push::Resync { .. }));
    assert!(matches!(pushes.next().await, Push::Changed { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_change_of_another_boot_is_not_believed() {
    let mut bench = bench(None);
    let (mut pushes, mut peer) = followed(&mut bench).await;
    let fact = Fact { boot_id: "another".into(), ..fact(State::Inactive) };
    peer.say(HostOutgoing::Changed { process: process("app"), fact }).await;
    assert!(matches!(pushes.next().await, Push::Ended { why, .. } if why.contains("another boot")));
}

#[tokio::test(start_paused = true)]
async fn a_survey_tells_what_the_service_does_not_know_each_once() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let standby = Service::Process(Process { mode: crate::core::model::ProcessMode::Standby, ..process("app") });
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        peer.status(2_000, None).await;
    };
    let survey = while_playing(hosts.survey(&host, &[service("app"), standby], SOON), play).await.unwrap();
    assert_eq!(survey.unknown, [process("app")]);
    assert!(survey.clock.ahead_ms < -1_000_000, "its wall clock stands at 1970: {:?}", survey.clock);
}

#[tokio::test(start_paused = true)]
async fn what_a_host_says_of_stopping_by_itself_counts_only_once_it_was_agreed_with_this_life() {
    let mut bench = bench(Some(LENGTH));
    let (hosts, host) = (bench.hosts.clone(), name());
    let _acts = bench.taken(3, 2_000).await;
    let own = Some(17_000);
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(2_000).await;
        for (boot_ms, signed) in [(2_500, false), (3_500, true)] {
            let HostIncoming { id, ask: HostAsk::Look(look) } = peer.asked().await else { panic!("no look") };
            assert_eq!((look.lease.is_some(), look.disarm), (signed, None));
            let facts = vec![Fact { self_stop_ms: own, ..fact(State::Active) }];
            peer.answer(id, HostAnswer::Looked { facts, clock: clock(boot_ms), deed: None }).await;
        }
    };
    let asking = async {
        let mut said = Vec::new();
        for _ in 0..2 {
            said.push(hosts.look(&host, &[service("app")], SOON).await.unwrap()[0].1.self_stop_ms);
        }
        assert_eq!(said, [None, own], "the first may be what a life of before has agreed on");
    };
    while_playing(asking, play).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_not_to_stop_by_itself_is_told_so_with_each_look_by_whoever_has_it() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let services = [service("app")];
    let play = async |peer: &mut Peer| peer.look(2_500).await.disarm;
    let (looked, first) = {
        let opening = async {
            let mut peer = bench.peer().await;
            peer.greet(2_000).await;
            let first = play(&mut peer).await;
            (peer, first)
        };
        tokio::join!(hosts.look(&host, &services, SOON), opening)
    };
    looked.unwrap();
    let (mut peer, first) = first;
    assert_eq!(first, None, "not before this life has taken it");
    let _acts = bench.taken(3, 3_000).await;
    let (looked, second) = tokio::join!(hosts.look(&host, &services, SOON), play(&mut peer));
    looked.unwrap();
    assert_eq!(second, Some(Claim { term: Term(3), identity: hosts.identity.clone() }));
}

#[tokio::test(start_paused = true)]
async fn a_look_at_a_host_that_a_person_has_operated_says_that_and_nothing_else() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let by = ByHand { who: "0 (root)".into(), reason: "dark".into(), what: "stop app.process".into(), at: jiff::Timestamp::UNIX_EPOCH };
    let keeper = Keeper { term: Term(4), identity: "0000000000000000".into(), by_hand: Some(by) };
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        let HostIncoming { id, ask: HostAsk::Look(_) } = peer.asked().await else { panic!("no look") };
        let facts = vec![fact(State::Inactive)];
        peer.answer(id, HostAnswer::Looked { facts, clock: clock(2_000), deed: Some(Box::new(keeper.clone())) }).await;
    };
    let error = while_playing(hosts.look(&host, &[service("app")], SOON), play).await.unwrap_err();
    assert_eq!(error.by_hand().first().map(|one| one.under), Some(Term(4)));
    assert!(error.host_answered(), "the host lives: {error}");
}
