//! Hooks through the guard of agents: a command that runs around a move, what takes it back, and the question whether its
//! effect is there. The guard sees to it that none of them begins after its time, nor under an older term.
//!
//! Nothing is sent a second time here, and nothing is judged but what the command itself said.

use super::request::{Bounds, written};
use super::verdict::{Ended, How};
use super::{AgentHosts, Guarded, Side, Unanswered};
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{HOOK_VARIABLES, HookCall, HostName};
use crate::core::permit::Permit;
use crate::core::plan::Action;
use crate::driver::counted::Counted;
use crate::driver::error::DriverError;
use crate::driver::session::nonce;
use crate::driver::words::first_line;
use crate::driver::{Act, Outcome};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

const STAGE: &str = "asking the status of a hook";

/// So long before our own end a command is to have come to its; a quarter of the time where that is less.
const LAST_WORD: Duration = Duration::from_secs(2);

/// One command of a hook, on its way.
struct Call<'a> {
    side: &'a Side,
    session: &'a Guarded,
    hook: &'a HookCall,
    /// The run that it is for.
    run: &'a str,
    /// When the command is ended.
    until: Instant,
    /// From then on until we give up.
    reserve: Duration,
}

impl AgentHosts {
    /// Runs `hook`, or takes it back.
    pub(super) async fn run_hook(&self, permit: &Permit, act: &Act, hook: &HookCall) -> Outcome {
        let (began, host) = (Instant::now(), &act.instance.host);
        let deadline = began + act.timeout;
        let unsent = |why: &dyn std::fmt::Display| Outcome::NotSent { detail: format!("{}: nothing was sent: {why}", on(hook, host)) };
        let (word, argv) = match (act.action, &hook.undo) {
            (Action::Start, _) => ("run", &hook.run),
            (Action::Stop, Some(undo)) => ("undo", undo),
            (Action::Stop, None) => return unsent(&"it has nothing that takes it back"),
        };
        let side = match self.side(host) {
            Ok(side) => side,
            Err(error) => return unsent(&error),
        };
        let _counted = Counted::new(&side.acts);
        let session = match self.alive(side, permit.term(), side.hooks_in_doubt.of(&hook.name), deadline).await {
            Ok(session) => session,
            Err(error) => return unsent(&error),
        };
        // From here on, until its end is known, it is in doubt; also when the future is dropped.
        side.hooks_in_doubt.set(&hook.name, Some(session.number));
        tracing::info!(host = %side.name, %hook, word, term = permit.term().0, purpose = permit.purpose(), "hook");
        let reserve = LAST_WORD.min(act.timeout / 4);
        let call = Call { side, session: &session, hook, run: permit.run().unwrap_or_default(), until: deadline - reserve, reserve };
        let outcome = judged(act.action, hook, host, began, argv, self.ask_hook(&call, word, argv).await);
        tracing::info!(host = %side.name, %hook, ?outcome, "hook ended");
        match &outcome {
            Outcome::Unknown { .. } => session.link.close("a hook on it had no answer"),
            _ => side.hooks_in_doubt.set(&hook.name, None),
        }
        outcome
    }

    /// Asks its status under a guard that has ended whatever was sent for it earlier. Without one nobody can say what became of it.
    pub(super) async fn find_hook(
        &self,
        permit: &Permit,
        (host, hook): (&HostName, &HookCall),
        deadline: Instant,
    ) -> Result<Fact, DriverError> {
        let (side, began) = (self.side(host)?, Instant::now());
        let _counted = Counted::new(&side.acts);
        let session = self.alive(side, permit.term(), side.hooks_in_doubt.of(&hook.name), deadline).await?;
        side.hooks_in_doubt.set(&hook.name, None);
        let Some(argv) = &hook.status else {
            return Ok(fact(State::Faulty, "it has no status that could be asked".to_owned(), &session));
        };
        let reserve = deadline.saturating_duration_since(began) / 8;
        let call = Call { side, session: &session, hook, run: permit.run().unwrap_or_default(), until: deadline - reserve, reserve };
        match self.ask_hook(&call, "status", argv).await {
            Ok(Ended { how: How::Code(0), .. }) => Ok(fact(State::Active, "its status says that its effect is there".to_owned(), &session)),
            Ok(ended) => {
                // A shell says 126 and 127 of what it could not call, and more of what was killed.
                let state = if matches!(ended.how, How::Code(..126)) { State::Inactive } else { State::Unknown };
                Ok(fact(state, format!("its status {}", told(&ended, argv)), &session))
            }
            Err(why) => {
                session.link.close("the question for the status of a hook had no answer");
                Err(side.unanswered(STAGE, began.elapsed(), why))
            }
        }
    }

