//! Two monitors of one cluster, one at each site: which of them acts, and which follows.
//!
//! There is no third party that could tell who lives, so neither begins to act on a guess. A monitor that has just started
//! waits until it has heard the other one; then the newest journal acts, and where both are the same, whoever it says was
//! the last to hold the lease. One that is not heard may be replaced by a person only. The monitor's state asks
//! [`next`] whenever it has heard the other; nothing else decides it.

use super::model::HostName;
use super::record::Term;
use serde::{Deserialize, Serialize};

/// Where a journal ends. Of two, the larger one is the newer: by the term of the last entry, then by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Tail {
    /// The term of the last entry.
    pub term: Term,
    /// Its index; 0 for a journal without entries.
    pub index: u64,
}

/// What a monitor says of itself to the other one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The host that it runs on, as the configuration calls it.
    pub monitor: HostName,
    /// It holds the lease, or has just given it up and not ended yet.
    pub acts: bool,
    /// Where its journal ends, as far as it is on stable storage.
    pub tail: Tail,
    /// Where it ends once what is on its way to the disk is there, while anything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coming: Option<Tail>,
    /// Who held the lease last, or was given it, by its journal; `None` where nobody ever did.
    pub holder: Option<String>,
    /// Its journal cannot be written: it acts on nothing, whatever else it says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub broken: bool,
    /// Hash of its configuration.
    pub config: String,
    /// Entries that only this monitor had when it began to follow; they are kept beside its journal.
    #[serde(default)]
    pub aside: u64,
}

/// What a monitor does, as far as the pair goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// It has not heard the other one since it started, so it acts on nothing.
    Waiting,
    /// It holds the lease.
    Acting,
    /// The other one acts; this one keeps a copy of its journal.
    Standby,
}

impl Part {
    /// The word as it is shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Acting => "acting",
            Self::Standby => "standby",
        }
    }
}

/// What is to be done by a monitor that does not act, now that it has heard `other`: act, or follow. `first` says that it
/// is the one that the configuration names first.
#[must_use]
pub fn next(me: &Standing, first: bool, other: &Standing) -> Part {
    // What is on its way to the disk may get there, or not: until that is known the other one is not to count on either.
    if other.acts || me.coming.is_some() {
        return Part::Standby;
    }
    let mine = match me.tail.cmp(&other.coming.unwrap_or(other.tail)) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => match me.holder.as_deref() {
            Some(name) if name == me.monitor.as_str() => true,
            Some(name) if name == other.monitor.as_str() => false,
            // Nobody yet, or one that the configuration does not name any more. Which one is the first is only known where both
            // read the same file.
            _ => first && me.config == other.config,
        },
    };
    if mine { Part::Acting } else { Part::Standby }
}

/// Whether the monitor `me`, which acts under `term`, must give way to `other`: a person has had that one take over, so that its
/// journal is of a newer term, whether it still acts or not. Two that act under one term, which should not be, are told apart
/// by their names.
#[must_use]
pub fn gives_way(me: &HostName, term: Term, other: &Standing) -> bool {
    other.tail.term > term || (other.acts && other.tail.term == term && other.monitor < *me)
}

