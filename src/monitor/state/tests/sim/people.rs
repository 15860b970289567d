//! People who type commands, at the wrong moment and two at once, and people who act on hosts by hand.

use super::hosts::Cause;
use super::world::{MS, Next, World};
use super::*;
use crate::wire::{ModeAsk, Request};

/// What somebody waits for.
pub(super) struct Person {
    answer: Answer,
    asked: Asked,
}

#[derive(Debug, Clone)]
pub(super) enum Asked {
    Plan(Command, Vec<String>),
    Mode(Mood),
    Acknowledge,
    Submit,
    Other,
}

/// Whether the monitor is to act by itself, as somebody wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Automatic,
    Observes,
    /// Until that time, in microseconds.
    Paused(Option<u64>),
}

impl World {
    fn request(&mut self, request: Request, asked: Asked) {
        let (reply, answer) = oneshot::channel();
        let who = Actor { user: "alice".into(), uid: 1000, pid: None };
        self.note(|_| format!("somebody asks {asked:?}"));
        if let Asked::Mode(mood) = asked {
            self.audit.mood_may_be(mood);
        }
        self.people.push(Person { answer, asked });
        self.apply(Event::Asked { request, who, operator: true, reply });
    }

    /// Who has an answer goes on.
    pub(super) fn hear_people(&mut self) {
        let mut heard = Vec::new();
        self.people.retain_mut(|person| match person.answer.try_recv() {
            Ok(answer) => {
                heard.push((person.asked.clone(), answer));
                false
            }
            Err(oneshot::error::TryRecvError::Closed) => false,
            Err(oneshot::error::TryRecvError::Empty) => true,
        });
        for (asked, answer) in heard {
            self.note(|_| match &answer {
                Ok(_) => format!("  answered {asked:?}"),
                Err(failure) => format!("  {asked:?}: {}", failure.message),
            });
            match (asked, answer) {
                (Asked::Plan(command, overrides), Ok(plan)) => {
                    let word = |value: &Value| value.as_str().unwrap().to_owned();
                    let (hash, confirm) = (word(&plan["hash"]), word(&plan["plan"]["confirm"]));
                    let reason = Some("made up".to_owned());
                    let after = if self.dice.one_in(3) { self.dice.between(500, 4_000) } else { self.dice.between(0, 50) };
                    self.later(after * MS, Next::Submit(Box::new(Submit { command, plan: hash, confirm, reason, overrides })));
                }
                (Asked::Plan(command, overrides), Err(failure)) if overrides.is_empty() => {
                    // A soft veto is overridden by name.
                    let named: Vec<String> = self.soft_vetoes(&failure);
                    if !named.is_empty() && self.dice.one_in(2) {
                        self.ask_plan(command, named);
                    }
                }
                (Asked::Mode(mood), answer) => self.audit.mood_is(answer.is_ok().then_some(mood)),
                _ => {}
            }
        }
    }

