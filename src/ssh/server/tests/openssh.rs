//! OpenSSH's own client, where there is one, against the server.

use super::*;
use std::process::Output;
use tokio::process::Command;

/// `None` where there is no `ssh`.
async fn ssh(stage: &Stage, key: &str, words: &[&str]) -> Option<Output> {
    let mut command = Command::new("ssh");
    let known = format!("UserKnownHostsFile={}", stage.path("known_hosts").display());
    command.args(["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes"]);
    command.args(["-o", &known, "-o", "ConnectTimeout=5", "-p", &stage.port.to_string(), "-i"]).arg(stage.path(key));
    command.args(words).env_remove("SSH_AUTH_SOCK").stdin(std::process::Stdio::null()).kill_on_drop(true);
    match tokio::time::timeout(Duration::from_secs(20), command.output()).await.expect("ssh ends") {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("{error}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn openssh_runs_commands_and_is_told_how_they_ended() {
    let stage = Stage::start().await;
    let Some(output) = ssh(&stage, "id", &["127.0.0.1", "echo out; echo err >&2; exit 5"]).await else { return };
    assert_eq!((output.status.code(), text(&output.stdout), text(&output.stderr)), (Some(5), "out\n".into(), "err\n".into()));
    let killed = ssh(&stage, "id", &["127.0.0.1", "kill -TERM $$"]).await.unwrap();
    assert_eq!(killed.status.code(), Some(255), "{}", text(&killed.stderr));
    let stranger = ssh(&stage, "stranger", &["127.0.0.1", "true"]).await.unwrap();
    assert!(text(&stranger.stderr).contains("Permission denied (publickey)"), "{}", text(&stranger.stderr));
}

#[tokio::test]
async fn openssh_gets_its_tunnels() {
    let stage = Stage::start().await;
    let port = stage.port.to_string();
    let Some(output) = ssh(&stage, "id", &["-W", &format!("127.0.0.1:{port}"), "127.0.0.1"]).await else { return };
    assert!(text(&output.stdout).starts_with("SSH-2.0-Switchtower"), "{}", text(&output.stderr));
    let refused = ssh(&stage, "id", &["-W", "127.0.0.1:1", "127.0.0.1"]).await.unwrap();
    assert!(text(&refused.stderr).contains("Connection refused"), "{}", text(&refused.stderr));
    // A socket of the client's side that leads to one of the server's.
    let (near, far) = (stage.path("near.sock"), stage.path("far.sock"));
    let listener = tokio::net::UnixListener::bind(&far).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"through").await;
        }
    });
    let leads = format!("{}:{}", near.display(), far.display());
    let words = ["-L", &leads, "127.0.0.1", "until [ -e done ]; do sleep 0.05; done"];
    let (tunnel, said) = tokio::join!(ssh(&stage, "id", &words), async {
        until("the socket", || near.exists()).await;
        let mut said = String::new();
        let mut stream = tokio::net::UnixStream::connect(&near).await.unwrap();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut said).await.unwrap();
        std::fs::write(stage.path("done"), "").unwrap();
        said
    });
    assert_eq!((said.as_str(), tunnel.unwrap().status.code()), ("through", Some(0)));
}

#[tokio::test]
async fn what_is_not_there_is_refused_and_nobody_waits() {
    let stage = Stage::start().await;
    let Some(subsystem) = ssh(&stage, "id", &["-s", "127.0.0.1", "sftp"]).await else { return };
    assert!(text(&subsystem.stderr).contains("subsystem request failed"), "{}", text(&subsystem.stderr));
    let shell = ssh(&stage, "id", &["-T", "127.0.0.1"]).await.unwrap();
    assert!(text(&shell.stderr).contains("shell request failed"), "{}", text(&shell.stderr));
    let terminal = ssh(&stage, "id", &["-tt", "127.0.0.1", "echo ran"]).await.unwrap();
    assert!(text(&terminal.stderr).contains("PTY allocation request failed"), "{}", text(&terminal.stderr));
    let agent = ssh(&stage, "id", &["-A", "-X", "-o", "SetEnv=A=b", "127.0.0.1", "echo ran"]).await.unwrap();
    assert_eq!(text(&agent.stdout), "ran\n", "{}", text(&agent.stderr));
    let back = ssh(&stage, "id", &["-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1", "127.0.0.1", "echo ran"]).await.unwrap();
    assert_eq!((text(&back.stdout).as_str(), back.status.code()), ("", Some(255)), "{}", text(&back.stderr));
}
