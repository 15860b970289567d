//! Is a host alive? Its own word, the look of another host at it, and a fence are the kinds of evidence.

use super::{Health, Judged};
use crate::core::fact::{Miss, MissKind};
use crate::core::model::HostName;
use crate::core::record::Fencing;
use serde::{Deserialize, Serialize};

/// So many looks in a row must have gone without an answer before silence counts as a signal.
const MISSES: u32 = 2;

/// What the monitor's own looks at a host have shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "own")]
pub enum Own {
    /// It was not looked at yet.
    NotYet,
    /// It answered the last look.
    Answers {
        /// So long ago, in milliseconds.
        age_ms: u64,
    },
    /// It did not.
    Missed {
        /// How many looks in a row.
        misses: u32,
        /// How long ago the first of them began, in milliseconds.
        since_ms: u64,
        /// What came of the last.
        last: Miss,
    },
}

/// What another host has seen of it, from where that one stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "sight")]
pub enum Sight {
    /// Its SSH server's first words came in time.
    Banner,
    /// It refused the connection: its kernel lives.
    Refused {
        /// In the other host's words.
        why: String,
    },
    /// Nothing came.
    Nothing {
        /// In the other host's words.
        why: String,
    },
    /// The other host could not be asked.
    NotAsked {
        /// Why not.
        why: String,
    },
}

/// A look from a second vantage point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondLook {
    /// Through which host.
    pub through: HostName,
    /// When it was asked for, in milliseconds ago.
    pub age_ms: u64,
    /// What it saw.
    pub sight: Sight,
    /// It has seen this host's banner before: only then does it mean something that it sees nothing now.
    pub knows_the_way: bool,
}

/// All evidence of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSignals {
    /// Our own looks.
    pub own: Own,
    /// Looks through other hosts, the last of each.
    pub second: Vec<SecondLook>,
    /// It was fenced, and has not answered since.
    pub fenced: Option<Fencing>,
}

/// What `signals` amount to.
#[must_use]
pub fn judge_host(signals: &HostSignals) -> Judged {
    let (misses, since_ms, last) = match &signals.own {
        Own::Answers { .. } => return Judged::new(Health::Up, "it answers"),
        _ if signals.fenced.is_some() => {
            let how = signals.fenced.as_ref().map(ToString::to_string).unwrap_or_default();
            return Judged::new(Health::Down, format!("it is fenced: {how}"));
        }
        Own::NotYet => return Judged::new(Health::Unknown, "it has not been looked at yet"),
        Own::Missed { misses, since_ms, last } => (*misses, *since_ms, last),
    };
    if last.kind == MissKind::Broken {
        return Judged::new(Health::ProbeBroken, format!("it answers, but not in a way that can be used: {}", last.why));
    }
    // A look from elsewhere counts if it was asked for after our own first one that was missed.
    let meanwhile = || signals.second.iter().filter(|look| look.age_ms <= since_ms);
    let alive = meanwhile().find_map(|look| match &look.sight {
        Sight::Banner => Some(format!("{} sees its SSH server, we do not: {}", look.through, last.why)),
        Sight::Refused { why } => Some(format!("it refuses {}: it lives, its SSH server does not answer ({why})", look.through)),
        Sight::Nothing { .. } | Sight::NotAsked { .. } => None,
    });
    if let Some(why) = alive {
        return Judged::new(Health::ProbeBroken, why);
    }
    let silent = meanwhile().find_map(|look| match &look.sight {
        Sight::Nothing { why } if look.knows_the_way => Some(format!("{} sees nothing of it either ({why})", look.through)),
        _ => None,
    });
    match silent {
        Some(second) if misses >= MISSES => Judged::new(Health::Down, format!("two signals: {}; {second}", last.why)),
        Some(_) => Judged::new(Health::Unknown, format!("one look was missed, the next will tell: {}", last.why)),
        None => Judged::new(Health::Unknown, format!("silent to us, and nobody else could say: {}", last.why)),
    }
}
