//! The lab that the other stories stand on does what it says, and leaves nothing behind.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::lab::{Lab, labs, script};
use crate::support::proc::{self, Child};
use crate::support::service::ServiceSpec;
use crate::support::wait;

const SOON: Duration = Duration::from_secs(10);

/// What `ssh` says when the controller runs a command on a host.
fn ssh(lab: &Lab, host: &str, command: &str) -> Result<String, String> {
    let mut ssh = lab.ctl_command("ssh");
    let output = proc::run(ssh.arg("-F").arg(lab.ssh_config()).args([host, command]), SOON);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

/// Whether a TCP connection to the host's sshd comes about, from another host or from the controller.
fn connects(lab: &Lab, from: Option<&str>, to: &str) -> bool {
    let mut command = match from {
        Some(host) => lab.host(host).command("timeout"),
        None => lab.ctl_command("timeout"),
    };
    let probe = command.args(["1", "bash", "-c", "exec 3<>\"/dev/tcp/$1/22\"", "bash", to]);
    proc::run(probe, SOON).status.success()
}

#[test]
fn the_controller_reaches_every_host_by_ssh_with_strict_keys_and_hosts_reach_each_other() {
    let lab = Lab::boot(&["a1", "b1"]);
    assert_eq!(ssh(&lab, "a1", "hostname"), Ok("a1".to_owned()));
    assert_eq!(ssh(&lab, "b1", "systemctl is-system-running"), Ok("running".to_owned()));
    assert_eq!(ssh(&lab, lab.host("b1").ip(), "hostname"), Ok("b1".to_owned()));
    assert!(connects(&lab, Some("a1"), "b1"));

    lab.host("a1").sh("rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; systemctl restart ssh");
    let refused = ssh(&lab, "a1", "true").unwrap_err();
    assert!(refused.contains("host key") || refused.contains("Host key"), "{refused}");
}

#[test]
fn a_host_can_be_cut_off_hidden_and_frozen_and_comes_back_as_it_was() {
    let lab = Lab::boot(&["a1", "b1"]);
    let (a1, boot_id) = (lab.host("a1"), lab.host("a1").sh("cat /proc/sys/kernel/random/boot_id"));

    assert!(connects(&lab, None, "a1") && connects(&lab, Some("b1"), "a1"));
    a1.cut();
    assert!(!connects(&lab, None, "a1") && !connects(&lab, Some("b1"), "a1"));
    assert_eq!(a1.sh("hostname"), "a1", "out of band it still answers");
    a1.heal();
    wait::until("a1 to answer after heal", SOON, || connects(&lab, None, "a1"));

    a1.hide();
    assert!(!connects(&lab, None, "a1"));
    assert!(connects(&lab, Some("b1"), "a1") && connects(&lab, None, "b1"));
    a1.show();
    wait::until("a1 to answer after show", SOON, || connects(&lab, None, "a1"));

    a1.freeze();
    assert!(connects(&lab, None, "a1"), "the kernel of a host that hangs still answers");
    assert!(ssh(&lab, "a1", "true").is_err());
    a1.thaw();
    assert_eq!(ssh(&lab, "a1", "cat /proc/sys/kernel/random/boot_id"), Ok(boot_id));
}

#[test]
fn a_power_loss_sends_no_packet_and_keeps_the_disk() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    let boot_id = a1.sh("cat /proc/sys/kernel/random/boot_id");
    a1.write("/var/lib/app/kept", b"words\n");
    let mut session = lab.ctl_command("ssh");
    session.arg("-F").arg(lab.ssh_config()).args(["a1", "echo in; sleep 1000"]);
    let mut session = Child::spawn("session", &mut session, lab.dir());
    wait::until("the session", SOON, || session.stdout() == "in\n");

    a1.power_off();
    assert!(!a1.is_on());
    assert!(session.status().is_none(), "nobody said good-bye to the session");

    a1.start();
    assert_eq!(ssh(&lab, "a1", "cat /var/lib/app/kept"), Ok("words".to_owned()));
    assert_ne!(a1.sh("cat /proc/sys/kernel/random/boot_id"), boot_id);
}

