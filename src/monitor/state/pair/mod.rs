//! The pair that this monitor and the one at the other site are: which of the two acts, and what each knows of the other.
//!
//! A monitor that starts with another one beside it holds no lease, writes nothing and decides nothing before it has heard
//! that one; [`pair::next`] then says who acts. It stops acting by ending its life only: what its life knew or had under
//! way is gone then, and the next one waits like every other. `copies` is the journal's copy, `moves` how the lease
//! changes hands.

mod copies;
mod moves;

pub(super) use moves::Leaving;

use super::views::millis;
use super::{Effect, Now, State};
use crate::core::model::{HostName, Side};
use crate::core::pair::{self, Part, Standing, Tail};
use crate::core::record::{Body, Record, RunId};
use crate::monitor::event::{Heard, PairEvent, Reply};
use crate::wire::{Failure, FailureKind, PairView, Trouble};
use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// A word of the other monitor that is older than this says nothing of now; it comes each second.
const FRESH: Duration = Duration::from_millis(3500);

/// What the configuration says of the two monitors.
#[derive(Debug, Clone)]
pub struct PairSetup {
    /// The host of this one.
    pub me: HostName,
    /// The host of the other one.
    pub other: HostName,
    /// This one is named first.
    pub first: bool,
    /// The side that this one's host stands at.
    pub side: Side,
    /// After a failover the monitor of the side that serves then is to act.
    pub moves: bool,
}

/// What is known of the pair.
pub(super) struct Pairing {
    pub(super) setup: PairSetup,
    pub(super) part: Part,
    /// The last word of the other one, and when it was heard.
    heard: Option<(Instant, Standing)>,
    /// When it has last told by itself that it acts.
    told_acts: Option<Instant>,
    /// Why the way to it is cut, where it is.
    lost: Option<String>,
    /// Index of the last entry that the other one has on stable storage, as far as it has said.
    acked: u64,
    /// Since when it has not had all that is on stable storage here.
    behind: Option<Instant>,
    /// It is not waited for any more: what people ask for goes on without the copy, and nothing is done by itself.
    away: bool,
    /// Entries that are not on stable storage here yet, and go to the other one then.
    outbox: VecDeque<Record>,
    /// This life gives the lease up.
    leaving: Option<Leaving>,
    /// Who waits for the journal to be opened again.
    cut: Option<Reply>,
    /// Entries that were set aside in this life.
    aside: u64,
    /// What was said of the other's entries of its own.
    told_aside: u64,
    /// The entry by which the lease was given to this one, as long as it is the last one.
    given: Option<u64>,
    /// Runs of the monitor's own from an earlier life of this one, of which it is not known that the other one has them.
    unsure: BTreeSet<RunId>,
    /// The last of the entries with which this life took the lease.
    led: u64,
    /// A failover of this life, or one that was open when it began: once it has moved everything to the other one's side, that one
    /// is to act.
    follow: Option<RunId>,
    /// For the journal, once there is a term to write under.
    notes: Vec<String>,
}

impl Pairing {
    pub(super) fn new(setup: PairSetup) -> Self {
        Self {
            setup,
            part: Part::Waiting,
            heard: None,
            told_acts: None,
            lost: None,
            acked: 0,
            behind: None,
            away: true,
            outbox: VecDeque::new(),
            leaving: None,
            cut: None,
            aside: 0,
            told_aside: 0,
            given: None,
            unsure: BTreeSet::new(),
            led: 0,
            follow: None,
            notes: Vec::new(),
        }
    }

    /// Keeps entries for the other one until they are on stable storage here.
    pub(super) fn keep_for_other(&mut self, records: &[Record]) {
        self.outbox.extend(records.iter().cloned());
    }

    /// What was kept for the other one is read from the journal again.
    pub(super) fn forget_kept(&mut self) {
        self.outbox.clear();
    }

    /// The last word of the other one, if it still says something.
    fn fresh(&self, now: Now) -> Option<&Standing> {
        self.heard.as_ref().filter(|(at, _)| now.steady.duration_since(*at) <= FRESH).map(|(_, standing)| standing)
    }
}

impl State {
    /// The other monitor, or the way to it, has something to say.
    pub(super) fn of_pair(&mut self, event: PairEvent, now: Now) -> Vec<Effect> {
        let mut effects = match event {
            PairEvent::Heard(Heard { theirs, mine, asked }) => self.heard_other(theirs, Some((mine, asked)), now),
            PairEvent::Lost(why) => self.lost_other(why, now),
            PairEvent::Copied(upto) => self.copied(upto, now),
            PairEvent::Asked(ask, reply) => self.other_asks(ask, reply, now),
            PairEvent::Cut(ledger, aside) => self.was_cut(*ledger, aside),
        };
        effects.extend(self.tell_standing());
        effects
    }

