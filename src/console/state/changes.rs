//! What changed of each object, as successive pictures show it: the last few, for the detail.

use super::Object;
use crate::wire::StatusView;
use crate::words::observed;
use std::collections::{BTreeMap, VecDeque};

/// How many of an object are kept.
const KEPT: usize = 5;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// When, by the monitor's clock.
    pub at: jiff::Timestamp,
    /// From what to what.
    pub what: String,
}

/// The last changes of every object.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    of: BTreeMap<Object, VecDeque<Change>>,
}

impl Changes {
    /// The last changes of `object`, the newest first.
    pub fn of(&self, object: &Object) -> impl Iterator<Item = &Change> {
        self.of.get(object).into_iter().flatten()
    }

    /// Takes in what is different in `now`.
    pub fn heard(&mut self, before: &StatusView, now: &StatusView) {
        let at = now.at;
        for (n, component) in now.components.iter().enumerate() {
            let Some(old) = named(&before.components, n, &component.name, |c| &c.name) else { continue };
            for is in &component.placements {
                // By what names it: another configuration may have it at another place.
                let Some(was) = old.placements.iter().find(|was| was.host == is.host && was.site == is.site) else { continue };
                let mut words = Vec::new();
                if was.wanted != is.wanted {
                    let word = |mode: Option<crate::core::model::Mode>| mode.map_or_else(|| "nothing".to_owned(), |m| m.to_string());
                    words.push(format!("wanted {}, was {}", word(is.wanted), word(was.wanted)));
                }
                if observed(was) != observed(is) {
                    words.push(format!("is {}, was {}", observed(is), observed(was)));
                }
                let health = |p: &crate::wire::PlacementView| p.health.as_ref().map_or("", |judged| judged.health.word());
                if health(was) != health(is) && !health(is).is_empty() {
                    words.push(format!("{}: {}", health(is), is.health.as_ref().map_or("", |judged| judged.why.as_str())));
                }
                if !words.is_empty() {
                    self.add(Object::Component(component.name.clone()), at, format!("on {}: {}", is.host, words.join("; ")));
                }
            }
        }
        for (n, host) in now.hosts.iter().enumerate() {
            let Some(old) = named(&before.hosts, n, &host.name, |h| &h.name) else { continue };
            if old.health.health != host.health.health {
                let (is, was) = (host.health.health.word(), old.health.health.word());
                self.add(Object::Host(host.name.clone()), at, format!("{is}, was {was}: {}", host.health.why));
            }
        }
    }

    fn add(&mut self, object: Object, at: jiff::Timestamp, what: String) {
        let changes = self.of.entry(object).or_default();
        changes.push_front(Change { at, what });
        changes.truncate(KEPT);
    }
}

/// What is called so: most often at the same place as before, else where its name stands in the order of a picture.
pub fn named<'a, T, N: Ord>(of: &'a [T], place: usize, name: &N, by: fn(&T) -> &N) -> Option<&'a T> {
    let same = of.get(place).filter(|one| by(one) == name);
    same.or_else(|| of.binary_search_by(|one| by(one).cmp(name)).ok().and_then(|at| of.get(at)))
}
