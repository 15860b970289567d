//! The table of everything a key does that looks and changes nothing. Footer, help, palette and the key table of the
//! README are made from it; what acts on the cluster stands in `act`.

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Shows the keys.
    Help,
    /// Opens the command line.
    Palette,
    /// Filters the list.
    Filter,
    /// Opens the menu of acts.
    Menu,
    /// Closes what is on top.
    Close,
    /// Leaves, or closes what is on top.
    Quit,
    /// Closes what is typed into; twice leaves.
    Interrupt,
    /// Focuses the next pane.
    NextPane,
    /// Focuses the pane before.
    PrevPane,
    /// Focuses Health.
    Health,
    /// Focuses the journal.
    Journal,
    /// One down.
    Down,
    /// One up.
    Up,
    /// To the first.
    Top,
    /// To the last.
    Bottom,
    /// Half a page down.
    HalfDown,
    /// Half a page up.
    HalfUp,
    /// A page down.
    PageDown,
    /// A page up.
    PageUp,
    /// Opens the detail of what is selected.
    Open,
    /// Sorts by the next column.
    Sort,
    /// Turns the order around.
    Reverse,
    /// Shows only what is wrong.
    Problems,
    /// Gives the pane the whole screen.
    Zoom,
    /// Holds the display still.
    Freeze,
    /// Wraps long lines.
    Wrap,
    /// Keeps the newest entry in sight.
    Follow,
    /// To the next match.
    NextMatch,
    /// To the match before.
    PrevMatch,
    /// Copies what is selected.
    Copy,
    /// Takes the mouse, or lets it go.
    Mouse,
    /// Opens the menu of what can be broken.
    Break,
    /// Removes notices that were seen.
    Dismiss,
    /// Looks now.
    Refresh,
    /// Paints anew.
    Redraw,
    /// Saves the screen.
    Save,
    /// Goes to the background.
    Suspend,
    /// In a replay: a little back.
    Back,
    /// In a replay: a little on.
    On,
    /// In a replay: to the event before.
    PrevEvent,
    /// In a replay: to the next event.
    NextEvent,
    /// In a replay: to the beginning.
    Begin,
    /// In a replay: to the end.
    End,
    /// In a replay: faster.
    Faster,
    /// In a replay: slower.
    Slower,
}

/// Where a key has its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Global,
    /// In lists: Health and the journal.
    List,
    /// In the journal and in texts.
    Text,
    /// While a record is played; there its keys go before all others.
    Replay,
}

/// A row of the table.
#[derive(Debug)]
pub struct Entry {
    /// What it does.
    pub action: Action,
    /// Its name in the configuration of keys and in the palette.
    pub name: &'static str,
    /// A word or two for the footer.
    pub title: &'static str,
    /// A sentence for the help.
    pub doc: &'static str,
    /// The keys that do it unless somebody says otherwise; the first is the one that is shown.
    pub keys: &'static [&'static str],
    /// Where.
    pub scope: Scope,
}

const fn entry(
    action: Action,
    name: &'static str,
    title: &'static str,
    doc: &'static str,
    keys: &'static [&'static str],
    scope: Scope,
) -> Entry {
    Entry { action, name, title, doc, keys, scope }
}

