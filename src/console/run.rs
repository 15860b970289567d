//! The loop: one event is taken, those that wait behind it too, then the screen is drawn if that is due. Everything that
//! touches the world on the console's behalf is called from here.

mod files;

use super::effect::Effect;
use super::event::{Event, Moment};
use super::record::{self, NewFile, Recorder};
use super::settings::Settings;
use super::source::{Origin, Source};
use super::state::{Replay, Size, State};
use super::term::{Drawn, Input, Options, Raw, Screen, Signal, Signals, Suspension, TermError, Tty, sequences, suspend};
use super::theme::{self, Colours, Theme, ThemeError};
use super::{Workbench, ui};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

/// Events that wait for the loop.
const QUEUE: usize = 256;
/// No more frames than this for what was not typed, 12 a second: nobody is shown anything later than that, and nobody reads faster.
const FRAME: Duration = Duration::from_millis(80);
/// What was recorded last may take so long to be written when the console ends.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// An age on the screen grows by itself this often.
const TICK: Duration = Duration::from_secs(1);

/// What the console needs from outside.
pub struct World {
    /// What is shown.
    pub origin: Origin,
    /// The file that the session is recorded into.
    pub record: Option<NewFile>,
    /// How it looks and behaves.
    pub settings: Settings,
    /// The folder of the user's own themes.
    pub themes: Option<PathBuf>,
    /// The folder that screens are saved in.
    pub screens: PathBuf,
    /// The folder that a panic leaves the last minutes in.
    pub records: PathBuf,
    /// How many colours the terminal has.
    pub colours: Colours,
    /// Something to tell at the start.
    pub note: Option<String>,
    /// What can be broken on purpose, in a demo.
    pub workbench: Option<Arc<dyn Workbench>>,
    /// How the terminal wants what is meant for the one around it.
    pub wrap: sequences::Wrap,
}

/// How the console ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Somebody left it.
    Quit,
    /// Its terminal is gone.
    HungUp,
    /// It was told to, by a signal.
    Told,
}

