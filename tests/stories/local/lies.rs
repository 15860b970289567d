//! Hosts whose SSH lies, hangs or floods: such a host costs its own time only, is called neither up nor down, and is
//! believed again as soon as it is honest.

use crate::support::liar::{Answers, Door, Liar, Reply};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use switchtower::core::fact::{MissKind, State};
use switchtower::core::health::{Health, HostSignals, Own, judge_host};
use switchtower::core::model::{ClusterName, HostName, Service, UnitName};
use switchtower::driver::{Hosts, Options, SystemdHosts};
use switchtower::probe::{Observation, Watcher, WatcherOptions};
use switchtower::ssh::{self, Pool, Target};
use tokio::sync::mpsc::Receiver;

const SOON: Duration = Duration::from_secs(30);
/// Looks, and so their deadlines.
const INTERVAL: Duration = Duration::from_millis(700);
const BOOT: &str = "11111111-1111-4111-8111-111111111111";
const OTHER_BOOT: &str = "22222222-2222-4222-8222-222222222222";
const RUNS: &str = "LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\n";

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

/// The nonce of a question: the last word of 32 hexadecimal digits.
fn nonce(line: &str) -> String {
    let mut words = line.split(|c: char| !c.is_ascii_hexdigit());
    words.rfind(|word| word.len() == 32).unwrap_or_default().to_owned()
}

/// Says this to the question for the bridge, and this to `systemctl show`; both get the nonce.
fn says(watch: impl Fn(&str) -> Reply + Send + Sync + 'static, show: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Answers {
    Arc::new(move |line| {
        if line.contains("SWITCHTOWER-WATCH") {
            watch(&nonce(line))
        } else if line.contains("SWITCHTOWER-SHOW") {
            show(&nonce(line))
        } else {
            Reply::End(Vec::new(), 0)
        }
    })
}

fn no_bridge(nonce: &str) -> Reply {
    Reply::End(format!("SWITCHTOWER-WATCH refused {nonce} tool systemd-stdio-bridge\n").into_bytes(), 3)
}

fn shows(nonce: &str, boot: &str) -> Reply {
    Reply::End(format!("SWITCHTOWER-SHOW ok {nonce} {boot} 4711\n{RUNS}").into_bytes(), 0)
}

/// A bridge that opens and says these bytes.
fn bridge(nonce: &str, then: &[u8]) -> Reply {
    Reply::Stay([format!("SWITCHTOWER-WATCH ok {nonce} {BOOT} 4711\n").as_bytes(), then].concat())
}

/// A host without the bridge whose service runs.
fn honest() -> Answers {
    says(no_bridge, |nonce| shows(nonce, BOOT))
}

/// A liar called `a1` and an honest host `b1`, both watched.
struct Story {
    liar: Liar,
    _honest: Liar,
    _watcher: Watcher,
    seen: Receiver<Observation>,
}

impl Story {
    /// Begins when both have answered.
    async fn begin() -> Self {
        let (liar, honest) = (Liar::start(self::honest()).await, Liar::start(self::honest()).await);
        let target = |liar: &Liar| Target {
            port: Some(liar.port),
            user: Some("root".to_owned()),
            identity_files: vec![liar.path("id")],
            known_hosts: vec![liar.path("known_hosts")],
            ..Target::new("127.0.0.1")
        };
        let targets = BTreeMap::from([(host("a1"), target(&liar)), (host("b1"), target(&honest))]);
        let connect_timeout = Duration::from_secs(3);
        let pool = Pool::new(ssh::Options { config_file: Some("none".into()), use_agent: false, connect_timeout, ..Default::default() });
        // The bridge is asked for anew at every look, so that both ways of looking are lied to.
        let options = Options { bridge_retry: Duration::ZERO, ..Options::default() };
        let hosts: Arc<dyn Hosts> = Arc::new(SystemdHosts::new(Arc::new(pool), targets, ClusterName::new("ops").unwrap(), options));
        let service = Service::Systemd(UnitName::new("app.service").unwrap());
        let services = ["a1", "b1"].map(|name| (host(name), vec![service.clone()]));
        let (watcher, seen) = Watcher::start(&hosts, services.into(), &WatcherOptions::every(INTERVAL));
        let mut story = Self { liar, _honest: honest, _watcher: watcher, seen };
        story.recovers().await;
        story
    }

