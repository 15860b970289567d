//! A monitor made up for the tests of the command line, and a place where what is written can be read.

use super::out::{Look, Out};
use super::person::Person;
use super::report::rebuilt;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::{Command, End, Role};
use crate::core::fact::State;
use crate::core::health::{Health, Judged};
use crate::core::model::{Mode, Side};
use crate::core::plan::{Plan, StepId, Wanted};
use crate::core::record::{Actor, Body, Record, RunId, Stance, Term};
use crate::core::run::{Outcome, RunEvent, Way};
use crate::core::testing::{picture, plan, shop, wanted};
use crate::wire::{
    ComponentView, Failure, FailureKind, HostView, LeaseView, LogView, PlacementView, PlanView, Request, RunView, StatusView, Submit,
    Verdict, Welcome,
};
use async_trait::async_trait;
use serde_json::Value;
use std::collections::VecDeque;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct Text(Arc<Mutex<Vec<u8>>>);

impl Text {
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Text {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// An output that is kept.
pub struct Caught {
    pub out: Out,
    pub stdout: Text,
    pub stderr: Text,
}

pub fn caught(look: Look) -> Caught {
    let (stdout, stderr) = (Text::default(), Text::default());
    Caught { out: Out::new(Box::new(stdout.clone()), Box::new(stderr.clone()), look), stdout, stderr }
}

/// Somebody who gives one answer, or nobody; may press ctrl-c at once.
#[derive(Default)]
pub struct Somebody {
    pub answers: Option<&'static str>,
    pub impatient: bool,
    pub asked: Vec<String>,
}

#[async_trait]
impl Person for Somebody {
    fn present(&self) -> bool {
        self.answers.is_some()
    }
    async fn ask(&mut self, prompt: &str) -> std::io::Result<String> {
        self.asked.push(prompt.to_owned());
        Ok(self.answers.unwrap_or_default().to_owned())
    }
    async fn interrupt(&mut self) {
        if !self.impatient {
            std::future::pending::<()>().await;
        }
    }
}

pub fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub fn record(index: u64, body: Body) -> Record {
    Record { index, term: Term(14), at: at(i64::try_from(index).unwrap()), body }
}

pub fn note(index: u64) -> Record {
    record(index, Body::Note { text: format!("note {index}") })
}

pub fn alice() -> Actor {
    Actor { user: "alice".into(), uid: 1000, pid: Some(7) }
}

/// The plan of `command` while north serves as it should.
pub fn shop_plan(command: &Command, now: Option<Side>) -> Plan {
    let cluster = shop();
    let picture = picture(&cluster, &wanted(&cluster, now));
    plan(&cluster, now.map_or(Wanted::Stopped, Wanted::Active), &picture, command, "cafe").unwrap()
}

/// The shop as it should be, served by north.
pub fn shop_status() -> StatusView {
    let cluster = shop();
    let sites = Side::BOTH.map(|side| cluster.site(side).clone());
    let placement = |c: &crate::core::model::Component, side: Side| {
        let mode = c.mode_when(side, Wanted::Active(Side::Primary)).unwrap();
        PlacementView {
            site: cluster.site(side).clone(),
            host: c.host(side).clone(),
            wanted: Some(mode),
            observed: Some(mode),
            detail: "as the host says".into(),
            state: if mode == Mode::Stopped { State::Inactive } else { State::Active },
            age_ms: Some(1_200),
            agrees: true,
            health: None,
        }
    };
    let component = |c: &crate::core::model::Component| ComponentView {
        name: c.name.clone(),
        kind: None,
        held_by: None,
        placements: Side::BOTH.map(|side| placement(c, side)).to_vec(),
    };
    let host = |h: &crate::core::model::Host| HostView {
        name: h.name.clone(),
        site: h.side.map(|side| cluster.site(side).clone()),
        answers: Some(true),
        why: None,
        age_ms: Some(1_200),
        boot_id: None,
        health: Judged { health: Health::Up, why: "it answers".into() },
        seen_by: Vec::new(),
        fence: None,
    };
    StatusView {
        cluster: "c".into(),
        label: None,
        verdict: Verdict::Ok,
        wanted: Wanted::Active(Side::Primary),
        active: Some(sites[0].clone()),
        sites,
        acts: "it acts on request only".into(),
        stance: Stance::ObserveOnly,
        protection_off: None,
        decision: None,
        readiness: None,
        interval_ms: 2_000,
        lease: LeaseView { kind: "single".into(), holder: "m1".into(), term: Term(14), journal: Ok(()) },
        sequence: 4,
        config: "cafe".into(),
        allow_loopback: false,
        hosts: cluster.hosts.values().map(host).collect(),
        components: cluster.components.values().map(component).collect(),
        open_runs: Vec::new(),
        troubles: Vec::new(),
    }
}

/// The records of a run of `plan` that ends in `end`, opened as entry `first`; each step answered as `outcome` says.
pub fn run_records(first: u64, plan: &Plan, outcome: impl Fn(StepId) -> Outcome, end: End) -> Vec<Record> {
    let run = RunId(first);
    let opened = Body::RunOpened {
        who: alice(),
        reason: Some("drill".into()),
        hash: plan.hash().as_str().into(),
        plan: Box::new(plan.clone()),
        decision: None,
    };
    let mut bodies = vec![opened];
    let mut events = Vec::new();
    for step in &plan.steps {
        let (id, way, outcome) = (step.id, Way::Forth, outcome(step.id));
        events.push(RunEvent::Dispatched { step: id, way, attempt: 1, before: None });
        events.push(RunEvent::Answered { step: id, way, outcome, detail: String::new(), took_ms: 1_500 });
        if outcome != Outcome::Done {
            break;
        }
    }
    events.push(RunEvent::Closed { end });
    bodies.extend(events.into_iter().map(|event| Body::Run { run, event }));
    (first..).zip(bodies).map(|(index, body)| record(index, body)).collect()
}

/// How the run among these records stands.
pub fn run_view(records: &[Record]) -> Option<RunView> {
    let opened = records.iter().find(|r| matches!(r.body, Body::RunOpened { .. }))?;
    rebuilt(RunId(opened.index), records)
}

/// What the made-up monitor knows.
#[derive(Default)]
pub struct Books {
    pub records: Vec<Record>,
    /// Comes after the connection was made and before the first event.
    pub later: Vec<Record>,
    pub events: VecDeque<Option<Record>>,
    pub plan: Option<Result<PlanView, Failure>>,
    /// What a submission writes, if it is taken; else how it fails.
    pub submit: Option<Result<Vec<Record>, ClientError>>,
    /// Written although the submission was not answered.
    pub silently: Vec<Record>,
    pub submitted: Vec<Submit>,
    pub refuses_role: Option<Role>,
    pub status: Option<StatusView>,
    pub dials: usize,
    /// It keeps no run at hand.
    pub forgetful: bool,
}

/// A monitor made up.
#[derive(Clone, Default)]
pub struct Fake(pub Arc<Mutex<Books>>);

impl Fake {
    pub fn with_records(records: impl IntoIterator<Item = Record>) -> Self {
        let fake = Self::default();
        records.into_iter().for_each(|record| fake.add(record));
        fake
    }
    pub fn add(&self, record: Record) {
        self.0.lock().unwrap().records.push(record);
    }
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
    pub fn with<T>(&self, change: impl FnOnce(&mut Books) -> T) -> T {
        change(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl Dial for Fake {
    async fn dial(&self, role: Role) -> Result<Box<dyn Link>, ClientError> {
        let mut books = self.0.lock().unwrap();
        books.dials += 1;
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
            Request::Plan { .. } => value(books.plan.clone().unwrap()?),
            Request::Submit(submit) => {
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
            Request::Follow => {
                let last = books.records.last().map_or(0, |r| r.index);
                let later = std::mem::take(&mut books.later);
                books.records.extend(later);
                value(last)
            }
            Request::Mode { .. } => value(()),
            Request::Acknowledge { .. } => value(RunId(7)),
            Request::Hello(_) => unreachable!(),
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
