//! Plays a record: which line is due, at which pace, and from where. A value with the clock in the hand of its caller; the
//! thread that calls it is in `mod.rs`.

use super::index::{Index, Played, Scout};
use super::tape::{Decoder, Next, Tape};
use crate::console::action;
use crate::console::effect::Play;
use crate::console::event::ReplayEvent;
use crate::console::record::{Entry, Header, Line};
use crate::console::state::{Pace, Scene};
use crate::core::record::Record;
use std::io;
use std::time::{Duration, Instant};

/// The position is told so often while it moves.
const TOLD: Duration = Duration::from_millis(200);
/// Lines that are played at once; more of them wait for the next step.
const AT_ONCE: usize = 256;
/// What comes so soon after an event still belongs to it, in milliseconds: the one before it is meant.
const GRACE_MS: u64 = 1_000;

/// A record, and where it stands.
#[derive(Debug)]
pub struct Player {
    header: Header,
    tape: Tape,
    index: Index,
    decoder: Decoder,
    /// The line that comes next, if it was read already.
    ahead: Option<Box<Line>>,
    /// Where it stands.
    at: u64,
    playing: bool,
    pace: Pace,
    /// Since when it plays from where, at this pace.
    from: (Instant, u64),
}

impl Player {
    /// At the beginning of a record, and playing.
    #[must_use]
    pub fn new(header: Header, tape: Tape, index: Index, now: Instant) -> Self {
        let (decoder, pace) = (Decoder::default(), Pace::default());
        Self { header, tape, index, decoder, ahead: None, at: 0, playing: true, pace, from: (now, 0) }
    }

    /// Where it stands, in words for the screen.
    fn stands(&self, said: Option<String>) -> ReplayEvent {
        ReplayEvent::Stands { at: self.at, playing: self.playing, pace: self.pace, said }
    }

    /// How long nothing has to be done.
    #[must_use]
    pub fn rest(&self) -> Duration {
        match (self.playing, &self.ahead) {
            (false, _) => Duration::from_secs(60),
            (true, None) => TOLD,
            (true, Some(line)) => Duration::from_millis(self.pace.takes(line.ms.saturating_sub(self.at))).min(TOLD),
        }
    }

