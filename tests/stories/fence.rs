//! A host that must be off for certain: by a fence agent as Debian ships it, and by the power switch of a lab, which is
//! the real end of a real host.

use crate::driver::inside;
use crate::support::cluster::{Cluster, table};
use crate::support::lab::{Lab, script};
use crate::support::{proc, wait};
use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use switchtower::core::fact::{Source, State};
use switchtower::core::model::{ClusterName, Device, Fence, HostName, Instance, Service};
use switchtower::core::permit::Permit;
use switchtower::core::plan::Action;
use switchtower::core::record::Term;
use switchtower::driver::{Act, Drivers, FenceDevices, Hosts, Options, Outcome, Router, SystemdHosts};
use switchtower::monitor::survey;
use switchtower::ssh::{self, Pool};

const LONG: Duration = Duration::from_secs(40);

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

fn permit() -> Permit {
    Permit::grant(Term(7), "a story".to_owned())
}

fn fence(device: Device) -> Fence {
    Fence { device, timeout_ms: 30_000 }
}

fn switch(lab: &Lab, name: &str) -> Fence {
    fence(Device::Command { argv: lab.power_switch(name) })
}

/// Runs a story without a network.
fn told<T>(story: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story)
}

/// An agent of Debian's, unpacked. `fence_dummy` is a power switch in a file, with the library that all of them share.
fn debian(name: &str) -> PathBuf {
    let output = proc::run(&mut script("agents"), Duration::from_secs(100));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Path::new(String::from_utf8(output.stdout).unwrap().trim()).join(name)
}

/// What the agent prints when it gets these lines, error output included.
fn by_hand(agent: &Path, lines: &str) -> String {
    let mut child = Command::new(agent).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn agent(program: &Path, options: &[(&str, &str)], secrets: Option<PathBuf>) -> FenceDevices {
    let options = options.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let device = Device::Agent { agent: program.display().to_string(), options, secrets };
    FenceDevices::new([(host("b1"), fence(device))].into())
}

#[test]
fn a_fence_agent_of_the_distribution_switches_a_host_off_and_its_status_proves_it() {
    let (program, dir) = (debian("fence_dummy"), tempfile::tempdir().unwrap());
    let power = dir.path().join("power");
    std::fs::write(&power, "on").unwrap();
    let devices = agent(&program, &[("type", "file"), ("status_file", power.to_str().unwrap())], None);
    told(async {
        let fact = devices.status(&host("b1"), LONG).await.unwrap();
        assert_eq!((fact.state, fact.source, fact.detail.as_str()), (State::Active, Source::Device, "Status: ON"));
        let outcome = devices.off(permit(), &host("b1"), LONG).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        assert_eq!(std::fs::read_to_string(&power).unwrap(), "off");
        let fact = devices.status(&host("b1"), LONG).await.unwrap();
        assert_eq!((fact.state, fact.detail.as_str()), (State::Inactive, "Status: OFF"));
    });
}

#[test]
fn a_fence_agent_that_cannot_switch_off_leaves_the_host_on_and_keeps_its_secrets() {
    let (program, dir) = (debian("fence_dummy"), tempfile::tempdir().unwrap());
    let secrets = dir.path().join("secrets");
    std::fs::write(&secrets, "passwd=hunter2\n").unwrap();
    std::fs::set_permissions(&secrets, std::fs::Permissions::from_mode(0o600)).unwrap();
    let printed = by_hand(&program, "action=status\ntype=fail\nport=3\npasswd=hunter2\n");
    assert!(printed.contains("hunter2"), "the agent prints options that it does not know: {printed}");
    let failing = agent(&program, &[("type", "fail"), ("port", "3"), ("power_timeout", "1")], Some(secrets.clone()));
    let wrong = agent(&debian("fence_apc"), &[("ip", "127.0.0.1")], Some(secrets));
    told(async {
        let outcome = failing.off(permit(), &host("b1"), Duration::from_secs(15)).await;
        assert!(matches!(outcome, Outcome::Failed { .. }), "{outcome:?}");
        assert!(outcome.detail().contains("Timed out waiting to power OFF"), "{outcome:?}");
        let error = wrong.status(&host("b1"), LONG).await.unwrap_err().to_string();
        assert!(error.contains("ended with status 1: ") && error.contains("You have to set login name"), "{error}");
        for text in [format!("{outcome:?}"), error] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    });
}

#[test]
fn a_fence_agent_whose_device_says_nothing_is_killed_with_the_terminal_session_that_it_opened() {
    let device = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = device.local_addr().unwrap().port().to_string();
    let options = [("ip", "127.0.0.1"), ("ipport", &port), ("login", "admin"), ("passwd", "x"), ("plug", "b1"), ("login_timeout", "60")];
    let devices = agent(&debian("fence_virsh"), &options, None);
    // The agent is known by its input only; the `ssh` that it starts in a session of its own is known by the port.
    let sessions = || {
        let all = std::fs::read_dir("/proc").unwrap().filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("cmdline")).ok());
        all.filter(|line| line.contains("ssh") && line.split('\0').any(|word| word == port)).count()
    };
    let error = std::thread::scope(|scope| {
        let status = scope.spawn(|| told(devices.status(&host("b1"), Duration::from_secs(6))).unwrap_err().to_string());
        wait::until("the agent opens a session", LONG, || sessions() > 0);
        status.join().unwrap()
    });
    assert!(error.contains("was killed"), "{error}");
    wait::until("the end of the session", LONG, || sessions() == 0);
}

