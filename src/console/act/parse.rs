//! A typed line: what it means, with everything that was left out filled in and named, or what is wrong with it.

use super::table::{TABLE, Takes, Verb};
use super::{status, upkeep, why_not};
use crate::console::action::{self, Action};
use crate::console::state::{A_RECORD, Order, State};
use crate::console::theme::Theme;
use crate::core::command::Command;
use crate::core::model::{HostName, Initiative, SiteName};
use crate::core::plan::Wanted;
use crate::core::record::{RunId, Stance};
use crate::wire::{ModeAsk, StatusView};

/// The longest reason, in bytes, as the monitor keeps it.
pub(in crate::console) const MAX_REASON: usize = 500;
/// The longest pause with an end: a year, in milliseconds.
const LONGEST_MS: u64 = 365 * 86_400_000;

/// An order, and the reason that was typed with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What is to be done.
    pub order: Order,
    /// Why; empty where nothing was said.
    pub reason: String,
}

/// What a line means.
#[derive(Debug, PartialEq, Eq)]
pub enum Meant {
    /// Something that the monitor is asked for.
    Order(Asked),
    /// What a key does as well.
    Look(Action),
    /// Another theme.
    Theme(String),
    /// The last minutes into this file, or one that is named for it.
    Dump(Option<String>),
}

/// Reads a line of the palette.
///
/// # Errors
/// What is wrong with it, and what to write instead; or why it cannot be done now.
pub fn read(state: &State, line: &str) -> Result<Meant, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let Some((name, rest)) = words.split_first() else { return Err("type a command; tab completes it, esc closes".to_owned()) };
    if let Some(entry) = action::TABLE.iter().find(|entry| entry.name == *name) {
        return if rest.is_empty() { Ok(Meant::Look(entry.action)) } else { Err(format!("{name} takes nothing behind it")) };
    }
    if *name == "theme" {
        return theme(rest).map(Meant::Theme);
    }
    if *name == "dump" {
        return dump(state, line);
    }
    order(state, &words).map(Meant::Order)
}

/// The order that these words mean, checked against what is known now.
///
/// # Errors
/// As [`read`].
pub fn order(state: &State, words: &[&str]) -> Result<Asked, String> {
    if state.replay.is_some() && words.first().is_some_and(|name| TABLE.iter().any(|row| row.name == *name)) {
        return Err(A_RECORD.to_owned());
    }
    let asked = parsed(state, words)?;
    match why_not(state, &asked.order) {
        Some(why) => Err(why),
        None => Ok(asked),
    }
}

