//! One line of the journal: valid JSON whose first member is the checksum of the rest.
//!
//! `{"crc":"1a2b3c4d","index":…}`: the checksum (CRC-32, as in zip) is over every byte after the comma.

use crate::core::record::Record;

/// The longest line, in bytes, without its end.
pub const MAX_RECORD: usize = 16 * 1024 * 1024;

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

/// The record of a line without its end, or what is wrong with the line.
pub(super) fn decode(line: &[u8]) -> Result<Record, String> {
    let text = std::str::from_utf8(line).map_err(|_| "it is not text".to_owned())?;
    let rest = text.strip_prefix(HEAD).ok_or("it does not begin with a checksum")?;
    let crc = rest.get(..DIGITS).ok_or("its checksum is cut off")?;
    let body = rest.get(DIGITS..).and_then(|r| r.strip_prefix(MIDDLE)).ok_or("its checksum is cut off")?;
    let found = u32::from_str_radix(crc, 16).map_err(|_| "its checksum is no number".to_owned())?;
    let real = crc32fast::hash(body.as_bytes());
    if found != real {
        return Err(format!("its checksum says {found:08x}, its content {real:08x}"));
    }
    serde_json::from_str(&format!("{{{body}")).map_err(|error| format!("its checksum is right, but it is not understood: {error}"))
}