#[test]
fn a_host_that_hangs_is_switched_off_by_its_power_switch_and_is_gone() {
    let lab = Lab::boot(&["a1", "b1"]);
    let (a1, b1) = (lab.host("a1"), lab.host("b1"));
    b1.sh("touch /run/before");
    let fences = Arc::new(FenceDevices::new([(host("b1"), switch(&lab, "b1"))].into()));
    let pool = Arc::new(Pool::new(ssh::Options::default()));
    let hosts = SystemdHosts::new(pool, BTreeMap::new(), ClusterName::new("shop").unwrap(), Options::default());
    let hosts = Arc::new(hosts);
    let drivers = Drivers { systemd: hosts.clone(), processes: hosts.clone(), agents: hosts };
    let router = Router::new(drivers, BTreeMap::new(), fences);
    let power = Instance { host: host("b1"), service: Service::Power };
    let off = Act { instance: power.clone(), action: Action::Stop, timeout: LONG };
    told(async {
        assert_eq!(router.settle(&permit(), &power, LONG).await.unwrap().state, State::Active);
        b1.freeze();
        let outcome = router.act(permit(), &off).await;
        assert!(matches!(outcome, Outcome::Done { .. }), "{outcome:?}");
        assert!(!b1.is_on() && a1.is_on());
        assert_eq!(router.settle(&permit(), &power, LONG).await.unwrap().state, State::Inactive);
        let again = router.act(permit(), &off).await;
        assert!(matches!(again, Outcome::Done { .. }), "a host that is off already: {again:?}");

        let mut on = lab.power_switch("b1");
        on.push("on".to_owned());
        assert!(proc::run(Command::new(&on[0]).args(&on[1..]), LONG).status.success());
        assert_eq!(router.settle(&permit(), &power, LONG).await.unwrap().state, State::Active);
        assert_eq!(b1.sh("[ -e /run/before ] || echo booted"), "booted");
    });
}

#[test]
fn a_power_switch_knows_the_hosts_of_its_lab_and_no_others() {
    let (one, other) = (Lab::boot(&["a1"]), Lab::boot(&["b1"]));
    let mut argv = one.power_switch("a1");
    argv[2] = "b1".to_owned();
    let strange = FenceDevices::new([(host("b1"), fence(Device::Command { argv }))].into());
    told(async {
        let outcome = strange.off(permit(), &host("b1"), Duration::from_secs(3)).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }) && outcome.detail().contains("no host b1"), "{outcome:?}");
    });
    assert!(one.host("a1").is_on() && other.host("b1").is_on());
}

#[test]
fn a_check_of_the_configuration_asks_the_fence_devices_and_finds_those_that_cannot_be_right() {
    let cluster = Cluster::boot(&[("db", &[])]);
    cluster.configure("", &table("db", &[]));
    let plain = switchtower::config::load(&cluster.config()).unwrap();
    let checked = |a1: Fence, b1: Fence| {
        let mut loaded = plain.clone();
        for (name, fence) in [("a1", a1), ("b1", b1)] {
            loaded.cluster.hosts.get_mut(&host(name)).unwrap().fence = Some(fence);
        }
        let problems = inside(&cluster.lab, survey(&loaded));
        problems.into_iter().map(|p| (p.key, p.why)).collect::<Vec<_>>()
    };
    let good = |name| switch(&cluster.lab, name);
    let lying = fence(Device::Command { argv: ["/bin/sh", "-c", "exit 2"].map(str::to_owned).to_vec() });
    let mute = fence(Device::Command { argv: vec!["/bin/false".to_owned()] });

    assert_eq!(checked(good("a1"), good("b1")), []);
    assert!(cluster.host("a1").is_on() && cluster.host("b1").is_on(), "a check switches nothing");
    let found = checked(mute, lying);
    assert_eq!(found.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["hosts.a1.fence", "hosts.b1.fence"], "{found:?}");
    assert!(found[0].1.contains("ended with status 1") && found[1].1.contains("while b1 answers"), "{found:?}");

    cluster.host("b1").power_off();
    let found = checked(good("a1"), good("b1"));
    assert_eq!(found.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["hosts.b1"], "off, and said to be: {found:?}");
}
