//! Hosts made to stop for certain: each by its fence device, a fence agent or a command that runs beside the monitor.
//!
//! [`super::Router`] and the live checks of a configuration call it. It needs no way to the host itself. It never takes a
//! device's word that it has switched off: only what `status` says afterwards is proof.
//!
//! What counts as `status`: exit status 0 is on. Exit status 2 is off when the device printed nothing, or a last line of
//! standard output that ends in the word `off`, as fence agents print it. Other programs, shells among them, end with 2
//! for a file that is missing or an option that they do not know; that must not pass for a host that is off.

mod call;
mod child;
pub(in crate::driver) mod secrets;
#[cfg(test)]
mod tests;

use super::{DriverError, Outcome};
use crate::core::fact::{Fact, Source, State};
use crate::core::model::{Fence, HostName};
use crate::core::permit::Permit;
use call::{Call, CallError, Verb};
use child::{GRACE, Said};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// The first pause between two looks at a device that does not say off yet; each next one is twice as long.
const PAUSE: Duration = Duration::from_millis(200);
/// The longest pause: some devices lock a login out that comes too often.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The fence devices of a cluster's hosts.
#[derive(Debug, Default)]
pub struct FenceDevices {
    devices: BTreeMap<HostName, Fence>,
}

/// What a device says of its host's power, with its words for it.
#[derive(Debug)]
struct Power {
    on: bool,
    words: String,
}

impl FenceDevices {
    /// The devices, by the host that each switches. Nothing is called yet.
    #[must_use]
    pub fn new(devices: BTreeMap<HostName, Fence>) -> Self {
        Self { devices }
    }

    /// Switches `host` off and proves it: calls the device with `off`, then with `status` until that says off, within
    /// `timeout`. [`Outcome::Done`] says that the device's own `status` is off, whatever `off` said.
    ///
    /// Dropped, it kills the call that is under way, and whether the host is off is not known.
    pub async fn off(&self, permit: Permit, host: &HostName, timeout: Duration) -> Outcome {
        let Some(fence) = self.devices.get(host) else {
            let detail = format!("{}, or confirm by `switchtower fence {host} --by-word` that it is off", no_fence(host));
            return Outcome::NotSent { detail };
        };
        tracing::info!(%host, device = fence.device.command("off"), term = permit.term().0, purpose = permit.purpose(), "fence");
        let outcome = Off { fence, host, began: Instant::now(), deadline: until(timeout) }.carry_out(timeout).await;
        tracing::info!(%host, ?outcome, "fence ended");
        outcome
    }

    /// What the device of `host` says now: [`State::Active`] for on, [`State::Inactive`] for off.
    ///
    /// # Errors
    /// [`DriverError::NoFence`] without a device, [`DriverError::Fence`] when nothing came that can be relied on.
    pub async fn status(&self, host: &HostName, deadline: Duration) -> Result<Fact, DriverError> {
        let fence = self.devices.get(host).ok_or_else(|| DriverError::NoFence { host: host.clone() })?;
        let failed = |why| DriverError::Fence { host: host.clone(), device: fence.device.command("status"), why };
        let power = power(fence, host, until(deadline)).await.map_err(failed)?;
        let state = if power.on { State::Active } else { State::Inactive };
        Ok(Fact {
            state,
            invocation: None,
            detail: power.words,
            enablement: String::new(),
            source: Source::Device,
            boot_id: String::new(),
            self_stop_ms: None,
        })
    }
}

fn no_fence(host: &HostName) -> String {
    let error = DriverError::NoFence { host: host.clone() };
    error.to_string()
}

/// When the last call must have ended, so that there is time to clear up after it.
fn until(timeout: Duration) -> Instant {
    Instant::now() + timeout - (2 * GRACE).min(timeout / 10)
}

/// One host that is to be off.
struct Off<'a> {
    fence: &'a Fence,
    host: &'a HostName,
    began: Instant,
    deadline: Instant,
}

