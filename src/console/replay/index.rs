//! One reading of a whole record before it is played: how long it is, where its events are, and from place to place all that
//! was known there, so that going to any time reads a small part of the file again.

use super::tape::{Decoder, Next, Tape};
use crate::console::event::{Event, LinkEvent, Moment};
use crate::console::record::{Entry, Header, Line};
use crate::console::settings::Settings;
use crate::console::state::{Link, Scene, Size, State};
use crate::console::update::update;
use crate::core::record::{Body, Record};
use crate::core::run::RunEvent;
use crate::wire::Verdict;
use std::io;

/// Places where all that was known is kept, at most; and how far they are apart at least, in bytes.
const PLACES: u64 = 32;
const APART: u64 = 2 * 1024 * 1024;
/// What all of them may take, in bytes of the journal's text.
const KEPT: usize = 48 * 1024 * 1024;
/// The most events, and the most entries of the journal that can be opened.
const MOST: usize = 200_000;

/// All that was known at a place of the file.
#[derive(Debug)]
struct Place {
    offset: u64,
    ms: u64,
    scene: Scene,
}

/// Something that somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// When.
    pub ms: u64,
    /// What.
    pub what: &'static str,
}

/// What is known of a record.
#[derive(Debug, Default)]
pub struct Index {
    places: Vec<Place>,
    /// Events, in order.
    pub marks: Vec<Mark>,
    /// Entries of the journal: index and where their line begins.
    entries: Vec<(u64, u64)>,
    /// The first moment with a picture, or with anything.
    pub first: u64,
    /// The last moment.
    pub length: u64,
    /// What is to be told about it.
    pub notes: Vec<String>,
}

/// Takes lines in as the console did, without a screen.
pub(super) struct Scout {
    pub(super) state: State,
    decoder: Decoder,
    header: Header,
    /// The time of the last line: time does not go back.
    pub(super) ms: u64,
}

impl Scout {
    /// One that stands where `scene` is, at this time.
    pub(super) fn new(header: &Header, scene: Scene, ms: u64) -> Self {
        let decoder = Decoder::after(scene.picture.as_ref().map(|picture| crate::wire::StatusView::clone(&picture.status)));
        let mut state = State::new(Settings::default(), Size::default(), header.started);
        state.set_scene(scene);
        Self { state, decoder, header: header.clone(), ms }
    }

    /// Takes a line in.
    pub(super) fn take(&mut self, line: Line) {
        self.ms = self.ms.max(line.ms);
        if let Some(event) = self.decoder.heard(line.what) {
            update(&mut self.state, Moment(self.ms), self.header.wall(self.ms), Event::Link(event));
            self.state.notices.dismiss();
        }
    }

    /// What is known now, and the decoder that goes on from here.
    pub(super) fn end(self) -> (Scene, Decoder) {
        (self.state.scene(), self.decoder)
    }
}

