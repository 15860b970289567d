//! A monitor on another machine, reached through real SSH servers: what is seen there, what is done there, what is refused.

mod console;
mod refused;
mod verbs;

use crate::support::cluster::{Cluster, PROGRAM, Said, table};
use crate::support::console::{Console, PLAIN};
use crate::support::proc;
use crate::support::sshd::Sshd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The monitor's folder of sockets, as its host's SSH server sees it.
const RUN: &str = "/mnt/run";

/// The SSH server of the monitor's host, and one on the way to it; a folder of sockets is on the first.
struct Way {
    mon: Sshd,
    jump: Option<Sshd>,
}

impl Way {
    /// With further lines for the `sshd_config` of the monitor's host.
    fn to(more: &str) -> Self {
        let mon = Sshd::start(more);
        std::fs::set_permissions(mon.path(""), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::create_dir(mon.path("run")).unwrap();
        let way = Self { mon, jump: None };
        way.write_config("root");
        way
    }

    /// With a host before it, which lets the same key in.
    fn through_a_jump() -> Self {
        let way = Self::to("");
        let jump = Sshd::start("");
        std::fs::copy(way.mon.path("id.pub"), jump.path("authorized_keys")).unwrap();
        let keys = [&jump, &way.mon].map(|sshd| std::fs::read_to_string(sshd.path("known_hosts")).unwrap()).concat();
        std::fs::write(way.mon.path("known_hosts"), keys).unwrap();
        let way = Self { jump: Some(jump), ..way };
        way.write_config("root");
        way
    }

    /// What the user's SSH configuration says of both.
    fn write_config(&self, user: &str) {
        let host = |name: &str, sshd: &Sshd| format!("Host {name}\n Port {}\n", sshd.port);
        let jump = self.jump.as_ref().map_or(String::new(), |jump| host("jump1", jump));
        let hosts = host("mon1", &self.mon) + &jump + &host("inner", &self.mon) + " ProxyJump jump1\n";
        let (key, known) = (self.mon.path("id"), self.mon.path("known_hosts"));
        let all = format!(
            "Host *\n HostName 127.0.0.1\n User {user}\n IdentityFile {}\n IdentitiesOnly yes\n IdentityAgent none\n \
             UserKnownHostsFile {}\n GlobalKnownHostsFile none\n",
            key.display(),
            known.display()
        );
        std::fs::write(self.config(), hosts + &all).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.mon.path("ssh_config")
    }

    /// What the command line says on this machine with these words, through `via`.
    #[track_caller]
    fn say(&self, via: &str, words: &[&str]) -> Said {
        let mut command = Command::new(PROGRAM);
        command.args(["--via", via, "--run-dir", RUN, "--ssh-config"]).arg(self.config()).args(words);
        command.env_remove("SSH_AUTH_SOCK").env_remove("SWITCHTOWER_CONFIG");
        Said::from(proc::run(&mut command, Duration::from_secs(90)))
    }

    /// The same, which must end with `code`.
    #[track_caller]
    fn expect(&self, code: i32, via: &str, words: &[&str]) -> Said {
        let said = self.say(via, words);
        assert_eq!(said.code, code, "--via {via} {words:?}\n{}\n{}", said.out, said.err);
        said
    }

    /// A console on this machine, through the monitor's host, with more words before its name.
    #[track_caller]
    fn console(&self, more: &[&str]) -> Console {
        let config = self.config();
        let words = [PROGRAM, "--via", "mon1", "--run-dir", RUN, "--ssh-config", config.to_str().unwrap()];
        let words: Vec<&str> = words.into_iter().chain(more.iter().copied()).chain(["console"]).collect();
        Console::program(&words, &PLAIN)
    }

    /// A cluster whose monitor has its sockets there, with these keys of `[monitor]`.
    #[track_caller]
    fn shop(&self, monitor: &str) -> Cluster {
        let cluster = Cluster::boot(&[("db", &[]), ("web", &["db"])]);
        symlink(self.mon.path("run"), cluster.lab.dir().join("run")).unwrap();
        cluster.configure(monitor, &(table("db", &[]) + &table("web", &["db"])));
        cluster
    }
}

/// The runs that were ever opened.
fn opened(cluster: &Cluster) -> usize {
    cluster.entries().iter().filter(|entry| entry["kind"] == "run-opened").count()
}
