//! One look: does a host's SSH server speak to a connection from another host?

use crate::core::health::Sight;
use crate::core::model::HostName;
use crate::ssh::{Connection, Sign, SshError, Tunnel, Way};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::{Instant, sleep_until, timeout_at};

/// The other host's kernel tries for two minutes to connect; so long its channel is open.
const PENDING: Duration = Duration::from_secs(180);
/// How long the first words of one that takes connections may take at least.
const GREETING: Duration = Duration::from_secs(1);
/// How long what was read may take to reach who waits for it.
const HANDED_ON: Duration = Duration::from_millis(20);
/// What a server may say before its banner, and how an SSH server begins.
const LONGEST: usize = 255;
const BANNER: &[u8] = b"SSH-";

/// Looks along `way`'s last part from the host `name` at the other end of `through`, until `until`. `place` is given back
/// when that host has done with it, which may be later.
pub(super) async fn look(name: &HostName, through: Arc<Connection>, way: &Way, place: OwnedSemaphorePermit, until: Instant) -> Sight {
    let began = Instant::now();
    let opened = {
        let mut opening = open(through.clone(), way, place);
        tokio::select! {
            biased;
            opened = &mut opening => Ok(opened),
            there = is_there(&through, began, until) => Err(there),
        }
    };
    match opened {
        // Whoever takes connections lives; what it says may take it a while.
        Ok(Ok(Ok(tunnel))) => greeting(tunnel, until.max(began + GREETING)).await,
        Ok(Ok(Err(error))) => refused(name, error),
        Ok(Err(_)) => Sight::NotAsked { why: format!("the look through {name} was given up") },
        Err(true) => Sight::Nothing { why: format!("no answer within {:.1} s", until.saturating_duration_since(began).as_secs_f32()) },
        Err(false) => Sight::NotAsked { why: format!("{name} itself does not answer in time") },
    }
}

/// Waits until `until`, and longer for whoever looks: whether it was there all the while. Silence means something only if
/// who is asked is there to hear it.
///
/// It answers what it is asked on one connection in turn. Once it has answered a first question it has tried to connect; once it
/// has answered a second one, asked a while later, it would have told of anything that had come by then. So a host under
/// load is slow to say that it sees nothing, and never says so for that reason.
async fn is_there(through: &Connection, began: Instant, until: Instant) -> bool {
    let whole = until.saturating_duration_since(began);
    let late = until + whole;
    sleep_until(began + whole / 3).await;
    if !answers(through, late).await {
        return false;
    }
    // From then on it has as long as it would have had on a calm day.
    sleep_until((until - whole / 6).max(Instant::now() + whole * 2 / 3)).await;
    if !answers(through, late.max(Instant::now() + whole)).await {
        return false;
    }
    // What it has told before that answer is handed on by another task.
    sleep_until(until.max(Instant::now() + HANDED_ON)).await;
    true
}

async fn answers(through: &Connection, until: Instant) -> bool {
    matches!(timeout_at(until, through.ping(PENDING)).await, Ok(Ok(())))
}

type Opened = oneshot::Receiver<Result<Tunnel, SshError>>;

/// In a task of its own: a connection that is being opened cannot be called back.
fn open(through: Arc<Connection>, way: &Way, place: OwnedSemaphorePermit) -> Opened {
    let (done, opened) = oneshot::channel();
    let (address, port) = (way.address.clone(), way.port);
    tokio::spawn(async move {
        let tunnel = through.direct_tcpip(&address, port, PENDING).await;
        // Nobody waits any more: the tunnel is closed.
        drop(done.send(tunnel));
        drop(place);
    });
    opened
}

/// What the other host's refusal of a tunnel shows.
fn refused(through: &HostName, error: SshError) -> Sight {
    let why = match error {
        SshError::NoTunnel { sign: Sign::Life, said: why, .. } => return Sight::Refused { why },
        SshError::NoTunnel { sign: Sign::Silence, said: why, .. } => return Sight::Nothing { why },
        SshError::NoTunnel { said, .. } => format!("{through} cannot connect to it, for a reason that says nothing of it: {said}"),
        SshError::Refused { .. } => format!(
            "{through} opens no connections for us; set AllowTcpForwarding to local in its sshd_config, and take restrict and \
             no-port-forwarding off our key there"
        ),
        error => error.to_string(),
    };
    Sight::NotAsked { why }
}

