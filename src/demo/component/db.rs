//! The database of the demo: it gives out each number once, and keeps a ledger of them in a folder that both sides
//! share. Only one process at a time can hold the ledger.

use super::{ComponentError, Kind, Options, lines, listen, ready};
use rustix::fs::{FlockOperation, flock};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The last entry stands in so many bytes of the end.
const TAIL: u64 = 4096;

pub(super) async fn run(options: Options) -> Result<(), ComponentError> {
    let ledger = Arc::new(Mutex::new(Ledger::open(&options.dir.join("ledger"))?));
    let listener = listen(Kind::Db, options.at).await?;
    ready::ready()?;
    let host: Arc<str> = options.host.into();
    match lines::each(listener, move |stream| {
        let (ledger, host) = (ledger.clone(), host.clone());
        lines::answer(stream, move |question| async move {
            if question != "next" {
                return "error: ask for `next`".to_owned();
            }
            let written = tokio::task::spawn_blocking(move || ledger.lock().unwrap_or_else(PoisonError::into_inner).next(&host));
            match written.await {
                Ok(Ok(number)) => number.to_string(),
                Ok(Err(error)) => format!("error: the ledger cannot be written: {error}"),
                Err(_) => "error: the ledger was not written".to_owned(),
            }
        })
    })
    .await {}
}

/// The open ledger.
struct Ledger {
    file: File,
    last: u64,
}

impl Ledger {
    fn open(path: &Path) -> Result<Self, ComponentError> {
        let fail = |why| ComponentError::Keep { kind: "db", path: path.to_owned(), why };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).map_err(fail)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(ComponentError::Held),
            Err(error) => return Err(fail(error.into())),
        }
        let last = last(&mut file).map_err(fail)?;
        Ok(Self { file, last })
    }

    /// The next number, once it stands in the ledger for good.
    fn next(&mut self, host: &str) -> io::Result<u64> {
        let number = self.last + 1;
        let entry = format!("{number}\t{}\t{host}\n", jiff::Timestamp::now());
        self.file.write_all(entry.as_bytes())?;
        self.file.sync_data()?;
        self.last = number;
        Ok(number)
    }
}

/// The number of the last whole entry. One that broke off is ended, so that the next one begins a line.
fn last(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    Read::by_ref(file).take(TAIL).read_to_end(&mut tail)?;
    if tail.last().is_some_and(|byte| *byte != b'\n') {
        file.write_all(b"\n")?;
    }
    let text = String::from_utf8_lossy(&tail);
    Ok(text.lines().rev().find_map(|line| line.split_once('\t')?.0.parse().ok()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_where_they_ended_also_after_an_entry_that_broke_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger");
        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!((ledger.next("a").unwrap(), ledger.next("a").unwrap()), (1, 2));
        assert!(matches!(Ledger::open(&path), Err(ComponentError::Held)), "there is one database");
        drop(ledger);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"brok").unwrap();
        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.next("b").unwrap(), 3);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().filter(|line| line.ends_with("\tb")).count(), 1, "{text}");
        for number in 4..=203 {
            assert_eq!(ledger.next("a long name of a host that fills the end").unwrap(), number);
        }
        drop(ledger);
        assert_eq!(Ledger::open(&path).unwrap().last, 203);
    }
}
