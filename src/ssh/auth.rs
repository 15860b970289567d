//! Logging in: keys from files and agents, and certificates; never a password. Called by `dial` within its deadline.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::MethodKind;
use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::{Certificate, HashAlg, PrivateKey, PrivateKeyWithHashAlg, PublicKey};

use super::agent::Agent;
use super::error::SshError;
use super::gate::Gate;
use super::keys::{self, Content, KeyFile};
use super::life::Life;
use super::settings::Settings;
use super::target::{Options, Passphrase};

/// sshd counts every refused key and hangs up at `MaxAuthTries`, 6 by default.
const MOST_OFFERS: usize = 6;

/// One thing to try.
enum Offer {
    /// A key file, with a certificate for it or not; decrypted only when its turn comes.
    File { path: PathBuf, key: FileKey, certificate: Option<Certificate> },
    /// A key in the agent, with a certificate from a file or not.
    Agent { key: PublicKey, certificate: Option<Certificate> },
    /// A certificate in the agent.
    AgentCertificate(Certificate),
}

#[derive(Clone)]
enum FileKey {
    Ready(Arc<PrivateKey>),
    Encrypted(String),
}

/// Tries keys in OpenSSH's order until one is accepted.
pub(super) async fn login(handle: &mut Handle<Gate>, settings: &Settings, options: &Options, life: &Life) -> Result<(), SshError> {
    let mut attempt = Attempt { settings, options, life, agent: None, tried: Vec::new() };
    if let Some(socket) = &settings.agent {
        match Agent::open(socket, handle.agent_session_binding()).await {
            Ok(agent) => attempt.agent = Some(agent),
            Err(reason) => attempt.tried.push(reason),
        }
    }
    let offers = attempt.offers().await;
    let left_out = offers.len().saturating_sub(MOST_OFFERS);
    for offer in offers.into_iter().take(MOST_OFFERS) {
        if attempt.make(handle, offer).await? {
            return Ok(());
        }
    }
    if left_out > 0 {
        attempt.tried.push(format!("{left_out} more keys were not offered (most hosts hang up after {MOST_OFFERS}; set IdentitiesOnly)"));
    }
    Err(attempt.refused())
}

struct Attempt<'a> {
    settings: &'a Settings,
    options: &'a Options,
    life: &'a Life,
    agent: Option<Agent>,
    tried: Vec<String>,
}

