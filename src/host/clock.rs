//! The host's clocks: the steady one that runs through suspend, the boot that it counts from, and the one on the wall.

use crate::wire::host::HostClock;
use std::time::Duration;

/// Where the kernel says which boot it is in.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The clocks of one boot.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    boot_id: String,
}

impl Clock {
    /// Of the boot that was named, or else of the kernel's. Reads a file of the kernel.
    pub(super) fn new(boot_id: Option<String>) -> std::io::Result<Self> {
        let boot_id = match boot_id {
            Some(named) => named,
            None => std::fs::read_to_string(BOOT_ID)?.trim().to_owned(),
        };
        Ok(Self { boot_id })
    }

    pub(super) fn boot_id(&self) -> &str {
        &self.boot_id
    }

    /// `CLOCK_BOOTTIME` in milliseconds.
    pub(super) fn now(&self) -> u64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        let now = Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0));
        millis(now)
    }

    pub(super) fn read(&self) -> HostClock {
        HostClock { boot_id: self.boot_id.clone(), boot_ms: self.now(), wall_ms: jiff::Timestamp::now().as_millisecond() }
    }
}

/// In milliseconds, as far as they can be counted.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds for people: `15 s`, `1.5 s`, `300 ms`.
pub(super) fn words(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        _ if ms.is_multiple_of(1000) => format!("{} s", ms / 1000),
        _ => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_knows_its_boot_and_goes_forward() {
        let clock = Clock::new(None).unwrap();
        assert_eq!(clock.boot_id().len(), 36);
        assert!(clock.now() > 0 && clock.now() <= clock.now());
        assert_eq!(Clock::new(Some("b".into())).unwrap().read().boot_id, "b");
    }

    #[test]
    fn lengths_are_told_as_people_say_them() {
        for (ms, said) in [(0, "0 ms"), (300, "300 ms"), (15_000, "15 s"), (1_550, "1.5 s")] {
            assert_eq!(words(ms), said);
        }
    }
}
