//! A record instead of a monitor: its file is read by a thread of its own, which sends what was heard then as the link would
//! have. Nothing here reaches a network, and nothing that acts.

mod index;
mod player;
mod tape;

use super::effect::{Play, Question};
use super::event::{Answer, Event, ReplayEvent, Ticket};
use super::record::{Header, NotARecord};
use crate::client::ClientError;
use index::Index;
use player::Player;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tape::Tape;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// The largest file that is played, in bytes: four times what is recorded unless somebody says otherwise.
const LARGEST: u64 = 1024 * 1024 * 1024;
/// What may wait for the thread.
const QUEUE: usize = 64;

/// Why a file is not played.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// It cannot be read.
    #[error("{} cannot be read: {why}", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("{} is no file: name one that `switchtower console --record FILE` or :dump has written", .0.display())]
    NoFile(PathBuf),
    /// It is too large.
    #[error("{} is larger than the 1024 MiB that a record may have", .0.display())]
    TooLarge(PathBuf),
    /// It is something else.
    #[error("{} cannot be played: {why}; name a file that `switchtower console --record FILE` or :dump has written", .path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: NotARecord,
    },
}

/// A record that was opened: its header is known, the rest is not read yet.
#[derive(Debug)]
pub struct Tapes {
    header: Header,
    tape: Tape,
}

impl Tapes {
    /// Opens a record.
    ///
    /// # Errors
    /// When it cannot be read, or is no record.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        let unreadable = |why| ReplayError::Unreadable { path: path.to_owned(), why };
        // Opening a pipe would wait for whoever writes into it.
        if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(ReplayError::NoFile(path.to_owned()));
        }
        let file = File::open(path).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        if length > LARGEST {
            return Err(ReplayError::TooLarge(path.to_owned()));
        }
        let mut tape = Tape::new(file, length);
        let foreign = |why| ReplayError::Foreign { path: path.to_owned(), why };
        let header = match tape.raw().map_err(unreadable)? {
            Some((line, true)) => Header::read(line).map_err(foreign)?,
            Some((_, false)) | None => return Err(foreign(NotARecord::Foreign)),
        };
        Ok(Self { header, tape })
    }

    /// Its first line.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }
}

/// What the thread is asked for.
enum Ask {
    Play(Play),
    Entry(Ticket, u64),
}

/// The thread that plays, and its owner.
#[derive(Debug)]
pub struct Stand {
    asks: SyncSender<Ask>,
    playing: JoinSet<()>,
}

impl Stand {
    /// Begins to play; what was heard goes to `out`.
    #[must_use]
    pub fn new(tapes: Tapes, out: mpsc::Sender<Event>) -> Self {
        let (asks, asked) = sync_channel(QUEUE);
        let mut playing = JoinSet::new();
        playing.spawn_blocking(move || {
            if let Err(error) = play(tapes, &asked, &out) {
                let _ = out.blocking_send(Event::Replay(ReplayEvent::Failed(format!("the record cannot be read on: {error}"))));
                // Whoever still asks is told so, until the console is left.
                while let Ok(ask) = asked.recv() {
                    if let Ask::Entry(ticket, index) = ask {
                        let _ = out.blocking_send(Event::Answer(ticket, Answer::Entry(index, Ok(None))));
                    }
                }
            }
        });
        Self { asks, playing }
    }

    /// Has it played otherwise. One who asks faster than the file can be read is not heard.
    pub fn play(&self, play: Play) {
        let _ = self.asks.try_send(Ask::Play(play));
    }

    /// Looks an entry of the journal up; everything else that a monitor would be asked is not in a record.
    pub fn ask(&self, ticket: Ticket, question: &Question, out: &mpsc::Sender<Event>) {
        let none = || ClientError::Lost("this is a record: nobody is asked".to_owned());
        let answer = match question {
            Question::Entry(index) => match self.asks.try_send(Ask::Entry(ticket, *index)) {
                Ok(()) => return,
                Err(_) => Answer::Entry(*index, Ok(None)),
            },
            Question::Run(run) => Answer::Run(*run, Err(none())),
            // None of them leaves the state while a record is played.
            Question::Plan { .. }
            | Question::Submit { .. }
            | Question::Abort { .. }
            | Question::Mode { .. }
            | Question::Acknowledge { .. } => Answer::Planned(Err(none())),
        };
        let _ = out.try_send(Event::Answer(ticket, answer));
    }

    /// Waits until the thread is gone, which it never is before the console; what is to be told then.
    pub async fn gone(&mut self) -> String {
        match self.playing.join_next().await {
            Some(Err(error)) => format!("the record is no longer played: {error}; report this defect"),
            Some(Ok(())) => "the record is no longer played; report this defect".to_owned(),
            None => std::future::pending().await,
        }
    }
}

/// Reads the whole record once, then plays it until nobody listens any more.
fn play(tapes: Tapes, asked: &Receiver<Ask>, out: &mpsc::Sender<Event>) -> io::Result<()> {
    let Tapes { header, mut tape } = tapes;
    let end = tape.end().max(1);
    let index = Index::read(&mut tape, &header, |read| {
        let percent = u8::try_from(read.saturating_mul(100) / end).unwrap_or(100);
        // One that is missed is followed by another.
        let _ = out.try_send(Event::Replay(ReplayEvent::Reading(percent)));
    })?;
    let mut player = Player::new(header, tape, index, Instant::now());
    let (mut events, mut waits) = (player.begin(Instant::now())?, None);
    loop {
        for event in events {
            if out.blocking_send(Event::Replay(event)).is_err() {
                return Ok(());
            }
        }
        events = match next(asked, &mut waits, player.rest()) {
            Ok(Ask::Play(play)) => player.ask(play, Instant::now())?,
            Ok(Ask::Entry(ticket, index)) => {
                let record = player.entry(index)?.map(Box::new);
                if out.blocking_send(Event::Answer(ticket, Answer::Entry(index, Ok(record)))).is_err() {
                    return Ok(());
                }
                Vec::new()
            }
            Err(RecvTimeoutError::Timeout) => player.step(Instant::now())?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
    }
}

/// The next thing that is asked for. Whoever holds an arrow key down asks for many small ways: they are gone at once.
fn next(asked: &Receiver<Ask>, waits: &mut Option<Ask>, most: Duration) -> Result<Ask, RecvTimeoutError> {
    let ask = match waits.take() {
        Some(ask) => ask,
        None => asked.recv_timeout(most)?,
    };
    let Ask::Play(Play::By(mut ms)) = ask else { return Ok(ask) };
    loop {
        match asked.try_recv() {
            Ok(Ask::Play(Play::By(more))) => ms = ms.saturating_add(more),
            other => {
                *waits = other.ok();
                return Ok(Ask::Play(Play::By(ms)));
            }
        }
    }
}

#[cfg(test)]
mod tests;