fn parsed(state: &State, words: &[&str]) -> Result<Asked, String> {
    let Some((name, rest)) = words.split_first() else { return Err("type a command".to_owned()) };
    let by_word = rest.get(1) == Some(&"by-word");
    let clears = rest.first() == Some(&"clear");
    let found = TABLE.iter().find(|row| match row.takes {
        Takes::Upkeep | Takes::Cleared => row.name == *name && (row.takes == Takes::Cleared) == clears,
        takes => row.name == *name && (takes == Takes::HostByWord) == (by_word && row.name == "fence"),
    });
    let Some(row) = found else { return Err(unknown(name)) };
    let most = match row.takes {
        Takes::Nothing => 0,
        Takes::Site | Takes::OneSite | Takes::Run | Takes::Host | Takes::ByWord | Takes::Theme | Takes::File => 1,
        Takes::HostByWord => 2,
        Takes::Cleared => 2,
        Takes::TimeAndReason | Takes::Reason | Takes::Upkeep => usize::MAX,
    };
    if rest.len() > most {
        return Err(format!("too much behind {name}: it is written {}", format!("{name} {}", row.takes.usage()).trim_end()));
    }
    let first = rest.first().copied();
    let plain = |order| Ok(Asked { order, reason: String::new() });
    let command = |command| plain(Order::Command { command, overrides: Vec::new() });
    match row.verb {
        Verb::Switchover => command(Command::Switchover { to: Some(target(status(state)?, first)?) }),
        Verb::Switchback => command(Command::Switchback),
        Verb::Start => command(Command::Start { site: Some(start_site(status(state)?, first)?) }),
        Verb::Stop => command(Command::Stop),
        Verb::Adopt => {
            command(Command::Adopt { site: named_site(status(state)?, first.ok_or("name the site: adopt SITE")?)?, without: Vec::new() })
        }
        Verb::Abort => plain(Order::Abort(run(status(state)?, first, "abort")?)),
        Verb::Watch => plain(Order::Watch(run(status(state)?, first, "watch")?)),
        Verb::Pause => pause(rest),
        Verb::Resume => plain(Order::Resume(before_the_pause(status(state)?)?)),
        Verb::ObserveOnly => Ok(Asked { order: Order::Mode(ModeAsk::ObserveOnly), reason: reason(rest)? }),
        Verb::Automatic => Ok(Asked { order: Order::Mode(ModeAsk::Automatic), reason: reason(rest)? }),
        Verb::Acknowledge => Ok(Asked { order: Order::Acknowledge, reason: reason(rest)? }),
        Verb::Fence => command(Command::Fence { host: host(status(state)?, first)?, by_word: false }),
        Verb::FenceByWord => command(Command::Fence { host: host(status(state)?, first)?, by_word: true }),
        Verb::Maintain if first == Some("set") => upkeep::set(status(state)?, rest.get(1..).unwrap_or_default()),
        Verb::Maintain => Err(format!("behind maintenance stands {}, or clear NAME", row.takes.usage())),
        Verb::Manage => upkeep::clear(status(state)?, rest.get(1..).unwrap_or_default()),
        Verb::MonitorMove => command(Command::MonitorMove { to: other_monitor(status(state)?)? }),
        Verb::TakeOver => match first {
            None | Some("by-word") => command(Command::TakeOver { from: other_monitor(status(state)?)?, by_word: first.is_some() }),
            Some(_) => Err("behind take-over stands nothing, or by-word".to_owned()),
        },
        Verb::Theme | Verb::Dump => Err(format!("{name} changes nothing of the cluster")),
    }
}

fn unknown(name: &str) -> String {
    let known = TABLE.iter().map(|row| row.name).chain(action::TABLE.iter().map(|entry| entry.name));
    match known.into_iter().find(|known| known.starts_with(name)) {
        Some(near) => format!("there is no command {name}; tab completes it to {near}"),
        None => format!("there is no command {}", crate::words::clean(name, false)),
    }
}

fn theme(rest: &[&str]) -> Result<String, String> {
    let known = || Theme::names().collect::<Vec<_>>().join(", ");
    match rest {
        // Where there is none of that name, neither of ours nor of the user, that is said when it is looked for.
        [name] => Ok((*name).to_owned()),
        _ => Err(format!("name the theme: {}, or one of your own", known())),
    }
}

/// The name of a file may have blanks in it, so that it is all that follows.
fn dump(state: &State, line: &str) -> Result<Meant, String> {
    if state.replay.is_some() {
        return Err("this is a record already: what is played is in its file".to_owned());
    }
    let file = line.trim().strip_prefix("dump").unwrap_or_default().trim();
    match file {
        "" => Ok(Meant::Dump(None)),
        home if home.starts_with('~') => {
            Err("~ is the shell's: write the path out, or relative to the folder that the console was started in".to_owned())
        }
        file => Ok(Meant::Dump(Some(file.to_owned()))),
    }
}

/// The site that is named, or the other one: an empty target is never sent.
fn target(status: &StatusView, named: Option<&str>) -> Result<SiteName, String> {
    if let Some(name) = named {
        return named_site(status, name);
    }
    match &status.active {
        Some(active) => status.sites.iter().find(|site| *site != active).cloned().ok_or_else(|| "there is no other site".to_owned()),
        None => Err(nothing_to_move(status)),
    }
}

pub(super) fn nothing_to_move(status: &StatusView) -> String {
    match status.wanted {
        Wanted::Stopped => "the cluster is stopped: there is nothing to move".to_owned(),
        _ => "it is not known which side is to serve".to_owned(),
    }
}

