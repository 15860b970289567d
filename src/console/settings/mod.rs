//! How the console looks and behaves: the user's settings file, then the command line. Never anything of the cluster.

mod file;

pub use file::{Mistakes, load};

use super::keymap::KeyMap;
use super::theme::Colours;
use std::collections::BTreeMap;

/// What the console tells its user about beside the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Notify {
    /// Nothing.
    Off,
    /// The bell.
    #[default]
    Bell,
    /// A notification by the terminal (OSC 9), and the bell.
    Osc,
}

/// How the console looks and behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Nothing is asked for that changes anything, whatever the rights are.
    pub read_only: bool,
    /// It is so because the monitor is reached from far away, and nobody said that it is to be operated from there.
    pub far: bool,
    /// Signs and lines of ASCII only.
    pub ascii: bool,
    /// Lines around panes.
    pub borders: bool,
    /// Nothing turns or blinks.
    pub reduced_motion: bool,
    /// Times are shown in UTC, whatever the zone here is.
    pub utc: bool,
    /// The time zone of what is shown.
    pub zone: jiff::tz::TimeZone,
    /// What is told beside the screen.
    pub notify: Notify,
    /// The window is named after the cluster.
    pub title: bool,
    /// What each key does.
    pub keys: KeyMap,
    /// Options of the command line that reach the same monitor, with a space before each.
    pub again: String,
    /// A free word for the cluster, beside the monitor's own.
    pub label: Option<String>,
    /// The theme, by name.
    pub theme: String,
    /// How many colours there are, where the user knows better than the environment.
    pub colours: Option<Colours>,
    /// The mouse is taken from the start.
    pub mouse: bool,
    /// Frames are wrapped so that the terminal shows each as a whole.
    pub synchronized: bool,
    /// What is different for some clusters, by their names.
    pub clusters: BTreeMap<String, ForCluster>,
}

/// What is different for one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForCluster {
    /// A free word for it.
    pub label: Option<String>,
    /// A colour of its own.
    pub accent: Option<String>,
    /// The theme, by name.
    pub theme: Option<String>,
    /// Nothing of it is changed from here.
    pub read_only: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            read_only: false,
            far: false,
            ascii: false,
            borders: true,
            reduced_motion: false,
            utc: false,
            zone: jiff::tz::TimeZone::UTC,
            notify: Notify::default(),
            title: true,
            keys: KeyMap::default(),
            again: String::new(),
            label: None,
            theme: "default".to_owned(),
            colours: None,
            mouse: false,
            synchronized: true,
            clusters: BTreeMap::new(),
        }
    }
}
