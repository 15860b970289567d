//! What the console knows and how it stands: all that `draw` needs, and nothing that touches the world.
//!
//! Changed by `update` and its helpers in `reduce` alone.

mod changes;
mod cluster;
mod fresh;
mod journal;
mod layer;
mod list;
mod notice;
mod object;
mod picture;
mod replay;
mod task;

pub use changes::{Change, Changes, named};
pub use cluster::{COLUMNS, Condition, Row};
pub use fresh::Freshness;
pub use journal::{Journal, Line as JournalLine};
pub use layer::{Dialog, Field, HelpState, Layer, MenuState, Order, PaletteState, Stage};
pub use list::{Filter, HealthList, JournalList, SortBy};
pub use notice::{Notice, Notices};
pub use object::Object;
pub use picture::Picture;
pub use replay::{Pace, Replay, Scene};
pub use task::{Progress, Task, Tasks};

use super::action::Action;
use super::event::{Moment, Ticket};
use super::keymap::Key;
use super::settings::Settings;
use super::workbench::Breakage;
use crate::core::command::Role;
use crate::wire::Welcome;

/// A pane.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Pane {
    /// Components and hosts.
    #[default]
    Health,
    /// Entries of the journal.
    Journal,
    /// What is known of what is selected; only while it is open.
    Detail,
}

/// Why nothing is asked for while a record is played.
pub const A_RECORD: &str = "this is a record";

/// How the connection to the monitor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// It was never reached yet.
    Connecting {
        /// Since when.
        since: Moment,
    },
    /// It answers.
    Up,
    /// It does not.
    Down {
        /// Since when.
        since: Moment,
        /// Why, in plain words.
        why: String,
        /// What to do about it.
        remedy: String,
        /// When it is tried again.
        retry: Moment,
    },
}

/// What is held still on the screen.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// Since when.
    pub since: Moment,
    /// What was known then.
    pub picture: Option<Picture>,
    /// Rows as they stood.
    pub rows: Vec<Row>,
    /// The last entry that is shown.
    pub last_entry: u64,
}

/// Cells of the terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// Everything.
#[derive(Debug)]
pub struct State {
    /// When the last event came; in a replay, where the record stands. Everything that is known has its age by this.
    pub now: Moment,
    /// When the last event came, by the clock of whoever sits here: what they are told counts by this.
    pub clock: Moment,
    /// The wall clock at the last event, to tell the monitor's clock from ours.
    pub wall: jiff::Timestamp,
    /// How it looks and behaves.
    pub settings: Settings,
    /// The terminal.
    pub size: Size,
    /// The connection.
    pub link: Link,
    /// What the monitor said of itself and of our rights.
    pub welcome: Option<Welcome>,
    /// The last picture.
    pub picture: Option<Picture>,
    /// What changed of each object.
    pub changes: Changes,
    /// The display is held still.
    pub frozen: Option<Frozen>,
    /// Entries of the journal.
    pub journal: Journal,
    /// Which pane has the keys.
    pub focus: Pane,
    /// It has the whole screen.
    pub zoom: bool,
    /// The detail is open.
    pub detail: bool,
    /// Lines of the detail that are scrolled away.
    pub detail_scroll: usize,
    /// The entry that the detail shows, as it is kept; asked for when it is opened.
    pub raw_entry: Option<(u64, Result<String, String>)>,
    /// The list of components and hosts.
    pub health: HealthList,
    /// The list of entries.
    pub log: JournalList,
    /// What lies above the panes, the topmost last.
    pub layers: Vec<Layer>,
    /// What was asked for here and is not over.
    pub tasks: Tasks,
    /// What is told in the footer and stays.
    pub notices: Notices,
    /// The mouse is taken.
    pub mouse: bool,
    /// Ctrl-c was pressed at the base.
    pub interrupted: Option<Moment>,
    /// Commands that were typed, the newest last.
    pub history: Vec<String>,
    /// When somebody was last told who does not look.
    pub told: Option<Moment>,
    /// What can be broken on purpose; `None` where nothing ever can.
    pub breakages: Option<Vec<Breakage>>,
    /// The last name of the window that was sent.
    pub titled: String,
    /// The session is recorded into a file.
    pub recording: bool,
    /// A record is played; there is no monitor then.
    pub replay: Option<Replay>,
    /// What was done since this was last taken away, for the record.
    pub deeds: Vec<Action>,
    tickets: u64,
}

impl State {
    /// Nothing known yet.
    #[must_use]
    pub fn new(settings: Settings, size: Size, wall: jiff::Timestamp) -> Self {
        Self {
            now: Moment::default(),
            clock: Moment::default(),
            wall,
            settings,
            size,
            link: Link::Connecting { since: Moment::default() },
            welcome: None,
            picture: None,
            changes: Changes::default(),
            frozen: None,
            journal: Journal::default(),
            focus: Pane::Health,
            zoom: false,
            detail: false,
            detail_scroll: 0,
            raw_entry: None,
            health: HealthList::default(),
            log: JournalList::default(),
            layers: Vec::new(),
            tasks: Tasks::default(),
            notices: Notices::default(),
            mouse: false,
            interrupted: None,
            history: Vec::new(),
            told: None,
            breakages: None,
            titled: String::new(),
            recording: false,
            replay: None,
            deeds: Vec::new(),
            tickets: 0,
        }
    }

    /// A ticket that was never used before.
    pub fn ticket(&mut self) -> Ticket {
        self.tickets = self.tickets.wrapping_add(1);
        Ticket(self.tickets)
    }

    /// What a key does here and now.
    #[must_use]
    pub fn action(&self, key: Key) -> Option<Action> {
        if self.replay.is_some() { self.settings.keys.action_in_replay(key) } else { self.settings.keys.action(key) }
    }

    /// What is on the screen: the last picture, or the one that is held still.
    #[must_use]
    pub fn shown(&self) -> Option<&Picture> {
        match &self.frozen {
            Some(frozen) => frozen.picture.as_ref(),
            None => self.picture.as_ref(),
        }
    }

    /// The rows of Health that are on the screen.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        match &self.frozen {
            Some(frozen) => &frozen.rows,
            None => &self.health.rows,
        }
    }

    /// Why nothing that changes anything can be asked for; `None` where it can.
    #[must_use]
    pub fn read_only(&self) -> Option<&'static str> {
        if self.replay.is_some() {
            return Some(A_RECORD);
        }
        if self.settings.read_only {
            return Some(if self.settings.far { "reached with --via, without --operate" } else { "this console was started read-only" });
        }
        match &self.welcome {
            Some(welcome) if welcome.role < Role::Operator => Some("this user may only look"),
            _ => None,
        }
    }

    /// What is selected in the pane that has the keys.
    #[must_use]
    pub fn selected(&self) -> Option<Object> {
        match self.focus {
            Pane::Journal => self.log.selected.map(Object::Entry),
            Pane::Health => self.health.selected.clone(),
            Pane::Detail if self.log.opened => self.log.selected.map(Object::Entry),
            Pane::Detail => self.health.selected.clone(),
        }
    }
}
