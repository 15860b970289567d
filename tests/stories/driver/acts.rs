//! Starting and stopping, and how each way of going wrong is told.

use super::*;
use crate::support::service::ServiceSpec;
use crate::support::wait;
use std::time::Instant;

#[test]
fn units_are_started_and_stopped_and_each_outcome_says_what_the_host_says() {
    let lab = Lab::boot(&["a1"]);
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    lab.service_unit("a1", "slow.service", ServiceSpec::SlowStart(Duration::from_millis(400)));
    lab.service_unit("a1", "lame.service", ServiceSpec::FailsToStart);
    lab.service_unit("a1", "stubborn.service", ServiceSpec::WontStop(Duration::from_secs(20)));
    let a1 = lab.host("a1");
    a1.write("/etc/systemd/system/once.service", b"[Service]\nType=oneshot\nExecStart=/bin/true\n");
    a1.write("/etc/systemd/system/wrong.service", b"[Service]\nType=notify\nExecStart=/bin/sh -c 'exit 3'\n");
    a1.write("/etc/systemd/system/never.service", b"[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=/bin/sleep 100\n");
    a1.sh("systemctl daemon-reload; systemctl mask masked.service");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        let started = hosts.act(permit(1), &start("a1", "app.service")).await;
        assert!(done(&started).starts_with("app.service on a1: started in "), "{started:?}");
        assert!(a1.is_active("app.service"));
        let again = hosts.act(permit(1), &start("a1", "app.service")).await;
        assert_eq!(done(&again), "app.service on a1: was active already");
        done(&hosts.act(permit(1), &stop("a1", "app.service")).await);
        assert!(!a1.is_active("app.service"));
        assert_eq!(done(&hosts.act(permit(1), &stop("a1", "app.service")).await), "app.service on a1: was stopped already");

        let began = Instant::now();
        done(&hosts.act(permit(1), &start("a1", "slow.service")).await);
        assert!(began.elapsed() >= Duration::from_millis(400), "it waits for the job, not for its being accepted");

        let lame = hosts.act(permit(1), &start("a1", "lame.service")).await;
        assert!(failed(&lame).contains("start failed: a command of it failed before its main process ran"), "{lame:?}");
        let wrong = hosts.act(permit(1), &start("a1", "wrong.service")).await;
        assert!(failed(&wrong).contains("the main process exited with status 3 (result exit-code)"), "{wrong:?}");
        let never = hosts.act(permit(1), &start("a1", "never.service")).await;
        assert!(failed(&never).contains("Condition"), "{never:?}");
        let once = hosts.act(permit(1), &start("a1", "once.service")).await;
        assert!(failed(&once).contains("RemainAfterExit=yes"), "{once:?}");
        let missing = hosts.act(permit(1), &start("a1", "missing.service")).await;
        assert_eq!(failed(&missing), "missing.service on a1: the host knows no such unit");
        let masked = hosts.act(permit(1), &start("a1", "masked.service")).await;
        assert!(failed(&masked).contains("masked"), "{masked:?}");

        done(&hosts.act(permit(1), &start("a1", "stubborn.service")).await);
        let began = Instant::now();
        let stubborn = hosts.act(permit(1), &act("a1", "stubborn.service", Action::Stop, Duration::from_secs(3))).await;
        assert_eq!(failed(&stubborn), "stubborn.service on a1: not stopped within 3s, still deactivating (stop-sigterm, stop queued)");
        assert!(began.elapsed() < Duration::from_millis(3500));
    });
}

#[test]
fn a_unit_that_dies_while_it_starts_is_no_success_and_one_that_dies_later_is_told() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    a1.write("/etc/systemd/system/dies.service", b"[Service]\nType=exec\nExecStart=/bin/false\nRestart=on-failure\nRestartSec=30\n");
    lab.service_unit("a1", "brief.service", ServiceSpec::DiesAfter(Duration::from_millis(200)));
    a1.sh("systemctl daemon-reload");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        let mut pushes = hosts.pushed(&host("a1"), &[service("brief.service")], SOON).await.unwrap();
        done(&hosts.act(permit(1), &start("a1", "brief.service")).await);
        let told = async {
            loop {
                if let switchtower::driver::Push::Changed { fact, .. } = pushes.next().await
                    && fact.state == State::Failed
                {
                    return fact.detail;
                }
            }
        };
        assert_eq!(tokio::time::timeout(SOON, told).await.unwrap(), "exit-code");
        // Whether the start is told as failed or the unit falls right after it, it does not stay a success.
        let outcome = hosts.act(permit(1), &start("a1", "dies.service")).await;
        wait::until("dies.service to wait for its restart", SOON, || a1.unit_property("dies.service", "SubState") == "auto-restart");
        assert_eq!(state(&hosts, "a1", "dies.service").await, State::Starting, "after {outcome:?}");
    });
}

