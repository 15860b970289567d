//! Calls to systemd with their answers as plain values.

use super::{BROKER, Bus, BusError, Destination, MANAGER, SYSTEMD};
use crate::driver::unit::{Sighting, invocation, path_of};
use crate::driver::words::tidy;
use std::sync::PoisonError;
use tokio::time::Instant;
use zbus::{OwnedObjectPath, OwnedVariant};

/// name, description, load, active, sub, following, path, job's id, job's type, job's path
type Listed = (String, String, String, String, String, String, OwnedObjectPath, u32, String, OwnedObjectPath);

const UNIT: &str = "org.freedesktop.systemd1.Unit";
const SERVICE: &str = "org.freedesktop.systemd1.Service";

/// Why a service is not running, in systemd's own terms.
#[derive(Debug, Clone, Default)]
pub(in crate::driver) struct Ending {
    /// `success`, `exit-code`, `signal`, `start-limit-hit`, …
    pub result: String,
    /// How the main process ended: 1 by itself, 2 killed, 3 killed with a core dump, 0 never ran.
    pub code: i32,
    /// Its exit status, or the signal.
    pub status: i32,
    /// `simple`, `oneshot`, …
    pub kind: String,
}

impl Bus {
    /// Asks for the signals about a unit and its jobs. Once a connection and unit; no answer is awaited, since the message
    /// bus takes it before anything that is sent after it.
    pub async fn follow(&self, unit: &str, deadline: Instant) -> Result<(), BusError> {
        let known = |bus: &Self| bus.followed.lock().unwrap_or_else(PoisonError::into_inner).contains(unit);
        if known(self) {
            return Ok(());
        }
        let of_systemd = "type='signal',sender='org.freedesktop.systemd1'";
        let changes = format!("{of_systemd},path='{}',member='PropertiesChanged',arg0='{UNIT}'", path_of(unit));
        let jobs = format!("{of_systemd},member='JobRemoved',arg2='{unit}'");
        self.tell(&BROKER, "AddMatch", &changes, deadline).await?;
        self.tell(&BROKER, "AddMatch", &jobs, deadline).await?;
        self.followed.lock().unwrap_or_else(PoisonError::into_inner).insert(unit.to_owned());
        Ok(())
    }

    /// What systemd says of `units`, in the same order.
    pub async fn list(&self, units: &[&str], deadline: Instant) -> Result<Vec<Sighting>, BusError> {
        let listed: Vec<Listed> = self.ask(&MANAGER, "ListUnitsByNames", &units, deadline).await?;
        if listed.len() != units.len() {
            return Err(BusError::Malformed(format!("{} units were asked for, {} answered", units.len(), listed.len())));
        }
        let sighting = |(_, _, load, active, sub, _, _, id, kind, _): Listed| Sighting {
            load: tidy(&load),
            active: tidy(&active),
            sub: tidy(&sub),
            job: (id != 0).then(|| tidy(&kind)),
        };
        Ok(listed.into_iter().map(sighting).collect())
    }

    /// What systemd says of one unit.
    pub async fn list_one(&self, unit: &str, deadline: Instant) -> Result<Sighting, BusError> {
        let mut all = self.list(&[unit], deadline).await?;
        all.pop().ok_or_else(|| BusError::Malformed("no unit answered".to_owned()))
    }

    /// What systemd says of one unit, and its processes, in one turn. One that was stopped and forgotten when this connection
    /// asked last is not read from disk again if that is still so: what systemd does not have has no job and no process.
    pub async fn sight(&self, unit: &str, deadline: Instant) -> Result<(Sighting, Option<Vec<u32>>), BusError> {
        if let Some(stopped) = self.still_forgotten(unit, deadline).await? {
            return Ok((stopped, None));
        }
        let (sighting, processes) = tokio::join!(self.list_one(unit, deadline), self.kept_processes(unit, deadline));
        let (sighting, processes) = (sighting?, processes?);
        self.note_forgotten(unit, processes.is_none());
        Ok((sighting, processes))
    }

    /// That a unit is stopped, if systemd had forgotten it and still has. Nothing is asked where it had not.
    pub async fn still_forgotten(&self, unit: &str, deadline: Instant) -> Result<Option<Sighting>, BusError> {
        if !self.forgotten.lock().unwrap_or_else(PoisonError::into_inner).contains(unit) {
            return Ok(None);
        }
        let forgotten = self.kept_processes(unit, deadline).await?.is_none();
        self.note_forgotten(unit, forgotten);
        let stopped = || Sighting { load: "loaded".to_owned(), active: "inactive".to_owned(), sub: "dead".to_owned(), job: None };
        Ok(forgotten.then(stopped))
    }

    /// Only for a unit that systemd was asked for by this name: it knows one by another name too once it has looked for it.
    fn note_forgotten(&self, unit: &str, forgotten: bool) {
        let mut units = self.forgotten.lock().unwrap_or_else(PoisonError::into_inner);
        if forgotten {
            units.insert(unit.to_owned());
        } else {
            units.remove(unit);
        }
    }

