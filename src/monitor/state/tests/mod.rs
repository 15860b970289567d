mod attempts;
mod by_hand;
mod dice;
mod maintenance;
mod own;
mod pair;
mod reload;
mod shown;
mod sim;
mod since;
mod stopped;

use super::*;
use crate::core::command::{Command, End};
use crate::core::fact::{Miss, MissKind, State as ServiceState};
use crate::core::model::{Cluster, Initiative, Side};
use crate::core::plan::{Action, Wanted};
use crate::core::record::{Actor, Record, Term};
use crate::core::run::{self, Outcome, RunEvent};
use crate::core::testing::{fact, shop, wanted};
use crate::monitor::event::Seen;
use crate::monitor::lease::Single;
use crate::run::{Order, Report};
use crate::wire::{Failure, FailureKind, PlanView, StatusView, Submit, Verdict};
use serde_json::Value;
use std::collections::BTreeSet;

type Answer = oneshot::Receiver<Result<Value, Failure>>;

/// A monitor without a world: effects are looked at, the journal is a list.
struct Bench {
    state: State,
    journal: Vec<Record>,
    orders: Vec<Order>,
    running: BTreeSet<crate::core::model::Instance>,
    durable: bool,
    /// When the bench was made; its time is in the test's hand alone.
    began: Now,
    /// How much later it is.
    later: Duration,
    /// Hosts that were to be looked at from elsewhere.
    second_looks: Vec<HostName>,
    /// Times that the configuration file was to be read, and lives that were to end for it.
    loads: Vec<crate::monitor::event::Reload>,
    restarts: usize,
    /// Hosts that answer no look.
    gone: Vec<HostName>,
    /// What every host says of its self-stop.
    self_stop_ms: Option<u64>,
    /// Hosts that were to take a term.
    takes: Vec<(HostName, Term)>,
}

/// A shop whose monitor does nothing by itself.
fn setup() -> Setup {
    let mut cluster = shop();
    cluster.policy.initiative = Initiative::ObserveOnly;
    setup_of(cluster)
}

fn setup_of(cluster: Cluster) -> Setup {
    Setup {
        cluster: Arc::new(cluster),
        label: None,
        config: "cfg".into(),
        content: "null".into(),
        path: "/etc/switchtower/switchtower.toml".into(),
        // The hosts of these tests are all in one boot.
        allow_loopback: true,
        interval: Duration::from_secs(2),
        pair: None,
    }
}

impl Bench {
    fn new() -> Self {
        let mut bench = Self::of(setup(), wanted(&shop(), Some(Side::Primary)));
        bench.look();
        bench
    }

    /// A monitor that has begun and heard nothing yet.
    fn of(setup: Setup, running: BTreeSet<crate::core::model::Instance>) -> Self {
        let state = State::new(setup, Box::new(Single::new("m1")), Ledger::default());
        let (later, second_looks, gone) = (Duration::ZERO, Vec::new(), Vec::new());
        let (journal, orders, loads, takes) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut bench = Self {
            began: Now::take(),
            state,
            journal,
            orders,
            running,
            durable: true,
            later,
            second_looks,
            loads,
            restarts: 0,
            gone,
            self_stop_ms: None,
            takes,
        };
        let first = bench.state.begin(Vec::new(), bench.now()).unwrap();
        bench.take(first);
        bench
    }

    fn now(&self) -> Now {
        Now { steady: self.began.steady + self.later, wall: self.began.wall + self.later }
    }

