//! Looking at agents without a term: one command a host that asks all monitors at once.
//!
//! A monitor may take longer than a look: it goes on then, is not asked a second time meanwhile, and its answer counts for the
//! looks after it. Until then its word of before does, for a while. So a monitor that hangs makes its own agent unknown, and
//! no other; and every look hears the host itself.

use super::request::{Action, Bounds, Request, told_mode};
use super::scripts::{self, Answer, answer};
use super::verdict::{Ended, How, seen};
use super::work::BOTH;
use super::{AgentHosts, Hidden, Side};
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{Agent, AgentCall, AgentSpec, ComponentName, ProcessMode, Service};
use crate::driver::error::DriverError;
use crate::driver::guard;
use crate::driver::session::nonce;
use crate::ssh::ExecStream;
use futures_util::StreamExt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::codec::{FramedRead, LinesCodec};

const STAGE: &str = "looking at its agents";
/// The longest that one monitor may take in a look, and what it is given to end by itself then.
const LONGEST: Duration = Duration::from_secs(20);
const GRACE: Duration = Duration::from_millis(500);
/// The word of before counts for so long after it was heard, while it is asked for anew.
const HOLDS: Duration = Duration::from_secs(30);

/// What one monitor call answers for: commands are told a mode, an OCF agent answers for both.
type Key = (ComponentName, Option<ProcessMode>);

/// What the monitors of a host have said.
pub(super) struct Board {
    words: Mutex<BTreeMap<Key, Word>>,
    changed: watch::Sender<()>,
}

#[derive(Default)]
struct Word {
    /// The number of the question that is under way.
    asking: Option<u64>,
    last: Option<Heard>,
}

#[derive(Clone)]
struct Heard {
    ended: Ended,
    boot_id: String,
    at: Instant,
}

impl Heard {
    /// It ran, or had run, and has not been stopped since.
    fn may_run_yet(&self) -> bool {
        match self.ended.how {
            How::Code(0 | 8 | 190 | 191) => true,
            How::Code(7) => false,
            _ => self.ended.ran,
        }
    }
}

impl Default for Board {
    fn default() -> Self {
        Self { words: Mutex::default(), changed: watch::Sender::new(()) }
    }
}

impl Board {
    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Key, Word>) -> T) -> T {
        work(&mut self.words.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Something is done to an agent: neither what was said of it, nor an answer that is on its way, holds any more.
    pub fn forget(&self, name: &ComponentName) {
        self.with(|words| words.retain(|(of, _), _| of != name));
    }

    pub fn forget_all(&self) {
        self.with(BTreeMap::clear);
    }

    fn last(&self, key: &Key) -> Option<Heard> {
        self.with(|words| words.get(key)?.last.clone())
    }

    /// Whether the agent was last seen to run, in the boot `boot_id`.
    pub(super) fn ran(&self, agent: &Agent, spec: &AgentSpec, boot_id: &str) -> bool {
        self.last(&key(agent, spec)).is_some_and(|heard| heard.boot_id == boot_id && heard.may_run_yet())
    }

    /// Those of `keys` that nobody asks just now, to be asked under `number`.
    fn claim(&self, keys: &BTreeSet<Key>, number: u64) -> Vec<Key> {
        self.with(|words| {
            let free = keys.iter().filter(|key| words.get(key).is_none_or(|word| word.asking.is_none())).cloned().collect::<Vec<_>>();
            for key in &free {
                words.entry(key.clone()).or_default().asking = Some(number);
            }
            free
        })
    }
}

/// Questions that are under way. Dropped, they are not any more.
struct Claims {
    board: Arc<Board>,
    number: u64,
    keys: Vec<Key>,
    answers: Answers,
}

/// What was answered to one look itself, which holds for that look whatever is done meanwhile.
type Answers = Arc<Mutex<BTreeMap<Key, Heard>>>;

impl Claims {
    fn hear(&self, key: &Key, mut heard: Heard) {
        heard.ended.ran = self.board.last(key).is_some_and(|before| before.boot_id == heard.boot_id && before.may_run_yet());
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), heard.clone());
        self.board.with(|words| {
            if let Some(word) = words.get_mut(key).filter(|word| word.asking == Some(self.number)) {
                *word = Word { asking: None, last: Some(heard) };
            }
        });
        self.board.changed.send_replace(());
    }
}

