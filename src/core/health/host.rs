//! Is a host alive? Its own word, the look of another host at it, a fence, and that it stops by itself are the kinds of
//! evidence.

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
    /// It has not answered for longer than it runs anything active without a monitor: how that is known, in words that stay
    /// the same while it is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_stopped: Option<String>,
}

/// Whether the host of `signals` is fenced and silent to everybody: nothing of it runs.
#[must_use]
pub fn is_off(signals: &HostSignals) -> bool {
    signals.fenced.is_some() && judge_host(&HostSignals { self_stopped: None, ..signals.clone() }).health == Health::Down
}

/// Whether the host of `signals` does not answer and has stopped by itself what must run on one side only. One that is off
/// has stopped everything.
#[must_use]
pub fn has_self_stopped(signals: &HostSignals) -> Option<&str> {
    matches!(signals.own, Own::Missed { .. }).then_some(())?;
    signals.self_stopped.as_deref().filter(|_| !is_off(signals))
}

/// What `signals` amount to.
#[must_use]
pub fn judge_host(signals: &HostSignals) -> Judged {
    let (misses, since_ms, last) = match &signals.own {
        Own::Answers { .. } => return Judged::new(Health::Up, "it answers"),
        Own::NotYet => return Judged::new(Health::Unknown, "it has not been looked at yet"),
        Own::Missed { misses, since_ms, last } => (*misses, *since_ms, last),
    };
    // Its own clock has ended what it runs, whoever sees it: that holds for one that lives as well.
    if let Some(how) = has_self_stopped(signals) {
        return Judged::new(Health::Down, format!("it does not answer, and has stopped by itself what is active there: {how}"));
    }
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
    if let Some(fencing) = &signals.fenced {
        return Judged::new(Health::Down, format!("it is fenced, and silent: {fencing}"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::record::RunId;

    fn missed(misses: u32, kind: MissKind) -> Own {
        Own::Missed { misses, since_ms: 3_000, last: Miss { kind, why: "no answer".into() } }
    }

    fn look(sight: Sight, age_ms: u64, knows_the_way: bool) -> SecondLook {
        SecondLook { through: HostName::new("b1").unwrap(), age_ms, sight, knows_the_way }
    }

    #[test]
    fn it_takes_two_signals_to_call_a_host_down_and_one_sign_of_life_to_call_it_alive() {
        let nothing = || Sight::Nothing { why: "timed out".into() };
        let refused = || Sight::Refused { why: "refused".into() };
        let fencing = || Some(Fencing { run: RunId(4), by_word: None });
        for (own, second, fenced, health) in [
            (Own::NotYet, vec![], None, Health::Unknown),
            (Own::NotYet, vec![], fencing(), Health::Unknown),
            (Own::Answers { age_ms: 1 }, vec![look(nothing(), 0, true)], fencing(), Health::Up),
            (missed(1, MissKind::Silent), vec![look(nothing(), 500, true)], None, Health::Unknown),
            (missed(2, MissKind::Silent), vec![], None, Health::Unknown),
            (missed(2, MissKind::Silent), vec![look(nothing(), 500, true)], None, Health::Down),
            (missed(2, MissKind::Silent), vec![look(nothing(), 500, false)], None, Health::Unknown),
            (missed(2, MissKind::Silent), vec![look(nothing(), 9_000, true)], None, Health::Unknown),
            (missed(2, MissKind::Silent), vec![look(Sight::Banner, 500, true)], None, Health::ProbeBroken),
            (missed(2, MissKind::Silent), vec![look(nothing(), 500, true), look(refused(), 500, true)], None, Health::ProbeBroken),
            (missed(2, MissKind::Broken), vec![look(nothing(), 500, true)], None, Health::ProbeBroken),
            (missed(1, MissKind::Silent), vec![], fencing(), Health::Down),
            (missed(9, MissKind::Silent), vec![look(Sight::Banner, 500, true)], fencing(), Health::ProbeBroken),
            (missed(9, MissKind::Broken), vec![], fencing(), Health::ProbeBroken),
        ] {
            let signals = HostSignals { own, second, fenced, self_stopped: None };
            assert_eq!(judge_host(&signals).health, health, "{signals:?}");
        }
    }

    #[test]
    fn a_host_that_has_stopped_by_itself_is_down_whoever_sees_it_and_up_once_it_answers() {
        let banner = || vec![look(Sight::Banner, 500, true)];
        let fencing = || Some(Fencing { run: RunId(4), by_word: None });
        for (own, second, fenced, health, stopped) in [
            (Own::NotYet, vec![], None, Health::Unknown, false),
            (Own::Answers { age_ms: 1 }, vec![], None, Health::Up, false),
            (missed(1, MissKind::Silent), vec![], None, Health::Down, true),
            (missed(2, MissKind::Silent), banner(), None, Health::Down, true),
            (missed(2, MissKind::Broken), vec![], None, Health::Down, true),
            // Fenced and silent is more: nothing at all runs there. Fenced and seen by somebody is not.
            (missed(2, MissKind::Silent), vec![], fencing(), Health::Down, false),
            (missed(2, MissKind::Silent), banner(), fencing(), Health::Down, true),
        ] {
            let signals = HostSignals { own, second, fenced, self_stopped: Some("32 s".into()) };
            let judged = judge_host(&signals);
            assert_eq!((judged.health, has_self_stopped(&signals).is_some()), (health, stopped), "{signals:?}");
            assert_eq!(judged.why.contains("has stopped by itself"), stopped, "{judged:?}");
            assert_eq!(is_off(&signals), health == Health::Down && !stopped, "{signals:?}");
        }
    }
}
