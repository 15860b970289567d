//! The library's callbacks for one connection: who is let in, and which task gets a channel.
//!
//! Nothing is waited for here: while a callback runs, the whole connection stands still.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use russh::keys::PublicKey;
use russh::server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{CHANNELS, Shared, session, tunnel};

/// The longest command line, which the system takes too.
pub(super) const LONGEST: usize = 100 * 1024;
/// The longest name of a host, and more than the longest path of a socket.
const LONGEST_NAME: usize = 255;

/// The channels of a connection that have got their command.
#[derive(Clone, Default)]
pub(super) struct Begun(Arc<Mutex<BTreeSet<ChannelId>>>);

impl Begun {
    fn all(&self) -> MutexGuard<'_, BTreeSet<ChannelId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the channel's first command.
    fn begin(&self, channel: ChannelId) -> bool {
        self.all().insert(channel)
    }

    /// The channel is no more.
    pub(super) fn forget(&self, channel: ChannelId) {
        self.all().remove(&channel);
    }
}

/// What the task of a channel needs of its connection.
pub(super) struct Place {
    pub(super) shared: Arc<Shared>,
    /// Cancelled when the connection is over.
    pub(super) over: CancellationToken,
    /// Given back with the channel.
    _room: OwnedSemaphorePermit,
}

/// One connection.
pub(super) struct Gatekeeper {
    shared: Arc<Shared>,
    over: CancellationToken,
    welcome: Arc<Notify>,
    room: Arc<Semaphore>,
    begun: Begun,
    /// The session task owns this: every channel's task hears of its end, however it ended.
    _ends: DropGuard,
}

impl Gatekeeper {
    pub(super) fn new(shared: Arc<Shared>, over: CancellationToken, welcome: Arc<Notify>) -> Self {
        let ends = over.clone().drop_guard();
        Self { shared, over, welcome, room: Arc::new(Semaphore::new(CHANNELS)), begun: Begun::default(), _ends: ends }
    }

    fn judge(&self, key: &PublicKey) -> Auth {
        let known = self.shared.authorized.iter().any(|known| known.key_data() == key.key_data());
        if known { Auth::Accept } else { Auth::reject() }
    }

    /// A place for one more channel; `None` after it was refused.
    async fn place(&self, reply: ChannelOpenHandle) -> Option<(Place, ChannelOpenHandle)> {
        match self.room.clone().try_acquire_owned() {
            Ok(room) => Some((Place { shared: self.shared.clone(), over: self.over.clone(), _room: room }, reply)),
            Err(_) => {
                reply.reject(ChannelOpenFailure::ResourceShortage).await;
                None
            }
        }
    }
}

impl Handler for Gatekeeper {
    type Error = russh::Error;

    async fn auth_publickey_offered(&mut self, _: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, russh::Error> {
        Ok(self.judge(offer.public_key))
    }

    async fn auth_publickey(&mut self, _: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, russh::Error> {
        Ok(self.judge(key.public_key))
    }

    async fn auth_succeeded(&mut self, _: &mut Session) -> Result<(), russh::Error> {
        self.welcome.notify_one();
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        if let Some((place, reply)) = self.place(reply).await {
            tokio::spawn(session::attend(channel, reply, session.handle(), self.begun.clone(), place));
        }
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        let port = u16::try_from(port).ok().filter(|_| host.len() <= LONGEST_NAME);
        let (Some(port), Some((place, reply))) = (port, self.place(reply).await) else { return Ok(()) };
        let (host, forward) = (host.to_owned(), self.shared.forward.clone());
        tokio::spawn(tunnel::attend(channel, reply, async move { forward.tcp(&host, port).await }, place));
        Ok(())
    }

    async fn channel_open_direct_streamlocal(
        &mut self,
        channel: Channel<Msg>,
        path: &str,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        let fits = path.len() <= LONGEST_NAME;
        let (true, Some((place, reply))) = (fits, self.place(reply).await) else { return Ok(()) };
        let (path, forward) = (path.to_owned(), self.shared.forward.clone());
        tokio::spawn(tunnel::attend(channel, reply, async move { forward.unix(&path).await }, place));
        Ok(())
    }

    /// The channel's own task gets the command too; it is answered here, before anything that the command says.
    async fn exec_request(&mut self, channel: ChannelId, line: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        if line.len() <= LONGEST && !line.contains(&0) && self.begun.begin(channel) {
            session.channel_success(channel)
        } else {
            session.channel_failure(channel)
        }
    }

    async fn pty_request(
        &mut self,
        channel: ChannelId,
        _: &str,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        _: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }

    async fn x11_request(
        &mut self,
        channel: ChannelId,
        _: bool,
        _: &str,
        _: &str,
        _: u32,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }

    async fn env_request(&mut self, channel: ChannelId, _: &str, _: &str, session: &mut Session) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }

    async fn subsystem_request(&mut self, channel: ChannelId, _: &str, session: &mut Session) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }

    async fn window_change_request(
        &mut self,
        channel: ChannelId,
        _: u32,
        _: u32,
        _: u32,
        _: u32,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        session.channel_failure(channel)
    }
}
