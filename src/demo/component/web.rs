//! The web server of the demo: HTTP/1.1, GET only, a page of plain text that says who served it and the number that the
//! application got for it.

use super::{ComponentError, Kind, Options, lines, listen, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the application may take, and how long a whole request.
const APP: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(6);
/// The longest head of a request, in bytes.
const LONGEST: usize = 8 * 1024;

pub(super) async fn run(options: Options) -> Result<(), ComponentError> {
    let app = options.from.ok_or(ComponentError::Nobody { kind: "web" })?;
    let listener = listen(Kind::Web, options.at).await?;
    ready::ready()?;
    let options = Arc::new(options);
    match lines::each(listener, move |stream| attend(stream, app, options.clone())).await {}
}

async fn attend(mut stream: TcpStream, app: SocketAddr, options: Arc<Options>) {
    let exchange = async {
        let (mut read, mut write) = stream.split();
        let head = head(&mut read).await?;
        let (status, text) = match method(&head) {
            Some(method @ ("GET" | "HEAD")) => {
                let (status, text) = page(app, &options).await;
                (status, if method == "HEAD" { String::new() } else { text })
            }
            Some(_) => ("405 Method Not Allowed", "only GET is understood here\n".to_owned()),
            None => ("400 Bad Request", "that is no request of HTTP\n".to_owned()),
        };
        let length = text.len();
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {length}\r\nAllow: GET, HEAD\r\n");
        write.write_all(format!("{head}Cache-Control: no-store\r\nConnection: close\r\n\r\n{text}").as_bytes()).await?;
        write.shutdown().await
    };
    // Whoever has gone away, or takes too long, gets nothing.
    let _ = timeout(PATIENCE, exchange).await;
}

/// The head of a request, whole or as far as it goes.
async fn head(mut read: impl AsyncRead + Unpin) -> io::Result<String> {
    let (mut head, mut block) = (Vec::new(), [0; 1024]);
    while head.len() < LONGEST && !head.windows(4).any(|end| end == b"\r\n\r\n") && !head.windows(2).any(|end| end == b"\n\n") {
        match read.read(&mut block).await? {
            0 => break,
            count => head.extend_from_slice(block.get(..count).unwrap_or_default()),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The method, if the first line is a request's.
fn method(head: &str) -> Option<&str> {
    let mut words = head.lines().next()?.split(' ');
    let (method, path, version) = (words.next()?, words.next()?, words.next()?);
    (path.starts_with('/') && version.starts_with("HTTP/1.")).then_some(method)
}

async fn page(app: SocketAddr, options: &Options) -> (&'static str, String) {
    let (site, host, now) = (&options.site, &options.host, jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%S UTC"));
    let served = format!("served by  {host}, site {site}\ntime       {now}\n");
    let number = lines::ask(app, "number", APP).await.map_err(|error| format!("the application does not answer: {error}"));
    match number.and_then(|said| said.parse::<u64>().map_err(|_| said)) {
        Ok(number) => ("200 OK", format!("The demo of Switchtower\n\n{served}number     {number}, from the database by way of app\n")),
        Err(why) => ("503 Service Unavailable", format!("No number today\n\n{served}reason     {why}\n")),
    }
}
