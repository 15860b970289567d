//! The socket of the service: taken by one that lives alone, and away again when it ends.

use crate::host::error::HostError;
use crate::wire::local::{Unbound, bind};
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
    /// Binds it. What an earlier life left there is replaced, but never a socket at which somebody answers. Blocks.
    pub(in crate::host) fn make(path: &Path, group: Option<&str>) -> Result<Self, HostError> {
        if UnixStream::connect(path).is_ok() {
            return Err(HostError::Held { path: path.to_owned(), holder: String::new() });
        }
        let listener = bind(path, group).map_err(|why| match why {
            Unbound::NoGroup(group) => HostError::NoGroup(group),
            Unbound::Io(what, error) => HostError::io(path, what)(error),
        })?;
        Ok(Self { listener, path: path.to_owned() })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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
