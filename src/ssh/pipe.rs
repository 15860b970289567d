//! One direction of a stream between a pump and whoever reads or writes it: pieces of bytes, bounded in sum. Used by
//! `stream`; no I/O of its own.
//!
//! It keeps no room of its own: while nothing is on the way it takes next to nothing, whatever went through before. There
//! are four of them for each of many hosts.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::ReadBuf;

/// What is taken in as one piece, and given out as one.
const PIECE: usize = 32 * 1024;

#[derive(Default)]
struct Way {
    pieces: VecDeque<Bytes>,
    /// Of all pieces together.
    bytes: usize,
    /// No more comes.
    ended: bool,
    /// Nobody takes anything any more.
    deaf: bool,
    taker: Option<Waker>,
    giver: Option<Waker>,
}

impl Way {
    fn pop(&mut self) -> Option<Bytes> {
        let piece = self.pieces.pop_front()?;
        self.bytes -= piece.len();
        if self.pieces.is_empty() {
            self.pieces = VecDeque::new();
        }
        wake(&mut self.giver);
        Some(piece)
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

fn lock(way: &Mutex<Way>) -> MutexGuard<'_, Way> {
    way.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end that bytes go in at. Dropping it is the end of what comes out.
pub(super) struct Giver {
    way: Arc<Mutex<Way>>,
    most: usize,
}

/// The end that they come out at. Dropping it is an error for the other end.
pub(super) struct Taker {
    way: Arc<Mutex<Way>>,
}

/// Both ends of a direction on which `most` bytes may be on the way; the last piece may go beyond that.
pub(super) fn way(most: usize) -> (Giver, Taker) {
    let way = Arc::<Mutex<Way>>::default();
    (Giver { way: way.clone(), most }, Taker { way })
}

fn nobody() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "nobody takes it any more")
}

