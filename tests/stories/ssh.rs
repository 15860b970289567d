//! Reaching hosts over SSH, against Debian's own sshd: logins, host keys, jumps, bounded commands, streams.

mod dead;
mod exec;
mod host_keys;
mod jump;
mod login;
mod stream;

use std::time::Duration;

use switchtower::ssh::{CommandLine, Connection, Limits, Options, Pool, SshError, Target};

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

/// Logs in and sees that commands run.
async fn check(pool: &Pool, target: &Target) -> Result<(), SshError> {
    let host = pool.get(target).await?;
    assert_eq!(say(&host, "here").await?, "here\n");
    Ok(())
}

async fn refusal(target: &Target, options: Options) -> SshError {
    check(&Pool::new(options), target).await.expect_err("this must be refused")
}

async fn say(host: &Connection, word: &str) -> Result<String, SshError> {
    let output = host.exec(&CommandLine::new(["echo", word]), limits(5)).await?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
