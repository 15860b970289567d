//! Verdicts on keys and certificates made for the purpose.

use std::path::Path;

use proptest::prelude::*;
use russh::keys::ssh_key::certificate::{Builder, CertType};
use russh::keys::{Algorithm, EcdsaCurve, PrivateKey, PublicKeyOrCertificate};

use super::super::{Candidate, Known, candidates};
use super::*;

const NOW: u64 = 1_900_000_000;

fn key() -> PrivateKey {
    PrivateKey::random(&mut rand::rng(), Algorithm::Ed25519).unwrap()
}

fn ecdsa() -> PrivateKey {
    PrivateKey::random(&mut rand::rng(), Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 }).unwrap()
}

fn known(names: Vec<Candidate>, text: &str) -> Known {
    let mut known = Known { host: "db1".to_owned(), candidates: names, files: vec!["kh".to_owned()], recorded: Vec::new() };
    known.add("kh", text.as_bytes());
    known
}

fn line_of(key: &PrivateKey) -> String {
    key.public_key().to_openssh().unwrap()
}

fn plain(known: &Known, key: &PrivateKey) -> Result<(), SshError> {
    known.check(&PublicKeyOrCertificate::from(key.public_key().clone()), NOW)
}

fn word(verdict: &Result<(), SshError>) -> &'static str {
    match verdict {
        Ok(()) => "accepted",
        Err(SshError::HostKeyUnknown { .. }) => "unknown",
        Err(SshError::HostKeyChanged { .. }) => "changed",
        Err(SshError::HostKeyRevoked { .. }) => "revoked",
        Err(SshError::HostCertificate { .. }) => "certificate",
        Err(_) => "other",
    }
}

#[test]
fn lines_mean_what_they_mean_to_openssh() {
    let (ours, theirs) = (key(), key());
    let (a, b) = (line_of(&ours), line_of(&theirs));
    let cases = [
        (22, format!("db1 {a}"), "accepted"),
        (22, format!("\tdb1\t{}  and a comment", a.replace(' ', "\t")), "accepted"),
        (22, format!("DB1,10.0.0.1 {a}"), "accepted"),
        (22, format!("*.lan,db? {a}"), "accepted"),
        (22, format!("db*,!db1 {a}"), "unknown"),
        (22, format!("# db1 {a}"), "unknown"),
        (22, format!("db2 {a}"), "unknown"),
        (22, format!("db1 {b}"), "changed"),
        (22, format!("db1 {b}\r\ndb1 {a}"), "accepted"),
        (22, format!("db1 {}", line_of(&ecdsa())), "unknown"),
        (22, format!("[db1]:22 {a}"), "unknown"),
        (2222, format!("[db1]:2222 {a}"), "accepted"),
        (2222, format!("[db1]:2223 {a}"), "unknown"),
        (2222, format!("db1 {a}"), "accepted"),
        (2222, format!("db1 {b}"), "unknown"),
        (2222, format!("[db1]:2222 {b}\ndb1 {a}"), "changed"),
        (22, format!("db1 {a}\n@revoked db1 {a}"), "revoked"),
        (22, format!("db1 {a}\n@revoked other {a}"), "accepted"),
        (22, format!("db1 {a}\n@revoked db1 {b}"), "accepted"),
        (22, format!("@unheard-of db1 {a}"), "unknown"),
        (22, format!("@cert-authority db1 {a}"), "unknown"),
        (22, format!("db1 ssh-rsa {}", a.split(' ').nth(1).unwrap()), "unknown"),
        (22, String::new(), "unknown"),
    ];
    for (port, text, expected) in cases {
        let verdict = plain(&known(candidates(["db1"], port), &text), &ours);
        assert_eq!(word(&verdict), expected, "port {port}: {text}");
    }
}

#[test]
fn hashed_names_match_with_and_without_a_port() {
    let ours = key();
    for (port, name) in [(22, "db1"), (2222, "[db1]:2222")] {
        let hashed = hash(name);
        assert_eq!(word(&plain(&known(candidates(["db1"], port), &format!("{hashed} {}", line_of(&ours))), &ours)), "accepted");
        assert_eq!(word(&plain(&known(candidates(["db2"], port), &format!("{hashed} {}", line_of(&ours))), &ours)), "unknown");
    }
}

