//! Key pairs of servers and their clients, as OpenSSH writes them. Holds no secret in its errors.

use std::fmt;
use std::path::Path;

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, PrivateKey, PublicKey};

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// None could be made.
    #[error("no key could be made: {0}")]
    Generate(String),
    /// A file could not be read or written.
    #[error("the key file {path}: {why}")]
    File {
        /// Which.
        path: String,
        /// What the system or the format said.
        why: String,
    },
    /// A line that is no public key.
    #[error("{line:?} is no public key: {why}; write a line of an authorized_keys file, without options")]
    Public {
        /// The line.
        line: String,
        /// Why.
        why: String,
    },
}

/// An Ed25519 key pair.
#[derive(Clone)]
pub struct KeyPair(PrivateKey);

impl KeyPair {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519);
        key.map(Self).map_err(|error| KeyError::Generate(error.to_string()))
    }

    /// Reads a private key file without a passphrase. Blocks.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        PrivateKey::read_openssh_file(path).map(Self).map_err(|error| in_file(path, &error))
    }

    /// Writes the private key for its owner alone. Blocks.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(&self, path: &Path) -> Result<(), KeyError> {
        self.0.write_openssh_file(path, LineEnding::LF).map_err(|error| in_file(path, &error))
    }

    /// The public half, as a line for `authorized_keys` or behind a name for `known_hosts`.
    ///
    /// # Errors
    /// Never with a key that was made or read here.
    pub fn public_line(&self) -> Result<String, KeyError> {
        self.0.public_key().to_openssh().map_err(|error| KeyError::Generate(error.to_string()))
    }

    pub(super) fn into_inner(self) -> PrivateKey {
        self.0
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyPair")
    }
}

fn in_file(path: &Path, error: &impl fmt::Display) -> KeyError {
    KeyError::File { path: path.display().to_string(), why: error.to_string() }
}

/// A line of an `authorized_keys` file.
pub(super) fn public(line: &str) -> Result<PublicKey, KeyError> {
    PublicKey::from_openssh(line.trim()).map_err(|error| KeyError::Public { line: line.chars().take(80).collect(), why: error.to_string() })
}
