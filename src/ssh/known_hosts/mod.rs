//! Host keys that are known for one host, and the verdict on the one it presents. Called while connecting.
//!
//! Strict: an unknown, changed or revoked key, or a certificate that does not hold, is refused; nothing is ever learnt.
//! The format is that of `SSH_KNOWN_HOSTS FILE FORMAT` in sshd(8).

mod line;
mod pattern;
mod verdict;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use russh::keys::{Algorithm, EcdsaCurve};

use self::line::{Entry, Marker};
use super::error::SshError;

/// A file larger than this is refused, so that a mistaken path does not fill memory.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// Types that we can verify, in the order we like them. RSA is left out with the library's `rsa` feature.
const VERIFIABLE: [Algorithm; 4] = [
    Algorithm::Ed25519,
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP384 },
    Algorithm::Ecdsa { curve: EcdsaCurve::NistP521 },
];

/// One name that a host's key may be recorded under.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// As it stands in files: `name`, or `[name]:port`.
    lookup: String,
    /// As it stands in certificates.
    principal: String,
    /// The name without its port: a key recorded so is accepted, but a different one says nothing about this port.
    fallback: bool,
}

/// The names for a host, best first. A key recorded without a port is found for other ports too, as OpenSSH does.
pub(super) fn candidates<'a>(names: impl IntoIterator<Item = &'a str>, port: u16) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    for name in names {
        let principal = name.to_ascii_lowercase();
        if port != 22 {
            all.push(Candidate { lookup: format!("[{principal}]:{port}"), principal: principal.clone(), fallback: false });
        }
        all.push(Candidate { lookup: principal.clone(), principal, fallback: port != 22 });
    }
    all
}

/// An entry that concerns this host, and where it stands.
#[derive(Clone, Debug)]
struct Recorded {
    file: String,
    line: usize,
    /// Which of the candidates it matches first.
    candidate: usize,
    entry: Entry,
}

/// All that is known about one host's keys.
#[derive(Debug)]
pub(super) struct Known {
    host: String,
    candidates: Vec<Candidate>,
    files: Vec<String>,
    recorded: Vec<Recorded>,
}

impl Known {
    /// Reads what the files say about the candidates. Blocks. Files that do not exist are skipped; any other trouble
    /// with one is an error, since it may hold a revocation.
    pub(super) fn load(
        host: &str,
        candidates: Vec<Candidate>,
        files: &[impl AsRef<Path>],
        revoked: Option<&Path>,
    ) -> Result<Self, SshError> {
        let mut known = Self { host: host.to_owned(), candidates, files: Vec::new(), recorded: Vec::new() };
        for file in files {
            let name = file.as_ref().display().to_string();
            if let Some(text) = known.read(file.as_ref())? {
                known.add(&name, &text);
            }
            known.files.push(name);
        }
        if let Some(path) = revoked {
            let text = known.read(path)?.ok_or_else(|| known.trouble(path, "it does not exist (RevokedHostKeys)"))?;
            known.add_revoked(path, &text)?;
        }
        Ok(known)
    }

    fn trouble(&self, path: &Path, reason: impl ToString) -> SshError {
        SshError::HostKeyFile { host: self.host.clone(), file: path.display().to_string(), reason: reason.to_string() }
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SshError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(self.trouble(path, e)),
        };
        let mut text = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut text).map_err(|e| self.trouble(path, e))?;
        if text.len() as u64 > LARGEST_FILE {
            return Err(self.trouble(path, "it is larger than 16 MiB"));
        }
        Ok(Some(text))
    }

    /// Keeps the lines that concern this host.
    fn add(&mut self, file: &str, text: &[u8]) {
        for (at, bytes) in text.split(|b| *b == b'\n').enumerate() {
            let Some(entry) = std::str::from_utf8(bytes).ok().and_then(line::parse) else { continue };
            let Some(candidate) = self.candidates.iter().position(|c| entry.names.matches(&c.lookup)) else { continue };
            self.recorded.push(Recorded { file: file.to_owned(), line: at + 1, candidate, entry });
        }
    }

    /// A plain list of public keys, one a line. The binary form (KRL) is refused rather than ignored.
    fn add_revoked(&mut self, path: &Path, text: &[u8]) -> Result<(), SshError> {
        if text.starts_with(b"SSHKRL\n\0") {
            return Err(self.trouble(path, "it is a binary revocation list (KRL); give RevokedHostKeys a list of public keys"));
        }
        let file = path.display().to_string();
        for (at, bytes) in text.split(|b| *b == b'\n').enumerate() {
            let line = format!("@revoked * {}", String::from_utf8_lossy(bytes));
            if let Some(entry) = line::parse(&line) {
                self.recorded.push(Recorded { file: file.clone(), line: at + 1, candidate: 0, entry });
            }
        }
        Ok(())
    }

    fn marked(&self, marker: Marker) -> impl Iterator<Item = &Recorded> {
        self.recorded.iter().filter(move |r| r.entry.marker == marker)
    }

    /// Host key algorithms to ask for: those of recorded keys first, so that the server presents one we can compare.
    pub(super) fn key_algorithms(&self) -> Vec<Algorithm> {
        let recorded = |a: &Algorithm| !self.marked(Marker::None).any(|r| r.entry.key_type == a.as_str());
        let mut all = VERIFIABLE.to_vec();
        all.sort_by_key(recorded);
        all
    }

    /// Algorithms of host certificates to ask for: none unless an authority is recorded for this host.
    pub(super) fn certificate_algorithms(&self) -> Vec<Algorithm> {
        if self.marked(Marker::CertAuthority).next().is_some() { VERIFIABLE.to_vec() } else { Vec::new() }
    }
}
