//! One question to the monitor, and its answer as an event. A submission whose answer was lost is looked for until it is known.

use crate::client::{ClientError, Dial, Submitted, look_for, submit};
use crate::console::effect::Question;
use crate::console::event::{Answer, Event, Ticket};
use crate::core::command::{Command, Role};
use crate::core::record::RunId;
use crate::wire::{Failure, FailureKind, ModeAsk, PlanView, RunView, Submit};
use std::time::Duration;
use tokio::sync::mpsc;

/// A submission without an answer is looked for so long before that is told; then it is looked for again.
const SEARCH: Duration = Duration::from_secs(30);

/// Asks, and sends what comes of it.
pub(super) async fn ask(dial: &dyn Dial, ticket: Ticket, question: Question, out: &mpsc::Sender<Event>) {
    let answer = match question {
        Question::Plan { command, overrides } => Answer::Planned(plan(dial, command, overrides).await.map(Box::new)),
        Question::Submit { submit, sequence } => Answer::Submitted(hand_in(dial, ticket, submit, sequence, out).await),
        Question::Abort { run, reason } => Answer::Turned(abort(dial, run, reason).await.map(Box::new)),
        Question::Mode { mode, reason } => Answer::Taken(set(dial, mode, reason).await),
        Question::Acknowledge { reason } => Answer::Taken(acknowledge(dial, reason).await),
        Question::Run(run) => Answer::Run(run, look(dial, run).await.map(Box::new)),
        Question::Entry(index) => Answer::Entry(index, entry(dial, index).await),
    };
    let _ = out.send(Event::Answer(ticket, answer)).await;
}

/// What is said to who asks while too much is asked already.
pub(super) fn busy(question: Question) -> Answer {
    let error = || ClientError::Lost("too many questions wait for an answer; ask again in a moment".to_owned());
    // Nothing has left, which is certain.
    let unsent = || ClientError::from(Failure::one(FailureKind::Refused, "too many questions wait for an answer", "ask again in a moment"));
    match question {
        Question::Plan { .. } => Answer::Planned(Err(error())),
        Question::Submit { .. } => Answer::Submitted(Submitted::Refused(error())),
        Question::Abort { .. } => Answer::Turned(Err(unsent())),
        Question::Mode { .. } | Question::Acknowledge { .. } => Answer::Taken(Err(unsent())),
        Question::Run(run) => Answer::Run(run, Err(error())),
        Question::Entry(index) => Answer::Entry(index, Err(error())),
    }
}

async fn plan(dial: &dyn Dial, command: Command, overrides: Vec<String>) -> Result<PlanView, ClientError> {
    dial.dial(Role::Observer).await?.plan(command, overrides).await
}

async fn abort(dial: &dyn Dial, run: RunId, reason: Option<String>) -> Result<RunView, ClientError> {
    dial.dial(Role::Operator).await?.abort(run, reason).await
}

async fn set(dial: &dyn Dial, mode: ModeAsk, reason: Option<String>) -> Result<(), ClientError> {
    dial.dial(Role::Operator).await?.mode(mode, reason).await
}

async fn acknowledge(dial: &dyn Dial, reason: Option<String>) -> Result<(), ClientError> {
    dial.dial(Role::Operator).await?.acknowledge(reason).await.map(|_| ())
}

async fn look(dial: &dyn Dial, run: RunId) -> Result<RunView, ClientError> {
    dial.dial(Role::Observer).await?.run(Some(run), Duration::ZERO).await
}

async fn entry(dial: &dyn Dial, index: u64) -> Result<Option<Box<crate::core::record::Record>>, ClientError> {
    let records = dial.dial(Role::Observer).await?.log(index.max(1), 1).await?.records;
    Ok(records.into_iter().find(|record| record.index == index).map(Box::new))
}

/// Hands a plan in, once, and finds out what became of it, however long that takes.
async fn hand_in(dial: &dyn Dial, ticket: Ticket, request: Submit, sequence: u64, out: &mpsc::Sender<Event>) -> Submitted {
    let mut link = match dial.dial(Role::Operator).await {
        Ok(link) => link,
        // Nothing was sent.
        Err(error) => return Submitted::Refused(error),
    };
    let hash = request.plan.clone();
    // Another life of the monitor may have begun since the plan was shown: only what is written from here on tells of this.
    let sequence = match link.log(0, 1).await {
        Ok(log) => log.last.max(sequence),
        Err(error) => return Submitted::Refused(error),
    };
    let mut came = submit(dial, link.as_mut(), sequence, request, SEARCH, std::future::pending()).await;
    loop {
        match came {
            Submitted::Unknown(reason) => {
                if out.send(Event::Answer(ticket, Answer::StillUnknown(reason.what.clone()))).await.is_err() {
                    return Submitted::Unknown(reason);
                }
                came = look_for(dial, sequence, &hash, SEARCH, std::future::pending(), reason).await;
            }
            known => return known,
        }
    }
}
