//! The least that a move over D-Bus can take on these hosts: the same jobs given to each host's own systemd, from beside it. No
//! network, no proof, no journal; whoever moves units by systemd's jobs cannot be faster.

use futures_util::StreamExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use zbus::{Connection, MessageStream, OwnedObjectPath};

const SYSTEMD: &str = "org.freedesktop.systemd1";
const PATH: &str = "/org/freedesktop/systemd1";
const MANAGER: &str = "org.freedesktop.systemd1.Manager";

/// Both hosts' systemd, asked directly.
pub struct Floor {
    runtime: Runtime,
    old: Bus,
    new: Bus,
}

/// One host's bus, and what comes on it.
struct Bus {
    connection: Connection,
    heard: MessageStream,
}

impl Floor {
    /// Connects to the buses of both hosts by their sockets.
    #[track_caller]
    pub fn of(old: &Path, new: &Path) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (old, new) = runtime.block_on(async { (Bus::open(old).await, Bus::open(new).await) });
        Self { runtime, old, new }
    }

    /// Stops the units on one host, the last first, then starts them on the other; how long that took. The next time it is
    /// the other way round.
    #[track_caller]
    pub fn moved(&mut self, units: &[String]) -> Duration {
        let began = Instant::now();
        self.runtime.block_on(async {
            for unit in units.iter().rev() {
                self.old.job("StopUnit", unit).await;
            }
            for unit in units {
                self.new.job("StartUnit", unit).await;
            }
        });
        std::mem::swap(&mut self.old, &mut self.new);
        began.elapsed()
    }
}

impl Bus {
    async fn open(socket: &Path) -> Self {
        let address = format!("unix:path={}", socket.display());
        let connection = zbus::connection::Builder::address(address.as_str()).build().await.unwrap();
        let heard = MessageStream::from(&connection);
        let removed = "type='signal',sender='org.freedesktop.systemd1',member='JobRemoved'";
        let broker = "org.freedesktop.DBus";
        connection.call_method(Some(broker), "/org/freedesktop/DBus", Some(broker), "AddMatch", &removed).await.unwrap();
        connection.call_method(Some(SYSTEMD), PATH, Some(MANAGER), "Subscribe", &()).await.unwrap();
        Self { connection, heard }
    }

    /// Has systemd do a job; returns when it says that it is done.
    async fn job(&mut self, method: &str, unit: &str) {
        let given = self.connection.call_method(Some(SYSTEMD), PATH, Some(MANAGER), method, &(unit, "replace")).await.unwrap();
        let job: OwnedObjectPath = given.body().deserialize().unwrap();
        loop {
            let message = self.heard.next().await.unwrap().unwrap();
            if message.header().member().is_none_or(|member| member.as_str() != "JobRemoved") {
                continue;
            }
            let (_, removed, _, result): (u32, OwnedObjectPath, String, String) = message.body().deserialize().unwrap();
            if removed == job {
                assert_eq!(result, "done", "{method} {unit}");
                return;
            }
        }
    }
}