    fn soft_vetoes(&self, failure: &Failure) -> Vec<String> {
        let started: Vec<&str> = failure.message.split_whitespace().filter(|word| word.starts_with("answers:")).collect();
        started.into_iter().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()).collect()
    }

    pub(super) fn ask_plan(&mut self, command: Command, overrides: Vec<String>) {
        let asked = Asked::Plan(command.clone(), overrides.clone());
        self.request(Request::Plan { command, overrides }, asked);
    }

    pub(super) fn submit(&mut self, submit: Submit) {
        self.request(Request::Submit(submit), Asked::Submit);
    }

    /// Somebody asks for something.
    pub(super) fn somebody_asks(&mut self) {
        let names = self.names();
        let sites = [self.cluster.sites.primary.clone(), self.cluster.sites.secondary.clone()];
        let site = self.dice.pick(&sites).clone();
        let host = self.dice.pick(&names).clone();
        let command = match self.dice.roll(12) {
            0..=3 => Command::Switchover { to: None },
            4 => Command::Switchback,
            5 => Command::Stop,
            6..=7 => Command::Start { site: Some(site).filter(|_| self.dice.one_in(2)) },
            8 => Command::Adopt { site, without: Vec::new() },
            9 => Command::Fence { host, by_word: false },
            10..=11 => {
                // Nobody gives their word for a host that is on.
                if self.machines[&host].on {
                    return;
                }
                Command::Fence { host, by_word: true }
            }
            _ => unreachable!(),
        };
        let overrides = match &command {
            Command::Fence { host, by_word: false } if self.dice.one_in(3) => vec![format!("answers:{host}")],
            _ => Vec::new(),
        };
        self.ask_plan(command, overrides);
    }

    /// Somebody says whether the monitor is to act by itself, or turns a run back, or acknowledges a failover.
    pub(super) fn somebody_rules(&mut self) {
        let reason = Some("made up".to_owned());
        match self.dice.roll(8) {
            0 => self.request(Request::Mode { mode: ModeAsk::ObserveOnly, reason }, Asked::Mode(Mood::Observes)),
            1 => {
                let for_ms = [None, Some(self.dice.between(1_000, 20_000))][self.dice.roll(2) as usize];
                let until = for_ms.map(|ms| self.at + ms * MS);
                self.request(Request::Mode { mode: ModeAsk::Pause { for_ms }, reason }, Asked::Mode(Mood::Paused(until)));
            }
            2..=3 => self.request(Request::Mode { mode: ModeAsk::Automatic, reason }, Asked::Mode(Mood::Automatic)),
            4 => self.request(Request::Acknowledge { reason }, Asked::Acknowledge),
            _ => {
                self.ask_plan(Command::Switchover { to: None }, Vec::new());
                let after = self.dice.between(200, 2_500) * MS;
                self.later(after, Next::Abort);
            }
        }
    }

    /// Whatever is under way is to be turned back.
    pub(super) fn abort(&mut self) {
        let open = self.state.as_ref().and_then(|state| state.ledger.open_runs().next().map(|(run, _)| run));
        if let Some(run) = open {
            self.request(Request::Abort { run, reason: None }, Asked::Other);
        }
    }

    fn hand_on(&mut self, instance: &Instance, start: bool, at: u64) {
        let unit = self.machines.get_mut(&instance.host).unwrap().units.get_mut(instance).unwrap();
        unit.job = None;
        unit.disturbed = at;
        unit.turn(start, Cause::Hand, at);
    }

    /// Somebody moves everything to the other site on the hosts, and has it adopted.
    fn moved_by_hand(&mut self) {
        let cluster = self.cluster.clone();
        let side = self.audit.durable.wanted().side().unwrap_or(Side::Primary);
        if !self.machines.values().all(|machine| machine.on) {
            return;
        }
        let wanted = wanted(&cluster, Some(side.other()));
        for (_, _, _, instance) in cluster.instances() {
            self.hand_on(&instance, wanted.contains(&instance), self.at);
        }
        self.note(|_| "BY HAND everything is moved".to_owned());
        let after = self.dice.between(1_000, 6_000) * MS;
        self.later(after, Next::Ask(Command::Adopt { site: cluster.site(side.other()).clone(), without: Vec::new() }));
    }

    /// Somebody starts or stops something on its host, and tells nobody.
    pub(super) fn by_hand(&mut self) {
        let instances: Vec<Instance> = self.machines.values().flat_map(|machine| machine.units.keys().cloned()).collect();
        let instance = self.dice.pick(&instances).clone();
        let (at, start) = (self.at, self.dice.one_in(2));
        if self.dice.one_in(4) {
            return self.moved_by_hand();
        }
        if !self.machines[&instance.host].on {
            return;
        }
        self.hand_on(&instance, start, at);
        self.note(|_| format!("BY HAND {instance} {}", if start { "starts" } else { "stops" }));
        if self.dice.one_in(2) {
            self.push(&instance);
        }
    }
}
