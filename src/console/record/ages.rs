//! The ages in a picture: what grows by itself while nothing happens. They are told apart from the rest, so that a picture
//! in which nothing else is new takes a short line.

use super::format::Again;
use crate::wire::StatusView;

/// Visits every age of a picture, always in the same order.
fn visit(view: &mut StatusView, each: &mut dyn FnMut(&mut Option<u64>)) {
    if let Some(readiness) = &mut view.readiness {
        each(&mut readiness.age_ms);
    }
    for host in &mut view.hosts {
        each(&mut host.age_ms);
        each(&mut host.since_ms);
        for look in &mut host.seen_by {
            let mut age = Some(look.age_ms);
            each(&mut age);
            look.age_ms = age.unwrap_or(look.age_ms);
        }
    }
    for placement in view.components.iter_mut().flat_map(|component| &mut component.placements) {
        each(&mut placement.age_ms);
        each(&mut placement.since_ms);
    }
}

/// The same picture at no time: two of them are equal where nothing but ages differs. An age that is known and one that is not
/// are different.
#[must_use]
pub fn timeless(view: &StatusView) -> StatusView {
    let mut view = view.clone();
    view.at = jiff::Timestamp::UNIX_EPOCH;
    visit(&mut view, &mut |age| *age = age.map(|_| 0));
    view
}

/// Only the ages of a picture.
#[must_use]
pub fn ages(view: &StatusView) -> Again {
    let (mut view, mut ages) = (view.clone(), Vec::new());
    visit(&mut view, &mut |age| ages.push(*age));
    Again { at: view.at, ages }
}

/// The picture with these ages; nothing where they are not the ages of such a picture.
#[must_use]
pub fn with(base: &StatusView, again: &Again) -> Option<StatusView> {
    let mut view = base.clone();
    let (mut ages, mut fits) = (again.ages.iter(), true);
    visit(&mut view, &mut |age| match ages.next() {
        Some(given) => *age = *given,
        None => fits = false,
    });
    view.at = again.at;
    (fits && ages.next().is_none()).then_some(view)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::testing::shop_status;

    #[test]
    fn a_picture_and_its_ages_make_the_later_picture() {
        let before = shop_status();
        let mut after = before.clone();
        let mut n = 7;
        visit(&mut after, &mut |age| {
            n += 1;
            *age = age.map(|_| n);
        });
        after.at += jiff::SignedDuration::from_secs(1);
        assert_ne!(before, after);
        assert_eq!(timeless(&before), timeless(&after));
        assert_eq!(with(&before, &ages(&after)), Some(after.clone()));
        after.hosts.pop();
        assert_eq!(with(&after, &ages(&before)), None, "ages of another cluster fit nothing");
        assert_eq!(with(&before, &ages(&after)), None);
    }

    #[test]
    fn what_is_more_than_an_age_is_told() {
        let before = shop_status();
        let mut after = before.clone();
        after.sequence += 1;
        assert_ne!(timeless(&before), timeless(&after));
        let mut after = before.clone();
        after.hosts[0].age_ms = None;
        assert_ne!(timeless(&before), timeless(&after), "never seen is no age");
    }
}
