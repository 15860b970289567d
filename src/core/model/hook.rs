//! Hooks: commands of the administrator's own that run around a move, on a host of the cluster. They move nothing themselves:
//! they ask whether it may be, or tell others of it.

use super::fence::quoted;
use super::{HookName, HostName, Side, SiteName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The environment variables that a command of a hook gets: the cluster, the verb, the site that gives up its role, the one that
/// takes it, the hook's name, and the run.
pub const HOOK_VARIABLES: [&str; 6] =
    ["SWITCHTOWER_CLUSTER", "SWITCHTOWER_COMMAND", "SWITCHTOWER_FROM", "SWITCHTOWER_TO", "SWITCHTOWER_HOOK", "SWITCHTOWER_RUN"];

/// On which side of a move a hook runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// Nothing else of the plan begins before it is done.
    Before,
    /// All else of the plan is done.
    After,
}

/// A kind of move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moving {
    /// Somebody moves everything to a site.
    Switchover,
    /// Somebody moves everything back.
    Switchback,
    /// Everything moves since the side that served has lost something.
    Failover,
}

impl Moving {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Switchover, Self::Switchback, Self::Failover];

    /// The verb.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Switchover => "switchover",
            Self::Switchback => "switchback",
            Self::Failover => "failover",
        }
    }
}

impl std::fmt::Display for Moving {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}

/// Which moves a hook may stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Veto {
    /// Those that somebody asks for; a failover goes on without it.
    Planned,
    /// All.
    Always,
    /// None: its failure is told, and the move goes on.
    Never,
}

impl Veto {
    /// Whether a move of this kind needs the hook.
    #[must_use]
    pub fn stops(self, moving: Moving) -> bool {
        match self {
            Self::Planned => moving != Moving::Failover,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// A hook as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// Its name; hooks run in the order of their names.
    pub name: HookName,
    /// Where it runs.
    pub host: HostName,
    /// Before or after.
    pub when: When,
    /// Around which kinds of move.
    pub of: BTreeSet<Moving>,
    /// Only around moves to this side; `None` for both.
    pub to: Option<Side>,
    /// Its command: an absolute program and its arguments.
    pub run: Vec<String>,
    /// What takes it back; a hook that comes after has none.
    pub undo: Option<Vec<String>>,
    /// Ends with 0 where its effect is there.
    pub status: Option<Vec<String>>,
    /// How long each of its commands may take, in milliseconds.
    pub timeout_ms: u64,
    /// Which moves it may stop.
    pub veto: Veto,
}

impl Hook {
    /// Whether it runs around a move of this kind to `to`.
    #[must_use]
    pub fn is_for(&self, moving: Moving, to: Side) -> bool {
        self.of.contains(&moving) && self.to.is_none_or(|only| only == to)
    }

    /// What its host is told of it for a move of this kind.
    #[must_use]
    pub fn call(&self, of: Moving, from: SiteName, to: SiteName) -> HookCall {
        HookCall {
            name: self.name.clone(),
            run: self.run.clone(),
            undo: self.undo.clone(),
            status: self.status.clone(),
            vetoes: self.when == When::Before && self.veto.stops(of),
            of,
            from,
            to,
        }
    }
}

/// A hook as a step of one plan: all that its host is told, so that what is shown is what runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct HookCall {
    /// Its name.
    pub name: HookName,
    /// Its command.
    pub run: Vec<String>,
    /// What takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Vec<String>>,
    /// Ends with 0 where its effect is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Vec<String>>,
    /// Its failure turns the run back; else the run goes on.
    pub vetoes: bool,
    /// Around which kind of move.
    pub of: Moving,
    /// The site that gives up its role.
    pub from: SiteName,
    /// The site that takes it.
    pub to: SiteName,
}

/// `lb.hook`: no unit, no process and no agent is called so.
impl std::fmt::Display for HookCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}.hook", self.name))
    }
}

/// A command as a person would type it.
#[must_use]
pub fn typed(argv: &[String]) -> String {
    argv.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_stops_the_moves_that_it_may_stop() {
        use Moving::{Failover, Switchback, Switchover};
        for (veto, stops) in
            [(Veto::Planned, [true, true, false]), (Veto::Always, [true, true, true]), (Veto::Never, [false, false, false])]
        {
            assert_eq!([Switchover, Switchback, Failover].map(|moving| veto.stops(moving)), stops, "{veto:?}");
        }
    }

    #[test]
    fn a_command_is_shown_as_it_could_be_typed() {
        let argv = ["/usr/local/bin/lb", "it's $(id)", "", "plain"].map(str::to_owned);
        assert_eq!(typed(&argv), r"/usr/local/bin/lb 'it'\''s $(id)' '' plain");
    }
}