impl Off<'_> {
    async fn carry_out(&self, timeout: Duration) -> Outcome {
        // A device that hangs must leave time to ask it again.
        let sent = ask(self.fence, self.host, Verb::Off, self.deadline - timeout / 3).await;
        let complaint = match &sent {
            Err(error) if !error.may_have_run() => {
                let detail = format!("{}: was not switched off, nothing was sent: {}: {error}", self.host, self.command());
                return Outcome::NotSent { detail };
            }
            Err(error) => Some(error.to_string()),
            Ok(said) => (said.code != Some(0)).then(|| said.end()),
        };
        self.prove(complaint).await
    }

    /// Asks until the device says off or the time is over. The last answer counts.
    async fn prove(&self, complaint: Option<String>) -> Outcome {
        let mut pause = PAUSE;
        loop {
            let began = Instant::now();
            let power = power(self.fence, self.host, self.deadline).await;
            let took = began.elapsed();
            if matches!(power, Ok(Power { on: false, .. })) {
                return self.done(complaint);
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            let next = pause.min(left / 2);
            // A call that has no time to end would put "not known" in place of what is known.
            if left < 2 * PAUSE || left - next < 2 * took {
                return self.not_proven(complaint, power);
            }
            sleep(next).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn done(&self, complaint: Option<String>) -> Outcome {
        let although = complaint.map(|complaint| format!("; its call with `off` {complaint}")).unwrap_or_default();
        let detail = format!("{}: is off after {:.1?}, as its fence device says{although}", self.host, self.began.elapsed());
        Outcome::Done { detail }
    }

    fn not_proven(&self, complaint: Option<String>, last: Result<Power, String>) -> Outcome {
        let (host, command, after) = (self.host, self.command(), self.began.elapsed());
        let off = complaint.unwrap_or_else(|| "ended well".to_owned());
        match last {
            Ok(power) => {
                let words = if power.words.is_empty() { String::new() } else { format!(" ({})", power.words) };
                let detail = format!("{host}: is still on after {after:.1?}, as its fence device says{words}; {command} {off}");
                Outcome::Failed { detail }
            }
            Err(why) => {
                let detail =
                    format!("{host}: may be on or off: its fence device has not said within {after:.1?}: `status` {why}; {command} {off}");
                Outcome::Unknown { detail }
            }
        }
    }

    fn command(&self) -> String {
        format!("`{}`", self.fence.device.command("off"))
    }
}

/// One call of a device, which may take as long as the configuration and `deadline` allow.
async fn ask(fence: &Fence, host: &HostName, verb: Verb, deadline: Instant) -> Result<Said, CallError> {
    let began = Instant::now();
    let deadline = deadline.min(began + Duration::from_millis(fence.timeout_ms));
    let (device, name) = (fence.device.clone(), host.clone());
    let prepared = timeout_at(deadline, tokio::task::spawn_blocking(move || Call::new(&device, &name, verb))).await;
    let call = match prepared {
        Ok(Ok(call)) => call?,
        Ok(Err(_)) => return Err(CallError::NotStarted { why: "the task that prepares it has died".to_owned() }),
        Err(_) => return Err(CallError::NotStarted { why: format!("the disk gave nothing within {:.1?}", began.elapsed()) }),
    };
    child::run(&call, deadline).await
}

/// What a device says of its host, or why that is not known.
async fn power(fence: &Fence, host: &HostName, deadline: Instant) -> Result<Power, String> {
    let said = ask(fence, host, Verb::Status, deadline).await.map_err(|error| error.to_string())?;
    match said.code {
        Some(0) => Ok(Power { on: true, words: said.words }),
        Some(2) if said.silent || says_off(&said.last) => Ok(Power { on: false, words: said.words }),
        Some(2) => {
            Err(format!("{}; that is no proof of off: a device that is off prints nothing, or a last line that ends in `off`", said.end()))
        }
        _ => Err(said.end()),
    }
}

/// `Status: OFF` says so; the help of a program that was called in a wrong way does not.
fn says_off(line: &str) -> bool {
    let help = line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("usage"));
    !help && line.split_whitespace().next_back().is_some_and(|word| word.eq_ignore_ascii_case("off"))
}
