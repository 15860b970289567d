//! The guard for terms: who may act on a host, and what becomes of those who may no longer.

use super::*;
use crate::support::service::ServiceSpec;
use crate::support::wait;
use std::time::Instant;
use switchtower::driver::DriverError;

const HOLDER: &str = "/var/lib/switchtower-guard/ops/holder";
const TERM: &str = "/var/lib/switchtower-guard/ops/term";

fn holder(lab: &Lab) -> u32 {
    let line = lab.host("a1").sh(&format!("cat {HOLDER}"));
    line.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn an_older_term_is_refused_and_a_newer_one_ends_the_older_holder() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    inside(&lab, async {
        let (old, new) = (driver(&lab, &["a1"]), driver(&lab, &["a1"]));
        old.take(&host("a1"), Term(4), SOON).await.unwrap();
        done(&old.act(permit(4), &start("a1", "app.service")).await);
        let (pid, run) = (holder(&lab), a1.invocation_id("app.service"));
        assert_eq!(a1.sh(&format!("cat /proc/{pid}/comm")), "systemd-stdio-b");

        let held = new.take(&host("a1"), Term(5), SOON).await.unwrap();
        assert_eq!(held.boot_id, a1.sh("cat /proc/sys/kernel/random/boot_id"));
        wait::until("the older bridge to be gone", SOON, || !a1.exec(&["test", "-e", &format!("/proc/{pid}")]).status.success());
        assert_ne!(holder(&lab), pid);

        let refused = old.act(permit(4), &stop("a1", "app.service")).await;
        assert!(not_sent(&refused).contains("nothing was sent"), "{refused:?}");
        assert!(not_sent(&refused).contains("refuses term 4, since it has been taken under term 5"), "{refused:?}");
        assert_eq!(a1.invocation_id("app.service"), run);
        assert!(a1.is_active("app.service"));
        let error = old.take(&host("a1"), Term(4), SOON).await.unwrap_err();
        let record = "/var/lib/switchtower-guard/ops".to_owned();
        assert_eq!(error, DriverError::OlderTerm { host: host("a1"), asked: Term(4), kept: Term(5), record });
        done(&new.act(permit(5), &stop("a1", "app.service")).await);
    });
}

#[test]
fn the_same_term_is_taken_again_by_the_same_monitor_only() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    let gone = |pid: u32| !a1.exec(&["test", "-e", &format!("/proc/{pid}")]).status.success();
    inside(&lab, async {
        // Two that were made from one copy come to the same term.
        let (one, other) = (driver(&lab, &["a1"]), driver(&lab, &["a1"]));
        one.take(&host("a1"), Term(4), SOON).await.unwrap();
        let (pid, record) = (holder(&lab), a1.sh(&format!("cat {TERM}")));
        let error = other.take(&host("a1"), Term(4), SOON).await.unwrap_err();
        assert_eq!(error, DriverError::SameTerm { host: host("a1"), term: Term(4) });
        assert!(error.to_string().contains("another monitor acts under the same term 4"), "{error}");
        let refused = other.act(permit(4), &start("a1", "app.service")).await;
        assert!(not_sent(&refused).contains("another monitor acts under the same term 4"), "{refused:?}");
        assert!(!gone(pid) && holder(&lab) == pid, "the holder's bridge is left alone");
        assert_eq!(a1.sh(&format!("cat {TERM}")), record);

        // The one that was first comes again when its own session has ended.
        a1.sh(&format!("kill -9 {pid}"));
        wait::until("the bridge to be gone", SOON, || gone(pid));
        done(&one.act(permit(4), &start("a1", "app.service")).await);
        assert_ne!(holder(&lab), pid);
        assert_eq!(a1.sh(&format!("cat {TERM}")), record);
        other.take(&host("a1"), Term(5), SOON).await.unwrap();
        assert!(matches!(one.take(&host("a1"), Term(5), SOON).await, Err(DriverError::SameTerm { .. })));
    });
}

#[test]
fn a_record_of_a_term_alone_is_read_and_one_with_anything_else_is_not() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    let write = |record: &str| a1.write(TERM, format!("{record}\n").as_bytes());
    a1.sh("mkdir -p -m 700 /var/lib/switchtower-guard/ops");
    inside(&lab, async {
        let take = async |term| driver(&lab, &["a1"]).take(&host("a1"), Term(term), Duration::from_secs(5)).await.map(drop);
        write("6");
        assert!(matches!(take(5).await, Err(DriverError::OlderTerm { kept: Term(6), .. })));
        take(6).await.unwrap();
        let record = a1.sh(&format!("cat {TERM}"));
        assert!(record.len() == 18 && record.starts_with("6 "), "it has an identity now: {record:?}");
        assert!(matches!(take(6).await, Err(DriverError::SameTerm { .. })));
        for record in ["6 0123456789abcde", "6 0123456789ABCDEF", "6 0123456789abcdef more", "6 $(reboot)abcdef", "x 0123456789abcdef"] {
            write(record);
            let error = take(7).await.unwrap_err();
            assert!(matches!(error, DriverError::GuardRecord { .. }), "{record}: {error}");
        }
        write("6 0123456789abcdef");
        take(7).await.unwrap();
    });
}

