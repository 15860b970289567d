//! Planners about the pair of monitors: who holds the lease. No component is touched.
//!
//! What only the monitor knows (whether the other one is heard, whether it has the whole journal) is looked at before, where
//! these plans are asked for.

use super::builder::Builder;
use super::draft::Draft;
use super::types::{NoReturn, Plan};
use super::{Ground, Wanted};
use crate::core::command::{Command, Refusal};
use crate::core::fact::Reach;
use crate::core::model::HostName;
use crate::core::readiness::{Check, checks};
use std::collections::BTreeSet;

/// The lease goes to the monitor on `to`, which follows this one and has all of its journal.
pub(super) fn handover(ground: &Ground<'_>, to: &HostName) -> Result<Plan, Refusal> {
    let summary = format!("have the monitor on {to} act from now on; this one follows it, and no component is touched");
    let draft = draft(ground, Command::MonitorMove { to: to.clone() }, summary);
    Draft { confirm: to.to_string(), ..draft }.finish(ground)
}

/// The lease is taken in the place of the monitor on `from`, whose host is fenced, or vouched for.
pub(super) fn take_over(ground: &Ground<'_>, from: &HostName, by_word: bool) -> Result<Plan, Refusal> {
    let Ground { cluster, picture, .. } = *ground;
    let Some(host) = cluster.hosts.get(from) else {
        return Err(Refusal::one(format!("{from} is no host of this cluster"), "name the host of the other monitor"));
    };
    let mut b = Builder::forward(cluster);
    let fenced = matches!(picture.reach(from), Some(Reach::Fenced { .. }));
    let checks: Vec<Check> = match (&host.fence, host.side) {
        _ if by_word => vec![checks::vouched(from, picture)],
        // It was fenced already, and nobody has heard it since.
        _ if fenced => Vec::new(),
        (Some(fence), Some(side)) => {
            b.fence(from, fence, side, BTreeSet::new());
            vec![checks::no_other_way(from, picture)]
        }
        _ => {
            return Err(Refusal::one(
                format!("{from} has no fence device, so that nothing makes sure that the monitor there does not act"),
                format!(
                    "configure one under hosts.{from}.fence; or make sure that {from} is off, or its monitor stopped and kept from starting, \
                     and say so with `switchtower monitor take-over --by-word`"
                ),
            ));
        }
    };
    let sure = if by_word {
        format!("on the word of whoever confirms this that the monitor on {from} does not run")
    } else if fenced {
        format!("{from} is fenced")
    } else {
        format!("once {from} is switched off for certain")
    };
    let draft =
        draft(ground, Command::TakeOver { from: from.clone(), by_word }, format!("act in the place of the monitor on {from}, {sure}"));
    let mut plan = Draft { checks, steps: b.finish(), ..draft }.finish(ground)?;
    plan.impact.data_at_risk = vec![format!("what the monitor on {from} has journaled and could not copy to this one")];
    Ok(plan)
}

/// What both plans have in common.
fn draft(ground: &Ground<'_>, command: Command, summary: String) -> Draft {
    let wanted: Wanted = ground.wanted;
    Draft {
        command,
        summary,
        confirm: ground.cluster.name.to_string(),
        before: wanted,
        afterwards: wanted,
        no_return: NoReturn::FromTheStart,
        checks: Vec::new(),
        steps: Vec::new(),
    }
}
