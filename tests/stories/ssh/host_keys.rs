//! Who the host is: known, unknown, changed and revoked keys; certificates.

use std::fs;
use std::process::Command;

use switchtower::ssh::{Options, Pool, SshError, Target};

use super::{check, options, refusal, target};
use crate::support::sshd::{Sshd, keygen, public, run, sign};

fn known(sshd: &Sshd, text: &str) -> Target {
    fs::write(sshd.path("known_hosts"), text).unwrap();
    target(sshd)
}

#[tokio::test]
async fn unknown_changed_and_revoked_keys_are_refused_each_with_its_own_words() {
    let sshd = Sshd::start("");
    let port = sshd.port;
    let key = public(&sshd.path("host_key"));
    let fingerprint = run(Command::new("ssh-keygen").arg("-lf").arg(sshd.path("host_key.pub")));
    let fingerprint = fingerprint.split(' ').nth(1).unwrap();
    keygen(&sshd.path("other"), &[]);
    let other = public(&sshd.path("other"));

    let unknown = refusal(&known(&sshd, "# nothing\n"), options()).await;
    assert!(matches!(&unknown, SshError::HostKeyUnknown { host, .. } if host == "127.0.0.1"), "{unknown}");
    assert!(unknown.to_string().contains(fingerprint) && unknown.to_string().contains("known_hosts"), "{unknown}");

    let changed = refusal(&known(&sshd, &format!("# a comment\n\n[127.0.0.1]:{port} {other}\n")), options()).await;
    assert!(matches!(&changed, SshError::HostKeyChanged { line: 3, .. }), "{changed}");
    assert!(changed.to_string().contains(fingerprint) && changed.to_string().contains("ssh-keygen -R"), "{changed}");

    let listed = format!("[127.0.0.1]:{port} {key}\n@revoked\t*\t{key} gone\n");
    let revoked = refusal(&known(&sshd, &listed), options()).await;
    assert!(matches!(&revoked, SshError::HostKeyRevoked { line: 2, .. }), "{revoked}");
    assert!(unknown.is_host_key() && changed.is_host_key() && revoked.is_host_key());

    // The same without a mark.
    check(&Pool::new(options()), &known(&sshd, &format!("[127.0.0.1]:{port}\t{key} fine\n"))).await.unwrap();
    // Hashed, as ssh-keygen does it.
    run(Command::new("ssh-keygen").args(["-q", "-H", "-f"]).arg(sshd.path("known_hosts")));
    assert!(fs::read_to_string(sshd.path("known_hosts")).unwrap().starts_with("|1|"));
    check(&Pool::new(options()), &target(&sshd)).await.unwrap();
}

/// Starts the server again with a fresh certificate for its key.
fn certify(sshd: &mut Sshd, args: &[&str]) {
    sshd.stop();
    let _ = fs::remove_file(sshd.path("host_key-cert.pub"));
    sign(&sshd.path("ca"), &sshd.path("host_key"), args);
    sshd.boot();
}

#[tokio::test]
async fn the_host_is_asked_for_the_type_of_key_that_is_recorded() {
    let mut sshd = Sshd::start("HostKey /mnt/second_key");
    keygen(&sshd.path("second_key"), &["-t", "ecdsa"]);
    sshd.stop();
    sshd.boot();
    let recorded = format!("[127.0.0.1]:{} {}\n", sshd.port, public(&sshd.path("second_key")));
    let pool = Pool::new(options());
    let target = known(&sshd, &recorded);
    check(&pool, &target).await.unwrap();
    let key = pool.get(&target).await.unwrap().host_key().to_owned();
    assert!(key.starts_with("ecdsa-sha2-nistp256"), "{key}");
}

#[tokio::test]
async fn a_host_certificate_is_worth_what_its_authority_says() {
    let mut sshd = Sshd::start("HostCertificate /mnt/host_key-cert.pub");
    keygen(&sshd.path("ca"), &[]);
    keygen(&sshd.path("other"), &[]);
    let (ca, other) = (public(&sshd.path("ca")), public(&sshd.path("other")));
    let trusted = format!("@cert-authority 127.0.0.* {other}\n@cert-authority *,!10.0.0.1 {ca}\n");
    let target = known(&sshd, &trusted);

    certify(&mut sshd, &["-h", "-I", "web", "-n", "127.0.0.1,web1"]);
    let pool = Pool::new(options());
    check(&pool, &target).await.unwrap();
    assert!(pool.get(&target).await.unwrap().host_key().contains("certificate"));

    let cases: [(&[&str], &str); 3] = [
        (&["-h", "-I", "late", "-n", "127.0.0.1", "-V", "-2d:-1d"], "expired"),
        (&["-h", "-I", "early", "-n", "127.0.0.1", "-V", "+1d:+2d"], "not valid yet"),
        (&["-h", "-I", "web2", "-n", "web2"], "it is for web2"),
    ];
    for (args, words) in cases {
        certify(&mut sshd, args);
        let error = refusal(&target, options()).await;
        assert!(matches!(&error, SshError::HostCertificate { .. }) && error.to_string().contains(words), "{error}");
    }

    certify(&mut sshd, &["-h", "-I", "web", "-n", "127.0.0.1"]);
    let revoked = refusal(&known(&sshd, &format!("{trusted}@revoked * {ca}\n")), options()).await;
    assert!(matches!(&revoked, SshError::HostKeyRevoked { line: 3, .. }), "{revoked}");
    let unknown = refusal(&known(&sshd, &format!("@cert-authority * {other}\n")), options()).await;
    assert!(matches!(&unknown, SshError::HostKeyUnknown { .. }) && unknown.to_string().contains("unknown authority"), "{unknown}");
}

#[tokio::test]
async fn an_alias_or_an_address_says_where_the_key_is_recorded() {
    let sshd = Sshd::start("");
    let (port, key) = (sshd.port, public(&sshd.path("host_key")));
    let address = Some("127.0.0.1".to_owned());
    let named = known(&sshd, &format!("[db1]:{port} {key}\n"));
    let named = Target { host: "db1".to_owned(), address: address.clone(), ..named };
    check(&Pool::new(options()), &named).await.unwrap();
    // Nothing under the name: the address counts.
    fs::write(sshd.path("known_hosts"), format!("[127.0.0.1]:{port} {key}\n")).unwrap();
    check(&Pool::new(options()), &named).await.unwrap();
    // Another key under the name: the address does not help.
    keygen(&sshd.path("other"), &[]);
    let both = format!("[127.0.0.1]:{port} {key}\n[db1]:{port} {}\n", public(&sshd.path("other")));
    fs::write(sshd.path("known_hosts"), both).unwrap();
    assert!(matches!(refusal(&named, options()).await, SshError::HostKeyChanged { line: 2, .. }));

    let file = sshd.path("config");
    fs::write(&file, "Host db1\n HostName 127.0.0.1\n HostKeyAlias cluster-db\n").unwrap();
    fs::write(sshd.path("known_hosts"), format!("cluster-db {key}\n")).unwrap();
    let aliased = Options { config_file: Some(file), ..options() };
    check(&Pool::new(aliased), &Target { address: None, ..named }).await.unwrap();
}
