//! A host service that ends with its test, and somebody who talks to it.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use switchtower::core::fact::{Fact, State};
use switchtower::core::model::{ClusterName, Process, ProcessMode, ProcessName};
use switchtower::core::plan::Action;
use switchtower::core::record::Term;
use switchtower::wire::host::*;

use crate::support::proc::Child;
use crate::support::wait;

/// Longer than anything takes here.
pub const LONG: Duration = Duration::from_secs(20);
/// The life of the monitor that these stories are of, and of another.
pub const LIFE: &str = "0123456789abcdef";
pub const OTHER_LIFE: &str = "fedcba9876543210";

/// A folder with a host service in it.
pub struct Host {
    pub dir: tempfile::TempDir,
    pub service: Option<Child>,
    lives: u32,
}

impl Host {
    /// With these processes, as they stand in its file.
    pub fn new(processes: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut host = Self { dir, service: None, lives: 0 };
        let text = format!(
            "[host]\ncluster = \"shop\"\nsocket = \"{}\"\nstate_dir = \"{}\"\n{processes}",
            host.socket().display(),
            host.state().display()
        );
        std::fs::write(host.file(), text).unwrap();
        host.begin();
        host
    }

    /// One that runs `script` in a shell as `app`, ready at once.
    pub fn shell(script: &str) -> Self {
        Self::new(&app(script, "stop_timeout = \"1s\"\nready = \"0ms\""))
    }

    /// Begins its service, and waits until it answers.
    pub fn begin(&mut self) {
        self.lives += 1;
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchtower"));
        command.args(["host", "run", "--file"]).arg(self.file()).env("SECRET_OF_THE_SERVICE", "1");
        let service = Child::spawn(&format!("service{}", self.lives), &mut command, self.dir.path());
        self.service = Some(service);
        wait::until("the host service's answer", LONG, || UnixStream::connect(self.socket()).is_ok());
    }

    pub fn file(&self) -> PathBuf {
        self.dir.path().join("host.toml")
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("run/socket")
    }

    pub fn service(&mut self) -> &mut Child {
        self.service.as_mut().unwrap()
    }

    /// A monitor of its cluster.
    pub fn monitor(&self) -> Talk {
        Talk::hello(&self.socket(), Some("shop")).unwrap()
    }

    /// A person on the host.
    pub fn person(&self) -> Talk {
        Talk::hello(&self.socket(), None).unwrap()
    }

    /// A monitor that has taken the host under `term`.
    pub fn keeper(&self, term: u64) -> Talk {
        let mut talk = self.monitor();
        talk.term = term;
        talk.take(claim(term, LIFE)).unwrap();
        talk
    }
}

/// A process `app` that runs `script` in a shell.
pub fn app(script: &str, keys: &str) -> String {
    format!("[processes.app]\ncommand = [\"/bin/sh\", \"-c\", {script:?}]\n{keys}\n")
}

pub fn claim(term: u64, life: &str) -> Claim {
    Claim { term: Term(term), identity: life.to_owned() }
}

pub fn active() -> Process {
    Process::active("app").unwrap()
}

pub fn standby() -> Process {
    Process { name: ProcessName::new("app").unwrap(), mode: ProcessMode::Standby }
}

/// Somebody at the socket.
pub struct Talk {
    stream: BufReader<UnixStream>,
    asked: u64,
    pub number: u64,
    pub term: u64,
    pub clock: Option<HostClock>,
    told: Vec<(Instant, HostOutgoing)>,
}

pub type Answer = Result<HostAnswer, Box<HostRefusal>>;

impl Talk {
    pub fn connect(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream.set_write_timeout(Some(LONG)).unwrap();
        Self { stream: BufReader::new(stream), asked: 0, number: 0, term: 0, clock: None, told: Vec::new() }
    }

    pub fn hello(socket: &Path, cluster: Option<&str>) -> Result<Self, Box<HostRefusal>> {
        let mut talk = Self::connect(socket);
        let cluster = cluster.map(|name| ClusterName::new(name).unwrap());
        let hello = HostHello { protocol: HOST_PROTOCOL, cluster, client: "a story".into() };
        match talk.ask(HostAsk::Hello(hello))? {
            HostAnswer::Welcome { clock, .. } => talk.clock = Some(clock),
            other => panic!("{other:?}"),
        }
        Ok(talk)
    }

    /// Whether there is a place for one more; where there is none, its connection ends, with a word or without.
    pub fn is_welcome(socket: &Path) -> bool {
        let mut talk = Self::connect(socket);
        let hello = HostHello { protocol: HOST_PROTOCOL, cluster: None, client: "a story".into() };
        let line = serde_json::to_string(&HostIncoming { id: 1, ask: HostAsk::Hello(hello) }).unwrap();
        let _ = talk.write(format!("{line}\n").as_bytes());
        matches!(talk.line(), Some(HostOutgoing::Answer { .. }))
    }

    pub fn write(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.stream.get_mut().write_all(line)
    }

    /// Asks without waiting; the number of the question.
    pub fn begin(&mut self, ask: HostAsk) -> u64 {
        self.asked += 1;
        let line = serde_json::to_string(&HostIncoming { id: self.asked, ask }).unwrap();
        self.write(format!("{line}\n").as_bytes()).unwrap();
        self.asked
    }