impl Index {
    /// Reads all of `tape`, which stands after its header; `progress` hears how many bytes were read.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read(tape: &mut Tape, header: &Header, mut progress: impl FnMut(u64)) -> io::Result<Self> {
        let apart = (tape.end() / PLACES).max(APART);
        let mut index = Self { places: vec![Place { offset: tape.offset(), ms: 0, scene: Scene::nothing() }], ..Self::default() };
        let (mut scout, mut seen, mut kept) = (Scout::new(header, Scene::nothing(), 0), Seen::default(), 0);
        let mut due = tape.offset().saturating_add(apart);
        loop {
            match tape.next()? {
                Next::Line(offset, line) => {
                    index.note(&mut seen, &line, offset, &scout);
                    scout.take(*line);
                    index.look(&mut seen, &scout);
                }
                Next::Damaged => seen.damaged += 1,
                Next::Unfinished => seen.unfinished = true,
                Next::Nothing => break,
            }
            if tape.offset() >= due {
                due = tape.offset().saturating_add(apart);
                let weight: usize = scout.state.journal.lines().map(|line| line.text.len() + 128).sum();
                kept += weight;
                if kept <= KEPT {
                    index.places.push(Place { offset: tape.offset(), ms: scout.ms, scene: scout.state.scene() });
                }
                progress(tape.offset());
            }
        }
        index.length = scout.ms;
        index.first = seen.first.unwrap_or(0);
        index.notes = seen.notes();
        Ok(index)
    }

    /// What a line says of itself.
    fn note(&mut self, seen: &mut Seen, line: &Line, offset: u64, scout: &Scout) {
        let ms = scout.ms.max(line.ms);
        match &line.what {
            Entry::Entries(records) => {
                let began = scout.state.journal.began;
                for record in records {
                    if self.entries.len() < MOST {
                        self.entries.push((record.index, offset));
                    }
                    // What had happened before is no event of this session.
                    if began.is_some_and(|began| record.index > began)
                        && let Some(what) = said(record)
                    {
                        self.mark(ms, what);
                    }
                }
            }
            Entry::LeftOut(count) => seen.left_out = seen.left_out.saturating_add(*count),
            Entry::End(why) => seen.end = Some(super::player::short(why)),
            _ => {}
        }
    }

    /// What is different after a line.
    fn look(&mut self, seen: &mut Seen, scout: &Scout) {
        if let Some(picture) = &scout.state.picture {
            seen.first.get_or_insert(scout.ms);
            let verdict = picture.status.verdict;
            if seen.verdict.replace(verdict).is_some_and(|before| before != verdict) {
                self.mark(scout.ms, "another verdict");
            }
        }
        let up = match &scout.state.link {
            Link::Connecting { .. } => None,
            Link::Up => Some(true),
            Link::Down { .. } => Some(false),
        };
        match (seen.up, up) {
            (Some(true), Some(false)) => self.mark(scout.ms, "the monitor does not answer"),
            (Some(false), Some(true)) if seen.first.is_some() => self.mark(scout.ms, "the monitor answers again"),
            _ => {}
        }
        seen.up = up;
    }

    fn mark(&mut self, ms: u64, what: &'static str) {
        // Of what happened at once one is enough to stop at, and the first says most.
        if self.marks.len() < MOST && self.marks.last().is_none_or(|last| last.ms < ms) {
            self.marks.push(Mark { ms, what });
        }
    }

    /// The last place before `ms`: where to read on from, the time there, and all that was known.
    #[must_use]
    pub fn before(&self, ms: u64) -> (u64, u64, Scene) {
        let at = self.places.partition_point(|place| place.ms <= ms).saturating_sub(1);
        self.places.get(at).map_or_else(|| (0, 0, Scene::nothing()), |place| (place.offset, place.ms, place.scene.clone()))
    }

    /// Where the line with this entry of the journal begins: the last one that begins before `offset`, since another journal
    /// may have used its number before.
    #[must_use]
    pub fn entry(&self, index: u64, offset: u64) -> Option<u64> {
        self.entries.iter().rev().find(|(i, at)| *i == index && *at < offset).map(|(_, at)| *at)
    }
}

/// What is remembered while the file is read.
#[derive(Default)]
struct Seen {
    first: Option<u64>,
    verdict: Option<Verdict>,
    up: Option<bool>,
    damaged: u64,
    unfinished: bool,
    left_out: u64,
    end: Option<String>,
}

impl Seen {
    fn notes(self) -> Vec<String> {
        let mut notes = Vec::new();
        let lines = |n| crate::words::count(usize::try_from(n).unwrap_or(usize::MAX), "line");
        if self.damaged > 0 {
            notes.push(format!("{} of this record cannot be read: what they said is missing", lines(self.damaged)));
        }
        if self.left_out > 0 {
            notes.push(format!("{} entries are missing in this record: the disk of then did not keep up", self.left_out));
        }
        match (&self.end, self.unfinished) {
            (None, true) => notes.push("this record was cut off in a line, or is still being written".to_owned()),
            (None, false) => notes.push("this record was cut off, or is still being written".to_owned()),
            (Some(why), _) if why.contains("limit") => notes.push(format!("this record ends before its session: {why}")),
            (Some(_), _) => {}
        }
        notes
    }
}

/// What an entry is as an event; nothing for what only belongs to one.
fn said(record: &Record) -> Option<&'static str> {
    match &record.body {
        Body::Decided { .. } => Some("a decision"),
        Body::RunOpened { .. } => Some("a run was opened"),
        Body::Run { event: RunEvent::Closed { .. }, .. } => Some("a run was over"),
        Body::Refused { .. } => Some("something was refused"),
        Body::StanceSet { .. } => Some("another mode"),
        _ => None,
    }
}

/// A line of the record as it is played: what of it is seen.
#[derive(Debug)]
pub enum Played {
    /// Heard of the monitor.
    Link(LinkEvent),
    /// Told about the operator, or about the record.
    Said(String),
    /// Nothing that is seen.
    Nothing,
}