/// What one look goes by: its own answers, and what the board has beside them.
struct Gathered<'a> {
    board: &'a Board,
    answers: Answers,
    began: Instant,
    boot_id: String,
}

impl Gathered<'_> {
    fn of(&self, key: &Key) -> Option<Heard> {
        let own = self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let holds = |heard: &Heard| heard.boot_id == self.boot_id && (heard.at >= self.began || heard.at.elapsed() < HOLDS);
        own.or_else(|| self.board.last(key)).filter(holds)
    }

    /// Until all of `keys` were answered since the look began, or the time is over.
    async fn wait(&self, keys: &BTreeSet<Key>, unasked: &BTreeMap<Key, String>, until: Instant) {
        let mut changed = self.board.changed.subscribe();
        let answered = |key: &Key| unasked.contains_key(key) || self.of(key).is_some_and(|heard| heard.at >= self.began);
        while !keys.iter().all(answered) {
            if !matches!(timeout_at(until, changed.changed()).await, Ok(Ok(()))) {
                return;
            }
        }
    }

    /// What is known of `agent`.
    fn fact(&self, agent: &Agent, spec: &AgentSpec) -> Fact {
        let Some(heard) = self.of(&key(agent, spec)) else {
            return unknown("its monitor has not answered yet".to_owned(), &self.boot_id);
        };
        let mut fact = fact(agent, spec, &heard.ended, &self.boot_id);
        if heard.at < self.began {
            fact.detail = format!("{}; its monitor said so {} s ago, and is being asked again", fact.detail, heard.at.elapsed().as_secs());
        }
        let other = super::request::other_mode(agent);
        let both = told_mode(spec) && spec.both_modes && fact.state == State::Active;
        let too = both && self.of(&key(&other, spec)).is_some_and(|heard| seen(&other, spec, &heard.ended).state == State::Active);
        if too {
            fact.state = State::Faulty;
            fact.detail = BOTH.to_owned();
        }
        fact
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        self.board.with(|words| {
            for key in &self.keys {
                if let Some(word) = words.get_mut(key).filter(|word| word.asking == Some(self.number)) {
                    word.asking = None;
                }
            }
        });
        self.board.changed.send_replace(());
    }
}

/// A question to one monitor, and what must not be seen in its answer.
struct Question {
    key: Key,
    line: String,
    hidden: Hidden,
}

impl AgentHosts {
    pub(super) async fn look_at(&self, side: &Side, services: &[Service], deadline: Instant) -> Result<Vec<(Service, Fact)>, DriverError> {
        let began = Instant::now();
        let agents: Vec<(&Agent, &AgentSpec)> = services.iter().map(|service| side.agent(service)).collect::<Result<_, _>>()?;
        let keys: BTreeSet<Key> = agents.iter().map(|(agent, spec)| key(agent, spec)).collect();
        let number = rand::random();
        let free = side.board.claim(&keys, number);
        let answers = Answers::default();
        let claims = Claims { board: side.board.clone(), number, keys: free, answers: answers.clone() };
        let (questions, unasked) = self.questions(side, &agents, &claims).await;
        let opened = self.open_look(side, deadline).await;
        self.after(side, &opened).await;
        let (stream, look, boot_id) = opened?;
        side.believe(&boot_id, STAGE)?;
        let task = timeout(LONGEST + 2 * GRACE + Duration::from_secs(5), carry(stream, look, questions, claims, boot_id.clone()));
        tokio::spawn(async move {
            // Whatever has not answered is asked again by the next look.
            let _ = task.await;
        });
        let gathered = Gathered { board: &side.board, answers, began, boot_id };
        gathered.wait(&keys, &unasked, deadline - (deadline - began) / 10).await;
        let fact = |(agent, spec): &(&Agent, &AgentSpec)| match unasked.get(&key(agent, spec)) {
            Some(why) => unknown(why.clone(), &gathered.boot_id),
            None => gathered.fact(agent, spec),
        };
        Ok(services.iter().cloned().zip(agents.iter().map(fact)).collect())
    }

