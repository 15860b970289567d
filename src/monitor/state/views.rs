//! What is shown: the same facts that are decided on, with their ages.

use super::{Now, Refusal, State};
use crate::core::fact::State as ServiceState;
use crate::core::health::{Health, is_off, judge_host};
use crate::core::model::{Component, Host, Mode, Service, Side};
use crate::core::plan::Wanted;
use crate::core::record::RunId;
use crate::wire::{ComponentView, HostView, LeaseView, PlacementView, RunView, StatusView, Trouble, Verdict};
use std::time::{Duration, Instant};

impl State {
    pub(super) fn status(&self, now: Now) -> StatusView {
        let cluster = &self.setup.cluster;
        let wanted = self.ledger.wanted();
        let hosts: Vec<HostView> = cluster.hosts.values().map(|h| self.host_view(h, now)).collect();
        let components: Vec<ComponentView> = cluster.components.values().map(|c| self.component_view(c, wanted, now)).collect();
        let open_runs: Vec<RunView> = self.ledger.open_runs().map(|(id, log)| RunView::of(id, log)).collect();
        let mut troubles = self.pair_troubles(now);
        troubles.extend(self.troubles(&hosts, &components, &open_runs));
        StatusView {
            at: now.wall,
            cluster: cluster.name.to_string(),
            label: self.setup.label.clone(),
            verdict: verdict(&hosts, &components, &open_runs, wanted),
            wanted,
            sites: [cluster.sites.primary.clone(), cluster.sites.secondary.clone()],
            active: wanted.side().map(|side| cluster.site(side).clone()),
            acts: self.acts(now),
            stance: self.stance(),
            protection_off: self.protection_off(),
            decision: self.decided.clone(),
            last_failover: self.last_failover(now),
            readiness: self.readiness(now),
            interval_ms: u64::try_from(self.setup.interval.as_millis()).unwrap_or(u64::MAX),
            lease: LeaseView {
                kind: self.lease.kind().to_owned(),
                holder: self.lease.holder().to_owned(),
                term: self.ledger.term(),
                pair: self.pair_view(now),
                journal: self.gate.broken().map_or(Ok(()), |why| Err(why.to_owned())),
            },
            sequence: self.ledger.last(),
            config: self.setup.config.clone(),
            allow_loopback: self.setup.allow_loopback,
            hosts,
            components,
            open_runs,
            troubles,
            maintenance: self.maintenance_views(),
        }
    }

    fn host_view(&self, host: &Host, now: Now) -> HostView {
        let heard = self.facts.host(&host.name);
        let signals = self.signals(&host.name, now);
        HostView {
            name: host.name.clone(),
            site: host.side.map(|side| self.setup.cluster.site(side).clone()),
            answers: heard.map(|h| h.missed.is_none() && h.answered.is_some_and(|at| at >= self.fresh_since(now))),
            why: heard.and_then(|h| h.missed.as_ref().map(|missed| without_host(&missed.last.why, &host.name).to_owned())),
            since_ms: self.turned(&host.name, now).map(|since| millis(now.steady, since)),
            age_ms: heard.and_then(|h| h.answered).map(|at| millis(now.steady, at)),
            boot_id: heard.and_then(|h| h.boot_id.clone()),
            health: judge_host(&signals),
            seen_by: signals.second,
            fence: host.fence.as_ref().map(|fence| fence.device.command("off")),
        }
    }

    fn component_view(&self, component: &Component, wanted: Wanted, now: Now) -> ComponentView {
        let placements = Side::BOTH.map(|side| self.placement_view(component, side, wanted, now));
        ComponentView {
            name: component.name.clone(),
            kind: component.kind.clone(),
            held_by: self.ledger.holder(&component.name),
            placements: placements.into(),
        }
    }

