//! The record of a session: what was heard of the monitor and what the operator did, as lines that `replay` plays again.
//!
//! The last minutes are always kept in memory; all of it goes to a file where somebody asked for that. Called by `run` with
//! every event. Nothing that was typed gets in here: neither keys nor words nor reasons.

mod ages;
mod dump;
mod format;
mod reasons;
mod ring;
mod writer;

pub use ages::with as picture_with;
pub use dump::{Shared, at_panic, dump, keep_for_panic, name};
pub use format::{Again, Entry, Header, LONGEST, Line, NotARecord, VERSION, wall};
pub use ring::Ring;
pub use writer::{LIMIT_MIB, NewFile, RecordError};

use super::action::{Action, entry_of};
use super::effect::{Effect, Question};
use super::event::{Event, LinkEvent, Moment};
use super::hands::MANY;
use super::state::Size;
use super::term::Raw;
use crate::core::command::Command;
use crate::wire::{ModeAsk, StatusView};
use reasons::Reasons;
use ring::{Kept, Kind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use writer::Writer;

/// A whole picture is written at least so often, in milliseconds. How often at most is a matter of who takes them: ten a second.
const WHOLE_MS: u64 = 60_000;
/// Entries that wait until it is known which cluster this is; with more of them the header does without.
const EARLY: usize = 64;

/// Takes the session in.
pub struct Recorder {
    ring: Shared,
    header: Header,
    reasons: Reasons,
    file: Output,
    last: Option<Box<Written>>,
}

/// The last picture that was written.
struct Written {
    timeless: StatusView,
    /// When it was last written as a whole.
    whole: Moment,
}

/// Where all of the session goes.
enum Output {
    /// Nowhere, or no longer.
    Nowhere,
    /// Into a file, as soon as the header is known.
    Waits { file: NewFile, out: mpsc::Sender<Event>, early: Vec<Kept> },
    /// Into a file.
    Goes(Writer),
}

impl Recorder {
    /// A session that begins now, with a terminal of this size; recorded into a file where there is one. What becomes of that
    /// is told to `out`.
    #[must_use]
    pub fn new(started: jiff::Timestamp, size: Size, file: Option<NewFile>, out: mpsc::Sender<Event>) -> Self {
        let header = Header {
            format: format::FORMAT.to_owned(),
            version: VERSION,
            cluster: None,
            started,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            cols: size.cols,
            rows: size.rows,
        };
        let ring = Arc::new(Mutex::new(Ring::new(header.clone())));
        let file = file.map_or(Output::Nowhere, |file| Output::Waits { file, out, early: Vec::new() });
        Self { ring, header, reasons: Reasons::default(), file, last: None }
    }

    /// The last minutes, for whoever writes them.
    #[must_use]
    pub fn ring(&self) -> Shared {
        self.ring.clone()
    }

    /// Takes in what happens, before anything is made of it.
    pub fn hear(&mut self, now: Moment, event: &Event) {
        match event {
            Event::Link(LinkEvent::Picture(status)) => self.picture(now, status),
            Event::Link(link) => {
                if let LinkEvent::Up(welcome) = link {
                    self.header.cluster.get_or_insert_with(|| welcome.cluster.clone());
                    self.ring.lock().unwrap_or_else(PoisonError::into_inner).name(&welcome.cluster);
                }
                let kind = match link {
                    LinkEvent::Up(_) => Kind::Up,
                    LinkEvent::Anew => Kind::Anew,
                    LinkEvent::Opened(_) | LinkEvent::Entries(_) | LinkEvent::Gap(_) => Kind::Journal,
                    LinkEvent::Picture(_) | LinkEvent::Changed(_) | LinkEvent::Down { .. } => Kind::Other,
                };
                if let Some(entry) = Entry::of(link) {
                    self.take(now, kind, &entry);
                }
                self.begin();
            }
            Event::Raw(Raw::Resize(cols, rows)) => self.take(now, Kind::Other, &Entry::Resize(*cols, *rows)),
            _ => {}
        }
    }

    /// Takes in what the operator did, and what that led to.
    pub fn did(&mut self, now: Moment, deeds: &[Action], effects: &[Effect]) {
        for action in deeds {
            if let Some(entry) = entry_of(*action) {
                self.take(now, Kind::Other, &Entry::Action(entry.name.to_owned()));
            }
        }
        for effect in effects {
            if let Effect::Ask(_, question) = effect
                && let Some(asked) = asked(question)
            {
                self.take(now, Kind::Other, &Entry::Asked(asked));
            }
        }
    }

    fn picture(&mut self, now: Moment, status: &StatusView) {
        if status.components.len() > MANY && matches!(self.file, Output::Nowhere) {
            // It would not fit into what is kept in memory, and writing it would take longer than drawing it.
            return;
        }
        let timeless = ages::timeless(status);
        if self.last.as_ref().is_some_and(|last| last.timeless == timeless && now.since(last.whole) < WHOLE_MS) {
            return self.take(now, Kind::Other, &Entry::Again(ages::ages(status)));
        }
        self.last = Some(Box::new(Written { timeless, whole: now }));
        self.take(now, Kind::Whole, &Entry::Picture(Box::new(status.clone())));
    }

    fn take(&mut self, at: Moment, kind: Kind, entry: &Entry) {
        let free = matches!(entry, Entry::Picture(_) | Entry::Opened(_) | Entry::Entries(_));
        let what = if free { self.without_reasons(entry) } else { json(entry) };
        let Some(what) = what.filter(|what| what.len() < LONGEST - 64) else { return };
        let kept = Kept { at, kind, what: what.into() };
        let whole = self.ring.lock().unwrap_or_else(PoisonError::into_inner).push(kept.clone());
        if matches!(&self.file, Output::Waits { early, .. } if early.len() >= EARLY) {
            self.begin();
        }
        let written = match &mut self.file {
            Output::Nowhere => true,
            Output::Waits { early, .. } => {
                early.push(kept);
                true
            }
            Output::Goes(writer) => writer.write(at.0, &kept.what),
        };
        if !whole || !written {
            // Ages alone say nothing to who has not read the picture before.
            self.last = None;
        }
    }

    fn without_reasons(&mut self, entry: &Entry) -> Option<String> {
        let mut value = serde_json::to_value(entry).ok()?;
        self.reasons.take_out(&mut value);
        serde_json::to_string(&value).ok()
    }

    /// Something was heard of the monitor, or that it is not reached: the header is as complete as it gets.
    fn begin(&mut self) {
        let (file, out, early) = match std::mem::replace(&mut self.file, Output::Nowhere) {
            Output::Waits { file, out, early } => (file, out, early),
            other => {
                self.file = other;
                return;
            }
        };
        let head = serde_json::to_string(&self.header).unwrap_or_default() + "\n";
        match Writer::start(file, head, out.clone()) {
            Ok(mut writer) => {
                for kept in early {
                    // There is more room than entries that waited.
                    writer.write(kept.at.0, &kept.what);
                }
                self.file = Output::Goes(writer);
            }
            Err(error) => {
                let ended = super::event::RecordEvent::Ended { path: "the file".to_owned(), why: error.to_string() };
                let _ = out.try_send(Event::Record(ended));
            }
        }
    }

    /// Has the rest written, and waits for that no longer than `most`.
    pub async fn finish(mut self, most: Duration) {
        self.begin();
        if let Output::Goes(writer) = self.file {
            writer.finish(most).await;
        }
    }
}

/// The JSON of an entry.
fn json(entry: &Entry) -> Option<String> {
    serde_json::to_string(entry).ok()
}

/// What is handed in, in words: never the word that confirms it, nor the reason.
fn asked(question: &Question) -> Option<String> {
    Some(match question {
        Question::Submit { submit, .. } => match &submit.command {
            Command::Switchover { to: Some(to) } => format!("switchover {to}"),
            Command::Fence { host, .. } => format!("fence {host}"),
            other => other.verb().to_owned(),
        },
        Question::Abort { run, .. } => format!("abort {run}"),
        Question::Mode { mode, .. } => match mode {
            ModeAsk::Automatic => "automatic".to_owned(),
            ModeAsk::ObserveOnly => "observe-only".to_owned(),
            ModeAsk::Pause { .. } => "pause".to_owned(),
        },
        Question::Acknowledge { .. } => "acknowledge".to_owned(),
        Question::Plan { .. } | Question::Run(_) | Question::Entry(_) => return None,
    })
}

#[cfg(test)]
mod tests;