    /// Plays what is due.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn step(&mut self, now: Instant) -> io::Result<Vec<ReplayEvent>> {
        if !self.playing {
            return Ok(Vec::new());
        }
        let gone = u64::try_from(now.saturating_duration_since(self.from.0).as_millis()).unwrap_or(u64::MAX);
        let due = self.from.1.saturating_add(self.pace.of(gone)).min(self.index.length);
        let mut events = Vec::new();
        for _ in 0..AT_ONCE {
            let Some(line) = self.line_until(due)? else {
                self.at = due;
                break;
            };
            self.at = self.at.max(line.ms);
            match self.played(line.what) {
                Played::Link(event) => events.push(ReplayEvent::Heard { at: self.at, event: Box::new(event) }),
                Played::Said(text) => events.push(self.stands(Some(text))),
                Played::Nothing => {}
            }
        }
        let over = self.at >= self.index.length && self.at == due && !self.waits(due)?;
        if over {
            self.playing = false;
        }
        events.push(self.stands(over.then(|| "the record ends here".to_owned())));
        Ok(events)
    }

    /// The next line, if it is not later than `due`.
    fn line_until(&mut self, due: u64) -> io::Result<Option<Box<Line>>> {
        Ok(if self.waits(due)? { self.ahead.take() } else { None })
    }

    /// There is a next line that is not later than `due`.
    fn waits(&mut self, due: u64) -> io::Result<bool> {
        while self.ahead.is_none() {
            match self.tape.next()? {
                Next::Line(_, line) => self.ahead = Some(line),
                Next::Damaged | Next::Unfinished => {}
                Next::Nothing => return Ok(false),
            }
        }
        Ok(self.ahead.as_ref().is_some_and(|line| line.ms <= due))
    }

    fn played(&mut self, entry: Entry) -> Played {
        match entry {
            Entry::Action(name) => match action::TABLE.iter().find(|entry| entry.name == name) {
                // Where somebody moved to is not worth a word.
                Some(entry) if entry.scope == action::Scope::Global => Played::Said(format!("the operator of then: {name}")),
                _ => Played::Nothing,
            },
            Entry::Asked(what) => Played::Said(format!("the operator of then asked for: {}", short(&what))),
            Entry::LeftOut(count) => Played::Said(format!("{count} entries were left out here")),
            Entry::End(why) => Played::Said(format!("the record ends here: {}", short(&why))),
            Entry::Resize(..) => Played::Nothing,
            heard => self.decoder.heard(heard).map_or(Played::Nothing, Played::Link),
        }
    }

    /// Does what was asked for.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn ask(&mut self, play: Play, now: Instant) -> io::Result<Vec<ReplayEvent>> {
        // What has gone by until now was played at the pace until now.
        let mut events = self.step(now)?;
        let (first, length) = (self.index.first, self.index.length);
        match play {
            Play::By(ms) => events.extend(self.go(self.at.saturating_add_signed(ms), None)?),
            Play::Begin => events.extend(self.go(first, Some("the beginning of the record".to_owned()))?),
            Play::End => {
                self.playing = false;
                events.extend(self.go(length, Some("the end of the record".to_owned()))?);
            }
            Play::Event { forward } => {
                let grace = if self.playing { GRACE_MS } else { 0 };
                let (marks, at) = (&self.index.marks, self.at);
                let mark = match forward {
                    true => marks.iter().find(|mark| mark.ms > at),
                    false => marks.iter().rev().find(|mark| mark.ms < at.saturating_sub(grace)),
                };
                match mark.cloned() {
                    Some(mark) => events.extend(self.go(mark.ms, Some(mark.what.to_owned()))?),
                    None => {
                        let way = if forward { "after" } else { "before" };
                        events.push(self.stands(Some(format!("there is no event {way} this"))));
                    }
                }
            }
            Play::Pause => {
                self.playing = !self.playing && self.at < length;
                events.push(self.stands(None));
            }
            Play::Faster => self.pace = self.pace.faster(),
            Play::Slower => self.pace = self.pace.slower(),
        }
        if matches!(play, Play::Faster | Play::Slower) {
            events.push(self.stands(Some(format!("played at {}", self.pace))));
        }
        self.from = (now, self.at);
        Ok(events)
    }

    /// Goes to another time: all that was known then takes the place of what is on the screen.
    fn go(&mut self, to: u64, said: Option<String>) -> io::Result<Vec<ReplayEvent>> {
        let scene = self.scene(to.clamp(self.index.first, self.index.length))?;
        Ok(vec![ReplayEvent::Scene { at: self.at, scene: Box::new(scene) }, self.stands(said)])
    }

    /// All that was known at this time; the next line is the first after it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn scene(&mut self, at: u64) -> io::Result<Scene> {
        let (offset, ms, scene) = self.index.before(at);
        let mut scout = Scout::new(&self.header, scene, ms);
        self.tape.seek(offset)?;
        self.ahead = None;
        while let Some(line) = self.line_until(at)? {
            scout.take(*line);
        }
        let (scene, decoder) = scout.end();
        (self.decoder, self.at) = (decoder, at);
        Ok(scene)
    }

    /// The first picture, and what is to be told at the beginning.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn begin(&mut self, now: Instant) -> io::Result<Vec<ReplayEvent>> {
        let (first, length, notes) = (self.index.first, self.index.length, self.index.notes.clone());
        let mut events = vec![ReplayEvent::Ready { first, length, notes }];
        events.extend(self.go(first, None)?);
        self.from = (now, self.at);
        Ok(events)
    }

    /// An entry of the journal as it was recorded, of those before where the record stands.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn entry(&mut self, index: u64) -> io::Result<Option<Record>> {
        let back = self.tape.offset();
        let Some(offset) = self.index.entry(index, back) else { return Ok(None) };
        self.tape.seek(offset)?;
        let line = self.tape.next()?;
        self.tape.seek(back)?;
        Ok(match line {
            Next::Line(_, line) => match line.what {
                Entry::Entries(records) => records.into_iter().find(|record| record.index == index),
                _ => None,
            },
            Next::Damaged | Next::Unfinished | Next::Nothing => None,
        })
    }
}

/// As much of a text from the file as is told in a line.
pub(super) fn short(text: &str) -> String {
    text.chars().take(200).collect()
}
