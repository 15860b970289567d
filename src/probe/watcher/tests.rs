//! The watcher against hosts that answer, hang or make its own task die, with the runtime's clock in the test's hand.

mod many;

use super::*;
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{Instance, UnitName};
use crate::core::permit::Permit;
use crate::core::record::Term;
use crate::driver::{Act, DriverError, Held, Outcome, Pushes};
use crate::ssh::Knock;
use async_trait::async_trait;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Host `well` answers; `slow` does after a second; `hung` never does; `odd` makes its first look die. The kernels of `slow`
/// and `off` say nothing to a new connection, that of `busy` does; neither of the last two answers a look.
#[derive(Default)]
struct Made {
    looks: AtomicUsize,
    deaths: AtomicUsize,
}

#[async_trait]
impl Hosts for Made {
    async fn take(&self, _: &HostName, _: Term, _: Duration) -> Result<Held, DriverError> {
        unreachable!("a watcher takes no host")
    }

    async fn act(&self, _: Permit, _: &Act) -> Outcome {
        unreachable!("a watcher does not act")
    }

    async fn settle(&self, _: &Permit, _: &Instance, _: Duration) -> Result<Fact, DriverError> {
        unreachable!("a watcher does not settle")
    }

    async fn look(&self, host: &HostName, services: &[Service], deadline: Duration) -> Result<Vec<(Service, Fact)>, DriverError> {
        match host.as_str() {
            "hung" | "off" | "busy" => {
                sleep(deadline).await;
                Err(DriverError::Deadline { host: host.clone(), stage: "looking", after: deadline })
            }
            "odd" if self.deaths.fetch_add(1, Ordering::Relaxed) == 0 => panic!("made to die"),
            name => {
                if name == "slow" {
                    sleep(Duration::from_secs(1)).await;
                }
                self.looks.fetch_add(1, Ordering::Relaxed);
                let fact = Fact {
                    state: State::Active,
                    invocation: None,
                    detail: "running".into(),
                    enablement: String::new(),
                    source: Source::Asked,
                    boot_id: "b".into(),
                    self_stop_ms: None,
                };
                Ok(services.iter().map(|s| (s.clone(), fact.clone())).collect())
            }
        }
    }

    async fn knock(&self, host: &HostName, patience: Duration) -> Knock {
        match host.as_str() {
            "slow" | "off" => {
                sleep(patience).await;
                Knock::Silent
            }
            "busy" => Knock::Lives,
            _ => Knock::NotTried { why: "nobody can".into() },
        }
    }

    async fn pushed(&self, host: &HostName, _: &[Service], _: Duration) -> Result<Pushes, DriverError> {
        Err(DriverError::MissingTool { host: host.clone(), tool: "systemd-stdio-bridge".into() })
    }
}

fn watched(names: &[&str]) -> (Watcher, mpsc::Receiver<Observation>) {
    let service = Service::Systemd(UnitName::new("app.service").unwrap());
    let services = names.iter().map(|name| (HostName::new(*name).unwrap(), vec![service.clone()])).collect();
    let hosts: Arc<dyn Hosts> = Arc::new(Made::default());
    Watcher::start(&hosts, services, &WatcherOptions::every(Duration::from_secs(2)))
}

