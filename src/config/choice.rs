//! Keys that take one of a few words.
//!
//! Used by the declarations in `keys.rs`. What a word means for the core stands beside it, so that reading it, writing it
//! and the JSON schema cannot drift apart.

use super::read::FromText;
use crate::core::model::{AfterFailover, Initiative, Moving, Sharing, Veto, When};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

macro_rules! choices {
    ($($(#[doc = $doc:literal])+ $name:ident($meaning:ty): $why:literal, $first:literal = $one:path $(, $next:literal = $more:path)*, or $second:literal = $other:path;)+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) struct $name(pub(super) $meaning);

        impl FromText for $name {
            const WANTED: &'static str = concat!("\"", $first, "\"", $(", \"", $next, "\"",)* " or \"", $second, "\"");
            const EXAMPLE: &'static str = concat!("\"", $first, "\"");

            fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $first => Ok(Self($one)),
                    $($next => Ok(Self($more)),)*
                    $second => Ok(Self($other)),
                    _ => Err($why.to_owned()),
                }
            }

            fn constraints() -> Value {
                json!({ "enum": [$first, $($next,)* $second] })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(match self.0 {
                    $one => $first,
                    $($more => $next,)*
                    $other => $second,
                })
            }
        }
    )+ };
}

choices! {
    /// How the two placements of a component share the work.
    SharingWord(Sharing): "placements share the work in one of two ways: one runs and the other is stopped, or one is active and the other standby",
        "exclusive" = Sharing::Exclusive, or "active-standby" = Sharing::ActiveStandby;
    /// Whether the monitor acts by itself.
    ModeWord(Initiative): "the monitor acts by itself, or it watches and journals what it would have done",
        "automatic" = Initiative::Automatic, or "observe-only" = Initiative::ObserveOnly;
    /// How the cluster goes on after an automatic failover.
    AfterWord(AfterFailover): "after a failover what follows the active side stays stopped, or the old side follows the new one",
        "limited" = AfterFailover::Limited, or "reversed" = AfterFailover::Reversed;
    /// How closely the monitor watches.
    ProfileWord(Profile): "a profile is a set of defaults: the ordinary one, or the one that sees a loss sooner and costs more",
        "default" = Profile::Default, or "fast" = Profile::Fast;
    /// Whether a component runs while the cluster is limited after a failover.
    LimitedWord(WhenLimited): "while the cluster is limited after a failover, a component runs or is stopped",
        "run" = WhenLimited::Run, or "stop" = WhenLimited::Stop;
    /// On which side of a move a hook runs.
    WhenWord(When): "a hook runs before a move or after it",
        "before" = When::Before, or "after" = When::After;
    /// A kind of move.
    MovingWord(Moving): "a hook runs around moves of these kinds",
        "switchover" = Moving::Switchover, "switchback" = Moving::Switchback, or "failover" = Moving::Failover;
    /// Which moves a hook may stop.
    VetoWord(Veto): "a hook may stop the moves that somebody asks for, all of them, or none",
        "planned" = Veto::Planned, "always" = Veto::Always, or "never" = Veto::Never;
}

impl Ord for MovingWord {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for MovingWord {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for MovingWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// How closely the monitor watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    /// The ordinary times.
    Default,
    /// Short times.
    Fast,
}

/// What a component does while the cluster is limited after a failover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenLimited {
    /// It runs at the side that serves.
    Run,
    /// It runs nowhere.
    Stop,
}