    /// The next line; `None` at the end.
    pub fn line(&mut self) -> Option<HostOutgoing> {
        let mut line = String::new();
        match self.stream.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"))),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => None,
            Err(error) => panic!("nothing was said: {error}"),
        }
    }

    /// The answer to question `id`, whenever it comes; what is told meanwhile is kept.
    pub fn answer(&mut self, id: u64) -> Answer {
        let to = |said: &HostOutgoing| match said {
            HostOutgoing::Answer { id: to, .. } => *to == id,
            HostOutgoing::Refused { id: to, .. } => to.is_none_or(|to| to == id),
            HostOutgoing::Changed { .. } | HostOutgoing::Resync => false,
        };
        let kept = self.told.iter().position(|(_, said)| to(said));
        let mut said = kept.map(|at| self.told.remove(at).1);
        loop {
            match said.take().unwrap_or_else(|| self.line().expect("the connection has ended")) {
                HostOutgoing::Answer { answer, id: of } if of == id => return Ok(answer),
                HostOutgoing::Refused { refusal, id: of } if of.is_none_or(|of| of == id) => return Err(Box::new(refusal)),
                other => self.told.push((Instant::now(), other)),
            }
        }
    }

    pub fn ask(&mut self, ask: HostAsk) -> Answer {
        let id = self.begin(ask);
        self.answer(id)
    }

    /// Until `ms` from now, by the host's clock.
    pub fn until_plain(&mut self, ms: u64) -> NotAfter {
        let clock = self.status().clock;
        NotAfter { boot_id: clock.boot_id, boot_ms: clock.boot_ms + ms }
    }

    /// A time that has not come for long, without asking again.
    pub fn soon(&self) -> NotAfter {
        let clock = self.clock.as_ref().unwrap();
        NotAfter { boot_id: clock.boot_id.clone(), boot_ms: clock.boot_ms + 600_000 }
    }

    pub fn take(&mut self, claim: Claim) -> Answer {
        let not_after = self.soon();
        let deed = self.status().keeper.filter(|keeper| keeper.by_hand.is_some()).map(|keeper| keeper.term);
        self.ask(HostAsk::Take(HostTake { claim, deed, not_after }))
    }

    pub fn act_ask(&mut self, action: Action, process: Process, timeout_ms: u64) -> HostAct {
        self.number += 1;
        HostAct { claim: claim(self.term, LIFE), number: self.number, process, action, timeout_ms, lease_ms: None, not_after: self.soon() }
    }

    pub fn act(&mut self, action: Action, process: Process) -> HostOutcome {
        let act = self.act_ask(action, process, 10_000);
        match self.ask(HostAsk::Act(act)).unwrap() {
            HostAnswer::Acted(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    pub fn start(&mut self) -> HostOutcome {
        self.act(Action::Start, active())
    }

    pub fn stop(&mut self) -> HostOutcome {
        self.act(Action::Stop, active())
    }

    /// Starts and expects that it runs; its pid.
    pub fn started(&mut self) -> u32 {
        let outcome = self.start();
        assert!(matches!(outcome, HostOutcome::Done { .. }), "{outcome:?}");
        let fact = self.fact();
        assert_eq!(fact.state, State::Active, "{fact:?}");
        pid(&fact.detail)
    }

    pub fn look(&mut self, process: Process) -> Fact {
        match self.ask(HostAsk::Look(HostLook { processes: vec![process], lease: None, disarm: None })).unwrap() {
            HostAnswer::Looked { mut facts, .. } => facts.remove(0),
            other => panic!("{other:?}"),
        }
    }

    /// What `app` does in its active mode.
    pub fn fact(&mut self) -> Fact {
        self.look(active())
    }

    pub fn becomes(&mut self, state: State) -> Fact {
        wait::until_value(&format!("app is {state}"), LONG, || self.fact(), |fact| fact.state == state)
    }

    pub fn follow(&mut self, processes: Vec<Process>) {
        assert_eq!(self.ask(HostAsk::Follow { processes }).unwrap(), HostAnswer::Following);
    }

    /// The next that is told without being asked, and when.
    pub fn told(&mut self) -> (Instant, HostOutgoing) {
        let unasked = |said: &HostOutgoing| matches!(said, HostOutgoing::Changed { .. } | HostOutgoing::Resync);
        if let Some(at) = self.told.iter().position(|(_, said)| unasked(said)) {
            return self.told.remove(at);
        }
        let line = self.line().expect("the connection has ended");
        (Instant::now(), line)
    }

    /// When `process` is told to be in `state`, and the fact.
    pub fn told_of(&mut self, process: &Process, state: State) -> (Instant, Fact) {
        loop {
            if let (at, HostOutgoing::Changed { process: of, fact }) = self.told()
                && of == *process
                && fact.state == state
            {
                return (at, fact);
            }
        }
    }

    pub fn status(&mut self) -> HostStatus {
        match self.ask(HostAsk::Status).unwrap() {
            HostAnswer::Status(status) => status,
            other => panic!("{other:?}"),
        }
    }
}

/// The pid that is told of one that runs.
pub fn pid(detail: &str) -> u32 {
    detail.rsplit_once("pid ").unwrap().1.parse().unwrap()
}

/// The process is gone, or waits for its parent to take notice.
pub fn gone(pid: u32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .map_or(true, |stat| stat.rsplit_once(')').is_some_and(|(_, s)| s.starts_with(" Z")))
}

/// Kills `pid` as an operator would.
pub fn kill(pid: u32, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid as i32).unwrap(), signal).unwrap();
}