/// Waits for the first words on a connection that the host has taken: its kernel lives, whatever comes.
async fn greeting<S: AsyncRead + Unpin>(mut stream: S, until: Instant) -> Sight {
    let mut said = Vec::new();
    let why = loop {
        let mut bytes = [0; LONGEST];
        let read = match timeout_at(until, stream.read(&mut bytes)).await {
            Ok(Ok(0)) => break "it takes connections, and hangs up",
            Ok(Ok(read)) => bytes.get(..read).unwrap_or_default(),
            Ok(Err(error)) => return Sight::NotAsked { why: format!("the way through it was lost: {error}") },
            Err(_) if said.is_empty() => break "it takes connections, and says nothing",
            Err(_) => break "it takes connections, and its first words do not come in time",
        };
        said.extend_from_slice(read);
        if said.starts_with(BANNER) || said.windows(BANNER.len() + 1).any(|words| words.strip_prefix(b"\n") == Some(BANNER)) {
            return Sight::Banner;
        }
        if said.len() >= LONGEST {
            break "it takes connections, and what answers is no SSH server";
        }
    };
    Sight::Refused { why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    /// What comes of a server that says these words, one a second, and stays or hangs up.
    async fn heard(words: &[&[u8]], stays: bool) -> Sight {
        let (near, mut far) = tokio::io::duplex(4096);
        let words: Vec<Vec<u8>> = words.iter().map(|word| word.to_vec()).collect();
        tokio::spawn(async move {
            for word in words {
                let _ = far.write_all(&word).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if stays {
                std::future::pending::<()>().await;
            }
        });
        greeting(near, Instant::now() + Duration::from_millis(2500)).await
    }

    #[tokio::test(start_paused = true)]
    async fn only_an_ssh_servers_first_words_in_time_are_a_banner_and_a_taken_connection_is_always_life() {
        for good in [&[&b"SSH-2.0-x\r\n"[..]][..], &[b"SS", b"H-2"], &[b"hello\r\nSSH-2.0-x\r\n"], &[b"hello\n", b"SSH-"]] {
            assert_eq!(heard(good, true).await, Sight::Banner, "{good:?}");
        }
        let flood = [b'x'; 1000];
        let bad: [(&[&[u8]], bool, &str); 6] = [
            (&[], true, "says nothing"),
            (&[], false, "hangs up"),
            (&[b"S", b"S", b"H", b"-"], true, "not come in time"),
            (&[b"HTTP/1.1 400 Bad Request\r\n"], false, "hangs up"),
            (&[b"220 mail SSH-less\r\n"], true, "not come in time"),
            (&[&flood], true, "no SSH server"),
        ];
        for (said, stays, expected) in bad {
            match heard(said, stays).await {
                Sight::Refused { why } => assert!(why.contains(expected), "{why}"),
                other => panic!("{said:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_refused_tunnel_is_life_silence_or_nothing_that_counts() {
        let b1 = HostName::new("b1").unwrap();
        let none = |sign, said: &str| SshError::NoTunnel { host: "b1".into(), to: "a1:22".into(), sign, said: said.into() };
        assert_eq!(refused(&b1, none(Sign::Life, "Connection refused")), Sight::Refused { why: "Connection refused".into() });
        assert_eq!(refused(&b1, none(Sign::Silence, "No route to host")), Sight::Nothing { why: "No route to host".into() });
        assert!(matches!(refused(&b1, none(Sign::None, "open failed")), Sight::NotAsked { why } if why.contains("open failed")));
        let forbidden = SshError::Refused { host: "b1".into(), what: "a tunnel".into(), reason: "no".into() };
        assert!(matches!(refused(&b1, forbidden), Sight::NotAsked { why } if why.contains("AllowTcpForwarding")));
        let lost = SshError::ConnectionLost { host: "b1".into(), reason: "gone".into() };
        assert!(matches!(refused(&b1, lost), Sight::NotAsked { .. }));
    }
}
