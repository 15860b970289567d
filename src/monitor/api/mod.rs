//! The monitor's two sockets: `operate.sock` may act, `observe.sock` may only look. Rights are file modes.

mod connection;
mod socket;

pub use socket::{ApiError, Sockets};

use super::event::Event;
use crate::core::record::Record;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
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

/// Serves both sockets until the task is dropped.
pub async fn serve(api: Api, sockets: Sockets) {
    let [operators, observers] = [(); 2].map(|()| Arc::new(Semaphore::new(MOST_CONNECTIONS)));
    let porch = Arc::new(Semaphore::new(MOST_TURNED_AWAY));
    loop {
        let (stream, operator) = tokio::select! {
            got = sockets.operate.accept() => (got, true),
            got = sockets.observe.accept() => (got, false),
        };
        let Ok((stream, _)) = stream else {
            // Out of file descriptors, most likely: others end meanwhile.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let places = if operator { &operators } else { &observers };
        if let Ok(place) = places.clone().try_acquire_owned() {
            let api = api.clone();
            tokio::spawn(async move {
                connection::serve(api, stream, operator).await;
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
