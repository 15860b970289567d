//! `leave`: takes Switchtower off the hosts of a cluster, with every service running on. No monitor does it, and none may
//! run: this asks the hosts itself, through [`Leave`], which the program's wiring brings.

mod said;

use super::World;
use super::act::{Key, pass};
use super::args::{Confirm, Globals};
use super::configuration::refused;
use super::end;
use super::place::{self, Place};
use crate::client::{ClientError, Dial};
use crate::config::Loaded;
use crate::core::command::{Exit, Reason, Role};
use crate::core::leaving::{AtHost, Found, Leaving};
use crate::core::record::{Body, Record, Term};
use crate::words::quoted;
use said::Saying;
use std::any::Any;
use std::path::Path;
use std::pin::Pin;

/// What the hosts say, when they have.
pub type AtHosts = Pin<Box<dyn Future<Output = Vec<AtHost>> + Send>>;

/// What leaving needs from outside.
pub trait Leave: Sync {
    /// Looks at what is kept on the hosts that `loaded` names, or removes it.
    fn hosts(&self, loaded: &Loaded, leaving: Leaving) -> AtHosts;

    /// Keeps a monitor from beginning here for as long as the value is held. May block on the disk.
    ///
    /// # Errors
    /// In words, where a monitor holds the journal in `state_dir`, or it cannot be known.
    fn alone(&self, state_dir: &Path) -> Result<Box<dyn Any + Send>, String>;
}

/// Leaves, or shows what that would do.
pub(super) async fn leave(globals: &Globals, confirm: &Confirm, world: World<'_>) -> Exit {
    let loaded = match place::load(place::config(globals)).await {
        Ok(loaded) => loaded,
        Err(problems) => return refused(&problems, world.out),
    };
    let run_dir = globals.run_dir.clone().unwrap_or_else(|| loaded.monitor.run_dir.clone());
    let dial = (world.reach)(Place { run_dir, via: None });
    if let Err(reason) = silent(dial.as_ref()).await {
        return end::reasons(Exit::Refused, vec![reason], world.out);
    }
    let (newest, _alone) = match alone(&loaded, &world) {
        Ok(alone) => alone,
        Err(reason) => return end::reasons(Exit::Refused, vec![reason], world.out),
    };
    let found = world.leaving.hosts(&loaded, Leaving { newest, remove: false }).await;
    let saying = Saying { loaded: &loaded };
    if confirm.dry_run {
        return saying.planned(found, world.out);
    }
    if !found.iter().any(|at| matches!(at.found, Found::Records { .. })) {
        return saying.ended(found, world.out);
    }
    world.out.say_all(saying.plan(&found));
    let name = loaded.cluster.name.to_string();
    let again = format!("switchtower{} leave --confirm {}", globals.repeated(), quoted(&name));
    if let Err(reason) = pass(&Key::Word(name), confirm.confirm.as_deref(), &again, world.person).await {
        return end::reasons(Exit::Refused, vec![reason], world.out);
    }
    let left = world.leaving.hosts(&loaded, Leaving { newest, remove: true }).await;
    saying.ended(left, world.out)
}

/// No monitor answers here.
async fn silent(dial: &dyn Dial) -> Result<(), Reason> {
    let remedy = "stop it first: systemctl disable --now switchtower.service (no service of the cluster is touched by that)";
    let asked = match dial.dial(Role::Observer).await {
        Ok(mut link) => link.status(false).await.map(drop),
        Err(error) => Err(error),
    };
    match asked {
        Err(ClientError::NotRunning { .. }) => Ok(()),
        Ok(()) => Err(Reason::new("the monitor of this cluster runs", remedy)),
        Err(error) => Err(Reason::new(format!("nobody knows whether a monitor runs here: {error}"), remedy)),
    }
}

/// The newest term that the journal knows, and what keeps a monitor from beginning meanwhile.
fn alone(loaded: &Loaded, world: &World<'_>) -> Result<(Term, Box<dyn Any + Send>), Reason> {
    let dir = &loaded.monitor.state_dir;
    let alone = world.leaving.alone(dir).map_err(|why| {
        let remedy = "run this on the machine of the monitor, as its user, once the monitor is stopped";
        Reason::new(format!("the journal in {} is not free: {why}", dir.display()), remedy)
    })?;
    match (world.journals)(std::slice::from_ref(dir)).map(|records| newest(&records)) {
        Ok(Some(term)) => Ok((term, alone)),
        Ok(None) => Err(unread(loaded, "it holds no entry")),
        Err(why) => Err(unread(loaded, &why)),
    }
}

fn unread(loaded: &Loaded, why: &str) -> Reason {
    let what =
        format!("without the journal in {} nobody knows whether another monitor has the hosts: {why}", loaded.monitor.state_dir.display());
    let folder = format!("/var/lib/switchtower-guard/{}", loaded.cluster.name);
    let remedy = format!(
        "run this on the machine of the monitor; where its journal is lost, remove {folder} and {folder}.agents on each host by hand"
    );
    Reason::new(what, remedy)
}

fn newest(records: &[Record]) -> Option<Term> {
    let of = |record: &Record| match &record.body {
        Body::Summary { summary } => record.term.max(summary.term),
        _ => record.term,
    };
    records.iter().map(of).max()
}

#[cfg(test)]
mod tests;
