//! An SSH server on loopback that does what a story says: it hangs, floods, drips, changes its key, answers anything.
//! It runs in the story's own runtime and needs no root; a story decides what a command is answered with.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey};
use russh::server::{self, Auth, ChannelOpenHandle, Config, Handle, Handler, Msg, Session};
use russh::{Channel, ChannelId};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What it does with a command.
#[derive(Clone)]
pub enum Reply {
    /// Nothing at all: the session was opened, and the request is never answered.
    Never,
    /// It says this and ends with this exit status.
    End(Vec<u8>, u32),
    /// It says this, and then nothing more; it does not end.
    Stay(Vec<u8>),
    /// It says this over and over.
    Flood(Vec<u8>),
}

/// What a command line is answered with.
pub type Answers = Arc<dyn Fn(&str) -> Reply + Send + Sync>;

/// What it does with a new connection.
#[derive(Clone)]
pub enum Door {
    /// It speaks SSH.
    Ssh,
    /// It takes it, and neither reads nor says anything.
    Mute,
    /// Its banner comes one byte at a time, with this pause.
    Drip(Duration),
}

struct Mood {
    door: Door,
    other_key: bool,
    answers: Answers,
}

struct Shared {
    mood: Mutex<Mood>,
    /// Replaced by a new one at every cut.
    life: Mutex<CancellationToken>,
    stall: Mutex<Arc<AtomicBool>>,
    taken: AtomicUsize,
}

impl Shared {
    fn mood(&self) -> std::sync::MutexGuard<'_, Mood> {
        self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running server, gone with this value. Its folder holds `id` and `known_hosts`.
pub struct Liar {
    shared: Arc<Shared>,
    dir: TempDir,
    serving: JoinHandle<()>,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
}

impl Liar {
    /// Starts one that answers commands so.
    pub async fn start(answers: Answers) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let [id, key, other] = [(); 3].map(|()| PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap());
        id.write_openssh_file(dir.path().join("id"), LineEnding::LF).unwrap();
        let known = format!("[127.0.0.1]:{port} {}\n", key.public_key().to_openssh().unwrap());
        std::fs::write(dir.path().join("known_hosts"), known).unwrap();
        let shared = Arc::new(Shared {
            mood: Mutex::new(Mood { door: Door::Ssh, other_key: false, answers }),
            life: Mutex::default(),
            stall: Mutex::default(),
            taken: AtomicUsize::new(0),
        });
        let config = |key: &PrivateKey| {
            let auth_rejection_time = Duration::ZERO;
            Arc::new(Config { keys: vec![key.clone()], auth_rejection_time, nodelay: true, ..Config::default() })
        };
        let serving = tokio::spawn(serve(listener, shared.clone(), [config(&key), config(&other)]));
        Self { shared, dir, serving, port }
    }

    /// A file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// How many connections it has taken.
    pub fn taken(&self) -> usize {
        self.shared.taken.load(Ordering::Relaxed)
    }

    /// What it does with commands from now on.
    pub fn answer(&self, answers: Answers) {
        self.shared.mood().answers = answers;
    }

    /// What it does with connections from now on; those that it has are cut.
    pub fn open(&self, door: Door) {
        self.shared.mood().door = door;
        self.cut();
    }

    /// Whether it has another host key than the one in `known_hosts`; the connections that it has are cut.
    pub fn change_key(&self, other: bool) {
        self.shared.mood().other_key = other;
        self.cut();
    }

    /// Ends all connections.
    pub fn cut(&self) {
        std::mem::take(&mut *self.shared.life.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
    }

    /// The connections that it has stay open, and nothing that comes on them is ever read: as if it had gone away without
    /// a word. New ones are served.
    pub fn stall(&self) {
        std::mem::take(&mut *self.shared.stall.lock().unwrap_or_else(PoisonError::into_inner)).store(true, Ordering::Relaxed);
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        self.cut();
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>, configs: [Arc<Config>; 2]) {
    while let Ok((stream, _)) = listener.accept().await {
        shared.taken.fetch_add(1, Ordering::Relaxed);
        let life = shared.life.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (door, config) = {
            let mood = shared.mood();
            (mood.door.clone(), configs[usize::from(mood.other_key)].clone())
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = life.clone().cancelled_owned() => {}
                () = attend(stream, door, config, shared, life) => {}
            }
        });
    }
}

async fn attend(mut stream: TcpStream, door: Door, config: Arc<Config>, shared: Arc<Shared>, life: CancellationToken) {
    match door {
        Door::Mute => std::future::pending().await,
        Door::Drip(pause) => {
            for byte in b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n".iter().cycle() {
                if stream.write_all(&[*byte]).await.is_err() {
                    return;
                }
                // This slowness is what the story is about, no wait for anything.
                tokio::time::sleep(pause).await;
            }
        }
        Door::Ssh => {
            let stalled = shared.stall.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let stream = Stalling { stream, stalled };
            if let Ok(session) = server::run_stream(config, stream, Serving { shared, life }).await {
                // However it ends is a story's wish.
                let _ = session.await;
            }
        }
    }
}

/// A stream that may stop to be read.
struct Stalling {
    stream: TcpStream,
    stalled: Arc<AtomicBool>,
}

impl AsyncRead for Stalling {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        if self.stalled.load(Ordering::Relaxed) {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stalling {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// One connection: everybody is let in.
struct Serving {
    shared: Arc<Shared>,
    life: CancellationToken,
}

impl Handler for Serving {
    type Error = russh::Error;

    async fn auth_publickey(&mut self, _: &str, _: server::VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(Auth::Accept)
    }

    async fn channel_open_session(&mut self, _: Channel<Msg>, reply: ChannelOpenHandle, _: &mut Session) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    async fn exec_request(&mut self, channel: ChannelId, line: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        let answers = self.shared.mood().answers.clone();
        let reply = answers(&String::from_utf8_lossy(line));
        if !matches!(reply, Reply::Never) {
            session.channel_success(channel)?;
            let (handle, life) = (session.handle(), self.life.clone());
            tokio::spawn(async move { life.run_until_cancelled_owned(say(handle, channel, reply)).await });
        }
        Ok(())
    }
}

async fn say(handle: Handle, channel: ChannelId, reply: Reply) {
    match reply {
        Reply::Never => {}
        Reply::Stay(said) => drop(handle.data(channel, said).await),
        Reply::Flood(said) => while handle.data(channel, said.clone()).await.is_ok() {},
        Reply::End(said, status) => {
            // In the order that clients expect; one that has gone away is told nothing.
            let _ = handle.data(channel, said).await;
            let _ = handle.exit_status_request(channel, status).await;
            let _ = handle.eof(channel).await;
            let _ = handle.close(channel).await;
        }
    }
}
