//! Clusters and hosts as a seed has them: most of them small, some of them not.

use super::hosts::{Machine, Unit};
use super::*;
use crate::core::model::{
    AfterFailover, Arrangement, Component, Device, Fence, Host, Modes, PerSide, Placement, Rescue, SiteName, Trigger,
};

fn host(name: &str) -> HostName {
    HostName::new(name).unwrap()
}

/// A component on hosts of its own, with rules at random.
fn component(dice: &mut Dice, number: u64, wide: bool) -> Component {
    let mark = *dice.pick(&["", "", "", "*", "*", "!"]);
    let needs: Vec<String> = (0..number).filter(|_| dice.one_in(3)).map(|n| format!("c{n}")).collect();
    let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
    let mut made = crate::core::testing::component(&format!("c{number}{mark}"), &needs);
    if wide && dice.one_in(2) {
        match &mut made.arrangement {
            Arrangement::Exclusive(PerSide { primary, secondary }) => {
                let (p, s): (&mut Placement<_>, &mut Placement<_>) = (primary, secondary);
                (p.host, s.host) = (host("a2"), host("b2"));
            }
            Arrangement::ActiveStandby(PerSide { primary, secondary }) => {
                let (p, s): (&mut Placement<Modes>, &mut Placement<Modes>) = (primary, secondary);
                (p.host, s.host) = (host("a2"), host("b2"));
            }
        }
    }
    made.rescue = Rescue { attempts: dice.roll(3) as u16, hold_down_ms: *dice.pick(&[10_000, 30_000, 60_000]) };
    made.trigger = if dice.one_in(6) { Trigger::Watch } else { Trigger::Any };
    made.stops_when_limited = mark == "*" && dice.one_in(3);
    made.timeouts.start_ms = dice.between(1_000, 4_000);
    made.timeouts.stop_ms = dice.between(1_000, 4_000);
    made
}

/// The cluster of a world.
pub(super) fn cluster(dice: &mut Dice, big: bool) -> Cluster {
    let count = if big { dice.between(3, 7) } else { dice.between(1, 3) };
    let wide = big && dice.one_in(2);
    let components: Vec<Component> = (0..count).map(|number| component(dice, number, wide)).collect();
    let used: BTreeSet<HostName> =
        components.iter().flat_map(|c| Side::BOTH.map(|side| c.host(side).clone())).chain([host("a1"), host("b1")]).collect();
    let fenced = dice.roll(4);
    let mut machine = |name: HostName| {
        let side = if name.as_str().starts_with('a') { Side::Primary } else { Side::Secondary };
        let device = Device::Command { argv: vec!["/bin/power".into()] };
        let has = fenced > 0 && (fenced > 1 || dice.one_in(2));
        Host { name, side: Some(side), fence: has.then_some(Fence { device, timeout_ms: 1_500 }) }
    };
    let hosts: Vec<Host> = used.into_iter().map(&mut machine).collect();
    let sites = PerSide { primary: SiteName::new("north").unwrap(), secondary: SiteName::new("south").unwrap() };
    let name = crate::core::model::ClusterName::new("c").unwrap();
    let mut cluster = Cluster::new(name, sites, hosts, components).unwrap();
    cluster.policy.after_failover = *dice.pick(&[AfterFailover::Limited, AfterFailover::Reversed]);
    cluster.policy.quiet_ms = *dice.pick(&[0, 5_000, 30_000, 3_600_000]);
    cluster.policy.initiative = if dice.one_in(8) { Initiative::ObserveOnly } else { Initiative::Automatic };
    cluster
}

/// The hosts of `cluster` while the primary side serves, or nothing runs yet.
pub(super) fn machines(cluster: &Cluster, dice: &mut Dice) -> BTreeMap<HostName, Machine> {
    let serves = (!dice.one_in(10)).then_some(Side::Primary);
    let running = wanted(cluster, serves);
    let enabled = dice.one_in(6);
    let mut machines: BTreeMap<HostName, Machine> = cluster.hosts.keys().map(|name| (name.clone(), Machine::new())).collect();
    for (_, _, _, instance) in cluster.instances() {
        let unit = Unit::new(running.contains(&instance), enabled && dice.one_in(2));
        machines.get_mut(&instance.host).unwrap().units.insert(instance, unit);
    }
    machines
}
