//! The front of one host: a TCP port on a loopback address of its own. Owned by the demo's main process.
//!
//! While it is frozen not even the kernel answers a new connection: the queue of the listening socket has room for one, and
//! holds one of our own. A refusal would be a sign of life.

use super::{Wire, pump};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Connections that wait to be taken.
const QUEUE: u32 = 128;
/// Connections at a time.
const CONNECTIONS: usize = 256;
/// How long our own connection may take to fill the queue: where somebody else's has filled it, it never comes.
const FILL: Duration = Duration::from_millis(300);
/// After a connection could not be taken, as when this process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// A front; it is gone with this value.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    wire: watch::Sender<Wire>,
    /// What the queue shows of the last change of the wire.
    settled: watch::Receiver<bool>,
    stop: CancellationToken,
}

impl Front {
    /// Listens on a free port of `ip`, and leads to the network card at `card`. It begins frozen.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub async fn open(ip: IpAddr, card: PathBuf) -> io::Result<Self> {
        let socket = if ip.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        socket.bind((ip, 0).into())?;
        let listener = socket.listen(QUEUE)?;
        let address = listener.local_addr()?;
        let (wire, seen) = watch::channel(Wire { open: false, life: 0 });
        let (tell, settled) = watch::channel(true);
        let stop = CancellationToken::new();
        let post = Post { listener, address, card, wire: seen, tell, room: Arc::new(Semaphore::new(CONNECTIONS)), stop: stop.clone() };
        tokio::spawn(stop.clone().run_until_cancelled_owned(post.serve()));
        let front = Self { address, wire, settled, stop };
        front.set(false, false).await;
        Ok(front)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Freezes the wire or lets it go on, and returns once new connections are treated so; `anew` voids all connections.
    pub async fn set(&self, open: bool, anew: bool) {
        self.wire.send_modify(|wire| *wire = Wire { open, life: wire.life + u64::from(anew) });
        // It ends with the front only.
        let _ = self.settled.clone().wait_for(|settled| *settled == open).await;
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What the task of a front works with.
struct Post {
    listener: TcpListener,
    address: SocketAddr,
    card: PathBuf,
    wire: watch::Receiver<Wire>,
    tell: watch::Sender<bool>,
    room: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Post {
    async fn serve(mut self) {
        loop {
            let filler = self.freeze().await;
            if self.wire.wait_for(|wire| wire.open).await.is_err() {
                return;
            }
            self.thaw(filler);
            if !self.take().await {
                return;
            }
        }
    }

    /// Takes connections until the wire is frozen; `false` when the front is gone.
    async fn take(&self) -> bool {
        let mut wire = self.wire.clone();
        loop {
            tokio::select! {
                biased;
                frozen = async { wire.wait_for(|wire| !wire.open).await.is_ok() } => return frozen,
                taken = self.listener.accept() => match taken {
                    Ok((stream, _)) => self.attend(stream),
                    Err(_) => sleep(PAUSE).await,
                },
            }
        }
    }

    /// From now on nobody gets an answer. What was taken already is kept, and waits like the others.
    async fn freeze(&self) -> Option<TcpStream> {
        let _ = rustix::net::listen(&self.listener, 0);
        while let Some(Ok((stream, _))) = futures_util::FutureExt::now_or_never(self.listener.accept()) {
            self.attend(stream);
        }
        let filler = timeout(FILL, TcpStream::connect(self.address)).await;
        self.tell.send_replace(false);
        filler.ok()?.ok()
    }

    fn thaw(&self, filler: Option<TcpStream>) {
        let own = filler.as_ref().and_then(|stream| stream.local_addr().ok());
        let _ = rustix::net::listen(&self.listener, i32::try_from(QUEUE).unwrap_or(i32::MAX));
        if let Some(Ok((stream, peer))) = futures_util::FutureExt::now_or_never(self.listener.accept())
            && own != Some(peer)
        {
            // Somebody else's connection had filled the queue.
            self.attend(stream);
        }
        self.tell.send_replace(true);
    }

    /// One more than there is room for is hung up on.
    fn attend(&self, stream: TcpStream) {
        let Ok(place) = self.room.clone().try_acquire_owned() else { return };
        let (card, wire, stop) = (self.card.clone(), self.wire.clone(), self.stop.clone());
        let life = wire.borrow().life;
        tokio::spawn(stop.run_until_cancelled_owned(async move {
            pump::carry(stream, &card, wire, life).await;
            drop(place);
        }));
    }
}
