//! Bounded commands: what they leave, and what they do not.

use std::time::{Duration, Instant};

use switchtower::ssh::{CommandLine, Limits, Pool, SshError};

use super::{limits, options, say, target};
use crate::support::sshd::{Sshd, until};

/// Children in the group, one that ignores TERM, and one that left the group.
const FAMILY: &str = "
sleep 77771 &
sh -c 'trap \"\" TERM; while :; do sleep 77772; done' &
setsid sh -c 'sleep 77773; true' &
(setsid sh -c 'trap \"\" TERM; sleep 77774; sleep 77775' &)
echo started
wait";

#[tokio::test(flavor = "multi_thread")]
async fn after_the_deadline_no_process_of_a_command_lives_on_the_host() {
    let sshd = Sshd::start("");
    let pool = Pool::new(options());
    let host = pool.get(&target(&sshd)).await.unwrap();
    let running = {
        let host = host.clone();
        tokio::spawn(async move { host.exec(&CommandLine::script(FAMILY, [""; 0]), limits(2)).await })
    };
    tokio::task::block_in_place(|| until("the family runs", || sshd.processes_with("7777").len() >= 6));
    let begun = Instant::now();
    let error = running.await.unwrap().unwrap_err();
    assert!(matches!(&error, SshError::Deadline { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(3), "the caller does not wait for the cleaning up");
    tokio::task::block_in_place(|| until("nothing of it lives", || sshd.processes_with("7777").is_empty()));
    assert_eq!(say(&host, "still here").await.unwrap(), "still here\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_does_not_save_a_command_from_its_deadline() {
    let sshd = Sshd::start("");
    let pool = Pool::new(options());
    let target = target(&sshd);
    let host = pool.get(&target).await.unwrap();
    let running = {
        let host = host.clone();
        tokio::spawn(async move { host.exec(&CommandLine::new(["sleep", "66661"]), limits(3)).await })
    };
    tokio::task::block_in_place(|| until("it runs", || !sshd.processes_with("66661").is_empty()));
    pool.drop_connection(&target).await;
    assert!(matches!(running.await.unwrap(), Err(SshError::ConnectionLost { .. })));
    tokio::task::block_in_place(|| until("it is ended on the host", || sshd.processes_with("66661").is_empty()));
}

#[tokio::test]
async fn output_beyond_the_cap_is_read_and_dropped() {
    let sshd = Sshd::start("");
    let pool = Pool::new(options());
    let host = pool.get(&target(&sshd)).await.unwrap();
    let script = CommandLine::script("head -c 30000000 /dev/zero; head -c 5 /dev/zero >&2; exit 7", [""; 0]);
    let output = host.exec(&script, Limits { deadline: Duration::from_secs(20), max_output: 1000 }).await.unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len(), output.truncated), (1000, 5, true));
    assert_eq!(output.status, switchtower::ssh::ExitStatus::Code(7), "it ran to its end");
    let exact = host.exec(&CommandLine::new(["printf", "12345"]), Limits { max_output: 5, ..limits(5) }).await.unwrap();
    assert!(!exact.truncated);

    // An endless one beside others.
    let endless = {
        let host = host.clone();
        tokio::spawn(async move { host.exec(&CommandLine::new(["yes"]), Limits { max_output: 10, ..limits(2) }).await })
    };
    for _ in 0..20 {
        assert_eq!(say(&host, "beside").await.unwrap(), "beside\n");
    }
    assert!(endless.await.unwrap().unwrap_err().is_deadline());
}

#[tokio::test]
async fn cancelled_commands_do_not_use_up_the_hosts_sessions() {
    let sshd = Sshd::start("MaxSessions 10");
    let pool = Pool::new(options());
    let host = pool.get(&target(&sshd)).await.unwrap();
    let sleep = CommandLine::new(["sleep", "55551"]);
    for round in 0..5 {
        // Some before the session is open, some while they run.
        let patience = Duration::from_millis(4 * round);
        let attempts = (0..6).map(|_| tokio::time::timeout(patience, host.exec(&sleep, limits(60))));
        for cancelled in futures_util::future::join_all(attempts).await {
            assert!(cancelled.is_err(), "it cannot have ended");
        }
    }
    assert_eq!(say(&host, "one more").await.unwrap(), "one more\n");
    tokio::task::spawn_blocking(move || until("none of them lives", || sshd.processes_with("55551").is_empty())).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_commands_at_once_wait_for_their_turn() {
    let sshd = Sshd::start("MaxSessions 10");
    let pool = Pool::new(options());
    let host = pool.get(&target(&sshd)).await.unwrap();
    let _one = host.stream(&CommandLine::new(["cat"]), Duration::from_secs(5)).await.unwrap();
    let _two = host.stream(&CommandLine::new(["cat"]), Duration::from_secs(5)).await.unwrap();
    let words: Vec<String> = (0..60).map(|at| format!("word{at}")).collect();
    let said = futures_util::future::join_all(words.iter().map(|word| say(&host, word))).await;
    for (word, said) in words.iter().zip(said) {
        assert_eq!(said.unwrap().trim(), word);
    }
    // Waiting counts against the deadline.
    let long = CommandLine::new(["sleep", "44441"]);
    let busy: Vec<_> = (0..8)
        .map(|_| {
            let (host, long) = (host.clone(), long.clone());
            tokio::spawn(async move { host.exec(&long, limits(3)).await })
        })
        .collect();
    tokio::task::block_in_place(|| until("all eight places are taken", || sshd.processes_with("sleep 44441").len() >= 8));
    let error = host.exec(&CommandLine::new(["true"]), Limits { deadline: Duration::from_millis(200), max_output: 1 }).await.unwrap_err();
    assert!(error.is_deadline() && error.to_string().contains("sessions"), "{error}");
    for busy in busy {
        assert!(busy.await.unwrap().is_err());
    }
}

#[tokio::test]
async fn a_command_that_cannot_be_sent_is_refused_here() {
    let sshd = Sshd::start("");
    let host = Pool::new(options()).get(&target(&sshd)).await.unwrap();
    let error = host.exec(&CommandLine::new(["a\0b"]), limits(5)).await.unwrap_err();
    assert!(matches!(&error, SshError::BadCommand { .. }), "{error}");
}
