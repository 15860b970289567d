//! The guard of agents on one host: who may act there, and what becomes of what ran under an older one.

use super::*;
use crate::driver::inside;
use crate::support::lab::Lab;
use crate::support::wait;
use std::sync::Arc;
use std::time::Duration;
use switchtower::core::fact::State;
use switchtower::core::model::{Agent, AgentCall, AgentSpec, ClusterName, ComponentName, ExecAgent, HostName, Instance, Service};
use switchtower::core::permit::Permit;
use switchtower::core::plan::Action;
use switchtower::core::record::Term;
use switchtower::driver::{Act, AgentHosts, Agents, DriverError, Hosts, Outcome};
use switchtower::ssh::{self, Pool, Target};

const SOON: Duration = Duration::from_secs(10);

fn a1() -> HostName {
    HostName::new("a1").unwrap()
}

fn service() -> Service {
    Service::Agent(Agent::active("app").unwrap())
}

fn permit(term: u64) -> Permit {
    Permit::grant(Term(term), "a story".to_owned())
}

fn act(action: Action, timeout: Duration) -> Act {
    Act { instance: Instance { host: a1(), service: service() }, action, timeout }
}

/// A new driver, as much another monitor as a second process would be.
fn driver(lab: &Lab, user: &str) -> Arc<AgentHosts> {
    let options = ssh::Options { config_file: Some("none".into()), use_agent: false, ..ssh::Options::default() };
    let target = Target {
        user: Some(user.to_owned()),
        address: Some(lab.host("a1").ip().to_owned()),
        identity_files: vec![lab.ssh_key()],
        known_hosts: vec![lab.known_hosts()],
        ..Target::new("a1")
    };
    let word = |what: &str| vec!["/usr/local/bin/app".to_owned(), what.to_owned()];
    let call = AgentCall::Exec(ExecAgent { start: word("start"), stop: word("stop"), monitor: word("monitor") });
    let agents = [(ComponentName::new("app").unwrap(), AgentSpec { call, both_modes: false })].into();
    let hosts = [(a1(), Agents { target, agents })].into();
    Arc::new(AgentHosts::new(Arc::new(Pool::new(options)), hosts, ClusterName::new("ops").unwrap(), Duration::from_secs(2)))
}

async fn state(hosts: &AgentHosts) -> State {
    hosts.look(&a1(), &[service()], SOON).await.unwrap()[0].1.state
}

#[track_caller]
fn done(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
}

#[test]
fn a_newer_term_ends_an_older_guard_with_the_action_that_runs_under_it_and_the_older_one_acts_no_more() {
    let lab = Lab::boot(&["a1"]);
    let host = lab.host("a1");
    install_app_on(host);
    inside(&lab, async {
        let (old, new) = (driver(&lab, "root"), driver(&lab, "root"));
        old.take(&a1(), Term(4), SOON).await.unwrap();
        host.sh("touch /etc/app.hangs");
        let hanging = tokio::spawn({
            let old = old.clone();
            async move { old.act(permit(4), &act(Action::Start, Duration::from_secs(60))).await }
        });
        wait::until("the start to hang", SOON, || told(host, "start") == 1 && lives(host, "sleep 47[2]"));
        assert_eq!(state(&new).await, State::Starting, "a look tells what is under way");

        let held = new.take(&a1(), Term(5), SOON).await.unwrap();
        assert_eq!(held.boot_id, host.sh("cat /proc/sys/kernel/random/boot_id"));
        assert!(!lives(host, "sleep 47[12]"), "all of it is gone once the host is taken: {}", host.sh("ps -ef"));
        let outcome = hanging.await.unwrap();
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");

        let refused = old.act(permit(4), &act(Action::Stop, SOON)).await;
        assert!(matches!(&refused, Outcome::NotSent { detail } if detail.contains("refuses term 4")), "{refused:?}");
        let error = old.take(&a1(), Term(4), SOON).await.unwrap_err();
        let record = "/var/lib/switchtower-guard/ops.agents".to_owned();
        assert_eq!(error, DriverError::OlderTerm { host: a1(), asked: Term(4), kept: Term(5), record });
        host.sh("rm /etc/app.hangs");
        done(&new.act(permit(5), &act(Action::Start, SOON)).await);
        assert!(runs(host));
        assert_eq!(state(&new).await, State::Active);
        assert_eq!(told(host, "start"), 2);
    });
}

