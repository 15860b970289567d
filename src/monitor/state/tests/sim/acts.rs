//! What becomes of orders: as executor, drivers and guards do it, with a network between them that loses and delays.
//!
//! What is done here by rule (rivals are looked at just before a start; what was sent through an older session of a guard is
//! never carried out; a look at what is in doubt takes a new session) is what `src/run` and `src/driver` do, and is shown
//! there by their own tests.

use super::hosts::{Cause, Gear, Job};
use super::world::{MS, Next, SECOND, World};
use super::*;
use crate::core::fact::{Fact, Source};
use crate::core::model::{Instance, Service};

impl World {
    fn waits(&self, order: u64) -> bool {
        self.state.is_some() && self.flights.get(&order).is_some_and(|flight| flight.life == self.life && !flight.reported)
    }

    pub(super) fn begin(&mut self, number: u64) {
        if !self.waits(number) {
            return;
        }
        let order = &self.flights[&number].order;
        if let run::Effect::Settle { .. } = order.effect {
            let until = self.at + order.timeout.as_micros() as u64;
            return self.settle(number, until);
        }
        let (instance, action, timeout) = (order.instance.clone(), order.action, order.timeout.as_micros() as u64);
        let (rivals, in_place, term) = (order.rivals.clone(), order.in_place, order.permit.term());
        if action == Action::Start {
            for rival in &rivals {
                let outcome = match self.look(rival, term) {
                    Ok(fact) if fact.state.proven_stopped() => continue,
                    Ok(_) => Outcome::Failed,
                    Err(_) if in_place && rival.host != instance.host => continue,
                    Err(_) => Outcome::NotSent,
                };
                self.note(|_| format!("  order {number}: rival {rival}"));
                return self.soon(number, outcome);
            }
        }
        if instance.service == Service::Power {
            return self.switch_off(number, &instance.host, timeout);
        }
        let life = self.life;
        let machine = self.machines.get_mut(&instance.host).unwrap();
        if !machine.answers() || machine.take(term, life).is_err() {
            self.note(|_| format!("  order {number} is not sent"));
            return self.soon(number, Outcome::NotSent);
        }
        let unit = &machine.units[&instance];
        if unit.job.is_none() && unit.running == (action == Action::Start) {
            return self.soon(number, Outcome::Done);
        }
        let sent = Some((machine.session, machine.boot));
        let flight = self.flights.get_mut(&number).unwrap();
        (flight.sent, flight.checked) = (sent, self.at);
        let way = self.way();
        if !self.dice.one_in(if self.slow { 6 } else { 40 }) {
            self.later(way, Next::Hit(number));
        }
        self.later(timeout, Next::TimeOut(number));
    }

    fn soon(&mut self, order: u64, outcome: Outcome) {
        let way = self.way();
        self.later(way, Next::Answer { order, outcome });
    }

    /// What was sent gets there, if nobody has taken the host since.
    pub(super) fn hit(&mut self, number: u64) {
        let Some(flight) = self.flights.get(&number) else { return };
        let (instance, action) = (flight.order.instance.clone(), flight.order.action);
        let machine = &self.machines[&instance.host];
        if !machine.on || flight.sent != Some((machine.session, machine.boot)) {
            return self.note(|_| format!("order {number} comes too late"));
        }
        if !machine.link {
            return self.later(400 * MS, Next::Hit(number));
        }
        self.note(|_| format!("order {number} hits {instance}"));
        self.audit_begun(number);
        let unit = self.machines.get_mut(&instance.host).unwrap().units.get_mut(&instance).unwrap();
        if unit.running == (action == Action::Start) {
            unit.job = None;
            return self.done(number, Outcome::Done);
        }
        unit.job = Some(Job { action, order: number });
        let hangs = action == Action::Stop && unit.hangs;
        let takes = if hangs { self.dice.between(3, 12) * SECOND } else { self.dice.between(10, 800) * MS };
        self.later(takes, Next::JobEnd { instance, order: number });
    }

    pub(super) fn job_ends(&mut self, instance: &Instance, order: u64) {
        let at = self.at;
        let unit = self.machines.get_mut(&instance.host).unwrap().units.get_mut(instance).unwrap();
        let Some(job) = unit.job.filter(|job| job.order == order) else { return };
        unit.job = None;
        let outcome = match job.action {
            Action::Start if unit.fragile > 0 => {
                unit.fragile -= 1;
                unit.starts += 1;
                unit.down = at;
                unit.failed = true;
                Outcome::Failed
            }
            Action::Start => {
                unit.turn(true, Cause::Ours, at);
                Outcome::Done
            }
            Action::Stop => {
                unit.turn(false, Cause::Ours, at);
                Outcome::Done
            }
        };
        self.note(|_| format!("{instance}: {:?} {outcome:?}", job.action));
        self.done(order, outcome);
        if self.dice.one_in(2) {
            self.push(instance);
        }
    }

