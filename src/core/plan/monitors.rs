//! Planners about the pair of monitors: who holds the lease. No component is touched.
//!
//! What only the monitor knows (whether the other one is heard, whether it has the whole journal) is looked at before, where
//! these plans are asked for.

use super::builder::Builder;
use super::draft::Draft;
use super::stepset::StepSet;
use super::types::{NoReturn, Plan};
use super::{Ground, Wanted};
use crate::core::command::{Command, Refusal};
use crate::core::fact::Reach;
use crate::core::model::HostName;
use crate::core::readiness::{Check, checks};

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
    let mut b = Builder::forward(ground);
    let fenced = matches!(picture.reach(from), Some(Reach::Fenced { .. }));
    let checks: Vec<Check> = match (&host.fence, host.side) {
        _ if by_word => vec![checks::vouched(from, picture)],
        // It was fenced already, and nobody has heard it since.
        _ if fenced => Vec::new(),
        (Some(fence), Some(side)) => {
            b.fence(from, fence, side, StepSet::default());
            vec![checks::off_for_its_monitor(from, picture)]
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::fact::Picture;
    use crate::core::model::{Cluster, Device, Fence, Side};
    use crate::core::readiness::Verdict;
    use crate::core::testing::{picture, shop, wanted};
    use std::collections::BTreeMap;

    const NORTH: Wanted = Wanted::Active(Side::Primary);

    fn host(name: &str) -> HostName {
        HostName::new(name).unwrap()
    }

    fn fenced_shop() -> Cluster {
        let mut cluster = shop();
        let device = Device::Command { argv: vec!["/bin/power".into()] };
        cluster.hosts.get_mut(&host("a1")).unwrap().fence = Some(Fence { device, timeout_ms: 1_000 });
        cluster
    }

    /// What is seen while a1 is heard like this.
    fn seen(cluster: &Cluster, reach: Reach) -> Picture {
        let mut seen = picture(cluster, &wanted(cluster, Some(Side::Primary)));
        seen.set_reach(host("a1"), reach);
        seen
    }

    fn planned(cluster: &Cluster, picture: &Picture, command: &Command, overrides: &[&str]) -> Result<Plan, String> {
        let overrides: Vec<String> = overrides.iter().map(|name| (*name).to_owned()).collect();
        let unguarded = BTreeMap::new();
        let ground = Ground {
            cluster,
            wanted: NORTH,
            picture,
            config: "cfg",
            unguarded: &unguarded,
            overrides: &overrides,
            maintenance: &Default::default(),
        };
        let told = |refusal: Refusal| refusal.reasons.iter().map(|r| format!("{} | {}\n", r.what, r.remedy)).collect::<String>();
        crate::core::plan::plan(&ground, command).map_err(told)
    }

    fn takes(by_word: bool) -> Command {
        Command::TakeOver { from: host("a1"), by_word }
    }

    fn silent() -> Reach {
        Reach::Silent("no answer".into())
    }

    #[test]
    fn a_handover_touches_nothing_and_is_confirmed_with_the_host_that_acts_then() {
        let cluster = shop();
        let plan = planned(&cluster, &seen(&cluster, silent()), &Command::MonitorMove { to: host("b1") }, &[]).unwrap();
        assert_eq!((plan.confirm.as_str(), plan.steps.len(), plan.objects().len()), ("b1", 0, 0));
        assert_eq!((plan.before, plan.afterwards), (NORTH, NORTH));
        assert!(!plan.says_what_is_wanted());
    }

    #[test]
    fn a_take_over_switches_the_other_host_off_and_says_what_may_be_lost() {
        let cluster = fenced_shop();
        let plan = planned(&cluster, &seen(&cluster, silent()), &takes(false), &[]).unwrap();
        let steps: Vec<String> = plan.steps.iter().map(|step| format!("{}@{}", step.service, step.host)).collect();
        assert_eq!(steps, ["power@a1"]);
        assert_eq!((plan.confirm.as_str(), plan.before, plan.afterwards), ("c", NORTH, NORTH));
        assert!(plan.impact.data_at_risk[0].contains("journaled and could not copy"), "{:?}", plan.impact);
        assert!(plan.summary.contains("once a1 is switched off for certain"), "{}", plan.summary);
        assert!(!plan.says_what_is_wanted(), "it moves no component");
    }

    #[test]
    fn a_take_over_of_a_host_that_was_fenced_or_is_vouched_for_asks_no_device() {
        let cluster = fenced_shop();
        let off = Reach::Fenced { how: "by run 7".into(), device: true };
        let plan = planned(&cluster, &seen(&cluster, off), &takes(false), &[]).unwrap();
        assert!(plan.steps.is_empty() && plan.checks.is_empty() && plan.summary.contains("a1 is fenced"), "{}", plan.summary);
        let cluster = shop();
        let plan = planned(&cluster, &seen(&cluster, silent()), &takes(true), &[]).unwrap();
        assert!(plan.steps.is_empty() && plan.summary.contains("on the word of whoever confirms this"), "{}", plan.summary);
        assert_eq!(plan.checks[0].verdict, Verdict::Ok);
    }

    #[test]
    fn a_take_over_that_nothing_vouches_for_is_refused() {
        let bare = shop();
        let why = planned(&bare, &seen(&bare, silent()), &takes(false), &[]).unwrap_err();
        assert!(why.contains("a1 has no fence device") && why.contains("--by-word"), "{why}");
        let elsewhere = Command::TakeOver { from: host("c9"), by_word: true };
        assert!(planned(&bare, &seen(&bare, silent()), &elsewhere, &[]).unwrap_err().contains("no host of this cluster"));
    }

    #[test]
    fn a_take_over_of_a_host_that_lives_needs_an_override() {
        let cluster = fenced_shop();
        for (by_word, reach, name, what) in [
            (false, Reach::Answers, "answers:a1", "it answers"),
            (true, Reach::Answers, "monitor:a1", "a1 answers, so that its monitor may run"),
            (true, Reach::Broken("ssh refuses".into()), "monitor:a1", "a1 lives: ssh refuses"),
        ] {
            let seen = seen(&cluster, reach);
            let why = planned(&cluster, &seen, &takes(by_word), &[]).unwrap_err();
            assert!(why.contains(what) && why.contains(name), "{why}");
            assert!(planned(&cluster, &seen, &takes(by_word), &[name]).is_ok());
        }
    }
}
