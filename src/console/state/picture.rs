//! The last picture of the cluster. What is new in it is taken in without looking at the rest: there may be very much of that.

use super::{Condition, Object, Row, cluster::COLUMNS};
use crate::console::event::Moment;
use crate::core::model::{HostName, SiteName};
use crate::core::plan::Wanted;
use crate::wire::{ChangesView, ComponentView, HostView, MaintenanceView, News, StatusView};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A picture, and when it came.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What the monitor said. How long something has been so counts from when it was told: ask [`Picture::since`].
    pub status: Arc<StatusView>,
    /// When it came, by our clock: every age in it counts from here.
    pub received: Moment,
    /// How far the monitor's clock is ahead of ours, in milliseconds.
    pub skew_ms: i64,
    silent: BTreeSet<HostName>,
    /// How much later it is than the first of its line, in milliseconds.
    clock_ms: u64,
    /// When each host and each component was told last, by the same clock.
    hosts: Vec<u64>,
    components: Vec<u64>,
}

impl Picture {
    /// A picture that came at `received`, when our wall clock said `wall`.
    #[must_use]
    pub fn new(status: StatusView, received: Moment, wall: jiff::Timestamp) -> Self {
        let (silent, status) = (silent(&status), Arc::new(status));
        let mut picture = Self { status, received, skew_ms: 0, silent, clock_ms: 0, hosts: Vec::new(), components: Vec::new() };
        picture.begin(received, wall);
        picture
    }

    /// All of it was told just now.
    fn begin(&mut self, received: Moment, wall: jiff::Timestamp) {
        self.stamp(received, wall);
        self.silent = silent(&self.status);
        self.clock_ms = 0;
        (self.hosts, self.components) = (vec![0; self.status.hosts.len()], vec![0; self.status.components.len()]);
    }

    fn stamp(&mut self, received: Moment, wall: jiff::Timestamp) {
        self.received = received;
        self.skew_ms = self.status.at.as_millisecond().saturating_sub(wall.as_millisecond());
    }

    /// Becomes the picture of now; where anything in it is new.
    pub fn change(&mut self, changes: ChangesView, received: Moment, wall: jiff::Timestamp) -> News {
        let (before, whole, elapsed) = (everywhere(&self.status), changes.whole, changes.elapsed_ms);
        let mut news = changes.merge(Arc::make_mut(&mut self.status));
        if whole {
            self.begin(received, wall);
            return news;
        }
        self.stamp(received, wall);
        self.clock_ms = self.clock_ms.saturating_add(elapsed);
        news.inserted.iter().for_each(|at| self.components.insert((*at).min(self.components.len()), self.clock_ms));
        told(&mut self.hosts, &news.hosts, self.clock_ms);
        told(&mut self.components, &news.components, self.clock_ms);
        news.anew |= before != everywhere(&self.status);
        if !news.hosts.is_empty() {
            self.hear(&mut news);
        }
        news
    }

    /// Takes in which hosts are silent. Of what is placed on one that has fallen silent, or speaks again, that is news.
    fn hear(&mut self, news: &mut News) {
        let silent = silent(&self.status);
        let turned: BTreeSet<&HostName> = self.silent.symmetric_difference(&silent).collect();
        if !turned.is_empty() {
            let on = |component: &ComponentView| component.placements.iter().any(|p| turned.contains(&p.host));
            let components = self.status.components.iter().enumerate();
            news.components.extend(components.filter(|(_, component)| on(component)).map(|(at, _)| at));
        }
        self.silent = silent;
    }

    /// This host does not answer: what is known of it is from before.
    #[must_use]
    pub fn is_silent(&self, host: &HostName) -> bool {
        self.silent.contains(host)
    }

    /// The row of the cluster.
    #[must_use]
    pub fn cluster_row(&self) -> Row {
        Row { object: Object::Cluster, condition: Condition::of_cluster(&self.status), at: 0, widths: [0; COLUMNS] }
    }

    /// The row of the component at this place.
    #[must_use]
    pub fn component_row(&self, at: usize) -> Option<Row> {
        let component = self.status.components.get(at)?;
        let (object, condition) = (Object::Component(component.name.clone()), Condition::of_component(component));
        Some(Row { object, condition, at, widths: [0; COLUMNS] })
    }

    /// The row of the host at this place.
    #[must_use]
    pub fn host_row(&self, at: usize) -> Option<Row> {
        let host = self.status.hosts.get(at)?;
        Some(Row { object: Object::Host(host.name.clone()), condition: Condition::of_host(host), at, widths: [0; COLUMNS] })
    }

    /// How many rows there are.
    #[must_use]
    pub fn total(&self) -> usize {
        1 + self.status.components.len() + self.status.hosts.len()
    }

    /// A host of it does not answer: what is known of it is from before.
    #[must_use]
    pub fn silent(&self, row: &Row) -> bool {
        match (self.component(row), self.host(row)) {
            (Some(component), _) => component.placements.iter().any(|placement| self.is_silent(&placement.host)),
            (None, host) => host.is_some_and(|host| host.answers == Some(false)),
        }
    }

    /// The component or host of a row.
    #[must_use]
    pub fn component(&self, row: &Row) -> Option<&ComponentView> {
        matches!(row.object, Object::Component(_)).then(|| self.status.components.get(row.at)).flatten()
    }

    /// The host of a row.
    #[must_use]
    pub fn host(&self, row: &Row) -> Option<&HostView> {
        matches!(row.object, Object::Host(_)).then(|| self.status.hosts.get(row.at)).flatten()
    }

    /// For how much longer than it says has been so what this picture has of an object: it was told so long before it.
    #[must_use]
    pub fn longer(&self, object: &Object) -> u64 {
        let told = match object {
            Object::Component(name) => place(&self.status.components, |c| c.name.cmp(name)).and_then(|at| self.components.get(at)),
            Object::Host(name) => place(&self.status.hosts, |h| h.name.cmp(name)).and_then(|at| self.hosts.get(at)),
            Object::Cluster | Object::Run(_) | Object::Entry(_) => None,
        };
        told.map_or(0, |told| self.clock_ms.saturating_sub(*told))
    }

    /// For how long a row has been as it is: what changed last counts. `None` where that is not known.
    #[must_use]
    pub fn since(&self, row: &Row) -> Option<u64> {
        let (since, told) = match (self.component(row), self.host(row)) {
            (Some(component), _) => (component.placements.iter().filter_map(|p| p.since_ms).min()?, self.components.get(row.at)),
            (None, Some(host)) => (host.since_ms?, self.hosts.get(row.at)),
            (None, None) => return None,
        };
        Some(since.saturating_add(told.map_or(0, |told| self.clock_ms.saturating_sub(*told))))
    }
}

/// What every row rests on.
fn everywhere(status: &StatusView) -> (Wanted, Option<SiteName>, [SiteName; 2], Vec<MaintenanceView>) {
    (status.wanted, status.active.clone(), status.sites.clone(), status.maintenance.clone())
}

fn silent(status: &StatusView) -> BTreeSet<HostName> {
    status.hosts.iter().filter(|host| host.answers == Some(false)).map(|host| host.name.clone()).collect()
}

fn told(when: &mut [u64], places: &[usize], now: u64) {
    for at in places {
        when.get_mut(*at).into_iter().for_each(|when| *when = now);
    }
}

fn place<T>(of: &[T], by: impl FnMut(&T) -> std::cmp::Ordering) -> Option<usize> {
    of.binary_search_by(by).ok()
}
