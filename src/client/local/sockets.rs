//! Which of the two sockets to take, and what it takes to be let in.

use super::Local;
use crate::client::{ClientError, Dial, Link};
use crate::core::command::Role;
use async_trait::async_trait;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// The file of groups is read up to here; a group beyond is shown by its number.
const MAX_GROUPS: u64 = 1024 * 1024;

/// The sockets of a monitor in its run folder.
#[derive(Debug, Clone)]
pub struct Sockets {
    run_dir: PathBuf,
    deadline: Duration,
}

impl Sockets {
    /// The sockets in `run_dir`; each wait for the monitor ends after `deadline`.
    #[must_use]
    pub fn new(run_dir: PathBuf, deadline: Duration) -> Self {
        Self { run_dir, deadline }
    }

    /// The socket for those who may act.
    #[must_use]
    pub fn operate(&self) -> PathBuf {
        self.run_dir.join("operate.sock")
    }

    /// The socket for those who may look.
    #[must_use]
    pub fn observe(&self) -> PathBuf {
        self.run_dir.join("observe.sock")
    }
}

#[async_trait]
impl Dial for Sockets {
    async fn dial(&self, role: Role) -> Result<Box<dyn Link>, ClientError> {
        let first = match Local::connect(&self.operate(), self.deadline).await {
            Ok(link) => return Ok(Box::new(link)),
            Err(error) => error,
        };
        let may_look_elsewhere = matches!(first, ClientError::Denied { .. } | ClientError::NotRunning { .. });
        if role == Role::Observer && may_look_elsewhere {
            // Whoever only wants to look is told who may look.
            return Ok(Box::new(Local::connect(&self.observe(), self.deadline).await?));
        }
        Err(first)
    }
}

/// The error for a socket that this user may not open, with whom it lets in.
pub(super) async fn denied(socket: &Path) -> ClientError {
    let Ok(meta) = tokio::fs::metadata(socket).await else {
        return ClientError::Denied { socket: socket.to_owned(), guard: Some("its folder is closed to this user".into()), group: None };
    };
    let group = group_name(meta.gid()).await.unwrap_or_else(|| meta.gid().to_string());
    let guard = format!("mode {:04o}, group {group}", meta.mode() & 0o7777);
    let group = (meta.mode() & 0o020 != 0).then_some(group);
    ClientError::Denied { socket: socket.to_owned(), guard: Some(guard), group }
}

async fn group_name(gid: u32) -> Option<String> {
    let mut text = String::new();
    let file = tokio::fs::File::open("/etc/group").await.ok()?;
    file.take(MAX_GROUPS).read_to_string(&mut text).await.ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(gid)).then(|| name.to_owned())
    })
}
