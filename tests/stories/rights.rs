//! Who may look and who may act is a matter of file modes and groups, and everybody is told where he stands.

use crate::support::cluster::{Cluster, PROGRAM, Said, table};
use crate::support::proc;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The rights on hosts that come with the program.
const SUDOERS: &str = include_str!("../../config/sudoers");
/// A user without any right.
const NOBODY: u32 = 65534;

/// A cluster whose sockets lie in a folder that everybody can enter, with a copy of the program beside it.
struct Office {
    cluster: Cluster,
    dir: tempfile::TempDir,
}

impl Office {
    /// With these keys of `[monitor]`.
    fn open(monitor: &str) -> Self {
        let cluster = Cluster::boot(&[("web", &[])]);
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(dir.path().join("run")).unwrap();
        symlink(dir.path().join("run"), cluster.lab.dir().join("run")).unwrap();
        std::fs::copy(PROGRAM, dir.path().join("switchtower")).unwrap();
        cluster.configure(monitor, &table("web", &[]));
        Self { cluster, dir }
    }

    fn socket(&self, name: &str) -> PathBuf {
        self.dir.path().join("run").join(name)
    }

    /// What the command line says to a user who is only in `groups`.
    #[track_caller]
    fn nobody(&self, groups: &[&str], words: &[&str]) -> Said {
        let groups: Vec<String> = groups.iter().map(|name| group(name).to_string()).collect();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &NOBODY.to_string(), "--regid", &NOBODY.to_string()]);
        if groups.is_empty() {
            command.arg("--clear-groups")
        } else {
            command.args(["--groups", &groups.join(",")])
        };
        command.arg(self.dir.path().join("switchtower")).arg("--run-dir").arg(self.dir.path().join("run")).args(words);
        Said::from(proc::run(&mut command, Duration::from_secs(60)))
    }
}

/// The number of a group of this machine.
fn group(name: &str) -> u32 {
    let text = std::fs::read_to_string("/etc/group").unwrap();
    let line = text.lines().find(|line| line.split(':').next() == Some(name)).unwrap_or_else(|| panic!("no group {name}"));
    line.split(':').nth(2).unwrap().parse().unwrap()
}

/// Mode and group of a file.
fn rights(path: &Path) -> (u32, u32) {
    let meta = std::fs::metadata(path).unwrap();
    (meta.mode() & 0o7777, meta.gid())
}

#[test]
fn without_a_group_only_the_monitors_own_user_gets_in() {
    let office = Office::open("");
    let _monitor = office.cluster.monitor();
    assert_eq!(rights(&office.socket("operate.sock")), (0o600, 0));
    assert_eq!(rights(&office.socket("observe.sock")), (0o600, 0));
    let before = (office.cluster.entries().len(), office.cluster.host("a1").invocation_id("web.service"));
    for (words, socket) in [
        (&["status"][..], "observe.sock"),
        (&["log"], "observe.sock"),
        (&["switchover", "--dry-run"], "observe.sock"),
        (&["switchover", "--confirm", "south"], "operate.sock"),
        (&["abort", "r1", "--confirm", "yes"], "operate.sock"),
    ] {
        let said = office.nobody(&["games"], words);
        assert_eq!(said.code, 3, "{words:?}\n{}\n{}", said.out, said.err);
        assert!(said.err.contains(socket) && said.err.contains("mode 0600, group root"), "{words:?}\n{}", said.err);
    }
    assert_eq!((office.cluster.entries().len(), office.cluster.host("a1").invocation_id("web.service")), before);
    office.cluster.assert_serves("a1");
}

#[test]
fn an_observer_looks_and_an_operator_acts_each_by_his_group() {
    let office = Office::open("operators = \"daemon\"\nobservers = \"games\"");
    let _monitor = office.cluster.monitor();
    assert_eq!(rights(&office.socket("operate.sock")), (0o660, group("daemon")));
    assert_eq!(rights(&office.socket("observe.sock")), (0o660, group("games")));

    let before = (office.cluster.entries().len(), office.cluster.host("a1").invocation_id("web.service"));
    for (words, shown) in
        [(&["status"][..], "north ACTIVE"), (&["log"], "took term 1"), (&["switchover", "--dry-run"], "dry run: nothing was done")]
    {
        let said = office.nobody(&["games"], words);
        assert_eq!(said.code, 0, "{words:?}\n{}", said.err);
        assert!(said.out.contains(shown), "{words:?}\n{}", said.out);
    }
    for words in [&["switchover", "--confirm", "south"][..], &["stop", "--confirm", "north"], &["abort", "r1", "--confirm", "yes"]] {
        let said = office.nobody(&["games"], words);
        assert_eq!(said.code, 3, "{words:?}\n{}\n{}", said.out, said.err);
        assert!(said.err.contains("operate.sock (mode 0660, group daemon)"), "{words:?}\n{}", said.err);
        assert!(said.err.contains("act as a member of the group daemon"), "{words:?}\n{}", said.err);
    }
    let said = office.nobody(&[], &["status"]);
    assert_eq!(said.code, 3, "{}", said.out);
    assert_eq!((office.cluster.entries().len(), office.cluster.host("a1").invocation_id("web.service")), before);

    let said = office.nobody(&["daemon"], &["switchover", "--confirm", "south"]);
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    office.cluster.assert_serves("b1");
    let opened = office.cluster.entries().into_iter().find(|e| e["kind"] == "run-opened").unwrap();
    assert_eq!(opened["who"]["uid"], NOBODY, "the journal has who asked, by the kernel's word");
}

/// What a check says that runs where the monitor will: beside the hosts.
fn check(cluster: &Cluster) -> Said {
    let mut command = cluster.lab.ctl_command(PROGRAM);
    command.args(["config", "check", "--config"]).arg(cluster.config());
    proc::run(&mut command, Duration::from_secs(60)).into()
}

#[test]
fn a_login_that_is_not_root_needs_the_shipped_rights_and_no_others_to_act() {
    let cluster = Cluster::boot(&[("web", &[])]);
    let text = std::fs::read_to_string(cluster.config()).unwrap();
    std::fs::write(cluster.config(), text.replace("user = \"root\"", "user = \"switchtower\"")).unwrap();
    for host in ["a1", "b1"] {
        let host = cluster.host(host);
        host.sh("useradd --create-home --shell /bin/sh switchtower; cp -r ~/.ssh ~switchtower/; chown -R switchtower ~switchtower/.ssh");
        host.write("/etc/sudoers.d/hardened", b"Defaults requiretty\nDefaults use_pty\n");
    }
    let said = check(&cluster);
    assert_eq!(said.code, 3, "{}{}", said.out, said.err);
    for part in ["hosts.a1", "hosts.b1", "the guard needs root", "NOPASSWD: /bin/sh"] {
        assert!(said.out.contains(part), "{part} is missing in\n{}{}", said.out, said.err);
    }

    for host in ["a1", "b1"] {
        let host = cluster.host(host);
        host.write("/etc/sudoers.d/switchtower", SUDOERS.as_bytes());
        host.sh("chmod 0440 /etc/sudoers.d/*; visudo -c");
    }
    let said = check(&cluster);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(!said.out.contains("the guard needs root"), "{}", said.out);
    let _monitor = cluster.monitor();
    cluster.expect(0, &["switchover", "--confirm", "south"]);
    cluster.assert_serves("b1");
    cluster.expect(0, &["switchback", "--confirm", "north"]);
    cluster.assert_serves("a1");
}