    fn apply(&mut self, event: Event) {
        // No two things happen at the same time.
        self.later += Duration::from_micros(1);
        let effects = self.state.apply(event, self.now());
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Append(records) => {
                    let upto = records.last().unwrap().index;
                    if self.durable {
                        self.journal.extend(records);
                        self.apply(Event::Written { upto, result: Ok(()), due: false });
                    }
                }
                Effect::Carry(order) => self.orders.push(*order),
                Effect::Refresh(ask) => {
                    self.look();
                    self.apply(Event::Refreshed(ask));
                }
                Effect::Reply(reply, answer) => drop(reply.send(answer)),
                Effect::Show(reply, shown) => drop(reply.send(shown)),
                Effect::SecondLook(host) => self.second_looks.push(host),
                Effect::Load(reload) => self.loads.push(reload),
                Effect::Restart => self.restarts += 1,
                Effect::Take(host, term, _) => self.takes.push((host, term)),
                Effect::Accept(..) | Effect::Publish(_) | Effect::Begin(_) | Effect::Reopen | Effect::Rotate(..) => {}
                Effect::Standing(_) | Effect::Copy(_) | Effect::ReadMark(..) | Effect::Cut { .. } => {}
            }
        }
    }

    /// Every host says what runs on it.
    /// What a host says of itself.
    fn facts_of(&self, host: &str) -> Vec<(crate::core::model::Service, crate::core::fact::Fact)> {
        let of = |i: crate::core::model::Instance| {
            let state = if self.running.contains(&i) { ServiceState::Active } else { ServiceState::Inactive };
            let self_stop_ms = self.self_stop_ms.filter(|_| i.service.stops_by_itself());
            (i.service, crate::core::fact::Fact { self_stop_ms, ..fact(state) })
        };
        let instances = self.state.setup.cluster.instances().map(|(_, _, _, i)| i);
        instances.filter(|i| i.host.as_str() == host).map(of).collect()
    }

    fn look(&mut self) {
        for host in ["a1", "b1"] {
            if self.gone.iter().any(|gone| gone.as_str() == host) {
                continue;
            }
            let facts = self.facts_of(host);
            let host = HostName::new(host).unwrap();
            self.apply(Event::Seen(Seen { host, at: self.now().steady, facts: Ok(facts) }));
        }
    }

    fn ask(&mut self, request: crate::wire::Request, operator: bool) -> Answer {
        let (reply, answer) = oneshot::channel();
        let who = Actor { user: "alice".into(), uid: 1000, pid: None };
        self.apply(Event::Asked { request, who, operator, reply });
        answer
    }

    fn plan(&mut self) -> PlanView {
        let mut answer = self.ask(crate::wire::Request::Plan { command: Command::Switchover { to: None }, overrides: Vec::new() }, false);
        serde_json::from_value(answer.try_recv().unwrap().unwrap()).unwrap()
    }

    fn submit(&mut self, plan: &str, confirm: &str, operator: bool) -> Answer {
        let submit = Submit {
            command: Command::Switchover { to: None },
            plan: plan.into(),
            confirm: confirm.into(),
            reason: Some("test".into()),
            overrides: Vec::new(),
        };
        self.ask(crate::wire::Request::Submit(submit), operator)
    }

    fn status(&mut self) -> StatusView {
        let mut answer = self.ask(crate::wire::Request::Status { fresh: false }, false);
        serde_json::from_value(answer.try_recv().unwrap().unwrap()).unwrap()
    }

    /// Carries out the oldest order as a host would, and reports it done.
    fn step(&mut self) {
        let order = self.orders.remove(0);
        match order.action {
            Action::Start => self.running.insert(order.instance.clone()),
            Action::Stop => self.running.remove(&order.instance),
        };
        let run::Effect::Act { step, way, .. } = order.effect else { panic!("{order:?}") };
        let event = RunEvent::Answered { step, way, outcome: Outcome::Done, detail: "done".into(), took_ms: 3 };
        self.apply(Event::Reported(Report { run: order.run, effect: order.effect, event }));
    }
}

fn refused(answer: &mut Answer) -> String {
    let failure = answer.try_recv().unwrap().unwrap_err();
    assert_eq!(failure.data.kind, FailureKind::Refused, "{failure:?}");
    failure.message
}

#[test]
fn what_runs_is_adopted_and_nothing_is_ordered() {
    let mut bench = Bench::new();
    let status = bench.status();
    assert_eq!(status.wanted, Wanted::Active(Side::Primary));
    assert_eq!(status.verdict, Verdict::Ok);
    assert!(bench.orders.is_empty());
}

