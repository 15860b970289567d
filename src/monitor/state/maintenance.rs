//! Maintenance: marks end by themselves when their time has come, or when the configuration has no such object any more, and
//! what is shown of them. They are set and cleared by runs, like everything that people ask for.

use super::{Effect, Now, State};
use crate::core::model::{Mark, Side, Upkept};
use crate::core::record::Body;
use crate::wire::MaintenanceView;

impl State {
    /// Ends what is over. Called at every tick; the rules that hold then decide as after any look.
    pub(super) fn end_maintenance(&mut self, now: Now) -> Vec<Effect> {
        let ends: Vec<_> = self.ledger.maintenance().all().filter_map(|(_, mark)| mark.until).collect();
        let past: Vec<_> = ends.into_iter().filter(|until| self.is_over(*until, now)).collect();
        let bodies = self.over(|mark: &Mark| mark.until.is_some_and(|until| past.contains(&until)), false);
        if bodies.is_empty() || self.closed().is_some() {
            return Vec::new();
        }
        self.record(bodies, Vec::new(), now)
    }

    /// What the configuration of this life does not have any more is in maintenance no longer.
    pub(super) fn drop_maintenance(&self) -> Vec<Body> {
        self.over(|_| true, true)
    }

    fn over(&self, is_over: impl Fn(&Mark) -> bool, gone: bool) -> Vec<Body> {
        let all = self.ledger.maintenance().all();
        let chosen = all.filter(|(what, mark)| is_over(mark) && (!gone || !what.is_of(&self.setup.cluster)));
        chosen.map(|(what, mark)| Body::MaintenanceOver { what, mark: mark.clone(), gone }).collect()
    }

    pub(super) fn maintenance_views(&self) -> Vec<MaintenanceView> {
        let view = |(what, mark): (Upkept, &Mark)| MaintenanceView { what, mark: mark.clone() };
        self.ledger.maintenance().all().map(view).collect()
    }

    /// How much is in maintenance, for the one line, and that it holds every failover, where it does; nothing where nothing is.
    pub(super) fn maintained(&self) -> Option<String> {
        let maintenance = self.ledger.maintenance();
        let objects = maintenance.all().count();
        let to = self.ledger.wanted().side().map(Side::other).filter(|to| {
            let moved = self.setup.cluster.components.values().filter(|c| maintenance.unmoved(c).is_none());
            moved.map(|c| c.host(*to)).any(|host| maintenance.starts_nothing(host).is_some())
        });
        let held = to.map_or(String::new(), |to| format!(", no failover to {}", self.setup.cluster.site(to)));
        (objects > 0).then(|| format!("{objects} in maintenance{held}"))
    }
}
