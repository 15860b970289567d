//! What `switchtower host start|stop --unit` needs of the rooms that the command line does not see: this host's own systemd and
//! record of terms, through the driver; and who is at the terminal.

use crate::cli::{DeedResult, GroundResult, Units};
use crate::core::by_hand::UnitDeed;
use crate::core::command::{Exit, Reason};
use crate::core::model::UnitName;
use crate::driver::{self, HandError};
use crate::wire::local;

/// The kernel's word for nobody in particular.
const NO_LOGIN: u32 = u32::MAX;

/// The units of the host that the program runs on.
pub(super) struct ThisHost;

impl Units for ThisHost {
    fn ground(&self, unit: &UnitName) -> GroundResult {
        let unit = unit.clone();
        Box::pin(async move { driver::ground(&unit).await.map_err(explained) })
    }

    fn act(&self, deed: UnitDeed) -> DeedResult {
        Box::pin(async move {
            let who = tokio::task::spawn_blocking(who).await.unwrap_or_else(|_| "user 0".to_owned());
            driver::by_hand(&deed, &who).await.map_err(explained)
        })
    }
}

/// Whoever has logged in: `sudo` and `su` do not change that. Blocks on the disk.
fn who() -> String {
    let read = || std::fs::read_to_string("/proc/self/loginuid").ok()?.trim().parse::<u32>().ok();
    let login = read().filter(|uid| *uid != NO_LOGIN);
    // Without a login of its own, as in a container, sudo may still know.
    let sudo = || std::env::var("SUDO_UID").ok()?.parse().ok();
    let uid = login.or_else(sudo).unwrap_or_else(|| rustix::process::getuid().as_raw());
    local::user(uid).map_or_else(|| format!("user {uid}"), |name| format!("{name} (user {uid})"))
}

fn explained(error: HandError) -> (Exit, Reason) {
    let (exit, remedy) = match &error {
        HandError::Held(_) => {
            (Exit::Refused, "use `switchtower start`, `stop` or `switchover` there; if it cannot act any more, say --despite-monitor")
        }
        HandError::NoRecord(_) => (Exit::Refused, "use systemctl: a monitor that comes finds the unit as it is"),
        HandError::NoUnit(_) => (Exit::Refused, "look with `systemctl list-unit-files`, or at systemd itself"),
        HandError::Record(_) => (Exit::Refused, "make room on its disk, or mend the rights of the folder"),
        HandError::Rights(_) => (Exit::Refused, "run the same as root, or through sudo"),
        HandError::Busy(_) => (Exit::Refused, "look at who it is with `fuser`, and try again"),
        HandError::Broken(_) => (Exit::Refused, "see to that, and try again"),
        HandError::Unseen(_) | HandError::Unknown(..) => (Exit::Unknown, "look with `systemctl status` before you go on"),
    };
    (exit, Reason::new(error.to_string(), remedy))
}
