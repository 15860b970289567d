//! Devices that are small shell scripts, each wrong in its own way.

use super::*;
use crate::core::model::Device;
use crate::core::record::Term;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

const LONG: Duration = Duration::from_secs(20);
/// Enough for a script on a busy machine, and for the end of a test of one that never answers.
const SHORT: Duration = Duration::from_secs(3);

/// A folder with a device's script in it; `$D` is the folder.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new(script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("device");
        let text = format!("#!/bin/sh\nD={}\n{script}\n", dir.path().display());
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir }
    }

    /// One that switches as it should: `$1` is what it is asked for.
    fn good(before: &str) -> Self {
        Self::new(&format!(
            "{before}\necho $1 >>$D/calls\ncase $1 in off) touch $D/off ;; status) [ ! -e $D/off ] || {{ echo Status: OFF; exit 2; }} ;; esac"
        ))
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default()
    }

    fn command(&self) -> FenceDevices {
        devices(Device::Command { argv: vec![self.path("device")] }, LONG)
    }

    fn agent(&self, secrets: &str) -> FenceDevices {
        let file = self.dir.path().join("secrets");
        std::fs::write(&file, secrets).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let options = [("ip".to_owned(), "10.0.0.9".to_owned())].into();
        devices(Device::Agent { agent: self.path("device"), options, secrets: Some(file) }, LONG)
    }
}

fn host() -> HostName {
    HostName::new("b1").unwrap()
}

fn devices(device: Device, timeout: Duration) -> FenceDevices {
    let timeout_ms = u64::try_from(timeout.as_millis()).unwrap();
    FenceDevices::new([(host(), Fence { device, timeout_ms })].into())
}

async fn off(devices: &FenceDevices, timeout: Duration) -> Outcome {
    devices.off(permit(), &host(), timeout).await
}

fn permit() -> Permit {
    Permit::grant(Term(3), "a test".to_owned())
}

/// Whether the process in a file that a script wrote still runs.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat")).unwrap_or_default();
    // One that nobody has reaped yet does not run.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

async fn until_true(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain for: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn off_is_done_when_status_says_so_and_status_tells_on_from_off() {
    let bench = Bench::good("");
    let devices = bench.command();
    let before = devices.status(&host(), LONG).await.unwrap();
    assert_eq!((before.state, before.source, before.boot_id.as_str()), (State::Active, Source::Device, ""));
    let outcome = off(&devices, LONG).await;
    assert!(matches!(outcome, Outcome::Done { .. }) && outcome.detail().starts_with("b1: is off after "), "{outcome:?}");
    let after = devices.status(&host(), LONG).await.unwrap();
    assert_eq!((after.state, after.detail.as_str()), (State::Inactive, "Status: OFF"));
    assert_eq!(bench.read("calls"), "status\noff\nstatus\nstatus\n");
}

#[tokio::test]
async fn an_agent_gets_its_options_and_secrets_on_standard_input() {
    let bench = Bench::new("cat >$D/got; grep -q ^action=status $D/got && [ -e $D/off ] && exit 2; touch $D/off");
    let outcome = off(&bench.agent("password=hunter2\n"), LONG).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(bench.read("got"), "action=status\nip=10.0.0.9\npassword=hunter2\n");
}

#[tokio::test]
async fn a_device_that_claims_to_have_switched_off_is_not_believed() {
    let bench = Bench::new("echo $1 >>$D/calls; echo Success: Powered OFF");
    let outcome = off(&bench.command(), SHORT).await;
    assert!(matches!(outcome, Outcome::Failed { .. }) && outcome.detail().contains("is still on"), "{outcome:?}");
    assert!(bench.read("calls").starts_with("off\nstatus\nstatus\n"), "it is given time: {}", bench.read("calls"));
}

#[tokio::test]
async fn a_device_that_needs_a_moment_is_asked_again() {
    let bench = Bench::new("echo $1 >>$D/calls; [ $(grep -c status $D/calls) -lt 3 ] || exit 2");
    let outcome = off(&bench.command(), LONG).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert_eq!(bench.read("calls"), "off\nstatus\nstatus\nstatus\n");
}

#[tokio::test]
async fn a_host_that_is_off_although_the_call_failed_is_off() {
    let bench = Bench::good("[ $1 != off ] || { touch $D/off; echo no route to the switch >&2; exit 1; }");
    let outcome = off(&bench.command(), LONG).await;
    assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
    assert!(outcome.detail().ends_with("its call with `off` ended with status 1: no route to the switch"), "{outcome:?}");
}

#[tokio::test]
async fn what_is_neither_on_nor_off_proves_nothing() {
    let cases = [
        ("echo login refused >&2; exit 1", "ended with status 1: login refused"),
        ("exit 77", "ended with status 77"),
        ("kill -9 $$", "was ended by a signal"),
        ("echo 'device: 12: Syntax error' >&2; exit 2", "no proof of off"),
        ("echo 'Usage: device on | off'; exit 2", "no proof of off"),
        ("echo the switch is off >&2; exit 2", "no proof of off"),
    ];
    let benches = cases.map(|(status, _)| Bench::new(&format!("[ $1 = status ] || exit 0\n{status}")));
    let told = benches.iter().zip(cases).map(|(bench, (status, words))| async move {
        let outcome = off(&bench.command(), SHORT).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }) && outcome.detail().contains(words), "{status}: {outcome:?}");
        let error = bench.command().status(&host(), LONG).await.unwrap_err().to_string();
        assert!(error.starts_with("b1: its fence device says nothing") && error.contains(words), "{error}");
    });
    futures_util::future::join_all(told).await;
}

