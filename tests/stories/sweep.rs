//! The monitor is killed at every point of its journal, and the run afterwards finishes or is undone, with no step done twice.
//!
//! A tracer kills the monitor at its n-th append, either before the entries reach the file (what they follow from has
//! happened, and nobody noted it) or after (they are noted, and what follows from them has not happened). In a third pass
//! the last entry is cut off as well, whole or torn: what a crash in the middle of an append leaves.

use crate::support::cluster::{Cluster, SOON, Settings, table};
use crate::support::wait;
use serde_json::Value;
use std::path::Path;

const SHOP: [(&str, &[&str]); 3] = [("db", &[]), ("app", &["db"]), ("web", &["app"])];

/// Where the monitor dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// The entries are not in the file.
    BeforeWriting,
    /// They are in the file, and nothing was done because of them.
    BeforeSyncing,
    /// As before, and the last of them is lost.
    LastEntryLost,
    /// As before, and the last of them is torn.
    LastEntryTorn,
}

/// Appends of one switchover or failover of three components: the opening with the first step (and the decision before it),
/// five answers with the next step each, and the last answer with the end.
const APPENDS: u32 = 7;

/// What sets a run off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// Somebody types a switchover.
    Typed,
    /// Somebody types a switchback.
    Back,
    /// A component dies, and the monitor moves the cluster by itself.
    Death,
}

fn sweep(cause: Cause, death: Death) {
    let cluster = Cluster::boot(&SHOP);
    if cause == Cause::Death {
        let components: String = SHOP.iter().map(|(name, after)| format!("{}rescue_attempts = 0\n", table(name, after))).collect();
        let failover = "after = \"reversed\"\nquiet = \"0s\"";
        cluster.configure_all(&Settings { failover, components: &components, ..Settings::default() });
    }
    drop(cluster.monitor()); // The side is adopted; from here on every life begins with one append, the taking of the term.
    let mut serving = "a1";
    let mut finished = 0;
    for append in 1..=APPENDS {
        if cause == Cause::Back && serving == "a1" {
            let _monitor = cluster.monitor();
            cluster.expect(0, &["switchover", "--to", "south", "--confirm", "south"]);
            serving = "b1";
        }
        let (old, new) = if serving == "a1" { ("a1", "b1") } else { ("b1", "a1") };
        let before = counts(&cluster);
        kill_at(&cluster, append + 1, death, || match cause {
            Cause::Typed | Cause::Back => {
                let site = if new == "b1" { "south" } else { "north" };
                let verb: &[&str] = if cause == Cause::Back { &["switchback"] } else { &["switchover", "--to", site] };
                // Its hosts have taken the term of this life; asking for a plan appends nothing.
                let planned = || cluster.say(&[verb, &["--dry-run"]].concat()).code == 0;
                crate::support::wait::until("the hosts take its acts", crate::support::cluster::SOON, planned);
                let said = cluster.say(&[verb, &["--confirm", site, "--wait", "0"]].concat());
                assert!([0, 6].contains(&said.code) || append == 1, "{}\n{}", said.out, said.err);
            }
            Cause::Death => cluster.host(old).kill_unit("web.service", "KILL"),
        });
        if matches!(death, Death::LastEntryLost | Death::LastEntryTorn) {
            cut_last_entry(&cluster.journal(), death == Death::LastEntryTorn);
        }
        let monitor = cluster.monitor();
        let over = |s: &Value| s["open_runs"].as_array().is_some_and(Vec::is_empty);
        cluster.wait_for(&format!("the run of append {append} is over"), over);
        let status = cluster.wait_for("the picture agrees with what is wanted", |s| over(s) && s["verdict"] == "ok");
        serving = if status["active"] == "north" { "a1" } else { "b1" };
        cluster.assert_serves(serving);
        assert_no_step_twice(&before, &counts(&cluster), old, serving, append);
        finished += u32::from(serving == new);
        drop(monitor);
    }
    assert!(finished >= APPENDS - 1, "only {finished} of {APPENDS} runs went on; a run that is open is resumed, not dropped");
}

/// How often each component was started on each host.
fn counts(cluster: &Cluster) -> Vec<(&'static str, &'static str, usize)> {
    let each = |host| SHOP.iter().map(move |(c, _)| (host, *c));
    each("a1").chain(each("b1")).map(|(host, c)| (host, c, cluster.starts(host, c))).collect()
}

/// On the side that serves now each component was started once if it moved there, and nothing else was started.
fn assert_no_step_twice(
    before: &[(&'static str, &'static str, usize)],
    after: &[(&'static str, &'static str, usize)],
    old: &str,
    serving: &str,
    append: u32,
) {
    for ((host, component, was), (_, _, is)) in before.iter().zip(after) {
        let expected = usize::from(*host == serving && serving != old);
        assert_eq!(is - was, expected, "starts of {component} on {host} after a death at append {append}");
    }
}

/// Sets a run off and kills the monitor at its n-th append to the journal.
pub(crate) fn kill_at(cluster: &Cluster, append: u32, death: Death, set_off: impl FnOnce()) {
    let call = if death == Death::BeforeWriting { "write" } else { "fdatasync" };
    let journal = cluster.journal();
    let trace = cluster.lab.dir().join("trace");
    let inject = format!("inject={call}:signal=KILL:when={append}");
    let wrapper = ["strace", "-f", "-qq", "-o", trace.to_str().unwrap(), "-P", journal.to_str().unwrap(), "-e", &inject];
    let mut monitor = cluster.monitor_under(&wrapper);
    cluster.wait_for("the monitor knows both hosts", |s| s["verdict"] == "ok");
    set_off();
    wait::until("the monitor is killed", SOON, || monitor.status().is_some());
}

fn cut_last_entry(journal: &Path, torn: bool) {
    let bytes = std::fs::read(journal).unwrap();
    let start = bytes[..bytes.len() - 1].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    let end = if torn { start + (bytes.len() - start) / 2 } else { start };
    std::fs::write(journal, &bytes[..end]).unwrap();
}

#[test]
fn killed_before_any_append_the_run_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Typed, Death::BeforeWriting);
}

#[test]
fn killed_after_any_append_the_run_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Typed, Death::BeforeSyncing);
}

#[test]
fn killed_with_the_last_entry_lost_the_run_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Typed, Death::LastEntryLost);
}

#[test]
fn killed_with_the_last_entry_torn_the_run_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Typed, Death::LastEntryTorn);
}

#[test]
fn killed_before_any_append_of_a_switchback_it_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Back, Death::BeforeWriting);
}

#[test]
fn killed_after_any_append_of_a_switchback_it_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Back, Death::BeforeSyncing);
}

#[test]
fn killed_before_any_append_of_a_failover_it_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Death, Death::BeforeWriting);
}

#[test]
fn killed_after_any_append_of_a_failover_it_goes_on_and_no_step_is_done_twice() {
    sweep(Cause::Death, Death::BeforeSyncing);
}

#[test]
fn killed_with_the_last_entry_of_a_failover_lost_or_torn_it_goes_on_and_no_step_is_done_twice() {
    for death in [Death::LastEntryLost, Death::LastEntryTorn] {
        sweep(Cause::Death, death);
    }
}