    /// Queues a start, in place of whatever is queued for the unit; returns the job.
    pub async fn start(&self, unit: &str, deadline: Instant) -> Result<String, BusError> {
        self.note_forgotten(unit, false);
        let job: OwnedObjectPath = self.ask(&MANAGER, "StartUnit", &(unit, "replace"), deadline).await?;
        Ok(job.to_string())
    }

    /// Queues a stop, in place of whatever is queued for the unit; returns the job.
    pub async fn stop(&self, unit: &str, deadline: Instant) -> Result<String, BusError> {
        let job: OwnedObjectPath = self.ask(&MANAGER, "StopUnit", &(unit, "replace"), deadline).await?;
        Ok(job.to_string())
    }

    /// Forgets a failure and the count of starts that systemd limits. No answer is awaited: a unit without a failure is
    /// no error, and what is sent next comes after it.
    pub async fn reset_failed(&self, unit: &str, deadline: Instant) -> Result<(), BusError> {
        self.tell(&MANAGER, "ResetFailedUnit", &unit, deadline).await
    }

    /// Asks systemd whether it is there.
    pub async fn ping(&self, deadline: Instant) -> Result<(), BusError> {
        let to = Destination { name: SYSTEMD, path: "/org/freedesktop/systemd1", interface: "org.freedesktop.DBus.Peer" };
        self.call(&to, "Ping", &(), deadline).await.map(drop)
    }

    /// The processes in the unit's control group. systemd forgets a stopped unit, but not while any of its processes
    /// runs: one that it has forgotten has none.
    pub async fn processes(&self, unit: &str, deadline: Instant) -> Result<Vec<u32>, BusError> {
        Ok(self.kept_processes(unit, deadline).await?.unwrap_or_default())
    }

    /// The same; `None` where systemd has forgotten the unit. Unlike a question for a property this does not make it read
    /// the unit's files again.
    pub async fn kept_processes(&self, unit: &str, deadline: Instant) -> Result<Option<Vec<u32>>, BusError> {
        let all: Vec<(String, u32, String)> = match self.ask(&MANAGER, "GetUnitProcesses", &unit, deadline).await {
            Err(BusError::Refused { name, .. }) if name == "org.freedesktop.systemd1.NoSuchUnit" => return Ok(None),
            answer => answer?,
        };
        Ok(Some(all.into_iter().map(|(_, pid, _)| pid).collect()))
    }

    /// The start that a unit is in, or was in last.
    pub async fn invocation(&self, unit: &str, deadline: Instant) -> Result<Option<String>, BusError> {
        let bytes = <Vec<u8>>::try_from(self.property(unit, UNIT, "InvocationID", deadline).await?);
        Ok(invocation(&bytes.map_err(malformed)?))
    }

    /// Whether a unit starts by itself: `enabled`, `disabled`, …
    pub async fn enablement(&self, unit: &str, deadline: Instant) -> Result<String, BusError> {
        let word = String::try_from(self.property(unit, UNIT, "UnitFileState", deadline).await?);
        Ok(tidy(&word.map_err(malformed)?))
    }

    /// Why a unit failed: `exit-code`, … Empty for one of a type that does not say.
    pub async fn result(&self, unit: &str, deadline: Instant) -> Result<String, BusError> {
        if !unit.ends_with(".service") {
            return Ok(String::new());
        }
        let word = String::try_from(self.property(unit, SERVICE, "Result", deadline).await?);
        Ok(tidy(&word.map_err(malformed)?))
    }

    /// How a service ended. What a unit of another type does not say stays empty.
    pub async fn ending(&self, unit: &str, deadline: Instant) -> Result<Ending, BusError> {
        if !unit.ends_with(".service") {
            return Ok(Ending::default());
        }
        let of_service = async |name| match self.property(unit, SERVICE, name, deadline).await {
            Ok(value) => Ok(Some(value)),
            Err(BusError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let (result, code, status, kind) =
            tokio::join!(of_service("Result"), of_service("ExecMainCode"), of_service("ExecMainStatus"), of_service("Type"));
        let word = |value: Option<OwnedVariant>| value.and_then(|v| String::try_from(v).ok()).map(|w| tidy(&w)).unwrap_or_default();
        let number = |value: Option<OwnedVariant>| value.and_then(|v| i32::try_from(v).ok()).unwrap_or_default();
        Ok(Ending { result: word(result?), code: number(code?), status: number(status?), kind: word(kind?) })
    }

    async fn property(&self, unit: &str, interface: &'static str, name: &str, deadline: Instant) -> Result<OwnedVariant, BusError> {
        let path = path_of(unit);
        let to = Destination { name: SYSTEMD, path: &path, interface: "org.freedesktop.DBus.Properties" };
        self.ask(&to, "Get", &(interface, name), deadline).await
    }
}

fn malformed(error: zbus::Error) -> BusError {
    BusError::Malformed(tidy(&error.to_string()))
}
