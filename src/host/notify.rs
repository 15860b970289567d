//! What the manager of this service is told of its life: that it is ready. One datagram, never waiting.

use std::ffi::OsStr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Says that the service answers, where somebody wants to know.
pub(super) fn ready() {
    if let Some(name) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = say(&name, b"READY=1")
    {
        tracing::warn!(%error, "the manager of this service could not be told that it is ready");
    }
}

/// A name that begins with `@` is no path.
fn say(name: &OsStr, what: &[u8]) -> std::io::Result<()> {
    let address = match name.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(name)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(what, &address).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_at_a_path_and_at_a_name_that_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let name = format!("switchtower-tests-{}", std::process::id());
        let abstracted = SocketAddr::from_abstract_name(&name).unwrap();
        for (address, said) in [
            (SocketAddr::from_pathname(dir.path().join("s")).unwrap(), dir.path().join("s").into_os_string()),
            (abstracted, format!("@{name}").into()),
        ] {
            let manager = UnixDatagram::bind_addr(&address).unwrap();
            say(&said, b"READY=1").unwrap();
            let mut heard = [0; 16];
            assert_eq!(manager.recv(&mut heard).unwrap(), 7);
        }
        assert!(say(OsStr::new("/dev/null/x"), b"READY=1").is_err());
    }
}