#[test]
fn what_was_sent_before_a_settling_has_been_done_by_then_or_never_will_be() {
    let lab = Lab::boot(&["a1"]);
    let host = lab.host("a1");
    install_app_on(host);
    inside(&lab, async {
        let hosts = driver(&lab, "root");
        hosts.take(&a1(), Term(1), SOON).await.unwrap();
        let before = hosts.settle(&permit(1), &act(Action::Start, SOON).instance, SOON).await.unwrap();
        assert_eq!((before.state, before.invocation.as_deref()), (State::Inactive, None));
        host.sh("touch /etc/app.hangs");
        let given_up =
            tokio::time::timeout(Duration::from_secs(2), hosts.act(permit(1), &act(Action::Start, Duration::from_secs(60)))).await;
        assert!(given_up.is_err(), "the future was dropped: the act is in doubt");
        let fact = hosts.settle(&permit(1), &act(Action::Start, SOON).instance, SOON).await.unwrap();
        assert_eq!(fact.state, State::Inactive, "{fact:?}");
        assert!(fact.invocation.is_some(), "it is told that a start was begun: {fact:?}");
        assert!(!lives(host, "sleep 47[12]"), "{}", host.sh("ps -ef"));
        assert_eq!(told(host, "start"), 1);
    });
}

#[test]
fn what_waits_for_a_frozen_host_is_not_begun_after_its_time() {
    let lab = Lab::boot(&["a1"]);
    let host = lab.host("a1");
    install_app_on(host);
    inside(&lab, async {
        let hosts = driver(&lab, "root");
        hosts.take(&a1(), Term(1), SOON).await.unwrap();
        host.freeze();
        let outcome = hosts.act(permit(1), &act(Action::Start, Duration::from_secs(2))).await;
        assert!(matches!(outcome, Outcome::NotSent { .. } | Outcome::Unknown { .. }), "{outcome:?}");
        host.thaw();
        let fact = hosts.settle(&permit(1), &act(Action::Start, SOON).instance, SOON).await.unwrap();
        assert_eq!((fact.state, told(host, "start")), (State::Inactive, 0), "{fact:?}");
    });
}

#[test]
fn a_service_outlives_the_session_that_started_it_and_the_guard_serves_many_at_a_time() {
    let lab = Lab::boot(&["a1"]);
    let host = lab.host("a1");
    install_app_on(host);
    inside(&lab, async {
        let hosts = driver(&lab, "root");
        done(&hosts.act(permit(1), &act(Action::Start, SOON)).await);
        drop(hosts);
        wait::until("the guard to end with its channel", SOON, || !lives(host, "SWITCHTOWER-AGENT[S]"));
        assert!(runs(host), "{}", host.sh("ps -ef"));
        let hosts = driver(&lab, "root");
        hosts.take(&a1(), Term(2), SOON).await.unwrap();
        assert!(runs(host), "nor does a newer term end it");
        let again = hosts.act(permit(2), &act(Action::Start, SOON)).await;
        assert!(matches!(&again, Outcome::Done { detail } if detail.contains("running already")), "{again:?}");
        done(&hosts.act(permit(2), &act(Action::Stop, SOON)).await);
        assert!(!runs(host));
    });
}

#[test]
fn a_login_that_is_not_root_acts_and_looks_through_sudo() {
    let lab = Lab::boot(&["a1"]);
    let host = lab.host("a1");
    install_app_on(host);
    host.sh("useradd --create-home --shell /bin/sh op; cp -r ~/.ssh ~op/; chown -R op ~op/.ssh");
    inside(&lab, async {
        let hosts = driver(&lab, "op");
        let error = hosts.look(&a1(), &[service()], SOON).await.unwrap_err();
        assert!(matches!(error, DriverError::NoRights { .. }), "{error}");
        host.write("/etc/sudoers.d/switchtower", b"op ALL=(root) NOPASSWD: /bin/sh\n");
        assert_eq!(state(&hosts).await, State::Inactive);
        done(&hosts.act(permit(1), &act(Action::Start, SOON)).await);
        assert_eq!(state(&hosts).await, State::Active);
        driver(&lab, "op").take(&a1(), Term(2), SOON).await.unwrap();
        assert!(runs(host));
    });
}