    /// This monitor begins with another one beside it: it waits.
    pub(super) fn begin_waiting(&mut self, notes: Vec<String>) -> Vec<Effect> {
        if let Some(pair) = &mut self.pair {
            pair.notes.extend(notes);
        }
        self.tell_standing()
    }

    /// The journal is being opened without what the other one does not have.
    pub(super) fn is_being_cut(&self) -> bool {
        self.pair.as_ref().is_some_and(|pair| pair.cut.is_some())
    }

    /// Whether this monitor acts: always, where there is no other one.
    pub(super) fn is_acting(&self) -> bool {
        self.pair.as_ref().is_none_or(|pair| pair.part == Part::Acting)
    }

    /// How this monitor stands; `None` where there is no other one.
    pub(super) fn standing(&self) -> Option<Standing> {
        let pair = self.pair.as_ref()?;
        let coming =
            (self.ledger.last() > self.durable || pair.cut.is_some()).then(|| Tail { term: self.ledger.term(), index: self.ledger.last() });
        Some(Standing {
            monitor: pair.setup.me.clone(),
            acts: pair.part == Part::Acting,
            tail: Tail { term: self.ledger.term(), index: self.durable },
            coming,
            broken: self.gate.broken().is_some(),
            holder: self.ledger.holder_of_lease().map(str::to_owned),
            config: self.setup.config.clone(),
            aside: pair.aside,
        })
    }

    /// Keeps what is said to the other monitor up to date.
    pub(super) fn tell_standing(&self) -> Vec<Effect> {
        self.standing().map(Effect::Standing).into_iter().collect()
    }

    /// The other one has said how it stands: `answered` if this one has asked, where its own journal ended then, and when. A
    /// question may have been under way for long, so that the one that asks does not stand like that any more: nobody acts
    /// because of it. Nor because of an answer that was under way while the other one has told, or written, something newer.
    fn heard_other(&mut self, standing: Standing, answered: Option<(Tail, Instant)>, now: Now) -> Vec<Effect> {
        let cannot = self.cannot_lead().is_some();
        let (Some(me), Some(pair)) = (self.standing(), &mut self.pair) else { return Vec::new() };
        if standing.monitor != pair.setup.other {
            pair.lost =
                Some(format!("what answers there is the monitor on {}: the configuration of one of the two is wrong", standing.monitor));
            return Vec::new();
        }
        pair.lost = None;
        if standing.acts && answered.is_none() {
            pair.told_acts = Some(now.steady);
        }
        let current = answered.is_some_and(|(tail, asked)| tail == me.tail && pair.told_acts.is_none_or(|told| told < asked));
        if answered.is_some() && !current && pair.part != Part::Acting {
            return Vec::new();
        }
        let answered = answered.is_some();
        pair.heard = Some((now.steady, standing.clone()));
        if !standing.acts {
            // Whatever it gave, its life is over.
            pair.given = None;
        }
        if pair.leaving.is_some() || pair.cut.is_some() {
            return Vec::new();
        }
        match pair.part {
            Part::Acting if pair::gives_way(&pair.setup.me, self.ledger.term(), &standing) => self.give_way(&standing, now),
            Part::Acting if answered => self.heard_follower(&standing, now),
            Part::Acting => Vec::new(),
            Part::Waiting | Part::Standby => match pair::next(&me, pair.setup.first, &standing) {
                Part::Acting if answered && !cannot => self.lead(Vec::new(), now),
                Part::Acting => Vec::new(),
                part => {
                    if pair.part != part {
                        tracing::info!(other = %standing.monitor, acts = standing.acts, "this monitor follows the other one");
                    }
                    pair.part = part;
                    Vec::new()
                }
            },
        }
    }

    /// Whoever was taken over from is heard, and does not act; it cannot begin to, since it would hear this one first.
    fn heard_follower(&mut self, standing: &Standing, now: Now) -> Vec<Effect> {
        let Some(pair) = &mut self.pair else { return Vec::new() };
        let rival = self.ledger.rival() == Some(&standing.monitor);
        // Another life of it counts anew.
        pair.told_aside = pair.told_aside.min(standing.aside);
        if standing.acts || !(rival || standing.aside > pair.told_aside) {
            return Vec::new();
        }
        pair.told_aside = standing.aside;
        let body = Body::Yielded { monitor: standing.monitor.clone(), aside: standing.aside };
        let mut effects = self.record(vec![body], Vec::new(), now);
        if rival {
            effects.extend(self.advance_runs(now));
        }
        effects
    }

    fn lost_other(&mut self, why: String, now: Now) -> Vec<Effect> {
        let Some(pair) = &mut self.pair else { return Vec::new() };
        pair.lost = Some(why);
        if pair.part == Part::Acting { self.go_on_alone(now) } else { Vec::new() }
    }

