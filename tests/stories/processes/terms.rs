//! Terms on a host service: a monitor of an older life can do nothing there.

use crate::support::cluster::Settings;
use crate::support::processes::Served;
use std::process::Command;

#[test]
fn a_monitor_with_an_older_journal_is_refused_and_changes_nothing() {
    let served = Served::boot(&Settings { failover: "mode = \"observe-only\"", ..Settings::default() });
    let mut first = served.monitor();
    served.start();
    first.kill();
    // What somebody brings back from a backup: the journal as it is now.
    let (dir, old) = (served.cluster.lab.dir().join("state"), served.cluster.lab.dir().join("old"));
    assert!(Command::new("cp").arg("-a").arg(&dir).arg(&old).status().unwrap().success());
    let mut second = served.cluster.monitor();
    served.cluster.expect(0, &["switchover", "--confirm", "south"]);
    second.kill();
    std::fs::rename(&dir, served.cluster.lab.dir().join("new")).unwrap();
    std::fs::rename(&old, &dir).unwrap();

    let _third = served.cluster.monitor_under(&[]);
    let status = served.cluster.wait_for("the hosts refuse it", |s| s["troubles"].to_string().contains("same term"));
    assert!(status["troubles"].to_string().contains("a1") && status["troubles"].to_string().contains("b1"), "{status}");
    let refused = served.cluster.say(&["switchover", "--confirm", "south"]);
    assert_eq!(refused.code, 3, "{} {}", refused.out, refused.err);
    served.assert_serves("b1");
}
