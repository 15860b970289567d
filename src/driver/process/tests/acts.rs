//! Taking, acting and settling: what is sent, in which order, and what each end is worth.

use super::*;
use crate::wire::host::{ByHand, NotAfter};

fn keeper(term: u64, identity: &str) -> Keeper {
    Keeper { term: Term(term), identity: identity.to_owned(), by_hand: None }
}

#[tokio::test(start_paused = true)]
async fn an_act_takes_the_host_first_and_says_by_the_hosts_clock_until_when_it_may_begin() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        peer.status(5_000, None).await;
        let take = peer.take(5_005).await;
        assert_eq!(take.claim, Claim { term: Term(3), identity: hosts.identity.clone() });
        assert_eq!(take.not_after, NotAfter { boot_id: "boot".into(), boot_ms: 15_000 });
        let (id, act) = peer.act().await;
        assert_eq!((act.process, act.action, act.claim), (process("app"), Action::Stop, take.claim));
        assert_eq!(act.not_after.boot_ms, 15_005);
        assert_eq!(act.timeout_ms, 9_000, "the service comes to its end before we come to ours");
        peer.answer(id, done()).await;
    };
    let outcome = while_playing(hosts.act(permit(3), &stop("app", Duration::from_secs(10))), play).await;
    assert_eq!(outcome, Outcome::Done { detail: "app.process on a1: stopped in 5 ms".into() });
}

#[tokio::test(start_paused = true)]
async fn time_that_an_answer_took_is_never_given_to_an_act() {
    let mut bench = bench(Some(SOON));
    let hosts = bench.hosts.clone();
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(1_000).await;
        let HostIncoming { id, .. } = peer.asked().await;
        // Read at once, and four seconds on its way.
        tokio::time::sleep(Duration::from_secs(4)).await;
        peer.answer(id, HostAnswer::Status(taken_by(5_000, None))).await;
        let take = peer.take(9_100).await;
        assert_eq!(take.not_after.boot_ms, 11_000, "by then we have given up, whatever the way took");
        let (id, act) = peer.act().await;
        assert_eq!(act.not_after.boot_ms, 9_100 + 6_000);
        peer.answer(id, done()).await;
    };
    let outcome = while_playing(hosts.act(permit(3), &stop("app", Duration::from_secs(10))), play).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn numbers_grow_over_acts_and_settlings_and_a_host_is_taken_once() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let play = async {
        let mut numbers = Vec::new();
        for _ in 0..2 {
            peer.ours(2_000, &hosts, 3).await;
            let (id, act) = peer.act().await;
            numbers.push(act.number);
            peer.answer(id, done()).await;
            peer.ours(2_000, &hosts, 3).await;
            let (id, settle) = peer.settle().await;
            assert_eq!((settle.process, settle.wait_ms), (process("app"), 19_000));
            numbers.push(settle.number);
            peer.answer(id, HostAnswer::Settled { fact: fact(State::Inactive) }).await;
        }
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    };
    let asking = async {
        for _ in 0..2 {
            let act = stop("app", SOON);
            assert!(matches!(hosts.act(permit(3), &act).await, Outcome::Done { .. }));
            let settled = hosts.settle(&permit(3), &act.instance, SOON).await.unwrap();
            assert_eq!((settled.state, settled.source, settled.detail.as_str()), (State::Inactive, Source::Supervisor, "said [31m"));
        }
    };
    while_playing(asking, play).await;
}

#[tokio::test(start_paused = true)]
async fn a_host_that_is_held_and_answers_is_left_as_it_is_and_a_newer_keeper_is_told() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let ours = hosts.identity.clone();
    let host = name();
    while_playing(async { hosts.take(&host, Term(3), SOON).await.unwrap() }, peer.status(2_000, Some(keeper(3, &ours)))).await;

    let by = ByHand { who: "0 (root)".into(), reason: "dark\n".into(), what: "start app.process".into(), at: jiff::Timestamp::UNIX_EPOCH };
    let by_hand = Keeper { by_hand: Some(by), ..keeper(4, "0000000000000000") };
    let table = [(keeper(4, "other"), "term 4"), (keeper(3, "other"), "under the same term 3"), (by_hand, "by hand under term 4")];
    for (keeper, part) in table {
        let play = async {
            peer.status(2_000, Some(keeper.clone())).await;
            if keeper.by_hand.is_some() {
                return;
            }
            let HostIncoming { id, ask: HostAsk::Take(_) } = peer.asked().await else { panic!("no take") };
            peer.refuse(id, HostRefusalKind::Term { keeper: keeper.clone() }).await;
        };
        let error = while_playing(hosts.take(&host, Term(3), SOON), play).await.unwrap_err();
        assert!(error.to_string().contains(part) && error.host_answered(), "{error}");
        let by_hand = error.by_hand().first().map(|one| (one.under, one.deed.reason.as_str()));
        assert_eq!(by_hand, keeper.by_hand.is_some().then_some((Term(4), "dark")));
    }
    assert_eq!(hosts.side(&host).unwrap().held(), None);
}

