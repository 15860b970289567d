//! A byte stream as a socket for the D-Bus library: bounded messages, and a switch that ends everything at once.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf as TokioRead, WriteHalf as TokioWrite};
use tokio_util::sync::CancellationToken;
use zbus::connection::socket::{ReadHalf, Socket, Split, WriteHalf};
use zbus::export::async_trait::async_trait;

/// Longest message that is taken, in bytes: a listing of some ten thousand units. D-Bus itself would allow 128 MiB.
const LONGEST: u64 = 4 * 1024 * 1024;
/// The part of a message that says how long it is.
const HEADER: usize = 16;

/// An authenticated stream. Cancelling `life` fails every read and write on it.
#[derive(Debug)]
pub(super) struct Wire<S> {
    pub stream: S,
    pub life: CancellationToken,
}

/// What is read from; the lock is never contended, it only makes the half fit for sharing.
#[derive(Debug)]
pub(super) struct Reader<S> {
    half: Mutex<TokioRead<S>>,
    life: CancellationToken,
    measure: Measure,
}

#[derive(Debug)]
pub(super) struct Writer<S> {
    half: Mutex<TokioWrite<S>>,
    life: CancellationToken,
}

impl<S: AsyncRead + AsyncWrite + std::fmt::Debug + Send + 'static> Socket for Wire<S> {
    type ReadHalf = Reader<S>;
    type WriteHalf = Writer<S>;

    fn split(self) -> Split<Reader<S>, Writer<S>> {
        let (read, write) = tokio::io::split(self.stream);
        let reader = Reader { half: Mutex::new(read), life: self.life.clone(), measure: Measure::default() };
        Split::new(reader, Writer { half: Mutex::new(write), life: self.life })
    }
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "given up on our side")
}

#[async_trait]
impl<S: AsyncRead + std::fmt::Debug + Send + 'static> ReadHalf for Reader<S> {
    async fn recvmsg(&mut self, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
        let half = self.half.get_mut().map_err(|_| ended())?;
        let read = tokio::select! {
            read = half.read(buffer) => read?,
            () = self.life.cancelled() => return Err(ended()),
        };
        self.measure.take(buffer.get(..read).unwrap_or_default())?;
        Ok((read, Vec::new()))
    }
}

#[async_trait]
impl<S: AsyncWrite + std::fmt::Debug + Send + 'static> WriteHalf for Writer<S> {
    async fn sendmsg(&mut self, buffer: &[u8], _fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
        let half = self.half.get_mut().map_err(|_| ended())?;
        tokio::select! {
            written = half.write(buffer) => written,
            () = self.life.cancelled() => Err(ended()),
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        let half = self.half.get_mut().map_err(|_| ended())?;
        tokio::select! {
            flushed = half.flush() => flushed,
            () = self.life.cancelled() => Err(ended()),
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.half.get_mut().map_err(|_| ended())?.shutdown().await
    }
}

/// Follows the messages in a stream of bytes and refuses one that says it is too long, before it is read.
#[derive(Debug, Default)]
struct Measure {
    header: Vec<u8>,
    body_left: u64,
}

impl Measure {
    fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let of_body = usize::try_from(self.body_left).unwrap_or(usize::MAX).min(bytes.len());
            let (body, rest) = bytes.split_at(of_body);
            self.body_left -= body.len() as u64;
            let (header, rest) = rest.split_at(rest.len().min(HEADER - self.header.len()));
            self.header.extend_from_slice(header);
            bytes = rest;
            if self.header.len() == HEADER {
                self.body_left = rest_of_message(&self.header)?;
                self.header.clear();
            }
        }
        Ok(())
    }
}

/// How many bytes follow the first sixteen.
fn rest_of_message(header: &[u8]) -> io::Result<u64> {
    let number = |at: usize| -> Option<u64> {
        let bytes: [u8; 4] = header.get(at..at + 4)?.try_into().ok()?;
        match header.first()? {
            b'l' => Some(u32::from_le_bytes(bytes).into()),
            b'B' => Some(u32::from_be_bytes(bytes).into()),
            _ => None,
        }
    };
    let lengths = number(4).zip(number(12));
    let (body, fields) = lengths.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "this is no D-Bus message"))?;
    let rest = fields.next_multiple_of(8) + body;
    if rest > LONGEST {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a D-Bus message of {rest} bytes is refused")));
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(body: usize) -> Vec<u8> {
        let mut bytes = vec![b'l', 4, 0, 1];
        bytes.extend((body as u32).to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        bytes.extend(5u32.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(vec![7; body]);
        bytes
    }

    #[test]
    fn messages_in_pieces_of_any_size_are_followed() {
        let bytes: Vec<u8> = [message(3), message(0), message(1000)].concat();
        for piece in [1, 2, 7, 16, 17, 4096] {
            let mut measure = Measure::default();
            for part in bytes.chunks(piece) {
                measure.take(part).unwrap();
            }
            assert_eq!((measure.header.len(), measure.body_left), (0, 0), "pieces of {piece}");
        }
    }

    #[test]
    fn a_message_that_claims_to_be_huge_is_refused_with_its_header() {
        let mut claim = message(0);
        claim[4..8].copy_from_slice(&100_000_000u32.to_le_bytes());
        assert!(Measure::default().take(&claim[..16]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = Measure::default().take(&bytes);
        }
    }
}
