//! The model itself: which things may happen in a state, what follows from each, and what must hold. Checked by `tests`.

use super::hosts::Fate;
use super::lines::tidy;
use super::world::{Answer, Host, Monitor, Setup, To, Wish, World, seen};
use crate::core::model::Side;
use crate::core::pair::Part;
use crate::core::record::Term;
use crate::core::run::Outcome;
use crate::core::testing::wanted;
use stateright::{Model, Property};
use std::collections::BTreeSet;

/// One thing that happens. Numbers are those of a monitor, a host, or a place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A monitor asks the other one how it stands.
    Hears(usize),
    /// It asks, and the answer is under way for long.
    Asks(usize),
    /// That answer comes.
    Answer(usize),
    /// The other one takes what a monitor has journaled, and says so, or that is lost.
    Copies(usize, bool),
    GoesOnAlone(usize),
    /// It was not told that its last entry was taken, and ends all the same.
    Leaves(usize),
    Crashes(usize),
    Starts(usize),
    LosesPower(usize),
    HasPower(usize),
    Cut,
    Heal,
    /// A host takes the term of a monitor.
    Takes(usize, usize),
    /// A fenced host is heard again.
    Returns(usize),
    Decides(usize),
    Wishes(usize, Wish),
    /// The executor of a monitor begins something.
    Carries(usize, usize),
    Arrives(usize, Fate),
    /// An act is not waited for any more, and still under way.
    Late(usize),
    Lost(usize),
}

fn spend(what: &mut u8) -> Option<()> {
    *what = what.checked_sub(1)?;
    Some(())
}

impl Setup {
    fn of_monitor(&self, w: &World, i: usize, events: &mut Vec<Event>) {
        let m = &w.monitors[i];
        if !m.up {
            let machine = self.apart || w.hosts[i].on;
            events.extend(machine.then_some(Event::Starts(i)));
            return;
        }
        events.push(Event::Crashes(i));
        if w.linked() {
            events.extend(self.tells(w, i).then_some([Event::Hears(i), Event::Asks(i)]).into_iter().flatten());
        }
        events.extend(m.answer.is_some().then_some(Event::Answer(i)));
        events.extend(self.wishes.iter().map(|wish| Event::Wishes(i, *wish)));
        if m.part == Part::Acting {
            let behind = m.acked < m.ledger().last();
            events.extend((behind || m.away).then_some([Event::Copies(i, true), Event::Copies(i, false)]).into_iter().flatten());
            events.extend((!m.away).then_some(Event::GoesOnAlone(i)));
            events.extend(m.leaving.then_some(Event::Leaves(i)));
        }
        if m.acts() {
            events.extend((0..2).filter(|h| !m.taken[*h]).map(|h| Event::Takes(i, h)));
            events.extend([Event::Returns(i), Event::Decides(i)]);
            let ready = |(index, run, effect): &_| (m.away || *index <= m.acked) && !self.waits(w, i, *run, *effect);
            events.extend((0..m.held.len()).filter(|n| ready(&m.held[*n])).map(|n| Event::Carries(i, n)));
        }
    }

    /// Whether it makes a difference that `i` asks the other one now.
    fn tells(&self, w: &World, i: usize) -> bool {
        let (m, other) = (&w.monitors[i], &w.monitors[1 - i]);
        match (m.part, other.part) {
            (Part::Acting, Part::Acting | Part::Waiting) | (Part::Waiting | Part::Standby, Part::Waiting | Part::Standby) => true,
            (Part::Acting, Part::Standby) => m.ledger().rival().is_some() || other.heard.is_none_or(|(acts, _)| !acts),
            (Part::Waiting, Part::Acting) => true,
            (Part::Standby, Part::Acting) => m.heard.is_none_or(|(acts, _)| !acts),
        }
    }

    fn happens(&self, w: &mut World, event: &Event) -> Option<()> {
        match *event {
            Event::Hears(i) => self.hear(w, i),
            Event::Asks(i) => self.asks(w, i)?,
            Event::Answer(i) => {
                let answer = w.monitors[i].answer.take()?;
                self.late_answer(w, i, answer);
            }
            Event::Copies(i, known) => self.copies(w, i, known)?,
            Event::GoesOnAlone(i) => {
                if w.linked() {
                    spend(&mut w.left.losses)?;
                }
                self.alone(w, i);
            }
            Event::Leaves(i) => self.ends(w, i),
            Event::Crashes(i) => {
                spend(&mut w.left.crashes)?;
                self.dies(w, i);
            }
            Event::Starts(i) => w.monitors[i].up = true,
            Event::LosesPower(h) => {
                spend(&mut w.left.outages)?;
                self.power_off(w, h);
            }
            Event::HasPower(h) => {
                w.hosts[h].on = true;
                w.hosts[h].boot += 1;
            }
            Event::Cut => {
                spend(&mut w.left.cuts)?;
                w.cut = true;
            }
            Event::Heal => w.cut = false,
            Event::Takes(i, h) => self.takes(w, i, h)?,
            Event::Returns(i) => self.returned(w, i)?,
            Event::Decides(i) => self.decides(w, i)?,
            Event::Wishes(i, wish) => {
                spend(&mut w.left.wishes)?;
                self.wish(w, i, wish)?;
            }
            Event::Carries(i, n) => self.carry(w, i, n)?,
            Event::Arrives(n, fate) => self.arrive(w, n, fate)?,
            Event::Late(n) => {
                spend(&mut w.left.lates)?;
                let message = w.net[n].clone();
                w.net[n].waited = false;
                tidy(w);
                self.answer(w, &message, Outcome::Unknown);
            }
            Event::Lost(n) => {
                spend(&mut w.left.losses)?;
                let message = w.net.remove(n);
                self.answer(w, &message, Outcome::Unknown);
            }
        }
        Some(())
    }

