//! A real OpenSSH server on loopback, for stories about the client. Needs root.
//!
//! Debian's `sshd` runs out of the test hosts' root tree (`tests/lab/tree`), chrooted in a mount and pid namespace of its
//! own: nothing is installed or started on the machine, and everything it started dies with it.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::wait;

/// Runs in the namespaces: `$1` the tree, `$2` the test's folder, seen as `/mnt` by the server.
const BOOT: &str = r#"
set -e
root=$2/root; mkdir -p "$root"
mount --bind "$1" "$root"
mount -t tmpfs tmpfs "$root/run"; mkdir -p "$root/run/sshd"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/root"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount --bind "$2" "$root/mnt"
for file in passwd group; do [ ! -f "$2/$file" ] || mount --bind "$2/$file" "$root/etc/$file"; done
exec chroot "$root" /usr/sbin/sshd -D -e -f /mnt/sshd_config
"#;

/// A running server. Its folder holds `host_key`, `id` (accepted for root), `authorized_keys`, `known_hosts`, `log`; `passwd` and
/// `group` there stand in the place of its own when it boots.
pub struct Sshd {
    child: Option<Child>,
    dir: TempDir,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
}

impl Sshd {
    /// Starts one with further lines for its `sshd_config` and waits until it listens.
    pub fn start(more: &str) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        keygen(&dir.path().join("host_key"), &[]);
        keygen(&dir.path().join("id"), &[]);
        fs::copy(dir.path().join("id.pub"), dir.path().join("authorized_keys")).unwrap();
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey /mnt/host_key\nAuthorizedKeysFile /mnt/authorized_keys\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\nUseDNS no\n{more}\n"
        );
        fs::write(dir.path().join("sshd_config"), config).unwrap();
        let key = public(&dir.path().join("host_key"));
        fs::write(dir.path().join("known_hosts"), format!("[127.0.0.1]:{port} {key}\n")).unwrap();
        let mut sshd = Self { child: None, dir, port };
        sshd.boot();
        sshd
    }

    /// Starts it again after [`stop`](Self::stop).
    pub fn boot(&mut self) {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let child = Command::new("unshare")
            .args(["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-c", BOOT, "sh"])
            .arg(tree())
            .arg(self.dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("unshare (util-linux) starts");
        self.child = Some(child);
        let port = self.port;
        let log = self.path("log");
        until(&format!("sshd listens (root needed; log: {})", fs::read_to_string(&log).unwrap_or_default()), || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
    }

    /// Ends it with everything it started, as a power failure would (but the kernel closes its sockets).
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
            // The kernel ends what `unshare` has started a moment later.
            until("sshd is gone", || TcpStream::connect(("127.0.0.1", self.port)).is_err());
        }
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// What it wrote to stderr.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Stops (or continues) all of its processes where they stand; the kernel still accepts connections for it.
    pub fn freeze(&self, freeze: bool) {
        let signal = if freeze { "-STOP" } else { "-CONT" };
        let pids = self.processes().map(|(pid, _)| pid);
        run(Command::new("kill").arg(signal).args(pids));
    }

    /// The command lines of its processes that hold a text.
    pub fn processes_with(&self, text: &str) -> Vec<String> {
        self.processes().map(|(_, line)| line).filter(|line| line.contains(text)).collect()
    }

    /// Pids and command lines of all that runs in its pid namespace.
    fn processes(&self) -> impl Iterator<Item = (String, String)> {
        let child = self.child.as_ref().map_or(0, Child::id);
        let mine = fs::read_link(format!("/proc/{child}/ns/pid_for_children")).expect("its namespace");
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let pids = entries.filter_map(|e| e.file_name().into_string().ok()).filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
        let ours = pids.filter(move |pid| fs::read_link(format!("/proc/{pid}/ns/pid")).is_ok_and(|ns| ns == mine));
        ours.filter_map(|pid| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            Some((pid, String::from_utf8_lossy(&line).replace('\0', " ")))
        })
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.stop();
        // The mount point is left behind when the namespace goes.
        let _ = fs::remove_dir(self.dir.path().join("root"));
    }
}

/// The root tree of the test hosts; made when there is none.
fn tree() -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/tree");
    let made = Command::new(&script).output().unwrap_or_else(|e| panic!("{} cannot be run: {e}", script.display()));
    assert!(made.status.success(), "no root tree: {}", String::from_utf8_lossy(&made.stderr));
    PathBuf::from(String::from_utf8(made.stdout).unwrap().trim())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Makes a key pair with `ssh-keygen`; Ed25519 without a passphrase unless `args` say otherwise.
pub fn keygen(path: &Path, args: &[&str]) {
    let kind: &[&str] = if args.contains(&"-t") { &[] } else { &["-t", "ed25519"] };
    let phrase: &[&str] = if args.contains(&"-N") { &[] } else { &["-N", ""] };
    run(Command::new("ssh-keygen").arg("-q").args(kind).args(phrase).args(args).arg("-f").arg(path));
}

/// Signs `key` (its `.pub`) with the authority `ca`; makes `key-cert.pub`.
pub fn sign(ca: &Path, key: &Path, args: &[&str]) {
    let public = key.with_extension("pub");
    run(Command::new("ssh-keygen").arg("-q").arg("-s").arg(ca).args(args).arg(public));
}

/// Type and base64 of a public key.
pub fn public(key: &Path) -> String {
    let text = fs::read_to_string(key.with_extension("pub")).unwrap();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// Runs a program to its end and takes its stdout.
pub fn run(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Waits for something named, 15 s at most.
#[track_caller]
pub fn until(what: &str, so: impl FnMut() -> bool) {
    wait::until(what, Duration::from_secs(15), so);
}
