//! What systemd is told of the monitor's life: ready, reloading, stopping, alive, and how the cluster stands.
//!
//! Called by the state loop itself, so that a loop that hangs stops saying that it is alive. Datagrams only, never waiting:
//! one that does not go out is said again where it counts. Without `NOTIFY_SOCKET` nothing is said.

use std::ffi::{OsStr, OsString};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

/// Without an answer of every host the monitor is ready after so long.
const LOOKS: Duration = Duration::from_secs(5);
/// Between two looks at how the cluster stands, once it is ready.
const STATUS: Duration = Duration::from_secs(1);
/// Between two of them before.
const SOON: Duration = Duration::from_millis(200);
/// The longest that the state loop may be without an event, on time.
const TICK: Duration = Duration::from_millis(250);
/// The longest status, in characters.
const MOST: usize = 300;

/// How the cluster stands, for one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headline {
    /// Every host was looked at.
    pub looked: bool,
    /// The line.
    pub line: String,
}

/// The way to the manager of this service.
#[derive(Debug)]
pub struct Notifier {
    way: Option<(UnixDatagram, SocketAddr)>,
    /// It is taken for dead when it is silent for so long.
    watchdog: Option<Duration>,
    began: Instant,
    ready: bool,
    looked: Option<Instant>,
    said: String,
    fed: Option<Instant>,
}

impl Notifier {
    /// By the environment that systemd gives to a service.
    #[must_use]
    pub fn from_env() -> Self {
        let pid = std::env::var("WATCHDOG_PID").ok();
        let ours = pid.is_none_or(|pid| pid.parse() == Ok(std::process::id()));
        let micros = std::env::var("WATCHDOG_USEC").ok().filter(|_| ours).and_then(|text| text.parse().ok());
        Self::new(std::env::var_os("NOTIFY_SOCKET"), micros)
    }

    fn new(socket: Option<OsString>, watchdog_us: Option<u64>) -> Self {
        let way = socket.and_then(|name| match way(&name) {
            Ok(way) => Some(way),
            Err(error) => {
                tracing::warn!(%error, "systemd cannot be told anything: NOTIFY_SOCKET is of no use");
                None
            }
        });
        let watchdog = watchdog_us.filter(|us| *us > 0).map(Duration::from_micros);
        Self { way, watchdog, began: Instant::now(), ready: false, looked: None, said: String::new(), fed: None }
    }

    /// The loop goes round: says what is due.
    pub fn beat(&mut self, now: Instant, headline: impl FnOnce() -> Headline) {
        if self.way.is_none() {
            return;
        }
        self.feed(now);
        let pause = if self.ready { STATUS } else { SOON };
        if self.looked.is_some_and(|at| now.saturating_duration_since(at) < pause) {
            return;
        }
        self.looked = Some(now);
        let Headline { looked, line } = headline();
        let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MOST).collect();
        if !self.ready && (looked || now.saturating_duration_since(self.began) >= LOOKS) {
            self.ready = self.send("READY=1");
        }
        if line != self.said && self.send(&format!("STATUS={line}")) {
            self.said = line;
        }
    }

    /// This life ends, and the next one begins in the same process.
    pub fn reloading(&mut self) {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let micros = now.tv_sec.saturating_mul(1_000_000).saturating_add(now.tv_nsec / 1_000);
        self.send("WATCHDOG=1");
        self.send(&format!("RELOADING=1\nMONOTONIC_USEC={micros}\nSTATUS=reloads the configuration"));
    }

    /// The monitor ends.
    pub fn stopping(&mut self) {
        self.send("STOPPING=1\nSTATUS=ends; runs that are open are settled by its next life");
    }

    /// Says that the loop is alive, when half of the time is over or would be before the next chance.
    fn feed(&mut self, now: Instant) {
        let Some(watchdog) = self.watchdog else { return };
        if self.fed.is_none_or(|at| now.saturating_duration_since(at) + TICK >= watchdog / 2) && self.send("WATCHDOG=1") {
            self.fed = Some(now);
        }
    }

    fn send(&self, text: &str) -> bool {
        let Some((socket, address)) = &self.way else { return false };
        match socket.send_to_addr(text.as_bytes(), address) {
            Ok(_) => true,
            Err(error) => {
                tracing::debug!(%error, text, "systemd could not be told");
                false
            }
        }
    }
}