#[test]
fn the_term_survives_a_power_loss_and_a_new_boot_is_seen() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        let before = hosts.take(&host("a1"), Term(7), SOON).await.unwrap();
        let seen = hosts.look(&host("a1"), &[service("app.service")], SOON).await.unwrap();
        assert_eq!(seen[0].1.boot_id, before.boot_id);
        a1.power_off();
        a1.start();
        let late = driver(&lab, &["a1"]).take(&host("a1"), Term(6), SOON).await.unwrap_err();
        assert!(matches!(late, DriverError::OlderTerm { .. }), "{late}");
        // The kept session is dead without anybody having said so.
        let after = hosts.take(&host("a1"), Term(7), SOON).await.unwrap();
        assert_ne!(after.boot_id, before.boot_id);
        done(&hosts.act(permit(7), &start("a1", "app.service")).await);
        let seen = hosts.look(&host("a1"), &[service("app.service")], SOON).await.unwrap();
        assert_eq!(seen[0].1.boot_id, after.boot_id);
    });
}

#[test]
fn a_guard_on_a_host_that_freezes_raises_nothing_after_it_was_given_up() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        hosts.take(&host("a1"), Term(1), SOON).await.unwrap();
        // A lock that stays held makes the guard wait: it is frozen there until its time is over.
        let mut lock = a1.command("flock");
        lock.args(["/var/lib/switchtower-guard/ops/taking", "sh", "-c", "echo locked; sleep 1000"]);
        let mut lock = crate::support::proc::Child::spawn("lock", &mut lock, lab.dir());
        wait::until("the lock to be held", SOON, || lock.stdout() == "locked\n");
        let other = driver(&lab, &["a1"]);
        let waiting = tokio::spawn(async move { other.take(&host("a1"), Term(2), Duration::from_secs(2)).await });
        let waits = || a1.exec(&["pgrep", "-f", "flock -w"]).status.success();
        wait::until("the guard to wait for its lock", SOON, waits);
        a1.freeze();
        let error = waiting.await.unwrap().unwrap_err();
        assert!(!error.host_answered(), "{error}");
        // It is past the guard's time, though not past the time it would wait for the lock.
        let past = Instant::now() + Duration::from_millis(300);
        wait::until("the guard's time to be over", SOON, || Instant::now() >= past);
        lock.signal(rustix::process::Signal::KILL);
        a1.thaw();
        a1.sh("pkill -f 'sleep 100[0]' || true");
        wait::until("the late guard to be gone", SOON, || !waits());
        wait::until("nobody to hold the lock", SOON, || {
            a1.exec(&["flock", "-n", "/var/lib/switchtower-guard/ops/taking", "true"]).status.success()
        });
        assert!(a1.sh(&format!("cat {TERM}")).starts_with("1 "), "it raised nothing");
    });
}

#[test]
fn a_guard_that_starts_or_gets_its_lock_after_its_time_does_nothing() {
    const GUARD: &str = concat!(
        include_str!("../../../src/driver/scripts/host.sh"),
        include_str!("../../../src/driver/scripts/term.sh"),
        include_str!("../../../src/driver/scripts/guard.sh")
    );
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    let uptime = || a1.sh("cut -d' ' -f1 /proc/uptime").replace('.', "").parse::<u64>().unwrap();
    let guard = |term: &str, not_after: u64| {
        let mut command = a1.command("sh");
        command.args(["-c", GUARD, "sh", "ops", term, "-", &not_after.to_string(), "10", "nonce", "0123456789abcdef"]);
        crate::support::proc::Child::spawn(&format!("guard-{term}-{not_after}"), &mut command, lab.dir())
    };
    let term = || a1.sh(&format!("cat {TERM}"));
    guard("1", uptime() + 1000).ends_within(SOON);
    assert_eq!(term(), "1 0123456789abcdef");
    let mut late = guard("2", uptime() - 1);
    late.ends_within(SOON);
    assert!(late.stdout().starts_with("SWITCHTOWER-GUARD refused nonce late "), "{}", late.stdout());

    let mut lock = a1.command("flock");
    lock.args(["/var/lib/switchtower-guard/ops/taking", "sh", "-c", "echo locked; exec sleep 1000"]);
    let mut lock = crate::support::proc::Child::spawn("lock", &mut lock, lab.dir());
    wait::until("the lock to be held", SOON, || lock.stdout() == "locked\n");
    let end = uptime() + 50;
    let mut late = guard("2", end);
    wait::until("the guard's time to be over", SOON, || uptime() > end);
    assert_eq!(late.stdout(), "", "it waits for the lock");
    a1.sh("pkill -x sleep");
    lock.ends_within(SOON);
    late.ends_within(SOON);
    assert!(late.stdout().starts_with("SWITCHTOWER-GUARD refused nonce late "), "{}", late.stdout());
    assert_eq!(term(), "1 0123456789abcdef");
}