    /// What is to be asked, and why some of it cannot be.
    async fn questions(&self, side: &Side, agents: &[(&Agent, &AgentSpec)], claims: &Claims) -> (Vec<Question>, BTreeMap<Key, String>) {
        let (mut questions, mut unasked) = (Vec::new(), BTreeMap::new());
        let mut seen = BTreeSet::new();
        for (agent, spec) in agents {
            let key = key(agent, spec);
            if !claims.keys.contains(&key) || !seen.insert(key.clone()) {
                continue;
            }
            match side.hidden(spec).await {
                Ok(hidden) => {
                    let ran = side.board.last(&key).is_some_and(|heard| matches!(heard.ended.how, How::Code(0 | 8 | 190 | 191)));
                    let action = if ran { Action::Monitor } else { Action::Probe };
                    let request = Request { agent, spec, action, secrets: &hidden.options, interval: self.interval };
                    let end = u64::try_from(LONGEST.as_millis() / 10).unwrap_or(u64::MAX);
                    let line = request.line(&nonce(), Bounds { end, grace: GRACE, length: LONGEST });
                    questions.push(Question { key, line, hidden });
                }
                Err(error) => drop(unasked.insert(key, error.to_string())),
            }
        }
        (questions, unasked)
    }

    /// A session that has greeted, with its number, and the boot that the host is in.
    async fn open_look(&self, side: &Side, deadline: Instant) -> Result<(ExecStream, String, String), DriverError> {
        let (reached, nonce) = (self.reached(side, deadline), nonce());
        let stream = reached.stream(&scripts::look(&self.cluster, &nonce), STAGE).await?;
        let (stream, hello) = reached.greet(stream, "SWITCHTOWER-LOOK", &nonce, STAGE).await?;
        let hello = hello.map_err(|refusal| guard::explain_look(&side.name, STAGE, refusal))?;
        Ok((stream, nonce, hello.boot_id))
    }
}

fn key(agent: &Agent, spec: &AgentSpec) -> Key {
    let mode = match spec.call {
        AgentCall::Ocf(_) => None,
        AgentCall::Exec(_) => Some(agent.mode),
    };
    (agent.name.clone(), mode)
}

/// What a monitor has said of `agent`.
pub(super) fn fact(agent: &Agent, spec: &AgentSpec, ended: &Ended, boot_id: &str) -> Fact {
    let seen = seen(agent, spec, ended);
    Fact { state: seen.state, invocation: ended.last.clone(), ..unknown(seen.words, boot_id) }
}

fn unknown(detail: String, boot_id: &str) -> Fact {
    Fact {
        state: State::Unknown,
        invocation: None,
        detail,
        enablement: String::new(),
        source: Source::Agent,
        boot_id: boot_id.to_owned(),
        self_stop_ms: None,
    }
}

/// Asks, and notes every answer, until all have come or the channel ends.
async fn carry(mut stream: ExecStream, look: String, questions: Vec<Question>, claims: Claims, boot_id: String) -> std::io::Result<()> {
    let mut asked: BTreeMap<String, (Key, Hidden)> = BTreeMap::new();
    for Question { key, line, hidden } in questions {
        stream.write_all(line.as_bytes()).await?;
        let number = line.split(' ').nth(1).unwrap_or_default().to_owned();
        asked.insert(number, (key, hidden));
    }
    stream.write_all(b"end\n").await?;
    stream.flush().await?;
    let mut lines = FramedRead::new(stream, LinesCodec::new_with_max_length(super::link::LONGEST_LINE));
    // It ends by itself after its last word; a channel that is dropped before would have to be cleared up.
    while let Some(line) = lines.next().await {
        let Ok(line) = line else { break };
        match answer(&line) {
            Some(Answer::Ended(number, ended)) => {
                let Some((key, hidden)) = asked.remove(&number) else { continue };
                let ended = hidden.hide(ended);
                claims.hear(&key, Heard { ended, boot_id: boot_id.clone(), at: Instant::now() });
            }
            Some(Answer::Over(number)) if number == look => drop(asked.split_off("")),
            _ => {}
        }
    }
    Ok(())
}

impl Hidden {
    /// The answer without anything that nobody is to see.
    pub(super) fn hide(&self, ended: Ended) -> Ended {
        let said = self.secrets.hide(&String::from_utf8_lossy(&ended.said)).into_bytes();
        Ended { said, ..ended }
    }
}

#[cfg(test)]
mod tests;
