//! The monitor's two sockets: `operate.sock` may act, `observe.sock` may only look. Rights are file modes.

mod connection;
mod socket;
mod user;

pub use socket::{ApiError, Sockets};

use super::event::Event;
use crate::core::record::Record;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::sync::{Semaphore, broadcast, mpsc};

/// Connections at the same time, over both sockets; one more is told so and closed.
const MOST_CONNECTIONS: usize = 128;

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
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
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
        let place = places.clone().try_acquire_owned();
        let api = api.clone();
        tokio::spawn(async move {
            match place {
                Ok(_place) => connection::serve(api, stream, operator).await,
                Err(_) => connection::full(stream).await,
            }
        });
    }
}
