//! One tunnel: its connection is made in a task of its own, however long that takes. Started by `handler`.

use std::io;

use russh::server::{ChannelOpenHandle, Msg};
use russh::{Channel, ChannelOpenFailure};
use tokio::io::split;

use super::forward::{Stream, words};
use super::handler::Place;
use super::pump;

/// What OpenSSH says when it could not connect, beside the system's words.
const CONNECT_FAILED: u32 = 2;

/// Opens the channel once `connecting` has come to something, and carries its bytes.
pub(super) async fn attend(
    channel: Channel<Msg>,
    reply: ChannelOpenHandle,
    connecting: impl Future<Output = io::Result<Box<dyn Stream>>>,
    place: Place,
) {
    let connected = tokio::select! {
        connected = connecting => connected,
        () = place.over.cancelled() => return,
    };
    match connected {
        Ok(stream) => {
            reply.accept().await;
            carry(channel, stream, &place).await;
        }
        Err(error) => reply.reject(ChannelOpenFailure::Other { code: CONNECT_FAILED, reason: words(&error) }).await,
    }
}

async fn carry(channel: Channel<Msg>, stream: Box<dyn Stream>, place: &Place) {
    let (mut read, write) = channel.split();
    let (mut from, to) = split(stream);
    let (buffer, fed) = pump::buffer();
    let both = async {
        let out = async {
            pump::outbound(&mut from, &write, None).await;
            let _ = write.eof().await;
        };
        tokio::join!(out, pump::feed(fed, to))
    };
    tokio::select! {
        _ = both => {}
        () = pump::inbound(&mut read, buffer, drop) => {}
        () = place.over.cancelled() => return,
    }
    let _ = write.close().await;
}
