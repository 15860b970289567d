//! The active-standby component of the demo: the active side counts and tells whoever follows, the standby side follows
//! and keeps the count, and goes on from it once it is active itself. The mode is in `SWITCHTOWER_MODE`.

use super::{ComponentError, Kind, Options, lines, listen, ready};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{interval, sleep, timeout};

/// From one count to the next.
const BEAT: Duration = Duration::from_millis(500);
/// How long a follower may take to read a count, and how long none may come.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest line of a count, in bytes.
const LONGEST: u64 = 32;

pub(super) async fn run(options: Options) -> Result<(), ComponentError> {
    let kept = options.dir.join("count");
    let fail = |why| ComponentError::Keep { kind: "sync", path: kept.clone(), why };
    tokio::fs::create_dir_all(&options.dir).await.map_err(fail)?;
    if std::env::var("SWITCHTOWER_MODE").is_ok_and(|mode| mode == "standby") {
        ready::ready()?;
        return follow(options.at, &kept).await.map_err(fail);
    }
    let listener = listen(Kind::Sync, options.at).await?;
    let first = read(&kept).await;
    let (count, counted) = watch::channel(first);
    ready::ready()?;
    let told = lines::each(listener, move |stream| tell(stream, counted.clone()));
    tokio::select! {
        never = told => match never {},
        kept_no_more = beat(count, &kept) => kept_no_more.map_err(fail),
    }
}

/// Counts, and keeps the count.
async fn beat(count: watch::Sender<u64>, kept: &Path) -> io::Result<()> {
    let mut beats = interval(BEAT);
    loop {
        beats.tick().await;
        count.send_modify(|count| *count = count.saturating_add(1));
        let now = *count.borrow();
        write(kept, now).await?;
    }
}

/// Tells one follower every count, until it has gone.
async fn tell(mut stream: TcpStream, mut counted: watch::Receiver<u64>) {
    while counted.changed().await.is_ok() {
        let line = format!("{}\n", *counted.borrow_and_update());
        if !matches!(timeout(PATIENCE, stream.write_all(line.as_bytes())).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// Follows the active side, and looks for it again whenever it has gone.
async fn follow(active: SocketAddr, kept: &Path) -> io::Result<()> {
    loop {
        if let Ok(Ok(stream)) = timeout(PATIENCE, TcpStream::connect(active)).await {
            let mut lines = BufReader::new(stream);
            while let Ok(Ok(Some(count))) = timeout(PATIENCE, next(&mut lines)).await {
                write(kept, count).await?;
            }
        }
        sleep(BEAT).await;
    }
}

async fn next(lines: &mut BufReader<TcpStream>) -> io::Result<Option<u64>> {
    let mut line = String::new();
    lines.take(LONGEST).read_line(&mut line).await?;
    Ok(line.strip_suffix('\n').and_then(|count| count.parse().ok()))
}

async fn read(kept: &Path) -> u64 {
    // There is none before the first time, and one that broke off counts as none.
    let text = tokio::fs::read_to_string(kept).await.unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

/// Whole or not at all.
async fn write(kept: &Path, count: u64) -> io::Result<()> {
    let new: PathBuf = kept.with_extension("new");
    tokio::fs::write(&new, format!("{count}\n")).await?;
    tokio::fs::rename(&new, kept).await
}
