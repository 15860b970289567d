//! Host services that say nothing, nonsense, or something that cannot be true.

use super::*;
use crate::core::fact::MissKind;

/// What a look comes to when its answer is `said` by hand.
async fn looked(said: impl AsyncFnOnce(&mut Peer, u64)) -> (DriverError, Duration) {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        let HostIncoming { id, .. } = peer.asked().await;
        said(&mut peer, id).await;
        // Until it is hung up on, or nobody waits any more.
        let _ = tokio::time::timeout(SOON * 2, peer.from.read_line(&mut String::new())).await;
    };
    let began = Instant::now();
    let services = [service("app")];
    let asking = async {
        let looked = hosts.look(&host, &services, SOON).await;
        (looked.unwrap_err(), began.elapsed())
    };
    while_playing(asking, play).await
}

#[tokio::test(start_paused = true)]
async fn silence_is_silence_and_costs_its_time() {
    let (error, took) = looked(async |_, _| ()).await;
    assert!(matches!(error, DriverError::Deadline { .. }) && error.miss().kind == MissKind::Silent, "{error}");
    assert_eq!(took, SOON);
}

#[tokio::test(start_paused = true)]
async fn nonsense_ends_the_look_at_once_and_the_host_lives() {
    let looks: Vec<(DriverError, Duration)> = vec![
        looked(async |peer, _| peer.write(b"{}\n").await).await,
        looked(async |peer, _| peer.write(b"\xff\xfe\n").await).await,
        looked(async |peer, _| peer.write(b"Welcome to a1!\n").await).await,
        looked(async |peer, _| {
            for _ in 0..=HOST_MAX_LINE / 1024 {
                peer.write(&[b'x'; 1024]).await;
            }
        })
        .await,
        looked(async |peer, id| peer.answer(id + 7, HostAnswer::Following).await).await,
        looked(async |peer, id| peer.answer(id, HostAnswer::Following).await).await,
        looked(async |peer, id| peer.answer(id, HostAnswer::Looked { facts: Vec::new(), clock: clock(1), deed: None }).await).await,
        looked(async |peer, id| {
            let facts = vec![Fact { boot_id: "another".into(), ..fact(State::Inactive) }];
            peer.answer(id, HostAnswer::Looked { facts, clock: clock(1), deed: None }).await;
        })
        .await,
    ];
    for (error, took) in looks {
        assert!(matches!(error, DriverError::ServiceAnswer { .. }) && error.miss().kind == MissKind::Broken, "{error}");
        assert_eq!(took, Duration::ZERO, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_hangs_up_has_not_answered_and_its_host_lives() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        peer.asked().await;
    };
    let error = while_playing(async { hosts.look(&host, &[service("app")], SOON).await.unwrap_err() }, play).await;
    assert!(matches!(error, DriverError::NoHostService { .. }) && error.host_answered(), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_service_of_another_version_or_cluster_is_told_so() {
    let other = ClusterName::new("other").unwrap();
    let welcome =
        |protocol, cluster: &ClusterName| HostAnswer::Welcome { protocol, version: "9".into(), cluster: cluster.clone(), clock: clock(1) };
    for (answer, part) in
        [(welcome(2, &cluster()), "speaks protocol 2"), (welcome(1, &other), "it serves other"), (HostAnswer::Following, "did not greet")]
    {
        let mut bench = bench(None);
        let (hosts, host) = (bench.hosts.clone(), name());
        let play = async {
            let mut peer = bench.peer().await;
            let HostIncoming { id, .. } = peer.asked().await;
            peer.answer(id, answer).await;
        };
        let error = while_playing(async { hosts.look(&host, &[], SOON).await.unwrap_err() }, play).await;
        assert!(error.to_string().contains(part) && error.host_answered(), "{error}");
    }
    for (kind, part) in [(HostRefusalKind::Protocol, "same version"), (HostRefusalKind::OtherCluster, "not of cluster shop")] {
        let mut bench = bench(None);
        let (hosts, host) = (bench.hosts.clone(), name());
        let play = async {
            let mut peer = bench.peer().await;
            peer.asked().await;
            // One that cannot read the question cannot repeat its number.
            let refusal = HostRefusal { kind, message: "it is so".into() };
            peer.say(HostOutgoing::Refused { id: None, refusal }).await;
        };
        let error = while_playing(async { hosts.look(&host, &[], SOON).await.unwrap_err() }, play).await;
        assert!(error.to_string().contains(part) && error.host_answered(), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_late_belongs_to_nobody_and_the_next_look_has_a_connection_of_its_own() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let second = Duration::from_secs(1);
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        let HostIncoming { id, .. } = peer.asked().await;
        tokio::time::sleep(second * 2).await;
        peer.answer(id, HostAnswer::Looked { facts: vec![fact(State::Inactive)], clock: clock(1_001), deed: None }).await;
        let mut peer = bench.peer().await;
        peer.greet(4_000).await;
        peer.look(4_000).await;
    };
    let asking = async {
        let services = [service("app")];
        hosts.look(&host, &services, second).await.unwrap_err();
        hosts.look(&host, &services, SOON).await.unwrap()
    };
    let facts = while_playing(asking, play).await;
    assert_eq!(facts[0].1.state, State::Active, "not what was said of old");
}

#[tokio::test(start_paused = true)]
async fn a_host_that_was_heard_meanwhile_is_not_silent() {
    let bench = bench(None);
    *bench.made.heard.lock().unwrap() = true;
    for error in [
        bench.hosts.look(&name(), &[service("app")], SOON).await.unwrap_err(),
        bench.hosts.pushed(&name(), &[service("app")], SOON).await.unwrap_err(),
    ] {
        assert!(matches!(error, DriverError::HeardMeanwhile { .. }), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_act_is_never_done_for_an_answer_of_another_kind() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let play = async {
        peer.ours(2_000, &hosts, 3).await;
        let (id, _) = peer.act().await;
        peer.answer(id, HostAnswer::Settled { fact: fact(State::Inactive) }).await;
    };
    let outcome = while_playing(hosts.act(permit(3), &stop("app", SOON)), play).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_answers_nothing_is_not_asked_without_bound() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        for _ in 0..crate::wire::host::HOST_OPEN {
            peer.asked().await;
        }
        let more = tokio::time::timeout(Duration::from_secs(1), peer.asked()).await;
        assert!(more.is_err(), "{more:?}");
        tokio::time::sleep(SOON).await;
    };
    let asking = async {
        let services = [service("app")];
        let looks = (0..100).map(|_| hosts.look(&host, &services, Duration::from_secs(5)));
        let looks = futures_util::future::join_all(looks).await;
        assert!(looks.iter().all(|look| look.as_ref().is_err_and(DriverError::is_silence)));
    };
    while_playing(asking, play).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_stops_waiting_early_takes_the_connection_from_nobody() {
    let mut bench = bench(None);
    let (hosts, host) = (bench.hosts.clone(), name());
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        let HostIncoming { id, .. } = peer.asked().await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        peer.answer(id, HostAnswer::Looked { facts: vec![fact(State::Inactive)], clock: clock(1_001), deed: None }).await;
        peer.look(3_000).await;
        assert!(bench.peers.try_recv().is_err(), "the same connection goes on");
    };
    let asking = async {
        let services = [service("app")];
        let gone = tokio::time::timeout(Duration::from_secs(1), hosts.look(&host, &services, SOON)).await;
        assert!(gone.is_err());
        tokio::time::sleep(Duration::from_secs(2)).await;
        hosts.look(&host, &services, SOON).await.unwrap()
    };
    let facts = while_playing(asking, play).await;
    assert_eq!(facts[0].1.state, State::Active);
}