#[test]
fn services_behave_as_asked() {
    let lab = Lab::boot(&["a1"]);
    let a1 = lab.host("a1");
    lab.service_unit("a1", "plain.service", ServiceSpec::Simple);
    lab.service_unit("a1", "slow.service", ServiceSpec::SlowStart(Duration::from_millis(700)));
    lab.service_unit("a1", "lame.service", ServiceSpec::FailsToStart);
    lab.service_unit("a1", "stubborn.service", ServiceSpec::WontStop(Duration::from_millis(600)));
    lab.service_unit("a1", "brief.service", ServiceSpec::DiesAfter(Duration::from_millis(100)));
    lab.service_unit("a1", "web.service", ServiceSpec::Serves(8080));

    assert_eq!(a1.unit_property("plain.service", "UnitFileState"), "static");
    a1.sh("systemctl start plain.service");
    assert!(a1.is_active("plain.service"));
    let (pid, run) = (a1.unit_pid("plain.service").unwrap(), a1.invocation_id("plain.service"));
    a1.kill_unit("plain.service", "KILL");
    wait::until("plain.service to fail", SOON, || a1.unit_property("plain.service", "ActiveState") == "failed");
    a1.sh("systemctl start plain.service");
    assert_ne!((a1.unit_pid("plain.service").unwrap(), a1.invocation_id("plain.service")), (pid, run));

    let took = |script: &str| {
        let started = Instant::now();
        a1.sh(script);
        started.elapsed()
    };
    assert!(took("systemctl start slow.service") >= Duration::from_millis(700));
    assert!(!a1.exec(&["systemctl", "start", "lame.service"]).status.success());
    a1.sh("systemctl start stubborn.service");
    assert!(took("systemctl stop stubborn.service") >= Duration::from_millis(600));
    a1.sh("systemctl start brief.service");
    wait::until("brief.service to die", SOON, || a1.unit_property("brief.service", "ExecMainStatus") == "3");

    a1.sh("systemctl start web.service");
    let get = || {
        let mut bash = lab.ctl_command("bash");
        let output = proc::run(bash.args(["-c", "exec 3<>/dev/tcp/a1/8080; cat <&3"]), SOON);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    wait::until_value("an answer of web.service", SOON, get, |line| line == "a1 web.service\n");
}

#[test]
fn a_small_file_system_gets_full() {
    let lab = Lab::boot(&["a1"]);
    let disk = lab.tmpfs("disk", 64 * 1024);
    let error = std::fs::write(disk.join("file"), vec![1; 128 * 1024]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
    let seen = proc::run(lab.ctl_command("findmnt").arg(&disk), SOON);
    assert!(seen.status.success(), "the controller's programs see it too");
}

/// What a lab with this folder name could leave on the machine.
fn left_behind(name: &str) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    left.extend(mounts.lines().filter(|line| line.contains(name)).map(str::to_owned));
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        let group = std::fs::read_to_string(entry.path().join("cgroup")).unwrap_or_default();
        if command.contains(name) || group.contains(name) {
            left.push(format!("{}: {command}{group}", entry.path().display()));
        }
    }
    let groups = proc::run(Command::new("find").args(["/sys/fs/cgroup", "-maxdepth", "2", "-name", &format!("*{name}")]), SOON);
    left.extend(String::from_utf8_lossy(&groups.stdout).lines().map(str::to_owned));
    left.extend(labs().join(name).exists().then(|| labs().join(name).display().to_string()));
    left
}

fn network_names() -> Vec<String> {
    let named = std::fs::read_dir("/run/netns").into_iter().flatten().flatten();
    let links = std::fs::read_dir("/sys/class/net").unwrap().flatten();
    let mut names: Vec<String> = named.chain(links).map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn nothing_of_a_lab_is_left_when_it_is_dropped() {
    let networks = network_names();
    let lab = Lab::boot(&["a1"]);
    assert_eq!(network_names(), networks, "a lab is not seen from outside");
    lab.tmpfs("disk", 64 * 1024);
    lab.host("a1").freeze();
    let name = lab.dir().parent().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    let mut program = Child::spawn("sleep", lab.ctl_command("sleep").arg("1000"), lab.dir());
    wait::until("traces of the lab while it runs", SOON, || left_behind(&name).len() >= 4);
    drop(lab);
    program.ends_within(SOON);
    assert_eq!(left_behind(&name), Vec::<String>::new());
}

#[test]
fn the_sweep_removes_the_lab_of_a_dead_owner_and_no_other() {
    let mine = Lab::boot(&["a1"]);
    let dir = labs().join(format!("orphan-{:x}", std::process::id()));
    let log = tempfile::tempdir().unwrap();
    let mut keep = script("keep");
    keep.arg(&dir).arg("b1").stdin(std::process::Stdio::piped());
    let mut keeper = Child::spawn_with_input("keep", &mut keep, log.path());
    wait::until("the second lab", Duration::from_secs(60), || keeper.stdout() == "ready\n");
    // The pipe stays open, so the lab of the dead keeper runs on until somebody sweeps.
    let _held = keeper.stdin();
    keeper.signal(rustix::process::Signal::KILL);
    keeper.ends_within(SOON);
    let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
    assert_ne!(left_behind(&name), Vec::<String>::new());

    let swept = proc::run(&mut script("sweep"), Duration::from_secs(30));
    assert!(String::from_utf8_lossy(&swept.stdout).contains(&name), "{swept:?}");
    assert_eq!(left_behind(&name), Vec::<String>::new());
    assert_eq!(mine.host("a1").sh("hostname"), "a1");
}
