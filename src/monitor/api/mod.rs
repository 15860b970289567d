//! The monitor's sockets: `operate.sock` may act, `observe.sock` may only look, `peer.sock` is for the other monitor of a pair.
//! Rights are file modes.

mod connection;
mod socket;

pub use socket::{ApiError, Sockets};

use super::event::Event;
use crate::core::record::Record;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, broadcast, mpsc};

/// Connections at the same time to each socket, so that those who may only look take no place from those who may act; one
/// more is told so and closed.
const MOST_CONNECTIONS: usize = 128;
/// Clients that are told so at the same time; one more is only closed.
const MOST_TURNED_AWAY: usize = 32;

/// What every connection needs.
#[derive(Clone)]
pub struct Api {
    /// The way to the state task.
    pub events: mpsc::Sender<Event>,
    /// New entries of the journal.
    pub entries: broadcast::Sender<Arc<Record>>,
    /// Index of the newest entry on stable storage.
    pub durable: Arc<AtomicU64>,
    /// Where the journal lies.
    pub journal: PathBuf,
    /// Which cluster, for the welcome.
    pub cluster: String,
}

/// What a socket lets its clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Operate,
    Observe,
    /// Only what the other monitor asks.
    Peer,
}

/// Serves all sockets until the task is dropped.
pub async fn serve(api: Api, sockets: Sockets) {
    let [operators, observers, peers] = [(); 3].map(|()| Arc::new(Semaphore::new(MOST_CONNECTIONS)));
    let porch = Arc::new(Semaphore::new(MOST_TURNED_AWAY));
    loop {
        let (stream, door) = tokio::select! {
            got = sockets.operate.accept() => (got, Door::Operate),
            got = sockets.observe.accept() => (got, Door::Observe),
            got = accepted(sockets.peer.as_ref()) => (got, Door::Peer),
        };
        let Ok((stream, _)) = stream else {
            // Out of file descriptors, most likely: others end meanwhile.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let places = match door {
            Door::Operate => &operators,
            Door::Observe => &observers,
            Door::Peer => &peers,
        };
        if let Ok(place) = places.clone().try_acquire_owned() {
            let api = api.clone();
            tokio::spawn(async move {
                connection::serve(api, stream, door).await;
                drop(place);
            });
        } else if let Ok(place) = porch.clone().try_acquire_owned() {
            tokio::spawn(async move {
                connection::full(stream).await;
                drop(place);
            });
        }
    }
}

/// A connection to a socket that there may be.
async fn accepted(listener: Option<&UnixListener>) -> std::io::Result<(UnixStream, SocketAddr)> {
    match listener {
        Some(listener) => listener.accept().await,
        None => std::future::pending().await,
    }
}
