//! Watching a run until it is known how it ended.
//!
//! The end is what the monitor says when it is asked, or what stands in its journal; a lost connection, a silence or an
//! impatient watcher is no end.

use crate::cli::end::{self, Ended};
use crate::cli::out::Out;
use crate::cli::person::Person;
use crate::client::{ClientError, Dial, Feed, Item};
use crate::core::command::{End, Exit, Reason};
use crate::core::plan::Plan;
use crate::core::record::{Body, Record, RunId};
use crate::core::run::RunEvent;
use crate::wire::{PlanView, RunView};
use crate::words::{Line, Narrator, Outage, Tone, end_tone, span};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

/// The longest pause between two attempts to reach the monitor again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Entries of the run that are kept, to measure the outage.
const MAX_KEPT: usize = 20_000;

/// Somebody watching a run.
pub(super) struct Watching<'a> {
    feed: Feed<'a>,
    run: RunId,
    until: Instant,
    narrator: Narrator,
    records: Vec<Record>,
    /// How it ended, by the journal.
    closed: Option<End>,
    /// It is watched on its way back; what was before is not told.
    undoing: bool,
    /// Entries are told from here on.
    telling: bool,
    pause: Duration,
    /// Somebody was told that the connection is gone.
    lost: bool,
}

/// How the watching ended.
enum Watched {
    Over(End, Option<Box<RunView>>),
    Left(Reason),
}

/// What the feed came back with.
enum Came {
    Item(Item),
    View(Box<RunView>),
}

impl<'a> Watching<'a> {
    /// Watches `run` for `patience`.
    pub(super) fn new(dial: &'a dyn Dial, run: RunId, plan: Option<&Plan>, patience: Duration) -> Self {
        Self {
            feed: Feed::new(dial, run.0),
            run,
            until: Instant::now() + patience,
            narrator: plan.map_or_else(Narrator::default, |plan| Narrator::of_run(run, plan.clone())),
            records: Vec::new(),
            closed: None,
            undoing: false,
            telling: true,
            pause: Duration::ZERO,
            lost: false,
        }
    }

    /// The same, telling only what happens once the run is turned back.
    #[must_use]
    pub(super) fn on_its_way_back(self) -> Self {
        Self { undoing: true, telling: false, ..self }
    }

    async fn watch(&mut self, person: &mut dyn Person, out: &mut Out) -> Watched {
        let run = self.run;
        let mut ask = false;
        loop {
            let (feed, pause) = (&mut self.feed, self.pause);
            let came = async move {
                if !pause.is_zero() {
                    sleep(pause).await;
                }
                if ask { feed.run(run).await.map(|view| Came::View(Box::new(view))) } else { feed.next().await.map(Came::Item) }
            };
            let came = tokio::select! {
                biased;
                came = came => came,
                () = person.interrupt() => return Watched::Left(interrupted(run)),
                () = sleep_until(self.until) => return Watched::Left(waited_out(run)),
            };
            match came {
                Ok(came) => {
                    self.found_again(out);
                    match self.take(came, out) {
                        Next::Ask => ask = true,
                        Next::Listen => ask = false,
                        Next::Over(end, view) => return Watched::Over(end, view),
                    }
                }
                Err(error) => {
                    if let Some(over) = self.missed(&error, out) {
                        return over;
                    }
                }
            }
        }
    }

    fn take(&mut self, came: Came, out: &mut Out) -> Next {
        match came {
            Came::Item(Item::Record(record)) => {
                self.tell(&record, out);
                if self.closed.is_some() { Next::Ask } else { Next::Listen }
            }
            Came::Item(Item::Quiet | Item::Gap(_) | Item::Anew) => Next::Ask,
            Came::View(view) => match view.end.clone().or_else(|| self.closed.clone()) {
                Some(end) => Next::Over(end, Some(view)),
                None => Next::Listen,
            },
        }
    }