    async fn next(&mut self) -> Observation {
        tokio::time::timeout(SOON, self.seen.recv()).await.expect("the watcher goes on").unwrap()
    }

    /// Waits until the liar is heard to run its service.
    async fn recovers(&mut self) {
        let well = |seen: &Observation| seen.outcome.as_ref().is_ok_and(|facts| facts[0].1.state == State::Active);
        let begun = Instant::now();
        loop {
            let seen = self.next().await;
            if seen.host == host("a1") && well(&seen) {
                return;
            }
            assert!(begun.elapsed() < SOON, "not believed again: {:?}", seen.outcome);
        }
    }

    /// Three looks in a row go wrong; what is judged of them, and what was said. Meanwhile the other host is looked at.
    async fn fooled(&mut self, what: &str) -> Vec<(MissKind, Health, String)> {
        let (mut misses, mut others, mut late) = (Vec::new(), 0, 0);
        let lied = Instant::now();
        while misses.len() < 3 || others < 3 {
            let seen = self.next().await;
            if seen.host == host("b1") {
                assert!(seen.outcome.is_ok(), "{what}: the other host answers as before: {:?}", seen.outcome);
                others += 1;
                continue;
            }
            match seen.outcome {
                Err(last) => {
                    let own = Own::Missed { misses: 2, since_ms: 0, last: last.clone() };
                    let judged = judge_host(&HostSignals { own, second: Vec::new(), fenced: None, self_stopped: None });
                    assert!(matches!(judged.health, Health::ProbeBroken | Health::Unknown), "{what}: {judged:?}");
                    misses.push((last.kind, judged.health, last.why));
                }
                // A look that was under way may still have been answered honestly.
                Ok(_) if misses.is_empty() && late == 0 => late += 1,
                Ok(facts) => panic!("{what}: believed: {facts:?}"),
            }
            assert!(lied.elapsed() < SOON, "{what}: {misses:?}");
        }
        misses
    }

    /// It answers, each time, in a way that cannot be used, and says so.
    async fn is_broken(&mut self, what: &str, said: &[&str]) {
        for (kind, health, why) in self.fooled(what).await {
            assert_eq!((kind, health), (MissKind::Broken, Health::ProbeBroken), "{what}: {why}");
            assert!(said.iter().any(|said| why.contains(said)), "{what}: {why}");
        }
        self.liar.answer(honest());
        self.recovers().await;
    }
}

#[tokio::test]
async fn a_shell_that_never_answers_is_a_broken_probe() {
    let mut story = Story::begin().await;
    story.liar.answer(says(|_| Reply::Never, |_| Reply::Never));
    story.is_broken("a hung shell", &["heard meanwhile"]).await;
    story.liar.answer(says(no_bridge, |_| Reply::Never));
    story.is_broken("a hung systemctl", &["heard meanwhile"]).await;
}

#[tokio::test]
async fn a_command_that_succeeds_without_having_run_is_no_answer() {
    let mut story = Story::begin().await;
    let nothing = |_: &str| Reply::End(Vec::new(), 0);
    story.liar.answer(says(nothing, nothing));
    story.is_broken("exit 0 and nothing else", &["no answer to this question"]).await;
}

#[tokio::test]
async fn output_without_an_end_is_cut_off() {
    let mut story = Story::begin().await;
    let flood = |_: &str| Reply::Flood(vec![b'x'; 32 * 1024]);
    story.liar.answer(says(flood, flood));
    story.is_broken("a flood", &["heard meanwhile", "not understood"]).await;
}

#[tokio::test]
async fn an_answer_to_another_question_is_no_answer_on_either_way() {
    let mut story = Story::begin().await;
    let old = "0123456789abcdef0123456789abcdef";
    let greeting = move || format!("SWITCHTOWER-WATCH ok {old} {BOOT} 4711\n").into_bytes();
    story.liar.answer(says(move |_| Reply::Stay(greeting()), |nonce| shows(nonce, BOOT)));
    story.is_broken("the bridge with another nonce, then nothing", &["heard meanwhile"]).await;
    story.liar.answer(says(no_bridge, move |_| shows(old, BOOT)));
    story.is_broken("systemctl show with another nonce", &["no answer to this question"]).await;
}

