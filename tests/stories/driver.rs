//! Acting on real hosts over SSH: starts and stops with their outcomes, the guard for terms, pushed changes, watching.

mod acts;
mod guard;
mod looks;
mod service;
mod watching;

use crate::support::lab::Lab;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use switchtower::core::fact::State;
use switchtower::core::model::{ClusterName, HostName, Instance, Service, UnitName};
use switchtower::core::permit::Permit;
use switchtower::core::plan::Action;
use switchtower::core::record::Term;
use switchtower::driver::{Act, Hosts, Options, Outcome, SystemdHosts};
use switchtower::ssh::{self, Pool, Target};

const SOON: Duration = Duration::from_secs(10);

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn service(unit: &str) -> Service {
    Service::Systemd(UnitName::new(unit).unwrap())
}

fn instance(host_name: &str, unit: &str) -> Instance {
    Instance { host: host(host_name), service: service(unit) }
}

fn permit(term: u64) -> Permit {
    Permit::grant(Term(term), "a story".to_owned())
}

fn act(host: &str, unit: &str, action: Action, timeout: Duration) -> Act {
    Act { instance: instance(host, unit), action, timeout }
}

fn start(host: &str, unit: &str) -> Act {
    act(host, unit, Action::Start, SOON)
}

fn stop(host: &str, unit: &str) -> Act {
    act(host, unit, Action::Stop, SOON)
}

/// A new driver for all `hosts` of a lab: as much another monitor as a second process would be.
fn driver(lab: &Lab, hosts: &[&str]) -> Arc<SystemdHosts> {
    driver_as(lab, hosts, "root")
}

/// The same, with another login.
fn driver_as(lab: &Lab, hosts: &[&str], user: &str) -> Arc<SystemdHosts> {
    let options = ssh::Options { config_file: Some("none".into()), use_agent: false, ..ssh::Options::default() };
    let target = |name: &&str| {
        let target = Target {
            user: Some(user.to_owned()),
            address: Some(lab.host(name).ip().to_owned()),
            identity_files: vec![lab.ssh_key()],
            known_hosts: vec![lab.known_hosts()],
            ..Target::new(*name)
        };
        (host(name), target)
    };
    let targets: BTreeMap<HostName, Target> = hosts.iter().map(target).collect();
    Arc::new(SystemdHosts::new(Arc::new(Pool::new(options)), targets, ClusterName::new("ops").unwrap(), Options::default()))
}

/// Runs a story where the lab's controller is: on a thread in its network, with a runtime whose threads are there too.
pub fn inside<T: Send>(lab: &Lab, story: impl Future<Output = T> + Send) -> T {
    let network = lab.ctl_command("true").get_args().find_map(|arg| arg.to_str()?.strip_prefix("--net=").map(str::to_owned)).unwrap();
    std::thread::scope(|scope| {
        let told = scope.spawn(|| {
            let network = std::fs::File::open(network).unwrap();
            rustix::thread::move_into_link_name_space(std::os::fd::AsFd::as_fd(&network), None).unwrap();
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(story)
        });
        told.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[track_caller]
fn done(outcome: &Outcome) -> &str {
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    outcome.detail()
}

#[track_caller]
fn failed(outcome: &Outcome) -> &str {
    assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
    outcome.detail()
}

#[track_caller]
fn not_sent(outcome: &Outcome) -> &str {
    assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    outcome.detail()
}

#[track_caller]
fn unknown(outcome: &Outcome) -> &str {
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    outcome.detail()
}

/// The state of one service by a look.
async fn state(hosts: &SystemdHosts, name: &str, unit: &str) -> State {
    hosts.look(&host(name), &[service(unit)], SOON).await.unwrap()[0].1.state
}
