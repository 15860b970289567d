//! The service's socket: who may reach it, and what is said there. Rights are file modes.

mod connection;
mod socket;

pub(super) use socket::Socket;

use super::desk::Desk;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Connections at the same time; one more is told so and closed.
const MOST_CONNECTIONS: usize = 64;
/// Clients that are told so at the same time; one more is only closed.
const MOST_TURNED_AWAY: usize = 16;
/// What an accept waits for after it has failed: out of file descriptors, most likely.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until the future is dropped, and every connection with it.
pub(super) async fn serve(desk: Arc<Desk>, socket: &Socket) {
    let (places, porch) = (Arc::new(Semaphore::new(MOST_CONNECTIONS)), Arc::new(Semaphore::new(MOST_TURNED_AWAY)));
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = socket.listener.accept() => accepted,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection has broken off");
                }
                continue;
            }
        };
        let Ok((stream, _)) = stream else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        if let Ok(place) = places.clone().try_acquire_owned() {
            let desk = desk.clone();
            connections.spawn(async move {
                connection::serve(desk, stream).await;
                drop(place);
            });
        } else if let Ok(place) = porch.clone().try_acquire_owned() {
            connections.spawn(async move {
                connection::full(stream).await;
                drop(place);
            });
        }
    }
}