fn hash(name: &str) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit, Mac};
    let salt = [7u8; 20];
    let sum = Hmac::<sha1::Sha1>::new_from_slice(&salt).unwrap().chain_update(name).finalize().into_bytes();
    format!("|1|{}|{}", STANDARD.encode(salt), STANDARD.encode(sum))
}

#[test]
fn a_line_number_counts_comments_and_empty_lines() {
    let (ours, theirs) = (key(), key());
    let verdict = plain(&known(candidates(["db1"], 22), &format!("# one\n\n# three\ndb1 {}\n", line_of(&theirs))), &ours);
    assert!(matches!(verdict, Err(SshError::HostKeyChanged { line: 4, ref name, .. }) if name == "db1"), "{verdict:?}");
}

#[test]
fn the_first_name_with_a_key_decides() {
    let (ours, theirs) = (key(), key());
    let names = || candidates(["db1", "10.0.0.1"], 22);
    let text = format!("10.0.0.1 {}", line_of(&ours));
    assert_eq!(word(&plain(&known(names(), &text), &ours)), "accepted");
    let text = format!("{text}\ndb1 {}", line_of(&theirs));
    assert_eq!(word(&plain(&known(names(), &text), &ours)), "changed");
}

#[test]
fn recorded_types_are_asked_for_first_and_certificates_only_with_an_authority() {
    let known_ecdsa = known(candidates(["db1"], 22), &format!("db1 {}", line_of(&ecdsa())));
    assert_eq!(known_ecdsa.key_algorithms()[0], Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 });
    assert_eq!(known_ecdsa.key_algorithms().len(), 4);
    assert!(known_ecdsa.certificate_algorithms().is_empty());
    assert_eq!(known(candidates(["db1"], 22), "").key_algorithms()[0], Algorithm::Ed25519);
    let authority = known(candidates(["db1"], 22), &format!("@cert-authority *.lan,db1 {}", line_of(&key())));
    assert!(!authority.certificate_algorithms().is_empty());
}

struct Cert<'a> {
    ca: &'a PrivateKey,
    kind: CertType,
    principal: Option<&'a str>,
    valid: (u64, u64),
    option: bool,
}

impl Cert<'_> {
    fn present(&self, key: &PrivateKey) -> PublicKeyOrCertificate {
        let (from, to) = self.valid;
        let mut builder = Builder::new_with_random_nonce(&mut rand::rng(), key.public_key(), from, to).unwrap();
        builder.cert_type(self.kind).unwrap().key_id("test").unwrap();
        match self.principal {
            Some(principal) => builder.valid_principal(principal).unwrap(),
            None => builder.all_principals_valid().unwrap(),
        };
        if self.option {
            builder.critical_option("force-command", "x").unwrap();
        }
        builder.sign(self.ca).unwrap().into()
    }
}