#[tokio::test(start_paused = true)]
async fn nobody_acts_where_somebody_acted_by_hand_before_a_newer_term_says_that_this_was_heard() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let host = name();
    let by = ByHand { who: "0 (root)".into(), reason: "dark".into(), what: "stop app.process".into(), at: jiff::Timestamp::UNIX_EPOCH };
    let by_hand = Keeper { by_hand: Some(by), ..keeper(4, "0000000000000000") };
    let mut peer = None;
    // Our term is the newer one already: the service itself would not mind.
    let play = async {
        let peer = peer.insert(bench.peer().await);
        peer.greet(1_000).await;
        peer.status(1_000, Some(by_hand.clone())).await;
    };
    let outcome = while_playing(hosts.act(permit(6), &stop("app", SOON)), play).await;
    assert!(matches!(&outcome, Outcome::NotSent { detail } if detail.contains("by hand")), "{outcome:?}");
    let mut peer = peer.unwrap();
    // An act tells nobody who would remember, so taking it is refused, and again until the term is another one.
    for _ in 0..2 {
        let error = while_playing(hosts.take(&host, Term(6), SOON), peer.status(1_500, Some(by_hand.clone()))).await.unwrap_err();
        assert_eq!(error.by_hand().first().map(|one| one.under), Some(Term(4)));
    }
    let play = async {
        peer.status(2_000, Some(by_hand.clone())).await;
        peer.take(2_000).await;
    };
    while_playing(async { hosts.take(&host, Term(7), SOON).await.unwrap() }, play).await;
    assert_eq!(hosts.side(&host).unwrap().held(), Some(Term(7)));
}

#[tokio::test(start_paused = true)]
async fn a_kept_connection_that_is_dead_is_replaced_before_anything_is_sent() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    drop(bench.taken(3, 1_000).await);
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(2_000).await;
        peer.ours(2_000, &hosts, 3).await;
        let (id, _) = peer.act().await;
        peer.answer(id, done()).await;
    };
    let outcome = while_playing(hosts.act(permit(3), &stop("app", SOON)), play).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "taken already, by this very life: {outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_has_lost_its_record_is_taken_again_and_gets_the_act_once_more() {
    let mut bench = bench(Some(SOON));
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let play = async {
        peer.ours(2_000, &hosts, 3).await;
        let (id, first) = peer.act().await;
        peer.refuse(id, HostRefusalKind::NotTaken).await;
        peer.status(2_000, None).await;
        peer.take(2_000).await;
        let (id, second) = peer.act().await;
        assert!(second.number > first.number);
        peer.answer(id, done()).await;
        peer.ours(2_000, &hosts, 3).await;
        let (id, _) = peer.settle().await;
        peer.refuse(id, HostRefusalKind::NotTaken).await;
        peer.status(2_000, None).await;
        peer.take(2_000).await;
        let (id, _) = peer.settle().await;
        peer.refuse(id, HostRefusalKind::NotTaken).await;
    };
    let asking = async {
        let act = stop("app", SOON);
        let outcome = hosts.act(permit(3), &act).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        let error = hosts.settle(&permit(3), &act.instance, SOON).await.unwrap_err();
        assert!(error.to_string().contains("refused while settling"), "not for ever: {error}");
    };
    while_playing(asking, play).await;
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_was_not_done() {
    let refusals = [
        HostRefusalKind::Late,
        HostRefusalKind::Superseded,
        HostRefusalKind::OtherBoot,
        HostRefusalKind::Busy,
        HostRefusalKind::Record,
        HostRefusalKind::Term { keeper: keeper(9, "other") },
    ];
    for kind in refusals {
        let mut bench = bench(None);
        let hosts = bench.hosts.clone();
        let mut peer = bench.taken(3, 1_000).await;
        let play = async {
            peer.ours(2_000, &hosts, 3).await;
            let (id, _) = peer.act().await;
            peer.refuse(id, kind.clone()).await;
        };
        let outcome = while_playing(hosts.act(permit(3), &stop("app", SOON)), play).await;
        let Outcome::NotSent { detail } = outcome else { panic!("{kind:?}: {outcome:?}") };
        assert!(detail.contains("nothing was done"), "{detail}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_is_not_in_its_configuration_is_named_with_what_to_do() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let play = async {
        peer.ours(2_000, &hosts, 3).await;
        let (id, _) = peer.act().await;
        peer.refuse(id, HostRefusalKind::NoProcess).await;
    };
    let outcome = while_playing(hosts.act(permit(3), &stop("app", SOON)), play).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }) && outcome.detail().contains("add [processes.app]"), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn an_act_whose_connection_is_lost_is_unknown_and_settled_over_another() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let act = stop("app", SOON);
    let play = async {
        peer.ours(2_000, &hosts, 3).await;
        let (_, act) = peer.act().await;
        drop(peer);
        act.number
    };
    let (outcome, number) = tokio::join!(hosts.act(permit(3), &act), play);
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    let play = async {
        let mut peer = bench.peer().await;
        peer.greet(3_000).await;
        peer.ours(3_000, &hosts, 3).await;
        let (id, settle) = peer.settle().await;
        assert!(settle.number > number);
        peer.answer(id, HostAnswer::Settled { fact: fact(State::Stopping) }).await;
    };
    let settled = while_playing(hosts.settle(&permit(3), &act.instance, SOON), play).await.unwrap();
    assert_eq!(settled.state, State::Stopping);
}

