//! What stands on a benchmark's command line, and what the machine must have: called first by every benchmark.
//! A benchmark that cannot run says what is missing and ends with 2.

use std::process::{Command, ExitCode, Stdio};

/// The programs that a lab is made with, and the package that has each.
const PROGRAMS: [(&str, &str); 6] = [
    ("systemd-nspawn", "systemd-container"),
    ("mmdebstrap", "mmdebstrap"),
    ("ip", "iproute2"),
    ("ssh-keygen", "openssh-client"),
    ("nsenter", "util-linux"),
    ("pgrep", "procps"),
];

/// What the caller may choose; nothing stands for what the benchmark itself takes.
#[derive(Debug, Default, Clone, Copy)]
pub struct Options {
    reps: Option<usize>,
    peer_reps: Option<usize>,
    seconds: Option<usize>,
    no_peer: bool,
}

impl Options {
    /// How often each of our cases is measured.
    pub fn reps(&self, otherwise: usize) -> usize {
        self.reps.unwrap_or(otherwise)
    }

    /// How often each case of the peer is measured.
    pub fn peer_reps(&self, otherwise: usize) -> usize {
        self.peer_reps.unwrap_or(otherwise)
    }

    /// How long a window lasts.
    pub fn seconds(&self, otherwise: usize) -> u64 {
        self.seconds.unwrap_or(otherwise) as u64
    }

    /// Whether the peer is measured too.
    pub fn peer(&self) -> bool {
        !self.no_peer
    }

    fn read(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        let mut words = words;
        while let Some(word) = words.next() {
            let mut number = || {
                let number = words.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                number.map(Some).ok_or_else(|| format!("{word} needs a number from 1 on"))
            };
            match word.as_str() {
                // cargo says this to every benchmark.
                "--bench" => {}
                "--reps" => options.reps = number()?,
                "--peer-reps" => options.peer_reps = number()?,
                "--seconds" => options.seconds = number()?,
                "--no-peer" => options.no_peer = true,
                other => return Err(format!("{other} is not known; known are --reps N, --peer-reps N, --seconds N, --no-peer")),
            }
        }
        Ok(options)
    }
}

/// Runs a benchmark on a machine that can.
pub fn bench(name: &str, run: impl FnOnce(Options)) -> ExitCode {
    match Options::read(std::env::args().skip(1)).and_then(|options| able().map(|()| options)) {
        Ok(options) => {
            run(options);
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("bench {name} cannot run: {why}");
            ExitCode::from(2)
        }
    }
}

fn able() -> Result<(), String> {
    if !rustix::process::geteuid().is_root() {
        return Err("it needs root, for hosts in namespaces of their own".to_owned());
    }
    let missing: Vec<String> = PROGRAMS
        .iter()
        .filter(|(program, _)| !quiet(Command::new("sh").args(["-c", "command -v \"$1\"", "sh", program])))
        .map(|(program, package)| format!("{program} (package {package})"))
        .collect();
    if !missing.is_empty() {
        return Err(format!("missing: {}", missing.join(", ")));
    }
    let namespaces = ["--mount", "--net", "--pid", "--fork", "--mount-proc", "true"];
    if !quiet(Command::new("unshare").args(namespaces)) {
        return Err("this root may not make namespaces".to_owned());
    }
    Ok(())
}

fn quiet(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
