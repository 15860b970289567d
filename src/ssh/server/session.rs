//! One session channel: its command, from the first word to the exit status. Started by `handler`.

use std::convert::Infallible;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};

use russh::server::{ChannelOpenHandle, Handle, Msg};
use russh::{Channel, ChannelId, ChannelMsg, ChannelReadHalf, ChannelWriteHalf, Sig};
use tokio::io::{AsyncRead, DuplexStream};
use tokio::process::{Child, ChildStdin};

use super::handler::{Begun, LONGEST, Place};
use super::program::{self, Group};
use super::pump;

/// What a shell says of a program that it could not start.
const NOT_STARTED: u32 = 126;

/// The way back to the client, for what a channel's own half cannot say.
struct Back {
    handle: Handle,
    id: ChannelId,
    write: ChannelWriteHalf<Msg>,
}

/// Waits for the command of a session, runs it, and tells how it ended.
pub(super) async fn attend(channel: Channel<Msg>, reply: ChannelOpenHandle, handle: Handle, begun: Begun, place: Place) {
    reply.accept().await;
    let id = channel.id();
    let (mut read, write) = channel.split();
    let back = Back { handle, id, write };
    let line = tokio::select! {
        line = command(&mut read) => line,
        () = place.over.cancelled() => None,
    };
    if let Some(line) = line {
        carry_out(&line, &mut read, &back, &place).await;
    }
    begun.forget(id);
    // After a close of the client's own this says nothing.
    let _ = back.write.close().await;
}

/// The first command line that the handler has said yes to.
async fn command(read: &mut ChannelReadHalf) -> Option<Vec<u8>> {
    loop {
        match read.wait().await? {
            ChannelMsg::Exec { command, .. } if command.len() <= LONGEST && !command.contains(&0) => return Some(command),
            ChannelMsg::Close => return None,
            _ => {}
        }
    }
}

async fn carry_out(line: &[u8], read: &mut ChannelReadHalf, back: &Back, place: &Place) {
    if let Some(status) = place.shared.forward.instead(line).await {
        return back.ended_with(status).await;
    }
    match program::start(line, &place.shared) {
        Ok(child) => run(child, read, back, place).await,
        Err(error) => {
            let said = format!("the command could not be started: {error}\n");
            let _ = back.write.extended_data_bytes(1, said.into_bytes()).await;
            back.ended_with(NOT_STARTED).await;
        }
    }
}

async fn run(mut child: Child, read: &mut ChannelReadHalf, back: &Back, place: &Place) {
    let group = Mutex::new(Group::of(&child));
    let lock = || group.lock().unwrap_or_else(PoisonError::into_inner);
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (buffer, kept) = pump::buffer();
    let status = {
        let waited = async {
            let status = child.wait().await;
            lock().ended();
            status
        };
        let spoken = async { tokio::join!(waited, spoken(stdout, back, None), spoken(stderr, back, Some(1))).0 };
        let signal = |sent: Sig| program::named(&sent).into_iter().for_each(|signal| lock().signal(signal));
        tokio::select! {
            status = spoken => Some(status),
            () = pump::inbound(read, buffer, signal) => None,
            never = fed(kept, stdin) => match never {},
            () = place.over.cancelled() => None,
        }
    };
    match status {
        Some(status) => back.ended(status).await,
        None => {
            let group = lock().take();
            program::end(child, &group).await;
        }
    }
}

async fn spoken(from: Option<impl AsyncRead + Unpin>, back: &Back, number: Option<u32>) {
    if let Some(mut from) = from {
        pump::outbound(&mut from, &back.write, number).await;
    }
}

/// Never ends by itself: a command whose input is closed may still speak.
async fn fed(kept: DuplexStream, stdin: Option<ChildStdin>) -> Infallible {
    if let Some(stdin) = stdin {
        pump::feed(kept, stdin).await;
    }
    std::future::pending().await
}

impl Back {
    async fn ended(&self, status: std::io::Result<ExitStatus>) {
        let Ok(status) = status else { return };
        match (status.code(), program::ended_by(status)) {
            (None, Some(signal)) => {
                let _ = self.handle.exit_signal_request(self.id, signal, status.core_dumped(), String::new(), String::new()).await;
                let _ = self.write.eof().await;
            }
            (code, _) => self.ended_with(code.and_then(|code| u32::try_from(code).ok()).unwrap_or(NOT_STARTED)).await,
        }
    }

    /// In the order that clients expect.
    async fn ended_with(&self, code: u32) {
        let _ = self.write.exit_status(code).await;
        let _ = self.write.eof().await;
    }
}
