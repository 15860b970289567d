//! The way to the other monitor of a pair, over SSH to a socket that is for it alone: each tells the other every second how
//! it stands, and the one that acts brings the other's copy of the journal in step and keeps it there.
//!
//! One task for as long as the monitor lives. It decides nothing: what it hears goes to the state task.

mod copy;
mod link;

use super::event::{Event, Heard, PairEvent};
use crate::core::pair::Standing;
use crate::core::record::Record;
use crate::ssh::{Pool, Target};
use crate::wire::{PeerAsk, PeerMark};
use copy::Copyist;
use link::{PeerLink, Unanswered};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

/// Time between two words to the other one.
const BEAT: Duration = Duration::from_secs(1);
/// The longest wait for an answer, and for a connection.
const ANSWER: Duration = Duration::from_secs(3);
/// Pause before a connection that was lost is made again.
const AGAIN: Duration = Duration::from_secs(1);
/// Batches that may wait. One more is left out, and read from the journal later.
const BATCHES: usize = 64;

/// Where the other monitor is, and what it is told from.
pub(super) struct Way {
    /// Connections to hosts.
    pub(super) pool: Arc<Pool>,
    /// How its host is reached.
    pub(super) target: Target,
    /// Its socket there.
    pub(super) socket: String,
    /// The cluster of both.
    pub(super) cluster: String,
    /// The journal of this one.
    pub(super) journal: PathBuf,
    /// Where what is heard goes.
    pub(super) events: mpsc::Sender<Event>,
}

/// What the state task tells the way.
pub(super) struct Peer {
    standing: watch::Sender<Option<Standing>>,
    batches: mpsc::Sender<Vec<Record>>,
}

impl Peer {
    /// The handle, and the task that it is for.
    pub(super) fn new(way: Way) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (standing, told) = watch::channel(None);
        let (batches, queue) = mpsc::channel(BATCHES);
        (Self { standing, batches }, run(way, told, queue))
    }

    /// This is how this monitor stands from now on.
    pub(super) fn stands(&self, standing: Standing) {
        self.standing.send_if_modified(|known| {
            let changed = known.as_ref() != Some(&standing);
            *known = Some(standing);
            changed
        });
    }

    /// These entries are on stable storage here.
    pub(super) fn copy(&self, records: Vec<Record>) {
        // One that finds no place is read from the journal, since the next one does not follow.
        let _ = self.batches.try_send(records);
    }
}

/// Ends only when nobody listens any more.
async fn run(way: Way, mut told: watch::Receiver<Option<Standing>>, mut queue: mpsc::Receiver<Vec<Record>>) {
    loop {
        let Err(why) = life(&way, &mut told, &mut queue).await else { return };
        tracing::debug!(%why, "the way to the other monitor");
        way.pool.drop_connection(&way.target).await;
        if way.events.send(Event::Pair(PairEvent::Lost(why.to_string()))).await.is_err() {
            return;
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// One connection, from its opening to its loss; `Ok` when this monitor is ending.
async fn life(way: &Way, told: &mut watch::Receiver<Option<Standing>>, queue: &mut mpsc::Receiver<Vec<Record>>) -> Result<(), Unanswered> {
    let mut link = PeerLink::over_ssh(&way.pool, &way.target, &way.socket, &way.cluster, ANSWER).await?;
    let mut copyist = Copyist::new(way.journal.clone());
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut acted = false;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            changed = told.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                // A tail that grows is told with the beat; whether it acts is told at once.
                if told.borrow_and_update().as_ref().is_some_and(|mine| mine.acts) == acted {
                    continue;
                }
            }
            batch = queue.recv() => {
                let Some(batch) = batch else { return Ok(()) };
                if let Some(upto) = copyist.hand_over(&mut link, batch).await? {
                    if way.events.send(Event::Pair(PairEvent::Copied(upto))).await.is_err() {
                        return Ok(());
                    }
                    continue;
                }
            }
        }
        let Some(mine) = told.borrow().clone() else { continue };
        let asked = Instant::now();
        let theirs: Standing = link.ask(PeerAsk::Standing { mine: mine.clone() }, ANSWER).await?;
        let tail = theirs.tail;
        let heard = Event::Pair(PairEvent::Heard(Heard { theirs: theirs.clone(), mine: mine.tail, asked }));
        if way.events.send(heard).await.is_err() {
            return Ok(());
        }
        acted = mine.acts;
        if !mine.acts || theirs.acts {
            copyist.lose_place();
            continue;
        }
        let upto = copyist.bring_in_step(&mut link, tail, told).await?;
        if way.events.send(Event::Pair(PairEvent::Copied(upto))).await.is_err() {
            return Ok(());
        }
    }
}

/// The index after `mark`.
fn after(mark: PeerMark) -> u64 {
    mark.tail.index.saturating_add(1)
}
