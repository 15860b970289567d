//! One line of a known_hosts file. Pure; what cannot be understood is skipped, as OpenSSH does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::pattern::Names;

/// Longer lines are skipped: the longest sensible key is far below.
const LONGEST: usize = 64 * 1024;

/// What a line says about its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// It is a host's key.
    None,
    /// It signs host certificates.
    CertAuthority,
    /// It must never be accepted.
    Revoked,
}

/// A line that holds a key.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) marker: Marker,
    pub(super) names: Names,
    /// `ssh-ed25519` and so on.
    pub(super) key_type: String,
    /// The key in wire format.
    pub(super) blob: Vec<u8>,
}

/// Reads `[marker] names type base64 [comment]`, separated by blanks or tabs.
pub(super) fn parse(line: &str) -> Option<Entry> {
    if line.len() > LONGEST {
        return None;
    }
    let mut words = line.split_ascii_whitespace();
    let mut first = words.next().filter(|w| !w.starts_with('#'))?;
    let mut marker = Marker::None;
    if first.starts_with('@') {
        marker = match first {
            "@cert-authority" => Marker::CertAuthority,
            "@revoked" => Marker::Revoked,
            _ => return None,
        };
        first = words.next()?;
    }
    let names = Names::parse(first)?;
    let key_type = words.next()?.to_owned();
    let blob = STANDARD.decode(words.next()?).ok()?;
    (blob_type(&blob)? == key_type.as_bytes()).then_some(Entry { marker, names, key_type, blob })
}

/// The type that a key in wire format begins with.
fn blob_type(blob: &[u8]) -> Option<&[u8]> {
    let (length, rest) = blob.split_first_chunk::<4>()?;
    rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
}