/// The site that is named, the one that serves, or the primary's.
fn start_site(status: &StatusView, named: Option<&str>) -> Result<SiteName, String> {
    match named {
        Some(name) => named_site(status, name),
        None => Ok(status.active.clone().unwrap_or_else(|| status.sites[0].clone())),
    }
}

fn named_site(status: &StatusView, name: &str) -> Result<SiteName, String> {
    let [a, b] = &status.sites;
    let found = status.sites.iter().find(|site| site.as_str() == name).cloned();
    found.ok_or_else(|| format!("{} is no site of this cluster: name {a} or {b}", crate::words::clean(name, false)))
}

fn host(status: &StatusView, name: Option<&str>) -> Result<HostName, String> {
    let known = || status.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>().join(", ");
    let name = name.ok_or_else(|| format!("name the host: {}", known()))?;
    let found = status.hosts.iter().find(|host| host.name.as_str() == name).map(|host| host.name.clone());
    found.ok_or_else(|| format!("{} is no host of this cluster: there are {}", crate::words::clean(name, false), known()))
}

fn other_monitor(status: &StatusView) -> Result<HostName, String> {
    status.lease.pair.as_ref().map(|pair| pair.other.clone()).ok_or_else(|| "this cluster has one monitor".to_owned())
}

fn run(status: &StatusView, name: Option<&str>, verb: &str) -> Result<RunId, String> {
    let open: Vec<RunId> = status.open_runs.iter().map(|run| run.run).collect();
    let known = || open.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (name, open.as_slice()) {
        (_, []) => Err("no run is open".to_owned()),
        (None, [only]) => Ok(*only),
        (None, _) => Err(format!("several runs are open, name one: {verb} RUN with {}", known())),
        (Some(name), _) => {
            let run: RunId = name.parse().map_err(|_| format!("{} is no run: open is {}", crate::words::clean(name, false), known()))?;
            if open.contains(&run) { Ok(run) } else { Err(format!("{run} is not open: open is {}", known())) }
        }
    }
}

fn before_the_pause(status: &StatusView) -> Result<ModeAsk, String> {
    match &status.stance {
        Stance::Paused { then: Initiative::Automatic, .. } => Ok(ModeAsk::Automatic),
        Stance::Paused { then: Initiative::ObserveOnly, .. } => Ok(ModeAsk::ObserveOnly),
        stance => Err(format!("there is no pause to end: the mode is {}", crate::words::stance_words(stance))),
    }
}

fn pause(rest: &[&str]) -> Result<Asked, String> {
    let (for_ms, rest) = match rest.split_first() {
        Some((first, after)) if first.starts_with(|c: char| c.is_ascii_digit()) => (Some(time(first)?), after),
        _ => (None, rest),
    };
    Ok(Asked { order: Order::Mode(ModeAsk::Pause { for_ms }), reason: reason(rest)? })
}

/// A reason as it was typed, without the quotes that somebody may have put around it.
pub(super) fn reason(words: &[&str]) -> Result<String, String> {
    let text = words.join(" ");
    let bare = ['\'', '"'].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(&text);
    if bare.len() > MAX_REASON { Err(too_long(bare)) } else { Ok(bare.trim().to_owned()) }
}

pub(in crate::console) fn too_long(reason: &str) -> String {
    format!("a reason has at most {MAX_REASON} bytes, this one has {}", reason.len())
}

/// A time in the spelling of the command line, in milliseconds.
pub(super) fn time(text: &str) -> Result<u64, String> {
    let units = [("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];
    let split = units.into_iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)));
    let number = split.and_then(|(number, factor)| Some(number.parse::<u64>().ok()?.saturating_mul(factor)));
    match number {
        None => {
            Err(format!("{} is no time: it is written as a whole number and a unit, 90s, 30m, 2h or 3d", crate::words::clean(text, false)))
        }
        Some(0) => Err("a pause of no time is none; resume ends one".to_owned()),
        Some(ms) if ms > LONGEST_MS => {
            Err("a pause with an end has at most 365d; leave the time out for one that somebody ends".to_owned())
        }
        Some(ms) => Ok(ms),
    }
}
