//! The verdict on a presented host key or certificate. Pure: the time comes in as a value.

use russh::keys::ssh_key::certificate::CertType;
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};

use super::line::Marker;
use super::{Known, Recorded};
use crate::ssh::error::SshError;

/// A key as it is compared and shown.
struct Shown {
    key_type: String,
    blob: Vec<u8>,
    fingerprint: String,
}

impl Shown {
    fn of(key: &KeyData) -> Option<Self> {
        let key = PublicKey::new(key.clone(), "");
        let key_type = key.algorithm().as_str().to_owned();
        let fingerprint = format!("{key_type} {}", key.fingerprint(HashAlg::Sha256));
        Some(Self { key_type, blob: key.to_bytes().ok()?, fingerprint })
    }
}

impl Known {
    /// Accepts the key or certificate, or says why not. `now` is in seconds since 1970.
    pub(crate) fn check(&self, presented: &PublicKeyOrCertificate, now: u64) -> Result<(), SshError> {
        let certificate = presented.certificate();
        let key = certificate.map_or_else(|| presented.public_key().key_data().clone(), |c| c.public_key().clone());
        let Some(key) = Shown::of(&key) else {
            return Err(self.unknown("that cannot be encoded", ""));
        };
        self.check_revoked(&key)?;
        let Some(certificate) = certificate else { return self.check_plain(&key, "") };
        let Some(authority) = Shown::of(certificate.signature_key()) else {
            return Err(self.unknown(&key.fingerprint, ""));
        };
        self.check_revoked(&authority)?;
        if self.marked(Marker::CertAuthority).any(|r| r.entry.blob == authority.blob) {
            return self.check_certificate(certificate, &authority, now);
        }
        // As OpenSSH: a certificate of an authority that is unknown here is worth as much as the key in it.
        self.check_plain(&key, &format!(" (in a certificate of the unknown authority {})", authority.fingerprint))
    }

    fn check_revoked(&self, key: &Shown) -> Result<(), SshError> {
        let revoked = self.marked(Marker::Revoked).find(|r| r.entry.blob == key.blob);
        revoked.map_or(Ok(()), |r| {
            let (host, file) = (self.host.clone(), r.file.clone());
            Err(SshError::HostKeyRevoked { host, fingerprint: key.fingerprint.clone(), file, line: r.line })
        })
    }

    /// The first name under which a key of this type is recorded decides.
    fn check_plain(&self, key: &Shown, note: &str) -> Result<(), SshError> {
        for (at, candidate) in self.candidates.iter().enumerate() {
            let same_type = |r: &&Recorded| r.candidate == at && r.entry.key_type == key.key_type;
            if self.marked(Marker::None).filter(same_type).any(|r| r.entry.blob == key.blob) {
                return Ok(());
            }
            if candidate.fallback {
                continue;
            }
            if let Some(other) = self.marked(Marker::None).find(same_type) {
                return Err(SshError::HostKeyChanged {
                    host: self.host.clone(),
                    name: candidate.lookup.clone(),
                    fingerprint: format!("{}{note}", key.fingerprint),
                    file: other.file.clone(),
                    line: other.line,
                });
            }
        }
        Err(self.unknown(&key.fingerprint, note))
    }

    fn check_certificate(&self, certificate: &Certificate, authority: &Shown, now: u64) -> Result<(), SshError> {
        let ca = certificate.signature_key().fingerprint(HashAlg::Sha256);
        let named = |c: &super::Candidate| certificate.valid_principals().iter().any(|p| p.eq_ignore_ascii_case(&c.principal));
        let reason = if certificate.cert_type() != CertType::Host {
            "it is not a host certificate".to_owned()
        } else if now < certificate.valid_after() {
            "it is not valid yet (or the clock here is wrong)".to_owned()
        } else if now >= certificate.valid_before() {
            "it has expired (or the clock here is wrong)".to_owned()
        } else if certificate.critical_options().iter().next().is_some() {
            "it has critical options, which a host certificate must not have".to_owned()
        } else if certificate.valid_principals().is_empty() {
            "it names no host (sign it with ssh-keygen -n)".to_owned()
        } else if !self.candidates.iter().any(named) {
            format!("it is for {}, not for {}", certificate.valid_principals().join(", "), self.names())
        } else if certificate.validate_at(now, [&ca]).is_err() {
            "its signature does not hold, or is of a kind that is not supported".to_owned()
        } else {
            return Ok(());
        };
        let id = certificate.key_id().escape_debug().to_string();
        let certificate = format!("\"{id}\" serial {} by {}", certificate.serial(), authority.fingerprint);
        Err(SshError::HostCertificate { host: self.host.clone(), certificate, reason })
    }

    fn names(&self) -> String {
        let mut names: Vec<&str> = self.candidates.iter().map(|c| c.lookup.as_str()).collect();
        names.dedup();
        names.join(", ")
    }

    fn unknown(&self, fingerprint: &str, note: &str) -> SshError {
        let others: Vec<String> =
            self.marked(Marker::None).map(|r| format!("{} line {} ({})", r.file, r.line, r.entry.key_type)).take(4).collect();
        let files = match (others.is_empty(), self.files.is_empty()) {
            (false, _) => format!("{}, which have other types only", others.join(", ")),
            (true, false) => self.files.join(", "),
            (true, true) => "no file at all".to_owned(),
        };
        let at = self.files.first().map_or("known_hosts", String::as_str);
        let remedy = format!(
            "compare it with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's own console, then record it in {at} \
             (ssh-keyscan, or one ssh by hand)"
        );
        SshError::HostKeyUnknown {
            host: self.host.clone(),
            names: self.names(),
            fingerprint: format!("{fingerprint}{note}"),
            files,
            remedy,
        }
    }
}

#[cfg(test)]
mod tests;