#[test]
fn a_stop_that_leaves_processes_behind_is_no_stop() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    a1.write(
        "/etc/systemd/system/loose.service",
        b"[Service]\nType=exec\nKillMode=process\nExecStart=/bin/sh -c 'sleep 1000 & exec sleep 1001'\n",
    );
    a1.sh("systemctl daemon-reload");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        done(&hosts.act(permit(1), &start("a1", "loose.service")).await);
        wait::until("its second process", SOON, || a1.exec(&["pgrep", "-f", "sleep 100[0]"]).status.success());
        let stopped = hosts.act(permit(1), &stop("a1", "loose.service")).await;
        assert!(failed(&stopped).contains("1 of its processes still run"), "{stopped:?}");
        assert_eq!(state(&hosts, "a1", "loose.service").await, State::Stopping);
        let settled = hosts.settle(&permit(1), &instance("a1", "loose.service"), SOON).await.unwrap();
        assert!(!settled.state.proven_stopped(), "{settled:?}");
        a1.sh("mv /usr/bin/systemd-stdio-bridge /usr/bin/systemd-stdio-bridge.away");
        let shown = driver(&lab, &["a1"]);
        assert_eq!(state(&shown, "a1", "loose.service").await, State::Stopping);
        a1.sh("pkill -f 'sleep 100[0]'");
        wait::until("its control group to go", SOON, || a1.unit_property("loose.service", "ControlGroup").is_empty());
        assert_eq!(state(&shown, "a1", "loose.service").await, State::Inactive);
        assert_eq!(state(&hosts, "a1", "loose.service").await, State::Inactive);
    });
}

#[test]
fn many_starts_in_a_row_do_not_hit_the_start_limit_and_are_quick() {
    let lab = Lab::boot(&["a1"]);
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        hosts.take(&host("a1"), Term(1), SOON).await.unwrap();
        let mut times = Vec::new();
        for _ in 0..30 {
            let began = Instant::now();
            done(&hosts.act(permit(1), &start("a1", "app.service")).await);
            done(&hosts.act(permit(1), &stop("a1", "app.service")).await);
            times.push(began.elapsed());
        }
        times.sort();
        eprintln!("a start and a stop: median {:?}, best {:?}, worst {:?}", times[15], times[0], times[29]);
        // The machine may be busy with other tests: a bound for a timer in the way, not for speed.
        assert!(times[15] < Duration::from_millis(200), "{times:?}");
    });
}

#[test]
fn a_host_that_freezes_during_an_act_leaves_it_unknown_and_settling_tells_the_truth() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "slow.service", ServiceSpec::SlowStart(Duration::from_millis(700)));
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        hosts.take(&host("a1"), Term(1), SOON).await.unwrap();
        let work = act("a1", "slow.service", Action::Start, Duration::from_secs(3));
        let acting = tokio::spawn({
            let hosts = hosts.clone();
            async move { (hosts.act(permit(1), &work).await, Instant::now()) }
        });
        let began = Instant::now();
        wait::until("the start to be under way", SOON, || a1.unit_property("slow.service", "ActiveState") == "activating");
        a1.freeze();
        let (outcome, ended) = acting.await.unwrap();
        assert!(unknown(&outcome).contains("what became of it is not known"), "{outcome:?}");
        assert!(ended - began <= Duration::from_millis(3500), "{:?}", ended - began);
        let unheard = hosts.act(permit(1), &act("a1", "slow.service", Action::Stop, Duration::from_secs(1))).await;
        assert!(not_sent(&unheard).contains("nothing was sent"), "{unheard:?}");
        let silent = hosts.settle(&permit(1), &instance("a1", "slow.service"), Duration::from_secs(1)).await;
        assert!(silent.is_err(), "a frozen host says nothing: {silent:?}");
        a1.thaw();
        let fact = hosts.settle(&permit(1), &instance("a1", "slow.service"), SOON).await.unwrap();
        assert_eq!(fact.state, State::Active, "{fact:?}");
        assert_eq!(fact.invocation.unwrap(), a1.invocation_id("slow.service"));
    });
}