/// Why the console cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The terminal.
    #[error(transparent)]
    Terminal(#[from] TermError),
    /// The theme.
    #[error(transparent)]
    Theme(#[from] ThemeError),
}

/// Runs the console in this process's terminal until somebody leaves it.
///
/// # Errors
/// When there is no terminal or no such theme.
pub async fn run(world: World) -> Result<Ended, ConsoleError> {
    let theme = theme::load(&world.settings.theme, world.themes.as_deref())?.at_level(world.colours);
    let tty = Tty::open()?;
    let signals = Signals::start(&tty)?;
    let options = Options { synchronized: world.settings.synchronized, title: world.settings.title };
    let mut screen = Screen::enter(&tty, options)?;
    let size = screen.size()?;
    let size = Size { cols: size.width, rows: size.height };
    let mut state = State::new(world.settings.clone(), size, jiff::Timestamp::now());
    state.recording = world.record.is_some();
    if let Origin::Record(tapes) = &world.origin {
        state.replay = Some(Replay::of(tapes.header()));
    }
    if let Some(note) = &world.note {
        state.notices.say(state.clock, crate::words::Tone::Warn, note.clone());
    }
    // Something is seen before anybody is asked anything.
    screen.draw(|frame| ui::draw(&state, &theme, frame))?;
    let input = Input::start(&tty)?;
    let (out, events) = mpsc::channel(QUEUE);
    if world.settings.mouse {
        state.mouse = true;
        screen.set_mouse(true)?;
    }
    let start = Instant::now();
    let World { origin, record, settings, themes, screens, records, colours, workbench, wrap, .. } = world;
    let recorder = match origin {
        // What is recorded already is not recorded again.
        Origin::Record(_) => None,
        Origin::Monitor(_) => {
            let recorder = Recorder::new(state.wall, size, record, out.clone());
            record::keep_for_panic(recorder.ring(), records.clone(), start.into_std());
            Some(recorder)
        }
    };
    let source = Source::new(origin, settings.read_only, out.clone());
    let around = Around { themes, screens, records, colours, workbench, wrap };
    let (drawn, due, aside) = (start, None, JoinSet::new());
    let console = Console { around, screen, signals, input, source, recorder, state, theme, start, drawn, due, out, aside };
    Ok(Box::pin(console.work(events)).await)
}

/// What stays of the world while the console works.
struct Around {
    themes: Option<PathBuf>,
    screens: PathBuf,
    records: PathBuf,
    colours: Colours,
    workbench: Option<Arc<dyn Workbench>>,
    wrap: sequences::Wrap,
}

struct Console {
    around: Around,
    screen: Screen,
    signals: Signals,
    input: Input,
    source: Source,
    /// None while a record is played.
    recorder: Option<Recorder>,
    state: State,
    theme: Theme,
    start: Instant,
    /// When the last frame was drawn.
    drawn: Instant,
    /// When the next one is.
    due: Option<Instant>,
    out: mpsc::Sender<Event>,
    aside: JoinSet<()>,
}

/// What woke the loop up.
enum Woken {
    Signal(Signal),
    Raw(Option<Raw>),
    Event(Option<Event>),
    Draw,
    CaughtUp(Result<(), TermError>),
}

impl Console {
    async fn work(mut self, mut events: mpsc::Receiver<Event>) -> Ended {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (due, behind) = (self.due, self.screen.is_behind());
            let woken = tokio::select! {
                biased;
                signal = self.signals.next() => Woken::Signal(signal),
                raw = self.input.next() => Woken::Raw(raw),
                () = sleep_until(due.unwrap_or(self.start)), if due.is_some() && !behind => Woken::Draw,
                event = events.recv() => Woken::Event(event),
                _ = tick.tick() => Woken::Event(Some(Event::Tick)),
                why = self.source.mend() => Woken::Event(Some(Event::Said(why))),
                caught_up = self.screen.catch_up(), if behind => Woken::CaughtUp(caught_up),
                Some(_) = self.aside.join_next() => continue,
            };
            let ended = match woken {
                Woken::Signal(signal) => self.signalled(signal),
                Woken::Raw(None) => Some(Ended::HungUp),
                Woken::Raw(Some(raw)) => {
                    let ended = self.take(Event::Raw(raw)).await;
                    // Whoever has typed something sees it at once.
                    self.due = Some(Instant::now());
                    ended
                }
                // The sender is ours, so there is always one.
                Woken::Event(None) => None,
                Woken::Event(Some(event)) => self.take_all(event, &mut events).await,
                Woken::Draw => self.draw(),
                Woken::CaughtUp(Ok(())) => None,
                Woken::CaughtUp(Err(_)) => Some(Ended::HungUp),
            };
            if let Some(ended) = ended {
                // Whoever writes the record may wait for its news to be taken.
                drop(events);
                return self.end(ended).await;
            }
        }
    }

    /// Gives the terminal back, then has what was recorded written.
    async fn end(self, ended: Ended) -> Ended {
        drop(self.screen);
        if let Some(recorder) = self.recorder {
            recorder.finish(LAST_WORDS).await;
        }
        ended
    }

    fn signalled(&mut self, signal: Signal) -> Option<Ended> {
        match signal {
            Signal::Hangup => Some(Ended::HungUp),
            Signal::Terminate | Signal::Interrupt => Some(Ended::Told),
            Signal::Continued => {
                self.due = Some(Instant::now());
                self.screen.enter_again().and_then(|()| self.measure()).is_err().then_some(Ended::HungUp)
            }
        }
    }

    /// A terminal that became larger or smaller while this was stopped has told its shell, and not us.
    fn measure(&mut self) -> Result<(), TermError> {
        let size = self.screen.size()?;
        self.state.size = Size { cols: size.width, rows: size.height };
        Ok(())
    }

    /// Takes an event and those that wait behind it.
    async fn take_all(&mut self, first: Event, events: &mut mpsc::Receiver<Event>) -> Option<Ended> {
        let mut next = Some(first);
        for _ in 0..QUEUE {
            let Some(event) = next else { break };
            if let Some(ended) = self.take(event).await {
                return Some(ended);
            }
            next = events.try_recv().ok();
        }
        if let Some(event) = next
            && let Some(ended) = self.take(event).await
        {
            return Some(ended);
        }
        self.due = self.due.or(Some(self.drawn + FRAME));
        None
    }

    async fn take(&mut self, event: Event) -> Option<Ended> {
        let now = Moment(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX));
        if let Some(recorder) = &mut self.recorder {
            recorder.hear(now, &event);
        }
        if let Some(workbench) = &self.around.workbench
            && matches!(event, Event::Raw(_) | Event::Tick)
        {
            super::update::update(&mut self.state, now, jiff::Timestamp::now(), Event::Offers(workbench.offers()));
        }
        let effects = super::update::update(&mut self.state, now, jiff::Timestamp::now(), event);
        let deeds = std::mem::take(&mut self.state.deeds);
        if let Some(recorder) = &mut self.recorder {
            recorder.did(now, &deeds, &effects);
        }
        for effect in effects {
            if let Some(ended) = self.carry_out(effect).await {
                return Some(ended);
            }
        }
        None
    }

    fn draw(&mut self) -> Option<Ended> {
        let (state, theme) = (&self.state, &self.theme);
        match self.screen.draw(|frame| ui::draw(state, theme, frame)) {
            // It stays due until the terminal has taken what was sent before.
            Ok(Drawn::Behind) => None,
            Ok(Drawn::Shown | Drawn::Same) => {
                (self.drawn, self.due) = (Instant::now(), None);
                None
            }
            Err(_) => Some(Ended::HungUp),
        }
    }

    async fn carry_out(&mut self, effect: Effect) -> Option<Ended> {
        match effect {
            Effect::Quit => return Some(Ended::Quit),
            Effect::Refresh => self.source.refresh(),
            Effect::Ask(ticket, question) => self.source.ask(ticket, question),
            Effect::Copy(text) => self.copy(&text),
            Effect::Bell => self.send(&sequences::bell()),
            Effect::Notify(text) => self.send(&sequences::notify_osc9(&text, self.around.wrap)),
            Effect::Title(text) => self.send(&sequences::title(&text)),
            Effect::Save => self.save(),
            Effect::Dump(file) => self.dump(file),
            Effect::Play(play) => self.source.play(play),
            Effect::Break(id) => self.break_it(id),
            Effect::Mouse(on) => {
                if self.screen.set_mouse(on).is_err() {
                    return Some(Ended::HungUp);
                }
            }
            Effect::Suspend => return self.suspend().await,
            Effect::Redraw => self.screen.clear(),
            Effect::Theme { name, accent } => self.dress(name, accent.as_deref()),
        }
        None
    }

    /// Sends a sequence; a terminal that is behind goes without.
    fn send(&mut self, bytes: &[u8]) {
        if let Err(error) = self.screen.raw(bytes) {
            tracing::debug!(%error, "a sequence was left out");
        }
    }

    fn say(&mut self, text: String) {
        self.state.notices.say(self.state.clock, crate::words::Tone::Plain, text);
    }

    fn copy(&mut self, text: &str) {
        let said = match sequences::osc52(text, self.around.wrap) {
            Ok(bytes) => {
                self.send(&bytes);
                format!("sent to the terminal's clipboard: {}", ui::fmt::fit(text, 60))
            }
            Err(error) => error.to_string(),
        };
        self.say(said);
    }

    fn dress(&mut self, name: Option<String>, accent: Option<&str>) {
        let name = name.unwrap_or_else(|| self.theme.name.clone());
        let loaded = theme::load(&name, self.around.themes.as_deref());
        let accent = accent.map(|accent| accent.parse().map_err(|_| format!("{accent:?} is no colour")));
        match (loaded, accent.transpose()) {
            (Ok(theme), Ok(accent)) => self.theme = theme.with_accent(accent).at_level(self.around.colours),
            (Err(error), _) => self.say(error.to_string()),
            (_, Err(error)) => self.say(error),
        }
    }

    async fn suspend(&mut self) -> Option<Ended> {
        match suspend(&mut self.screen, &mut self.signals).await.and_then(|how| self.measure().map(|()| how)) {
            Ok(Suspension::Resumed) => {}
            Ok(Suspension::Refused) => self.say("nothing here could continue the console, so it stays".to_owned()),
            Err(_) => return Some(Ended::HungUp),
        }
        self.due = Some(Instant::now());
        None
    }

    fn break_it(&mut self, id: String) {
        let (Some(workbench), out) = (self.around.workbench.clone(), self.out.clone()) else { return };
        self.aside.spawn(async move {
            let said = workbench.apply(&id).await.unwrap_or_else(|why| format!("that was not done: {why}"));
            let _ = out.send(Event::Said(said)).await;
        });
    }
}