impl Giver {
    /// Waits for room; an error when nobody takes anything any more.
    fn poll_room(&self, cx: &Context<'_>) -> Poll<io::Result<MutexGuard<'_, Way>>> {
        let mut way = lock(&self.way);
        if way.deaf || way.ended {
            return Poll::Ready(Err(nobody()));
        }
        if way.bytes >= self.most {
            way.giver = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(way))
    }

    /// Puts in a piece as it is, once there is room.
    pub(super) async fn give(&self, piece: Bytes) -> io::Result<()> {
        std::future::poll_fn(|cx| self.poll_room(cx).map_ok(|mut way| put(&mut way, piece.clone()))).await
    }

    /// Puts in what there is room for, as [`tokio::io::AsyncWrite`] has it.
    pub(super) fn poll_write(&self, cx: &Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_room(cx).map_ok(|mut way| {
            let room = self.most.saturating_sub(way.bytes).min(PIECE);
            let piece = from.get(..room).unwrap_or(from);
            put(&mut way, Bytes::copy_from_slice(piece));
            piece.len()
        })
    }

    /// No more comes.
    pub(super) fn end(&self) {
        let mut way = lock(&self.way);
        way.ended = true;
        wake(&mut way.taker);
    }
}

fn put(way: &mut Way, piece: Bytes) {
    if !piece.is_empty() {
        way.bytes += piece.len();
        way.pieces.push_back(piece);
        wake(&mut way.taker);
    }
}

impl Drop for Giver {
    fn drop(&mut self) {
        self.end();
    }
}

impl Taker {
    fn poll_some(&self, cx: &Context<'_>) -> Poll<MutexGuard<'_, Way>> {
        let mut way = lock(&self.way);
        if way.pieces.is_empty() && !way.ended {
            way.taker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(way)
    }

    /// Takes what is there, up to 32 KiB; nothing when no more comes. What was put in by small pieces comes out as one.
    pub(super) async fn take(&self) -> Option<Bytes> {
        std::future::poll_fn(|cx| self.poll_some(cx).map(|mut way| joined(&mut way))).await
    }

    /// Fills `into`, as [`tokio::io::AsyncRead`] has it: nothing when no more comes.
    pub(super) fn poll_read(&self, cx: &Context<'_>, into: &mut ReadBuf<'_>) -> Poll<()> {
        self.poll_some(cx).map(|mut way| {
            while into.remaining() > 0 {
                let Some(mut piece) = way.pop() else { return };
                let count = piece.len().min(into.remaining());
                into.put_slice(piece.get(..count).unwrap_or(&piece));
                piece.advance(count);
                if !piece.is_empty() {
                    way.bytes += piece.len();
                    way.pieces.push_front(piece);
                }
            }
        })
    }
}

fn joined(way: &mut Way) -> Option<Bytes> {
    let first = way.pop()?;
    let fits = |way: &Way, so_far: usize| way.pieces.front().is_some_and(|next| so_far + next.len() <= PIECE);
    if !fits(way, first.len()) {
        return Some(first);
    }
    let mut all = BytesMut::from(first);
    while fits(way, all.len()) {
        let Some(next) = way.pop() else { break };
        all.extend_from_slice(&next);
    }
    Some(all.freeze())
}

impl Drop for Taker {
    fn drop(&mut self) {
        let mut way = lock(&self.way);
        way.deaf = true;
        way.pieces = VecDeque::new();
        way.bytes = 0;
        wake(&mut way.giver);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    fn now<T>(work: impl Future<Output = T>) -> Option<T> {
        work.now_or_never()
    }

    #[test]
    fn small_pieces_come_out_as_one_and_nothing_is_kept_when_all_are_out() {
        let (giver, taker) = way(1024);
        for piece in ["a", "bc", "", "d"] {
            now(giver.give(Bytes::from_static(piece.as_bytes()))).unwrap().unwrap();
        }
        assert_eq!(now(taker.take()).unwrap().unwrap(), "abcd");
        assert_eq!(now(taker.take()), None, "it waits for more");
        let kept = |way: &Way| (way.pieces.capacity(), way.bytes);
        assert_eq!(kept(&lock(&taker.way)), (0, 0));
        giver.end();
        assert_eq!(now(taker.take()), Some(None));
    }

    #[test]
    fn a_large_piece_is_not_copied_to_be_joined() {
        let (giver, taker) = way(4 * PIECE);
        let large = Bytes::from(vec![7; PIECE]);
        now(giver.give(large.clone())).unwrap().unwrap();
        now(giver.give(Bytes::from_static(b"x"))).unwrap().unwrap();
        assert_eq!(now(taker.take()).unwrap().unwrap().as_ptr(), large.as_ptr());
        assert_eq!(now(taker.take()).unwrap().unwrap(), "x");
    }

    #[test]
    fn whoever_gives_waits_for_room_and_hears_of_it() {
        let (giver, taker) = way(4);
        now(giver.give(Bytes::from_static(b"12345"))).unwrap().unwrap();
        assert!(now(giver.give(Bytes::from_static(b"6"))).is_none(), "there is no room");
        let mut waits = std::pin::pin!(giver.give(Bytes::from_static(b"6")));
        let (waker, count) = counting();
        assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        let mut bytes = [0; 8];
        let mut into = ReadBuf::new(&mut bytes[..2]);
        assert!(taker.poll_read(&Context::from_waker(&waker), &mut into).is_ready());
        assert_eq!((into.filled(), lock(&taker.way).bytes), (&b"12"[..], 3));
        assert!(count.load(std::sync::atomic::Ordering::Relaxed) > 0, "it was woken");
        assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_ready());
        assert_eq!(now(taker.take()).unwrap().unwrap(), "3456");
    }

    #[test]
    fn a_write_takes_what_fits_and_fails_when_nobody_reads() {
        let (giver, taker) = way(4);
        let (waker, _) = counting();
        let cx = Context::from_waker(&waker);
        assert!(matches!(giver.poll_write(&cx, b"123456"), Poll::Ready(Ok(4))));
        assert!(giver.poll_write(&cx, b"56").is_pending());
        drop(taker);
        assert!(matches!(giver.poll_write(&cx, b"56"), Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe));
    }

    /// A waker that counts.
    fn counting() -> (Waker, Arc<std::sync::atomic::AtomicUsize>) {
        struct Count(Arc<std::sync::atomic::AtomicUsize>);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
        let count = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        (Waker::from(Arc::new(Count(count.clone()))), count)
    }
}