#[tokio::test(start_paused = true)]
async fn a_host_that_hangs_delays_no_other_and_is_told_as_silent() {
    let (watcher, mut observations) = watched(&["hung", "well"]);
    let began = Instant::now();
    let mut well = Vec::new();
    while well.len() < 4 {
        let observation = observations.recv().await.unwrap();
        match observation.host.as_str() {
            "well" => well.push(began.elapsed().as_secs()),
            _ => assert!(observation.outcome.unwrap_err().why.contains("no answer within")),
        }
    }
    assert_eq!(well, [0, 2, 4, 6], "the first look is at once, then one an interval");
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_refresh_waits_for_every_host_that_answers_and_names_those_that_do_not() {
    let (watcher, mut observations) = watched(&["hung", "well"]);
    assert!(observations.recv().await.unwrap().outcome.is_ok());
    let began = Instant::now();
    let missing = watcher.refresh(Duration::from_millis(500)).await;
    assert_eq!(missing.iter().map(HostName::as_str).collect::<Vec<_>>(), ["hung"]);
    assert_eq!(began.elapsed(), Duration::from_millis(500));
    let fresh = observations.try_recv().unwrap();
    assert_eq!((fresh.host.as_str(), fresh.cause), ("well", Cause::Asked));
}

#[tokio::test(start_paused = true)]
async fn one_look_answers_all_that_asked_before_it_began_and_nobody_else() {
    let (watcher, mut observations) = watched(&["slow"]);
    let began = Instant::now();
    sleep(Duration::from_millis(500)).await;
    // The first look is under way, and says nothing to those who ask now.
    let asking = futures_util::future::join_all((0..100).map(|_| watcher.refresh(Duration::from_secs(5))));
    assert!(asking.await.iter().all(BTreeSet::is_empty));
    assert_eq!(began.elapsed(), Duration::from_secs(2));
    assert_eq!(observations.try_recv().unwrap().cause, Cause::Interval);
    assert_eq!(observations.try_recv().unwrap().cause, Cause::Asked);
    assert!(observations.try_recv().is_err(), "two looks in all");
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_task_that_dies_is_told_and_starts_again() {
    let (_watcher, mut observations) = watched(&["odd"]);
    assert!(observations.recv().await.unwrap().outcome.unwrap_err().why.contains("died"));
    assert!(observations.recv().await.unwrap().outcome.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_stopped_watcher_says_nothing_more_even_when_nobody_listened() {
    let (watcher, mut observations) = watched(&["well"]);
    observations.recv().await.unwrap();
    watcher.stop().await;
    while let Some(observation) = observations.recv().await {
        assert!(observation.outcome.is_ok(), "only what was waiting");
    }
}

/// A host watched every quarter of a second, silent after 600 ms, with who is told of suspects.
fn watched_closely(name: &str) -> (Watcher, mpsc::Receiver<Observation>, mpsc::Receiver<HostName>) {
    let hosts: Arc<dyn Hosts> = Arc::new(Made::default());
    let services = BTreeMap::from([(HostName::new(name).unwrap(), Vec::new())]);
    let (suspects, suspected) = mpsc::channel(8);
    let options = WatcherOptions::watching(Duration::from_millis(250), Duration::from_millis(600), suspects);
    let (watcher, observations) = Watcher::start(&hosts, services, &options);
    (watcher, observations, suspected)
}

#[tokio::test(start_paused = true)]
async fn a_host_that_says_nothing_to_a_look_nor_to_a_new_connection_has_missed_two_looks_when_its_silence_is_over() {
    let began = Instant::now();
    let (_watcher, mut observations, mut suspected) = watched_closely("off");
    assert_eq!(suspected.recv().await.unwrap().as_str(), "off");
    assert_eq!(began.elapsed(), Duration::from_millis(200), "others are asked after a third of it");
    for _ in 0..2 {
        let miss = observations.recv().await.unwrap().outcome.unwrap_err();
        assert_eq!((miss.kind, began.elapsed()), (MissKind::Silent, Duration::from_millis(600)), "{miss:?}");
        assert!(miss.why.contains("nor to a new connection"), "{miss:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_whose_kernel_takes_connections_or_cannot_be_asked_has_the_whole_time_for_a_look() {
    for name in ["busy", "hung"] {
        let began = Instant::now();
        let (_watcher, mut observations, mut suspected) = watched_closely(name);
        assert_eq!(suspected.recv().await.unwrap().as_str(), name);
        let seen = observations.recv().await.unwrap();
        assert_eq!(began.elapsed(), PATIENCE, "{name}");
        assert!(!seen.outcome.unwrap_err().why.contains("new connection"), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_after_its_host_was_called_silent_takes_that_back_and_the_host_is_looked_at_again_at_once() {
    let (_watcher, mut observations, _suspected) = watched_closely("slow");
    let began = Instant::now();
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(observations.recv().await.unwrap());
    }
    assert_eq!(seen.iter().map(|one| one.outcome.is_ok()).collect::<Vec<_>>(), [false, false, true]);
    assert!(seen[2].at >= seen[1].at, "or it would take nothing back");
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    let again = observations.recv().await.unwrap();
    assert_eq!(again.at, began.into_std() + Duration::from_secs(1));
}