    fn placement_view(&self, component: &Component, side: Side, wanted: Wanted, now: Now) -> PlacementView {
        let since = self.fresh_since(now);
        let mut observed = Some(Mode::Stopped);
        let mut running = 0;
        let mut words = Vec::new();
        let mut age_ms: Option<u64> = None;
        let mut shown = ServiceState::Unknown;
        let (mut source, mut same) = (None, None);
        let mode = component.mode_when(side, wanted);
        let fenced = self.off(component.host(side), now);
        let by_itself = self.self_stopped(component.host(side)).is_some();
        for (of, instance) in component.instances(side) {
            let heard = self.facts.fact(&instance, since);
            let by_itself = by_itself && instance.service.stops_by_itself();
            let unheard = if fenced || by_itself { ServiceState::Inactive } else { ServiceState::Unknown };
            let counts = heard.filter(|(_, _, counts)| *counts);
            let state = counts.map_or(unheard, |(fact, _, _)| fact.state);
            age_ms = age_ms.max(heard.map(|(_, at, _)| millis(now.steady, at)));
            let mark = match (fenced, by_itself, state) {
                (true, ..) => "off with its host, last seen ",
                (false, true, _) => "stopped by its host itself, last seen ",
                (false, false, ServiceState::Unknown) => "last seen ",
                (false, false, _) => "",
            };
            let last = heard.map(|(fact, _, _)| format!("{mark}{} ({})", fact.state, fact.detail));
            words.push(format!("{} {}", instance.service, last.unwrap_or_else(|| "never seen".to_owned())));
            running += usize::from(state == ServiceState::Active);
            observed = match (observed, state) {
                (None, _) | (_, ServiceState::Unknown | ServiceState::Faulty | ServiceState::Starting | ServiceState::Stopping) => None,
                (Some(Mode::Stopped), ServiceState::Active) => Some(of),
                (known, _) => known,
            };
            if Some(of) == mode || shown == ServiceState::Unknown {
                shown = state;
                source = heard.map(|(fact, _, _)| fact.source);
                same = counts.and_then(|_| self.facts.same_since(&instance));
            }
        }
        let rests = self.ledger.maintenance().may_rest(component, side, mode) && observed == Some(Mode::Stopped);
        let mode = if rests { Some(Mode::Stopped) } else { mode };
        PlacementView {
            site: self.setup.cluster.site(side).clone(),
            host: component.host(side).clone(),
            wanted: mode,
            observed,
            detail: words.join(", "),
            state: shown,
            source,
            since_ms: same.map(|since| millis(now.steady, since)),
            age_ms,
            agrees: mode.is_some() && mode == observed && running <= 1,
            health: self.placement_health(component, side, mode, now),
        }
    }

    /// The host is fenced and silent, so nothing of it runs.
    pub(super) fn off(&self, host: &crate::core::model::HostName, now: Now) -> bool {
        is_off(&self.signals(host, now))
    }