/// The table, in the order of the help.
#[rustfmt::skip]
pub const TABLE: &[Entry] = &[
    entry(Action::Help,      "help",       "help",     "Show the keys; / searches them", &["?", "f1"], Scope::Global),
    entry(Action::Palette,   "command",    "command",  "Type a command, with completion and history", &[":"], Scope::Global),
    entry(Action::Menu,      "actions",    "actions",  "Show what can be done now, and why the rest cannot", &["a"], Scope::Global),
    entry(Action::Filter,    "filter",     "filter",   "Show only lines that contain a text; ! before it, only those that do not", &["/"], Scope::List),
    entry(Action::Open,      "open",       "detail",   "Open the detail of what is selected", &["enter"], Scope::List),
    entry(Action::Close,     "close",      "close",    "Close what is on top, then the filter; never quits and never acts", &["esc"], Scope::Global),
    entry(Action::Quit,      "quit",       "quit",     "Quit, or close what is on top", &["q"], Scope::Global),
    entry(Action::Interrupt, "interrupt",  "quit",     "Close what is typed into; at the base pressed twice it quits", &["ctrl-c"], Scope::Global),
    entry(Action::NextPane,  "next-pane",  "pane",     "Go to the next pane", &["tab"], Scope::Global),
    entry(Action::PrevPane,  "prev-pane",  "pane",     "Go to the pane before", &["shift-tab"], Scope::Global),
    entry(Action::Health,    "health",     "health",   "Go to Health", &["1"], Scope::Global),
    entry(Action::Journal,   "journal",    "journal",  "Go to the journal", &["4", "l"], Scope::Global),
    entry(Action::Down,      "down",       "down",     "One line down", &["j", "down"], Scope::List),
    entry(Action::Up,        "up",         "up",       "One line up", &["k", "up"], Scope::List),
    entry(Action::Top,       "top",        "top",      "To the first line", &["g", "home"], Scope::List),
    entry(Action::Bottom,    "bottom",     "bottom",   "To the last line", &["G", "end"], Scope::List),
    entry(Action::HalfDown,  "half-down",  "down",     "Half a page down", &["ctrl-d"], Scope::List),
    entry(Action::HalfUp,    "half-up",    "up",       "Half a page up", &["ctrl-u"], Scope::List),
    entry(Action::PageDown,  "page-down",  "page",     "A page down", &["pagedown", "ctrl-f"], Scope::List),
    entry(Action::PageUp,    "page-up",    "page",     "A page up", &["pageup", "ctrl-b"], Scope::List),
    entry(Action::Sort,      "sort",       "sort",     "Sort by the next column", &["s"], Scope::List),
    entry(Action::Reverse,   "reverse",    "reverse",  "Turn the order around", &["S"], Scope::List),
    entry(Action::Problems,  "problems",   "problems", "Show only what is wrong", &["p"], Scope::List),
    entry(Action::Zoom,      "zoom",       "zoom",     "Give this pane the whole screen, and back", &["z"], Scope::Global),
    entry(Action::Freeze,    "freeze",     "freeze",   "Hold the display still, and let it go on; what happens is still collected. In a replay: pause, and play on", &["space"], Scope::Global),
    entry(Action::Wrap,      "wrap",       "wrap",     "Wrap long lines of the journal, or cut them", &["w"], Scope::Text),
    entry(Action::Follow,    "follow",     "follow",   "Keep the newest entry of the journal in sight", &["f"], Scope::Text),
    entry(Action::NextMatch, "next-match", "next",     "To the next line that contains the text of the filter", &["n"], Scope::Text),
    entry(Action::PrevMatch, "prev-match", "previous", "To the line before that contains the text of the filter", &["N"], Scope::Text),
    entry(Action::Copy,      "copy",       "copy",     "Copy what is selected to the clipboard of the terminal", &["y"], Scope::Global),
    entry(Action::Dismiss,   "dismiss",    "dismiss",  "Remove the notices that were seen", &["x"], Scope::Global),
    entry(Action::Mouse,     "mouse",      "mouse",    "Let the mouse click and scroll here, or let it select text", &["m"], Scope::Global),
    entry(Action::Refresh,   "refresh",    "refresh",  "Look at every host now; where the monitor is not reached, try now", &["ctrl-r"], Scope::Global),
    entry(Action::Break,     "break",      "break",    "In the demo: break something, or mend it", &["!"], Scope::Global),
    entry(Action::Redraw,    "redraw",     "redraw",   "Paint the screen anew", &["ctrl-l"], Scope::Global),
    entry(Action::Save,      "save",       "save",     "Save the screen as text and as a picture, and the journal", &["ctrl-s"], Scope::Global),
    entry(Action::Suspend,   "suspend",    "suspend",  "Go to the background; the shell's fg comes back", &["ctrl-z"], Scope::Global),
    entry(Action::Back,      "back",       "back",     "In a replay: 5 seconds back", &["left"], Scope::Replay),
    entry(Action::On,        "on",         "on",       "In a replay: 5 seconds on", &["right"], Scope::Replay),
    entry(Action::PrevEvent, "prev-event", "event",    "In a replay: to the event before: a decision, a run, another verdict or mode, a lost monitor", &["["], Scope::Replay),
    entry(Action::NextEvent, "next-event", "event",    "In a replay: to the next event", &["]"], Scope::Replay),
    entry(Action::Begin,     "beginning",  "begin",    "In a replay: to the beginning", &["home"], Scope::Replay),
    entry(Action::End,       "end",        "end",      "In a replay: to the end", &["end"], Scope::Replay),
    entry(Action::Faster,    "faster",     "faster",   "In a replay: play faster, up to 16 times", &["+", "="], Scope::Replay),
    entry(Action::Slower,    "slower",     "slower",   "In a replay: play slower, down to half the pace", &["-"], Scope::Replay),
];

impl Action {
    /// There is nothing behind its key in this console, which has a workbench or plays a record, or not: it stands neither in
    /// the help nor in the footer.
    #[must_use]
    pub fn is_idle(self, workbench: bool, replay: bool) -> bool {
        match self {
            Self::Break => !workbench,
            Self::Refresh => replay,
            _ => !replay && self.is_of_replay(),
        }
    }

    /// It means something only while a record is played.
    #[must_use]
    pub fn is_of_replay(self) -> bool {
        entry_of(self).is_some_and(|entry| entry.scope == Scope::Replay)
    }
}

/// The row of an action.
#[must_use]
pub fn entry_of(action: Action) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.action == action)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_and_every_key_stands_for_one_thing() {
        let names: BTreeSet<_> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), TABLE.len());
        let (of_replay, of_panes): (Vec<_>, Vec<_>) = TABLE.iter().partition(|entry| entry.scope == Scope::Replay);
        for entries in [of_panes, of_replay] {
            let keys: Vec<_> = entries.iter().flat_map(|entry| entry.keys).collect();
            assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "the same key means the same in every pane");
        }
    }

    #[test]
    fn the_readme_has_the_table_as_it_is() {
        let readme = include_str!("../../README.md");
        for entry in TABLE {
            let keys = entry.keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" ");
            let row = format!("| {keys} | {} |", entry.doc);
            assert!(readme.lines().any(|line| line == row), "the README lacks: {row}");
        }
    }
}
