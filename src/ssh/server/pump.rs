//! Bytes between a channel and what stands behind it. Called by `session` and `tunnel`.
//!
//! A channel is drained all the time, since one unread channel would stall every other one of its connection. What stands
//! behind and falls a whole buffer behind loses its channel, not the others.

use std::time::Duration;

use russh::server::Msg;
use russh::{ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::timeout;

/// What a reader may be behind: more than a channel's window.
const BEHIND: usize = 8 * 1024 * 1024;
/// How long a full buffer holds up the connection before its channel is closed.
const FULL_PATIENCE: Duration = Duration::from_millis(200);
/// What is read at once.
const BLOCK: usize = 32 * 1024;

/// A buffer: what comes in on a channel, and what is fed from it.
pub(super) fn buffer() -> (DuplexStream, DuplexStream) {
    duplex(BEHIND)
}

/// Takes what the client says until it has closed the channel, gone away, or sent more than can be kept.
pub(super) async fn inbound(read: &mut ChannelReadHalf, buffer: DuplexStream, mut signal: impl FnMut(Sig)) {
    let mut buffer = Some(buffer);
    loop {
        match read.wait().await {
            Some(ChannelMsg::Data { data }) => {
                let Some(kept) = &mut buffer else { continue };
                match timeout(FULL_PATIENCE, kept.write_all(&data)).await {
                    Ok(Ok(())) => {}
                    // Nobody reads it any more, as a command that does not care for its input.
                    Ok(Err(_)) => buffer = None,
                    Err(_) => return,
                }
            }
            Some(ChannelMsg::Eof) => buffer = None,
            Some(ChannelMsg::Signal { signal: sent }) => signal(sent),
            Some(ChannelMsg::Close) | None => return,
            Some(_) => {}
        }
    }
}

/// Feeds `to` from the buffer, and closes it at the end.
pub(super) async fn feed(mut buffer: DuplexStream, mut to: impl AsyncWrite + Unpin) {
    if tokio::io::copy(&mut buffer, &mut to).await.is_ok() {
        let _ = to.shutdown().await;
    }
}

/// Sends what comes from `from` to its end, to standard output or the stream of this number.
pub(super) async fn outbound(from: &mut (impl AsyncRead + Unpin), write: &ChannelWriteHalf<Msg>, number: Option<u32>) {
    let mut block = vec![0; BLOCK];
    while let Ok(count @ 1..) = from.read(&mut block).await {
        let data = block.get(..count).unwrap_or_default().to_vec();
        let sent = match number {
            None => write.data_bytes(data).await,
            Some(number) => write.extended_data_bytes(number, data).await,
        };
        if sent.is_err() {
            return;
        }
    }
}
