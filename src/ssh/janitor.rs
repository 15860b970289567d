//! Ending commands that nobody wants any more, on the host itself. One for each connection; called by `exec` and
//! `stream` in tasks that outlive their callers.
//!
//! Neither closing a channel nor closing the connection ends a remote command, and OpenSSH takes no signals for sessions
//! of root. So every command carries a mark in its environment, and a script that runs in a session of its own looks
//! the mark up in `/proc`. That session is set aside from those that commands may use.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::command::CommandLine;
use super::connection::{Inner, Slot};
use super::exec;
use super::session::Session;

/// The environment variable with the mark: `NUMBER.PID`, with the pid of the process group or 0.
pub(super) const MARK: &str = "SWITCHTOWER_EXEC";

/// Words are `all:NUMBER` (every process with the mark) or `group:NUMBER` (only the process group that was started).
/// TERM, after two and a half seconds KILL; succeeds when none is left. A command's own `timeout` passes TERM on to its
/// group and follows with KILL after two seconds. Waiting costs no processes but `sleep`.
const SCRIPT: &str = r#"
targets() {
  for word; do
    number=${word#*:}
    for file in $(grep -lzE "^SWITCHTOWER_EXEC=$number\.[0-9]+\$" /proc/[0-9]*/environ 2>/dev/null); do
      pid=${file#/proc/}; pid=${pid%/environ}
      case $word in
      all:*) echo "$pid" ;;
      group:*)
        leader=$(tr '\0' '\n' 2>/dev/null <"$file" | sed -n "s/^SWITCHTOWER_EXEC=$number\.//p")
        read -r stat 2>/dev/null <"/proc/$pid/stat" && group=$(set -- ${stat##*) }; echo "$3") &&
          [ "$group" = "$leader" ] && echo "-$leader" ;;
      esac
    done
  done | sort -u
}
alive() { for one; do kill -s 0 -- "$one" 2>/dev/null && return 0; done; return 1; }
for signal in TERM KILL KILL KILL; do
  found=$(targets "$@")
  [ -n "$found" ] || exit 0
  kill -s $signal -- $found 2>/dev/null
  turn=0
  while [ $turn -lt 25 ] && alive $found; do
    sleep 0.1 2>/dev/null || sleep 1
    turn=$((turn + 1))
  done
done
[ -z "$(targets "$@")" ]"#;

/// The script takes 10 s at most, if the host is well.
const LONGEST: Duration = Duration::from_secs(30);

/// What of a command is to be ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach {
    /// Every process that came of it.
    All,
    /// Its process group; what left the group on purpose stays.
    Group,
}

/// The marks that wait, and the right to use the session that is set aside.
#[derive(Debug)]
pub(super) struct Janitor {
    waiting: Mutex<Vec<String>>,
    session: Arc<Semaphore>,
}

impl Janitor {
    pub(super) fn new() -> Self {
        Self { waiting: Mutex::default(), session: Arc::new(Semaphore::new(1)) }
    }

    /// Ends what carries the mark, together with all others that wait; returns when it was tried.
    pub(super) async fn clean(&self, inner: &Arc<Inner>, reach: Reach, mark: &str) {
        let word = match reach {
            Reach::All => format!("all:{mark}"),
            Reach::Group => format!("group:{mark}"),
        };
        self.waiting().push(word);
        let Ok(Ok(turn)) = timeout(LONGEST, self.session.clone().acquire_owned()).await else { return };
        // Several commands are often given up at the same moment: let them come.
        sleep(Duration::from_millis(10)).await;
        let words = std::mem::take(&mut *self.waiting());
        if words.is_empty() {
            // Somebody took it along; he is done, since it is our turn.
            return;
        }
        // In a task of its own: a half-opened session must not be dropped.
        let (host, count, owner) = (inner.host(), words.len(), inner.clone());
        let run = tokio::spawn(async move {
            let cleaned = timeout(LONGEST, run(owner.clone(), Slot::set_aside(turn), words)).await;
            if cleaned.is_err() {
                owner.life.cut("the script that ends commands did not end itself");
            }
            cleaned == Ok(true)
        });
        if !run.await.unwrap_or(false) && !inner.life.is_over() {
            tracing::warn!(host, count, "processes of ended commands may live on: the cleaning up was not confirmed");
        }
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(inner: Arc<Inner>, slot: Slot, words: Vec<String>) -> bool {
    let line = CommandLine::script(SCRIPT, words).bare();
    let Ok(mut session) = Session::start(inner, slot, line, || true).await else { return false };
    exec::collect(&mut session, 1024).await.is_ok_and(|output| output.status.success())
}
