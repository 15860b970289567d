//! Asking OpenSSH's own client what its configuration says about a host (`ssh -G`), with a cache. Called by `settings`.
//!
//! Only that program gets Match, Include, tokens and canonical names right. It connects to nothing with `-G`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::error::SshError;

/// `ssh -G` takes milliseconds; a `Match exec` may hang.
const DEADLINE: Duration = Duration::from_secs(5);
/// Its output is 4 KiB.
const LONGEST_OUTPUT: u64 = 256 * 1024;
/// Included files are not watched, so an answer is not kept for long: half a minute, and up to a second more for
/// each of many, so that not more than a few programs a second are started for them.
const KEPT: Duration = Duration::from_secs(30);
const KEPT_EACH: Duration = Duration::from_secs(1);
/// Programs that run at a time.
const AT_A_TIME: usize = 8;
/// More hosts than this are not kept at a time.
const MOST_KEPT: usize = 4096;

/// What the configuration says: keyword (lower case) to its values in order.
pub(super) type Answer = HashMap<String, Vec<String>>;

/// What `ssh -G` is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) host: String,
    pub(super) user: Option<String>,
    pub(super) port: Option<u16>,
}

/// The answers of one configuration.
#[derive(Debug)]
pub(super) struct SshConfig {
    file: Option<PathBuf>,
    /// With the time up to which each is kept.
    kept: Mutex<HashMap<Question, (Instant, Stamp, Answer)>>,
    /// Programs that run at a time.
    running: Semaphore,
}

/// Changes when one of the configuration files does.
type Stamp = Vec<Option<(SystemTime, u64)>>;

impl SshConfig {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file, kept: Mutex::default(), running: Semaphore::new(AT_A_TIME) }
    }

    /// The files that matter, without those they include.
    fn files(&self) -> Vec<PathBuf> {
        match &self.file {
            Some(file) if file == Path::new("none") => Vec::new(),
            Some(file) => vec![file.clone()],
            None => {
                let own = std::env::home_dir().map(|home| home.join(".ssh/config"));
                own.into_iter().chain([PathBuf::from("/etc/ssh/ssh_config")]).collect()
            }
        }
    }

    async fn stamp(&self) -> Stamp {
        let mut stamp = Stamp::new();
        for file in self.files() {
            stamp.push(tokio::fs::metadata(file).await.ok().and_then(|m| Some((m.modified().ok()?, m.len()))));
        }
        stamp
    }

    /// What the configuration says about a host. Without an `ssh` program: nothing, if there is no configuration either.
    pub(super) async fn ask(&self, question: &Question) -> Result<Answer, SshError> {
        check_host(&question.host)?;
        let stamp = self.stamp().await;
        if let Some(answer) = self.recall(question, &stamp) {
            return Ok(answer);
        }
        let _turn = self.running.acquire().await;
        // Whoever was before us may have asked the same.
        if let Some(answer) = self.recall(question, &stamp) {
            return Ok(answer);
        }
        let Some(output) = self.run(question).await? else {
            // The system-wide file is there even where nobody wrote anything into it.
            let found = self.files().into_iter().zip(&stamp).find(|(file, seen)| seen.is_some() && !file.starts_with("/etc/ssh"));
            return found.map_or(Ok(Answer::new()), |(file, _)| {
                Err(SshError::NoSshProgram { host: question.host.clone(), file: file.display().to_string() })
            });
        };
        let answer = parse(&output);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        let many = u32::try_from(kept.len()).unwrap_or(u32::MAX);
        // What was asked together must not be asked together for ever.
        let kept_for = KEPT + (KEPT_EACH * many).mul_f64(rand::random());
        kept.insert(question.clone(), (Instant::now() + kept_for, stamp, answer.clone()));
        Ok(answer)
    }

    fn recall(&self, question: &Question, stamp: &Stamp) -> Option<Answer> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, seen, answer) = kept.get(question)?;
        (Instant::now() < *until && seen == stamp).then(|| answer.clone())
    }

    /// `None` if there is no `ssh` program.
    async fn run(&self, question: &Question) -> Result<Option<String>, SshError> {
        let fail = |reason: String| SshError::Config { host: question.host.clone(), reason };
        let mut command = Command::new("ssh");
        command.arg("-G").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        if let Some(file) = &self.file {
            command.arg("-F").arg(file);
        }
        if let Some(port) = question.port {
            command.arg("-p").arg(port.to_string());
        }
        if let Some(user) = &question.user {
            command.arg("-l").arg(user);
        }
        let mut child = match command.arg("--").arg(&question.host).spawn() {
            Ok(child) => child,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(fail(format!("ssh -G cannot be started: {e}"))),
        };
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let ended = tokio::time::timeout(DEADLINE, async { tokio::join!(read(out), read(err), child.wait()) }).await;
        let Ok((out, err, status)) = ended else {
            return Err(fail(format!("ssh -G did not end within {DEADLINE:?}; look for a Match exec that hangs")));
        };
        match status {
            Ok(status) if status.success() => Ok(Some(out)),
            _ => Err(fail(format!("ssh -G failed: {}", err.trim().lines().next_back().unwrap_or("without a word")))),
        }
    }
}

