//! A set of steps, kept as runs of numbers that follow each other: in a large plan thousands of steps wait for the same
//! thousands, and each of them can say so in a few words.
//!
//! Written as a list of numbers, in which a long run is a pair of its first and its last; a list without pairs is read too.

use super::StepId;
use serde::de::Error as _;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A run of more numbers than this is written as a pair.
const LONG: u16 = 8;

/// A set of steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepSet {
    /// First and last of each run: in order, none touching the next.
    runs: Vec<(u16, u16)>,
}

impl StepSet {
    /// All from `first` to `last`, both included.
    #[must_use]
    pub fn range(first: StepId, last: StepId) -> Self {
        Self { runs: (first <= last).then_some((first.0, last.0)).into_iter().collect() }
    }

    /// Adds one.
    pub fn insert(&mut self, id: StepId) {
        self.add(id.0, id.0);
    }

    /// Adds all of `others`.
    pub fn unite(&mut self, others: &Self) {
        others.runs.iter().for_each(|(first, last)| self.add(*first, *last));
    }

    /// Adds a run; those that it touches become one with it.
    fn add(&mut self, mut first: u16, mut last: u16) {
        let from = self.runs.partition_point(|run| run.1.saturating_add(1) < first);
        let to = self.runs.partition_point(|run| run.0 <= last.saturating_add(1));
        if let Some(touched) = self.runs.get(from..to.max(from)) {
            first = touched.first().map_or(first, |run| run.0.min(first));
            last = touched.last().map_or(last, |run| run.1.max(last));
        }
        self.runs.splice(from..to.max(from), [(first, last)]);
    }

    /// Whether `id` is one of them.
    #[must_use]
    pub fn contains(&self, id: &StepId) -> bool {
        self.holds(id.0, id.0)
    }

    /// Whether all of `others` are among them.
    #[must_use]
    pub fn covers(&self, others: &Self) -> bool {
        others.runs.iter().all(|(first, last)| self.holds(*first, *last))
    }

    fn holds(&self, first: u16, last: u16) -> bool {
        let at = self.runs.partition_point(|run| run.1 < first);
        self.runs.get(at).is_some_and(|run| run.0 <= first && last <= run.1)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(|(first, last)| usize::from(last - first) + 1).sum()
    }

    /// Each of them, in order. What does the same for every step of a large plan goes by [`StepSet::runs`].
    pub fn iter(&self) -> impl Iterator<Item = StepId> + '_ {
        self.runs.iter().flat_map(|(first, last)| (*first..=*last).map(StepId))
    }

    /// The runs, first and last of each.
    pub fn runs(&self) -> impl ExactSizeIterator<Item = (StepId, StepId)> + '_ {
        self.runs.iter().map(|(first, last)| (StepId(*first), StepId(*last)))
    }

    /// The same steps, each with a number that is greater by `by`.
    #[must_use]
    pub fn moved(&self, by: usize) -> Self {
        let moved = |at: &u16| StepId::at(usize::from(*at) + by).0;
        Self { runs: self.runs.iter().map(|(first, last)| (moved(first), moved(last))).collect() }
    }
}

impl std::fmt::Display for StepSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut between = "";
        for (first, last) in &self.runs {
            if last - first > LONG {
                write!(f, "{between}{first}-{last}")?;
                between = ", ";
                continue;
            }
            for id in *first..=*last {
                write!(f, "{between}{id}")?;
                between = ", ";
            }
        }
        Ok(())
    }
}

impl Extend<StepId> for StepSet {
    fn extend<T: IntoIterator<Item = StepId>>(&mut self, ids: T) {
        ids.into_iter().for_each(|id| self.insert(id));
    }
}

impl FromIterator<StepId> for StepSet {
    fn from_iter<T: IntoIterator<Item = StepId>>(ids: T) -> Self {
        let mut set = Self::default();
        set.extend(ids);
        set
    }
}

impl<const N: usize> From<[StepId; N]> for StepSet {
    fn from(ids: [StepId; N]) -> Self {
        ids.into_iter().collect()
    }
}

/// What stands in the list.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    One(u16),
    Run(u16, u16),
}

impl Serialize for StepSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for (first, last) in &self.runs {
            if last - first > LONG {
                list.serialize_element(&Written::Run(*first, *last))?;
            } else {
                (*first..=*last).try_for_each(|id| list.serialize_element(&Written::One(id)))?;
            }
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for StepSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut set = Self::default();
        for written in Vec::<Written>::deserialize(deserializer)? {
            match written {
                Written::One(id) => set.add(id, id),
                Written::Run(first, last) if first <= last => set.add(first, last),
                Written::Run(first, last) => return Err(D::Error::custom(format!("steps {first} to {last} are in the wrong order"))),
            }
        }
        Ok(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_holds_what_was_put_in_however_that_was_done(
            a in proptest::collection::vec(prop_oneof![0u16..40, 65_500..=65_535u16], 0..40),
            b in proptest::collection::vec(prop_oneof![0u16..40, 65_500..=65_535u16], 0..40),
        ) {
            let plain = |ids: &[u16]| ids.iter().map(|id| StepId(*id)).collect::<BTreeSet<_>>();
            let set = |ids: &[u16]| ids.iter().map(|id| StepId(*id)).collect::<StepSet>();
            let (x, y) = (set(&a), set(&b));
            prop_assert_eq!(x.iter().collect::<BTreeSet<_>>(), plain(&a));
            prop_assert_eq!(x.len(), plain(&a).len());
            prop_assert_eq!(&plain(&a).into_iter().rev().collect::<StepSet>(), &x, "whatever the order");
            prop_assert_eq!(x.covers(&y), plain(&b).is_subset(&plain(&a)));
            (0..40).map(StepId).for_each(|id| assert_eq!(x.contains(&id), plain(&a).contains(&id)));
            let mut both = x.clone();
            both.unite(&y);
            prop_assert_eq!(both.iter().collect::<BTreeSet<_>>(), plain(&a).union(&plain(&b)).copied().collect::<BTreeSet<_>>());
            prop_assert!(both.covers(&x) && both.covers(&y));
            let text = serde_json::to_string(&both).unwrap();
            prop_assert_eq!(&serde_json::from_str::<StepSet>(&text).unwrap(), &both);
            let list = serde_json::to_string(&both.iter().collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(&serde_json::from_str::<StepSet>(&list).unwrap(), &both, "a journal of before there were pairs");
        }
    }

    #[test]
    fn a_long_run_is_written_as_its_ends_and_a_short_one_as_before() {
        let set: StepSet = (1..=3).chain(5..=9000).map(StepId).collect();
        assert_eq!(serde_json::to_string(&set).unwrap(), "[1,2,3,[5,9000]]");
        assert_eq!(set.to_string(), "1, 2, 3, 5-9000");
        assert_eq!(set.moved(2).to_string(), "3, 4, 5, 7-9002");
        assert!(serde_json::from_str::<StepSet>("[[9,5]]").is_err());
    }
}
