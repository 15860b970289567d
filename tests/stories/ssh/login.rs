//! Who we are: key files, encrypted ones, agents, certificates; never a password.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use switchtower::ssh::{CommandLine, SshError};
use switchtower::ssh::{ExitStatus, Options, Passphrase, PassphraseSource, Pool, Target};

use super::{check, limits, options, refusal, target};
use crate::support::sshd::{Sshd, keygen, run, sign, until};

/// An agent with its socket, ended with the test.
struct Agent {
    child: Child,
    socket: std::path::PathBuf,
}

impl Agent {
    fn start(dir: &Path) -> Self {
        let socket = dir.join("agent");
        let child = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(std::process::Stdio::null()).spawn().unwrap();
        until("the agent listens", || socket.exists());
        Self { child, socket }
    }

    fn add(&self, key: &Path) {
        run(Command::new("ssh-add").arg("-q").arg(key).env("SSH_AUTH_SOCK", &self.socket));
    }

    /// Options that use it through a configuration file.
    fn options(&self, dir: &Path, more: &str) -> Options {
        let file = dir.join("config");
        fs::write(&file, format!("IdentityAgent {}\nUser root\n{more}\n", self.socket.display())).unwrap();
        Options { config_file: Some(file), use_agent: true, ..Options::default() }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_key_file_logs_in_and_commands_give_output_and_status() {
    let sshd = Sshd::start("");
    let pool = Pool::new(options());
    let host = pool.get(&target(&sshd)).await.unwrap();
    let command = CommandLine::script("echo \"out $1\"; echo err >&2; exit 3", ["it's"]);
    let output = host.exec(&command, limits(5)).await.unwrap();
    assert_eq!(output.status, ExitStatus::Code(3));
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out it's\n"[..], &b"err\n"[..]));
    assert!(!output.truncated);
    let killed = host.exec(&CommandLine::script("kill -KILL $$", [""; 0]), limits(5)).await.unwrap();
    assert!(!killed.status.success());
    assert!(host.peer().contains("root@127.0.0.1") && host.host_key().contains("SHA256:"), "{}", host.peer());
}

#[tokio::test]
async fn an_encrypted_key_opens_with_its_configured_passphrase_only() {
    let sshd = Sshd::start("");
    run(Command::new("ssh-keygen").args(["-q", "-p", "-N", "correct horse", "-f"]).arg(sshd.path("id")));
    let phrase = sshd.path("phrase");
    let with = |text: &str| {
        fs::write(&phrase, text).unwrap();
        run(Command::new("chmod").arg("600").arg(&phrase));
        let source = PassphraseSource::File(phrase.clone());
        Options { passphrases: vec![Passphrase { key: Some(sshd.path("id")), source }], ..options() }
    };
    check(&Pool::new(with("correct horse\n")), &target(&sshd)).await.unwrap();

    let wrong = refusal(&target(&sshd), with("battery")).await.to_string();
    assert!(wrong.contains("passphrase does not open it") && !wrong.contains("battery"), "{wrong}");
    let none = refusal(&target(&sshd), options()).await.to_string();
    assert!(none.contains("load it into an agent") && none.contains("/id"), "{none}");
}

#[tokio::test]
async fn a_key_that_others_may_read_is_not_used() {
    let sshd = Sshd::start("");
    run(Command::new("chmod").arg("644").arg(sshd.path("id")));
    let said = refusal(&target(&sshd), options()).await.to_string();
    assert!(said.contains("chmod 600"), "{said}");
}

#[tokio::test]
async fn an_agent_logs_in_also_for_a_named_file_that_is_encrypted() {
    let sshd = Sshd::start("");
    let dir = tempfile::tempdir().unwrap();
    let agent = Agent::start(dir.path());
    agent.add(&sshd.path("id"));
    let unnamed = Target { identity_files: Vec::new(), ..target(&sshd) };
    let own = dir.path().join("no-such-key");
    let options = agent.options(dir.path(), &format!("IdentityFile {}", own.display()));
    check(&Pool::new(options.clone()), &unnamed).await.unwrap();

    run(Command::new("ssh-keygen").args(["-q", "-p", "-N", "unknown to us", "-f"]).arg(sshd.path("id")));
    check(&Pool::new(options.clone()), &target(&sshd)).await.unwrap();

    let without = Options { use_agent: false, ..options };
    assert!(matches!(refusal(&unnamed, without).await, SshError::Auth { .. }));
}

#[tokio::test]
async fn a_full_agent_does_not_use_up_the_hosts_patience() {
    let sshd = Sshd::start("MaxAuthTries 3");
    let dir = tempfile::tempdir().unwrap();
    let agent = Agent::start(dir.path());
    for at in 0..8 {
        let key = dir.path().join(format!("other{at}"));
        keygen(&key, &[]);
        agent.add(&key);
    }
    agent.add(&sshd.path("id"));
    let named = agent.options(dir.path(), &format!("IdentitiesOnly yes\nIdentityFile {}", sshd.path("id").display()));
    let unnamed = Target { identity_files: Vec::new(), ..target(&sshd) };
    check(&Pool::new(named), &unnamed).await.unwrap();

    let all = agent.options(dir.path(), &format!("IdentityFile {}", dir.path().join("none-such").display()));
    let said = refusal(&unnamed, all).await.to_string();
    assert!(said.contains("agent key SHA256:") && said.contains("hung up"), "{said}");
}

#[tokio::test]
async fn user_certificates_log_in_from_files_and_agents() {
    let sshd = Sshd::start("TrustedUserCAKeys /mnt/ca.pub");
    let (ca, id) = (sshd.path("ca"), sshd.path("id"));
    keygen(&ca, &[]);
    fs::write(sshd.path("authorized_keys"), "").unwrap();
    assert!(matches!(refusal(&target(&sshd), options()).await, SshError::Auth { .. }), "the bare key is not enough");

    sign(&ca, &id, &["-I", "admin", "-n", "root"]);
    check(&Pool::new(options()), &target(&sshd)).await.unwrap();

    // The key and its certificate in the agent.
    let dir = tempfile::tempdir().unwrap();
    let agent = Agent::start(dir.path());
    agent.add(&id);
    let unnamed = Target { identity_files: Vec::new(), ..target(&sshd) };
    let nothing = format!("IdentityFile {}", dir.path().join("none-such").display());
    check(&Pool::new(agent.options(dir.path(), &nothing)), &unnamed).await.unwrap();

    // The key in the agent, the certificate in a file.
    fs::rename(sshd.path("id-cert.pub"), dir.path().join("cert.pub")).unwrap();
    run(Command::new("ssh-add").arg("-q").arg("-D").env("SSH_AUTH_SOCK", &agent.socket));
    agent.add(&id);
    let file = format!("{nothing}\nCertificateFile {}", dir.path().join("cert.pub").display());
    check(&Pool::new(agent.options(dir.path(), &file)), &unnamed).await.unwrap();

    // One for another user.
    fs::remove_file(dir.path().join("cert.pub")).unwrap();
    sign(&ca, &id, &["-I", "admin", "-n", "nobody"]);
    let said = refusal(&target(&sshd), options()).await.to_string();
    assert!(said.contains("certificate \"admin\""), "{said}");
}

#[tokio::test]
async fn an_agent_that_does_not_answer_does_not_hold_up_a_key_file() {
    let sshd = Sshd::start("");
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("agent");
    let _silent = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let file = dir.path().join("config");
    fs::write(&file, format!("IdentityAgent {}\n", socket.display())).unwrap();
    let options = Options { config_file: Some(file), use_agent: true, ..Options::default() };
    check(&Pool::new(options), &target(&sshd)).await.unwrap();
}

#[tokio::test]
async fn a_host_that_wants_a_password_is_told_what_was_tried() {
    let sshd = Sshd::start("PasswordAuthentication yes\nKbdInteractiveAuthentication yes\nPubkeyAuthentication no");
    let said = refusal(&target(&sshd), options()).await.to_string();
    assert!(said.contains("login as root refused") && said.contains("takes no more keys"), "{said}");
    assert!(!sshd.log().contains("Failed password"), "no password was sent");
}
