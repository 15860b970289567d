//! What the figures are called, what they mean, and how they come of a status and of the journal. No I/O.
//!
//! Label values are the cluster's own names, checked when the configuration was read, and words of the program.

use crate::core::command::End;
use crate::core::model::Mode;
use crate::core::pair::Part;
use crate::core::plan::Wanted;
use crate::core::readiness::Verdict as Ready;
use crate::core::record::{Body, Record, RunId, Stance};
use crate::core::run::RunEvent;
use crate::core::trigger::{Acts, Choice};
use crate::probe::{BOUNDS_MS, Punctuality};
use crate::wire::{RunView, StatusView, Verdict};
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

mod series;

/// How long runs take: of a fence by word to that of a database that stops slowly.
const DURATIONS: [f64; 12] = [0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
/// Runs whose beginning is kept for their end. There are never so many open.
const MOST_OPEN: usize = 1024;

/// Every gauge, with what it says.
const GAUGES: [(&str, &str); 24] = [
    ("switchtower_build_info", "Always 1; the version is a label."),
    ("switchtower_verdict", "1 for the one word that says how the cluster is, 0 for the others."),
    ("switchtower_site_active", "1 for the site that is to serve, 0 for the other."),
    ("switchtower_component_wanted", "What it should be doing: 2 active, 1 standby, 0 stopped, -1 nobody has said."),
    ("switchtower_component_observed", "What it does: 2 active, 1 standby, 0 stopped, -1 not known."),
    ("switchtower_component_as_wanted", "1 where wanted and observed are both known and the same."),
    ("switchtower_component_fact_age_seconds", "Age of the oldest fact behind what was observed."),
    ("switchtower_host_reachable", "1 it answered the last look, 0 it did not, -1 it was not looked at yet."),
    ("switchtower_host_answer_age_seconds", "Age of its last answer, and so of all facts about it."),
    ("switchtower_lease_term", "The term under which this monitor acts."),
    ("switchtower_standby_behind_entries", "Of two monitors: entries of the journal that the one that follows does not have yet."),
    (
        "switchtower_acting",
        "1 where the monitor acts by itself: mode automatic, a site that serves, a journal that can be written; of two monitors, the one that acts, while the other one has the journal.",
    ),
    ("switchtower_mode", "1 for the mode that holds, 0 for the others."),
    ("switchtower_journal_writable", "1 while acts can be journaled; without it nothing is done."),
    ("switchtower_journal_index", "Index of the journal's last entry."),
    ("switchtower_switchover_ready", "1 where a switchover would be done now, 0 where something is in its way or not known."),
    ("switchtower_protection_off", "1 while a protection is off since a failover."),
    ("switchtower_open_runs", "Runs that are not over."),
    ("switchtower_troubles", "Things that are wrong, as status lists them."),
    ("switchtower_maintenance_objects", "Hosts and components in maintenance."),
    ("switchtower_maintenance", "A host or component in maintenance, by its kind: unmanaged or standby; always 1."),
    ("switchtower_last_failover_age_seconds", "Time since the last automatic failover; absent where there was none."),
    ("switchtower_last_failover_acknowledged", "1 where somebody has acknowledged it; absent where there was none."),
    ("switchtower_event_queue_length", "Events that wait for the monitor's state task."),
];

/// The figures of one status, while `waiting` events wait. Those of each host and placement are written as they come: a
/// recorder of all of them would take a dozen times the page.
pub(super) fn page(status: &StatusView, waiting: usize) -> String {
    // Anew each time: what is no longer there must not be told for ever.
    let recorder = PrometheusBuilder::new().build_recorder();
    with_local_recorder(&recorder, || {
        for (name, about) in GAUGES {
            describe_gauge!(name, about);
        }
        gauge!("switchtower_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        cluster(status);
        gauge!("switchtower_event_queue_length").set(number(waiting));
    });
    let mut text = recorder.handle().render();
    series::hosts(&mut text, &status.hosts);
    series::placements(&mut text, &status.components);
    text
}

/// What a gauge says.
fn about(name: &str) -> &'static str {
    GAUGES.iter().find(|(gauge, _)| *gauge == name).map_or("", |(_, about)| about)
}

/// How late looks begin, as a histogram: it is counted where looks are, so that counting costs them nothing.
pub(super) fn punctual(seen: &Punctuality) -> String {
    let mut text =
        "# HELP switchtower_look_late_seconds How late the looks at hosts begin.\n# TYPE switchtower_look_late_seconds histogram\n"
            .to_owned();
    for (bound, within) in BOUNDS_MS.iter().zip(seen.within) {
        let _ = writeln!(text, "switchtower_look_late_seconds_bucket{{le=\"{}\"}} {within}", seconds(*bound));
    }
    let (looks, overdue, total) = (seen.looks, seen.overdue, seen.total.as_secs_f64());
    let _ = write!(
        text,
        "switchtower_look_late_seconds_bucket{{le=\"+Inf\"}} {looks}\nswitchtower_look_late_seconds_sum {total}\n\
         switchtower_look_late_seconds_count {looks}\n\n\
         # HELP switchtower_looks_overdue_total Looks that began more than a whole interval late; 0 on every good day.\n\
         # TYPE switchtower_looks_overdue_total counter\nswitchtower_looks_overdue_total {overdue}\n"
    );
    text
}

fn cluster(status: &StatusView) {
    for verdict in [Verdict::Ok, Verdict::Moving, Verdict::Unknown, Verdict::Degraded, Verdict::Down] {
        gauge!("switchtower_verdict", "verdict" => verdict.word().to_ascii_lowercase()).set(flag(status.verdict == verdict));
    }
    for site in &status.sites {
        gauge!("switchtower_site_active", "site" => site.to_string()).set(flag(status.active.as_ref() == Some(site)));
    }
    let holds = match status.stance {
        Stance::Automatic => "automatic",
        Stance::ObserveOnly => "observe-only",
        Stance::Paused { .. } => "paused",
    };
    for mode in ["automatic", "observe-only", "paused"] {
        gauge!("switchtower_mode", "mode" => mode).set(flag(mode == holds));
    }
    let writable = status.lease.journal.is_ok();
    let serves = !matches!(status.wanted, Wanted::Unset | Wanted::Stopped);
    gauge!("switchtower_acting").set(flag(writable && serves && status.stance == Stance::Automatic && leads(status)));
    if let Some(behind) = status.lease.pair.as_ref().and_then(|pair| pair.behind) {
        gauge!("switchtower_standby_behind_entries").set(whole(behind));
    }
    gauge!("switchtower_journal_writable").set(flag(writable));
    gauge!("switchtower_journal_index").set(whole(status.sequence));
    gauge!("switchtower_lease_term").set(whole(status.lease.term.0));
    let ready = status.readiness.as_ref().is_some_and(|readiness| readiness.verdict == Ready::Ok);
    gauge!("switchtower_switchover_ready").set(flag(ready));
    gauge!("switchtower_protection_off").set(flag(status.protection_off.is_some()));
    gauge!("switchtower_open_runs").set(number(status.open_runs.len()));
    gauge!("switchtower_troubles").set(number(status.troubles.len()));
    gauge!("switchtower_maintenance_objects").set(number(status.maintenance.len()));
    for view in &status.maintenance {
        let (sort, name, kind) = (view.what.sort(), view.what.name().to_owned(), view.mark.kind.word());
        gauge!("switchtower_maintenance", "object" => sort, "name" => name, "kind" => kind).set(1.0);
    }
    if let Some(last) = &status.last_failover {
        gauge!("switchtower_last_failover_age_seconds").set(seconds(last.age_ms));
        gauge!("switchtower_last_failover_acknowledged").set(flag(last.acknowledged));
    }
}

fn mode(mode: Option<Mode>) -> f64 {
    match mode {
        Some(Mode::Active) => 2.0,
        Some(Mode::Standby) => 1.0,
        Some(Mode::Stopped) => 0.0,
        None => -1.0,
    }
}

fn flag(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// Exact up to 2^53, as every figure of Prometheus.
#[allow(clippy::cast_precision_loss, reason = "Prometheus knows no other numbers")]
fn whole(number: u64) -> f64 {
    number as f64
}

fn number(count: usize) -> f64 {
    whole(u64::try_from(count).unwrap_or(u64::MAX))
}

fn seconds(millis: u64) -> f64 {
    whole(millis) / 1000.0
}

/// What is counted since this life of the monitor began.
pub(super) struct Counted {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    /// Verb and beginning of runs that are not over.
    open: Mutex<BTreeMap<RunId, (String, jiff::Timestamp)>>,
}

impl Counted {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        let named = Matcher::Full("switchtower_run_duration_seconds".to_owned());
        // There are buckets, which is all that this can be refused for; without them it is a summary.
        let builder = PrometheusBuilder::new().set_buckets_for_metric(named, &DURATIONS).unwrap_or_else(|_| PrometheusBuilder::new());
        let recorder = builder.build_recorder();
        with_local_recorder(&recorder, || {
            describe_counter!("switchtower_runs_total", "Runs that are over, since this life of the monitor began.");
            describe_counter!("switchtower_decisions_total", "What the monitor decided by itself, and whether it was carried out.");
            describe_histogram!("switchtower_run_duration_seconds", "From the opening of a run to its end, by the monitor's clock.");
            describe_counter!(
                "switchtower_missed_entries_total",
                "Entries of the journal that were not counted here; 0 on every good day."
            );
            counter!("switchtower_missed_entries_total").absolute(0);
            // What is never seen to begin at 0 is not seen to rise to 1.
            for verb in ["switchover", "switchback", "start", "stop", "rescue", "failover"] {
                for end in ["done", "nothing-changed", "partly"] {
                    counter!("switchtower_runs_total", "verb" => verb, "end" => end).absolute(0);
                }
            }
            for (choice, acts) in [("hold", "nothing"), ("act", "does"), ("act", "would")] {
                counter!("switchtower_decisions_total", "choice" => choice, "acts" => acts).absolute(0);
            }
        });
        let handle = recorder.handle();
        Self { recorder, handle, open: Mutex::default() }
    }

    /// What was counted so far.
    pub(super) fn page(&self) -> String {
        self.handle.render()
    }

    /// A run that an earlier life left open.
    pub(super) fn resumed(&self, run: &RunView) {
        self.open().entry(run.run).or_insert((run.verb.clone(), run.opened));
    }

    /// So many entries went by unread.
    pub(super) fn missed(&self, entries: u64) {
        with_local_recorder(&self.recorder, || counter!("switchtower_missed_entries_total").increment(entries));
    }

    /// Takes an entry in.
    pub(super) fn take(&self, record: &Record) {
        match &record.body {
            Body::RunOpened { plan, .. } => {
                let mut open = self.open();
                open.insert(RunId(record.index), (plan.command.verb().to_owned(), record.at));
                if open.len() > MOST_OPEN {
                    open.pop_first();
                }
            }
            Body::Run { run, event: RunEvent::Closed { end } } => {
                let opened = self.open().remove(run);
                self.over(end, opened, record.at);
            }
            Body::Decided { decision } => {
                let choice = match decision.choice {
                    Choice::Quiet => "quiet",
                    Choice::Hold { .. } => "hold",
                    Choice::Act { .. } => "act",
                };
                let acts = match decision.acts {
                    Acts::Does => "does",
                    Acts::Would => "would",
                    Acts::Nothing => "nothing",
                };
                with_local_recorder(&self.recorder, || {
                    counter!("switchtower_decisions_total", "choice" => choice, "acts" => acts).increment(1);
                });
            }
            _ => {}
        }
    }

    fn over(&self, end: &End, opened: Option<(String, jiff::Timestamp)>, at: jiff::Timestamp) {
        let end = match end {
            End::Done => "done",
            End::NothingChanged { .. } => "nothing-changed",
            End::Partly { .. } => "partly",
        };
        let (verb, took) = match opened {
            // The wall clock may have been set meanwhile.
            Some((verb, began)) => (verb, Some(at.duration_since(began).as_secs_f64()).filter(|took| *took >= 0.0)),
            None => ("unknown".to_owned(), None),
        };
        with_local_recorder(&self.recorder, || {
            counter!("switchtower_runs_total", "verb" => verb.clone(), "end" => end).increment(1);
            if let Some(took) = took {
                histogram!("switchtower_run_duration_seconds", "verb" => verb).record(took);
            }
        });
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<RunId, (String, jiff::Timestamp)>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A copy that is behind for longer than this keeps the monitor from acting by itself.
const COPY_MS: u64 = 3000;

/// Of two monitors, the one that acts, and whose journal the other one has.
fn leads(status: &StatusView) -> bool {
    let Some(pair) = &status.lease.pair else { return true };
    pair.part == Part::Acting && pair.lost.is_none() && !pair.rival && pair.behind_ms.is_none_or(|ms| ms < COPY_MS)
}

#[cfg(test)]
mod tests;