#[test]
fn a_plan_that_was_shown_runs_to_its_end() {
    let mut bench = Bench::new();
    let shown = bench.plan();
    assert!(bench.submit(&shown.hash, "south", true).try_recv().unwrap().is_ok());
    while !bench.orders.is_empty() {
        bench.step();
    }
    bench.look();
    let status = bench.status();
    assert_eq!(status.verdict, Verdict::Ok);
    assert_eq!(status.active.unwrap().as_str(), "south");
    let (_, log) = bench.state.ledger.runs().next_back().unwrap();
    assert_eq!(log.run.end(), Some(&End::Done));
}

#[test]
fn a_submission_is_refused_without_right_word_or_current_plan_and_the_refusal_is_journaled() {
    let mut bench = Bench::new();
    let hash = bench.plan().hash;
    let refusals = |b: &Bench| b.journal.iter().filter(|r| matches!(r.body, Body::Refused { .. })).count();
    assert!(refused(&mut bench.submit(&hash, "south", false)).contains("only look"));
    assert!(refused(&mut bench.submit(&hash, "north", true)).contains("does not confirm"));
    assert!(refused(&mut bench.submit("000000000000", "south", true)).contains("stale"));
    assert_eq!(refusals(&bench), 3);
    let web = shop().instances().find(|(c, s, _, _)| c.name.as_str() == "web" && *s == Side::Primary).unwrap().3;
    bench.running.remove(&web);
    assert!(refused(&mut bench.submit(&hash, "south", true)).contains("stale"), "web died after the plan was shown");
    assert!(bench.orders.is_empty());
}

#[test]
fn a_second_operator_is_told_who_holds_the_cluster() {
    let mut bench = Bench::new();
    let hash = bench.plan().hash;
    assert!(bench.submit(&hash, "south", true).try_recv().unwrap().is_ok());
    let told = refused(&mut bench.submit(&hash, "south", true));
    assert!(told.contains("by alice (uid 1000)"), "{told}");
}

#[test]
fn no_step_is_ordered_before_its_entry_is_durable() {
    let mut bench = Bench::new();
    let hash = bench.plan().hash;
    bench.durable = false;
    let mut answer = bench.submit(&hash, "south", true);
    assert!(bench.orders.is_empty());
    assert!(answer.try_recv().is_err(), "nobody is told of a run that is not durable");
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Ok(()), due: false });
    assert!(!bench.orders.is_empty());
    assert!(answer.try_recv().unwrap().is_ok());
}

#[test]
fn a_journal_that_cannot_be_written_stops_every_act_until_it_can() {
    let mut bench = Bench::new();
    let hash = bench.plan().hash;
    bench.durable = false;
    let mut answer = bench.submit(&hash, "south", true);
    let upto = bench.state.ledger.last();
    bench.apply(Event::Written { upto, result: Err("disk full".into()), due: false });
    assert!(answer.try_recv().unwrap().unwrap_err().message.contains("disk full"));
    assert!(bench.orders.is_empty());
    assert!(bench.status().acts.contains("disk full"));
    assert!(refused(&mut bench.submit(&hash, "south", true)).contains("disk full"));
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    bench.durable = true;
    bench.apply(Event::Reopened(Box::new(ledger)));
    assert!(bench.state.ledger.open_runs().next().is_none(), "the run that could not be journaled never was");
    assert_eq!(bench.state.ledger.term(), Term(2));
    let hash = bench.plan().hash;
    assert!(bench.submit(&hash, "south", true).try_recv().unwrap().is_ok());
}

