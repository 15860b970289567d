//! What is new in a picture for whoever has an older one: so that the picture of a large cluster in which nothing happens
//! costs next to nothing. Made by the monitor, applied by the console.
//!
//! What is not listed is as it was: it was looked at again and nothing but its ages is new. How long it has been so grows by
//! itself; the age of a fact that is looked at all the time does not. What is no longer fresh is listed each time.

use super::{ComponentView, HostView, PlacementView, StatusView};
use crate::core::health::SecondLook;
use serde::{Deserialize, Serialize};

/// A second look is taken so often while nobody asks, and some time more, in milliseconds.
const SECOND_MS: u64 = 90_000;

/// Which picture somebody has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Of which life of a monitor.
    pub life: u64,
    /// Its number in that life.
    pub number: u64,
    /// When it was made, in milliseconds of that life.
    pub clock_ms: u64,
    /// Components from this place on are still to come: a picture of very many is told in parts. `None` once it is whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
}

/// What is new since a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesView {
    /// Which picture it makes.
    pub known: Known,
    /// How much later that is than the one before, in milliseconds.
    pub elapsed_ms: u64,
    /// It begins a picture anew; otherwise `status` has only those hosts and components that are new.
    pub whole: bool,
    /// The readiness is as before, and left out.
    pub same_readiness: bool,
    /// So are the troubles.
    pub same_troubles: bool,
    /// What is new.
    pub status: StatusView,
}

/// Where in a picture something is new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// All of it is another one, or what every row rests on: the rest says nothing then.
    pub anew: bool,
    /// Places at which components were put in, one after the other.
    pub inserted: Vec<usize>,
    /// Places of hosts.
    pub hosts: Vec<usize>,
    /// Places of components.
    pub components: Vec<usize>,
}

impl ChangesView {
    /// Makes the picture that it was made from into the new one.
    pub fn apply(self, to: &mut StatusView) {
        let (elapsed, whole) = (self.elapsed_ms, self.whole);
        if !whole {
            let grow = |since: &mut Option<u64>| *since = since.map(|ms| ms.saturating_add(elapsed));
            to.hosts.iter_mut().for_each(|host| grow(&mut host.since_ms));
            to.components.iter_mut().flat_map(|c| &mut c.placements).for_each(|placement| grow(&mut placement.since_ms));
        }
        self.merge(to);
    }

    /// The same, but for how long has been so what is not listed: whoever keeps the picture counts that from when it was told.
    /// Only what is listed is touched.
    pub fn merge(self, to: &mut StatusView) -> News {
        let mut new = self.status;
        if self.whole {
            *to = new;
            return News { anew: true, ..News::default() };
        }
        let (hosts, components) = (std::mem::take(&mut new.hosts), std::mem::take(&mut new.components));
        new.hosts = std::mem::take(&mut to.hosts);
        new.components = std::mem::take(&mut to.components);
        if self.same_readiness {
            new.readiness = to.readiness.take();
        }
        if self.same_troubles {
            new.troubles = std::mem::take(&mut to.troubles);
        }
        let mut news = News::default();
        for host in hosts {
            if let Ok(at) = new.hosts.binary_search_by(|old| old.name.cmp(&host.name))
                && let Some(old) = new.hosts.get_mut(at)
            {
                *old = host;
                news.hosts.push(at);
            }
        }
        for component in components {
            match new.components.binary_search_by(|old| old.name.cmp(&component.name)) {
                Ok(at) => {
                    if let Some(old) = new.components.get_mut(at) {
                        *old = component;
                        news.components.push(at);
                    }
                }
                Err(at) => {
                    new.components.insert(at, component);
                    news.anew = true;
                    news.inserted.push(at);
                }
            }
        }
        *to = new;
        news
    }
}