#[tokio::test]
async fn a_shell_whose_script_is_missing_is_no_host_that_is_off() {
    // dash ends with 2 then, which a device says for off.
    let devices = devices(Device::Command { argv: vec!["/bin/sh".into(), "/nowhere/device".into()] }, LONG);
    let outcome = off(&devices, Duration::from_secs(1)).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn the_last_answer_counts() {
    let bench = Bench::new("echo $1 >>$D/calls; [ $1 = off ] || [ $(grep -c status $D/calls) = 1 ] || exit 1");
    let outcome = off(&bench.command(), SHORT).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "on at first, then not known: {outcome:?}");
}

#[tokio::test]
async fn a_device_that_hangs_is_killed_with_what_it_started() {
    let bench = Bench::new("sleep 1000 & echo $! >$D/child; echo $$ >$D/self; wait");
    let began = Instant::now();
    let outcome = off(&bench.command(), SHORT).await;
    assert!(began.elapsed() <= SHORT + Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(matches!(outcome, Outcome::Unknown { .. }) && outcome.detail().contains("was killed"), "{outcome:?}");
    assert!(!Path::new("/proc").join(bench.read("self").trim()).exists(), "it is reaped");
    until_true("the end of its child", || !lives(&bench.read("child"))).await;
}

#[tokio::test]
async fn a_device_that_hangs_on_off_is_still_asked() {
    let bench = Bench::good("[ $1 != off ] || { touch $D/off; sleep 1000; }");
    let outcome = off(&bench.command(), SHORT).await;
    assert!(matches!(outcome, Outcome::Done { .. }) && outcome.detail().contains("was killed"), "{outcome:?}");
}

#[tokio::test]
async fn one_call_takes_no_longer_than_the_configuration_allows() {
    let bench = Bench::new("sleep 1000");
    let devices = devices(Device::Command { argv: vec![bench.path("device")] }, Duration::from_millis(300));
    let began = Instant::now();
    devices.status(&host(), LONG).await.unwrap_err();
    assert!(began.elapsed() < LONG / 2);
}

#[tokio::test]
async fn a_call_that_is_given_up_leaves_nothing_behind() {
    let bench = Bench::new("sleep 1000 & echo $! >$D/child; echo $$ >$D/self; wait");
    let devices = bench.command();
    let given_up = tokio::select! {
        _ = off(&devices, LONG) => false,
        () = until_true("the script runs", || !bench.read("self").trim().is_empty()) => true,
    };
    assert!(given_up);
    until_true("the end of both", || !lives(&bench.read("self")) && !lives(&bench.read("child"))).await;
}

#[tokio::test]
async fn what_stays_behind_with_the_output_open_does_not_delay_the_answer() {
    let bench = Bench::new("sleep 1000 & echo $! >$D/child; exit 0");
    let began = Instant::now();
    assert_eq!(bench.command().status(&host(), LONG).await.unwrap().state, State::Active);
    assert!(began.elapsed() < LONG / 2);
    until_true("the end of what stayed", || !lives(&bench.read("child"))).await;
}

#[tokio::test]
async fn of_a_huge_output_the_end_is_kept_and_an_endless_one_is_cut_off() {
    let huge = Bench::new("head -c 20000000 /dev/zero | tr '\\0' x; echo; printf 'Status:\\033[1m OFF\\n'; exit 2");
    let fact = huge.command().status(&host(), LONG).await.unwrap();
    assert_eq!((fact.state, fact.detail.as_str()), (State::Inactive, "Status: [1m OFF"));
    let line = Bench::new("head -c 20000000 /dev/zero | tr '\\0' x >&2; exit 1");
    let said = line.command().status(&host(), LONG).await.unwrap_err().to_string();
    assert!(said.contains(&format!("ended with status 1: {};", "x".repeat(200))), "{said}");
    let endless = Bench::new("yes");
    let outcome = off(&endless.command(), Duration::from_secs(1)).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn secrets_never_appear_in_what_is_told() {
    let leaky = "cat >$D/got; printf 'trying \"hunter2\"\\n' >&2; cat $D/got >&2; printf 'failed: password=hunter2 \\033]0;hunter2\\007' >&2; exit 1";
    let bench = Bench::new(leaky);
    let devices = bench.agent("password=\"hunter2\"\n");
    let outcome = off(&devices, SHORT).await;
    assert!(bench.read("got").contains("hunter2"), "it was handed over");
    assert!(outcome.detail().contains("password=***; failed: password=*** ]0;***"), "{outcome:?}");
    let error = devices.status(&host(), LONG).await.unwrap_err();
    for text in [format!("{outcome:?}"), format!("{error:?}"), error.to_string(), format!("{devices:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_device_sees_nothing_of_the_environment_but_what_it_is_given() {
    let bench = Bench::new("tr '\\0' '\\n' </proc/$$/environ | sort >$D/env; readlink /proc/$$/cwd >$D/cwd");
    bench.command().status(&host(), LONG).await.unwrap();
    assert_eq!(bench.read("env"), "LANG=C.UTF-8\nPATH=/usr/sbin:/sbin:/usr/bin:/bin\nSWITCHTOWER_HOST=b1\n");
    assert_eq!(bench.read("cwd"), "/\n");
}

#[tokio::test]
async fn nothing_is_sent_where_it_cannot_be() {
    let none = FenceDevices::default();
    let outcome = off(&none, LONG).await;
    let words = "b1: has no fence device; configure `fence` for it, or confirm by `switchtower fence b1 --by-word` that it is off";
    assert_eq!(outcome, Outcome::NotSent { detail: words.to_owned() });
    assert!(matches!(none.status(&host(), LONG).await, Err(DriverError::NoFence { .. })));

    let missing = devices(Device::Agent { agent: "fence_of_nobody".into(), options: BTreeMap::new(), secrets: None }, LONG);
    let outcome = off(&missing, LONG).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }) && outcome.detail().contains("is no program in /usr/sbin"), "{outcome:?}");

    let bench = Bench::good("");
    let devices = bench.agent("password=hunter2\n");
    std::fs::set_permissions(bench.path("secrets"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = off(&devices, LONG).await;
    assert!(matches!(outcome, Outcome::NotSent { .. }) && outcome.detail().contains("chmod 600"), "{outcome:?}");
    assert_eq!(bench.read("calls"), "");
}

#[test]
fn only_a_line_that_ends_in_the_word_says_off() {
    for (line, says) in [
        ("Status: OFF", true),
        ("off", true),
        ("chassis power is off", true),
        ("", false),
        ("Offline", false),
        ("usage: x off", false),
        ("on|off", false),
    ] {
        assert_eq!(says_off(line), says, "{line}");
    }
}
