//! The one table of verbs: the palette, the menu, the help and the line outside are made from it.

use crate::core::command::Class;

/// A verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Everything to the other site.
    Switchover,
    /// Everything back to the primary site.
    Switchback,
    /// The stopped cluster starts.
    Start,
    /// The cluster stops.
    Stop,
    /// What was moved by hand is taken as it is.
    Adopt,
    /// A run is turned back.
    Abort,
    /// The monitor does nothing by itself for a while.
    Pause,
    /// The pause ends.
    Resume,
    /// The monitor only says what it would do.
    ObserveOnly,
    /// The monitor acts by itself.
    Automatic,
    /// The last automatic failover was seen.
    Acknowledge,
    /// A host is switched off by its device.
    Fence,
    /// A host is off on somebody's word.
    FenceByWord,
    /// The other monitor is to act.
    MonitorMove,
    /// This monitor acts in the place of the other one.
    TakeOver,
    /// A host or a component is taken out.
    Maintain,
    /// The end of that.
    Manage,
    /// A run is watched.
    Watch,
    /// Another look.
    Theme,
    /// The last minutes go to a file.
    Dump,
}

/// What stands behind a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A site, or none.
    Site,
    /// A site.
    OneSite,
    /// A run, or none where only one is open.
    Run,
    /// A time, or none, and a reason.
    TimeAndReason,
    /// A reason, or none.
    Reason,
    /// A host.
    Host,
    /// A host and the word `by-word`.
    HostByWord,
    /// Nothing, or the word `by-word`.
    ByWord,
    /// The word `set`, a host or a component, how, a time or none, and a reason.
    Upkeep,
    /// The word `clear`, and a host or a component.
    Cleared,
    /// The name of a theme.
    Theme,
    /// A file, or none.
    File,
}

impl Takes {
    /// How it is written in the help.
    #[must_use]
    pub fn usage(self) -> &'static str {
        match self {
            Self::Nothing => "",
            Self::Site => "[SITE]",
            Self::OneSite => "SITE",
            Self::Run => "[RUN]",
            Self::TimeAndReason => "[TIME] REASON",
            Self::Reason => "[REASON]",
            Self::Host => "HOST",
            Self::HostByWord => "HOST by-word",
            Self::ByWord => "[by-word]",
            Self::Upkeep => "set NAME unmanaged|standby|drain [TIME] REASON",
            Self::Cleared => "clear NAME",
            Self::Theme => "NAME",
            Self::File => "[FILE]",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Row {
    /// The verb.
    pub verb: Verb,
    /// The word that is typed.
    pub name: &'static str,
    /// What stands behind it.
    pub takes: Takes,
    /// One line for the palette and the help.
    pub doc: &'static str,
    /// How dangerous it is.
    pub class: Class,
    /// It is typed, never chosen in the menu.
    pub palette_only: bool,
    /// The verb of the command line that does the same; none where only this console is concerned.
    pub twin: Option<&'static str>,
}

const fn of(verb: Verb, name: &'static str, takes: Takes, class: Class, twin: Option<&'static str>, doc: &'static str) -> Row {
    Row { verb, name, takes, doc, class, palette_only: matches!(class, Class::Risk), twin }
}

/// The table.
#[rustfmt::skip]
pub const TABLE: &[Row] = &[
    of(Verb::Switchover,  "switchover",   Takes::Site,          Class::RoleChange, Some("switchover"),        "Move everything to the other site"),
    of(Verb::Switchback,  "switchback",   Takes::Nothing,       Class::RoleChange, Some("switchback"),        "Move everything back to the primary site"),
    of(Verb::Start,       "start",        Takes::Site,          Class::RoleChange, Some("start"),             "Start what is to run; a stopped cluster on the primary site unless another is named"),
    of(Verb::Stop,        "stop",         Takes::Nothing,       Class::RoleChange, Some("stop"),              "Stop the cluster on both sites"),
    of(Verb::Adopt,       "adopt",        Takes::OneSite,       Class::RoleChange, Some("adopt"),             "Take the site as the side that serves, since it was moved there by hand; nothing is started or stopped"),
    of(Verb::Abort,       "abort",        Takes::Run,           Class::Nudge,      Some("abort"),             "Turn a run back"),
    of(Verb::Watch,       "watch",        Takes::Run,           Class::Look,       Some("report"),            "Watch a run that is open"),
    of(Verb::Pause,       "pause",        Takes::TimeAndReason, Class::Nudge,      Some("pause"),             "Have the monitor do nothing by itself for a while, such as 2h"),
    of(Verb::Resume,      "resume",       Takes::Nothing,       Class::Nudge,      Some("resume"),            "End the pause"),
    of(Verb::ObserveOnly, "observe-only", Takes::Reason,        Class::Nudge,      Some("mode observe-only"), "Have the monitor journal what it would do, and do nothing by itself"),
    of(Verb::Automatic,   "automatic",    Takes::Reason,        Class::Nudge,      Some("mode automatic"),    "Have the monitor act by itself"),
    of(Verb::Acknowledge, "acknowledge",  Takes::Reason,        Class::Nudge,      Some("acknowledge"),       "Say that the last automatic failover was seen, so that another may happen"),
    of(Verb::Fence,       "fence",        Takes::Host,          Class::Risk,       Some("fence"),             "Switch a host off by its device"),
    of(Verb::FenceByWord, "fence",        Takes::HostByWord,    Class::Risk,       Some("fence"),             "Give your word that a host is off; no device is asked"),
    of(Verb::MonitorMove, "monitor-move", Takes::Nothing,       Class::RoleChange, Some("monitor move"),      "Have the other monitor act from now on; this one follows it"),
    of(Verb::TakeOver,    "take-over",    Takes::ByWord,        Class::Risk,       Some("monitor take-over"), "Act in the place of the other monitor, which cannot be heard"),
    of(Verb::Maintain,    "maintenance",  Takes::Upkeep,        Class::RoleChange, Some("maintenance set"),   "Take a host or a component out: left alone, or nothing started there, or drained first"),
    of(Verb::Manage,      "maintenance",  Takes::Cleared,       Class::RoleChange, Some("maintenance clear"), "Say that a maintenance is over: the ordinary rules hold at once"),
    of(Verb::Theme,       "theme",        Takes::Theme,         Class::Look,       None,                      "Use another theme"),
    of(Verb::Dump,        "dump",         Takes::File,          Class::Look,       None,                      "Write the last 10 minutes of this session to a file, to be played with console --replay"),
];

/// The row of a verb.
#[must_use]
pub fn row(verb: Verb) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.verb == verb)
}
