//! The example files load without a problem, and say what they are meant to say.

use super::*;
use crate::core::model::Ready;
use crate::core::model::{
    Acceptance, AcceptanceProbe, AfterFailover, Component, Device, Fence, GroupName, HostName, Initiative, Policy, Rescue, Service,
    Sharing, Side, Trigger, Veto, When,
};
use std::time::Duration;

pub(super) const MINIMAL: &str = include_str!("../../../config/minimal.toml");
pub(super) const WEB_AND_DB: &str = include_str!("../../../config/web-and-db.toml");
pub(super) const DATAMOVER: &str = include_str!("../../../config/datamover.toml");
pub(super) const DATAMOVER_16: &str = include_str!("../../../config/datamover-16.10.toml");
pub(super) const HOST: &str = include_str!("../../../config/host.toml");
pub(super) const ALL: [&str; 4] = [MINIMAL, WEB_AND_DB, DATAMOVER, DATAMOVER_16];

#[test]
fn every_example_loads_without_a_problem() {
    for example in ALL {
        assert_eq!(right(example).warnings, []);
    }
}

#[test]
fn the_example_of_a_host_service_loads_without_a_problem_and_fits_the_cluster() {
    let host = parse_host(HOST, "host.toml").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(host.warnings, []);
    let cluster = right(WEB_AND_DB);
    assert_eq!(host.cluster, cluster.cluster.name);
    let access = &cluster.hosts[&HostName::new("jobs-south").unwrap()];
    assert_eq!(access.host_service.as_ref(), Some(&host.socket));
    let jobs = &host.processes[&crate::core::model::ProcessName::new("jobs").unwrap()];
    assert_eq!((jobs.ready, jobs.stop_timeout), (Ready::Notify, Duration::from_secs(20)));
    assert_eq!((jobs.directory.as_deref(), jobs.environment["JOBS_WORKERS"].as_str()), (Some(Path::new("/srv/jobs")), "4"));
    assert_eq!(jobs.command, ["/usr/bin/jobs", "--listen", "127.0.0.1:8080"]);
    let mailer = &host.processes[&crate::core::model::ProcessName::new("mailer").unwrap()];
    assert_eq!((mailer.ready, mailer.stop_timeout), (Ready::Lives(Duration::from_millis(200)), Duration::from_secs(10)));
    let names = ["jobs", "mailer"].map(|name| crate::core::model::ProcessName::new(name).unwrap());
    let claimed = cluster.cluster.instances().filter_map(|(.., i)| if let Service::Process(p) = i.service { Some(p.name) } else { None });
    assert!(claimed.into_iter().all(|name| names.contains(&name)));
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
    assert_eq!((&app.trigger, app.rescue, &app.acceptance, app.stops_when_limited), (&Trigger::Any, Rescue::default(), &None, false));
    assert_eq!(loaded.cluster.policy, Policy { initiative: Initiative::ObserveOnly, ..Policy::default() });
    assert_eq!(right(&MINIMAL.replace("mode = \"observe-only\"", "")).cluster.policy, Policy::default());
    assert!(loaded.cluster.hosts.values().all(|host| host.fence.is_none()));
    assert_eq!(loaded.monitor.site, None);
}