#[tokio::test]
async fn a_bridge_that_speaks_garbage_or_falls_silent_is_a_broken_probe() {
    let mut story = Story::begin().await;
    let show = |nonce: &str| shows(nonce, BOOT);
    story.liar.answer(says(|nonce| bridge(nonce, &[0xff; 400]), show));
    story.is_broken("garbage for a login", &["heard meanwhile"]).await;
    let login = b"OK 249ccf4a357447258991dd3f6b0222ce\r\n";
    story.liar.answer(says(|nonce| bridge(nonce, &[&login[..], &[0xff; 400]].concat()), show));
    story.is_broken("garbage for messages", &["heard meanwhile"]).await;
    story.liar.answer(says(|nonce| bridge(nonce, login), show));
    story.is_broken("a login and nothing more", &["heard meanwhile"]).await;
}

#[tokio::test]
async fn a_boot_that_comes_back_is_not_believed_and_nonsense_is_no_boot() {
    let mut story = Story::begin().await;
    story.liar.answer(says(no_bridge, |nonce| shows(nonce, "no boot")));
    story.is_broken("nonsense for a boot", &["no answer to this question"]).await;
    // One new boot is believed: hosts do reboot. The old one in turns with it is not.
    let turn = AtomicUsize::new(0);
    let other = move |nonce: &str| shows(nonce, if turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) { OTHER_BOOT } else { BOOT });
    story.liar.answer(says(no_bridge, other));
    let began = Instant::now();
    while story.next().await.outcome.is_ok() {
        assert!(began.elapsed() < SOON, "two boots in turns were believed");
    }
    story.is_broken("two boots in turns", &["two hosts"]).await;
}

#[tokio::test]
async fn another_host_key_is_never_spoken_to() {
    let mut story = Story::begin().await;
    story.liar.change_key(true);
    let misses = story.fooled("another host key").await;
    assert!(misses.iter().any(|(_, _, why)| why.contains("CHANGED")), "{misses:?}");
    let (kind, _, why) = misses.last().unwrap();
    assert!(*kind == MissKind::Broken && why.contains("CHANGED"), "{why}");
    story.liar.change_key(false);
    story.recovers().await;
}

#[tokio::test]
async fn a_listener_that_says_nothing_or_drips_lives_and_is_no_host_that_can_be_used() {
    let mut story = Story::begin().await;
    for (what, door) in [("a mute listener", Door::Mute), ("a slow banner", Door::Drip(Duration::from_millis(300)))] {
        story.liar.open(door);
        let misses = story.fooled(what).await;
        // The first may be of the connection that was cut.
        for (kind, _, why) in &misses[1..] {
            assert_eq!(*kind, MissKind::Broken, "{what}: {why}");
        }
        assert!(story.liar.taken() < 40, "{what}: connections do not pile up");
        story.liar.open(Door::Ssh);
        story.recovers().await;
    }
}

#[tokio::test]
async fn a_peer_that_went_away_without_a_word_costs_one_look_and_the_next_one_is_at_once_on_a_new_session() {
    let mut story = Story::begin().await;
    story.liar.stall();
    let missed = loop {
        let seen = story.next().await;
        if seen.host == host("a1") && seen.outcome.is_err() {
            break seen;
        }
    };
    let miss = missed.outcome.unwrap_err();
    // Its kernel takes a new connection beside the look that stays without an answer.
    assert!(miss.kind == MissKind::Broken && miss.why.contains("so it lives"), "{}", miss.why);
    let again = loop {
        let seen = story.next().await;
        if seen.host == host("a1") {
            break seen;
        }
    };
    assert!(again.outcome.is_ok(), "{:?}", again.outcome);
    let apart = again.at - missed.at;
    assert!(apart < INTERVAL + INTERVAL / 2, "the look took its deadline, then the next began: {apart:?}");
}
