//! The SSH agent: its list of keys, and signing with one. Called by `auth`. Bounded in time and number.

use std::path::Path;
use std::time::Duration;

use russh::keys::agent::client::AgentClient;
use russh::keys::agent::{AgentIdentity, AgentSessionBinding};
use russh::keys::{HashAlg, PublicKey};
use russh::{AgentAuthError, Signer};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// An agent answers in a millisecond; one that is forwarded from a dead host never.
const PATIENCE: Duration = Duration::from_secs(3);
/// More identities of an agent are not looked at.
const MOST: usize = 64;

/// An agent and what it holds.
pub(super) struct Agent {
    client: AgentClient<UnixStream>,
    pub(super) identities: Vec<AgentIdentity>,
}

impl Agent {
    /// Connects, tells the agent which server this is for (so that it can hold to a key's own limits), lists the keys.
    pub(super) async fn open(socket: &Path, binding: Option<&AgentSessionBinding>) -> Result<Self, String> {
        let open = async {
            let mut client = AgentClient::connect_uds(socket).await.map_err(|e| e.to_string())?;
            if let Some(binding) = binding {
                // Agents that do not know the extension refuse it, and hold no keys that need it.
                let _ = client.bind_session(binding, false).await;
            }
            let mut identities = client.request_identities().await.map_err(|e| e.to_string())?;
            identities.truncate(MOST);
            Ok(Self { client, identities })
        };
        let open = timeout(PATIENCE, open).await;
        let said: Result<Self, String> = open.unwrap_or_else(|_| Err(format!("no answer within {PATIENCE:?}")));
        said.map_err(|reason| format!("agent {} ({reason})", socket.display()))
    }

    /// Whether it holds a key, bare or in a certificate.
    pub(super) fn holds(&self, key: &PublicKey) -> bool {
        self.identities.iter().any(|held| held.public_key().key_data() == key.key_data())
    }

    /// A signer for one attempt; with `plain`, a certificate from a file is signed with the bare key that the agent has.
    pub(super) fn signer(&mut self, plain: Option<PublicKey>) -> AgentSigner<'_> {
        AgentSigner { client: &mut self.client, plain }
    }
}

/// Signs one login with a key in the agent.
pub(super) struct AgentSigner<'a> {
    client: &'a mut AgentClient<UnixStream>,
    plain: Option<PublicKey>,
}

impl Signer for AgentSigner<'_> {
    type Error = AgentAuthError;

    async fn auth_sign(&mut self, identity: &AgentIdentity, hash: Option<HashAlg>, to_sign: Vec<u8>) -> Result<Vec<u8>, Self::Error> {
        let plain = self.plain.clone().map(AgentIdentity::from);
        Ok(self.client.sign_request(plain.as_ref().unwrap_or(identity), hash, to_sign).await?)
    }
}
