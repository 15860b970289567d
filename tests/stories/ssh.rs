//! Reaching hosts over SSH, against Debian's own sshd: logins, host keys, jumps, bounded commands, streams.

use std::time::Duration;

use switchtower::ssh::{CommandLine, ExitStatus, Limits, Options, Pool, SshError, Target};

use crate::support::sshd::Sshd;

/// Options that look at nothing of the machine's own.
fn options() -> Options {
    Options { config_file: Some("none".into()), use_agent: false, ..Options::default() }
}

/// The server as a target, with its accepted key and its recorded host key.
fn target(sshd: &Sshd) -> Target {
    Target {
        user: Some("root".to_owned()),
        port: Some(sshd.port),
        identity_files: vec![sshd.path("id")],
        known_hosts: vec![sshd.path("known_hosts")],
        ..Target::new("127.0.0.1")
    }
}

fn limits(seconds: u64) -> Limits {
    Limits { deadline: Duration::from_secs(seconds), max_output: 1 << 20 }
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
    assert!(host.peer().contains("root@127.0.0.1") && host.peer().contains("SHA256:"), "{}", host.peer());
}
