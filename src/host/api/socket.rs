//! Makes the socket, with its rights in place before anybody can connect, and takes it away again.

use crate::host::error::HostError;
use crate::host::user;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// The socket; dropped, its file is gone.
#[derive(Debug)]
pub(in crate::host) struct Socket {
    pub(super) listener: UnixListener,
    path: PathBuf,
}

impl Socket {
    /// Binds it in a folder that nobody else can enter, gives it its rights there, and moves it to its place. What an earlier
    /// life left there is replaced, but never a socket at which somebody answers. Blocks on the disk for a moment.
    pub(in crate::host) fn make(path: &Path, group: Option<&str>) -> Result<Self, HostError> {
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(0o755).create(dir).map_err(HostError::io(dir, "make the socket's folder"))?;
        if UnixStream::connect(path).is_ok() {
            return Err(HostError::Held { path: path.to_owned(), holder: String::new() });
        }
        let private = dir.join(format!(".{}", std::process::id()));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&private).map_err(HostError::io(dir, "make a folder in it"))?;
        let made = make(&private.join("s"), path, group);
        std::fs::remove_dir_all(&private).map_err(HostError::io(private, "remove it"))?;
        made.map(|listener| Self { listener, path: path.to_owned() })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn make(inside: &Path, path: &Path, group: Option<&str>) -> Result<UnixListener, HostError> {
    // Left by a life that was killed in this very moment, under the same pid.
    let _ = std::fs::remove_file(inside);
    let listener = UnixListener::bind(inside).map_err(HostError::io(path, "bind the socket"))?;
    let mode = if group.is_some() { 0o660 } else { 0o600 };
    std::fs::set_permissions(inside, std::fs::Permissions::from_mode(mode)).map_err(HostError::io(path, "set the socket's mode"))?;
    if let Some(group) = group {
        let id = user::group(group).ok_or_else(|| HostError::NoGroup(group.to_owned()))?;
        std::os::unix::fs::chown(inside, None, Some(id)).map_err(HostError::io(path, "give the socket to its group"))?;
    }
    std::fs::rename(inside, path).map_err(HostError::io(path, "put the socket in place"))?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_socket_has_its_rights_from_the_beginning_and_goes_with_the_service() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run/host.sock");
        for (group, mode) in [(None, 0o600), (Some("root"), 0o660)] {
            let socket = Socket::make(&path, group).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
            assert!(matches!(Socket::make(&path, None), Err(HostError::Held { .. })), "somebody answers there");
            drop(socket);
            assert_eq!(std::fs::read_dir(dir.path().join("run")).unwrap().count(), 0);
        }
        assert!(matches!(Socket::make(&path, Some("no such group")), Err(HostError::NoGroup(_))));
    }

    #[tokio::test]
    async fn what_a_killed_service_left_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("host.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        Socket::make(&path, None).unwrap();
    }
}