#[test]
fn however_many_entries_fail_the_journal_is_opened_again_once() {
    let mut bench = Bench::new();
    bench.durable = false;
    let hash = bench.plan().hash;
    let mut answers = [bench.submit(&hash, "south", true), bench.submit(&hash, "south", true)];
    let upto = bench.state.ledger.last();
    let mut opened = 0;
    for upto in [upto - 1, upto] {
        for effect in bench.state.apply(Event::Written { upto, result: Err("disk full".into()), due: false }, Now::take()) {
            match effect {
                Effect::Reopen => opened += 1,
                Effect::Reply(reply, answer) => reply.send(answer).unwrap(),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(opened, 1, "the second one would wait for the lock that the first one holds, for ever");
    for answer in &mut answers {
        assert!(answer.try_recv().unwrap().unwrap_err().message.contains("disk full"));
    }
}

#[test]
fn another_life_looks_at_steps_in_flight_instead_of_repeating_them() {
    let mut bench = Bench::new();
    let hash = bench.plan().hash;
    bench.submit(&hash, "south", true);
    let in_flight = bench.orders.len();
    let mut ledger = Ledger::default();
    for record in &bench.journal {
        ledger.apply(record).unwrap();
    }
    let mut next = State::new(setup(), Box::new(Single::new("m1")), ledger);
    let effects = next.begin(Vec::new(), Now::take()).unwrap();
    let upto = next.ledger.last();
    let effects: Vec<_> = effects.into_iter().chain(next.apply(Event::Written { upto, result: Ok(()), due: false }, Now::take())).collect();
    let orders: Vec<&Order> = effects.iter().filter_map(|e| if let Effect::Carry(o) = e { Some(&**o) } else { None }).collect();
    assert_eq!(orders.len(), in_flight);
    assert!(orders.iter().all(|o| matches!(o.effect, run::Effect::Settle { .. })), "{orders:?}");
    assert!(orders.iter().all(|o| o.permit.term() == Term(2)));
}

#[test]
fn a_late_report_of_an_earlier_attempt_is_dropped() {
    let mut bench = Bench::new();
    let hash = bench.plan().hash;
    bench.submit(&hash, "south", true);
    let before = bench.journal.len();
    let run::Effect::Act { step, way, .. } = bench.orders[0].effect else { panic!() };
    let event = RunEvent::Answered { step, way, outcome: Outcome::Done, detail: String::new(), took_ms: 1 };
    let effect = run::Effect::Act { step, way, attempt: 7 };
    let run = bench.orders[0].run;
    bench.apply(Event::Reported(Report { run, effect, event }));
    assert_eq!(bench.journal.len(), before);
}

#[test]
fn a_silent_host_is_unknown_and_never_shown_as_well() {
    let mut bench = Bench::new();
    let host = HostName::new("a1").unwrap();
    bench.apply(Event::Seen(Seen {
        host,
        at: Instant::now(),
        facts: Err(Miss { kind: MissKind::Silent, why: "no answer for 2 s".into() }),
    }));
    let status = bench.status();
    assert_eq!(status.verdict, Verdict::Unknown);
    let db = &status.components.iter().find(|c| c.name.as_str() == "db").unwrap().placements[0];
    assert_eq!((db.observed, db.state), (None, ServiceState::Unknown));
    assert!(db.detail.contains("last seen active"), "{}", db.detail);
    assert!(status.troubles.iter().any(|t| t.what.contains("no answer for 2 s")));
}

#[test]
fn a_host_that_did_not_take_the_term_is_asked_again_once_it_answers() {
    let mut bench = Bench::new();
    let host = HostName::new("a1").unwrap();
    bench.apply(Event::Taken { host: host.clone(), result: Err("no sudo".to_owned().into()) });
    assert!(bench.status().troubles.iter().any(|t| t.what.contains("no term protection: no sudo")));
    let seen = || Event::Seen(Seen { host: host.clone(), at: Instant::now(), facts: Ok(Vec::new()) });
    let takes = |effects: Vec<Effect>| effects.iter().filter(|e| matches!(e, Effect::Take(h, Term(1), _) if *h == host)).count();
    assert_eq!(takes(bench.state.apply(seen(), Now::take())), 1);
    assert_eq!(takes(bench.state.apply(seen(), Now::take())), 0, "it is not asked again before it has answered");
    bench.apply(Event::Taken { host: host.clone(), result: Ok(()) });
    assert!(bench.status().troubles.is_empty());
}
