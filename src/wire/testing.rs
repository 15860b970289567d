//! Clusters, plans, runs and decisions made up, for the tests of whoever tells people of them.

use super::{ComponentView, HostView, LeaseView, MaintenanceView, PairView, PlacementView, RunView, StatusView, Verdict, rebuilt};
use crate::core::command::{Command, End};
use crate::core::fact::{Source, State};
use crate::core::health::{Health, HostSignals, Judged, Own};
use crate::core::model::{HostName, Mark, Mode, Side, Upkeep, Upkept};
use crate::core::pair::Part;
use crate::core::plan::{Plan, StepId, Wanted};
use crate::core::record::{Actor, Body, Record, RunId, Stance, Term};
use crate::core::run::{Outcome, RunEvent, Way};
use crate::core::testing::{picture, plan, shop, wanted};
use crate::core::trigger::{Acts, Choice, Decision, Situation};

/// A moment, in seconds after a fixed one.
pub fn at(second: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_800_000_000 + second).unwrap()
}

/// An entry with its time by its index.
pub fn record(index: u64, body: Body) -> Record {
    Record { index, term: Term(14), at: at(i64::try_from(index).unwrap()), body }
}

/// An entry about nothing.
pub fn note(index: u64) -> Record {
    record(index, Body::Note { text: format!("note {index}") })
}

/// Somebody.
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
            source: Some(Source::Asked),
            since_ms: Some(3_600_000),
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
        since_ms: Some(3_600_000),
        age_ms: Some(1_200),
        boot_id: None,
        health: Judged { health: Health::Up, why: "it answers".into() },
        seen_by: Vec::new(),
        fence: None,
    };
    StatusView {
        at: at(0),
        cluster: "c".into(),
        label: None,
        verdict: Verdict::Ok,
        wanted: Wanted::Active(Side::Primary),
        active: Some(sites[0].clone()),
        sites,
        acts: "it acts on request only".into(),
        stance: Stance::ObserveOnly,
        protection_off: None,
        last_failover: None,
        decision: None,
        readiness: None,
        interval_ms: 2_000,
        lease: LeaseView { kind: "single".into(), holder: "m1".into(), term: Term(14), journal: Ok(()), pair: None },
        sequence: 4,
        config: "cafe".into(),
        allow_loopback: false,
        hosts: cluster.hosts.values().map(host).collect(),
        components: cluster.components.values().map(component).collect(),
        open_runs: Vec::new(),
        troubles: Vec::new(),
        maintenance: Vec::new(),
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
        unserved_ms: None,
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

/// What is known while everything of the shop is as it should be, under configuration `config`.
pub fn situation(config: &str) -> Situation {
    let cluster = shop();
    let answers = || HostSignals { own: Own::Answers { age_ms: 400 }, second: Vec::new(), fenced: None, self_stopped: None };
    let hosts = ["a1", "b1"].map(|name| (HostName::new(name).unwrap(), answers()));
    Situation {
        config: config.into(),
        wanted: Wanted::Active(Side::Primary),
        stance: Stance::Automatic,
        closed: None,
        uncopied: None,
        picture: picture(&cluster, &wanted(&cluster, Some(Side::Primary))),
        hosts: hosts.into(),
        unguarded: [].into(),
        excused: [].into(),
        tries: [].into(),
        rebooted: [].into(),
        held: [].into(),
        doubts: [].into(),
        confirmed: [].into(),
        fenced_in_vain: [].into(),
        guarded: [].into(),
        last_failover: None,
        maintenance: Default::default(),
    }
}

/// A decision as the journal has it.
pub fn decided(index: u64, choice: Choice, acts: Acts, why: &str, situation: Situation) -> Record {
    record(index, Body::Decided { decision: Box::new(Decision { choice, acts, why: vec![why.to_owned()], situation, brief: false }) })
}

/// Host a1 is in standby, by alice.
pub fn maintained() -> MaintenanceView {
    let mark = Mark { kind: Upkeep::Standby, who: alice(), reason: "new disk".into(), since: at(0), until: Some(at(7_200)) };
    MaintenanceView { what: Upkept::Host(HostName::new("a1").unwrap()), mark }
}

/// A pair in which each part could be given to the other one.
pub fn pair(part: Part) -> PairView {
    let lost = (part == Part::Waiting).then(|| "no answer".to_owned());
    PairView {
        me: HostName::new("b1").unwrap(),
        other: HostName::new("a1").unwrap(),
        part,
        heard_ms: Some(400),
        other_acts: Some(part != Part::Acting),
        lost,
        behind: Some(0),
        behind_ms: None,
        other_config: false,
        rival: false,
    }
}
