//! Why a host did not open a socket for us. OpenSSH says the same of a socket that is not there, that nobody listens on, that
//! the account may not open, and of tunnels that it does not allow; so the host is asked, as the same account.

use crate::client::ClientError;
use crate::ssh::{CommandLine, Connection, Limits};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the answer may take, and how long it may be: a login may have words of its own to say.
const LIMITS: Limits = Limits { deadline: Duration::from_secs(5), max_output: 16 * 1024 };
/// What the line that counts begins with.
const MARK: &str = "switchtower-socket:";
/// The longest name of a group, in bytes.
const GROUP: usize = 64;

/// Says in one line how the socket `$1` stands for whoever runs it.
const SCRIPT: &str = r#"
say() { echo "switchtower-socket: $*"; exit 0; }
at=$1
turn=0
while [ -n "$at" ] && [ ! -e "$at" ] && [ "$turn" -lt 4096 ]; do
  turn=$((turn + 1))
  case $at in */*) at=${at%/*} ;; *) at=. ;; esac
done
[ -n "$at" ] || at=/
if [ "$at" != "$1" ]; then
  [ -x "$at" ] && say missing
  say closed
fi
[ -S "$1" ] || say other
[ -w "$1" ] || say denied $(stat -c '%a %G' -- "$1")
real=$(readlink -f -- "$1")
while read -r number count protocol flags kind state inode name; do
  [ "$flags" = 00010000 ] && [ "$name" = "$real" ] && say listening
done </proc/net/unix
say there
"#;

/// What the host says of the socket.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// It is not there.
    Missing,
    /// A folder on the way to it is closed to this account.
    Closed,
    /// Something else is in its place.
    Other,
    /// Its mode and its group, which leave this account out.
    Denied(u32, String),
    /// Somebody listens on it, and this account may open it.
    Listening,
    /// This account may open it; that somebody listens cannot be seen.
    There,
}

/// Asks the host, and puts what it says into words.
pub(super) async fn why(connection: &Connection, host: &str, path: &Path) -> ClientError {
    let socket = PathBuf::from(format!("{host}:{}", path.display()));
    let asked = CommandLine::script(SCRIPT, [path.to_string_lossy()]);
    let said = connection.exec(&asked, LIMITS).await;
    let found = said.ok().and_then(|output| read(&String::from_utf8_lossy(&output.stdout)));
    words(found, socket)
}

fn read(said: &str) -> Option<Found> {
    let mut words = said.lines().rev().find_map(|line| line.strip_prefix(MARK))?.split_ascii_whitespace();
    Some(match words.next()? {
        "missing" => Found::Missing,
        "closed" => Found::Closed,
        "other" => Found::Other,
        "denied" => {
            let mode = u32::from_str_radix(words.next()?, 8).ok()? & 0o7777;
            let fits = |name: &&str| name.len() <= GROUP && name.chars().all(|c| c.is_alphanumeric() || "_-.$@\\".contains(c));
            Found::Denied(mode, words.next().filter(fits)?.to_owned())
        }
        "listening" => Found::Listening,
        "there" => Found::There,
        _ => return None,
    })
}

fn words(found: Option<Found>, socket: PathBuf) -> ClientError {
    let gone = |socket, why: &str| ClientError::NotRunning { socket, why: why.to_owned() };
    let unopened = |socket, why: &str, lasting| ClientError::Unopened { socket, why: why.to_owned(), lasting };
    match found {
        Some(Found::Missing) => gone(socket, "there is no such socket"),
        Some(Found::Other) => gone(socket, "what is there is no socket"),
        Some(Found::Closed) => ClientError::Denied { socket, guard: Some("its folder is closed to this account".to_owned()), group: None },
        Some(Found::Denied(mode, group)) => {
            let guard = Some(format!("mode {mode:04o}, group {group}"));
            ClientError::Denied { socket, guard, group: (mode & 0o020 != 0).then_some(group) }
        }
        Some(Found::Listening) => unopened(
            socket,
            "the monitor listens and this account may open it, but the SSH server does not allow it to be reached this way",
            true,
        ),
        Some(Found::There) => unopened(
            socket,
            "it is there and this account may open it: either the SSH server does not allow it to be reached this way \
             (AllowStreamLocalForwarding), or the monitor ended and left it behind",
            false,
        ),
        None => unopened(
            socket,
            "the host does not say why, and runs no command for this account: there is no such socket, nobody listens on it, the account \
             may not open it, or the SSH server does not allow it to be reached this way (AllowStreamLocalForwarding)",
            false,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::command::Exit;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    fn asked(path: &Path) -> Option<Found> {
        let output = Command::new("sh").args(["-c", SCRIPT, "sh"]).arg(path).output().unwrap();
        read(&String::from_utf8_lossy(&output.stdout))
    }

    #[test]
    fn the_script_tells_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        let path = dir.join("a b's.sock");
        assert_eq!(asked(&path), Some(Found::Missing));
        assert_eq!(asked(&dir.join("none/such/x.sock")), Some(Found::Missing));
        std::fs::write(&path, "").unwrap();
        assert_eq!(asked(&path), Some(Found::Other));
        std::fs::remove_file(&path).unwrap();
        let listener = UnixListener::bind(&path).unwrap();
        let link = dir.join("link.sock");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!((asked(&path), asked(&link)), (Some(Found::Listening), Some(Found::Listening)));
        drop(listener);
        assert_eq!(asked(&link), Some(Found::There));
        let relative = |path: &str| {
            let mut child = Command::new("timeout");
            let output = child.args(["10", "sh", "-c", SCRIPT, "sh", path]).current_dir(&dir).output().unwrap();
            (output.status.success(), read(&String::from_utf8_lossy(&output.stdout)))
        };
        for path in ["nosuch.sock", "none/such/x.sock", "./none/x.sock"] {
            assert_eq!(relative(path), (true, Some(Found::Missing)), "{path}");
        }
        // Root may open everything.
        if !rustix::process::geteuid().is_root() {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
            assert!(matches!(asked(&path), Some(Found::Denied(0, _))));
        }
    }

    #[test]
    fn each_answer_has_its_words_and_its_end() {
        for (said, word, exit) in [
            ("missing", "there is no such socket", Exit::Unknown),
            ("other", "no socket", Exit::Unknown),
            ("closed", "closed to this account", Exit::Refused),
            ("denied 660 daemon", "(mode 0660, group daemon)", Exit::Refused),
            ("denied 600 root", "(mode 0600, group root)", Exit::Refused),
            ("listening", "SSH server does not allow", Exit::Refused),
            ("there", "AllowStreamLocalForwarding", Exit::Unknown),
            ("denied x\u{1b}[31m daemon", "AllowStreamLocalForwarding", Exit::Unknown),
            ("denied 660 a\u{7}b", "AllowStreamLocalForwarding", Exit::Unknown),
            ("frob", "does not say why", Exit::Unknown),
        ] {
            let error = words(read(&format!("Welcome to mon1!\n{MARK} {said}\nbye\n")), "mon1:/run/x/operate.sock".into());
            assert!(error.to_string().contains(word) && error.to_string().contains("mon1:/run/x/operate.sock"), "{said}: {error}");
            assert_eq!(error.exit(), exit, "{said}");
        }
        assert_eq!(read("Last login: today\n"), None);
        let group = words(read(&format!("{MARK} denied 660 daemon")), "m:/x".into());
        assert!(group.reasons()[0].remedy.contains("a member of the group daemon"), "{group:?}");
    }
}