    fn troubles(&self, hosts: &[HostView], components: &[ComponentView], runs: &[RunView]) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        let mut add = |key: String, what: String, remedy: &str| troubles.push(Trouble { key, what, remedy: remedy.to_owned() });
        if let Some(why) = self.gate.broken() {
            add(
                "monitor.state_dir".into(),
                format!("the journal cannot be written: {why}"),
                "make room or mend the disk; nothing is done until then",
            );
        }
        if let Some(why) = &self.unserved {
            add("monitor.metrics".into(), why.clone(), "free that address, or write another one; everything else goes on meanwhile");
        }
        for run in runs.iter().filter(|r| r.doubt.is_some()) {
            let doubt = run.doubt.clone().unwrap_or_default();
            add(
                format!("run {}", run.run),
                doubt,
                "it is asked about until its host answers, and nothing else is done with these components meanwhile: bring the host back",
            );
        }
        for host in hosts.iter().filter(|h| h.answers == Some(false)) {
            let why = host.why.clone().unwrap_or_else(|| "no answer in time".into());
            add(
                format!("hosts.{}", host.name),
                format!("{} does not answer: {why}", host.name),
                "bring it back; nothing planned is done meanwhile",
            );
        }
        let answering = |host: &crate::core::model::HostName| hosts.iter().any(|h| h.name == *host && h.answers == Some(true));
        for (host, mark) in self.ledger.by_hand().iter().filter(|(_, mark)| !mark.resumed) {
            let still = runs.iter().filter(|run| self.ledger.stands_still(run.run)).map(|run| run.run.to_string());
            let still = still.collect::<Vec<_>>().join(", ");
            let still = if still.is_empty() { still } else { format!("; run {still} stands still until then") };
            add(
                format!("hosts.{host}"),
                format!("{host} was operated by hand under term {}: {}", mark.under, mark.deed),
                &format!(
                    "look at what runs where, take it as it is with `switchtower adopt --site SITE` if that was right, and let the monitor act again with `switchtower resume`{still}"
                ),
            );
        }
        for (host, Refusal { why, .. }) in self.unguarded.iter().filter(|(host, refusal)| answering(host) && !refusal.away) {
            add(
                format!("hosts.{host}"),
                format!("{host} has no term protection: {}", without_host(why, host)),
                "mend that before a role is moved there",
            );
        }
        if self.ledger.wanted() == Wanted::Unset {
            let remedy =
                "if everything is stopped: `switchtower start`; if both sides run something: stop what is on the wrong side by hand";
            add("cluster".into(), "it is not known which side is to serve".into(), remedy);
        }
        for component in components {
            for p in component.placements.iter().filter(|p| !p.agrees && p.wanted.is_some() && p.observed.is_some()) {
                let (Some(wanted), Some(observed)) = (p.wanted, p.observed) else { continue };
                let key = format!("components.{}", component.name);
                let is = if wanted == observed { "runs in both modes".to_owned() } else { format!("is {observed}") };
                let what = format!("{} on {} ({}) should be {wanted} and {is}: {}", component.name, p.host, p.site, p.detail);
                add(key, what, &self.remedy(p, answering(&p.host)));
            }
        }
        troubles
    }

    /// What to do about a placement that is not as wanted.
    fn remedy(&self, p: &PlacementView, answers: bool) -> String {
        let host = &p.host;
        let starts = self.ledger.wanted().side().filter(|_| p.observed == Some(Mode::Stopped));
        let starts = starts.map(|side| format!("`switchtower start --site {}` starts it", self.setup.cluster.site(side)));
        match (answers, starts) {
            (false, Some(starts)) => format!("bring {host} back; then {starts}"),
            (false, None) => format!("bring {host} back"),
            (true, Some(starts)) => format!("{starts}; {} says why it does not run", self.log_of(host)),
            (true, None) => format!("look why in {}", self.log_of(host)),
        }
    }

    /// Where what runs on `host` says why it does what it does.
    fn log_of(&self, host: &crate::core::model::HostName) -> String {
        let of_service = self.setup.cluster.instances().any(|(.., i)| i.host == *host && matches!(i.service, Service::Process(_)));
        if of_service { format!("the log of the host service on {host}") } else { format!("journalctl on {host}") }
    }

    pub(super) fn run_view(&self, id: RunId) -> Option<RunView> {
        self.ledger.run(id).map(|log| RunView::of(id, log))
    }
}

/// One word for the whole cluster.
fn verdict(hosts: &[HostView], components: &[ComponentView], runs: &[RunView], wanted: Wanted) -> Verdict {
    if !runs.is_empty() {
        return Verdict::Moving;
    }
    let all = || components.iter().flat_map(|c| &c.placements);
    let down = |p: &PlacementView| p.wanted == Some(Mode::Active) && p.observed.is_some_and(|o| o != Mode::Active);
    let gone = |p: &PlacementView| p.wanted == Some(Mode::Active) && p.health.as_ref().is_some_and(|judged| judged.health == Health::Down);
    if all().any(|p| down(p) || gone(p)) {
        return Verdict::Down;
    }
    let dumb = |p: &PlacementView| p.health.as_ref().is_some_and(|judged| judged.health == Health::Degraded);
    let dead = hosts.iter().any(|host| host.health.health == Health::Down);
    if dead || all().any(|p| dumb(p) || (p.observed.is_some() && p.wanted.is_some() && !p.agrees)) {
        return Verdict::Degraded;
    }
    if wanted == Wanted::Unset || all().any(|p| p.observed.is_none()) { Verdict::Unknown } else { Verdict::Ok }
}

pub(super) fn millis(now: Instant, then: Instant) -> u64 {
    u64::try_from(now.checked_duration_since(then).unwrap_or(Duration::ZERO).as_millis()).unwrap_or(u64::MAX)
}

/// Drivers begin their words with the host; where it stands before them already it is left out.
fn without_host<'a>(why: &'a str, host: &crate::core::model::HostName) -> &'a str {
    let mut rest = why;
    while let Some(shorter) = rest.strip_prefix(host.as_str()).and_then(|rest| rest.strip_prefix(": ")) {
        rest = shorter;
    }
    rest
}
