//! Why a unit did not start or stop, in a sentence. Pure.

use crate::core::model::Instance;
use crate::driver::bus::Ending;
use crate::driver::unit::Sighting;

/// Why a unit does not run although a start was asked for and its job is over. `went_up`: it was seen on its way up.
pub(super) fn not_started(instance: &Instance, result: &str, after: &Sighting, went_up: bool, ending: &Ending) -> String {
    let over = matches!(result, "done" | "") && after.active == "inactive";
    let why = match result {
        "dependency" => "a unit that it requires did not start".to_owned(),
        "timeout" => "its start took longer than systemd allows (JobTimeoutSec=)".to_owned(),
        "canceled" => "somebody else asked systemd for something else meanwhile".to_owned(),
        "assert" => "one of its Assert…= lines does not hold".to_owned(),
        "skipped" => "systemd skipped it".to_owned(),
        "unsupported" => "this host cannot run units of its type".to_owned(),
        _ if over && !went_up => "systemd did nothing: one of its Condition…= lines does not hold".to_owned(),
        _ if over && ending.kind == "oneshot" => {
            "it ran to its end and is inactive again; a oneshot unit needs RemainAfterExit=yes to count as running".to_owned()
        }
        _ if over => "its main process ended at once".to_owned(),
        _ => ended(ending),
    };
    let again = match (after.sub.as_str(), after.active.as_str()) {
        ("auto-restart", _) => "; systemd is going to start it again by itself (Restart=)",
        (_, "active") => "; it went down right after its start",
        _ => "",
    };
    format!("{instance}: start failed: {why}; it is {}{again}", after.words())
}

/// Why a unit still runs although a stop was asked for and its job is over.
pub(super) fn not_stopped(instance: &Instance, result: &str, after: &Sighting) -> String {
    let why = match result {
        "canceled" => "somebody else asked systemd for something else meanwhile",
        "timeout" => "the stop took longer than systemd allows (JobTimeoutSec=)",
        _ => "it runs again, or still: look for Restart=, a socket, a timer or a unit that pulls it in",
    };
    format!("{instance}: stop failed: {why}; it is {}", after.words())
}

/// How a service's processes ended.
fn ended(ending: &Ending) -> String {
    let Ending { result, code, status, .. } = ending;
    match (result.as_str(), code) {
        ("start-limit-hit", _) => "it was started too often (StartLimitBurst=)".to_owned(),
        ("timeout", _) => "it did not get ready in time (TimeoutStartSec=)".to_owned(),
        ("" | "success", 0) => "systemd says no more".to_owned(),
        (result, 1) => format!("the main process exited with status {status} (result {})", or_none(result)),
        (result, 2 | 3) => format!("the main process was killed by signal {status} (result {})", or_none(result)),
        (result, _) => format!("a command of it failed before its main process ran (result {result})"),
    }
}

fn or_none(result: &str) -> &str {
    if result.is_empty() { "none" } else { result }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::model::{HostName, Service, UnitName};

    fn sentence(result: &str, active: &str, sub: &str, went_up: bool, ending: &Ending) -> String {
        let instance = Instance { host: HostName::new("a1").unwrap(), service: Service::Systemd(UnitName::new("app.service").unwrap()) };
        let after = Sighting { load: "loaded".into(), active: active.into(), sub: sub.into(), job: None };
        not_started(&instance, result, &after, went_up, ending)
    }

    fn ending(result: &str, code: i32, status: i32) -> Ending {
        Ending { result: result.into(), code, status, kind: "simple".into() }
    }

    #[test]
    fn a_start_that_failed_says_why_and_what_the_unit_does_now() {
        let oneshot = Ending { kind: "oneshot".into(), ..ending("success", 1, 0) };
        let cases = [
            ("failed", "failed", "failed", true, ending("exit-code", 1, 3), "the main process exited with status 3 (result exit-code)"),
            ("failed", "failed", "failed", true, ending("signal", 2, 11), "killed by signal 11"),
            ("failed", "failed", "failed", true, ending("exit-code", 0, 0), "before its main process ran (result exit-code)"),
            ("failed", "failed", "failed", true, ending("start-limit-hit", 1, 1), "too often"),
            ("failed", "activating", "auto-restart", true, ending("exit-code", 1, 3), "start it again by itself"),
            ("dependency", "inactive", "dead", false, ending("success", 0, 0), "a unit that it requires"),
            ("canceled", "inactive", "dead", true, ending("success", 0, 0), "somebody else"),
            ("done", "active", "running", true, ending("exit-code", 1, 1), "right after its start"),
            ("done", "inactive", "dead", false, ending("success", 0, 0), "Condition"),
            ("done", "inactive", "dead", true, ending("success", 1, 0), "ended at once"),
            ("done", "inactive", "dead", true, oneshot, "RemainAfterExit"),
        ];
        for (result, active, sub, went_up, ending, part) in cases {
            let said = sentence(result, active, sub, went_up, &ending);
            assert!(said.starts_with("app.service on a1: start failed: ") && said.contains(part), "{said}");
        }
    }
}