#[test]
fn a_pid_that_was_given_to_a_stranger_is_left_alone() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "stranger.service", ServiceSpec::Simple);
    a1.sh("systemctl start stranger.service; mkdir -p -m 700 /var/lib/switchtower-guard/ops");
    let pid = a1.unit_pid("stranger.service").unwrap();
    a1.write(HOLDER, format!("{pid} 12345 1\n").as_bytes());
    inside(&lab, async {
        driver(&lab, &["a1"]).take(&host("a1"), Term(2), SOON).await.unwrap();
    });
    assert_eq!(a1.unit_pid("stranger.service"), Some(pid));
    assert!(a1.is_active("stranger.service"));
}

#[test]
fn each_reason_why_the_guard_cannot_stand_is_told_apart() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    inside(&lab, async {
        let take = async |term| driver(&lab, &["a1"]).take(&host("a1"), Term(term), Duration::from_secs(5)).await.map(drop);
        a1.sh("mkdir -p /elsewhere; ln -s /elsewhere /var/lib/switchtower-guard");
        assert!(matches!(take(1).await, Err(DriverError::GuardDirectory { .. })), "{:?}", take(1).await);
        a1.sh("rm /var/lib/switchtower-guard");
        take(1).await.unwrap();
        a1.sh("echo nonsense > /var/lib/switchtower-guard/ops/term");
        assert!(matches!(take(1).await, Err(DriverError::GuardRecord { .. })), "{:?}", take(1).await);
        a1.sh("echo 1 > /var/lib/switchtower-guard/ops/term; mv /usr/bin/flock /usr/bin/flock.away");
        assert!(matches!(take(1).await, Err(DriverError::MissingTool { .. })), "{:?}", take(1).await);
        a1.sh("mv /usr/bin/flock.away /usr/bin/flock");
        take(2).await.unwrap();
    });
}

#[test]
fn a_lost_channel_ends_the_bridge_and_frees_the_lock() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        hosts.take(&host("a1"), Term(1), SOON).await.unwrap();
        let gone = |pid: u32| !a1.exec(&["test", "-e", &format!("/proc/{pid}")]).status.success();
        let pid = holder(&lab);
        drop(hosts);
        wait::until("the bridge to end with its channel", SOON, || gone(pid));

        // Cut off, nobody tells the host: its bridge stays, and the next holder ends it.
        let hosts = driver(&lab, &["a1"]);
        hosts.take(&host("a1"), Term(2), SOON).await.unwrap();
        let pid = holder(&lab);
        a1.cut();
        let lost = hosts.take(&host("a1"), Term(2), Duration::from_secs(1)).await;
        assert!(lost.is_err());
        assert!(!gone(pid));
        a1.heal();
        driver(&lab, &["a1"]).take(&host("a1"), Term(3), SOON).await.unwrap();
        wait::until("the older bridge to be ended", SOON, || gone(pid));
    });
}

#[test]
fn a_login_that_is_not_root_acts_through_sudo_and_looks_without_it() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    a1.sh("useradd --create-home --shell /bin/sh op; cp -r ~/.ssh ~op/; chown -R op ~op/.ssh");
    inside(&lab, async {
        let hosts = driver_as(&lab, &["a1"], "op");
        assert_eq!(state(&hosts, "a1", "app.service").await, State::Inactive);
        let error = hosts.take(&host("a1"), Term(1), SOON).await.unwrap_err();
        assert!(matches!(error, DriverError::NoRights { .. }), "{error}");
        a1.write("/etc/sudoers.d/switchtower", b"op ALL=(root) NOPASSWD: /bin/sh\n");
        hosts.take(&host("a1"), Term(1), SOON).await.unwrap();
        done(&hosts.act(permit(1), &start("a1", "app.service")).await);
        assert!(a1.is_active("app.service"));
        let pid = holder(&lab);
        driver_as(&lab, &["a1"], "op").take(&host("a1"), Term(2), SOON).await.unwrap();
        wait::until("the older bridge to be ended", SOON, || !a1.exec(&["test", "-e", &format!("/proc/{pid}")]).status.success());
    });
}

