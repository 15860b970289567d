//! The example files load without a problem, and say what they are meant to say.

use super::*;
use crate::core::model::{Sharing, Side};
use std::time::Duration;

pub(super) const MINIMAL: &str = include_str!("../../../config/minimal.toml");
pub(super) const WEB_AND_DB: &str = include_str!("../../../config/web-and-db.toml");
pub(super) const DATAMOVER: &str = include_str!("../../../config/datamover.toml");
pub(super) const ALL: [&str; 3] = [MINIMAL, WEB_AND_DB, DATAMOVER];

#[test]
fn every_example_loads_without_a_problem() {
    for example in ALL {
        assert_eq!(right(example).warnings, []);
    }
}

#[test]
fn the_smallest_example_gets_every_default() {
    let loaded = right(MINIMAL);
    assert_eq!(loaded.cluster.name.as_str(), "shop");
    assert_eq!((loaded.label, loaded.allow_loopback), (None, false));
    assert_eq!(loaded.monitor.interval, Duration::from_secs(2));
    assert_eq!(loaded.monitor.run_dir, Path::new("/run/switchtower"));
    assert_eq!((loaded.monitor.journal_segment, loaded.monitor.journal_segments), (8 << 20, 16));
    assert_eq!((loaded.ssh.connect_timeout, loaded.ssh.keepalive_max, loaded.ssh.agent), (Duration::from_secs(5), 3, true));
    assert!(loaded.hosts.values().all(|access| *access == HostAccess::default()));
    let app = loaded.cluster.components.values().next().unwrap();
    assert_eq!((app.timeouts, app.point_of_no_return, app.sharing()), (Default::default(), false, Sharing::Exclusive));
}

#[test]
fn the_annotated_example_is_read_to_the_last_key() {
    let loaded = right(WEB_AND_DB);
    assert_eq!(loaded.label.as_deref(), Some("production"));
    assert_eq!(loaded.monitor.operators.as_deref(), Some("cluster-operators"));
    assert_eq!(loaded.ssh.identities, [Path::new("/etc/switchtower/id_ed25519")]);
    let db = &loaded.hosts[&crate::core::model::HostName::new("db-north").unwrap()];
    assert_eq!((db.address.as_deref(), db.user.as_deref(), db.port), (Some("10.0.0.11"), Some("root"), Some(22)));
    assert_eq!(db.jump, ["bastion"]);
    let db = loaded.cluster.components.values().find(|c| c.name.as_str() == "db").unwrap();
    assert_eq!((db.timeouts.start_ms, db.timeouts.stop_ms, db.point_of_no_return), (120_000, 60_000, true));
    let bastion = loaded.cluster.hosts.values().find(|h| h.name.as_str() == "bastion").unwrap();
    assert_eq!(bastion.side, None);
}

#[test]
fn the_data_mover_has_all_its_roles() {
    let cluster = right(DATAMOVER).cluster;
    let of_group = cluster.components.values().filter(|c| c.group.as_ref().is_some_and(|g| g.as_str() == "agents"));
    assert_eq!(of_group.count(), 3);
    let both: Vec<_> = cluster.components.values().filter(|c| c.sharing() == Sharing::ActiveStandby).map(|c| c.name.as_str()).collect();
    assert_eq!(both, ["repository", "sync"]);
    assert_eq!(cluster.instances().filter(|(_, side, ..)| *side == Side::Primary).count(), 9 + 2);
}