    /// Keeps and tells an entry, if it is about this run or about the monitor itself.
    fn tell(&mut self, record: &Record, out: &mut Out) {
        let said = match &record.body {
            Body::Run { run, event } if *run == self.run => {
                match event {
                    RunEvent::Closed { end } => self.closed = Some(end.clone()),
                    RunEvent::TurnedBack { .. } => self.telling = true,
                    _ => {}
                }
                // The end is told by whoever asked for the run.
                (!matches!(event, RunEvent::Closed { .. })).then(|| self.narrator.event(self.run, event))
            }
            Body::RunOpened { .. } if record.index == self.run.0 => Some(self.narrator.sentence(record)),
            Body::TermTaken { .. } => Some(self.narrator.sentence(record)),
            _ => return,
        };
        if self.records.len() < MAX_KEPT {
            self.records.push(record.clone());
        }
        if let Some((tone, said)) = said.filter(|_| self.telling) {
            out.say(Line::of(Tone::Faint, record.at.strftime("%H:%M:%S%.3fZ  ").to_string()).and(tone, said));
        }
    }

    fn found_again(&mut self, out: &mut Out) {
        self.pause = Duration::ZERO;
        if std::mem::take(&mut self.lost) {
            out.complain("the monitor answers again");
        }
    }

    /// After an error: tries again later, unless that cannot help or the journal has told the end already.
    fn missed(&mut self, error: &ClientError, out: &mut Out) -> Option<Watched> {
        if !error.passing() {
            return Some(match self.closed.take() {
                Some(end) => Watched::Over(end, None),
                None => {
                    Watched::Left(Reason::new(format!("run {} goes on, and cannot be watched: {error}", self.run), ask_later(self.run)))
                }
            });
        }
        self.pause = (self.pause * 2).clamp(Duration::from_millis(250), LONGEST_PAUSE);
        if !std::mem::replace(&mut self.lost, true) {
            out.complain(Line::of(Tone::Warn, format!("{error}; run {} goes on, asking again", self.run)));
        }
        None
    }
}

enum Next {
    Listen,
    Ask,
    Over(End, Option<Box<RunView>>),
}

/// Watches to the end, says it, and turns it into an exit code.
pub(super) async fn to_the_end(mut watching: Watching<'_>, plan: Option<&PlanView>, person: &mut dyn Person, out: &mut Out) -> Exit {
    let (end, view) = match watching.watch(person, out).await {
        Watched::Left(reason) => return end::reasons(Exit::Unknown, vec![reason], out),
        Watched::Over(end, view) => (end, view),
    };
    // Everything undone is what was asked for with `abort`, and a failure of anything else.
    let exit = match end {
        End::NothingChanged { .. } if watching.undoing => Exit::Done,
        _ => Exit::from(&end),
    };
    let outage = Outage::measured(&watching.records);
    out.say_all(last_words(&end, exit, view.as_deref(), outage.as_ref(), watching.run));
    if out.look().json {
        let outage_ms = outage.and_then(|outage| outage.ms());
        out.document(&Ended { run: view.as_deref(), plan, outage_ms, ..Ended::with(exit) });
    }
    exit
}

fn last_words(end: &End, exit: Exit, view: Option<&RunView>, outage: Option<&Outage>, run: RunId) -> Vec<Line> {
    let tone = if exit == Exit::Done { Tone::Good } else { end_tone(end) };
    let took = view.and_then(took_ms).map_or(String::new(), |ms| format!(" in {}", span(ms)));
    let outage = outage.map_or(String::new(), |outage| format!("; {outage}"));
    let said = match (end, exit) {
        (End::NothingChanged { .. }, Exit::Done) => "done: everything is undone".to_owned(),
        (end, _) => end.to_string(),
    };
    let mut lines = vec![Line::of(tone, said).and(Tone::Plain, format!(" (run {run}{took}{outage})"))];
    if let End::Partly { left, .. } = end {
        lines.extend(left.iter().map(|line| Line::of(Tone::Bad, format!("  left: {line}"))));
    }
    lines
}

/// From opening to end.
fn took_ms(view: &RunView) -> Option<u64> {
    let closed = view.closed?;
    u64::try_from(closed.as_millisecond().saturating_sub(view.opened.as_millisecond())).ok()
}

fn interrupted(run: RunId) -> Reason {
    let what = format!("you stopped watching; run {run} goes on and is not cancelled");
    Reason::new(what, format!("{}, or turn it back with `switchtower abort {run}`", ask_later(run)))
}

fn waited_out(run: RunId) -> Reason {
    Reason::new(format!("run {run} is not over in the time of --wait, and goes on"), ask_later(run))
}

fn ask_later(run: RunId) -> String {
    format!("ask how it ended with `switchtower report {run}`")
}
