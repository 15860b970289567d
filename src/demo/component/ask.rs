//! Asking the demo's web server as its users do: how it is found out, after a move, that the service answers.

use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the whole page may take.
const PATIENCE: Duration = Duration::from_secs(4);
/// The longest answer.
const LONGEST: u64 = 64 * 1024;

/// The page at `url`, such as `http://127.0.0.1:8080/`.
///
/// # Errors
/// Why there is none, in a sentence; also when the server answers with anything but 200.
pub async fn ask(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| format!("{url}: write http://ADDRESS:PORT/"))?;
    let (address, path) = rest.split_once('/').unwrap_or((rest, ""));
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.take(LONGEST).read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let answer = timeout(PATIENCE, exchange).await.map_err(|_| format!("{url}: no answer within {PATIENCE:?}"))?;
    let answer = answer.map_err(|error| format!("{url}: {error}"))?;
    let (head, page) = answer.split_once("\r\n\r\n").ok_or_else(|| format!("{url}: what answers is no web server"))?;
    let status = head.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200 ") { Ok(page.to_owned()) } else { Err(format!("{url}: {status}: {}", page.trim())) }
}
