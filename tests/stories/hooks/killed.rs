//! The monitor dies while hooks run: nothing of them goes on under an older term, and none without a status is run twice.

use super::*;
use crate::support::cluster::SOON;
use crate::support::wait;
use crate::sweep::{Death, kill_at};
use serde_json::Value;

fn over(status: &Value) -> bool {
    status["open_runs"].as_array().is_some_and(Vec::is_empty) && status["verdict"] == "ok"
}

/// How often a hook's command was called with this word on b1.
fn calls(cluster: &Cluster, word: &str) -> usize {
    order(cluster, &["b1"]).iter().filter(|what| *what == word).count()
}

#[test]
fn a_hook_in_the_middle_of_which_the_monitor_is_killed_ends_with_it_and_is_settled_by_its_status_or_taken_back() {
    for (status, finds, end) in [(None, false, "nothing-changed"), (Some("is-ask"), true, "done"), (Some("is-ask"), false, "done")] {
        let cluster = Cluster::bare(&["app"]);
        install(&cluster, &[]);
        let b1 = cluster.host("b1");
        let keys = status.map(|word| format!("status = [\"/usr/local/bin/hook\", {word:?}]")).unwrap_or_default();
        cluster.configure("", &(APP.to_owned() + &hook("ask", "b1", "before", &keys) + &hook("dns", "b1", "after", "")));
        let monitor = cluster.monitor();
        b1.sh("touch /etc/hook.waits.run-ask");
        cluster.expect(6, &["switchover", "--confirm", "south", "--wait", "0"]);
        wait::until("the hook runs", SOON, || calls(&cluster, "run-ask") == 1);
        drop(monitor);
        if status.is_some() && !finds {
            b1.sh("touch /etc/hook.fails.is-ask");
        }
        // Whoever takes the host next ends it; it would wait for ever, as this file stays for those without a status.
        if status.is_some() {
            b1.sh("rm /etc/hook.waits.run-ask");
        }
        let _monitor = cluster.monitor();
        cluster.wait_for("the run is over", over);
        let run = format!("r{}", cluster.entries().iter().rfind(|e| e["kind"] == "run-opened").unwrap()["index"]);
        assert_eq!(cluster.expect_end(&run), end, "{status:?} {finds}");
        assert!(!b1.exec(&["pgrep", "-f", "hook run-as[k]"]).status.success(), "{}", b1.sh("ps -ef"));
        let again = usize::from(status.is_some() && !finds);
        assert_eq!(calls(&cluster, "run-ask"), 1 + again, "only its status can say that it is to be run again");
        assert_eq!(calls(&cluster, "undo-ask"), usize::from(end == "nothing-changed"));
        assert_eq!(calls(&cluster, "run-dns"), usize::from(end == "done"));
        cluster.assert_serves(if end == "done" { "b1" } else { "a1" });
    }
}

/// Appends of a switchover of one component with a hook before and one after: the opening with the first step, four answers
/// of which each has the next step or the end.
const APPENDS: u32 = 5;

#[test]
fn killed_after_any_append_no_hook_without_a_status_runs_twice_and_the_run_comes_to_its_end() {
    let cluster = Cluster::bare(&["app"]);
    install(&cluster, &[]);
    cluster.configure("", &(APP.to_owned() + &hook("ask", "b1", "before", "") + &hook("dns", "b1", "after", "")));
    drop(cluster.monitor());
    let mut serving = "a1";
    for append in 1..=APPENDS {
        let (new, site) = if serving == "a1" { ("b1", "south") } else { ("a1", "north") };
        cluster.host("b1").sh(": >/var/log/order");
        kill_at(&cluster, append + 1, Death::BeforeSyncing, || {
            let planned = || cluster.say(&["switchover", "--to", site, "--dry-run"]).code == 0;
            wait::until("the hosts take its acts", SOON, planned);
            let said = cluster.say(&["switchover", "--to", site, "--confirm", site, "--wait", "0"]);
            assert!([0, 6].contains(&said.code) || append == 1, "{}\n{}", said.out, said.err);
        });
        let monitor = cluster.monitor();
        let status = cluster.wait_for("the run is over", over);
        serving = if status["active"] == "north" { "a1" } else { "b1" };
        cluster.assert_serves(serving);
        let (asked, told) = (calls(&cluster, "run-ask"), calls(&cluster, "run-dns"));
        assert!(asked <= 1 && told <= 1, "append {append}: {:?}", order(&cluster, &["b1"]));
        // Up to the answer of the hook before, nobody can say whether it ran: that counts as a veto.
        assert_eq!(serving == new, append > 1, "append {append}");
        assert_eq!(calls(&cluster, "undo-ask"), usize::from(append == 1), "append {append}");
        drop(monitor);
    }
}
