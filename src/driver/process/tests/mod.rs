//! The driver against host services that are played by hand: each test says what is asked and what is answered, on paused
//! time. What is true of every lie: nothing is taken for a result, and nothing is waited for longer than was agreed.

mod acts;
mod lies;
mod looks;

use super::*;
use crate::core::fact::{Source, State};
use crate::core::plan::Action;
use crate::wire::host::{
    Claim, HOST_MAX_LINE, HostClock, HostIncoming, HostOutcome, HostOutgoing, HostRefusal, HostRefusalKind, HostStatus, Keeper,
};
use opens::Stream;
use std::sync::Mutex as StdMutex;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::mpsc;

const SOON: Duration = Duration::from_secs(20);

fn name() -> HostName {
    HostName::new("a1").unwrap()
}

fn cluster() -> ClusterName {
    ClusterName::new("shop").unwrap()
}

fn process(name: &str) -> Process {
    Process::active(name).unwrap()
}

fn service(name: &str) -> Service {
    Service::Process(process(name))
}

fn permit(term: u64) -> Permit {
    Permit::grant(Term(term), "a test".to_owned())
}

fn stop(name_of: &str, timeout: Duration) -> Act {
    Act { instance: Instance { host: name(), service: service(name_of) }, action: Action::Stop, timeout }
}

fn clock(boot_ms: u64) -> HostClock {
    HostClock { boot_id: "boot".into(), boot_ms, wall_ms: 0 }
}

fn fact(state: State) -> Fact {
    Fact {
        state,
        invocation: None,
        detail: "said\u{1b}[31m".into(),
        enablement: String::new(),
        source: Source::Show,
        boot_id: "boot".into(),
        self_stop_ms: None,
    }
}

/// Gives the other ends of connections to whoever plays the host service; `None` in its place refuses.
struct Made {
    plays: mpsc::UnboundedSender<Peer>,
    refuses: StdMutex<Option<DriverError>>,
    heard: StdMutex<bool>,
}

#[async_trait]
impl Opens for Arc<Made> {
    async fn open(&self, _: &HostName, _: Instant) -> Result<Box<dyn Stream>, DriverError> {
        if let Some(error) = self.refuses.lock().unwrap().clone() {
            return Err(error);
        }
        let (ours, theirs) = tokio::io::duplex(64 * 1024);
        let (from, to) = tokio::io::split(theirs);
        let _ = self.plays.send(Peer { from: BufReader::new(from), to });
        Ok(Box::new(ours))
    }

    fn knocked_since(&self, _: &HostName, _: Instant) -> bool {
        false
    }

    fn heard_since(&self, _: &HostName, _: Instant) -> bool {
        *self.heard.lock().unwrap()
    }

    async fn forget(&self, _: &HostName) {}
}

/// The host service's end of a connection.
struct Peer {
    from: BufReader<ReadHalf<DuplexStream>>,
    to: WriteHalf<DuplexStream>,
}

impl Peer {
    async fn asked(&mut self) -> HostIncoming {
        let mut line = String::new();
        self.from.read_line(&mut line).await.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"))
    }

    async fn write(&mut self, bytes: &[u8]) {
        // Whoever was lied to may be gone already.
        let _ = self.to.write_all(bytes).await;
    }

    async fn say(&mut self, outgoing: HostOutgoing) {
        let line = serde_json::to_string(&outgoing).unwrap() + "\n";
        self.write(line.as_bytes()).await;
    }

    async fn answer(&mut self, id: u64, answer: HostAnswer) {
        self.say(HostOutgoing::Answer { id, answer }).await;
    }

    async fn refuse(&mut self, id: u64, kind: HostRefusalKind) {
        let refusal = HostRefusal { kind, message: "it is so".into() };
        self.say(HostOutgoing::Refused { id: Some(id), refusal }).await;
    }

    /// Takes the first words, at `boot_ms` by its clock.
    async fn greet(&mut self, boot_ms: u64) {
        let HostIncoming { id, ask: HostAsk::Hello(hello) } = self.asked().await else { panic!("no greeting") };
        assert_eq!((hello.protocol, hello.cluster), (HOST_PROTOCOL, Some(cluster())));
        self.answer(id, welcome(clock(boot_ms))).await;
    }

