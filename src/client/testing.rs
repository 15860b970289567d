//! A monitor made up, for the tests of whoever talks to one.

use super::{ClientError, Dial, Link};
use crate::core::command::Role;
use crate::core::record::{Record, RunId};
use crate::wire::testing::{run_view, shop_status};
use crate::wire::{
    ChangesView, ConfigView, Failure, FailureKind, Known, LogView, ModeAsk, PlanView, ReloadAsk, Request, StatusView, Submit, Welcome,
};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What the made-up monitor knows.
#[derive(Default)]
pub struct Books {
    /// Its journal.
    pub records: Vec<Record>,
    /// Comes after the connection was made and before the first event.
    pub later: Vec<Record>,
    /// What is sent to whoever follows; nothing where the connection ends.
    pub events: VecDeque<Option<Record>>,
    /// What a request for a plan is answered with.
    pub plan: Option<Result<PlanView, Failure>>,
    /// What a submission writes, if it is taken; else how it fails.
    pub submit: Option<Result<Vec<Record>, ClientError>>,
    /// Written although the submission was not answered.
    pub silently: Vec<Record>,
    /// What was handed in.
    pub submitted: Vec<Submit>,
    /// The overrides of each plan that was asked for.
    pub planned_with: Vec<Vec<String>>,
    /// The modes that were asked for, with the reasons.
    pub moded: Vec<(ModeAsk, Option<String>)>,
    /// The reasons of the acknowledgements.
    pub acknowledged: Vec<Option<String>>,
    /// What a change of the mode or an acknowledgement is answered with, unless it is taken.
    pub nudge: Option<Result<(), ClientError>>,
    /// Shared with the person: whether ctrl-c was caught at each submission.
    pub catching: Arc<AtomicBool>,
    /// Whether it was, submission by submission.
    pub caught_at_submit: Vec<bool>,
    /// The configuration that it runs by.
    pub config: Option<ConfigView>,
    /// The reloads that were asked for.
    pub reloads: Vec<ReloadAsk>,
    /// What a reload is answered with.
    pub reload: Option<Result<String, ClientError>>,
    /// How the cluster stands once it was reloaded.
    pub next_life: Option<StatusView>,
    /// Nobody is there.
    pub dead: bool,
    /// Nobody is let in as this.
    pub refuses_role: Option<Role>,
    /// How the cluster stands; as it should where nothing is said.
    pub status: Option<StatusView>,
    /// How many connections were made.
    pub dials: usize,
    /// It keeps no run at hand.
    pub forgetful: bool,
    /// How many connections wanted entries without what decisions rest on.
    pub briefs: usize,
    /// It is of before there was such a wish.
    pub never_brief: bool,
}

/// A monitor made up.
#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<Books>>);

