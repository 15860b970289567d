//! Our side of the SSH library's callbacks: the host key check, and the end of a connection. Made by `dial`.
//!
//! It refuses every channel that a host wants to open towards us; the library would accept them by default.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use russh::client::{ChannelOpenHandle, DisconnectReason, Handler, Msg, Session};
use russh::keys::{HashAlg, PublicKeyOrCertificate};
use russh::{Channel, ChannelId, ChannelOpenFailure};

use super::error::SshError;
use super::known_hosts::Known;
use super::life::Life;
use super::refusals::Refusals;

/// The callbacks of one connection.
pub(super) struct Gate {
    pub(super) known: Arc<Known>,
    pub(super) life: Arc<Life>,
    pub(super) refusals: Arc<Refusals>,
    /// Where the accepted host key's fingerprint is left.
    pub(super) fingerprint: Arc<Mutex<String>>,
}

impl Drop for Gate {
    /// The session task owns the gate: it is gone, however it ended.
    fn drop(&mut self) {
        self.life.end();
    }
}

/// What the session task fails with.
#[derive(Debug)]
pub(super) enum GateError {
    /// The host's key was not accepted.
    HostKey(Box<SshError>),
    /// Anything of the library.
    Protocol(russh::Error),
}

impl From<russh::Error> for GateError {
    fn from(error: russh::Error) -> Self {
        Self::Protocol(error)
    }
}

impl Gate {
    fn set_fingerprint(&self, presented: &PublicKeyOrCertificate) {
        let key = presented.public_key();
        let kind = if presented.certificate().is_some() { " in a host certificate" } else { "" };
        let text = format!("{} {}{kind}", key.algorithm().as_str(), key.fingerprint(HashAlg::Sha256));
        *self.fingerprint.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

async fn refuse(reply: ChannelOpenHandle) -> Result<(), GateError> {
    reply.reject(ChannelOpenFailure::AdministrativelyProhibited).await;
    Ok(())
}

impl Handler for Gate {
    type Error = GateError;

    async fn check_server_key(&mut self, presented: &PublicKeyOrCertificate) -> Result<bool, GateError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        self.known.check(presented, now).map_err(|e| GateError::HostKey(Box::new(e)))?;
        self.set_fingerprint(presented);
        Ok(true)
    }

    async fn channel_open_failure(
        &mut self,
        _: ChannelId,
        _: ChannelOpenFailure,
        said: &str,
        _: &str,
        _: &mut Session,
    ) -> Result<(), GateError> {
        self.refusals.note(said);
        Ok(())
    }

    async fn disconnected(&mut self, reason: DisconnectReason<GateError>) -> Result<(), GateError> {
        match reason {
            DisconnectReason::ReceivedDisconnect(info) => {
                // A host's words: bounded and printable.
                let said: String = info.message.chars().take(200).collect();
                self.life.note(&format!("the host said: {}", said.escape_debug()));
                Ok(())
            }
            DisconnectReason::Error(error) => {
                match &error {
                    GateError::Protocol(russh::Error::Disconnect) => {}
                    GateError::Protocol(e) => self.life.note(&e.to_string()),
                    GateError::HostKey(e) => self.life.note(&e.to_string()),
                }
                Err(error)
            }
        }
    }

    async fn server_channel_open_forwarded_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), GateError> {
        refuse(reply).await
    }

    async fn server_channel_open_forwarded_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), GateError> {
        refuse(reply).await
    }

    async fn server_channel_open_agent_forward(
        &mut self,
        _: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), GateError> {
        refuse(reply).await
    }

    async fn server_channel_open_session(&mut self, _: Channel<Msg>, reply: ChannelOpenHandle, _: &mut Session) -> Result<(), GateError> {
        refuse(reply).await
    }

    async fn server_channel_open_direct_tcpip(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), GateError> {
        refuse(reply).await
    }

    async fn server_channel_open_direct_streamlocal(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), GateError> {
        refuse(reply).await
    }

    async fn server_channel_open_x11(
        &mut self,
        _: Channel<Msg>,
        _: &str,
        _: u32,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), GateError> {
        refuse(reply).await
    }
}
