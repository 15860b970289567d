//! What goes wrong, and how everything is mended in the end.

use super::hosts::{Cause, Gear};
use super::world::{MS, Next, SECOND, World};
use super::*;

/// What goes wrong most in a world. Of everything else a little goes wrong too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Services,
    Power,
    Links,
    Words,
    Lives,
    Fences,
    Commands,
    Moods,
    Hands,
    Disks,
    Clocks,
    All,
    Big,
}

impl Kind {
    pub(super) const ALL: [Self; 13] = [
        Self::Services,
        Self::Power,
        Self::Links,
        Self::Words,
        Self::Lives,
        Self::Fences,
        Self::Commands,
        Self::Moods,
        Self::Hands,
        Self::Disks,
        Self::Clocks,
        Self::All,
        Self::Big,
    ];

    /// How likely each fault is, in the order of `Fault`.
    fn weights(self) -> [u64; 11] {
        let mut weights = [3, 2, 2, 1, 1, 1, 4, 1, 0, 1, 0];
        match self {
            Self::All | Self::Big => (weights[8], weights[10]) = (1, 1),
            one => weights[one as usize] += 9,
        }
        weights
    }
}

impl World {
    pub(super) fn fault(&mut self) {
        if self.at >= self.faults_end {
            return;
        }
        let next = self.dice.between(100, 4_000) * MS;
        self.later(next, Next::Fault);
        match self.dice.weighed(&self.kind.weights()) {
            0 => self.service_dies(),
            1 => self.power(),
            2 => self.links(),
            3 => {
                self.slow = !self.slow;
                self.note(|w| format!("words are slow and get lost: {}", w.slow));
            }
            4 => {
                if self.state.is_some() {
                    self.crash();
                    let after = self.dice.between(100, 6_000) * MS;
                    self.later(after, Next::Rises);
                }
            }
            5 => {
                let host = self.any_host();
                let gear = *self.dice.pick(&[Gear::Works, Gear::Fails, Gear::Silent, Gear::Mute, Gear::Late]);
                self.note(|_| format!("the fence device of {host}: {gear:?}"));
                self.machines.get_mut(&host).unwrap().gear = gear;
                // A device is asked only where something is lost.
                if self.dice.one_in(2) {
                    self.power();
                }
            }
            6 => {
                self.somebody_asks();
                if self.dice.one_in(3) {
                    self.somebody_asks();
                }
            }
            7 => self.somebody_rules(),
            8 => self.by_hand(),
            10 => self.clock_is_set(),
            _ => {
                self.disk_fails = !self.disk_fails;
                self.note(|w| format!("the disk fails: {}", w.disk_fails));
            }
        }
    }

    /// Somebody sets the clock of the monitor's host, by up to an hour.
    fn clock_is_set(&mut self) {
        let (by, back) = (self.dice.between(1, 3_600) * SECOND, self.dice.one_in(2));
        let signed = i64::try_from(by).unwrap();
        self.wrong += if back { -signed } else { signed };
        self.note(|w| format!("the clock of the monitor is wrong by {} s", w.wrong / 1_000_000));
        if !back {
            self.audit.clock_set_forward(by);
        }
    }

    fn any_host(&mut self) -> HostName {
        let names = self.names();
        self.dice.pick(&names).clone()
    }

    fn service_dies(&mut self) {
        let instances: Vec<Instance> = self.machines.values().flat_map(|machine| machine.units.keys().cloned()).collect();
        let running: Vec<Instance> = instances.iter().filter(|i| self.machines[&i.host].units[*i].running).cloned().collect();
        let chosen = if running.is_empty() { &instances } else { &running };
        let instance = self.dice.pick(chosen).clone();
        let (at, dies, hangs) = (self.at, self.dice.roll(4), self.dice.one_in(4));
        let unit = self.machines.get_mut(&instance.host).unwrap().units.get_mut(&instance).unwrap();
        unit.fragile = if dies == 0 { 3 } else { 0 };
        unit.hangs = hangs;
        self.note(|_| format!("{instance} DIES; hangs {hangs}, dies again {}", dies == 0));
        let unit = self.machines.get_mut(&instance.host).unwrap().units.get_mut(&instance).unwrap();
        if unit.running {
            unit.job = None;
            unit.disturbed = at;
            unit.turn(false, Cause::Itself, at);
            unit.failed = true;
            if self.dice.one_in(2) {
                self.push(&instance);
            }
        }
    }

    fn power(&mut self) {
        let host = self.any_host();
        if self.machines[&host].on {
            self.power_off(&host);
            if self.dice.one_in(2) {
                let after = self.dice.between(200, 15_000) * MS;
                self.later(after, Next::PowerOn(host));
            }
        } else {
            self.power_on(&host);
        }
    }

    fn links(&mut self) {
        let (host, at) = (self.any_host(), self.at);
        match self.dice.roll(6) {
            0..=2 => {
                let machine = self.machines.get_mut(&host).unwrap();
                machine.link = !machine.link;
            }
            3 => {
                let machine = self.machines.get_mut(&host).unwrap();
                machine.muddled = !machine.muddled;
            }
            4 => self.between = !self.between,
            _ => {
                // A site is cut off from everybody.
                self.between = false;
                self.machines.get_mut(&host).unwrap().link = false;
            }
        }
        if !self.between {
            self.machines.values_mut().for_each(|machine| machine.dark = at);
        }
        self.note(|w| {
            let links: Vec<_> = w.machines.iter().map(|(n, m)| format!("{n} {} muddled {}", m.link, m.muddled)).collect();
            format!("links: {}, between {}", links.join(", "), w.between)
        });
    }

    /// Everything is mended.
    pub(super) fn heals(&mut self) {
        self.note(|_| "EVERYTHING IS MENDED".to_owned());
        (self.between, self.slow, self.disk_fails) = (true, false, false);
        let at = self.at;
        let names = self.names();
        for host in &names {
            let machine = self.machines.get_mut(host).unwrap();
            (machine.link, machine.muddled, machine.gear) = (true, false, Gear::Works);
            machine.dark = at;
            for unit in machine.units.values_mut() {
                (unit.fragile, unit.hangs) = (0, false);
            }
            let after = self.dice.between(100, 5_000) * MS;
            self.later(after, Next::PowerOn(host.clone()));
        }
        self.later(SECOND, Next::Rises);
    }
}
