//! Services for test hosts: unit files that behave well, or badly in one chosen way. Written to a host by
//! [`super::lab::Lab::service_unit`]; they are never enabled, as the product demands of what it manages.

use std::time::Duration;

/// What a service does.
#[derive(Debug, Clone, Copy)]
pub enum ServiceSpec {
    /// Starts at once, runs until it is stopped.
    Simple,
    /// Like `Simple`; every start adds a line to `/var/log/UNIT.starts`.
    Counted,
    /// Stays "activating" for so long, then runs.
    SlowStart(Duration),
    /// Its start fails at once.
    FailsToStart,
    /// Does not obey TERM; systemd kills it after so long.
    WontStop(Duration),
    /// Starts well and ends with status 3 after so long.
    DiesAfter(Duration),
    /// Answers every TCP connection to this port with one line: host name and unit.
    Serves(u16),
}

impl ServiceSpec {
    /// The unit file.
    pub fn unit_file(self, unit: &str) -> String {
        let lines = match self {
            Self::Simple => "Type=exec\nExecStart=/bin/sleep infinity".to_owned(),
            Self::Counted => {
                "Type=exec\nExecStartPre=/bin/sh -c 'echo start >> /var/log/%n.starts'\nExecStart=/bin/sleep infinity".to_owned()
            }
            Self::SlowStart(time) => {
                format!("Type=exec\nExecStartPre=/bin/sleep {}\nExecStart=/bin/sleep infinity", time.as_secs_f64())
            }
            Self::FailsToStart => "Type=exec\nExecStartPre=/bin/false\nExecStart=/bin/sleep infinity".to_owned(),
            // A signal that nothing minds, from its first moment on: a trap of a shell would be set a little late.
            Self::WontStop(time) => {
                format!("Type=exec\nTimeoutStopSec={}\nKillSignal=SIGWINCH\nExecStart=/bin/sleep infinity", time.as_secs_f64())
            }
            Self::DiesAfter(time) => format!("Type=exec\nExecStart=/bin/sh -c 'sleep {}; exit 3'", time.as_secs_f64()),
            Self::Serves(port) => format!(
                "Type=exec\nExecStart=/usr/bin/perl -MIO::Socket::INET -e \
                 'my $$s = IO::Socket::INET->new(LocalPort => {port}, Listen => 64, ReuseAddr => 1) or die $$!; \
                 while (my $$c = $$s->accept) {{ print $$c \"%H %n\\n\"; close $$c }}'"
            ),
        };
        format!("[Unit]\nDescription=Test service {unit}\n[Service]\n{lines}\n")
    }
}
