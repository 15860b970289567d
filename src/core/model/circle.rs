//! Circles among things that wait for each other, whatever they are. Pure; linear in the number of edges.

use std::collections::BTreeMap;

/// Every name with the names that it waits for; names that are no key are passed over.
pub type Waits<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// The circles in `waits`, each from its first name round to that name again; no name is in two of those returned.
#[must_use]
pub fn circles<'a>(waits: &Waits<'a>) -> Vec<Vec<&'a str>> {
    let mut waited_for: Waits<'a> = BTreeMap::new();
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, on) in waits {
        let on = on.iter().filter(|other| waits.contains_key(**other));
        left.insert(name, on.clone().count());
        for other in on {
            waited_for.entry(other).or_default().push(name);
        }
    }
    let mut free: Vec<&str> = left.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut found = Vec::new();
    loop {
        while let Some(name) = free.pop() {
            if left.remove(name).is_none() {
                continue;
            }
            for waiting in waited_for.get(name).into_iter().flatten() {
                if let Some(count) = left.get_mut(waiting) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        free.push(waiting);
                    }
                }
            }
        }
        let Some(circle) = walk(waits, &left) else { return found };
        free.extend(circle.iter().skip(1));
        found.push(circle);
    }
}

/// Follows what is left until a name comes again.
fn walk<'a>(waits: &Waits<'a>, left: &BTreeMap<&'a str, usize>) -> Option<Vec<&'a str>> {
    let mut path: Vec<&str> = Vec::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut at = *left.keys().next()?;
    loop {
        if let Some(start) = seen.insert(at, path.len()) {
            path.push(at);
            return Some(path.split_off(start));
        }
        path.push(at);
        at = waits.get(at)?.iter().find(|on| left.contains_key(**on))?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(edges: &[(&'static str, &[&'static str])]) -> Vec<Vec<&'static str>> {
        circles(&edges.iter().map(|(name, on)| (*name, on.to_vec())).collect())
    }

    #[test]
    fn what_is_free_of_circles_has_none() {
        assert!(of(&[]).is_empty());
        assert!(of(&[("a", &[]), ("b", &["a"]), ("c", &["a", "b", "nobody"])]).is_empty());
    }

    #[test]
    fn every_circle_is_found_and_what_only_leads_to_one_is_not_blamed() {
        let found = of(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("x", &["y"]), ("y", &["z"]), ("z", &["x"])]);
        assert_eq!(found, [vec!["b", "c", "b"], vec!["x", "y", "z", "x"]]);
    }

    #[test]
    fn one_that_waits_for_itself_is_a_circle() {
        assert_eq!(of(&[("a", &["a"])]), [["a", "a"]]);
    }

    #[test]
    fn a_chain_of_many_is_checked_at_once() {
        let names: Vec<String> = (0..20_000).map(|n| format!("{n:05}")).collect();
        let mut waits: Waits<'_> = names.windows(2).map(|pair| (pair[0].as_str(), vec![pair[1].as_str()])).collect();
        waits.insert(&names[19_999], vec![&names[0]]);
        let begun = std::time::Instant::now();
        assert_eq!(circles(&waits)[0].len(), 20_001);
        assert!(begun.elapsed().as_secs() < 5, "this took {:?}", begun.elapsed());
    }
}