    fn asks(&self, w: &mut World, i: usize) -> Option<()> {
        spend(&mut w.left.lates)?;
        if w.monitors[i].answer.is_some() {
            return None;
        }
        let (standing, mine) = (self.standing(w, i), w.monitors[i].tail());
        self.told(w, 1 - i, &standing);
        let other = self.standing(w, 1 - i);
        w.monitors[i].answer = Some(Answer { acts: other.acts, tail: other.tail, holder: other.holder, mine, told: false });
        Some(())
    }

    fn copies(&self, w: &mut World, i: usize, known: bool) -> Option<()> {
        let other = &w.monitors[1 - i];
        let acts = other.heard.is_some_and(|(acts, tail)| acts && tail.term >= other.ledger().term());
        if !w.linked() || other.part != Part::Standby || !acts {
            return None;
        }
        if !known {
            spend(&mut w.left.losses)?;
        }
        self.copy(w, i, known);
        Some(())
    }

    fn arrive(&self, w: &mut World, n: usize, fate: Fate) -> Option<()> {
        let message = &w.net[n];
        if let To::Service { host, .. } = message.to
            && !w.reaches(message.from, host)
        {
            return None;
        }
        match fate {
            Fate::Answered => {}
            Fate::Mute if message.waited => spend(&mut w.left.losses)?,
            Fate::Fails if message.waited => spend(&mut w.left.failures)?,
            Fate::Mute | Fate::Fails => return None,
        }
        self.deliver(w, n, fate);
        Some(())
    }
}

impl Model for Setup {
    type State = World;
    type Action = Event;

    fn init_states(&self) -> Vec<World> {
        let runs = wanted(&self.cluster, Some(Side::Primary));
        let bits =
            |h: usize| self.slots[h].iter().enumerate().filter(|(_, i)| runs.contains(i)).fold(0, |bits, (slot, _)| bits | 1 << slot);
        let mut w = World {
            hosts: [Host::new(bits(0)), Host::new(bits(1))],
            monitors: [Monitor::new(), Monitor::new()],
            net: Vec::new(),
            cut: false,
            left: self.budget,
            seen: 0,
            newest: Term(0),
            executed: BTreeSet::new(),
        };
        self.first_lines(&mut w);
        vec![w]
    }

    fn actions(&self, w: &World, events: &mut Vec<Event>) {
        for i in 0..2 {
            self.of_monitor(w, i, events);
            events.push(if w.hosts[i].on { Event::LosesPower(i) } else { Event::HasPower(i) });
        }
        events.push(if w.cut { Event::Heal } else { Event::Cut });
        for (n, message) in w.net.iter().enumerate() {
            events.extend([Event::Arrives(n, Fate::Answered), Event::Arrives(n, Fate::Mute), Event::Arrives(n, Fate::Fails)]);
            events.extend(message.waited.then_some([Event::Late(n), Event::Lost(n)]).into_iter().flatten());
        }
    }

    fn next_state(&self, w: &World, event: Event) -> Option<World> {
        let mut next = w.clone();
        self.happens(&mut next, &event)?;
        (next != *w).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = vec![
            Property::always(TWO_ACTIVE, |setup: &Self, w| !setup.two_active(w)),
            Property::always(OLDER, |_, w: &World| w.seen & seen::OLDER_EXECUTED == 0),
            Property::always(REPEATED, |_, w: &World| w.seen & seen::REPEATED == 0),
            Property::always(UNPROVEN, |_, w: &World| w.seen & seen::UNPROVEN == 0),
            Property::always(OVERLAP, |_, w: &World| w.seen & seen::OVERLAP == 0),
        ];
        let possible: [(u16, Property<Self>); 7] = [
            (seen::SWITCHED, Property::sometimes("a switchover is done", |_, w: &World| w.seen & seen::SWITCHED != 0)),
            (
                seen::FAILED_OVER,
                Property::sometimes("a failover is done through the fence", |_, w: &World| w.seen & seen::FAILED_OVER != 0),
            ),
            (seen::SETTLED, Property::sometimes("a take-over settles an open run", |_, w: &World| w.seen & seen::SETTLED != 0)),
            (seen::RESUMED, Property::sometimes("a switchover is gone on with after a crash", |_, w: &World| w.seen & seen::RESUMED != 0)),
            (seen::REFUSED, Property::sometimes("a late act is refused by the guard", |_, w: &World| w.seen & seen::REFUSED != 0)),
            (seen::MOVED, Property::sometimes("the lease is moved", |_, w: &World| w.seen & seen::MOVED != 0)),
            (seen::TURNED_BACK, Property::sometimes("a run turns back", |_, w: &World| w.seen & seen::TURNED_BACK != 0)),
        ];
        all.extend(possible.into_iter().filter(|(bit, _)| self.reaches & bit != 0).map(|(_, property)| property));
        all
    }
}

pub(super) const TWO_ACTIVE: &str = "no component is active on both sides";
pub(super) const OLDER: &str = "no act is executed under a term older than one that its host has seen";
pub(super) const REPEATED: &str = "no step is executed twice without a look between";
pub(super) const UNPROVEN: &str = "nothing is started while the other side runs it";
pub(super) const OVERLAP: &str = "nothing that a monitor sends after another one has acted under a newer term is executed";
