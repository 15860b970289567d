//! Saying `READY=1` to whoever started this process: one datagram, as services of systemd do. Called by each component.

use super::ComponentError;
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// Says it, where `NOTIFY_SOCKET` says to whom.
pub(super) fn ready() -> Result<(), ComponentError> {
    match std::env::var("NOTIFY_SOCKET") {
        Ok(socket) if !socket.is_empty() => tell(&socket, "READY=1").map_err(ComponentError::Notify),
        _ => Ok(()),
    }
}

fn tell(socket: &str, words: &str) -> io::Result<()> {
    let address = match socket.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let sent = UnixDatagram::unbound()?.send_to_addr(words.as_bytes(), &address)?;
    if sent == words.len() { Ok(()) } else { Err(io::ErrorKind::WriteZero.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_to_a_path_and_to_an_abstract_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let name = format!("switchtower-demo-test-{}", std::process::id());
        let abstract_name = SocketAddr::from_abstract_name(&name).unwrap();
        for (heard, socket) in [
            (UnixDatagram::bind(&path).unwrap(), path.to_str().unwrap().to_owned()),
            (UnixDatagram::bind_addr(&abstract_name).unwrap(), format!("@{name}")),
        ] {
            tell(&socket, "READY=1").unwrap();
            let mut said = [0; 64];
            let count = heard.recv(&mut said).unwrap();
            assert_eq!(&said[..count], b"READY=1");
        }
        assert!(tell("/nowhere/at/all", "READY=1").is_err());
    }
}
