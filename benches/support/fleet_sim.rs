//! A fleet of simulated hosts in one process: an SSH server each, and behind its tunnels a host service that speaks the real
//! protocol and runs nothing. Used by the benches and by a story; it listens on loopback addresses only.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::{SinkExt, StreamExt};
use switchtower::core::fact::{Fact, Source, State};
use switchtower::core::model::{ClusterName, Process, ProcessMode, ProcessName};
use switchtower::core::plan::Action;
use switchtower::ssh::server::{self, Forward, KeyPair, Plain, Server, Stream};
use switchtower::wire::host::{
    HOST_MAX_LINE, HOST_PROTOCOL, HostAnswer, HostAsk, HostClock, HostIncoming, HostOutcome, HostOutgoing, HostRefusal, HostRefusalKind,
    HostStatus, Keeper,
};
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::codec::{Framed, LinesCodec};
use tokio_util::sync::CancellationToken;

/// The cluster's name.
pub const CLUSTER: &str = "fleet";
/// What a host service may hold for a client before the client is behind.
const PIPE: usize = 64 * 1024;
/// Changes that may wait for a client.
const TOLD: usize = 64;

/// One simulated host.
pub struct Host {
    clock: HostClock,
    began: Instant,
    running: Mutex<BTreeMap<ProcessName, (State, u64)>>,
    told: broadcast::Sender<(Process, Fact)>,
    /// When each look came, in milliseconds since it began.
    looks: Mutex<Vec<u64>>,
    asked: AtomicU64,
    /// Who took it last.
    keeper: Mutex<Option<Keeper>>,
}

impl Host {
    /// A host whose processes run if `active`.
    pub fn new(processes: impl IntoIterator<Item = ProcessName>, active: bool) -> Arc<Self> {
        let state = if active { State::Active } else { State::Inactive };
        let clock = HostClock { boot_id: format!("{:032x}", rand::random::<u128>()), boot_ms: 1_000_000, wall_ms: 0 };
        Arc::new(Self {
            clock,
            began: Instant::now(),
            running: Mutex::new(processes.into_iter().map(|name| (name, (state, 1))).collect()),
            told: broadcast::channel(TOLD).0,
            looks: Mutex::default(),
            asked: AtomicU64::new(0),
            keeper: Mutex::default(),
        })
    }

    /// When it was looked at, in milliseconds since it began.
    pub fn looks(&self) -> Vec<u64> {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often it was looked at so far.
    pub fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// A process that runs dies, and that is told; `false` where it did not run.
    pub fn kill(&self, name: &ProcessName) -> bool {
        let ran = self.running().get(name).is_some_and(|(state, _)| *state == State::Active);
        if ran {
            self.set(name, State::Failed);
        }
        ran
    }

    /// What it runs, by name.
    pub fn names(&self) -> Vec<ProcessName> {
        self.running().keys().cloned().collect()
    }

    fn running(&self) -> MutexGuard<'_, BTreeMap<ProcessName, (State, u64)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, name: &ProcessName, to: State) {
        if let Some((state, start)) = self.running().get_mut(name) {
            *start += u64::from(to == State::Active && *state != to);
            *state = to;
        }
        let process = Process { name: name.clone(), mode: ProcessMode::Active };
        let fact = self.fact(&process);
        // Nobody follows.
        let _ = self.told.send((process, fact));
    }

    fn fact(&self, process: &Process) -> Fact {
        let (state, start) = self.running().get(&process.name).copied().unwrap_or((State::Missing, 0));
        let detail = match state {
            State::Active => format!("pid {}", 1000 + start),
            State::Failed => "killed by signal 9".to_owned(),
            _ => "not started".to_owned(),
        };
        Fact {
            state,
            invocation: (state == State::Active).then(|| format!("{start:032x}")),
            detail,
            enablement: String::new(),
            source: Source::Supervisor,
            boot_id: self.clock.boot_id.clone(),
            self_stop_ms: None,
        }
    }

    fn clock(&self) -> HostClock {
        let gone = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let wall_ms = i64::try_from(wall.as_millis()).unwrap_or(i64::MAX);
        HostClock { boot_ms: self.clock.boot_ms + gone, wall_ms, ..self.clock.clone() }
    }