impl Fake {
    /// One whose journal has these entries.
    pub fn with_records(records: impl IntoIterator<Item = Record>) -> Self {
        let fake = Self::default();
        records.into_iter().for_each(|record| fake.add(record));
        fake
    }
    /// Writes an entry, and tells nobody.
    pub fn add(&self, record: Record) {
        self.0.lock().unwrap().records.push(record);
    }
    /// Writes an entry between a connection and its first event.
    pub fn add_later(&self, record: Record) {
        self.0.lock().unwrap().later.push(record);
    }
    /// An entry that is written and sent to whoever follows.
    pub fn event(&self, record: Record) {
        self.0.lock().unwrap().events.push_back(Some(record));
    }
    /// The connection ends after the events before.
    pub fn cut(&self) {
        self.0.lock().unwrap().events.push_back(None);
    }
    /// Looks into its books, or changes them.
    pub fn with<T>(&self, change: impl FnOnce(&mut Books) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl Dial for Fake {
    async fn dial(&self, role: Role) -> Result<Box<dyn Link>, ClientError> {
        let mut books = self.0.lock().unwrap();
        books.dials += 1;
        if books.dead {
            return Err(ClientError::NotRunning { socket: "/run/observe.sock".into(), why: "there is no such socket".into() });
        }
        if books.refuses_role == Some(role) {
            return Err(ClientError::Denied { socket: "/run/operate.sock".into(), guard: None, group: Some("ops".into()) });
        }
        let welcome = Welcome { protocol: 1, version: "0.1.0".into(), cluster: "c".into(), role };
        Ok(Box::new(FakeLink { books: self.0.clone(), welcome }))
    }
}

struct FakeLink {
    books: Arc<Mutex<Books>>,
    welcome: Welcome,
}

fn value(of: impl serde::Serialize) -> Result<Value, ClientError> {
    Ok(serde_json::to_value(of).unwrap())
}

#[async_trait]
impl Link for FakeLink {
    fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    async fn call(&mut self, request: Request) -> Result<Value, ClientError> {
        let mut books = self.books.lock().unwrap();
        match request {
            Request::Status { .. } => value(books.status.clone().unwrap_or_else(shop_status)),
            Request::Changes { .. } => {
                let status = books.status.clone().unwrap_or_else(shop_status);
                let known = Known { life: 1, number: 1, clock_ms: 0, from: None };
                value(ChangesView { known, elapsed_ms: 0, whole: true, same_readiness: false, same_troubles: false, status })
            }
            Request::Plan { overrides, .. } => {
                books.planned_with.push(overrides);
                value(books.plan.clone().unwrap()?)
            }
            Request::Submit(submit) => {
                let catching = books.catching.load(Ordering::SeqCst);
                books.caught_at_submit.push(catching);
                books.submitted.push(submit);
                let silently = std::mem::take(&mut books.silently);
                books.records.extend(silently);
                let written = books.submit.take().unwrap()?;
                let run = RunId(written[0].index);
                books.records.extend(written);
                value(run)
            }
            Request::Abort { run, .. } => match run_view(&books.records) {
                Some(view) if view.run == run => value(view),
                _ => Err(Failure::one(FailureKind::Refused, format!("{run} is no run"), "see switchtower log").into()),
            },
            Request::Run { run, .. } => match run_view(&books.records).filter(|_| !books.forgetful) {
                Some(view) if run.is_none_or(|run| run == view.run) => value(view),
                _ => Err(Failure::one(FailureKind::Refused, "there is no such run", "see switchtower log").into()),
            },
            Request::Log { from, limit } => {
                let last = books.records.last().map_or(0, |r| r.index);
                let from = if from == 0 { (last + 1).saturating_sub(u64::from(limit)) } else { from };
                let records = books.records.iter().filter(|r| r.index >= from).take(limit as usize).cloned().collect();
                let oldest = books.records.first().map_or(0, |r| r.index);
                value(LogView { records, last, oldest })
            }
            Request::Brief if books.never_brief => Err(Failure::one(FailureKind::BadRequest, "unknown variant `brief`", "x").into()),
            Request::Brief => {
                books.briefs += 1;
                value(())
            }
            Request::Follow => {
                let last = books.records.last().map_or(0, |r| r.index);
                let later = std::mem::take(&mut books.later);
                books.records.extend(later);
                value(last)
            }
            Request::Mode { mode, reason } => {
                books.moded.push((mode, reason));
                books.nudge.clone().unwrap_or(Ok(())).and_then(value)
            }
            Request::Acknowledge { reason } => {
                books.acknowledged.push(reason);
                books.nudge.clone().unwrap_or(Ok(())).and_then(|()| value(RunId(7)))
            }
            Request::Config => value(books.config.clone().unwrap()),
            Request::Reload(ask) => {
                let dry_run = ask.dry_run;
                books.reloads.push(ask);
                let hash = books.reload.clone().unwrap()?;
                if !dry_run {
                    books.status = books.next_life.take();
                }
                value(hash)
            }
            Request::Hello(_) | Request::Peer(_) => unreachable!(),
        }
    }

    async fn next_event(&mut self) -> Result<Record, ClientError> {
        let next = self.books.lock().unwrap().events.pop_front();
        match next {
            Some(Some(record)) => {
                let mut books = self.books.lock().unwrap();
                if books.records.last().is_none_or(|last| last.index < record.index) {
                    books.records.push(record.clone());
                }
                Ok(record)
            }
            Some(None) => Err(ClientError::Lost("cut".into())),
            None => std::future::pending().await,
        }
    }
}
