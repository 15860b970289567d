//! Bytes between a connection and a host's network card, as the wire lets them. Called by `front`.

use super::Wire;
use rustix::net::sockopt::set_socket_linger;
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::watch;

/// What is carried at once.
const BLOCK: usize = 32 * 1024;

/// Carries bytes until both sides have ended, or until the wire is open again in another life: then the client is told so
/// by a reset.
pub(super) async fn carry(mut client: TcpStream, card: &Path, mut wire: watch::Receiver<Wire>, life: u64) {
    // Where nothing is to move, the card is not to be touched either.
    if !open(&mut wire, life).await {
        return reset(&client);
    }
    let Ok(mut host) = UnixStream::connect(card).await else { return reset(&client) };
    let _ = client.set_nodelay(true);
    let void = {
        let (from_client, to_client) = client.split();
        let (from_host, to_host) = host.split();
        let mut watching = wire.clone();
        tokio::select! {
            (there, back) = async { tokio::join!(way(from_client, to_host, wire.clone(), life), way(from_host, to_client, wire.clone(), life)) } => {
                there.is_err() || back.is_err()
            }
            () = void(&mut watching, life) => true,
        }
    };
    if void {
        reset(&client);
    }
}

/// One direction, to its end.
async fn way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut wire: watch::Receiver<Wire>,
    life: u64,
) -> io::Result<()> {
    let mut block = vec![0; BLOCK];
    loop {
        let read = from.read(&mut block).await;
        // Whatever it is, it gets through only while the wire is open.
        if !open(&mut wire, life).await {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        match block.get(..read?) {
            Some(data) if !data.is_empty() => to.write_all(data).await?,
            _ => return to.shutdown().await,
        }
    }
}

/// Waits until the wire is open; `false` when this connection is then void.
async fn open(wire: &mut watch::Receiver<Wire>, life: u64) -> bool {
    wire.wait_for(|wire| wire.open).await.is_ok_and(|wire| wire.life == life)
}

/// Waits until this connection is void, and that is to be told.
async fn void(wire: &mut watch::Receiver<Wire>, life: u64) {
    // The end of the front is an end of the connection too.
    let _ = wire.wait_for(|wire| wire.open && wire.life != life).await;
}

/// The end of a connection that the other side does not take for an orderly one.
fn reset(client: &TcpStream) {
    let _ = set_socket_linger(client, Some(Duration::ZERO));
}