    fn answer(&self, ask: HostAsk) -> Result<HostAnswer, Box<HostRefusal>> {
        Ok(match ask {
            HostAsk::Hello(_) => HostAnswer::Welcome {
                protocol: HOST_PROTOCOL,
                version: "simulated".to_owned(),
                cluster: ClusterName::new(CLUSTER).map_err(|error| refusal(&error.to_string()))?,
                clock: self.clock(),
            },
            HostAsk::Take(take) => {
                let keeper = Keeper { term: take.claim.term, identity: take.claim.identity, by_hand: None };
                *self.keeper.lock().unwrap_or_else(PoisonError::into_inner) = Some(keeper);
                HostAnswer::Taken { clock: self.clock() }
            }
            HostAsk::Act(act) => {
                self.set(&act.process.name, if act.action == Action::Start { State::Active } else { State::Inactive });
                HostAnswer::Acted(HostOutcome::Done { detail: "simulated".to_owned() })
            }
            HostAsk::Settle(settle) => HostAnswer::Settled { fact: self.fact(&settle.process) },
            HostAsk::Look(look) => {
                let gone = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
                self.looks.lock().unwrap_or_else(PoisonError::into_inner).push(gone);
                self.asked.fetch_add(1, Ordering::Relaxed);
                let facts = look.processes.iter().map(|process| self.fact(process)).collect();
                HostAnswer::Looked { facts, clock: self.clock(), deed: None }
            }
            HostAsk::Follow { .. } => HostAnswer::Following,
            HostAsk::Status => HostAnswer::Status(HostStatus {
                version: "simulated".to_owned(),
                cluster: ClusterName::new(CLUSTER).map_err(|error| refusal(&error.to_string()))?,
                clock: self.clock(),
                keeper: self.keeper.lock().unwrap_or_else(PoisonError::into_inner).clone(),
                heard_ms: None,
                lease_ms: None,
                processes: Vec::new(),
            }),
            HostAsk::ByHand(_) => return Err(refusal("it is only simulated")),
        })
    }

    /// One connection of a monitor.
    async fn serve(self: Arc<Self>, stream: DuplexStream) {
        let mut lines = Framed::new(stream, LinesCodec::new_with_max_length(HOST_MAX_LINE));
        let mut told: Option<broadcast::Receiver<(Process, Fact)>> = None;
        loop {
            let out = tokio::select! {
                line = lines.next() => {
                    let Some(Ok(line)) = line else { return };
                    let Ok(HostIncoming { id, ask }) = serde_json::from_str(&line) else { return };
                    if matches!(ask, HostAsk::Follow { .. }) {
                        told = Some(self.told.subscribe());
                    }
                    match self.answer(ask) {
                        Ok(answer) => HostOutgoing::Answer { id, answer },
                        Err(refusal) => HostOutgoing::Refused { id: Some(id), refusal: *refusal },
                    }
                }
                change = next(&mut told) => match change {
                    Some((process, fact)) => HostOutgoing::Changed { process, fact },
                    None => HostOutgoing::Resync,
                },
            };
            let Ok(line) = serde_json::to_string(&out) else { return };
            if lines.send(line).await.is_err() {
                return;
            }
        }
    }
}

async fn next(told: &mut Option<broadcast::Receiver<(Process, Fact)>>) -> Option<(Process, Fact)> {
    match told {
        Some(told) => match told.recv().await {
            Ok(change) => Some(change),
            Err(broadcast::error::RecvError::Lagged(_)) => None,
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

fn refusal(message: &str) -> Box<HostRefusal> {
    Box::new(HostRefusal { kind: HostRefusalKind::BadRequest, message: message.to_owned() })
}

/// The ways out of one host: its own host service, and other hosts.
struct Ways(Arc<Host>);

#[async_trait]
impl Forward for Ways {
    async fn tcp(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>> {
        Plain.tcp(host, port).await
    }

    async fn unix(&self, _path: &str) -> io::Result<Box<dyn Stream>> {
        let (near, far) = tokio::io::duplex(PIPE);
        tokio::spawn(self.0.clone().serve(far));
        Ok(Box::new(near))
    }

    async fn instead(&self, _line: &[u8]) -> Option<u32> {
        Some(1)
    }
}

/// The address of host `n` of a fleet whose addresses begin with 127.`net`.
pub fn address(net: u8, n: usize) -> SocketAddr {
    let (high, low) = (n / 250, n % 250 + 1);
    SocketAddr::new(Ipv4Addr::new(127, net, u8::try_from(high).unwrap_or(255), u8::try_from(low).unwrap_or(1)).into(), PORT)
}

/// Where every host's SSH server listens.
pub const PORT: u16 = 4022;

/// Has `hosts` answer at their addresses until the runtime ends. `authorized` is the monitor's public key.
///
/// # Errors
/// When an address is taken, or a key is none.
pub async fn listen(net: u8, hosts: &[Arc<Host>], host_key: &KeyPair, authorized: &str, dir: &Path) -> io::Result<()> {
    for (n, host) in hosts.iter().enumerate() {
        let settings = server::Settings {
            host_key: host_key.clone(),
            authorized: vec![authorized.to_owned()],
            directory: dir.to_owned(),
            environment: BTreeMap::new(),
            forward: Arc::new(Ways(host.clone())),
        };
        let server = Server::new(settings).map_err(io::Error::other)?;
        let listener = TcpListener::bind(address(net, n)).await?;
        tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        let (server, _) = (server.clone(), stream.set_nodelay(true));
                        tokio::spawn(async move { server.serve(stream, CancellationToken::new()).await });
                    }
                    Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                }
            }
        });
    }
    Ok(())
}
