//! The way between the two, as `monitor/peer` goes it: a beat, questions with answers, the place of the copy. One question
//! and its answer are one moment here, unless they are lost.

use super::duo::{Duo, other};
use super::*;
use serde::de::DeserializeOwned;

/// What becomes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    /// It never arrives.
    Lost,
    /// It arrives after it was given up.
    Late,
    /// It arrives, and its answer does not.
    Unanswered,
}

impl Duo {
    /// One turn of the way from `i` to the other one.
    pub(super) fn beat(&mut self, i: usize) {
        if self.sites[i].state.is_none() {
            return;
        }
        if let Err(why) = self.turn(i) {
            self.lose(i, why);
        }
    }

    fn lose(&mut self, i: usize, why: String) {
        let site = &mut self.sites[i];
        (site.line, site.place) = (None, None);
        self.apply(i, Event::Pair(PairEvent::Lost(why)));
    }

    /// Batches that follow are handed over as they come.
    pub(super) fn hand_over_batches(&mut self, i: usize) {
        while self.sites[i].state.is_some() && self.sites[i].line.is_some() {
            let Some(batch) = self.sites[i].batches.pop_front() else { return };
            let Some(place) = self.sites[i].place else { continue };
            if batch.last().unwrap().index <= place.tail.index || batch[0].index != place.tail.index + 1 {
                continue;
            }
            match self.append(i, batch) {
                Ok(upto) => self.apply(i, Event::Pair(PairEvent::Copied(upto))),
                Err(why) => return self.lose(i, why),
            }
        }
    }

    /// The answer of the other one to a question that `i` has asked just now.
    pub(super) fn answer(&self, i: usize, theirs: Standing) -> Event {
        let mine = self.state(i).standing().unwrap().tail;
        Event::Pair(PairEvent::Heard(Heard { theirs, mine, asked: self.now().steady }))
    }

    fn turn(&mut self, i: usize) -> Result<(), String> {
        let site = &mut self.sites[i];
        let Some(mine) = site.told.clone() else { return Ok(()) };
        self.later += Duration::from_micros(1);
        let asked = self.now().steady;
        let theirs: Standing = self.question(i, PeerAsk::Standing { mine: mine.clone() })?;
        self.apply(i, Event::Pair(PairEvent::Heard(Heard { theirs: theirs.clone(), mine: mine.tail, asked })));
        if !mine.acts || theirs.acts {
            self.sites[i].place = None;
            return Ok(());
        }
        let upto = self.bring_in_step(i, theirs.tail)?;
        self.apply(i, Event::Pair(PairEvent::Copied(upto)));
        Ok(())
    }

    fn durable(&self, i: usize) -> u64 {
        self.sites[i].told.as_ref().map_or(0, |mine| mine.tail.index)
    }

    fn bring_in_step(&mut self, i: usize, theirs: Tail) -> Result<u64, String> {
        if self.sites[i].place.is_none_or(|place| place.tail != theirs) {
            self.find_place(i, theirs)?;
        }
        loop {
            let place = self.sites[i].place.unwrap_or_default();
            let upto = self.durable(i);
            if place.tail.index >= upto {
                return Ok(place.tail.index);
            }
            let next = |record: &&Record| record.index > place.tail.index && record.index <= upto;
            let records: Vec<Record> = self.sites[i].disk.iter().filter(next).take(7).cloned().collect();
            self.append(i, records)?;
        }
    }

    fn find_place(&mut self, i: usize, theirs: Tail) -> Result<(), String> {
        self.sites[i].place = None;
        let mut common = PeerMark::default();
        for index in (1..=theirs.index.min(self.durable(i))).rev() {
            let mine = self.sites[i].disk.iter().find(|record| record.index == index).map(PeerMark::of);
            let there: Option<PeerMark> = self.question(i, PeerAsk::Mark { index })?;
            if let Some(mark) = mine.filter(|mine| there == Some(*mine)) {
                common = mark;
                break;
            }
        }
        if theirs.index > common.tail.index {
            let _: u64 = self.question(i, PeerAsk::Cut { keep: common.tail.index, first: common.tail.index + 1 })?;
        }
        self.sites[i].place = Some(common);
        Ok(())
    }

    fn append(&mut self, i: usize, records: Vec<Record>) -> Result<u64, String> {
        let last = records.last().map(PeerMark::of);
        let after = self.sites[i].place.unwrap_or_default();
        let done = self.question::<u64>(i, PeerAsk::Append { after, records });
        self.sites[i].place = if done.is_ok() { last } else { None };
        done.map(|_| last.unwrap().tail.index)
    }

    /// Asks the other one.
    fn question<T: DeserializeOwned>(&mut self, i: usize, ask: PeerAsk) -> Result<T, String> {
        let to = other(i);
        let life = self.sites[to].life;
        if !self.link[i] || self.sites[to].state.is_none() || self.sites[i].line.is_some_and(|known| known != life) {
            return Err("the connection is lost".into());
        }
        self.sites[i].line = Some(life);
        let fate = self.fates.pop_front().unwrap_or(Fate::Answered);
        match fate {
            Fate::Lost => return Err("no answer".into()),
            Fate::Late => {
                self.late.push((to, life, ask));
                return Err("no answer".into());
            }
            Fate::Answered | Fate::Unanswered => {}
        }
        let mut answer = self.arrives(to, ask);
        match answer.try_recv() {
            Ok(Ok(value)) if fate == Fate::Answered => Ok(serde_json::from_value(value).unwrap()),
            Ok(Err(failure)) => Err(failure.message),
            _ => Err("no answer within 3 s".into()),
        }
    }

    fn arrives(&mut self, to: usize, ask: PeerAsk) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.apply(to, Event::Pair(PairEvent::Asked(ask, reply)));
        answer
    }

    /// What was given up arrives now, where the life that it was for goes on.
    pub(super) fn deliver_late(&mut self) {
        for (to, life, ask) in std::mem::take(&mut self.late) {
            if self.sites[to].life == life {
                let _answer = self.arrives(to, ask);
            }
        }
    }
}
