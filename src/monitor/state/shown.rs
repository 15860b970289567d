//! Pictures for those who look all the time: one is painted for all of them, and each is told what is new since its own.

use super::{Effect, Now, State};
use crate::monitor::event::{Show, Shown};
use crate::wire::{ChangesView, Known, ReadinessView, StatusView, same_component, same_host};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A picture of a large cluster is good for so long: many who look do not make many pictures.
const GOOD: Duration = Duration::from_millis(90);
/// Components in one answer, so that nobody has to hold a line of many megabytes.
const PART: usize = 500;

/// The picture that was painted last, and when each part of it was last new.
#[derive(Debug, Default)]
pub(super) struct Painted {
    last: Option<Last>,
}

#[derive(Debug)]
struct Last {
    life: u64,
    began: Instant,
    number: u64,
    at: Instant,
    view: Arc<StatusView>,
    hosts: Vec<u64>,
    components: Vec<u64>,
    readiness: u64,
    troubles: u64,
}

impl State {
    /// Shows how it stands, from what is known.
    pub(super) fn show(&mut self, show: Show, reply: oneshot::Sender<Shown>, now: Now) -> Vec<Effect> {
        let shown = match show {
            Show::Status => Shown::Status(self.paint(now)),
            Show::Changes { known, fresh: true } => return self.ask(super::Ask::Show(known, reply), now),
            Show::Changes { known, fresh: false } => {
                self.paint(now);
                let Some(last) = &self.painted.last else { return Vec::new() };
                Shown::Changes(Box::new(last.since(known)))
            }
        };
        vec![Effect::Show(reply, shown)]
    }

    /// The picture of now; of a large cluster it may be a moment old.
    pub(super) fn paint(&mut self, now: Now) -> Arc<StatusView> {
        let good = |last: &&Last| self.is_large() && now.steady.saturating_duration_since(last.at) < GOOD;
        if let Some(last) = self.painted.last.as_ref().filter(good) {
            return last.view.clone();
        }
        let view = Arc::new(self.status(now));
        let fresh_ms = view.interval_ms.saturating_mul(2).saturating_add(1000);
        match &mut self.painted.last {
            Some(last) => last.renew(view.clone(), now.steady, fresh_ms),
            None => self.painted.last = Some(Last::first(view.clone(), now)),
        }
        view
    }
}

impl Last {
    fn first(view: Arc<StatusView>, now: Now) -> Self {
        let life = u64::try_from(now.wall.as_microsecond()).unwrap_or(0);
        let (hosts, components) = (vec![1; view.hosts.len()], vec![1; view.components.len()]);
        Self { life, began: now.steady, number: 1, at: now.steady, view, hosts, components, readiness: 1, troubles: 1 }
    }

    /// Takes the next picture in.
    fn renew(&mut self, view: Arc<StatusView>, at: Instant, fresh_ms: u64) {
        self.number += 1;
        let (number, was) = (self.number, std::mem::replace(&mut self.view, view));
        let is = &self.view;
        let note = |of: &mut u64, same: bool| {
            if !same {
                *of = number;
            }
        };
        for ((of, was), is) in self.hosts.iter_mut().zip(&was.hosts).zip(&is.hosts) {
            note(of, same_host(was, is, fresh_ms));
        }
        for ((of, was), is) in self.components.iter_mut().zip(&was.components).zip(&is.components) {
            note(of, same_component(was, is, fresh_ms));
        }
        if !same_readiness(was.readiness.as_ref(), is.readiness.as_ref()) {
            self.readiness = number;
        }
        if was.troubles != is.troubles {
            self.troubles = number;
        }
        self.at = at;
    }

    /// What is new since `known`, or the beginning of a whole picture.
    fn since(&self, known: Option<Known>) -> ChangesView {
        let clock_ms = u64::try_from(self.at.saturating_duration_since(self.began).as_millis()).unwrap_or(u64::MAX);
        let known = known.filter(|known| known.life == self.life && known.number <= self.number);
        let (since, from) = known.map_or((0, Some(0)), |known| (known.number, known.from));
        let to = from.map(|from| from.saturating_add(PART));
        let new = |at: usize, number: u64| match (from, to) {
            (Some(from), Some(to)) if at >= from => at < to,
            _ => number > since,
        };
        let view = &self.view;
        let hosts = view.hosts.iter().zip(&self.hosts).filter(|(_, number)| **number > since).map(|(host, _)| host.clone());
        let components = view.components.iter().zip(&self.components).enumerate();
        let components = components.filter(|(at, (_, number))| new(*at, **number)).map(|(_, (component, _))| component.clone());
        let (same_readiness, same_troubles) = (self.readiness <= since, self.troubles <= since);
        let status = StatusView {
            hosts: hosts.collect(),
            components: components.collect(),
            readiness: view.readiness.as_ref().filter(|_| !same_readiness).map(ReadinessView::briefly),
            troubles: if same_troubles { Vec::new() } else { view.troubles.clone() },
            ..top(view)
        };
        ChangesView {
            known: Known { life: self.life, number: self.number, clock_ms, from: to.filter(|to| *to < view.components.len()) },
            elapsed_ms: known.map_or(0, |known| clock_ms.saturating_sub(known.clock_ms)),
            whole: known.is_none(),
            same_readiness,
            same_troubles,
            status,
        }
    }
}

/// Whether nothing is new of what is told.
fn same_readiness(was: Option<&ReadinessView>, is: Option<&ReadinessView>) -> bool {
    match (was, is) {
        (Some(was), Some(is)) => {
            (&was.to, was.verdict, was.in_order()) == (&is.to, is.verdict, is.in_order()) && was.in_the_way().eq(is.in_the_way())
        }
        (was, is) => was.is_none() && is.is_none(),
    }
}

/// Everything but what there may be very much of.
fn top(view: &StatusView) -> StatusView {
    StatusView {
        at: view.at,
        cluster: view.cluster.clone(),
        label: view.label.clone(),
        verdict: view.verdict,
        wanted: view.wanted,
        sites: view.sites.clone(),
        active: view.active.clone(),
        acts: view.acts.clone(),
        stance: view.stance.clone(),
        protection_off: view.protection_off.clone(),
        decision: view.decision.clone(),
        last_failover: view.last_failover.clone(),
        readiness: None,
        interval_ms: view.interval_ms,
        lease: view.lease.clone(),
        sequence: view.sequence,
        config: view.config.clone(),
        allow_loopback: view.allow_loopback,
        hosts: Vec::new(),
        components: Vec::new(),
        maintenance: view.maintenance.clone(),
        open_runs: view.open_runs.clone(),
        troubles: Vec::new(),
    }
}
