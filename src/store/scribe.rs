//! A thread that owns the journal: batches come in over a bounded queue, and each is answered once it is durable.

use super::journal::summary_record;
use super::{Journal, StoreError};
use crate::core::record::{Record, Summary};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

/// Batches that may wait; one more means that the disk has hung for long, and nothing is to be done then.
const QUEUE: usize = 256;

/// What became of a batch.
#[derive(Debug)]
pub struct Written {
    /// Index of the batch's last entry.
    pub upto: u64,
    /// It is on stable storage, or why not.
    pub result: Result<(), StoreError>,
    /// The file is long enough to be rotated.
    pub due: bool,
}

enum Order {
    Append(Vec<Record>),
    Rotate(u64, jiff::Timestamp, Box<Summary>),
}

/// The way to the journal's thread. Dropping it ends the thread once what waits is written.
#[derive(Debug)]
pub struct Scribe {
    orders: SyncSender<Order>,
}

impl Scribe {
    /// Starts the thread; `done` is called on it after every batch, in order.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(journal: Journal, mut done: impl FnMut(Written) + Send + 'static) -> Result<Self, StoreError> {
        let (orders, queue) = sync_channel(QUEUE);
        let path = journal.path().to_owned();
        let work = move || {
            let mut journal = journal;
            while let Ok(order) = queue.recv() {
                let (upto, result) = match order {
                    Order::Append(records) => (records.last().map_or(0, |r| r.index), journal.append(&records)),
                    Order::Rotate(index, at, summary) => (index, journal.rotate(&summary_record(index, at, *summary))),
                };
                done(Written { upto, result, due: journal.due() });
            }
        };
        std::thread::Builder::new().name("journal".into()).spawn(work).map_err(StoreError::io(path, "start its thread"))?;
        Ok(Self { orders })
    }

    /// Hands over a batch.
    ///
    /// # Errors
    /// When the thread is gone or far behind: the batch is not written.
    pub fn append(&self, records: Vec<Record>) -> Result<(), StoreError> {
        self.send(Order::Append(records))
    }

    /// Has a new file begun with `summary` as entry `index`.
    ///
    /// # Errors
    /// When the thread is gone or far behind.
    pub fn rotate(&self, index: u64, at: jiff::Timestamp, summary: Summary) -> Result<(), StoreError> {
        self.send(Order::Rotate(index, at, Box::new(summary)))
    }

    fn send(&self, order: Order) -> Result<(), StoreError> {
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) | TrySendError::Disconnected(_) => StoreError::Gone,
        })
    }
}