    /// Why the lease is not this monitor's, in words for those who ask for something; `None` where it acts.
    pub(super) fn not_acting(&self) -> Option<String> {
        let pair = self.pair.as_ref()?;
        let other = &pair.setup.other;
        if pair.leaving.is_some() {
            return Some(format!("this monitor has given the lease to the one on {other}"));
        }
        match pair.part {
            Part::Acting => None,
            Part::Standby => Some(format!("this monitor is the standby, and never acts by itself; the one on {other} acts")),
            Part::Waiting => Some(format!("this monitor has not heard the one on {other} since it started, which may act")),
        }
    }

    /// What keeps this monitor from acting for anybody, though it holds the lease: the one that it has taken over from.
    pub(super) fn rivalled(&self) -> Option<String> {
        let rival = self.ledger.rival()?;
        Some(format!("the monitor on {rival} was taken over from, and nobody knows for certain that it does not act"))
    }

    /// Will it act? The line of a monitor that does not hold the lease.
    pub(super) fn pair_acts(&self, now: Now) -> Option<String> {
        let pair = self.pair.as_ref()?;
        let other = &pair.setup.other;
        let heard = pair.heard.as_ref().map(|(at, _)| now.steady.duration_since(*at).as_secs());
        let age = heard.map_or_else(|| "not heard yet".to_owned(), |seconds| format!("heard {seconds} s ago"));
        match pair.part {
            _ if pair.leaving.is_some() => Some(format!("ACTS ON NOTHING: the lease goes to the monitor on {other}")),
            Part::Acting => None,
            Part::Standby => {
                let behind = self.pair_view(now).and_then(|view| view.behind).filter(|n| *n > 0);
                let behind = behind.map_or_else(String::new, |n| format!(", {n} {} behind", if n == 1 { "entry" } else { "entries" }));
                Some(format!("STANDBY MONITOR: {other} acts ({age}{behind}); this one never acts by itself | term {}", self.ledger.term()))
            }
            Part::Waiting => Some(format!("WAITING for the monitor on {other} ({age}): this one acts on nothing before it has heard it")),
        }
    }

    pub(super) fn pair_view(&self, now: Now) -> Option<PairView> {
        let pair = self.pair.as_ref()?;
        let other = pair.heard.as_ref().map(|(_, standing)| standing);
        let behind = match pair.part {
            Part::Acting => Some(self.durable.saturating_sub(pair.acked)),
            // The other's last word has the end of its journal.
            Part::Standby => other.filter(|o| o.acts).map(|o| o.tail.index.saturating_sub(self.durable)),
            Part::Waiting => None,
        };
        Some(PairView {
            me: pair.setup.me.clone(),
            other: pair.setup.other.clone(),
            part: pair.part,
            heard_ms: pair.heard.as_ref().map(|(at, _)| millis(now.steady, *at)),
            other_acts: other.map(|o| o.acts),
            lost: match (&pair.lost, pair.fresh(now)) {
                (Some(why), _) => Some(why.clone()),
                (None, None) if pair.heard.is_some() => Some("nothing was heard of it lately".to_owned()),
                (None, _) => None,
            },
            behind,
            behind_ms: pair.behind.map(|since| millis(now.steady, since)),
            other_config: other.is_some_and(|o| o.config != self.setup.config),
            rival: self.ledger.rival().is_some(),
        })
    }

    /// What is wrong with the pair.
    pub(super) fn pair_troubles(&self, now: Now) -> Vec<Trouble> {
        let Some(view) = self.pair_view(now) else { return Vec::new() };
        let other = &view.other;
        let trouble = |what: String, remedy: String| Trouble { key: "monitor.hosts".into(), what, remedy };
        let mut troubles = Vec::new();
        if view.rival {
            let what =
                format!("the monitor on {other} was taken over from, and nobody knows for certain that it does not act: nothing is done");
            troubles.push(trouble(what, format!("`switchtower monitor take-over` fences {other}; with --by-word you vouch for it")));
        }
        if let Some(why) = &view.lost {
            let (what, remedy) = match view.part {
                Part::Acting => (
                    format!("the standby monitor on {other} is not heard: {why}; nothing is done by itself without it"),
                    format!("bring {other} and its monitor back"),
                ),
                Part::Standby | Part::Waiting => (
                    format!("the monitor on {other} is not heard: {why}"),
                    format!("bring {other} back; or act in its place with `switchtower monitor take-over`"),
                ),
            };
            troubles.push(trouble(what, remedy));
        } else if let (Part::Acting, Some(why)) = (view.part, self.uncopied(now)) {
            troubles.push(trouble(
                format!("{why}; nothing is done by itself until it has"),
                "this mends itself; if it does not, look at the log of the monitor there".into(),
            ));
        }
        if view.other_config {
            let what = format!("the monitor on {other} runs by another configuration");
            troubles.push(trouble(
                what,
                "give both the same file, and have both read it (`switchtower config apply`, or SIGHUP for the standby)".into(),
            ));
        }
        troubles
    }
}

fn refused(what: impl Into<String>, remedy: impl Into<String>) -> Failure {
    Failure::one(FailureKind::Refused, what, remedy)
}