    async fn ask_hook(&self, call: &Call<'_>, word: &str, argv: &[String]) -> Result<Ended, Unanswered> {
        let Call { session, hook, until, reserve, .. } = *call;
        let length = until.saturating_duration_since(Instant::now());
        let bounds = Bounds { end: session.uptime_at(until), grace: reserve / 2, length };
        let values = [self.cluster.as_str(), hook.of.word(), hook.from.as_str(), hook.to.as_str(), hook.name.as_str(), call.run];
        let variables: BTreeMap<String, String> =
            HOOK_VARIABLES.into_iter().zip(values).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let nonce = nonce();
        // No agent has a name that begins so.
        let line = written(&nonce, (&format!("+{}", hook.name), word), bounds, &variables, argv);
        tracing::debug!(host = %call.side.name, %hook, word, "a hook's command is sent");
        session.link.ask(nonce, line, until + reserve).await
    }
}

/// What came of a hook, or of its undo.
fn judged(action: Action, hook: &HookCall, host: &HostName, began: Instant, argv: &[String], asked: Result<Ended, Unanswered>) -> Outcome {
    let name = on(hook, host);
    let what = if action == Action::Start { "" } else { "its undo " };
    let ended = match asked {
        Ok(ended) => ended,
        Err(Unanswered::Unsent(why)) => return Outcome::NotSent { detail: format!("{name}: nothing was sent: {why}") },
        Err(Unanswered::Lost(why)) => {
            return Outcome::Unknown { detail: format!("{name}: {what}was sent, and the channel to the host was lost: {why}") };
        }
        Err(Unanswered::Late) => {
            return Outcome::Unknown { detail: format!("{name}: {what}was sent, and the host does not answer any more") };
        }
    };
    let words = told(&ended, argv);
    match (ended.how, action) {
        (How::Code(0), _) => {
            let done = if action == Action::Start { "done" } else { "taken back" };
            Outcome::Done { detail: format!("{name}: {done} in {} ms", began.elapsed().as_millis()) }
        }
        // Nothing of it was begun.
        (How::Late, _) | (How::Missing, Action::Start) => Outcome::NotSent { detail: format!("{name}: {words}") },
        (_, Action::Start) if hook.vetoes => Outcome::Failed { detail: format!("{name} vetoes: it {words}") },
        _ => Outcome::Failed { detail: format!("{name} failed: {}{words}", if what.is_empty() { "it " } else { what }) },
    }
}

fn on(hook: &HookCall, host: &HostName) -> String {
    format!("hook {} on {host}", hook.name)
}

/// How a command ended, with the first line that it said: `ended with 3: no room`.
fn told(ended: &Ended, argv: &[String]) -> String {
    let line = first_line(&ended.said);
    let said = if line.is_empty() { String::new() } else { format!(": {line}") };
    match ended.how {
        How::Code(code) if code > 128 => format!("was ended by signal {}{said}", code - 128),
        How::Code(code) => format!("ended with {code}{said}"),
        How::Timeout => format!("did not end in time and was killed{said}"),
        How::Late => "was not begun: its time was over".to_owned(),
        How::Missing => format!("was not begun: there is no program {}", argv.first().map_or("", String::as_str)),
    }
}

fn fact(state: State, detail: String, session: &Guarded) -> Fact {
    Fact {
        state,
        invocation: None,
        detail,
        enablement: String::new(),
        source: Source::Agent,
        boot_id: session.boot_id.clone(),
        self_stop_ms: None,
    }
}
