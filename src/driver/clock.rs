//! How far a host's wall clock is from ours.

use super::error::DriverError;
use super::systemd::SystemdHosts;
use crate::core::model::HostName;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// What a host's clock says, compared with ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The boot that the host is in.
    pub boot_id: String,
    /// How much its wall clock is ahead of ours, in milliseconds; negative where it is behind.
    pub ahead_ms: i64,
    /// How far off that may be, in milliseconds: the way there and back.
    pub within_ms: i64,
}

impl SystemdHosts {
    /// Reads a host's clocks.
    ///
    /// # Errors
    /// The host is unknown, silent, or answers something else.
    pub async fn clock(&self, host: &HostName, deadline: Duration) -> Result<Clock, DriverError> {
        let side = self.side(host)?;
        let (hello, sent, heard) = self.reached(side, Instant::now() + deadline).clock().await?;
        let stage = "reading its clock";
        let theirs = hello.last.and_then(|ms| i64::try_from(ms).ok());
        let theirs = theirs.ok_or_else(|| DriverError::BadAnswer { host: host.clone(), stage, reason: "no wall clock".to_owned() })?;
        Ok(Clock::compared(hello.boot_id, theirs, heard - sent))
    }
}

impl Clock {
    /// A host's wall clock, in milliseconds since 1970, that was just heard; `took`: from the question to its answer.
    pub(super) fn compared(boot_id: String, theirs: i64, took: Duration) -> Self {
        let took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
        // It was read somewhere on the way there and back; connecting came before that.
        let ours = unix_ms().saturating_sub(took / 2);
        Self { boot_id, ahead_ms: theirs.saturating_sub(ours), within_ms: (took / 2).saturating_add(1) }
    }
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
