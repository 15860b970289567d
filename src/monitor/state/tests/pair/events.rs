//! What happens to the two: time, losses, what hosts do, what people ask for.

use super::duo::*;
use super::*;
use crate::core::fact::{Fact, Source};
use crate::core::model::{Instance, Mode, Service};
use crate::core::run::Found;
use crate::wire::Request;

impl Duo {
    pub(super) fn seconds(&mut self, seconds: u64) {
        for _ in 0..seconds * BEAT {
            self.tick();
        }
    }

    /// 200 ms go by.
    pub(super) fn tick(&mut self) {
        self.later += TICK;
        self.ticks += 1;
        for i in [FIRST, SECOND] {
            if self.sites[i].restart && self.sites[i].state.is_some() {
                self.sites[i].orders.clear();
                self.start(i);
            }
            self.reopen(i);
            if self.ticks.is_multiple_of(BEAT) {
                self.look(i);
                self.beat(i);
            }
            self.hand_over_batches(i);
            self.apply(i, Event::Tick);
        }
    }

    // Hosts and what runs there.

    /// Every host says what runs on it.
    pub(super) fn look(&mut self, i: usize) {
        for name in ["a1", "b1"] {
            let at = self.now().steady;
            let facts = if self.off.contains(&host(name)) {
                Err(Miss { kind: MissKind::Silent, why: "no answer".into() })
            } else {
                let cluster = self.sites[i].setup.cluster.clone();
                let on = cluster.instances().filter(|(_, _, _, i)| i.host.as_str() == name);
                let state = |i: &Instance| if self.running.contains(i) { ServiceState::Active } else { ServiceState::Inactive };
                Ok(on.map(|(_, _, _, i)| (i.service.clone(), fact(state(&i)))).collect())
            };
            self.apply(i, Event::Seen(Seen { host: host(name), at, facts }));
        }
    }

    /// What `name` runs where it serves dies, and its host tells everybody.
    pub(super) fn kill(&mut self, name: &str) {
        let instance = self.active(name, Side::Primary);
        self.running.remove(&instance);
        let at = self.now().steady;
        for i in [FIRST, SECOND] {
            let told = Fact { source: Source::Pushed, ..fact(ServiceState::Failed) };
            let facts = Ok(vec![(instance.service.clone(), told)]);
            self.apply(i, Event::Seen(Seen { host: instance.host.clone(), at, facts }));
        }
    }

    pub(super) fn active(&self, name: &str, side: Side) -> Instance {
        let component = self.sites[0].setup.cluster.components.values().find(|c| c.name.as_str() == name).unwrap();
        component.instance(side, Mode::Active).unwrap()
    }

    /// Carries out the oldest order of `i`; whether there was one.
    pub(super) fn step(&mut self, i: usize) -> bool {
        if self.sites[i].orders.is_empty() || self.sites[i].state.is_none() {
            return false;
        }
        let order = self.sites[i].orders.remove(0);
        let power = order.instance.service == Service::Power;
        let event = match order.effect {
            run::Effect::Act { step, way, .. } => {
                let outcome = if power { self.fence } else { Outcome::Done };
                match order.action {
                    Action::Stop if power && outcome == Outcome::Done => self.power_off(&order.instance.host),
                    Action::Start => drop(self.running.insert(order.instance.clone())),
                    Action::Stop => drop(self.running.remove(&order.instance)),
                }
                RunEvent::Answered { step, way, outcome, detail: "made up".into(), took_ms: 3 }
            }
            run::Effect::Settle { step, way, .. } => {
                let runs = self.running.contains(&order.instance) || (power && !self.off.contains(&order.instance.host));
                let done = runs == (order.action == Action::Start);
                let found = if done { Found::Done } else { Found::NotDone };
                RunEvent::Settled { step, way, found, detail: "looked".into() }
            }
        };
        self.apply(i, Event::Reported(Report { run: order.run, effect: order.effect, event }));
        true
    }

    pub(super) fn finish(&mut self, i: usize) {
        for _ in 0..500 {
            if !self.step(i) {
                return;
            }
        }
        panic!("it goes on for ever");
    }

    pub(super) fn power_off(&mut self, host: &HostName) {
        self.running.retain(|instance| instance.host != *host);
        self.off.insert(host.clone());
        let i = HOSTS.iter().position(|name| *name == host.as_str()).unwrap();
        self.crash(i, 0);
    }

    // People.

    pub(super) fn ask(&mut self, i: usize, request: Request) -> Answer {
        let (reply, answer) = oneshot::channel();
        let who = Actor { user: "alice".into(), uid: 1000, pid: None };
        self.apply(i, Event::Asked { request, who, operator: true, reply });
        answer
    }

    /// Has the plan of `command` shown, and gives the command; the soft veto about a host that answers is overridden.
    pub(super) fn give(&mut self, i: usize, command: Command) -> Result<Answer, String> {
        let overrides = match &command {
            Command::TakeOver { from, .. } if self.off.contains(from) => Vec::new(),
            Command::TakeOver { from, by_word: true } => vec![format!("monitor:{from}")],
            Command::TakeOver { from, by_word: false } => vec![format!("answers:{from}")],
            _ => Vec::new(),
        };
        let mut shown = self.ask(i, Request::Plan { command: command.clone(), overrides: overrides.clone() });
        let shown = shown.try_recv().map_err(|_| "no answer".to_owned())?;
        let view: PlanView = serde_json::from_value(shown.map_err(|failure| failure.message)?).unwrap();
        let (plan, confirm, reason) = (view.hash, view.plan.confirm.as_str().to_owned(), Some("test".to_owned()));
        Ok(self.ask(i, Request::Submit(Submit { command, plan, confirm, reason, overrides })))
    }

    pub(super) fn hand_over(&mut self, i: usize) -> Result<Answer, String> {
        self.give(i, Command::MonitorMove { to: host(HOSTS[other(i)]) })
    }

    /// Somebody types a take-over at `i`.
    pub(super) fn take_over(&mut self, i: usize, by_word: bool) -> Result<Answer, String> {
        let before = self.lied;
        self.lied |= by_word && self.sites[other(i)].state.is_some();
        let given = self.give(i, Command::TakeOver { from: host(HOSTS[other(i)]), by_word });
        match &given {
            Ok(_) => self.common.clear(),
            Err(_) => self.lied = before,
        }
        given
    }

    // What must hold always.
}
