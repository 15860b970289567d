//! One line of the journal: valid JSON whose first member is the checksum of the rest.
//!
//! `{"crc":"1a2b3c4d","index":…}`: the checksum (CRC-32, as in zip) is over every byte after the comma.

use crate::core::record::Record;

/// The longest line, in bytes, without its end.
pub const MAX_RECORD: usize = 15 * 1024 * 1024;

const HEAD: &str = "{\"crc\":\"";
const MIDDLE: &str = "\",";
const DIGITS: usize = 8;

/// The line of `record`, with its end.
pub(super) fn encode(record: &Record) -> Option<String> {
    let json = serde_json::to_string(record).ok()?;
    let rest = json.strip_prefix('{')?;
    let crc = crc32fast::hash(rest.as_bytes());
    Some(format!("{HEAD}{crc:08x}{MIDDLE}{rest}\n"))
}

/// Why a line gives no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is not what was written: its checksum is wrong, or not there.
    Broken(String),
    /// It is what was written, but by a program that knows more.
    Foreign(String),
}

/// The record of a line without its end, or why there is none.
pub(super) fn decode(line: &[u8]) -> Result<Record, Unread> {
    let body = checked(line).map_err(Unread::Broken)?;
    let json = [b"{", body].concat();
    serde_json::from_slice(&json).map_err(|error| Unread::Foreign(error.to_string()))
}

/// What follows the checksum, if that is right.
fn checked(line: &[u8]) -> Result<&[u8], String> {
    let rest = line.strip_prefix(HEAD.as_bytes()).ok_or("it does not begin with a checksum")?;
    let (crc, rest) = rest.split_at_checked(DIGITS).ok_or("its checksum is cut off")?;
    let body = rest.strip_prefix(MIDDLE.as_bytes()).ok_or("its checksum is cut off")?;
    let crc = std::str::from_utf8(crc).ok().and_then(|crc| u32::from_str_radix(crc, 16).ok());
    let found = crc.ok_or("its checksum is no number")?;
    let real = crc32fast::hash(body);
    if found == real { Ok(body) } else { Err(format!("its checksum says {found:08x}, its content {real:08x}")) }
}
