//! What a failover's plan looks like.

use super::*;
use crate::core::model::AfterFailover;

#[test]
fn a_failover_through_a_fence_asks_the_device_again_before_each_start_and_starts_nothing_on_what_is_off() {
    let mut c = fenced(shop());
    let mut s = well(&c);
    silent(&c, &mut s, nothing());
    for after in [AfterFailover::Limited, AfterFailover::Reversed] {
        c.policy.after_failover = after;
        let ground = crate::core::plan::Ground {
            cluster: &c,
            wanted: NORTH,
            picture: &s.picture,
            config: "",
            unguarded: &Default::default(),
            overrides: &[],
            maintenance: &Default::default(),
        };
        let plan = crate::core::plan::plan(&ground, &failover()).unwrap();
        let first = &plan.steps[0];
        assert_eq!((first.command.as_str(), first.host.as_str()), ("/bin/power off", "a1"));
        assert!(plan.steps.iter().skip(1).all(|step| step.host.as_str() == "b1"), "{plan:?}");
        let db = plan.steps.iter().find(|s| s.command == "systemctl start db.service").unwrap();
        assert!(db.after.contains(&first.id));
        assert_eq!(db.rivals.iter().map(ToString::to_string).collect::<Vec<_>>(), ["power on a1"]);
        let fence = [first.id].into();
        assert_eq!(plan.no_return, crate::core::plan::NoReturn::After { steps: fence }, "north keeps its role until a1 is off");
        let side = Side::Secondary;
        let expected = if after == AfterFailover::Limited { Wanted::Limited(side) } else { Wanted::Active(side) };
        assert_eq!(plan.afterwards, expected);
    }
}

#[test]
fn after_a_failover_the_old_side_follows_as_standby_only_where_it_is_reversed() {
    let mut c = shop();
    let mut s = well(&c);
    set(&c, &mut s, "web", Side::Primary, State::Failed);
    c.components.get_mut(&name("web")).unwrap().rescue.attempts = 0;
    for (after, follows) in [(AfterFailover::Limited, false), (AfterFailover::Reversed, true)] {
        c.policy.after_failover = after;
        let plan = crate::core::testing::plan(&c, NORTH, &s.picture, &failover(), "").unwrap();
        let starts = plan.steps.iter().any(|s| s.command == "systemctl start sync@standby.service" && s.host.as_str() == "a1");
        assert_eq!(starts, follows, "{after:?}");
    }
    c.policy.after_failover = AfterFailover::Limited;
    c.components.get_mut(&name("sync")).unwrap().stops_when_limited = true;
    let plan = crate::core::testing::plan(&c, NORTH, &s.picture, &failover(), "").unwrap();
    assert!(!plan.steps.iter().any(|s| s.command.contains("start sync")), "what is off while limited is not started at all");
    assert!(plan.steps.iter().any(|s| s.command == "systemctl stop sync@standby.service" && s.host.as_str() == "b1"));
}

#[test]
fn what_lives_on_the_old_side_goes_on_until_the_silent_host_is_off() {
    use crate::core::model::{Arrangement, Host};
    use crate::core::plan::Action;
    let mut c = fenced(shop());
    c.hosts.insert(host("a2"), Host { name: host("a2"), side: Some(Side::Primary), fence: None });
    let Arrangement::Exclusive(places) = &mut c.components.get_mut(&name("web")).unwrap().arrangement else { panic!() };
    places.primary.host = host("a2");
    let mut s = well(&c);
    silent(&c, &mut s, nothing());
    s.picture.set_reach(host("a2"), Reach::Answers);
    set(&c, &mut s, "web", Side::Primary, State::Active);
    let plan = crate::core::testing::plan(&c, NORTH, &s.picture, &failover(), "").unwrap();
    let fence = plan.steps.iter().find(|step| step.component.is_none()).unwrap();
    let stop = plan.steps.iter().find(|step| step.host == host("a2") && step.action == Action::Stop).unwrap();
    assert!(stop.after.contains(&fence.id), "{plan:?}");
}