    /// Takes a look, says that all runs, and gives back what was asked.
    async fn look(&mut self, boot_ms: u64) -> crate::wire::host::HostLook {
        let HostIncoming { id, ask: HostAsk::Look(look) } = self.asked().await else { panic!("no look") };
        let facts = look.processes.iter().map(|_| fact(State::Active)).collect();
        self.answer(id, HostAnswer::Looked { facts, clock: clock(boot_ms), deed: None }).await;
        look
    }

    /// Says that the life `hosts` has taken it under `term`.
    async fn ours(&mut self, boot_ms: u64, hosts: &ProcessHosts, term: u64) {
        let keeper = Keeper { term: Term(term), identity: hosts.identity.clone(), by_hand: None };
        self.status(boot_ms, Some(keeper)).await;
    }

    /// Takes the question who has it, and says `keeper`.
    async fn status(&mut self, boot_ms: u64, keeper: Option<Keeper>) {
        let HostIncoming { id, ask: HostAsk::Status } = self.asked().await else { panic!("no status") };
        self.answer(id, HostAnswer::Status(taken_by(boot_ms, keeper))).await;
    }

    /// Lets itself be taken.
    async fn take(&mut self, boot_ms: u64) -> crate::wire::host::HostTake {
        let HostIncoming { id, ask: HostAsk::Take(take) } = self.asked().await else { panic!("no take") };
        self.answer(id, HostAnswer::Taken { clock: clock(boot_ms) }).await;
        take
    }

    async fn act(&mut self) -> (u64, crate::wire::host::HostAct) {
        let HostIncoming { id, ask: HostAsk::Act(act) } = self.asked().await else { panic!("no act") };
        (id, act)
    }

    async fn settle(&mut self) -> (u64, crate::wire::host::HostSettle) {
        let HostIncoming { id, ask: HostAsk::Settle(settle) } = self.asked().await else { panic!("no settling") };
        (id, settle)
    }
}

fn welcome(clock: HostClock) -> HostAnswer {
    HostAnswer::Welcome { protocol: HOST_PROTOCOL, version: "1".into(), cluster: cluster(), clock }
}

fn taken_by(boot_ms: u64, keeper: Option<Keeper>) -> HostStatus {
    let (version, clock) = ("1".to_owned(), clock(boot_ms));
    HostStatus { version, cluster: cluster(), clock, keeper, heard_ms: None, lease_ms: None, processes: Vec::new() }
}

fn done() -> HostAnswer {
    HostAnswer::Acted(HostOutcome::Done { detail: "stopped in 5 ms".into() })
}

/// A driver for one host, and whoever plays its host service.
struct Bench {
    hosts: Arc<ProcessHosts>,
    peers: mpsc::UnboundedReceiver<Peer>,
    made: Arc<Made>,
}

fn bench(self_stop: Option<Duration>) -> Bench {
    let (plays, peers) = mpsc::unbounded_channel();
    let made = Arc::new(Made { plays, refuses: StdMutex::default(), heard: StdMutex::default() });
    let side = Side::new(name(), "/run/socket".into(), self_stop);
    let hosts = Arc::new(ProcessHosts::over(Box::new(made.clone()), vec![side], cluster()));
    Bench { hosts, peers, made }
}

impl Bench {
    /// The other end of the next connection.
    async fn peer(&mut self) -> Peer {
        self.peers.recv().await.unwrap()
    }

    /// Takes the host under `term` over a connection of its own.
    async fn taken(&mut self, term: u64, boot_ms: u64) -> Peer {
        let hosts = self.hosts.clone();
        let play = async {
            let mut peer = self.peers.recv().await.unwrap();
            peer.greet(boot_ms).await;
            peer.status(boot_ms, None).await;
            peer.take(boot_ms).await;
            peer
        };
        let (host, boot_id) = (name(), "boot".to_owned());
        let (held, peer) = tokio::join!(hosts.take(&host, Term(term), SOON), play);
        assert_eq!(held.unwrap(), Held { term: Term(term), boot_id });
        peer
    }
}

/// What the driver says of `asking` while `play` plays the host service.
async fn while_playing<T>(asking: impl Future<Output = T>, play: impl Future<Output = ()>) -> T {
    tokio::join!(asking, play).0
}
