//! The monitor's lives and its disk: what it wants done, what gets to stable storage, and what is left after a crash.

use super::world::{Flight, MS, Next, World};
use super::*;

impl World {
    /// A life of the monitor begins on what its disk holds.
    pub(super) fn rise(&mut self) {
        self.life += 1;
        self.begun = Term(0);
        self.pending.clear();
        let setup = Setup { cluster: self.cluster.clone(), ..setup_of(crate::core::testing::cluster(Vec::new())) };
        let ledger = self.ledger();
        self.audit.durable = ledger.clone();
        let mut state = State::new(setup, Box::new(Single::new("m1")), ledger);
        let effects = state.begin(Vec::new(), self.now()).unwrap();
        self.note(|w| format!("THE MONITOR BEGINS, life {}, {} entries", w.life, w.disk.len()));
        self.state = Some(state);
        self.take(effects);
        self.look_at_all();
    }

    /// It is gone at once. What was on its way to the disk gets there, or does not, or in part.
    pub(super) fn crash(&mut self) {
        let kept = self.dice.roll(self.pending.len() as u64 + 1) as usize;
        let torn = self.dice.roll(4) as usize;
        let batches: Vec<Vec<Record>> = std::mem::take(&mut self.pending).into_iter().collect();
        for (number, batch) in batches.into_iter().enumerate() {
            if number < kept {
                self.keep(batch);
            } else if number == kept {
                self.keep(batch.into_iter().take(torn).collect());
            }
        }
        self.note(|_| "THE MONITOR IS GONE".to_owned());
        self.state = None;
        self.people.clear();
    }

    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for record in &self.disk {
            ledger.apply(record).unwrap();
        }
        ledger
    }

    fn keep(&mut self, records: Vec<Record>) {
        for record in records {
            if matches!(record.body, Body::Summary { .. }) {
                self.disk.clear();
            }
            self.audit_kept(&record);
            self.disk.push(record);
        }
    }

    /// The oldest batch gets to the disk, or fails.
    pub(super) fn flush(&mut self) {
        let Some(batch) = self.pending.pop_front() else { return };
        let upto = batch.last().unwrap().index;
        let result = if self.disk_fails {
            let part = self.dice.roll(batch.len() as u64 + 1) as usize;
            self.keep(batch.into_iter().take(part).collect());
            self.pending.clear();
            self.note(|_| format!("the disk takes {part} of a batch and fails"));
            Err("disk full".to_owned())
        } else {
            self.keep(batch);
            Ok(())
        };
        let due = self.dice.one_in(30);
        self.apply(Event::Written { upto, result, due });
    }

    pub(super) fn reopen(&mut self) {
        if self.disk_fails {
            return self.later(500 * MS, Next::Reopen);
        }
        self.pending.clear();
        let ledger = self.ledger();
        self.note(|w| format!("the journal is opened again, {} entries", w.disk.len()));
        self.audit.durable = ledger.clone();
        self.apply(Event::Reopened(Box::new(ledger)));
    }

    fn write(&mut self, batch: Vec<Record>) {
        for record in &batch {
            self.note(|_| format!("  journal {} {}", record.index, body(&record.body)));
            self.audit_written(record);
        }
        self.pending.push_back(batch);
        let after = if self.dice.one_in(12) { self.way() } else { self.dice.between(1, 10) * MS };
        self.later(after, Next::Flush);
    }

    pub(super) fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Append(batch) => self.write(batch),
                Effect::Rotate(index, at, summary) => {
                    self.write(vec![Record { index, term: summary.term, at, body: Body::Summary { summary } }]);
                }
                Effect::Carry(order) => self.carry(*order),
                Effect::Refresh(ask) => {
                    self.look_at_all();
                    let whole = self.machines.values().all(super::hosts::Machine::answers);
                    let after = if whole { 150 * MS } else { 1_700 * MS };
                    self.later(after, Next::Reaches(Box::new(Event::Refreshed(ask))));
                }
                Effect::Reply(reply, answer) => drop(reply.send(answer)),
                Effect::SecondLook(host) => self.later(10 * MS, Next::Second { host, asked: self.at }),
                Effect::Begin(term) => {
                    self.audit_term(term);
                    self.begun = term;
                }
                Effect::Take(host, term, _) => {
                    self.audit_term(term);
                    let way = self.way();
                    self.later(way, Next::Take { host, term });
                }
                Effect::Reopen => self.later(500 * MS, Next::Reopen),
                Effect::Publish(_) | Effect::Show(..) | Effect::Accept(..) | Effect::Standing(_) | Effect::Copy(_) => {}
                Effect::ReadMark(..) | Effect::Cut { .. } | Effect::Load(_) | Effect::Restart => unreachable!("of pairs and reloads"),
            }
        }
    }

    fn carry(&mut self, order: Order) {
        self.number_of_order += 1;
        let number = self.number_of_order;
        self.note(|_| format!("  order {number} run {} {:?} {:?} {}", order.run, order.effect, order.action, order.instance));
        self.audit_order(number, &order);
        let pause = order.pause.as_micros() as u64 + self.dice.between(1, 10) * MS;
        self.flights.insert(number, Flight { order, life: self.life, sent: None, checked: 0, reported: false });
        self.later(pause, Next::Begin(number));
    }

    /// The guard of a host is asked to take a term.
    pub(super) fn taken(&mut self, life: u64, host: HostName, term: Term) {
        // What a dead monitor had sent may get there, as long as nobody newer has.
        let machine = self.machines.get_mut(&host).unwrap();
        let result = if machine.answers() { machine.take(term, life) } else { Err("no answer".to_owned()) };
        self.note(|_| format!("{host} takes term {term}: {result:?}"));
        if life == self.life {
            let after = if result.is_ok() { self.way() } else { 1_500 * MS };
            let result = result.map_err(crate::monitor::event::TakeRefused::from);
            self.later(after, Next::Reaches(Box::new(Event::Taken { host, result })));
        }
    }
}

/// An entry in a line.
fn body(body: &Body) -> String {
    match body {
        Body::Decided { decision } => format!("decided {:?} {:?}", decision.acts, decision.choice),
        Body::RunOpened { who, plan, decision, .. } => {
            let steps: Vec<String> = plan.steps.iter().map(|s| format!("{}:{} {}", s.id, s.command, s.host)).collect();
            format!("run opened by {}: {:?} {decision:?} [{}]", who.user, plan.command, steps.join("; "))
        }
        Body::Summary { .. } => "summary".to_owned(),
        other => format!("{other:?}"),
    }
}