/// The next term of the monitor with this number among so many: above `known`, and none that another one of them takes.
#[must_use]
pub fn next_term(known: Term, number: u64, of: u64) -> Term {
    let mut term = known.next();
    while of > 1 && term.0 % of != number % of {
        let next = term.next();
        if next == term {
            break;
        }
        term = next;
    }
    term
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standing(monitor: &str, acts: bool, term: u64, index: u64, holder: Option<&str>) -> Standing {
        let tail = Tail { term: Term(term), index };
        let holder = holder.map(str::to_owned);
        Standing { monitor: HostName::new(monitor).unwrap(), acts, tail, coming: None, broken: false, holder, config: "c".into(), aside: 0 }
    }

    #[test]
    fn who_acts_follows_from_what_both_journals_hold() {
        let north = |acts, term, index, holder| standing("north", acts, term, index, holder);
        let south = |acts, term, index, holder| standing("south", acts, term, index, holder);
        let (n, s) = (Some("north"), Some("south"));
        for (me, other, expected, why) in [
            (north(false, 0, 0, None), south(false, 0, 0, None), Part::Acting, "a new cluster begins with the first"),
            (north(false, 4, 9, n), south(true, 4, 9, n), Part::Standby, "whoever acts is followed, whatever is in the journals"),
            (north(false, 4, 9, n), south(false, 4, 9, n), Part::Acting, "the last holder goes on"),
            (north(false, 4, 9, s), south(false, 4, 9, s), Part::Standby, "it was handed over, and the other one goes on"),
            (north(false, 0, 0, None), south(false, 4, 9, n), Part::Standby, "a disk was lost here: the other one has the journal"),
            (north(false, 4, 10, s), south(false, 4, 9, n), Part::Acting, "a handover that did not arrive has not happened"),
            (north(false, 5, 9, n), south(false, 6, 3, s), Part::Standby, "the other one took over meanwhile, under a newer term"),
            (north(false, 4, 9, Some("gone")), south(false, 4, 9, Some("gone")), Part::Acting, "the holder is not named any more"),
        ] {
            assert_eq!(next(&me, true, &other), expected, "{why}");
        }
    }

    #[test]
    fn a_newer_term_makes_a_monitor_that_acts_give_way_and_of_one_term_the_later_name() {
        let north = HostName::new("north").unwrap();
        assert!(gives_way(&north, Term(3), &standing("south", true, 4, 1, None)));
        assert!(gives_way(&north, Term(3), &standing("south", false, 4, 1, None)), "it took over, and was started anew since");
        assert!(!gives_way(&north, Term(4), &standing("south", true, 3, 9, None)), "that one is to give way");
        let south = HostName::new("south").unwrap();
        assert!(!gives_way(&north, Term(4), &standing("south", true, 4, 9, None)));
        assert!(gives_way(&south, Term(4), &standing("north", true, 4, 9, None)));
        assert!(!gives_way(&south, Term(4), &standing("north", false, 4, 9, None)), "it has a copy");
    }

    #[test]
    fn without_a_holder_nobody_begins_while_the_two_read_different_files() {
        let north = standing("north", false, 0, 0, None);
        let south = Standing { config: "another".into(), ..standing("south", false, 0, 0, None) };
        assert_eq!((next(&north, true, &south), next(&south, true, &north)), (Part::Standby, Part::Standby), "each may name itself first");
    }

    #[test]
    fn neither_acts_on_entries_that_may_not_get_to_the_disk() {
        let me = standing("north", false, 4, 12, Some("south"));
        let ahead = Tail { term: Term(4), index: 12 };
        let other = Standing { coming: Some(ahead), ..standing("south", false, 4, 11, Some("south")) };
        assert_eq!(next(&me, true, &other), Part::Standby, "the handover may be on its disk in a moment");
        assert_eq!(next(&other, false, &me), Part::Standby, "or not");
        let more = standing("north", false, 4, 13, Some("south"));
        assert_eq!(next(&more, true, &other), Part::Acting, "whatever becomes of it, this one is newer");
        let mine = standing("north", false, 4, 12, Some("north"));
        assert_eq!(next(&mine, true, &other), Part::Acting, "no handover is among it");
    }

    fn any_standing(name: &'static str) -> impl Strategy<Value = Standing> {
        (0_u64..3, 0_u64..3, 0_usize..4).prop_map(move |(term, index, holder)| {
            let holder = [None, Some("north"), Some("south"), Some("gone")][holder];
            standing(name, false, term, index, holder)
        })
    }

    proptest! {
        #[test]
        fn two_that_hear_each_other_never_both_act(a in any_standing("north"), b in any_standing("south"), same in any::<bool>()) {
            // Equal tails are the same journal, so they name the same holder.
            let mut b = b;
            if same || a.tail == b.tail {
                b.tail = a.tail;
                b.holder.clone_from(&a.holder);
            }
            let (north, south) = (next(&a, true, &b), next(&b, false, &a));
            prop_assert_ne!(north == Part::Acting, south == Part::Acting, "one of them acts, and one only");
            let (acts, other) = if north == Part::Acting { (&a, &b) } else { (&b, &a) };
            prop_assert!(acts.tail >= other.tail, "nothing that was journaled is lost");
        }

        #[test]
        fn terms_grow_and_are_of_one_monitor_only(known in 0_u64..1000, number in 0_u64..2) {
            let term = next_term(Term(known), number, 2);
            prop_assert!(term.0 > known && term.0 <= known + 2);
            prop_assert_eq!(term.0 % 2, number);
            prop_assert_eq!(next_term(Term(known), 0, 1), Term(known + 1));
        }
    }
}
