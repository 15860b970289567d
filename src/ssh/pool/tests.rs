use super::*;
use crate::ssh::server::tests::Stage;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

fn pool() -> Pool {
    Pool::new(Options { config_file: Some("none".into()), use_agent: false, ..Options::default() })
}

fn asks(pool: &Pool, target: &Target) -> tokio::task::JoinHandle<Made> {
    let (pool, target) = (pool.clone(), target.clone());
    tokio::spawn(async move { pool.get(&target).await })
}

/// Waits for something to become true, for ten seconds at most.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = std::time::Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(10), "in vain for: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_connect_that_waits_for_its_turn_is_not_begun_anew_for_one_who_gives_up() {
    let stage = Stage::start().await;
    let (pool, target) = (pool(), stage.target("id"));
    let busy = pool.shared.all.acquire_many(u32::try_from(AT_ALL).unwrap()).await.unwrap();
    let patient = asks(&pool, &target);
    let attempt = |pool: &Pool| match pool.shared.kept().get(&target) {
        Some(Kept::Connecting(attempt)) if attempt.is_waited_for() => Some(attempt.id),
        _ => None,
    };
    until("somebody waits", || attempt(&pool).is_some()).await;
    let first = attempt(&pool);
    pool.drop_connection(&target).await;
    assert_eq!(attempt(&pool), first, "it goes on, for whoever still waits and for whoever asks next");
    let next = asks(&pool, &target);
    drop(busy);
    let (patient, next) = (patient.await.unwrap().unwrap(), next.await.unwrap().unwrap());
    assert!(Arc::ptr_eq(&patient, &next));
}

#[tokio::test]
async fn a_connect_for_its_turn_that_nobody_waits_for_is_given_up() {
    let stage = Stage::start().await;
    let (pool, target) = (pool(), stage.target("id"));
    let _busy = pool.shared.all.acquire_many(u32::try_from(AT_ALL).unwrap()).await.unwrap();
    let gone = asks(&pool, &target);
    until("it is begun", || pool.shared.kept().contains_key(&target)).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    pool.drop_connection(&target).await;
    assert!(pool.shared.kept().is_empty());
}

#[tokio::test]
async fn whoever_waits_for_a_slow_connect_gets_the_one_that_was_faster_and_the_slow_one_ends() {
    let stage = Stage::start().await;
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = front.local_addr().unwrap().port();
    let known = std::fs::read_to_string(stage.path("known_hosts")).unwrap();
    std::fs::write(stage.path("known_hosts"), known.replace(&format!(":{}", stage.port), &format!(":{port}"))).unwrap();
    let (pool, target) = (pool(), Target { port: Some(port), ..stage.target("id") });
    let slow = asks(&pool, &target);
    let (mut held, _) = front.accept().await.unwrap();
    // Dropped meanwhile; the next one is a new one.
    pool.shared.kept().remove(&target);
    let fast = asks(&pool, &target);
    let (mut quick, _) = front.accept().await.unwrap();
    let mut behind = TcpStream::connect(("127.0.0.1", stage.port)).await.unwrap();
    let relay = tokio::spawn(async move { tokio::io::copy_bidirectional(&mut quick, &mut behind).await });
    let fast = fast.await.unwrap().unwrap();
    assert!(!slow.is_finished());
    let mut behind = TcpStream::connect(("127.0.0.1", stage.port)).await.unwrap();
    let late = tokio::spawn(async move { tokio::io::copy_bidirectional(&mut held, &mut behind).await });
    let slow = slow.await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&slow, &fast) && !fast.is_closed());
    // Whatever the relay says of it: the connection behind it is over.
    let ended = tokio::time::timeout(Duration::from_secs(10), late).await;
    assert!(ended.is_ok(), "two are kept");
    relay.abort();
}