/// A socket, and the address behind this name: a path, or after `@` a name in the kernel's own space.
fn way(name: &OsStr) -> std::io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A manager, with the notifier of a service of its own.
    struct Manager {
        socket: UnixDatagram,
        notifier: Notifier,
        _dir: tempfile::TempDir,
    }

    fn manager(watchdog_us: Option<u64>) -> Manager {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_nonblocking(true).unwrap();
        Manager { socket, notifier: Notifier::new(Some(path.into()), watchdog_us), _dir: dir }
    }

    impl Manager {
        fn heard(&self) -> Vec<String> {
            let mut buffer = [0; 1024];
            let next = || self.socket.recv(&mut buffer).ok().map(|n| String::from_utf8_lossy(&buffer[..n]).into_owned());
            std::iter::from_fn(next).collect()
        }

        fn beat(&mut self, after_ms: u64, looked: bool, line: &str) -> Vec<String> {
            let now = self.notifier.began + Duration::from_millis(after_ms);
            self.notifier.beat(now, || Headline { looked, line: line.to_owned() });
            self.heard()
        }
    }

    #[test]
    fn it_is_ready_once_every_host_was_looked_at_or_some_time_has_passed() {
        let mut manager = manager(None);
        assert_eq!(manager.beat(0, false, "UNKNOWN"), ["STATUS=UNKNOWN"]);
        assert_eq!(manager.beat(300, true, "OK"), ["READY=1", "STATUS=OK"]);
        assert!(manager.beat(2_000, true, "OK").is_empty(), "nothing is new");
        let mut late = self::manager(None);
        assert_eq!(late.beat(4_900, false, "x"), ["STATUS=x"]);
        assert_eq!(late.beat(5_200, false, "x"), ["READY=1"]);
    }

    #[test]
    fn the_status_is_told_when_it_changes_and_at_most_once_a_second_on_one_line() {
        let mut manager = manager(None);
        manager.beat(0, true, "OK");
        assert!(manager.beat(500, true, "DOWN").is_empty());
        assert_eq!(manager.beat(1_100, true, "DOWN\nREADY=0"), ["STATUS=DOWN READY=0"]);
    }

    #[test]
    fn the_watchdog_is_fed_before_half_of_its_time_is_over() {
        let mut manager = manager(Some(4_000_000));
        assert!(manager.beat(0, true, "OK").contains(&"WATCHDOG=1".to_owned()));
        assert!(manager.beat(1_700, true, "OK").is_empty());
        assert_eq!(manager.beat(1_800, true, "OK"), ["WATCHDOG=1"]);
    }

    #[test]
    fn a_life_that_ends_says_how() {
        let mut manager = manager(None);
        manager.notifier.reloading();
        let heard = manager.heard();
        assert!(heard[1].starts_with("RELOADING=1\nMONOTONIC_USEC=") && heard.len() == 2, "{heard:?}");
        manager.notifier.stopping();
        assert!(manager.heard()[0].starts_with("STOPPING=1\n"));
    }

    #[test]
    fn names_in_the_kernels_own_space_are_found_and_without_a_name_nothing_is_said() {
        let name = format!("switchtower-{}", std::process::id());
        let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut notifier = Notifier::new(Some(format!("@{name}").into()), None);
        notifier.stopping();
        let mut buffer = [0; 64];
        assert!(socket.recv(&mut buffer).unwrap() > 0 && buffer.starts_with(b"STOPPING=1"));
        for socket in [None, Some("/nowhere/at/all".into())] {
            let mut notifier = Notifier::new(socket, Some(1));
            notifier.beat(Instant::now(), || Headline { looked: true, line: String::new() });
            assert!(!notifier.ready);
        }
    }
}