async fn read(pipe: Option<impl tokio::io::AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // A read error leaves what came before; the exit status says whether that counts.
        let _ = pipe.take(LONGEST_OUTPUT).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A name that would be an option, or that no host has, is not handed to `ssh`.
/// Whether a name can be given to programs and files as a host.
pub(super) fn check_host(host: &str) -> Result<(), SshError> {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "'\"`$\\;&|<>(){}*?!#".contains(c);
    if host.is_empty() || host.len() > 1024 || host.starts_with('-') || host.contains(odd) {
        let reason = "a host name must not be empty, begin with '-', or hold blanks or shell syntax".to_owned();
        return Err(SshError::BadTarget { host: host.escape_debug().to_string(), reason });
    }
    Ok(())
}

/// What is asked of an answer; the other four kilobytes of it are not kept for every host.
const USED: [&str; 13] = [
    "certificatefile",
    "globalknownhostsfile",
    "hostkeyalias",
    "hostname",
    "identitiesonly",
    "identityagent",
    "identityfile",
    "port",
    "proxycommand",
    "proxyjump",
    "revokedhostkeys",
    "user",
    "userknownhostsfile",
];

fn parse(output: &str) -> Answer {
    let mut answer = Answer::new();
    let used = |(keyword, _): &(&str, &str)| USED.iter().any(|used| used.eq_ignore_ascii_case(keyword));
    for (keyword, value) in output.lines().filter_map(|line| line.split_once(' ')).filter(used) {
        answer.entry(keyword.to_ascii_lowercase()).or_default().push(value.trim().to_owned());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keywords_keep_their_order() {
        let answer = parse("user a\nidentityfile ~/.ssh/x\nidentityfile ~/.ssh/y z\nproxyjump\n");
        assert_eq!(answer["identityfile"], ["~/.ssh/x", "~/.ssh/y z"]);
        assert!(!answer.contains_key("proxyjump"));
    }

    #[test]
    fn names_that_would_be_options_or_shell_syntax_are_refused() {
        for host in ["", "-oProxyCommand=x", "a b", "a;b", "$(x)", "a\n"] {
            assert!(matches!(check_host(host), Err(SshError::BadTarget { .. })), "{host:?}");
        }
        check_host("db-1.lan").unwrap();
        check_host("fe80::1%eth0").unwrap();
    }

    #[tokio::test]
    async fn match_blocks_are_answered_as_openssh_does() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("config");
        std::fs::write(&file, "Host db1\n User postgres\n HostName %h.cluster.lan\nMatch user nobody\n Port 7777\n").unwrap();
        let config = SshConfig::new(Some(file.clone()));
        let question = Question { host: "db1".to_owned(), user: None, port: None };
        let answer = config.ask(&question).await.unwrap();
        assert_eq!(answer["user"], ["postgres"]);
        assert_eq!(answer["port"], ["22"]);
        assert_eq!(answer["hostname"], ["db1.cluster.lan"]);
        std::fs::write(&file, "Host db1\n User other\n").unwrap();
        assert_eq!(config.ask(&question).await.unwrap()["user"], ["other"], "a change of the file is seen");
        std::fs::write(&file, "Nonsense yes\n").unwrap();
        let error = config.ask(&question).await.unwrap_err();
        assert!(error.to_string().contains("db1") && error.to_string().contains("ssh -G failed"), "{error}");
    }
}