/// Whether nothing of a host is new but its ages, and it is as fresh as before.
#[must_use]
pub fn same_host(was: &HostView, is: &HostView, fresh_ms: u64) -> bool {
    let HostView { name, site, answers, why, since_ms, age_ms, boot_id, health, seen_by, fence } = is;
    let looks = |a: &SecondLook, b: &SecondLook| {
        (&a.through, &a.sight, a.knows_the_way) == (&b.through, &b.sight, b.knows_the_way) && b.age_ms <= SECOND_MS
    };
    (&was.name, &was.site, &was.answers, &was.why, &was.boot_id, &was.health, &was.fence)
        == (name, site, answers, why, boot_id, health, fence)
        && goes_on(was.since_ms, *since_ms)
        && fresh(was.age_ms, *age_ms, fresh_ms)
        && was.seen_by.len() == seen_by.len()
        && was.seen_by.iter().zip(seen_by).all(|(a, b)| looks(a, b))
}

/// As [`same_host`].
#[must_use]
pub fn same_component(was: &ComponentView, is: &ComponentView, fresh_ms: u64) -> bool {
    (&was.name, &was.kind, was.held_by, was.placements.len()) == (&is.name, &is.kind, is.held_by, is.placements.len())
        && was.placements.iter().zip(&is.placements).all(|(a, b)| same_placement(a, b, fresh_ms))
}

fn same_placement(was: &PlacementView, is: &PlacementView, fresh_ms: u64) -> bool {
    let PlacementView { site, host, wanted, observed, detail, state, source, since_ms, age_ms, agrees, health } = is;
    (&was.site, &was.host, &was.wanted, &was.observed, &was.detail, &was.state) == (site, host, wanted, observed, detail, state)
        && (&was.source, &was.agrees, &was.health) == (source, agrees, health)
        && goes_on(was.since_ms, *since_ms)
        && fresh(was.age_ms, *age_ms, fresh_ms)
}

/// What began anew has not gone on.
fn goes_on(was: Option<u64>, is: Option<u64>) -> bool {
    match (was, is) {
        (Some(was), Some(is)) => is >= was,
        (was, is) => was == is,
    }
}

fn fresh(was: Option<u64>, is: Option<u64>, fresh_ms: u64) -> bool {
    match (was, is) {
        (Some(was), Some(is)) => was <= fresh_ms && is <= fresh_ms,
        (was, is) => was == is,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::shop_status;

    fn known(number: u64) -> Known {
        Known { life: 1, number, clock_ms: number * 1000, from: None }
    }

    fn changes(status: StatusView, whole: bool) -> ChangesView {
        ChangesView { known: known(2), elapsed_ms: 1000, whole, same_readiness: !whole, same_troubles: !whole, status }
    }

    #[test]
    fn what_is_not_listed_stays_and_has_been_so_for_longer() {
        let before = shop_status();
        let mut listed = before.components[0].clone();
        listed.placements[0].detail = "it is new".into();
        let news = StatusView { hosts: Vec::new(), components: vec![listed.clone()], readiness: None, sequence: 99, ..before.clone() };
        let mut after = before.clone();
        changes(news, false).apply(&mut after);
        assert_eq!((after.sequence, &after.components[0], &after.readiness), (99, &listed, &before.readiness));
        for (was, is) in before.components.iter().zip(&after.components).skip(1) {
            assert!(same_component(was, is, u64::MAX), "{is:?}");
            for (was, is) in was.placements.iter().zip(&is.placements) {
                assert_eq!((is.age_ms, is.since_ms), (was.age_ms, was.since_ms.map(|ms| ms + 1000)));
            }
        }
        let mut anew = before.clone();
        changes(after.clone(), true).apply(&mut anew);
        assert_eq!(anew, after);
    }

    #[test]
    fn ages_alone_are_no_news_unless_something_began_anew_or_is_no_longer_fresh() {
        let host = HostView { age_ms: Some(500), since_ms: Some(5000), ..shop_status().hosts[0].clone() };
        let same = |age, since| same_host(&host, &HostView { age_ms: age, since_ms: since, ..host.clone() }, 5000);
        assert!(same(Some(1900), Some(6000)) && same(Some(0), Some(5000)));
        assert!(!same(Some(6000), Some(6000)), "it is late");
        assert!(!same(Some(100), Some(10)), "it began anew");
        assert!(!same(None, Some(6000)));
        assert!(!same_host(&host, &HostView { why: Some("x".into()), ..host.clone() }, 5000));
    }
}