#[test]
fn the_annotated_example_is_read_to_the_last_key() {
    let loaded = right(WEB_AND_DB);
    assert_eq!(loaded.label.as_deref(), Some("production"));
    assert_eq!(loaded.monitor.operators.as_deref(), Some("cluster-operators"));
    assert_eq!(loaded.monitor.metrics, Some(([127, 0, 0, 1], 9464).into()));
    assert_eq!(loaded.ssh.identities, [Path::new("/etc/switchtower/id_ed25519")]);
    let db = &loaded.hosts[&HostName::new("db-north").unwrap()];
    assert_eq!((db.address.as_deref(), db.user.as_deref(), db.port), (Some("10.0.0.11"), Some("root"), Some(22)));
    assert_eq!(db.jump, ["bastion"]);
    let db = loaded.cluster.components.values().find(|c| c.name.as_str() == "db").unwrap();
    assert_eq!((db.timeouts.start_ms, db.timeouts.stop_ms, db.point_of_no_return), (120_000, 60_000, true));
    assert_eq!(db.rescue, Rescue { attempts: 2, hold_down_ms: 300_000 });
    let probe = AcceptanceProbe::Command { argv: vec!["pg_isready".into(), "-q".into()] };
    assert_eq!(db.acceptance, Some(Acceptance { probe, timeout_ms: 10_000 }));
    let web = loaded.cluster.components.values().find(|c| c.name.as_str() == "web").unwrap();
    let probe = AcceptanceProbe::Tcp { host: "www.example.net".into(), port: 443 };
    assert_eq!(web.acceptance, Some(Acceptance { probe, timeout_ms: 5_000 }));
    assert_eq!(web.trigger, Trigger::AllOf { group: GroupName::new("front").unwrap() });
    assert_eq!(loaded.monitor.site.as_ref().map(|site| site.as_str()), Some("office"));
    let fence = |host: &str| loaded.cluster.hosts[&HostName::new(host).unwrap()].fence.clone().unwrap();
    let options = [("ip", "10.9.0.11"), ("username", "switchtower"), ("lanplus", "1")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let device = Device::Agent { agent: "fence_ipmilan".into(), options, secrets: Some("/etc/switchtower/fence-db-north".into()) };
    assert_eq!(fence("db-north"), Fence { device, timeout_ms: 30_000 });
    let device = Device::Command { argv: vec!["/usr/local/sbin/power".into(), "web-north".into()] };
    assert_eq!(fence("web-north"), Fence { device, timeout_ms: 60_000 });
    let jobs = &loaded.hosts[&HostName::new("jobs-north").unwrap()];
    assert_eq!(jobs.host_service.as_deref(), Some(Path::new("/run/switchtower-host/socket")));
    assert_eq!(jobs.self_stop, Some(Duration::from_secs(30)));
    let bastion = loaded.cluster.hosts.values().find(|h| h.name.as_str() == "bastion").unwrap();
    assert_eq!((bastion.side, &bastion.fence), (None, &None));
    let hooks: Vec<_> = loaded.cluster.hooks.values().map(|h| (h.name.as_str(), h.when, h.veto, h.to)).collect();
    assert_eq!(hooks, [("drain", When::Before, Veto::Planned, Some(Side::Secondary)), ("update-dns", When::After, Veto::Never, None)]);
    let drain = loaded.cluster.hooks.values().next().unwrap();
    assert_eq!((drain.run.len(), drain.undo.is_some(), drain.status.is_some(), drain.timeout_ms), (3, true, true, 60_000));
}

#[test]
fn the_data_mover_has_all_its_roles() {
    let cluster = right(DATAMOVER).cluster;
    let of_group = cluster.components.values().filter(|c| c.group.as_ref().is_some_and(|g| g.as_str() == "agents"));
    assert_eq!(of_group.count(), 3);
    let both: Vec<_> = cluster.components.values().filter(|c| c.sharing() == Sharing::ActiveStandby).map(|c| c.name.as_str()).collect();
    assert_eq!(both, ["repository", "sync"]);
    assert_eq!(cluster.instances().filter(|(_, side, ..)| *side == Side::Primary).count(), 10 + 2);
}

#[test]
fn each_release_of_the_data_mover_has_its_own_rules() {
    let profile = |text| {
        let cluster = right(text).cluster;
        let named = |wanted: &dyn Fn(&Component) -> bool| -> Vec<String> {
            cluster.components.values().filter(|c| wanted(c)).map(|c| c.name.to_string()).collect()
        };
        let agents = Trigger::AllOf { group: GroupName::new("agents").unwrap() };
        assert_eq!(named(&|c| c.trigger == agents), ["agent/a", "agent/b", "agent/c"]);
        assert!(cluster.hosts.values().all(|host| host.fence.is_some()));
        let (any, watch) = (named(&|c| c.trigger == Trigger::Any), named(&|c| c.trigger == Trigger::Watch));
        (any, watch, named(&|c| c.stops_when_limited), cluster.policy.after_failover)
    };
    let words = |list: &[&str]| list.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let release_20 = (
        words(&["broker", "daemon", "repository", "rest"]),
        words(&["sync", "sync-monitor", "transfer"]),
        words(&["sync", "sync-monitor"]),
        AfterFailover::Limited,
    );
    assert_eq!(profile(DATAMOVER), release_20);
    let release_16 = (
        words(&["daemon", "rest", "sync"]),
        words(&["broker", "repository", "sync-monitor", "transfer"]),
        words(&[]),
        AfterFailover::Reversed,
    );
    assert_eq!(profile(DATAMOVER_16), release_16);
}
