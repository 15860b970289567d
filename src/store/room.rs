//! Room on the disk ahead of the journal's end: what was begun can be written to its end, also on a disk that fills up
//! meanwhile. Called by the journal; it changes neither length nor content of the file.

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::{Errno, retry_on_intr};
use std::fs::File;
use std::io;

/// So many bytes are ready before anything is begun; a run of a hundred components writes less than half of it.
const AHEAD: u64 = 1024 * 1024;

/// How far room was taken.
#[derive(Debug, Default)]
pub(super) struct Room {
    upto: u64,
}

impl Room {
    /// Sees to it that enough bytes beyond `end` are taken for `file`. Where the file system takes no room ahead, nothing
    /// is done. Blocks on the disk.
    ///
    /// # Errors
    /// When the disk has no more.
    pub(super) fn ahead_of(&mut self, file: &File, end: u64) -> io::Result<()> {
        if end.saturating_add(AHEAD) <= self.upto {
            return Ok(());
        }
        // Twice as much as is needed, so that this is seldom.
        match retry_on_intr(|| fallocate(file, FallocateFlags::KEEP_SIZE, end, 2 * AHEAD)) {
            Ok(()) => self.upto = end.saturating_add(2 * AHEAD),
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => self.upto = u64::MAX,
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn room_is_taken_without_changing_the_file_and_again_only_when_it_runs_low() {
        let file = tempfile::tempfile().unwrap();
        let mut room = Room::default();
        room.ahead_of(&file, 100).unwrap();
        let meta = file.metadata().unwrap();
        assert_eq!(meta.len(), 0);
        if room.upto == u64::MAX {
            return; // This file system takes no room ahead.
        }
        assert!(meta.blocks() * 512 >= AHEAD, "{} blocks", meta.blocks());
        let upto = room.upto;
        room.ahead_of(&file, 100 + AHEAD).unwrap();
        assert_eq!(room.upto, upto);
        room.ahead_of(&file, 101 + AHEAD).unwrap();
        assert!(room.upto > upto);
    }
}