#[test]
fn a_host_certificate_must_hold_in_every_respect() {
    let (ours, ca, other) = (key(), key(), ecdsa());
    let good = || Cert { ca: &ca, kind: CertType::Host, principal: Some("db1"), valid: (NOW - 10, NOW + 10), option: false };
    let trusted = format!("@cert-authority db* {}", line_of(&ca));
    let cases = [
        ("good", good(), "accepted"),
        ("case", Cert { principal: Some("DB1"), ..good() }, "accepted"),
        ("other host", Cert { principal: Some("db2"), ..good() }, "certificate"),
        ("any host", Cert { principal: None, ..good() }, "certificate"),
        ("user certificate", Cert { kind: CertType::User, ..good() }, "certificate"),
        ("expired", Cert { valid: (NOW - 10, NOW), ..good() }, "certificate"),
        ("not yet", Cert { valid: (NOW + 1, NOW + 10), ..good() }, "certificate"),
        ("critical option", Cert { option: true, ..good() }, "certificate"),
        ("other authority", Cert { ca: &other, ..good() }, "unknown"),
    ];
    for (name, cert, expected) in cases {
        let verdict = known(candidates(["db1"], 22), &trusted).check(&cert.present(&ours), NOW);
        assert_eq!(word(&verdict), expected, "{name}: {verdict:?}");
    }
    // With a port, the authority's line has it and the certificate has not.
    let with_port = known(candidates(["db1"], 2222), &format!("@cert-authority [db1]:2222 {}", line_of(&ca)));
    assert_eq!(word(&with_port.check(&good().present(&ours), NOW)), "accepted");
    // An unknown authority's certificate is worth the key in it.
    let listed = known(candidates(["db1"], 22), &format!("{trusted}\ndb1 {}", line_of(&ours)));
    assert_eq!(word(&listed.check(&Cert { ca: &other, ..good() }.present(&ours), NOW)), "accepted");
    for revoked in [&ca, &ours] {
        let text = format!("{trusted}\ndb1 {}\n@revoked * {}", line_of(&ours), line_of(revoked));
        assert_eq!(word(&known(candidates(["db1"], 22), &text).check(&good().present(&ours), NOW)), "revoked");
    }
}

#[test]
fn files_that_cannot_be_read_stop_everything_and_missing_ones_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing");
    Known::load("db1", candidates(["db1"], 22), &[&missing], None).unwrap();
    let error = Known::load("db1", candidates(["db1"], 22), &[dir.path()], None).unwrap_err();
    assert!(matches!(error, SshError::HostKeyFile { .. }), "{error}");
    assert!(Known::load("db1", candidates(["db1"], 22), &[&missing], Some(&missing)).is_err());
    let no_files: &[&Path] = &[];
    let krl = dir.path().join("krl");
    std::fs::write(&krl, b"SSHKRL\n\0...").unwrap();
    let error = Known::load("db1", candidates(["db1"], 22), no_files, Some(&krl)).unwrap_err();
    assert!(error.to_string().contains("KRL"), "{error}");
    let ours = key();
    std::fs::write(&krl, format!("# revoked\n{}\n", line_of(&ours))).unwrap();
    let known = Known::load("db1", candidates(["db1"], 22), no_files, Some(&krl)).unwrap();
    assert!(matches!(plain(&known, &ours), Err(SshError::HostKeyRevoked { line: 2, .. })));
}

proptest! {
    #[test]
    fn garbage_is_skipped_and_hides_nothing(
        before in proptest::collection::vec(any::<u8>(), 0..300),
        after in "[@|!*?,\\[\\]:a-z0-9= \t\n]{0,200}",
    ) {
        let ours = key();
        let mut text = before;
        text.extend_from_slice(format!("\ndb1 {}\n{after}", line_of(&ours)).as_bytes());
        let mut known = known(candidates(["db1"], 2222), "");
        known.add("kh", &text);
        prop_assert_eq!(word(&plain(&known, &ours)), "accepted");
    }
}

#[test]
fn a_key_that_any_file_knows_is_known_unless_any_file_revokes_it_and_one_that_none_knows_is_changed() {
    let (ours, theirs) = (key(), key());
    let (a, b) = (line_of(&ours), line_of(&theirs));
    let dir = tempfile::tempdir().unwrap();
    let verdict = |texts: [&str; 2]| {
        let paths = ["one", "two"].map(|name| dir.path().join(name));
        for (path, text) in paths.iter().zip(texts) {
            std::fs::write(path, text).unwrap();
        }
        plain(&Known::load("db1", candidates(["db1"], 22), &paths, None).unwrap(), &ours)
    };
    let (known, changed, revoked) = (format!("db1 {a}\n"), format!("db1 {b}\n"), format!("@revoked db1 {a}\n"));
    for (one, two, expected) in [
        (known.as_str(), "", "accepted"),
        (&known, &changed, "accepted"),
        (&known, &revoked, "revoked"),
        (&changed, "", "changed"),
        ("", "", "unknown"),
    ] {
        for texts in [[one, two], [two, one]] {
            assert_eq!(word(&verdict(texts)), expected, "{texts:?}");
        }
    }
}
