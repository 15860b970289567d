//! Brings the other monitor's copy of the journal in step, and keeps the place where it is.
//!
//! Two journals that have one entry in common have all before it in common, since every term is of one monitor and every
//! monitor writes one journal. So the last common entry is found by halving; what the other one has after it is set aside
//! there, and what it lacks is handed over.

use super::link::{PeerLink, Unanswered};
use super::{ANSWER, after};
use crate::core::pair::{Standing, Tail};
use crate::core::record::Record;
use crate::store;
use crate::wire::{PEER_BYTES, PEER_ENTRIES, PeerAsk, PeerMark};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// Time for a request with entries to get over a slow line, and onto the other one's disk.
const TAKEN: Duration = Duration::from_secs(15);
/// Time for the other one to set entries aside and to open its journal again.
const CUT: Duration = Duration::from_secs(30);

pub(super) struct Copyist {
    journal: PathBuf,
    /// The last entry that the other one has, once that is known to be one of this journal.
    place: Option<PeerMark>,
}

impl Copyist {
    pub(super) fn new(journal: PathBuf) -> Self {
        Self { journal, place: None }
    }

    /// The other one's journal is not this one's copy any more, as far as is known.
    pub(super) fn lose_place(&mut self) {
        self.place = None;
    }

    /// Hands `batch` over if it comes next; the index of the last entry that the other one has then. `None` where it does
    /// not follow: it is read from the journal with the next word.
    pub(super) async fn hand_over(&mut self, link: &mut PeerLink, batch: Vec<Record>) -> Result<Option<u64>, Unanswered> {
        let Some(place) = self.place else { return Ok(None) };
        if batch.last().is_some_and(|record| record.index <= place.tail.index) {
            return Ok(Some(place.tail.index));
        }
        if batch.first().is_none_or(|record| record.index != after(place)) {
            return Ok(None);
        }
        self.append(link, batch).await.map(Some)
    }

    /// Has the other one, whose journal ends at `theirs`, have everything that is on stable storage here.
    pub(super) async fn bring_in_step(
        &mut self,
        link: &mut PeerLink,
        theirs: Tail,
        told: &watch::Receiver<Option<Standing>>,
    ) -> Result<u64, Unanswered> {
        let durable = || told.borrow().as_ref().map_or(0, |mine| mine.tail.index);
        if self.place.is_none_or(|place| place.tail != theirs) {
            self.find_place(link, theirs, durable()).await?;
        }
        loop {
            let place = self.place.unwrap_or_default();
            if place.tail.index >= durable() {
                return Ok(place.tail.index);
            }
            let (mut records, oldest) = self.read(after(place), PEER_ENTRIES).await?;
            records.retain(|record| record.index <= durable());
            let follows =
                records.first().is_some_and(|first| first.index == after(place) || (place.tail.index == 0 && first.index == oldest));
            if !follows {
                return Err(Unanswered::Lost(format!("entry {} is no longer in this journal; it is begun anew", after(place))));
            }
            self.append(link, records).await?;
        }
    }

    /// Finds the last entry that both have, and has the other one set aside what it has beyond.
    async fn find_place(&mut self, link: &mut PeerLink, theirs: Tail, durable: u64) -> Result<(), Unanswered> {
        self.place = None;
        let common = self.last_common(link, theirs.index.min(durable)).await?;
        let (_, oldest) = self.read(u64::MAX, 1).await?;
        let anew = common.tail.index == 0 && (theirs.index > 0 || oldest > 1);
        if anew || theirs.index > common.tail.index {
            let first = if common.tail.index == 0 { oldest } else { after(common) };
            let _aside: u64 = link.ask(PeerAsk::Cut { keep: common.tail.index, first }, CUT).await?;
        }
        self.place = Some(common);
        Ok(())
    }

    /// The last entry up to `most` that both have; the mark of nothing where there is none.
    async fn last_common(&self, link: &mut PeerLink, most: u64) -> Result<PeerMark, Unanswered> {
        let mut known = PeerMark::default();
        if most == 0 {
            return Ok(known);
        }
        if let Some(mark) = self.same(link, most).await? {
            return Ok(mark);
        }
        // What is not in this journal any more is not asked for: it would look as if the two differed there.
        let (_, oldest) = self.read(u64::MAX, 1).await?;
        let (mut low, mut high) = (oldest.saturating_sub(1).min(most), most);
        while high.saturating_sub(low) > 1 {
            let middle = low.midpoint(high);
            match self.same(link, middle).await? {
                Some(mark) => (low, known) = (middle, mark),
                None => high = middle,
            }
        }
        Ok(known)
    }

    /// The mark of entry `index`, if both have the same one there.
    async fn same(&self, link: &mut PeerLink, index: u64) -> Result<Option<PeerMark>, Unanswered> {
        let (records, _) = self.read(index, 1).await?;
        let Some(mine) = records.first().filter(|record| record.index == index).map(PeerMark::of) else { return Ok(None) };
        let theirs: Option<PeerMark> = link.ask(PeerAsk::Mark { index }, ANSWER).await?;
        Ok((theirs == Some(mine)).then_some(mine))
    }

    async fn append(&mut self, link: &mut PeerLink, records: Vec<Record>) -> Result<u64, Unanswered> {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let mut chunk = Vec::new();
            let mut bytes: usize = 0;
            while let Some(record) = records.peek() {
                bytes = bytes.saturating_add(serde_json::to_vec(record).map_or(PEER_BYTES, |line| line.len()));
                if !chunk.is_empty() && (bytes > PEER_BYTES || chunk.len() >= PEER_ENTRIES) {
                    break;
                }
                chunk.extend(records.next());
            }
            let last = chunk.last().map(PeerMark::of);
            let ask = PeerAsk::Append { after: self.place.unwrap_or_default(), records: chunk };
            let done = link.ask::<u64>(ask, TAKEN).await;
            // Whatever came of it, it is not known where the other one is before it has said so.
            self.place = if done.is_ok() { last } else { None };
            done?;
        }
        Ok(self.place.unwrap_or_default().tail.index)
    }

    /// Entries of this journal, and the index of its oldest.
    async fn read(&self, from: u64, limit: usize) -> Result<(Vec<Record>, u64), Unanswered> {
        let dir = self.journal.clone();
        let read = tokio::task::spawn_blocking(move || store::read_from(&dir, from, limit)).await;
        let lost = |why: String| Unanswered::Lost(format!("this monitor's own journal cannot be read: {why}"));
        read.map_err(|error| lost(error.to_string()))?.map_err(|error| lost(error.to_string()))
    }
}

#[cfg(test)]
mod tests;
