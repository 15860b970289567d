//! The file of a record: made before anything is shown, never over another one, and written by a thread of its own behind a
//! bounded queue. A file that cannot be written ends the record and nothing else.

use super::format::{Entry, line};
use crate::console::event::{Event, RecordEvent};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Lines that wait for the disk.
const QUEUE: usize = 512;
/// Bytes that wait for the disk.
const QUEUED: usize = 8 * 1024 * 1024;
/// Room that is kept for the last line.
const LAST: u64 = 512;
/// How large a record gets unless somebody says otherwise, in MiB.
pub const LIMIT_MIB: u64 = 256;
/// One, in bytes.
const MIB: u64 = 1024 * 1024;

/// Why there is no file to record into.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Something is there.
    #[error("{} is there already, and nothing is written over it: name another file for the record, or remove this one first", .0.display())]
    Exists(PathBuf),
    /// The system does not let it be made.
    #[error("no record can be written to {}: {why}; name a file in a folder that is there and that you may write to", .path.display())]
    NotMade {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
}

/// A file that was made for a record and is empty. Dropped before anything is written into it, it is removed again.
#[derive(Debug)]
pub struct NewFile {
    file: Option<File>,
    path: PathBuf,
    limit: u64,
}

impl NewFile {
    /// Makes it, for its owner alone. It gets no larger than so many MiB.
    ///
    /// # Errors
    /// When something is there, or it cannot be made.
    pub fn create(path: &Path, limit_mib: u64) -> Result<Self, RecordError> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = made.map_err(|why| match why.kind() {
            io::ErrorKind::AlreadyExists => RecordError::Exists(path.to_owned()),
            _ => RecordError::NotMade { path: path.to_owned(), why },
        })?;
        Ok(Self { file: Some(file), path: path.to_owned(), limit: limit_mib.saturating_mul(MIB) })
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A line, or what it is made of.
type Part = (u64, Arc<str>);

/// The console's end of the queue.
#[derive(Debug)]
pub struct Writer {
    queue: Option<SyncSender<Part>>,
    queued: Arc<AtomicUsize>,
    left_out: u64,
    done: oneshot::Receiver<()>,
}

impl Writer {
    /// Begins to write; `header` is the first line, and an end that nobody asked for goes to `out`.
    ///
    /// # Errors
    /// When there is no thread for it.
    pub fn start(mut to: NewFile, header: String, out: mpsc::Sender<Event>) -> io::Result<Self> {
        let (path, limit) = (to.path.display().to_string(), to.limit);
        let file = to.file.take().ok_or_else(|| io::Error::other("it is written into already"))?;
        let (queue, parts) = sync_channel(QUEUE);
        let (tell, done) = oneshot::channel();
        let queued = Arc::new(AtomicUsize::new(0));
        let of_thread = queued.clone();
        std::thread::Builder::new().name("record".to_owned()).spawn(move || {
            let why = Pen { to: file, written: 0, limit, last_ms: 0 }.write_all(&header, &parts, &of_thread);
            if let Err(why) = why {
                let _ = out.blocking_send(Event::Record(RecordEvent::Ended { path, why }));
            }
            let _ = tell.send(());
        })?;
        Ok(Self { queue: Some(queue), queued, left_out: 0, done })
    }

    /// Hands a line over. False where it is left out, since the disk does not keep up: that is counted, and told in the record.
    pub fn write(&mut self, ms: u64, what: &Arc<str>) -> bool {
        if self.left_out > 0 {
            let told = super::json(&Entry::LeftOut(self.left_out)).is_some_and(|told| self.hand_over(ms, told.into()));
            if !told {
                self.left_out += 1;
                return false;
            }
            self.left_out = 0;
        }
        let taken = self.hand_over(ms, what.clone());
        if !taken {
            self.left_out = 1;
        }
        taken
    }

    fn hand_over(&self, ms: u64, what: Arc<str>) -> bool {
        let Some(queue) = &self.queue else { return true };
        let size = what.len();
        if self.queued.fetch_add(size, Ordering::SeqCst) > QUEUED {
            self.queued.fetch_sub(size, Ordering::SeqCst);
            return false;
        }
        match queue.try_send((ms, what)) {
            Ok(()) => true,
            // The thread has ended, and told why.
            Err(TrySendError::Disconnected(_)) => true,
            Err(TrySendError::Full(_)) => {
                self.queued.fetch_sub(size, Ordering::SeqCst);
                false
            }
        }
    }

    /// Has what waits written, and waits for that no longer than `most`.
    pub async fn finish(mut self, most: Duration) {
        self.queue = None;
        let _ = tokio::time::timeout(most, self.done).await;
    }
}

/// What writes.
struct Pen {
    to: File,
    written: u64,
    limit: u64,
    last_ms: u64,
}

impl Pen {
    /// Writes until nobody hands anything over any more.
    ///
    /// # Errors
    /// Why it ended before that, in words.
    fn write_all(mut self, header: &str, parts: &Receiver<Part>, queued: &AtomicUsize) -> Result<(), String> {
        self.put(header.as_bytes()).map_err(|error| error.to_string())?;
        while let Ok((ms, what)) = parts.recv() {
            queued.fetch_sub(what.len(), Ordering::SeqCst);
            self.last_ms = ms;
            let text = line(ms, &what);
            let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
            if self.written.saturating_add(length).saturating_add(LAST) > self.limit {
                let why = format!("it has reached its limit of {} MiB", self.limit / MIB);
                self.last(&why).map_err(|error| error.to_string())?;
                return Err(why);
            }
            self.put(text.as_bytes()).map_err(|error| error.to_string())?;
        }
        self.last("the console was left").map_err(|error| error.to_string())
    }

    fn last(&mut self, why: &str) -> io::Result<()> {
        let what = super::json(&Entry::End(why.to_owned())).unwrap_or_default();
        self.put(line(self.last_ms, &what).as_bytes())
    }

    /// Every line goes to the file as it comes: what was recorded is there even when the program is killed.
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(bytes)?;
        self.written = self.written.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