    /// The host is through with an order, and says so if it can.
    fn done(&mut self, number: u64, outcome: Outcome) {
        let Some(flight) = self.flights.get_mut(&number) else { return };
        flight.sent = None;
        let host = flight.order.instance.host.clone();
        if self.machines[&host].answers() && !self.dice.one_in(if self.slow { 4 } else { 30 }) {
            self.soon(number, outcome);
        }
    }

    pub(super) fn answer(&mut self, number: u64, outcome: Outcome) {
        if !self.waits(number) {
            return;
        }
        let order = &self.flights[&number].order;
        let run::Effect::Act { step, way, .. } = order.effect else { return };
        let event = RunEvent::Answered { step, way, outcome, detail: "made up".into(), took_ms: 1 };
        self.report(number, event);
    }

    fn report(&mut self, number: u64, event: RunEvent) {
        let flight = self.flights.get_mut(&number).unwrap();
        flight.reported = true;
        let (run, effect) = (flight.order.run, flight.order.effect);
        self.note(|_| format!("  order {number}: {event:?}"));
        self.audit_answer(run, &event);
        self.apply(Event::Reported(Report { run, effect, event }));
    }

    // Looks at what is in doubt.

    /// A fresh look that ends whatever was sent for `instance` before.
    fn look(&mut self, instance: &Instance, term: Term) -> Result<Fact, String> {
        let life = self.life;
        if instance.service == Service::Power {
            let machine = &self.machines[&instance.host];
            let state = if machine.on { ServiceState::Active } else { ServiceState::Inactive };
            let says = matches!(machine.gear, Gear::Works | Gear::Fails);
            return if says { Ok(Fact { source: Source::Device, ..fact(state) }) } else { Err("it says nothing".to_owned()) };
        }
        let doubt = self.flights.values().any(|flight| flight.sent.is_some() && flight.order.instance == *instance);
        let machine = self.machines.get_mut(&instance.host).unwrap();
        if !machine.answers() {
            return Err("no answer".to_owned());
        }
        machine.take(term, life)?;
        if doubt {
            machine.session += 1;
        }
        Ok(machine.fact(instance, Source::Asked))
    }

    pub(super) fn settle(&mut self, number: u64, until: u64) {
        let Some(flight) = self.flights.get(&number).filter(|_| self.waits(number)) else { return };
        let order = &flight.order;
        let term = order.permit.term();
        let run::Effect::Settle { step, way, .. } = order.effect else { return };
        if term < self.begun {
            return;
        }
        let (instance, patient) = (order.instance.clone(), order.patient);
        let (action, before, strict) = (order.action, order.before.clone(), order.strict);
        let found = self.look(&instance, term).ok().and_then(|fact| crate::core::run::verdict(&fact, action, before.as_ref(), strict));
        let found = found.or((!patient && self.at >= until).then_some(run::Found::Unclear));
        match found {
            Some(found) => self.report(number, RunEvent::Settled { step, way, found, detail: "made up".into() }),
            None => {
                let pause = self.dice.between(300, 2_000) * MS;
                self.later(pause, Next::Settle { order: number, until });
            }
        }
    }

    // Fence devices.

    fn switch_off(&mut self, number: u64, host: &HostName, timeout: u64) {
        let gear = self.machines[host].gear;
        self.note(|_| format!("{host} is to be switched off, and its device {gear:?}"));
        let off = self.dice.between(50, 900) * MS;
        let end = match gear {
            Gear::Works => {
                self.power_off(host);
                (off, Outcome::Done)
            }
            Gear::Fails => (off, Outcome::Failed),
            Gear::Silent => (timeout, Outcome::Unknown),
            Gear::Mute => {
                self.later(off, Next::PowerOff(host.clone()));
                (timeout, Outcome::Unknown)
            }
            Gear::Late => {
                self.later(timeout + 4 * SECOND, Next::PowerOff(host.clone()));
                (timeout, Outcome::Unknown)
            }
        };
        self.later(end.0, Next::Answer { order: number, outcome: end.1 });
    }
}