#[test]
fn what_a_person_did_by_hand_is_heard_by_whoever_takes_the_host_before_anybody_acts_there() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    a1.write("/usr/bin/switchtower", &std::fs::read(env!("CARGO_BIN_EXE_switchtower")).unwrap());
    a1.sh("chmod 755 /usr/bin/switchtower");
    let by_hand =
        |verb: &str| a1.sh(&format!("switchtower host {verb} --unit app.service --reason dark --despite-monitor --confirm app.service"));
    let told = |error: DriverError| {
        error.by_hand().iter().map(|one| (one.under, one.deed.what.split(':').next().unwrap_or_default().to_owned())).collect::<Vec<_>>()
    };
    inside(&lab, async {
        let (old, other) = (driver(&lab, &["a1"]), driver(&lab, &["a1"]));
        old.take(&host("a1"), Term(4), SOON).await.unwrap();
        done(&old.act(permit(4), &start("a1", "app.service")).await);
        assert!(!old.untaken(&host("a1")));
        by_hand("stop");
        wait::until("the driver to know that its guard was ended", SOON, || old.untaken(&host("a1")));

        // Neither an older term nor a newer one acts, whoever it is.
        for (hosts, term) in [(&old, 4), (&other, 9)] {
            let refused = hosts.act(permit(term), &start("a1", "app.service")).await;
            assert!(not_sent(&refused).contains("acted on it by hand under term 5"), "{refused:?}");
        }
        assert!(!a1.is_active("app.service"));
        assert_eq!(told(old.take(&host("a1"), Term(4), SOON).await.unwrap_err()), [(Term(5), "stop app.service".to_owned())]);
        // One more is done after that: whoever comes with a newer term has not heard of it.
        by_hand("start");
        let all = [(Term(5), "stop app.service".to_owned()), (Term(6), "start app.service".to_owned())];
        assert_eq!(told(old.take(&host("a1"), Term(8), SOON).await.unwrap_err()), all);
        assert_eq!(told(old.take(&host("a1"), Term(9), SOON).await.unwrap_err()), all, "a newer term does not say that it was heard");
        old.heard(&host("a1"), Some(Term(5)));
        assert_eq!(told(old.take(&host("a1"), Term(9), SOON).await.unwrap_err()), all, "nor does the one before it");
        old.heard(&host("a1"), Some(Term(6)));
        old.take(&host("a1"), Term(9), SOON).await.unwrap();
        done(&old.act(permit(9), &stop("a1", "app.service")).await);
        // It was said, and a monitor has acted since: another one is told of a newer term, and nothing else.
        let error = other.take(&host("a1"), Term(8), SOON).await.unwrap_err();
        assert!(matches!(error, DriverError::OlderTerm { kept: Term(9), .. }), "{error}");
    });
}

#[test]
fn whoever_takes_a_host_on_which_a_person_is_at_work_waits_and_hears_how_it_ended() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "app.service", ServiceSpec::Simple);
    a1.write("/usr/bin/switchtower", &std::fs::read(env!("CARGO_BIN_EXE_switchtower")).unwrap());
    a1.write("/etc/systemd/system/app.service.d/slow.conf", b"[Service]\nExecStop=/bin/sh -c 'until [ -e /run/go ]; do sleep 0.1; done'\n");
    a1.sh("chmod 755 /usr/bin/switchtower; systemctl daemon-reload; systemctl start app.service");
    inside(&lab, async {
        let hosts = driver(&lab, &["a1"]);
        hosts.take(&host("a1"), Term(4), SOON).await.unwrap();
        let mut person = a1.command("switchtower");
        person.args(["host", "stop", "--unit", "app.service", "--reason", "dark", "--despite-monitor", "--confirm", "app.service"]);
        let _person = crate::support::proc::Child::spawn("person", &mut person, lab.dir());
        wait::until("the unit to stop", SOON, || a1.unit_property("app.service", "ActiveState") == "deactivating");
        let error = hosts.take(&host("a1"), Term(7), Duration::from_secs(3)).await.unwrap_err();
        assert!(matches!(error, DriverError::LockHeld { .. } | DriverError::Deadline { .. }), "{error}");
        a1.sh("touch /run/go");
        wait::until("the unit to be stopped", SOON, || a1.unit_property("app.service", "ActiveState") == "inactive");
        let error = hosts.take(&host("a1"), Term(7), SOON).await.unwrap_err();
        assert_eq!(error.by_hand().last().unwrap().deed.what, "stop app.service: done, is inactive (dead)");
        assert!(error.to_string().contains("since root (user 0) acted on it by hand under term 5"), "{error}");
    });
}
