//! Which hosts a host is looked at through. Pure.

use crate::core::model::{HostName, Side};
use crate::ssh::Way;
use std::collections::{BTreeMap, BTreeSet};

/// One look may be wrong, and a host may be away; more than two only cost.
const MOST: usize = 2;

/// Where a host stands.
#[derive(Debug)]
pub(super) struct Spot {
    pub way: Way,
    pub side: Option<Side>,
    /// It is the machine that this monitor runs on: what it sees is what we see.
    pub ours: bool,
}

/// Up to two hosts that `host` is looked at through, best first: those that could be asked, that are not reached through
/// the same jump host, that belong to no side or the other one. Never one that is reached through `host`, nor the monitor's own.
pub(super) fn choose(host: &HostName, spots: &BTreeMap<HostName, Spot>, unable: &BTreeSet<HostName>) -> Vec<HostName> {
    let Some(of) = spots.get(host) else { return Vec::new() };
    let itself = (of.way.address.clone(), of.way.port);
    let elsewhere = spots.iter().filter(|(name, spot)| {
        let same = (&spot.way.address, spot.way.port) == (&itself.0, itself.1);
        *name != host && !same && !spot.ours && !spot.way.hops.contains(&itself)
    });
    let mut ranked: Vec<_> = elsewhere
        .map(|(name, spot)| {
            let shares = spot.way.hops.iter().any(|hop| of.way.hops.contains(hop));
            let side = match spot.side {
                None => 0,
                side if side != of.side => 1,
                Some(_) => 2,
            };
            // Where there are many, each begins with the next one by name: nobody is asked by all.
            (unable.contains(name), shares, side, name <= host, name)
        })
        .collect();
    ranked.sort();
    ranked.into_iter().take(MOST).map(|(_, _, _, _, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(address: &str, side: Option<Side>, hops: &[&str]) -> (HostName, Spot) {
        let hops = hops.iter().map(|hop| ((*hop).to_owned(), 22)).collect();
        (HostName::new(address).unwrap(), Spot { way: Way { address: address.to_owned(), port: 22, hops }, side, ours: false })
    }

    #[track_caller]
    fn expect(host: &str, spots: Vec<(HostName, Spot)>, unable: &[&str], chosen: &[&str]) {
        let unable = unable.iter().map(|name| HostName::new(*name).unwrap()).collect();
        let found = choose(&HostName::new(host).unwrap(), &spots.into_iter().collect(), &unable);
        assert_eq!(found.iter().map(HostName::as_str).collect::<Vec<_>>(), chosen);
    }

    const NORTH: Option<Side> = Some(Side::Primary);
    const SOUTH: Option<Side> = Some(Side::Secondary);

    #[test]
    fn a_witness_comes_first_then_the_other_side_then_ones_own() {
        let all = || vec![spot("a1", NORTH, &[]), spot("a2", NORTH, &[]), spot("b1", SOUTH, &[]), spot("w", None, &[])];
        expect("a1", all(), &[], &["w", "b1"]);
        expect("b1", all(), &[], &["w", "a1"]);
        expect("w", all(), &[], &["a1", "a2"]);
        expect("a1", all(), &["w"], &["b1", "a2"]);
        expect("a1", all(), &["w", "b1", "a2"], &["w", "b1"]);
        expect("a1", vec![spot("a1", NORTH, &[]), spot("a2", NORTH, &[])], &[], &["a2"]);
        expect("a1", vec![spot("a1", NORTH, &[])], &[], &[]);
    }

    #[test]
    fn nobody_is_looked_at_through_one_that_is_behind_it_and_a_shared_jump_is_the_last_choice() {
        expect("a1", vec![spot("a1", NORTH, &[]), spot("b1", SOUTH, &["a1"]), spot("b2", SOUTH, &["gate", "a1"])], &[], &[]);
        let behind = |host, side| spot(host, side, &["gate"]);
        let all = vec![behind("a1", NORTH), behind("b1", SOUTH), behind("w", None), spot("a2", NORTH, &[])];
        expect("a1", all, &[], &["a2", "w"]);
    }

    #[test]
    fn the_machine_that_the_monitor_runs_on_is_no_other_place_to_look_from() {
        let (name, south) = spot("b1", SOUTH, &[]);
        let ours = (name, Spot { ours: true, ..south });
        expect("a1", vec![spot("a1", NORTH, &[]), ours], &[], &[]);
        let (name, south) = spot("b1", SOUTH, &[]);
        expect("a1", vec![spot("a1", NORTH, &[]), (name, Spot { ours: true, ..south }), spot("b2", SOUTH, &[])], &[], &["b2"]);
    }

    #[test]
    fn another_name_of_the_same_host_is_no_other_host() {
        let (_, same) = spot("a1", None, &[]);
        expect("a1", vec![spot("a1", NORTH, &[]), (HostName::new("alias").unwrap(), same)], &[], &[]);
    }
}