impl Attempt<'_> {
    fn refused(&self) -> SshError {
        let tried = if self.tried.is_empty() { "nothing, there is no key".to_owned() } else { self.tried.join("; ") };
        SshError::Auth { host: self.settings.host.clone(), user: self.settings.user.clone(), tried }
    }

    /// What to offer: keys of files first (by the agent where it has them), then what else the agent holds.
    async fn offers(&mut self) -> Vec<Offer> {
        let (files, certificates) = self.read_files().await;
        let mut offers = Vec::new();
        let mut offered: Vec<PublicKey> = Vec::new();
        for file in files {
            offered.extend(file.public().cloned());
            self.offer_file(file, &mut offers);
        }
        let Some(agent) = &self.agent else { return offers };
        for identity in &agent.identities {
            let key = identity.public_key().into_owned();
            let named = offered.iter().any(|o| o.key_data() == key.key_data());
            match identity {
                AgentIdentity::Certificate { certificate, .. } if named || !self.settings.identities_only => {
                    offers.insert(0, Offer::AgentCertificate(certificate.clone()));
                }
                AgentIdentity::PublicKey { .. } if !named => {
                    let own = certificates.iter().filter(|c| c.public_key() == key.key_data());
                    let own: Vec<Offer> = own.map(|c| Offer::Agent { key: key.clone(), certificate: Some(c.clone()) }).collect();
                    offers.extend(own);
                    if !self.settings.identities_only {
                        offers.push(Offer::Agent { key, certificate: None });
                    }
                }
                _ => {}
            }
        }
        offers
    }

    /// Key files and configured certificates; trouble with one that somebody named goes into the list of what was tried.
    async fn read_files(&mut self) -> (Vec<KeyFile>, Vec<Certificate>) {
        let paths = self.settings.identity_files.clone();
        let certificate_paths = self.settings.certificate_files.clone();
        let named = self.settings.identities_named;
        let work = tokio::task::spawn_blocking(move || {
            let (mut certificates, mut troubles) = (Vec::new(), Vec::new());
            for path in certificate_paths {
                match keys::load_certificate(&path) {
                    Ok(certificate) => certificates.push(certificate),
                    Err(reason) => troubles.push(format!("certificate {} ({reason})", path.display())),
                }
            }
            (keys::load(&paths, named, &certificates), certificates, troubles)
        });
        let (files, certificates, troubles) = work.await.unwrap_or_default();
        self.tried.extend(troubles);
        (files, certificates)
    }

    fn offer_file(&mut self, file: KeyFile, offers: &mut Vec<Offer>) {
        let held = match (file.public(), &self.agent) {
            (Some(public), Some(agent)) if agent.holds(public) => Some(public.clone()),
            _ => None,
        };
        let certificates = file.certificates.into_iter().map(Some).chain([None]);
        if let Some(key) = held {
            offers.extend(certificates.map(|certificate| Offer::Agent { key: key.clone(), certificate }));
            return;
        }
        let key = match file.content {
            Content::Plain(key) => FileKey::Ready(Arc::from(key)),
            Content::Encrypted { text, .. } => FileKey::Encrypted(text),
            Content::Trouble(reason) => {
                self.tried.push(format!("key {} ({reason})", file.path.display()));
                return;
            }
        };
        let path = file.path;
        offers.extend(certificates.map(|certificate| Offer::File { path: path.clone(), key: key.clone(), certificate }));
    }

    /// Makes one offer. An error ends the login.
    async fn make(&mut self, handle: &mut Handle<Gate>, offer: Offer) -> Result<bool, SshError> {
        let user = self.settings.user.clone();
        let (what, result) = match offer {
            Offer::File { path, key, certificate } => {
                let Some(key) = self.open_key(&path, key).await else { return Ok(false) };
                let print = key.public_key().fingerprint(HashAlg::Sha256);
                match certificate {
                    Some(certificate) => {
                        let what = format!("key {} with certificate \"{}\" {print}", path.display(), shown(&certificate));
                        (what, handle.authenticate_openssh_cert(user, key, certificate).await.map_err(|e| e.to_string()))
                    }
                    None => {
                        let key = PrivateKeyWithHashAlg::new(key, None);
                        let result = handle.authenticate_publickey(user, key).await;
                        (format!("key {} {print}", path.display()), result.map_err(|e| e.to_string()))
                    }
                }
            }
            Offer::Agent { key, certificate } => self.make_agent(handle, key, certificate).await,
            Offer::AgentCertificate(certificate) => {
                let what = format!("agent certificate \"{}\"", shown(&certificate));
                let hash = rsa_hash(handle, certificate.algorithm().is_rsa()).await;
                let Some(agent) = &mut self.agent else { return Ok(false) };
                let result = handle.authenticate_certificate_with(user, certificate, hash, &mut agent.signer(None)).await;
                (what, result.map_err(|e| e.to_string()))
            }
        };
        self.judge(what, result).await
    }

    async fn make_agent(
        &mut self,
        handle: &mut Handle<Gate>,
        key: PublicKey,
        certificate: Option<Certificate>,
    ) -> (String, Result<AuthResult, String>) {
        let user = self.settings.user.clone();
        let print = key.fingerprint(HashAlg::Sha256);
        let hash = rsa_hash(handle, key.algorithm().is_rsa()).await;
        let Some(agent) = &mut self.agent else { return (format!("agent key {print}"), Err("no agent".to_owned())) };
        match certificate {
            Some(certificate) => {
                let what = format!("agent key {print} with certificate \"{}\"", shown(&certificate));
                let mut signer = agent.signer(Some(key));
                let result = handle.authenticate_certificate_with(user, certificate, hash, &mut signer).await;
                (what, result.map_err(|e| e.to_string()))
            }
            None => {
                let result = handle.authenticate_publickey_with(user, key, hash, &mut agent.signer(None)).await;
                (format!("agent key {print}"), result.map_err(|e| e.to_string()))
            }
        }
    }

    async fn open_key(&mut self, path: &std::path::Path, key: FileKey) -> Option<Arc<PrivateKey>> {
        let opened = match key {
            FileKey::Ready(key) if key.algorithm().is_rsa() => Err("RSA key files are not supported; load it into an agent".to_owned()),
            FileKey::Ready(key) => Ok(key),
            FileKey::Encrypted(text) => {
                let (path, passphrases): (PathBuf, Vec<Passphrase>) = (path.to_owned(), self.options.passphrases.clone());
                let work = tokio::task::spawn_blocking(move || keys::decrypt(&path, &text, &passphrases));
                work.await.unwrap_or_else(|_| Err("it could not be decrypted".to_owned())).map(Arc::new)
            }
        };
        match opened {
            Ok(key) => Some(key),
            Err(reason) => {
                self.tried.push(format!("key {} ({reason})", path.display()));
                None
            }
        }
    }

    async fn judge(&mut self, what: String, result: Result<AuthResult, String>) -> Result<bool, SshError> {
        match result {
            Ok(AuthResult::Success) => return Ok(true),
            Ok(AuthResult::Failure { remaining_methods, partial_success }) => {
                let more = if partial_success { "accepted, but the host wants another one too" } else { "refused" };
                self.tried.push(format!("{what} ({more})"));
                if remaining_methods.is_empty() {
                    // The library reports a lost connection like this, a moment before it says so.
                    let _ = tokio::time::timeout(Duration::from_millis(200), self.life.over()).await;
                }
                if self.life.is_over() {
                    self.tried.push(format!("then the host hung up ({})", self.life.reason()));
                    return Err(self.refused());
                }
                if !remaining_methods.contains(&MethodKind::PublicKey) {
                    self.tried.push("the host takes no more keys".to_owned());
                    return Err(self.refused());
                }
            }
            Err(reason) => self.tried.push(format!("{what} ({reason})")),
        }
        Ok(false)
    }
}

/// The best signature hash for an RSA key, which the server tells after the key exchange.
async fn rsa_hash(handle: &Handle<Gate>, is_rsa: bool) -> Option<HashAlg> {
    if !is_rsa {
        return None;
    }
    handle.best_supported_rsa_hash().await.ok().flatten().unwrap_or(Some(HashAlg::Sha512))
}

fn shown(certificate: &Certificate) -> String {
    certificate.key_id().escape_debug().to_string()
}
