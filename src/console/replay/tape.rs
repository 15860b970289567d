//! A record as a file: lines with a greatest length, up to where the file ended when it was opened, and what they mean.
//! Whatever is in the file, reading it is bounded and never fails but for the disk.

use crate::console::event::LinkEvent;
use crate::console::record::{Entry, LONGEST, Line, picture_with};
use crate::wire::StatusView;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// Reads lines.
#[derive(Debug)]
pub struct Tape {
    reader: BufReader<File>,
    /// Where the next line begins.
    offset: u64,
    /// Where the file ended.
    end: u64,
    buffer: Vec<u8>,
}

/// What stands in the file next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A line, and where it begins.
    Line(u64, Box<Line>),
    /// A line that is none, or is too long.
    Damaged,
    /// The beginning of a line: it was being written, or was cut off.
    Unfinished,
    /// Nothing more.
    Nothing,
}

impl Tape {
    /// The lines of a file of this length.
    #[must_use]
    pub fn new(file: File, end: u64) -> Self {
        Self { reader: BufReader::with_capacity(256 * 1024, file), offset: 0, end, buffer: Vec::new() }
    }

    /// Where the next line begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Where the file ended.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Goes to where a line begins.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn seek(&mut self, offset: u64) -> io::Result<()> {
        self.reader.seek(SeekFrom::Start(offset))?;
        self.offset = offset;
        Ok(())
    }

    /// The bytes of the next line without its end, and whether it has one; nothing at the end. Of a line that is too long only
    /// the beginning is kept.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn raw(&mut self) -> io::Result<Option<(&[u8], bool)>> {
        self.buffer.clear();
        let most = u64::try_from(LONGEST).unwrap_or(u64::MAX).saturating_add(1).min(self.end.saturating_sub(self.offset));
        let read = (&mut self.reader).take(most).read_until(b'\n', &mut self.buffer)?;
        self.offset += u64::try_from(read).unwrap_or(0);
        if read == 0 {
            return Ok(None);
        }
        let mut whole = self.buffer.pop_if(|byte| *byte == b'\n').is_some();
        if self.buffer.len() > LONGEST {
            whole = self.skip()?;
        }
        Ok(Some((&self.buffer, whole)))
    }

    /// Leaves the rest of a line out, in pieces; whether it has an end.
    fn skip(&mut self) -> io::Result<bool> {
        loop {
            let left = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
            let piece = self.reader.fill_buf()?;
            let piece = piece.get(..piece.len().min(left)).unwrap_or_default();
            if piece.is_empty() {
                return Ok(false);
            }
            let at = piece.iter().position(|byte| *byte == b'\n');
            let count = at.map_or(piece.len(), |at| at + 1);
            self.reader.consume(count);
            self.offset += u64::try_from(count).unwrap_or(0);
            if at.is_some() {
                return Ok(true);
            }
        }
    }

    /// The next line after the header.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self) -> io::Result<Next> {
        let begin = self.offset;
        Ok(match self.raw()? {
            None => Next::Nothing,
            Some((_, false)) => Next::Unfinished,
            Some((bytes, true)) if bytes.len() > LONGEST => Next::Damaged,
            Some((bytes, true)) => Line::read(bytes).map_or(Next::Damaged, |line| Next::Line(begin, Box::new(line))),
        })
    }
}

/// Makes of lines what a monitor would have sent.
#[derive(Debug, Default)]
pub struct Decoder {
    base: Option<StatusView>,
}

impl Decoder {
    /// One that goes on after this picture.
    #[must_use]
    pub fn after(base: Option<StatusView>) -> Self {
        Self { base }
    }

    /// What was heard of the monitor; nothing where it is something else, or ages that belong to no picture.
    pub fn heard(&mut self, entry: Entry) -> Option<LinkEvent> {
        Some(match entry {
            Entry::Up(welcome) => LinkEvent::Up(welcome),
            Entry::Picture(status) => {
                self.base = Some((*status).clone());
                LinkEvent::Picture(status)
            }
            Entry::Again(again) => {
                let status = picture_with(self.base.as_ref()?, &again)?;
                self.base = Some(status.clone());
                LinkEvent::Picture(Box::new(status))
            }
            Entry::Opened(records) => LinkEvent::Opened(records),
            Entry::Entries(records) => LinkEvent::Entries(records),
            Entry::Gap(to) => LinkEvent::Gap(to),
            Entry::Anew => LinkEvent::Anew,
            Entry::Down { why, remedy, retry_ms } => LinkEvent::Down { why, remedy, retry_ms },
            Entry::Action(_) | Entry::Asked(_) | Entry::Resize(..) | Entry::LeftOut(_) | Entry::End(_) => return None,
        })
    }
}
