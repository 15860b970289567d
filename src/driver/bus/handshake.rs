//! The words that come before D-Bus messages. The bridge on the host takes only an anonymous login, whose trace must
//! come with the command itself; who we are, sshd has already made sure of.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longest answer, with its line end.
const LONGEST: usize = 256;

/// Logs in and returns the bus's id, 32 hexadecimal digits. The stream then carries messages and nothing else.
pub(super) async fn shake<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> io::Result<String> {
    stream.write_all(b"\0AUTH ANONYMOUS 737769746368746f776572\r\n").await?;
    stream.flush().await?;
    let answer = read_line(stream).await?;
    let guid = answer.strip_prefix("OK ").map(str::trim).filter(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let Some(guid) = guid else {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, format!("the D-Bus login was refused: {answer:?}")));
    };
    stream.write_all(b"BEGIN\r\n").await?;
    stream.flush().await?;
    Ok(guid.to_owned())
}

/// Reads one line byte by byte, so that nothing after it is swallowed.
async fn read_line<S: AsyncRead + Unpin>(stream: &mut S) -> io::Result<String> {
    let mut line = Vec::new();
    while line.len() < LONGEST {
        match stream.read_u8().await? {
            b'\n' => {
                let text = String::from_utf8_lossy(&line);
                return Ok(text.trim_end_matches('\r').to_owned());
            }
            byte => line.push(byte),
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, "the D-Bus login's answer has no end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answered(answer: &[u8]) -> (io::Result<String>, Vec<u8>) {
        let (mut near, mut far) = tokio::io::duplex(4096);
        far.write_all(answer).await.unwrap();
        far.write_all(b"rest").await.unwrap();
        let guid = shake(&mut near).await;
        let mut sent = vec![0; 512];
        let count = far.read(&mut sent).await.unwrap();
        sent.truncate(count);
        (guid, sent)
    }

    #[tokio::test]
    async fn an_accepted_login_begins_and_swallows_nothing() {
        let (guid, sent) = answered(b"OK 249ccf4a357447258991dd3f6b0222ce\r\n").await;
        assert_eq!(guid.unwrap(), "249ccf4a357447258991dd3f6b0222ce");
        assert!(sent.starts_with(b"\0AUTH ANONYMOUS 73") && sent.ends_with(b"BEGIN\r\n"), "{sent:?}");
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for answer in [b"REJECTED EXTERNAL\r\n".as_slice(), b"OK short\r\n", b"DATA\r\n", &[b'x'; 400]] {
            assert!(answered(answer).await.0.is_err(), "{answer:?}");
        }
    }
}
