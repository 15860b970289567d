//! Private key files and certificates on disk. Called by `auth`; everything here blocks (an encrypted key takes 0.2 s
//! of computing) and is run on a thread for that.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use russh::keys::{Certificate, PrivateKey, PublicKey};

use super::target::{Passphrase, PassphraseSource};

/// No key or certificate is larger.
const LARGEST: u64 = 64 * 1024;

/// A key file as it lies there.
#[derive(Debug)]
pub(super) struct KeyFile {
    pub(super) path: PathBuf,
    /// Certificates that belong to it.
    pub(super) certificates: Vec<Certificate>,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// Ready to sign.
    Plain(Box<PrivateKey>),
    /// Its public half, if the format shows it, and the text to decrypt.
    Encrypted { public: Option<Box<PublicKey>>, text: String },
    /// Not usable, and why.
    Trouble(String),
}

impl KeyFile {
    /// The public half, where it can be seen.
    pub(super) fn public(&self) -> Option<&PublicKey> {
        match &self.content {
            Content::Plain(key) => Some(key.public_key()),
            Content::Encrypted { public, .. } => public.as_deref(),
            Content::Trouble(_) => None,
        }
    }
}

/// Reads key files; those that do not exist are left out unless they were `named`. Certificates are taken from
/// `KEY-cert.pub` and from `certificates` where their key is the file's.
pub(super) fn load(files: &[PathBuf], named: usize, certificates: &[Certificate]) -> Vec<KeyFile> {
    let mut keys = Vec::new();
    for (at, path) in files.iter().enumerate() {
        let content = match read_secret(path) {
            Ok(None) if at >= named => continue,
            Ok(None) => Content::Trouble("there is no such file".to_owned()),
            Ok(Some(text)) => parse(text),
            Err(reason) => Content::Trouble(reason),
        };
        let mut key = KeyFile { path: path.clone(), certificates: Vec::new(), content };
        let mut beside = path.clone().into_os_string();
        beside.push("-cert.pub");
        let own = load_certificate(Path::new(&beside)).ok();
        if let Some(public) = key.public() {
            let fits = |c: &Certificate| c.public_key() == public.key_data();
            key.certificates = certificates.iter().cloned().chain(own).filter(fits).collect();
        }
        keys.push(key);
    }
    keys
}

/// Reads one certificate file.
pub(super) fn load_certificate(path: &Path) -> Result<Certificate, String> {
    let text = read(path)?.ok_or("there is no such file")?;
    Certificate::from_openssh(text.trim()).map_err(|e| format!("it is not a certificate: {e}"))
}

fn read(path: &Path) -> Result<Option<String>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.to_string()),
    };
    let mut text = String::new();
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(|e| e.to_string())?;
    if text.len() as u64 > LARGEST { Err("it is larger than 64 KiB".to_owned()) } else { Ok(Some(text)) }
}

/// As `read`, for files that nobody else may read: OpenSSH refuses them too.
fn read_secret(path: &Path) -> Result<Option<String>, String> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.uid() == rustix::process::getuid().as_raw() && meta.mode() & 0o077 != 0 => {
            Err(format!("others may read it (mode {:o}); chmod 600 it", meta.mode() & 0o777))
        }
        _ => read(path),
    }
}

fn parse(text: String) -> Content {
    if let Ok(key) = PrivateKey::from_openssh(&text) {
        if key.is_encrypted() {
            return Content::Encrypted { public: Some(Box::new(key.public_key().clone())), text };
        }
        return Content::Plain(Box::new(key));
    }
    if text.contains("ENCRYPTED") {
        return Content::Encrypted { public: None, text };
    }
    match russh::keys::decode_secret_key(&text, None) {
        Ok(key) => Content::Plain(Box::new(key)),
        Err(e) => Content::Trouble(format!("it is not a private key that can be read: {e}")),
    }
}

/// Decrypts a key with the passphrase that is configured for it.
pub(super) fn decrypt(path: &Path, text: &str, passphrases: &[Passphrase]) -> Result<PrivateKey, String> {
    let own = passphrases.iter().find(|p| p.key.as_deref() == Some(path));
    let passphrase = own.or_else(|| passphrases.iter().find(|p| p.key.is_none()));
    let Some(Passphrase { source, .. }) = passphrase else {
        return Err("it is encrypted and no passphrase is configured for it; load it into an agent (ssh-add)".to_owned());
    };
    let secret = match source {
        PassphraseSource::File(file) => {
            let fail = |reason: String| format!("its passphrase file {} cannot be used: {reason}", file.display());
            let text = read_secret(file).map_err(fail)?.ok_or_else(|| fail("there is no such file".to_owned()))?;
            text.lines().next().unwrap_or_default().to_owned()
        }
        PassphraseSource::Env(name) => std::env::var(name).map_err(|_| format!("its passphrase variable {name} is not set"))?,
    };
    // The library's own words may say more about the passphrase than they should.
    russh::keys::decode_secret_key(text, Some(&secret)).map_err(|_| "the configured passphrase does not open it".to_owned())
}
