//! One line of question, one line of answer, over TCP: how the demo's components talk to each other. Bounded in
//! length, time and number.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The longest line, in bytes.
const LONGEST: u64 = 1024;
/// Connections at a time; more wait in the kernel's queue.
const CONNECTIONS: usize = 64;
/// From a connection to its question, and to the end of the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// After a connection could not be taken, as when this process has too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes connections for ever, and hands each to `attend` in a task of its own.
pub(super) async fn each<F>(listener: TcpListener, attend: impl Fn(TcpStream) -> F) -> std::convert::Infallible
where
    F: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let place = room.clone().acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let attending = attend(stream);
                tokio::spawn(async move {
                    attending.await;
                    drop(place);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Reads a question and answers it.
pub(super) async fn answer<F>(mut stream: TcpStream, words: impl FnOnce(String) -> F)
where
    F: Future<Output = String>,
{
    let exchange = async {
        let (read, mut write) = stream.split();
        let question = line(read).await?;
        let answer = words(question).await;
        write.write_all(format!("{answer}\n").as_bytes()).await?;
        write.shutdown().await
    };
    // Whoever asked in vain asks again.
    let _ = timeout(PATIENCE, exchange).await;
}

/// Asks `whom`, and waits for the answer for `patience` in all.
pub(super) async fn ask(whom: SocketAddr, question: &str, patience: Duration) -> io::Result<String> {
    let exchange = async {
        let mut stream = TcpStream::connect(whom).await?;
        let (read, mut write) = stream.split();
        write.write_all(format!("{question}\n").as_bytes()).await?;
        line(read).await
    };
    timeout(patience, exchange).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// A whole line without its end; one that breaks off or is too long is none.
pub(super) async fn line(from: impl AsyncRead + Unpin) -> io::Result<String> {
    let mut said = String::new();
    BufReader::new(from.take(LONGEST)).read_line(&mut said).await?;
    said.strip_suffix('\n').map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
