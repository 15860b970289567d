//! Many hosts: each at its own moment, once an interval, and bounded where nobody listens.

use super::*;
use std::collections::BTreeMap;

const INTERVAL: Duration = Duration::from_secs(2);

fn forty() -> (Watcher, mpsc::Receiver<Observation>) {
    let names: Vec<String> = (0..40).map(|n| format!("h{n:02}")).collect();
    watched(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

#[tokio::test(start_paused = true)]
async fn each_of_many_hosts_is_looked_at_once_an_interval_and_not_all_at_the_same_time() {
    let (watcher, mut observations) = forty();
    let began = Instant::now();
    let mut looks: BTreeMap<HostName, Vec<Duration>> = BTreeMap::new();
    while began.elapsed() < INTERVAL * 12 {
        let observation = observations.recv().await.unwrap();
        looks.entry(observation.host).or_default().push(Instant::from_std(observation.at).duration_since(began));
    }
    assert_eq!(looks.len(), 40);
    let mut moments = BTreeSet::new();
    for (host, at) in &looks {
        assert_eq!(at[0], Duration::ZERO, "{host}: the first look is at once");
        let gaps: Vec<u128> = at[1..].windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect();
        assert!(gaps.len() >= 9 && gaps.iter().all(|gap| gap.abs_diff(INTERVAL.as_millis()) <= 2), "{host}: {gaps:?}");
        moments.insert((at[1].as_millis() % INTERVAL.as_millis()) / 50);
    }
    assert_eq!(moments.len(), 40, "each has its own moment: {moments:?}");
    let read = watcher.lateness().read();
    assert!(read.looks >= 40 * 11 && read.overdue == 0 && read.within[0] == read.looks, "{read:?}");
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_look_that_somebody_asks_for_does_not_bring_them_together_again() {
    let (watcher, mut observations) = forty();
    let next = async |observations: &mut mpsc::Receiver<Observation>, until: Instant| {
        let mut moments = BTreeSet::new();
        while let Ok(Some(observation)) = timeout_at(until, observations.recv()).await {
            if observation.cause == Cause::Interval {
                moments.insert(Instant::from_std(observation.at));
            }
        }
        moments
    };
    next(&mut observations, Instant::now() + INTERVAL * 2).await;
    assert!(watcher.refresh(Duration::from_secs(1)).await.is_empty());
    let moments = next(&mut observations, Instant::now() + INTERVAL * 2).await;
    assert!(moments.len() >= 40, "{} moments for 40 hosts", moments.len());
    watcher.stop().await;
}

#[tokio::test(start_paused = true)]
async fn where_nobody_listens_looks_wait_and_are_counted_as_late() {
    let (watcher, observations) = forty();
    sleep(INTERVAL * 200).await;
    assert_eq!(observations.len(), WAITING);
    let before = watcher.lateness().read();
    drop(observations);
    sleep(INTERVAL).await;
    assert!(before.looks < 40 * 30, "{before:?}");
    watcher.stop().await;
}
