//! Makes the sockets, with their rights in place before anybody can connect.

use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// Why a socket cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The system refuses.
    #[error("socket {path}: cannot {what}: {source}; look at the folder's rights, or set `run_dir` under [monitor]")]
    Io {
        /// Which.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A group that does not exist.
    #[error("group {0:?} does not exist on this host: make it, or correct the key under [monitor]")]
    NoGroup(String),
}

/// The two sockets.
#[derive(Debug)]
pub struct Sockets {
    pub(super) operate: UnixListener,
    pub(super) observe: UnixListener,
}

impl Sockets {
    /// Makes both in `dir`, replacing what an earlier life left; whoever calls this holds the journal's lock. Without a
    /// group only the monitor's own user may connect. Blocks on the disk for a moment.
    ///
    /// # Errors
    /// When the folder or a socket cannot be made, or a group does not exist.
    pub fn make(dir: &Path, operators: Option<&str>, observers: Option<&str>) -> Result<Self, ApiError> {
        let io = |what| move |source| ApiError::Io { path: dir.to_owned(), what, source };
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(dir).map_err(io("make the folder"))?;
        let private = dir.join(format!(".making-{}", std::process::id()));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&private).map_err(io("make a private folder in it"))?;
        let made = make(&private, dir, "operate.sock", operators)
            .and_then(|operate| Ok(Self { operate, observe: make(&private, dir, "observe.sock", observers)? }));
        std::fs::remove_dir_all(&private).map_err(io("remove the private folder in it"))?;
        made
    }
}

/// A socket is bound in a folder that nobody else can enter, given its rights there, and then moved to its place.
fn make(private: &Path, dir: &Path, name: &str, group: Option<&str>) -> Result<UnixListener, ApiError> {
    let (inside, path) = (private.join(name), dir.join(name));
    let io = |what| {
        let path = path.clone();
        move |source| ApiError::Io { path, what, source }
    };
    let listener = UnixListener::bind(&inside).map_err(io("bind it"))?;
    let mode = if group.is_some() { 0o660 } else { 0o600 };
    std::fs::set_permissions(&inside, std::fs::Permissions::from_mode(mode)).map_err(io("set its mode"))?;
    if let Some(group) = group {
        let id = super::user::group(group).ok_or_else(|| ApiError::NoGroup(group.to_owned()))?;
        std::os::unix::fs::chown(&inside, None, Some(id)).map_err(io("give it to its group"))?;
    }
    std::fs::rename(&inside, &path).map_err(io("put it in place"))?;
    Ok(listener)
}
