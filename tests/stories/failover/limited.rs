//! After a failover: the old side follows the new one, or the cluster is limited and says which protection is off.

use super::{NO_RESCUE, done, moved_to, runs};
use crate::support::cluster::{Cluster, Settings, table};
use crate::support::service::ServiceSpec;
use std::collections::BTreeSet;

/// `db`, `batch` that stops while limited, and `sync` that is active on one side and standby on the other.
fn shop_with_standby(failover: &str) -> Cluster {
    let cluster = Cluster::boot(&[("db", &[]), ("batch", &["db"])]);
    for host in ["a1", "b1"] {
        cluster.lab.service_unit(host, "sync@.service", ServiceSpec::Simple);
    }
    cluster.host("a1").sh("systemctl start sync@active.service");
    cluster.host("b1").sh("systemctl start sync@standby.service");
    let place = |host: &str| format!("{{ host = {host:?}, active = \"sync@active.service\", standby = \"sync@standby.service\" }}");
    let components = format!(
        "{}{NO_RESCUE}\n{}when_limited = \"stop\"\n[components.sync]\nsharing = \"active-standby\"\nafter = [\"db\"]\nprimary = {}\nsecondary = {}\n",
        table("db", &[]),
        table("batch", &["db"]),
        place("a1"),
        place("b1")
    );
    cluster.configure_all(&Settings { failover, components: &components, ..Settings::default() });
    cluster
}

/// The modes in which `sync` runs on a1, then on b1.
fn sync(cluster: &Cluster) -> [Vec<&'static str>; 2] {
    let runs = |host: &str, mode: &str| cluster.host(host).is_active(&format!("sync@{mode}.service"));
    ["a1", "b1"].map(|host| ["active", "standby"].into_iter().filter(|mode| runs(host, mode)).collect())
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn with_the_reversed_profile_the_old_side_follows_the_new_one() {
    let cluster = shop_with_standby("after = \"reversed\"");
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("db.service", "KILL");
    let status = moved_to(&cluster, "south");
    assert_eq!(runs(&cluster), [done("failover")]);
    assert_eq!(sync(&cluster), [vec!["standby"], vec!["active"]]);
    cluster.assert_serves("b1");
    assert!(status["protection_off"].is_null(), "{status}");
    let status = cluster.wait_for("the picture agrees with what is wanted", |s| s["verdict"] == "ok");
    assert_eq!(status["wanted"]["wanted"], "active");
}

#[test]
fn with_the_limited_profile_nothing_follows_and_one_line_says_which_protection_is_off() {
    let cluster = shop_with_standby("");
    let _monitor = cluster.monitor();
    cluster.host("a1").kill_unit("db.service", "KILL");
    moved_to(&cluster, "south");
    assert_eq!(runs(&cluster), [done("failover")]);
    assert_eq!(sync(&cluster), [vec![], vec!["active"]]);
    assert_eq!((cluster.running("a1"), cluster.running("b1")), (names(&[]), names(&["db"])));
    let status = cluster.wait_for("what is limited is as it should be", |s| s["verdict"] == "ok");
    assert_eq!(status["wanted"]["wanted"], "limited");
    let shown = cluster.expect(0, &["status"]).out;
    let line = shown.lines().find(|line| line.contains("LIMITED since failover")).unwrap_or_else(|| panic!("{shown}"));
    for word in ["south serves alone", "nothing of sync follows", "batch does not run", "no second failover", "switchtower switchback"] {
        assert!(line.contains(word), "{word:?} is not in: {line}");
    }

    // Even a loss that would move it moves nothing while it is limited.
    cluster.host("b1").kill_unit("db.service", "KILL");
    cluster.wait_for("it holds", |s| super::holds(s).contains("limited after a failover"));
    super::two_looks(&cluster, "b1");
    assert_eq!(runs(&cluster), [done("failover")]);

    cluster.expect(0, &["switchback", "--confirm", "north"]);
    assert_eq!(sync(&cluster), [vec!["active"], vec!["standby"]]);
    cluster.assert_serves("a1");
    let status = cluster.wait_for("it is protected again", |s| s["verdict"] == "ok");
    assert!(status["protection_off"].is_null(), "{status}");
}