#[tokio::test(start_paused = true)]
async fn an_act_without_an_answer_is_unknown_when_its_time_is_over_and_not_later() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let began = Instant::now();
    let play = async {
        peer.ours(2_000, &hosts, 3).await;
        peer.act().await;
    };
    let outcome = while_playing(hosts.act(permit(3), &stop("app", Duration::from_secs(7))), play).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    assert_eq!(began.elapsed(), Duration::from_secs(7));
}

#[tokio::test(start_paused = true)]
async fn nothing_was_sent_where_the_host_service_cannot_be_reached() {
    let bench = bench(None);
    let socket = "/run/socket".to_owned();
    *bench.made.refuses.lock().unwrap() = Some(DriverError::NoHostService { host: name(), socket, reason: "connect failed".into() });
    let outcome = bench.hosts.act(permit(3), &stop("app", SOON)).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }) && outcome.detail().contains("systemctl status switchtower-host"), "{outcome:?}");
    let unit = Service::Power;
    let error = bench.hosts.settle(&permit(3), &Instance { host: name(), service: unit }, SOON).await.unwrap_err();
    assert!(matches!(error, DriverError::NotSupervised { .. }));
}

#[tokio::test(start_paused = true)]
async fn of_two_acts_each_gets_its_own_answer_whichever_comes_first() {
    let mut bench = bench(None);
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let play = async {
        peer.ours(2_000, &hosts, 3).await;
        peer.ours(2_000, &hosts, 3).await;
        let (one, other) = (peer.act().await, peer.act().await);
        assert!(one.1.number < other.1.number, "in the order in which they are sent");
        for (id, act) in [other, one] {
            let detail = format!("{} is down", act.process.name);
            peer.answer(id, HostAnswer::Acted(HostOutcome::Failed { detail })).await;
        }
    };
    let (app, db) = (stop("app", SOON), stop("db", SOON));
    let asking = async { tokio::join!(hosts.act(permit(3), &app), hosts.act(permit(3), &db)) };
    let (app, db) = while_playing(asking, play).await;
    assert_eq!(app, Outcome::Failed { detail: "app.process on a1: app is down".into() });
    assert_eq!(db, Outcome::Failed { detail: "db.process on a1: db is down".into() });
}

#[tokio::test(start_paused = true)]
async fn what_is_started_on_a_host_that_is_counted_on_to_stop_by_itself_is_started_under_that_lease_alone() {
    let mut bench = bench(Some(Duration::from_secs(10)));
    let hosts = bench.hosts.clone();
    let mut peer = bench.taken(3, 1_000).await;
    let start = Act { action: Action::Start, ..stop("app", SOON) };
    let tell = |signed| hosts.side(&name()).unwrap().lease(|lease| lease.tell(clock(1_000), signed));
    for (told, forgotten, wanted) in [(false, false, None), (true, false, Some(10_000)), (true, true, Some(10_000)), (false, false, None)] {
        tell(told);
        if forgotten {
            hosts.side(&name()).unwrap().lease(super::super::lease::Lease::forget);
        }
        for (act, wanted) in [(&start, wanted), (&stop("app", SOON), None)] {
            let play = async {
                peer.ours(2_000, &hosts, 3).await;
                let (id, asked) = peer.act().await;
                assert_eq!(asked.lease_ms, wanted, "{told} {forgotten} {:?}", act.action);
                peer.answer(id, done()).await;
            };
            assert!(matches!(while_playing(hosts.act(permit(3), act), play).await, Outcome::Done { .. }));
        }
    }
    // A service that was started anew: a look brings the sign of life, or does not.
    tell(true);
    for (refusals, good) in [(3, true), (25, false)] {
        let play = async {
            for _ in 0..refusals {
                peer.ours(2_000, &hosts, 3).await;
                let (id, _) = peer.act().await;
                peer.refuse(id, HostRefusalKind::NoLease).await;
            }
            peer.ours(2_000, &hosts, 3).await;
            let (id, _) = peer.act().await;
            if good { peer.answer(id, done()).await } else { peer.refuse(id, HostRefusalKind::NoLease).await }
        };
        let outcome = while_playing(hosts.act(permit(3), &start), play).await;
        let as_expected = if good { matches!(outcome, Outcome::Done { .. }) } else { matches!(outcome, Outcome::NotSent { .. }) };
        assert!(as_expected, "{outcome:?}");
    }
}
