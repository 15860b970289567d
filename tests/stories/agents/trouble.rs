//! A monitor dies in the middle of an agent's start.

use super::*;
use crate::support::wait;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_monitor_that_is_killed_in_the_middle_of_a_start_settles_it_in_its_next_life_without_starting_twice() {
    let app = component("app", "", EXEC).replace("start_timeout = \"8s\"", "start_timeout = \"60s\"");
    // What clients reach comes after it: until that has started there is a way back.
    let front = component("front", "after = [\"app\"]", "ocf = \"ocf:heartbeat:Dummy\"");
    let cluster = cluster(&(app + &front));
    install_app(&cluster);
    let (a1, b1) = (cluster.host("a1"), cluster.host("b1"));
    start_app(a1, "active");
    a1.sh("touch /run/resource-agents/Dummy-front.state");
    b1.sh("touch /etc/app.hangs");
    let mut monitor = cluster.monitor();
    cluster.wait_for("it is seen", |status| status["verdict"] == "ok");
    cluster.expect(6, &["switchover", "--confirm", "south", "--wait", "0"]);
    wait::until("the start to hang", LONG, || told(b1, "start") == 1 && lives(b1, "sleep 47[2]"));
    monitor.signal(rustix::process::Signal::KILL);
    drop(monitor);
    assert!(lives(b1, "sleep 47[2]"), "the action goes on without the monitor");
    let _next = cluster.monitor_under(&[]);
    wait::until_value("the run is over", LONG, || cluster.status(), |status| status["open_runs"].as_array().is_some_and(Vec::is_empty));
    let report = cluster.expect(0, &["report", "r3"]).out;
    assert_eq!(cluster.expect_end("r3"), "nothing-changed", "{report}");
    assert!(!lives(b1, "sleep 47[12]"), "the next life has ended it: {}", b1.sh("ps -ef"));
    assert_eq!((told(b1, "start"), runs(a1), runs(b1)), (1, true, false));
}
